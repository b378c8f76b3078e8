#include "ui/panels/curve_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/curve_form.h"
#include "ui/panels/picture.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/widgets/format.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kLeastPlot = 220, kPlotMargin = 56;
constexpr int kMostRowsInFigure = 24, kFigureWidth = 900;

}  // namespace

CurveView::CurveView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new CurveForm(workbench), tr("form of learning curves"), parent),
      m_axes(new SegmentedControl(
          {curveAxisName(CurveAxis::Questions), curveAxisName(CurveAxis::Rank), curveAxisName(CurveAxis::Layer)},
          this)),
      m_measures(
          new SegmentedControl({curveMeasureName(CurveMeasure::Choice), curveMeasureName(CurveMeasure::Loss)}, this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_plot(new LinePlot(content())),
      m_points(new QTableView(content())),
      m_pointModel(new ResultTableModel(this)) {
  m_axes->setObjectName(QStringLiteral("curveAxis"));
  m_measures->setObjectName(QStringLiteral("curveMeasure"));
  header()->addWidget(m_axes);
  header()->addStretch(1);
  header()->addWidget(m_measures);
  buildContent();
  connect(m_axes, &SegmentedControl::chosen, this, [this](int axis) {
    m_axis = static_cast<CurveAxis>(axis);
    resultShown();
    Q_EMIT stateChanged();
  });
  connect(m_measures, &SegmentedControl::chosen, this, [this](int measure) {
    m_measure = static_cast<CurveMeasure>(measure);
    resultShown();
    Q_EMIT stateChanged();
  });
  showRun(0);
}

void CurveView::buildContent() {
  m_statement->setObjectName(QStringLiteral("curveStatement"));
  m_plot->setObjectName(QStringLiteral("curvePlot"));
  m_plot->setMinimumHeight(kLeastPlot);
  m_plot->setLeftMargin(kPlotMargin);
  m_points->setObjectName(QStringLiteral("curvePoints"));
  m_points->setModel(m_pointModel);
  dressTable(m_points);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(kInset, 0, kInset, 6);
  rows->setSpacing(6);
  rows->addWidget(m_statement);
  rows->addWidget(m_plot, 3);
  rows->addWidget(m_points, 2);
}

QString CurveView::kind() const { return QLatin1String(LearningCurveRequest::kKind); }

EmptyText CurveView::emptyText() const {
  return {QStringLiteral("curve"),
          tr("How much does it take to train a decoder?"),
          tr("Press Train: decoders learn from more and more questions, and are asked what none of them saw."),
          {},
          {}};
}

QString CurveView::runTitle(const AnyRequest& request) const {
  return tr("Learning curve · %1 decoders").arg(std::get<LearningCurveRequest>(request).trainings());
}

bool CurveView::readResult() {
  const auto result = bench().runs->result<LearningCurveResult>(run());
  if (!result) return false;
  m_result = result;
  return true;
}

bool CurveView::readStream(const StreamedTokens& tokens) {
  const auto part = tokens.as<LearningCurveResult>();
  if (!part || part->points.empty()) return false;
  m_result = part;
  return true;
}

void CurveView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_axes->setEnabled(m_result != nullptr);
  m_measures->setEnabled(m_result != nullptr);
  m_measures->setCurrent(static_cast<int>(m_measure));
  if (!m_result) return;
  m_axes->setCurrent(static_cast<int>(axis()));
  m_statement->setText(curveStatement(*m_result));
  m_plot->setData(curvePlot(*m_result, axis(), m_measure));
  m_pointModel->setTable(curvePointTable(m_result));
  m_points->resizeColumnsToContents();
}

Json CurveView::viewState() const {
  Json state = FormView::viewState();
  state["measure"] = static_cast<int>(m_measure);
  if (m_axis) state["axis"] = static_cast<int>(*m_axis);
  return state;
}

void CurveView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto measure = kept<int>(state, "measure"); measure && *measure >= 0 && *measure < kCurveMeasures)
    m_measure = static_cast<CurveMeasure>(*measure);
  if (const auto axis = kept<int>(state, "axis"); axis && *axis >= 0 && *axis < kCurveAxes)
    m_axis = static_cast<CurveAxis>(*axis);
  resultShown();
  Q_EMIT stateChanged();
}

ResultTable CurveView::resultTable() const { return m_result ? curvePointTable(m_result) : ResultTable{}; }

QString CurveView::copyText() const { return m_result ? withoutMarks(m_statement->text()) : QString(); }

Figure CurveView::exportFigure() {
  if (!m_result) return {};
  ResultTable table = curvePointTable(m_result);
  table.rows = std::min(table.rows, kMostRowsInFigure);
  return withCaption(stacked({m_plot->figure(), tableFigure(table, std::max(kFigureWidth, width()))}),
                     caption() + QStringLiteral(" · ") + copyText());
}

}  // namespace patchbay::ui
