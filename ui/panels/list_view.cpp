#include "ui/panels/list_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/list_form.h"
#include "ui/panels/picture.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kMostItemsInFigure = 12;

}  // namespace

ListView::ListView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new ListForm(workbench), tr("list form"), parent),
      m_measures(new SegmentedControl({listMeasureName(ListMeasure::Contains), listMeasureName(ListMeasure::FirstToken),
                                       listMeasureName(ListMeasure::Surprisal)},
                                      this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_curve(new LinePlot(content())),
      m_heading(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_items(new QTableView(content())),
      m_itemModel(new ResultTableModel(this)) {
  m_measures->setObjectName(QStringLiteral("listMeasure"));
  header()->addWidget(m_measures);
  header()->addStretch(1);
  buildContent();
  connect(m_measures, &SegmentedControl::chosen, this,
          [this](int index) { chooseMeasure(static_cast<ListMeasure>(index)); });
  connect(m_curve, &LinePlot::cursorMoved, this, &ListView::chooseLayer);
  showRun(0);
}

void ListView::buildContent() {
  m_statement->setObjectName(QStringLiteral("listStatement"));
  m_curve->setObjectName(QStringLiteral("listCurve"));
  m_curve->setMinimumHeight(150);
  m_heading->setObjectName(QStringLiteral("listHeading"));
  m_heading->setFontSize(12, 600);
  m_items->setObjectName(QStringLiteral("listItems"));
  m_items->setModel(m_itemModel);
  m_items->setSelectionBehavior(QAbstractItemView::SelectRows);
  dressTable(m_items);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 6);
  column->setSpacing(6);
  column->addWidget(m_statement);
  column->addWidget(m_curve, 2);
  column->addWidget(m_heading);
  column->addWidget(m_items, 3);
}

QString ListView::kind() const { return QLatin1String(PatchscopeListRequest::kKind); }

EmptyText ListView::emptyText() const {
  return {
      QStringLiteral("patchscope"),
      tr("What do the states of many subjects say?"),
      tr("Choose a list and press Run: every subject's state at every layer is asked the same question, and so are three controls."),
      {},
      {}};
}

bool ListView::readResult() {
  const auto list = bench().runs->result<PatchscopeListResult>(run());
  const auto request = list ? bench().runs->request(run()) : Outcome<AnyRequest>(Cancelled{});
  if (!request || !std::holds_alternative<PatchscopeListRequest>(*request)) return false;
  const FactList& facts = std::get<PatchscopeListRequest>(*request).list;
  const auto isKnown = [&facts](const ListedItem& item) { return item.item < static_cast<int>(facts.items.size()); };
  if (!std::ranges::all_of(list->items, isKnown)) return false;  // a result of another list
  if (list != m_list) {
    m_list = list;
    m_facts = facts;
    if (m_measure == ListMeasure::Contains && !hasText(*list)) m_measure = ListMeasure::FirstToken;
    m_place = bestLayer(*list, m_measure);
  }
  return true;
}

void ListView::resultShown() {
  if (shownRun() == 0) m_list.reset();
  m_measures->setEnabled(m_list != nullptr);
  if (!m_list) return;
  m_measures->setChoiceEnabled(static_cast<int>(ListMeasure::Contains), hasText(*m_list),
                               tr("The run generated no text"));
  m_measures->setCurrent(static_cast<int>(m_measure));
  m_statement->setText(listStatement(*m_list, m_measure));
  m_curve->setData(listCurve(*m_list, m_measure));
  m_place = std::clamp(m_place, 0, static_cast<int>(m_list->layers.size()) - 1);
  m_curve->setCursor(m_list->layers[static_cast<std::size_t>(m_place)]);
  showItems();
}

void ListView::chooseMeasure(ListMeasure measure) {
  m_measure = measure;
  resultShown();
  Q_EMIT stateChanged();
}

void ListView::chooseLayer(int layer) {
  const auto found = m_list ? std::ranges::find(m_list->layers, layer) : std::vector<int>::const_iterator{};
  if (!m_list || found == m_list->layers.end()) return;
  m_place = static_cast<int>(found - m_list->layers.begin());
  showItems();
}

void ListView::showItems() {
  m_itemModel->setTable(listItems(m_list, m_facts, m_place));
  m_items->resizeColumnsToContents();
  const int layer = m_list->layers[static_cast<std::size_t>(m_place)];
  const QString alone =
      m_list->textOnlySays.empty()
          ? QString()
          : tr(" · the text alone says “%1”").arg(QString::fromStdString(m_list->textOnlySays).simplified());
  m_heading->setText(tr("Items at %1").arg(asData(QStringLiteral("L%1").arg(layer))) + alone);
}

QString ListView::runTitle(const AnyRequest& request) const {
  return tr("Patchscope list · %1").arg(QString::fromStdString(std::get<PatchscopeListRequest>(request).list.title));
}

Json ListView::viewState() const {
  Json state = FormView::viewState();
  state["measure"] = static_cast<int>(m_measure);
  return state;
}

void ListView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto measure = kept<int>(state, "measure");
      measure && *measure >= 0 && *measure <= static_cast<int>(ListMeasure::Surprisal))
    m_measure = static_cast<ListMeasure>(*measure);
  resultShown();
  Q_EMIT stateChanged();
}

ResultTable ListView::resultTable() const { return m_list ? listTable(m_list) : ResultTable{}; }

QString ListView::copyText() const { return m_list ? withoutMarks(m_statement->text()) : QString(); }

Figure ListView::exportFigure() {
  if (!m_list) return {};
  ResultTable items = listItems(m_list, m_facts, m_place);
  items.rows = std::min(items.rows, kMostItemsInFigure);
  return withCaption(stacked({m_curve->figure(), tableFigure(items, std::max(640, width()))}),
                     caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
