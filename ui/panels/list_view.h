#pragma once

#include "ui/panels/form_view.h"
#include "ui/panels/list_picture.h"

class QTableView;

namespace patchbay::ui {

class ListForm;
class MarkedLabel;
class SegmentedControl;

/// A Patchscope of a whole list of facts: how often the answer is in what the target says, by layer, beside three
/// controls; below, every item at the chosen layer. Its form is the view's `topForm`.
class ListView : public FormView {
  Q_OBJECT
public:
  explicit ListView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Patchscope list"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  bool readResult() override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;

private:
  void buildContent();
  void chooseMeasure(ListMeasure measure);
  void chooseLayer(int layer);
  void showItems();

  SharedList m_list;
  FactList m_facts;
  ListMeasure m_measure = ListMeasure::Contains;
  int m_place = 0;  ///< among the result's layers
  SegmentedControl* m_measures;
  MarkedLabel* m_statement;
  LinePlot* m_curve;
  MarkedLabel* m_heading;
  QTableView* m_items;
  ResultTableModel* m_itemModel;
};

}  // namespace patchbay::ui
