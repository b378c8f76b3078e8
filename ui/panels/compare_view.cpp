#include "ui/panels/compare_view.h"

#include <algorithm>
#include <cmath>

#include <QHBoxLayout>
#include <QHeaderView>
#include <QStackedWidget>
#include <QTableView>
#include <QUuid>

#include "core/data/any_request.h"
#include "ui/models/result_table_model.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/picture.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/kept.h"
#include "ui/state/settings.h"
#include "ui/widgets/button.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kFieldsHeight = 132;
constexpr int kRunWidth = 300;

ResultTable fieldTable(const std::vector<FieldDifference>& fields) {
  const auto shared = std::make_shared<const std::vector<FieldDifference>>(fields);
  const auto column = [shared](QString FieldDifference::*part) {
    return [shared, part](int row) { return QVariant((*shared)[static_cast<std::size_t>(row)].*part); };
  };
  ResultTable table;
  table.rows = static_cast<int>(fields.size());
  table.columns = {{CompareView::tr("field"), {}, column(&FieldDifference::field)},
                   {CompareView::tr("A"), {}, column(&FieldDifference::a)},
                   {CompareView::tr("B"), {}, column(&FieldDifference::b)}};
  return table;
}

}  // namespace

CompareView::CompareView(const Workbench& workbench, QWidget* parent)
    : RunView(workbench, parent),
      m_editId(QUuid::createUuid().toString(QUuid::Id128).toStdString()),
      m_trail(*this, *bench().undo),
      m_first(new ChoiceBox(tr("A"), ChoiceBox::Face::Words, this)),
      m_second(new ChoiceBox(tr("B"), ChoiceBox::Face::Words, this)),
      m_swap(new Button(tr("Swap"), QStringLiteral("swap"), Button::Kind::Plain, this)),
      m_metric(new ChoiceBox(tr("of:"), ChoiceBox::Face::Words, this)),
      m_bar(new ColourBar(this)),
      m_stack(new QStackedWidget(this)),
      m_empty(new EmptyPanel({})),
      m_maps(new QWidget),
      m_place(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, m_maps)),
      m_fieldsTitle(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, this)),
      m_fields(new QTableView(this)),
      m_fieldModel(new ResultTableModel(this)),
      m_tableModel(new ResultTableModel(this)) {
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  m_look.metric = lensMetricByName(bench().settings->lensMetric());
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  buildHeader();
  buildMaps();
  column->addWidget(m_stack, 1);
  m_fieldsTitle->setFontSize(12, 600);
  m_fieldsTitle->setContentsMargins(kInset, 0, kInset, 0);
  m_fields->setObjectName(QStringLiteral("compareFields"));
  m_fields->setModel(m_fieldModel);
  m_fields->setFrameShape(QFrame::NoFrame);
  m_fields->setFont(dataFont(12));
  m_fields->verticalHeader()->hide();
  m_fields->verticalHeader()->setDefaultSectionSize(rowHeight(24));
  m_fields->setShowGrid(false);
  m_fields->setFixedHeight(kFieldsHeight);
  auto* fields = new QVBoxLayout;
  fields->setContentsMargins(kInset, 4, kInset, 6);
  fields->setSpacing(4);
  fields->addWidget(m_fieldsTitle);
  fields->addWidget(m_fields);
  column->addLayout(fields);
  m_trail.settle(state());
  const auto follow = [this](RunId id) {
    if (id == m_a || id == m_b) show();
  };
  connect(bench().runs, &RunBook::resultReady, this, follow);
  connect(bench().runs, &RunBook::runChanged, this, [this] { fillRuns(); });
  connect(bench().runs, &RunBook::runAdded, this, [this] { fillRuns(); });
  connect(bench().runs, &RunBook::runRemoved, this, [this, follow](RunId id) {
    if (id == m_a) m_a = 0;
    if (id == m_b) m_b = 0;
    fillRuns();
    show();
  });
  connect(bench().runs, &RunBook::reset, this, [this] { setRuns(0, 0); });
  connect(bench().settings, &Settings::changed, this, [this](const QString&) { show(); });
  fillRuns();
  show();
}

