#include "ui/panels/meta_view.h"

#include <algorithm>

#include <QFontMetrics>
#include <QHBoxLayout>
#include <QLabel>
#include <QTableView>

#include "core/data/meta_task.h"
#include "ui/models/result_table_model.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/meta_form.h"
#include "ui/panels/picture.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/settings.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kLeastMargin = 44, kMostMargin = 280, kLabelRoom = 16;
constexpr int kMostRowsInFigure = 24;
/// Of the grid: so that every mix of four tasks and both probes are named beside their rows, with the tests below.
constexpr int kNamedRow = 17, kMostNamedRows = 17, kTestNames = 26;

}  // namespace

MetaView::MetaView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new MetaForm(workbench), tr("form of meta-models"), parent),
      m_choice(new SegmentedControl({metaShownName(MetaShown::Own), metaShownName(MetaShown::Shuffled),
                                     metaShownName(MetaShown::Nonsense), metaShownName(MetaShown::Neither)},
                                    this)),
      m_bar(new ColourBar(this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_map(new HeatMap(content())),
      m_heading(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_figures(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_verdict(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_caveat(new QLabel(content())),
      m_arms(new QTableView(content())),
      m_armModel(new ResultTableModel(this)),
      m_own(new QTableView(content())),
      m_ownModel(new ResultTableModel(this)),
      m_card(addHoverCard()) {
  m_choice->setObjectName(QStringLiteral("metaShown"));
  header()->addWidget(m_choice);
  header()->addStretch(1);
  header()->addWidget(m_bar);
  buildContent();
  connect(m_choice, &SegmentedControl::chosen, this, [this](int shown) {
    m_shown = static_cast<MetaShown>(shown);
    drawMap();
    Q_EMIT stateChanged();
  });
  connect(bench().settings, &Settings::changed, this, [this](const QString&) { drawMap(); });
  showRun(0);
}

void MetaView::buildContent() {
  m_statement->setObjectName(QStringLiteral("metaStatement"));
  m_map->setObjectName(QStringLiteral("metaMap"));
  m_map->setFitWidth(true);
  m_heading->setObjectName(QStringLiteral("metaHeading"));
  m_heading->setFontSize(12, 600);
  m_figures->setObjectName(QStringLiteral("metaFigures"));
  m_verdict->setObjectName(QStringLiteral("metaVerdict"));
  m_caveat->setObjectName(QStringLiteral("metaCaveat"));
  m_caveat->setProperty("muted", true);
  m_caveat->setFont(uiFont(12));
  m_caveat->setTextFormat(Qt::PlainText);
  m_caveat->setWordWrap(true);
  m_arms->setObjectName(QStringLiteral("metaArms"));
  m_arms->setModel(m_armModel);
  dressTable(m_arms);
  m_own->setObjectName(QStringLiteral("metaOwn"));
  m_own->setModel(m_ownModel);
  dressTable(m_own);
  auto* tables = new QHBoxLayout;
  tables->setSpacing(10);
  tables->addWidget(m_arms, 1);
  tables->addWidget(m_own, 1);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(kInset, 0, kInset, 6);
  rows->setSpacing(4);
  rows->addWidget(m_statement);
  rows->addWidget(m_map, 3);
  rows->addWidget(m_heading);
  rows->addWidget(m_figures);
  rows->addWidget(m_verdict);
  rows->addWidget(m_caveat);
  rows->addLayout(tables, 2);
  connect(m_map, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range && m_result) choosePlace({.row = turned(range->last.row), .test = range->last.column});
  });
  connect(m_map, &HeatMap::hovered, this, &MetaView::hoverCell);
}

QString MetaView::kind() const { return QLatin1String(MetaModelRequest::kKind); }

EmptyText MetaView::emptyText() const {
  return {QStringLiteral("decoder"),
          tr("Can one model be asked about the states of another?"),
          tr("Press Run: a copy learns to answer yes or no about states, and is asked what it never learned."),
          {},
          {}};
}

bool MetaView::readResult() {
  const auto result = bench().runs->result<MetaModelResult>(run());
  if (!result) return false;
  if (result != m_result) {
    m_result = result;
    m_place = within(m_restored.value_or(MetaPlace()));
    m_restored.reset();
  }
  return true;
}

void MetaView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_choice->setEnabled(m_result != nullptr);
  m_bar->setVisible(m_result != nullptr);
  if (!m_result) return;
  m_statement->setText(metaStatement(*m_result));
  m_ownModel->setTable(metaOwnTable(m_result));
  m_own->setVisible(!m_result->own.empty());
  m_own->resizeColumnsToContents();
  drawMap();
}

int MetaView::turned(int row) const { return metaRows(*m_result, m_shown) - 1 - row; }

MetaPlace MetaView::within(MetaPlace place) const {
  return {.row = std::clamp(place.row, 0, metaRows(*m_result, MetaShown::Own) - 1),
          .test = std::clamp(place.test, 0, static_cast<int>(m_result->tests.size()) - 1)};
}

void MetaView::drawMap() {
  m_choice->setCurrent(static_cast<int>(m_shown));
  if (!m_result) return;
  const auto map = metaMap(m_result, m_shown, mapByName(bench().settings->colourMap()));
  int widest = kLeastMargin;
  for (const QString& label : map->rowLabels)
    widest = std::max(widest, QFontMetrics(dataFont(12)).horizontalAdvance(label) + kLabelRoom);
  m_map->setLeftMargin(std::min(widest, kMostMargin));
  m_map->setMinimumHeight(std::min(static_cast<int>(map->rowLabels.size()), kMostNamedRows) * kNamedRow + kTestNames);
  m_map->setData(map);
  m_bar->setScale(map->scale);
  showPlace();
}

void MetaView::choosePlace(MetaPlace place) {
  m_place = within(place);
  showPlace();
  Q_EMIT stateChanged();
}

void MetaView::showPlace() {
  // A probe has no row beside the controls.
  const Cell cell{turned(m_place.row), m_place.test};
  m_map->setCurrentCell(cell.row >= 0 ? std::optional(cell) : std::nullopt);
  m_heading->setText(metaHeading(*m_result, m_place));
  m_figures->setText(metaFigures(*m_result, m_place));
  const QString verdict = metaVerdictWords(*m_result, m_place), caveat = metaCaveat(*m_result, m_place.test);
  m_verdict->setText(verdict);
  m_verdict->setVisible(!verdict.isEmpty());
  m_caveat->setText(caveat);
  m_caveat->setVisible(!caveat.isEmpty());
  m_armModel->setTable(metaArmTable(m_result, m_place));
  m_arms->resizeColumnsToContents();
}

void MetaView::hoverCell(int row, int column, const QPoint& globalPosition) {
  if (row < 0 || !m_result) return m_card->dismiss();
  const MetaPlace place{.row = turned(row), .test = column};
  HoverContent card;
  card.address = QStringLiteral("%1 · %2").arg(metaRowName(*m_result, place.row), metaTestName(*m_result, column));
  card.run = runName(shownRun());
  if (const auto probe = metaProbe(*m_result, place.row)) {
    card.facts << tr("balanced accuracy %1").arg(formatNumber(m_result->balanced(*probe, column), 2));
  } else {
    const QString names[] = {tr("own states"), tr("another text"), tr("nonsense")};
    for (const MetaArm arm : kMetaArms) {
      const auto [low, high] = m_result->interval(place.row, arm, column);
      card.facts << tr("%1 %2, %3 to %4")
                        .arg(names[static_cast<int>(arm)], formatNumber(m_result->balanced(place.row, arm, column), 2),
                             formatNumber(low, 2), formatNumber(high, 2));
    }
    card.facts << tr("neither %1").arg(formatPercent(m_result->neitherShare(place.row, MetaArm::Own, column)));
  }
  const QRect cell = m_map->cellRect({row, column});
  m_card->showFor(card, globalPosition, QRect(m_map->mapToGlobal(cell.topLeft()), cell.size()));
}

QString MetaView::runTitle(const AnyRequest& request) const {
  const auto& mixes = std::get<MetaModelRequest>(request).mixes;
  if (mixes.size() == 1) return tr("Meta-models · %1").arg(QString::fromStdString(mixName(mixes.front())));
  return tr("Meta-models · %1 mixes").arg(mixes.empty() ? learnedMetaTasks().size() : mixes.size());
}

Json MetaView::viewState() const {
  Json state = FormView::viewState();
  const MetaPlace place = m_restored.value_or(m_place);
  state["shown"] = static_cast<int>(m_shown);
  state["cell"] = {place.row, place.test};
  return state;
}

void MetaView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto shown = kept<int>(state, "shown"); shown && *shown >= 0 && *shown < kMetaShown)
    m_shown = static_cast<MetaShown>(*shown);
  if (const auto cell = kept<std::vector<int>>(state, "cell"); cell && cell->size() == 2) {
    const MetaPlace place{.row = cell->front(), .test = cell->back()};
    if (m_result)
      m_place = within(place);
    else
      m_restored = place;  // the result may come later
  }
  resultShown();
  Q_EMIT stateChanged();
}

ResultTable MetaView::resultTable() const { return m_result ? metaTable(m_result) : ResultTable{}; }

QString MetaView::copyText() const {
  if (!m_result) return {};
  QStringList lines{m_heading->text(), m_figures->text(), m_verdict->text(), m_caveat->text()};
  lines.removeAll(QString());
  return withoutMarks(lines.join(QLatin1Char('\n')));
}

Figure MetaView::exportFigure() {
  if (!m_result) return {};
  std::vector<Figure> parts{m_map->figure(), tableFigure(metaArmTable(m_result, m_place), std::max(640, width()))};
  ResultTable own = metaOwnTable(m_result);
  own.rows = std::min(own.rows, kMostRowsInFigure);
  if (own.rows > 0) parts.push_back(tableFigure(own, std::max(640, width())));
  const QStringList said{caption(), withoutMarks(m_statement->text()),
                         copyText().replace(QLatin1Char('\n'), QLatin1Char(' '))};
  return withCaption(stacked(parts), said.join(QStringLiteral(" · ")));
}

}  // namespace patchbay::ui
