#pragma once

#include "ui/panels/compare_picture.h"
#include "ui/panels/edit_trail.h"
#include "ui/panels/run_view.h"

class QStackedWidget;
class QTableView;

namespace patchbay::ui {

class Button;
class ChoiceBox;
class ColourBar;
class EmptyPanel;
class HeatMap;
class MarkedLabel;
class ResultTableModel;

/// Two runs of one kind side by side: their maps with one scale and one cursor, the difference with a symmetric scale,
/// and the fields in which their requests differ.
class CompareView : public RunView {
  Q_OBJECT
public:
  static constexpr const char* kKind = "compare";

  explicit CompareView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override { return QString::fromLatin1(kKind); }
  void showRun(RunId) override {}
  [[nodiscard]] RunId run() const override { return 0; }
  [[nodiscard]] QString title() const override { return tr("Compare"); }
  [[nodiscard]] Room room() const override { return Room::Wide; }
  [[nodiscard]] QString badgeDetail() const override;
  [[nodiscard]] bool isApproximate() const override;
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString csv() const override;
  [[nodiscard]] QAbstractItemModel* table() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;
  [[nodiscard]] std::string editId() const override { return m_editId; }

  /// The two runs; 0 for none.
  void setRuns(RunId a, RunId b);
  [[nodiscard]] RunId first() const { return m_a; }
  [[nodiscard]] RunId second() const { return m_b; }

private:
  void buildHeader();
  void buildMaps();
  void fillRuns();
  void swapRuns();
  void edited(const QString& words);
  void show();
  void showDifferences();
  /// The request with every field, also those that were not known yet when it was stored.
  [[nodiscard]] Json wholeRequest(const RunRecord& record) const;
  void showCell(const std::optional<Cell>& cell);
  void pointAt(const HeatMap* from, int row, int column);
  /// The cell of b that a cell of a belongs to.
  [[nodiscard]] std::optional<Cell> inB(Cell ofA) const;
  [[nodiscard]] std::optional<Cell> inA(Cell ofB) const;
  [[nodiscard]] QString runTitle(RunId id) const;
  [[nodiscard]] Json state() const;

  RunId m_a = 0, m_b = 0;
  LensLook m_look;
  std::shared_ptr<const Comparison> m_comparison;
  std::optional<Cell> m_cell;  ///< of b
  std::string m_editId;
  EditTrail m_trail;
  ChoiceBox* m_first;
  ChoiceBox* m_second;
  Button* m_swap;
  ChoiceBox* m_metric;
  ColourBar* m_bar;
  QStackedWidget* m_stack;
  EmptyPanel* m_empty;
  QWidget* m_maps;
  MarkedLabel* m_titles[3];
  HeatMap* m_map[3];  ///< a, b, difference
  MarkedLabel* m_place;
  MarkedLabel* m_fieldsTitle;
  QTableView* m_fields;
  ResultTableModel* m_fieldModel;
  ResultTableModel* m_tableModel;
};

}  // namespace patchbay::ui
