#pragma once

#include <QPointer>

#include "ui/panels/edit_trail.h"
#include "ui/panels/list_picture.h"
#include "ui/panels/result_view.h"

class QTableView;

namespace patchbay::ui {

class ListForm;
class MarkedLabel;
class SegmentedControl;

/// A Patchscope of a whole list of facts: how often the answer is in what the target says, by layer, beside three
/// controls; below, every item at the chosen layer. Its form is the view's `topForm`.
class ListView : public ResultView {
  Q_OBJECT
public:
  explicit ListView(const Workbench& bench, QWidget* parent = nullptr);
  ~ListView() override;

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Patchscope list"); }
  [[nodiscard]] Room room() const override { return Room::Wide; }
  [[nodiscard]] QWidget* topForm() override;
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

private:
  void buildContent();
  [[nodiscard]] Json formState() const;
  void chooseMeasure(ListMeasure measure);
  void chooseLayer(int layer);
  void showItems();

  SharedList m_list;
  FactList m_facts;
  ListMeasure m_measure = ListMeasure::Contains;
  int m_place = 0;            ///< among the result's layers
  QPointer<ListForm> m_form;  ///< may stand in the window's head, which can go first
  EditTrail m_trail;
  SegmentedControl* m_measures;
  MarkedLabel* m_statement;
  LinePlot* m_curve;
  MarkedLabel* m_heading;
  QTableView* m_items;
  ResultTableModel* m_itemModel;
};

}  // namespace patchbay::ui
