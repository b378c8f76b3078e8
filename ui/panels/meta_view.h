#pragma once

#include "ui/panels/form_view.h"
#include "ui/panels/meta_picture.h"

class QLabel;
class QTableView;

namespace patchbay::ui {

class ColourBar;
class HeatMap;
class MarkedLabel;
class SegmentedControl;

/// Meta-models: how well each mix of tasks answers every test, beside its controls and probes on the same states;
/// below, what the figures of the chosen cell allow to say, and the answers to the person's own questions. Its form is
/// the view's `topForm`.
class MetaView : public FormView {
  Q_OBJECT
public:
  explicit MetaView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Meta-models"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  /// Many trainings are not thrown away because others are asked for: those wait.
  [[nodiscard]] QString replaceKey() const override { return {}; }
  bool readResult() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override {
    return tr("All texts are read first, then each mix is trained and asked. The answers appear here together.");
  }

private:
  void buildContent();
  void drawMap();
  void choosePlace(MetaPlace place);
  void showPlace();
  void hoverCell(int row, int column, const QPoint& globalPosition);
  /// The row of the result that stands in a row of the grid, and back.
  [[nodiscard]] int turned(int row) const;
  [[nodiscard]] MetaPlace within(MetaPlace place) const;

  SharedMeta m_result;
  MetaShown m_shown = MetaShown::Own;
  MetaPlace m_place;
  std::optional<MetaPlace> m_restored;  ///< what was chosen when the session was closed, until its result is there
  SegmentedControl* m_choice;
  ColourBar* m_bar;
  MarkedLabel* m_statement;
  HeatMap* m_map;
  MarkedLabel* m_heading;
  MarkedLabel* m_figures;
  MarkedLabel* m_verdict;
  QLabel* m_caveat;
  QTableView* m_arms;
  ResultTableModel* m_armModel;
  QTableView* m_own;
  ResultTableModel* m_ownModel;
  HoverCard* m_card;
};

}  // namespace patchbay::ui
