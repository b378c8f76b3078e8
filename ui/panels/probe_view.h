#pragma once

#include "ui/panels/form_view.h"
#include "ui/panels/probe_picture.h"

class QTableView;

namespace patchbay::ui {

class ColourBar;
class HeatMap;
class MarkedLabel;
class SegmentedControl;

/// Linear probes on labelled texts: accuracy by layer beside its control; below, which labels are mistaken for which at
/// the chosen layer, and every text. Its form is the view's `topForm`.
class ProbeView : public FormView {
  Q_OBJECT
public:
  explicit ProbeView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Probes"); }
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
  void chooseLayer(int layer);
  void drawCurve();
  void drawLayer();

  SharedProbe m_result;
  LabelledList m_list;
  ProbeArm m_arm = ProbeArm::Logistic;
  int m_layer = 0;
  std::optional<int> m_restored;  ///< the layer that was chosen when the session was closed, until its result is there
  SegmentedControl* m_arms;
  ColourBar* m_bar;
  MarkedLabel* m_statement;
  LinePlot* m_curve;
  MarkedLabel* m_heading;
  HeatMap* m_confusion;
  QTableView* m_items;
  ResultTableModel* m_itemModel;
};

}  // namespace patchbay::ui
