#include "ui/panels/inspector_panel.h"

#include <QClipboard>
#include <QEvent>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "ui/panels/rule.h"
#include "ui/state/action_registry.h"
#include "ui/state/run_book.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/format.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/spark_row.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/verb_button.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;

}  // namespace

InspectorPanel::InspectorPanel(const Workbench& bench, QWidget* parent)
    : QWidget(parent),
      m_bench(bench),
      m_stack(new QStackedWidget(this)),
      m_page(new QWidget),
      m_empty(new EmptyPanel({QStringLiteral("select"),
                              tr("Nothing selected"),
                              tr("Click a cell to see its five likeliest words, its entropy and its norm."),
                              {},
                              {}})) {
  setObjectName(QStringLiteral("inspectorPanel"));
  auto* column = new QVBoxLayout(m_page);
  column->setContentsMargins(kInset, 4, kInset, kInset);
  column->setSpacing(4);
  buildFacts(column);
  buildVerbs(column);
  column->addStretch(1);
  m_stack->addWidget(m_empty);
  m_stack->addWidget(m_page);
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(m_stack);
  connect(m_bench.selection, &Selection::changed, this, &InspectorPanel::refresh);
  connect(m_bench.runs, &RunBook::resultReady, this, [this](RunId id) {
    if (id == m_bench.selection->run()) refresh();
  });
  connect(m_bench.runs, &RunBook::runRemoved, this, &InspectorPanel::refresh);
  connect(m_bench.runs, &RunBook::reset, this, &InspectorPanel::refresh);
  connect(m_bench.actions, &ActionRegistry::refreshed, this, &InspectorPanel::showVerbs);
  refresh();
}

void InspectorPanel::buildFacts(QVBoxLayout* column) {
  m_address = new MarkedLabel({}, 14, MarkedLabel::Ink::Text, m_page);
  m_address->setObjectName(QStringLiteral("inspectorAddress"));
  m_address->setFontSize(14, 700);
  m_copy = new IconButton(QStringLiteral("copy"), tr("Copy the address and the values"), m_page);
  m_copy->setObjectName(QStringLiteral("inspectorCopy"));
  connect(m_copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(copyText()); });
  auto* addressRow = new QHBoxLayout;
  addressRow->setContentsMargins(0, 0, 0, 0);
  addressRow->addWidget(m_address, 1);
  addressRow->addWidget(m_copy);
  m_words = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, m_page);
  m_words->setObjectName(QStringLiteral("inspectorWords"));
  m_more = new QLabel(m_page);
  m_more->setObjectName(QStringLiteral("inspectorMore"));
  m_more->setTextFormat(Qt::PlainText);
  m_more->setFont(dataFont(12));
  m_more->setWordWrap(true);
  m_bars = new ProbabilityBars(m_page);
  m_bars->setObjectName(QStringLiteral("inspectorBars"));
  m_courses = new QWidget(m_page);
  m_courseRows = new QVBoxLayout(m_courses);
  m_courseRows->setContentsMargins(0, 0, 0, 0);
  m_courseRows->setSpacing(0);
  m_courseRows->addWidget(new Rule(13, m_courses));
  m_axis = new QWidget(m_courses);
  m_axis->setFixedHeight(16);
  m_axis->installEventFilter(this);
  m_axisFirst = new MarkedLabel({}, 10.5, MarkedLabel::Ink::Muted, m_axis);
  m_axisLast = new MarkedLabel({}, 10.5, MarkedLabel::Ink::Muted, m_axis);
  m_courseRows->addWidget(m_axis);
  column->addLayout(addressRow);
  column->addWidget(m_words);
  column->addWidget(m_more);
  column->addSpacing(8);
  column->addWidget(m_bars);
  column->addWidget(m_courses);
}

void InspectorPanel::buildVerbs(QVBoxLayout* column) {
  m_verbs = new QWidget(m_page);
  auto* grid = new QGridLayout(m_verbs);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setSpacing(6);
  grid->addWidget(new Rule(13, m_verbs), 0, 0, 1, 2);
  addVerb(grid, tr("Ask in words"), QStringLiteral("ask"), QStringLiteral("A"), "verbAsk");
  addVerb(grid, tr("Patchscope"), QStringLiteral("patchscope"), QStringLiteral("P"), "verbPatchscope");
  addVerb(grid, tr("All layers"), QStringLiteral("curve"), QStringLiteral("Shift+P"), "verbAllLayers");
  addVerb(grid, tr("Patch into"), QStringLiteral("patch"), QStringLiteral("D"), "verbPatchInto");
  addVerb(grid, tr("Steer with it"), QStringLiteral("steer"), QStringLiteral("S"), "verbSteer");
  m_obstacle = new QLabel(m_verbs);
  m_obstacle->setObjectName(QStringLiteral("inspectorObstacle"));
  m_obstacle->setProperty("muted", true);
  m_obstacle->setFont(uiFont(12));
  m_obstacle->setWordWrap(true);
  grid->addWidget(m_obstacle, grid->rowCount(), 0, 1, 2);
  column->addWidget(m_verbs);
}

