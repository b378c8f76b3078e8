#pragma once

#include "ui/panels/attribution_picture.h"
#include "ui/panels/edit_trail.h"
#include "ui/panels/result_view.h"

namespace patchbay::ui {

class ChoiceBox;
class ColourBar;
class HeatMap;
class HoverCard;
class MarkedLabel;
class NamedField;

/// Direct logit attribution: what every head and MLP adds to the answer by itself, and where a head read it.
class AttributionView : public ResultView {
  Q_OBJECT
public:
  explicit AttributionView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Logit attribution"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] std::optional<AnyRequest> wanted() const override;
  void start() override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  bool readResult() override;
  void runChosen() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  void buildHeader();
  void buildContent();
  [[nodiscard]] Json draft() const;
  void setDraft(const Json& draft);
  void edited(const QString& typed);
  void chooseCell(const std::optional<CellRange>& range);
  void followSelection();
  void showPlace();
  void hoverCell(int row, int column, const QPoint& globalPosition);

  SharedAttribution m_result;
  std::optional<Cell> m_cell;
  int m_token = -1;  ///< where the run shown reads its logit; the form does not name it
  EditTrail m_trail;
  NamedField* m_answer;
  NamedField* m_against;
  ChoiceBox* m_measure;
  ColourBar* m_bar;
  MarkedLabel* m_statement;
  HeatMap* m_map;
  LinePlot* m_curve;
  MarkedLabel* m_place;
  HeatMap* m_tokens;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