void CompareView::buildHeader() {
  m_first->setObjectName(QStringLiteral("compareFirst"));
  m_second->setObjectName(QStringLiteral("compareSecond"));
  m_swap->setObjectName(QStringLiteral("compareSwap"));
  m_metric->setObjectName(QStringLiteral("compareMetric"));
  for (ChoiceBox* box : {m_first, m_second}) box->setWidestPixels(kRunWidth);
  for (const LensMetric metric : allLensMetrics()) m_metric->addItem(lensMetricTitle(metric), lensMetricName(metric));
  auto* row = new QHBoxLayout;
  row->setContentsMargins(kInset, 3, kInset, 3);
  row->setSpacing(8);
  for (QWidget* part : {static_cast<QWidget*>(m_first), static_cast<QWidget*>(m_second), static_cast<QWidget*>(m_swap),
                        static_cast<QWidget*>(m_metric)})
    row->addWidget(part);
  row->addStretch(1);
  row->addWidget(m_bar);
  static_cast<QVBoxLayout*>(layout())->addLayout(row);
  connect(m_first, &ChoiceBox::activated, this, [this](int index) {
    setRuns(m_first->itemData(index).toLongLong(), m_b);
    edited(tr("run to compare"));
  });
  connect(m_second, &ChoiceBox::activated, this, [this](int index) {
    setRuns(m_a, m_second->itemData(index).toLongLong());
    edited(tr("run to compare"));
  });
  connect(m_swap, &Button::clicked, this, &CompareView::swapRuns);
  connect(m_metric, &ChoiceBox::activated, this, [this](int index) {
    m_look.metric = lensMetricByName(m_metric->itemData(index).toString());
    show();
    edited(tr("colour"));
  });
}

void CompareView::buildMaps() {
  const char* names[] = {"compareA", "compareB", "compareDifference"};
  auto* row = new QHBoxLayout;
  row->setSpacing(kInset);
  for (int i = 0; i < 3; ++i) {
    m_titles[i] = new MarkedLabel({}, 12, MarkedLabel::Ink::Text, m_maps);
    m_titles[i]->setFontSize(12, 600);
    m_map[i] = new HeatMap(m_maps);
    m_map[i]->setObjectName(QLatin1String(names[i]));
    m_map[i]->setFitWidth(true);
    auto* part = new QVBoxLayout;
    part->setSpacing(2);
    part->addWidget(m_titles[i]);
    part->addWidget(m_map[i], 1);
    row->addLayout(part, 1);
    connect(m_map[i], &HeatMap::selectionChanged, this, [this, i](const std::optional<CellRange>& range) {
      showCell(!range ? std::nullopt : i == 0 ? inB(range->last) : std::optional(range->last));
    });
    connect(m_map[i], &HeatMap::hovered, this,
            [this, map = m_map[i]](int at, int column, const QPoint&) { pointAt(map, at, column); });
    connect(m_map[i], &HeatMap::pooledChanged, this, &CompareView::stateChanged);
  }
  m_place->setObjectName(QStringLiteral("comparePlace"));
  auto* column = new QVBoxLayout(m_maps);
  column->setContentsMargins(kInset, 0, kInset, 4);
  column->setSpacing(4);
  column->addLayout(row, 1);
  column->addWidget(m_place);
  m_stack->addWidget(m_maps);
  m_stack->addWidget(m_empty);
}

QString CompareView::runTitle(RunId id) const {
  const RunRecord* record = bench().runs->record(id);
  return record ? QStringLiteral("%1 %2").arg(runName(id), QString::fromStdString(record->title)) : QString();
}

void CompareView::fillRuns() {
  const RunRecord* known = bench().runs->record(m_b ? m_b : m_a);
  for (const auto& [box, chosen] : {std::pair{m_first, m_a}, std::pair{m_second, m_b}}) {
    box->clear();
    for (const auto& [id, record] : bench().runs->records()) {
      const bool isThere = record.status == RunStatus::Done || record.status == RunStatus::Recorded ||
                           record.status == RunStatus::Cancelled;
      const bool fits =
          isThere && !record.isTrashed && canCompareMaps(record.kind) && (!known || known->kind == record.kind);
      if (fits || id == chosen) box->addItem(runTitle(id), QVariant::fromValue<qlonglong>(id));
    }
    box->setCurrentIndex(box->findData(QVariant::fromValue<qlonglong>(chosen)));
  }
}

