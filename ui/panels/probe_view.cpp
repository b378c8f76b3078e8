#include "ui/panels/probe_view.h"

#include <algorithm>

#include <QFontMetrics>
#include <QHBoxLayout>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/picture.h"
#include "ui/panels/probe_form.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/settings.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kMostItemsInFigure = 12;
constexpr int kLeastCurve = 150;
constexpr int kLeastMargin = 44, kMostMargin = 180, kLabelRoom = 16;

}  // namespace

ProbeView::ProbeView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new ProbeForm(workbench), tr("form of probes"), parent),
      m_arms(new SegmentedControl({tr("Logistic"), tr("Whitened"), tr("Shuffled labels")}, this)),
      m_bar(new ColourBar(this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_curve(new LinePlot(content())),
      m_heading(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_confusion(new HeatMap(content())),
      m_items(new QTableView(content())),
      m_itemModel(new ResultTableModel(this)) {
  m_arms->setObjectName(QStringLiteral("probeArm"));
  header()->addWidget(m_arms);
  header()->addStretch(1);
  header()->addWidget(m_bar);
  buildContent();
  connect(m_arms, &SegmentedControl::chosen, this, [this](int arm) {
    m_arm = static_cast<ProbeArm>(arm);
    resultShown();
    Q_EMIT stateChanged();
  });
  connect(bench().settings, &Settings::changed, this, [this](const QString&) { drawLayer(); });
  showRun(0);
}

void ProbeView::buildContent() {
  m_statement->setObjectName(QStringLiteral("probeStatement"));
  m_curve->setObjectName(QStringLiteral("probeCurve"));
  m_curve->setMinimumHeight(kLeastCurve);
  m_heading->setObjectName(QStringLiteral("probeHeading"));
  m_heading->setFontSize(12, 600);
  m_confusion->setObjectName(QStringLiteral("probeConfusion"));
  m_confusion->setFitWidth(true);
  m_items->setObjectName(QStringLiteral("probeItems"));
  m_items->setModel(m_itemModel);
  m_items->setSelectionBehavior(QAbstractItemView::SelectRows);
  dressTable(m_items);
  auto* below = new QHBoxLayout;
  below->setSpacing(10);
  below->addWidget(m_confusion, 1);
  below->addWidget(m_items, 1);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(kInset, 0, kInset, 6);
  rows->setSpacing(4);
  rows->addWidget(m_statement);
  rows->addWidget(m_curve, 2);
  rows->addWidget(m_heading);
  rows->addLayout(below, 3);
  connect(m_curve, &LinePlot::cursorMoved, this, [this](int layer) { chooseLayer(layer); });
}

QString ProbeView::kind() const { return QLatin1String(ProbeRequest::kKind); }

EmptyText ProbeView::emptyText() const {
  return {QStringLiteral("curve"),
          tr("What can be read off the activations along a line?"),
          tr("Press Run: probes are fitted at every layer, each text is told by probes that never saw it."),
          {},
          {}};
}

bool ProbeView::readResult() {
  const auto result = bench().runs->result<ProbeResult>(run());
  const auto request = result ? bench().runs->request(run()) : Outcome<AnyRequest>(Cancelled{});
  if (!request || !std::holds_alternative<ProbeRequest>(*request)) return false;
  const LabelledList& list = std::get<ProbeRequest>(*request).list;
  if (list.items.size() != result->truth.size()) return false;  // a result of another list
  if (result != m_result) {
    m_result = result;
    m_list = list;
    m_layer = std::clamp(m_restored.value_or(result->bestLayer(m_arm)), 0, result->layers() - 1);
    m_restored.reset();
  }
  return true;
}

void ProbeView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_arms->setEnabled(m_result != nullptr);
  m_arms->setCurrent(static_cast<int>(m_arm));
  m_bar->setVisible(m_result != nullptr);
  if (!m_result) return;
  m_statement->setText(probeStatement(*m_result, m_arm));
  drawCurve();
  drawLayer();
}

void ProbeView::drawCurve() {
  m_curve->setData(probeCurve(*m_result, m_arm));
  m_curve->setCursor(m_layer);
}

void ProbeView::chooseLayer(int layer) {
  if (!m_result) return;
  m_layer = std::clamp(layer, 0, m_result->layers() - 1);
  drawLayer();
  Q_EMIT stateChanged();
}

void ProbeView::drawLayer() {
  if (!m_result) return;
  const auto map = confusionMap(m_result, m_arm, m_layer, mapByName(bench().settings->colourMap()));
  int widest = kLeastMargin;
  for (const QString& label : map->rowLabels)
    widest = std::max(widest, QFontMetrics(dataFont(12)).horizontalAdvance(label) + kLabelRoom);
  m_confusion->setLeftMargin(std::min(widest, kMostMargin));
  m_confusion->setData(map);
  m_bar->setScale(map->scale);
  const MeasuredShare share = m_result->accuracy(m_arm, m_layer);
  m_heading->setText(tr("At %1: %2 of %3 texts told rightly")
                         .arg(asData(QStringLiteral("L%1").arg(m_layer)), asData(QString::number(share.hits)),
                              asData(QString::number(share.items))));
  m_itemModel->setTable(probeItems(m_result, m_list, m_arm, m_layer));
  m_items->resizeColumnsToContents();
}

QString ProbeView::runTitle(const AnyRequest& request) const {
  return tr("Probes · %1").arg(QString::fromStdString(std::get<ProbeRequest>(request).list.title));
}

Json ProbeView::viewState() const {
  Json state = FormView::viewState();
  state["arm"] = static_cast<int>(m_arm);
  state["layer"] = m_restored.value_or(m_layer);
  return state;
}

void ProbeView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto arm = kept<int>(state, "arm"); arm && *arm >= 0 && *arm < kProbeArms)
    m_arm = static_cast<ProbeArm>(*arm);
  if (const auto layer = kept<int>(state, "layer")) {
    if (m_result)
      m_layer = std::clamp(*layer, 0, m_result->layers() - 1);
    else
      m_restored = *layer;
  }
  resultShown();
  Q_EMIT stateChanged();
}

ResultTable ProbeView::resultTable() const { return m_result ? probeTable(m_result) : ResultTable{}; }

QString ProbeView::copyText() const { return m_result ? withoutMarks(m_statement->text()) : QString(); }

Figure ProbeView::exportFigure() {
  if (!m_result) return {};
  ResultTable items = probeItems(m_result, m_list, m_arm, m_layer);
  items.rows = std::min(items.rows, kMostItemsInFigure);
  return withCaption(stacked({m_curve->figure(), m_confusion->figure(), tableFigure(items, std::max(640, width()))}),
                     caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()) + QLatin1Char(' ') +
                         withoutMarks(m_heading->text()));
}

}  // namespace patchbay::ui
