#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "ui/panels/edit_trail.h"
#include "ui/panels/lens_picture.h"
#include "ui/panels/result_view.h"
#include "ui/plots/heat_map.h"

namespace patchbay::ui {

class ChoiceBox;
class ColourBar;
class FutureText;
class GrowthChoice;
class HoverCard;
class LensTrack;
class LinePlot;
class MarkedLabel;
class Tag;
struct SelectionState;

/// Logit lens: grid of layers and tokens, and below it the followed token's probability by layer.
///
/// Click selects a cell, a drag brushes a block, a drag from the selected cell carries it; dropped on a cell of another
/// run it becomes an activation patch.
class LensView : public ResultView {
  Q_OBJECT
public:
  explicit LensView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override;
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] QString badgeDetail() const override;
  [[nodiscard]] bool isApproximate() const override { return m_lens && m_grid->isPooled(); }
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

  /// Column pulsed by a lesson; nullopt for none.
  void markColumn(const std::optional<int>& column);

protected:
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  bool eventFilter(QObject* watched, QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;

private:
  void buildHeader();
  void buildContent();
  void connectGrid();
  void connectBench();
  void drawGrid();
  void drawCurve();
  void alignCurve();
  void fitCurve();
  void fillTrackChoices();
  void setMetric(LensMetric metric);
  void showMetric(LensMetric metric);
  void trackWords(const QString& words);
  void track(int id);
  void showSelection();
  void showPinned();
  void hoverCell(int row, int column, const QPoint& globalPosition);
  void chooseCell(const std::optional<CellRange>& range);
  [[nodiscard]] int curveToken() const;
  /// The site that a lens run reads.
  [[nodiscard]] std::string askedSite() const;
  /// Starts the same lens of another site, beside this one.
  void readSite(const std::string& site);
  /// Starts the lens of the run on screen with something changed, and goes there.
  void readAgain(const std::function<void(LensRequest&)>& change);
  /// Starts the lens that an entry of the first drop-down names.
  void readKind(const QString& entry);
  /// The head and the lens that were asked for, and what else there is to choose.
  void showChoices();
  [[nodiscard]] int vocabulary() const;
  [[nodiscard]] SelectionState stateOf(const CellRange& range) const;

  std::shared_ptr<const LensResult> m_lens;
  LensLook m_look;
  EditTrail m_trail;
  int m_tracked = 0;  ///< index in the result's tracked tokens
  ChoiceBox* m_lensKind = nullptr;
  ChoiceBox* m_site = nullptr;
  GrowthChoice* m_grow = nullptr;
  FutureText* m_future = nullptr;
  ChoiceBox* m_head = nullptr;
  ChoiceBox* m_metric = nullptr;
  LensTrack* m_track = nullptr;
  Tag* m_sinkTag = nullptr;
  MarkedLabel* m_hint = nullptr;
  ColourBar* m_bar = nullptr;
  HeatMap* m_grid = nullptr;
  LinePlot* m_curve = nullptr;
  HoverCard* m_card = nullptr;
};

}  // namespace patchbay::ui
