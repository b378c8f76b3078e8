#include "ui/panels/hop_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/hop_form.h"
#include "ui/panels/picture.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/settings.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kMostItemsInFigure = 12;

}  // namespace

HopView::HopView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new HopForm(workbench), tr("form of two steps"), parent),
      m_arms(new SegmentedControl({tr("With the patch"), tr("Wrong state"), tr("Difference")}, this)),
      m_bar(new ColourBar(this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_caveat(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_map(new HeatMap(content())),
      m_heading(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_items(new QTableView(content())),
      m_itemModel(new ResultTableModel(this)),
      m_card(addHoverCard()) {
  m_arms->setObjectName(QStringLiteral("hopArm"));
  header()->addWidget(m_arms);
  header()->addStretch(1);
  header()->addWidget(m_bar);
  buildContent();
  connect(m_arms, &SegmentedControl::chosen, this, [this](int arm) {
    m_arm = static_cast<HopArm>(arm);
    drawMap();
    Q_EMIT stateChanged();
  });
  connect(bench().settings, &Settings::changed, this, [this](const QString&) { drawMap(); });
  showRun(0);
}

void HopView::buildContent() {
  m_statement->setObjectName(QStringLiteral("hopStatement"));
  m_caveat->setObjectName(QStringLiteral("hopCaveat"));
  m_map->setObjectName(QStringLiteral("hopMap"));
  m_map->setFitWidth(true);
  m_heading->setObjectName(QStringLiteral("hopHeading"));
  m_heading->setFontSize(12, 600);
  m_items->setObjectName(QStringLiteral("hopItems"));
  m_items->setModel(m_itemModel);
  m_items->setSelectionBehavior(QAbstractItemView::SelectRows);
  dressTable(m_items);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(kInset, 0, kInset, 6);
  rows->setSpacing(4);
  rows->addWidget(m_statement);
  rows->addWidget(m_caveat);
  rows->addWidget(m_map, 3);
  rows->addWidget(m_heading);
  rows->addWidget(m_items, 3);
  connect(m_map, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range && m_hops) choosePair(range->last);
  });
  connect(m_map, &HeatMap::hovered, this, [this](int row, int column, const QPoint& at) {
    if (row < 0 || !m_hops) return m_card->dismiss();
    HoverContent card;
    card.address = QStringLiteral("%1 → %2").arg(m_map->data()->rowLabels[row], m_map->data()->columnLabels[column]);
    card.run = runName(shownRun());
    card.facts << tr("right with the patch %1").arg(formatPercent(m_hops->shareAt(0, row, column)))
               << tr("with the wrong state %1").arg(formatPercent(m_hops->shareAt(1, row, column)))
               << tr("in one sentence %1").arg(formatPercent(m_hops->plainShare()))
               << tr("step by step %1").arg(formatPercent(m_hops->stepsShare()));
    const QRect cell = m_map->cellRect({row, column});
    m_card->showFor(card, at, QRect(m_map->mapToGlobal(cell.topLeft()), cell.size()));
  });
}

QString HopView::kind() const { return QLatin1String(MultiHopRequest::kKind); }

EmptyText HopView::emptyText() const {
  return {QStringLiteral("patchscope"),
          tr("Can a patch carry one step of thought into the next?"),
          tr("Press Run: each question is asked in one sentence, step by step, and by the patch at pairs of layers."),
          {},
          {}};
}

bool HopView::readResult() {
  const auto hops = bench().runs->result<MultiHopResult>(run());
  const auto request = hops ? bench().runs->request(run()) : Outcome<AnyRequest>(Cancelled{});
  if (!request || !std::holds_alternative<MultiHopRequest>(*request)) return false;
  const HopList& list = std::get<MultiHopRequest>(*request).list;
  const auto isKnown = [&list](const HoppedItem& item) {
    return item.item < static_cast<int>(list.items.size()) &&
           !list.items[static_cast<std::size_t>(item.item)].answers.empty();
  };
  if (!std::ranges::all_of(hops->items, isKnown)) return false;  // a result of another list
  if (hops != m_hops) {
    m_hops = hops;
    m_list = list;
    const auto [source, target] = hops->bestPair();
    m_pair = m_restored.value_or(Cell{source, target});
    m_restored.reset();
  }
  return true;
}

void HopView::resultShown() {
  if (shownRun() == 0) m_hops.reset();
  m_arms->setEnabled(m_hops != nullptr);
  m_bar->setVisible(m_hops != nullptr);
  if (!m_hops) return;
  m_statement->setText(hopStatement(*m_hops));
  m_caveat->setText(hopCaveat(*m_hops));
  drawMap();
  choosePair(m_pair);
}

void HopView::drawMap() {
  if (!m_hops) return;
  m_arms->setCurrent(static_cast<int>(m_arm));
  const auto map = hopMap(m_hops, m_arm, mapByName(bench().settings->colourMap()));
  m_map->setData(map);
  m_bar->setScale(map->scale);
}

void HopView::choosePair(Cell pair) {
  const int last = static_cast<int>(m_hops->layers.size()) - 1;
  m_pair = {std::clamp(pair.row, 0, last), std::clamp(pair.column, 0, last)};
  m_map->setSelection(CellRange{m_pair, m_pair});
  showItems();
  Q_EMIT stateChanged();
}

void HopView::showItems() {
  m_itemModel->setTable(hopItems(m_hops, m_list, m_pair.row, m_pair.column));
  m_items->resizeColumnsToContents();
  const auto layer = [this](int place) {
    return asData(QStringLiteral("L%1").arg(m_hops->layers[static_cast<std::size_t>(place)]));
  };
  m_heading->setText(tr("Items, read at %1 and written at %2 · %3 left out, the model does not know both steps")
                         .arg(layer(m_pair.row), layer(m_pair.column))
                         .arg(m_hops->unknown.size()));
}

QString HopView::runTitle(const AnyRequest& request) const {
  return tr("Two steps · %1").arg(QString::fromStdString(std::get<MultiHopRequest>(request).list.title));
}

Json HopView::viewState() const {
  Json state = FormView::viewState();
  state["arm"] = static_cast<int>(m_arm);
  state["pair"] = {m_pair.row, m_pair.column};
  return state;
}

void HopView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto arm = kept<int>(state, "arm"); arm && *arm >= 0 && *arm <= static_cast<int>(HopArm::Difference))
    m_arm = static_cast<HopArm>(*arm);
  if (const auto pair = kept<std::vector<int>>(state, "pair"); pair && pair->size() == 2) {
    m_pair = {pair->front(), pair->back()};
    if (!m_hops) m_restored = m_pair;  // the result may come later
  }
  resultShown();
  Q_EMIT stateChanged();
}

ResultTable HopView::resultTable() const { return m_hops ? hopTable(m_hops) : ResultTable{}; }

QString HopView::copyText() const {
  return m_hops ? withoutMarks(m_statement->text()) + QLatin1Char('\n') + withoutMarks(m_caveat->text()) : QString();
}

Figure HopView::exportFigure() {
  if (!m_hops) return {};
  ResultTable items = hopItems(m_hops, m_list, m_pair.row, m_pair.column);
  items.rows = std::min(items.rows, kMostItemsInFigure);
  return withCaption(stacked({m_map->figure(), tableFigure(items, std::max(640, width()))}),
                     caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()) + QLatin1Char(' ') +
                         withoutMarks(m_caveat->text()));
}

}  // namespace patchbay::ui