void CompareView::setRuns(RunId a, RunId b) {
  m_a = a;
  m_b = b;
  m_cell.reset();
  fillRuns();
  show();
}

void CompareView::swapRuns() {
  setRuns(m_b, m_a);
  edited(tr("swap of runs"));
}

void CompareView::edited(const QString& words) {
  m_trail.edited(words, state());
  Q_EMIT stateChanged();
}

void CompareView::show() {
  const RunRecord *a = bench().runs->record(m_a), *b = bench().runs->record(m_b);
  m_look.map = mapByName(bench().settings->colourMap());
  m_metric->setVisible(a && a->kind == LensRequest::kKind);
  m_metric->setCurrentIndex(m_metric->findData(lensMetricName(m_look.metric)));
  showDifferences();
  m_comparison.reset();
  const bool areAlike = a && b && a->kind == b->kind && canCompareMaps(a->kind);
  if (areAlike) {
    auto first = comparedMap(*bench().runs, m_a, m_look), second = comparedMap(*bench().runs, m_b, m_look);
    if (first && second)
      m_comparison = std::make_shared<const Comparison>(compare(std::move(*first), std::move(*second)));
  }
  m_bar->setVisible(m_comparison != nullptr);
  if (!m_comparison) {
    if (areAlike) {
      m_empty->setText({QStringLiteral("session"),
                        tr("Reading the results"),
                        tr("They come from the session file, or the runs are under way."),
                        {},
                        {}});
    } else if (a && b) {
      m_empty->setText({QStringLiteral("compare"),
                        tr("These two have no maps to lay over each other"),
                        tr("Choose two runs of one kind: lenses, grids, Patchscopes, attention, attribution."),
                        {},
                        {}});
    } else {
      m_empty->setText({QStringLiteral("compare"),
                        tr("Choose two runs"),
                        tr("Pin one with M, select another of its kind and press C; or choose both above."),
                        {},
                        {}});
    }
    m_stack->setCurrentWidget(m_empty);
    Q_EMIT stateChanged();
    return;
  }
  m_map[0]->setData(m_comparison->a.data);
  m_map[1]->setData(m_comparison->b.data);
  m_map[2]->setData(m_comparison->difference);
  m_bar->setScale(m_comparison->b.data->scale);
  const double most = m_comparison->difference->scale.max;
  m_titles[0]->setText(tr("A  %1").arg(runTitle(m_a)));
  m_titles[1]->setText(tr("B  %1").arg(runTitle(m_b)));
  m_titles[2]->setText(tr("B - A, from %1 to %2").arg(asData(formatSigned(-most, 2)), asData(formatSigned(most, 2))));
  m_stack->setCurrentWidget(m_maps);
  showCell(m_cell);
}

Json CompareView::wholeRequest(const RunRecord& record) const {
  const auto request = bench().runs->request(record.id);
  if (!request) return record.request;
  return std::visit([](const auto& typed) { return Json(typed); }, *request);
}

void CompareView::showDifferences() {
  const RunRecord *a = bench().runs->record(m_a), *b = bench().runs->record(m_b);
  const std::vector<FieldDifference> fields =
      a && b ? differingFields(wholeRequest(*a), wholeRequest(*b)) : std::vector<FieldDifference>{};
  m_fieldModel->setTable(fieldTable(fields));
  m_fields->resizeColumnsToContents();
  m_fieldsTitle->setText(!a || !b         ? QString()
                         : fields.empty() ? tr("The requests are the same")
                                          : tr("What the requests differ in"));
}

std::optional<Cell> CompareView::inA(Cell ofB) const {
  const Cell cell{m_comparison->rows[static_cast<std::size_t>(ofB.row)],
                  m_comparison->columns[static_cast<std::size_t>(ofB.column)]};
  return cell.row < 0 || cell.column < 0 ? std::nullopt : std::optional(cell);
}

