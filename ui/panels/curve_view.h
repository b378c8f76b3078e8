#pragma once

#include <optional>

#include "ui/panels/curve_picture.h"
#include "ui/panels/form_view.h"

class QTableView;

namespace patchbay::ui {

class LinePlot;
class MarkedLabel;
class SegmentedControl;

/// How good decoders become by what goes into them: their right choices or loss on questions that none has seen, beside
/// states of another prompt and chance, as they are trained one by one. Its form is the view's `topForm`.
class CurveView : public FormView {
  Q_OBJECT
public:
  explicit CurveView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override;
  [[nodiscard]] QString title() const override { return tr("Learning curve"); }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString copyText() const override;
  [[nodiscard]] Json viewState() const override;
  void restoreViewState(const Json& state) override;

protected:
  [[nodiscard]] QString runTitle(const AnyRequest& request) const override;
  /// Many trainings are not thrown away because others are asked for: those wait.
  [[nodiscard]] QString replaceKey() const override { return {}; }
  bool readResult() override;
  bool readStream(const StreamedTokens& tokens) override;
  [[nodiscard]] ResultTable resultTable() const override;
  void resultShown() override;
  [[nodiscard]] EmptyText emptyText() const override;
  [[nodiscard]] QString runningText() const override {
    return tr("The held-out prompts are read, then decoders are trained one by one. Each appears when it is done.");
  }

private:
  void buildContent();
  [[nodiscard]] CurveAxis axis() const { return m_axis ? *m_axis : widestAxis(*m_result); }

  SharedCurve m_result;
  std::optional<CurveAxis> m_axis;  ///< as the person chose it; else the widest
  CurveMeasure m_measure = CurveMeasure::Choice;
  SegmentedControl* m_axes;
  SegmentedControl* m_measures;
  MarkedLabel* m_statement;
  LinePlot* m_plot;
  QTableView* m_points;
  ResultTableModel* m_pointModel;
};

}  // namespace patchbay::ui