void InspectorPanel::addVerb(QGridLayout* grid, const QString& words, const QString& icon, const QString& key,
                             const char* name) {
  auto* verb = new VerbButton(words, icon, key, m_verbs);
  verb->setObjectName(QLatin1String(name));
  const int place = grid->count() - 1;  // the rule is the first item
  grid->addWidget(verb, 1 + place / 2, place % 2);
  connect(verb, &VerbButton::clicked, this, [this, key] { m_bench.actions->triggerPlotKey(key); });
  m_verbKeys.emplace_back(verb, key);
}

void InspectorPanel::showVerbs() {
  QString obstacle;
  for (const auto& [verb, key] : m_verbKeys) {
    const Action* action = m_bench.actions->forPlotKey(key);
    verb->setEnabled(action && m_bench.actions->isEnabled(action->id));
    const QString why = action ? m_bench.actions->disabledReason(action->id) : QString();
    verb->setToolTip(why.isEmpty() && action ? action->tip : why);
    if (obstacle.isEmpty()) obstacle = why;
  }
  m_obstacle->setText(obstacle);
  m_obstacle->setVisible(!obstacle.isEmpty());
}

void InspectorPanel::refresh() {
  m_facts = inspectorFacts(m_bench, m_bench.selection->state());
  m_stack->setCurrentWidget(m_facts.address.isEmpty() ? static_cast<QWidget*>(m_empty) : m_page);
  if (m_facts.address.isEmpty()) return;
  m_address->setText(asData(m_facts.address));
  m_words->setText(m_facts.words);
  m_words->setToolTip(withoutMarks(m_facts.words));
  m_more->setText(m_facts.more);
  m_more->setVisible(!m_facts.more.isEmpty());
  m_bars->setTokens(m_facts.top);
  m_bars->setVisible(!m_facts.top.empty());
  m_verbs->setVisible(m_facts.isCell);
  showVerbs();
  showCourses();
}

void InspectorPanel::showCourses() {
  while (m_rows.size() < m_facts.courses.size()) {
    auto* row = new SparkRow({}, m_courses);
    connect(row, &SparkRow::layerClicked, this, [this](int layer) { m_bench.selection->selectLayers({layer, layer}); });
    m_courseRows->insertWidget(m_courseRows->count() - 1, row);
    m_rows.push_back(row);
  }
  for (std::size_t i = 0; i < m_rows.size(); ++i) {
    m_rows[i]->setVisible(i < m_facts.courses.size());
    if (i >= m_facts.courses.size()) continue;
    m_rows[i]->setLabel(m_facts.courses[i].label);
    m_rows[i]->setCourse(m_facts.courses[i].course, m_facts.layer, m_facts.courses[i].value);
  }
  m_courses->setVisible(!m_facts.courses.empty());
  m_axisFirst->setText(asData(QStringLiteral("L0")));
  m_axisLast->setText(asData(QStringLiteral("L%1").arg(m_facts.layers - 1)));
  placeAxis();
}

void InspectorPanel::placeAxis() {
  if (m_rows.empty()) return;
  const QRectF area = m_rows.front()->sparkArea();
  const auto place = [](MarkedLabel* label, qreal middle) {
    const int width = label->sizeHint().width();
    label->setGeometry(static_cast<int>(middle) - width / 2, 0, width, 16);
  };
  place(m_axisFirst, area.left());
  place(m_axisLast, area.right());
}

bool InspectorPanel::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_axis && event->type() == QEvent::Resize) placeAxis();
  return QWidget::eventFilter(watched, event);
}

QString InspectorPanel::copyText() const {
  QStringList lines{m_facts.address, withoutMarks(m_facts.words)};
  if (!m_facts.more.isEmpty()) lines << m_facts.more;
  for (const RankedToken& word : m_facts.top) {
    lines << QStringLiteral("%1\t%2").arg(displayToken(word.token)).arg(static_cast<double>(word.p), 0, 'f', 4);
  }
  for (const CourseFact& fact : m_facts.courses)
    lines << QStringLiteral("%1\t%2").arg(withoutMarks(fact.label), fact.value);
  return lines.join(QLatin1Char('\n'));
}

}  // namespace patchbay::ui
