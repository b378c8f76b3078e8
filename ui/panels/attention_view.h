#pragma once

#include "ui/panels/attention_picture.h"
#include "ui/panels/edit_trail.h"
#include "ui/panels/result_view.h"

namespace patchbay::ui {

class AttentionArcs;
class ChoiceBox;
class ColourBar;
class GrowthChoice;
class HeadStrip;
class HeatMap;
class HoverCard;
class MarkedLabel;
class SegmentedControl;
class TokenStrip;

/// Attention patterns: every head by a score, the heads of one layer as thumbnails, one head's pattern, and arcs from
/// the chosen query over the tokens.
class AttentionView : public ResultView {
  Q_OBJECT
public:
  explicit AttentionView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Attention"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] QString badgeDetail() const override;
  [[nodiscard]] bool isApproximate() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  void changeEvent(QEvent* event) override;
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  void buildHeader();
  void buildContent();
  /// The head and query that the selection names, or the last ones shown.
  void followSelection();
  void chooseHead(HeadPlace place);
  void chooseQuery(int query);
  void select() const;
  void setLook(HeadScore score, AttentionWeight weight);
  [[nodiscard]] Json look() const;
  void drawHeads();
  /// Thumbnails of every head of the layer.
  void drawLayer();
  void drawPattern();
  /// The same of a text that goes on by so many tokens, as a run beside this one.
  void goOnBy(int tokens);
  void take(SharedAttention attention);
  /// Shows another head; those of its layer are drawn where that is another one.
  void moveTo(HeadPlace place);
  void drawQuery();
  void hoverHead(int row, int column, const QPoint& globalPosition);
  void hoverPattern(int row, int column, const QPoint& globalPosition);
  [[nodiscard]] MapName mapName() const;

  SharedAttention m_attention;
  HeadScore m_score = HeadScore::Entropy;
  AttentionWeight m_weight = AttentionWeight::Share;
  HeadPlace m_place;
  int m_query = 0;
  EditTrail m_trail;
  ChoiceBox* m_scoreBox;
  GrowthChoice* m_grow;
  SegmentedControl* m_weights;
  MarkedLabel* m_facts;
  ColourBar* m_bar;
  HeatMap* m_heads;
  HeadStrip* m_layerHeads;
  HeatMap* m_pattern;
  AttentionArcs* m_arcs;
  TokenStrip* m_strip;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