std::optional<Cell> CompareView::inB(Cell ofA) const {
  const auto row = std::ranges::find(m_comparison->rows, ofA.row),
             column = std::ranges::find(m_comparison->columns, ofA.column);
  if (row == m_comparison->rows.end() || column == m_comparison->columns.end()) return std::nullopt;
  return Cell{static_cast<int>(row - m_comparison->rows.begin()),
              static_cast<int>(column - m_comparison->columns.begin())};
}

void CompareView::showCell(const std::optional<Cell>& cell) {
  m_cell = cell;
  const auto range = [](const std::optional<Cell>& at) {
    return at ? std::optional(CellRange{*at, *at}) : std::nullopt;
  };
  const auto ofA = m_comparison && cell ? inA(*cell) : std::nullopt;
  m_map[0]->setSelection(range(ofA));
  m_map[1]->setSelection(range(cell));
  m_map[2]->setSelection(range(cell));
  if (!m_comparison || !cell) {
    m_place->setText(tr("Choose a cell in one of the maps: it is chosen in all."));
  } else {
    const HeatMapData& b = *m_comparison->b.data;
    const QString place =
        asData(QStringLiteral("%1 %2").arg(b.rowLabels.value(cell->row), b.columnLabels.value(cell->column)));
    const auto text = [](float value) {
      return asData(std::isnan(value) ? QStringLiteral("–") : formatCompact(static_cast<double>(value)));
    };
    const QString inFirst = ofA ? text(m_comparison->a.data->value(*ofA)) : tr("no such cell");
    m_place->setText(tr("%1 · %2: A %3, B %4, difference %5")
                         .arg(place, m_comparison->b.measure, inFirst, text(b.value(*cell)),
                              text(m_comparison->difference->value(*cell))));
  }
  Q_EMIT stateChanged();
}

void CompareView::pointAt(const HeatMap* from, int row, int column) {
  if (!m_comparison) return;
  std::optional<Cell> ofB;
  if (row >= 0) ofB = from == m_map[0] ? inB({row, column}) : std::optional(Cell{row, column});
  const auto ofA = ofB ? inA(*ofB) : std::nullopt;
  if (from != m_map[0]) m_map[0]->setHovered(ofA);
  for (int i : {1, 2})
    if (from != m_map[i]) m_map[i]->setHovered(ofB);
}

QString CompareView::badgeDetail() const { return isApproximate() ? tr("pooled (max)") : QString(); }

bool CompareView::isApproximate() const {
  return m_comparison && std::ranges::any_of(m_map, [](const HeatMap* map) { return map->isPooled(); });
}

Json CompareView::state() const {
  return {{"a", m_a}, {"b", m_b}, {"metric", lensMetricName(m_look.metric).toStdString()}};
}

Json CompareView::viewState() const {
  Json kept = state();
  kept["id"] = m_editId;
  return kept;
}

void CompareView::restoreViewState(const Json& state) {
  if (const auto id = kept<std::string>(state, "id"); id && !id->empty()) m_editId = *id;
  if (const auto metric = kept<QString>(state, "metric")) m_look.metric = lensMetricByName(*metric);
  const RunId a = kept<RunId>(state, "a").value_or(m_a), b = kept<RunId>(state, "b").value_or(m_b);
  setRuns(bench().runs->record(a) ? a : 0, bench().runs->record(b) ? b : 0);
  m_trail.settle(this->state());
}

QString CompareView::csv() const { return m_comparison ? csvOf(comparisonTable(m_comparison)) : QString(); }

QAbstractItemModel* CompareView::table() {
  if (!m_comparison) return nullptr;
  m_tableModel->setTable(comparisonTable(m_comparison));
  return m_tableModel;
}

QString CompareView::copyText() const { return m_comparison && m_cell ? withoutMarks(m_place->text()) : QString(); }

Figure CompareView::exportFigure() {
  if (!m_comparison) return {};
  std::vector<Figure> parts;
  for (int i = 0; i < 3; ++i) parts.push_back(withCaption(m_map[i]->figure(), withoutMarks(m_titles[i]->text())));
  return withCaption(stacked(parts),
                     tr("%1 against %2 · %3").arg(runTitle(m_b), runTitle(m_a), m_comparison->b.measure));
}

}  // namespace patchbay::ui
