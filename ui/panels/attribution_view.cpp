#include "ui/panels/attribution_view.h"

#include <algorithm>

#include <QHBoxLayout>

#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/named_field.h"
#include "ui/panels/picture.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/line_plot.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/undo_keys.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kCurveHeight = 104;
constexpr int kTokensHeight = 62;
constexpr int kFieldWidth = 150;

}  // namespace

AttributionView::AttributionView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent),
      m_trail(*this, *bench().undo),
      m_answer(new NamedField(tr("Answer"), this)),
      m_against(new NamedField(tr("Against"), this)),
      m_measure(new ChoiceBox(tr("of:"), ChoiceBox::Face::Words, this)),
      m_bar(new ColourBar(this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_map(new HeatMap(content())),
      m_curve(new LinePlot(content())),
      m_place(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_tokens(new HeatMap(content())),
      m_card(addHoverCard()) {
  buildHeader();
  buildContent();
  m_trail.settle({{"draft", draft()}});
  connect(bench().selection, &Selection::changed, this, &AttributionView::followSelection);
  showRun(0);
}

void AttributionView::buildHeader() {
  const std::tuple<NamedField*, const char*, QString> fields[] = {
      {m_answer, "attributionAnswer", tr("what the model says")},
      {m_against, "attributionAgainst", tr("its second choice")}};
  for (const auto& [field, name, hint] : fields) {
    field->setObjectName(QLatin1String(name));
    field->setPlaceholderText(hint);
    field->setFixedWidth(kFieldWidth);
    field->installEventFilter(this);
    connect(field, &QLineEdit::textEdited, this, [this, name = QString::fromLatin1(name)] { edited(name); });
    connect(field, &QLineEdit::returnPressed, this, &AttributionView::start);
    header()->addWidget(field);
  }
  m_measure->setObjectName(QStringLiteral("attributionMeasure"));
  m_measure->addItem(tr("logit difference"), true);
  m_measure->addItem(tr("logit alone"), false);
  connect(m_measure, &ChoiceBox::activated, this, [this] { edited({}); });
  header()->addWidget(m_measure);
  header()->addStretch(1);
  header()->addWidget(m_bar);
}

void AttributionView::buildContent() {
  m_statement->setObjectName(QStringLiteral("attributionStatement"));
  m_map->setObjectName(QStringLiteral("attributionMap"));
  m_map->setFitWidth(true);
  m_curve->setObjectName(QStringLiteral("attributionCurve"));
  m_curve->setFixedHeight(kCurveHeight);
  m_place->setObjectName(QStringLiteral("attributionPlace"));
  m_tokens->setObjectName(QStringLiteral("attributionTokens"));
  m_tokens->setFixedHeight(kTokensHeight);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 6);
  column->setSpacing(4);
  column->addWidget(m_statement);
  column->addWidget(m_map, 1);
  column->addWidget(m_curve);
  column->addWidget(m_place);
  column->addWidget(m_tokens);
  connect(m_map, &HeatMap::selectionChanged, this, &AttributionView::chooseCell);
  connect(m_map, &HeatMap::hovered, this, &AttributionView::hoverCell);
  connect(m_curve, &LinePlot::cursorMoved, this, [this](int layer) {
    if (!m_result) return;
    const Cell cell{layer, m_cell ? m_cell->column : m_result->headCount()};
    chooseCell(CellRange{cell, cell});
  });
}

QString AttributionView::kind() const { return QLatin1String(AttributionRequest::kKind); }

EmptyText AttributionView::emptyText() const {
  return {QStringLiteral("attention"),
          tr("Which parts write the answer?"),
          tr("Press Run: one pass splits the logit of the answer into what every head and MLP adds."),
          {},
          {}};
}

void AttributionView::runChosen() {
  const auto request = run() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(run());
  if (!request || !std::holds_alternative<AttributionRequest>(*request)) return;
  const auto& asked = std::get<AttributionRequest>(*request);
  m_token = asked.prompt == bench().prompt->prompt() ? asked.token : -1;
  setDraft({{"answer", asked.answer}, {"against", asked.against}, {"difference", asked.isDifference}});
}

bool AttributionView::readResult() {
  const auto result = bench().runs->result<AttributionResult>(run());
  if (!result) return false;
  m_result = result;
  return true;
}

void AttributionView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_bar->setVisible(m_result != nullptr);
  if (!m_result) {
    m_map->setData(nullptr);
    m_tokens->setData(nullptr);
    m_curve->setData(nullptr);
    return;
  }
  const auto map = attributionMap(m_result);
  m_map->setData(map);
  m_bar->setScale(map->scale);
  m_statement->setText(attributionStatement(*m_result));
  m_curve->setData(attributionCurve(*m_result));
  m_curve->setLeftMargin(m_map->leftMargin());
  followSelection();
}

void AttributionView::followSelection() {
  if (!m_result) return;
  const SelectionState& state = bench().selection->state();
  if (state.run == shownRun() && state.layers) {
    const int layer = std::clamp(state.layer(), 0, m_result->layers() - 1);
    m_cell = Cell{layer, state.head ? std::clamp(*state.head, 0, m_result->headCount() - 1) : m_result->headCount()};
  } else {
    m_cell.reset();
  }
  showPlace();
}

void AttributionView::chooseCell(const std::optional<CellRange>& range) {
  if (!m_result) return;
  if (!range) return bench().selection->clearPlace();
  SelectionState state;
  state.run = shownRun();
  state.layers = IndexRange{range->last.row, range->last.row};
  state.tokens = IndexRange{m_result->token, m_result->token};
  const bool isHead = range->last.column < m_result->headCount();
  if (isHead) state.head = range->last.column;
  state.site = isHead ? Site::HeadOut : Site::MlpOut;
  bench().selection->select(state);
}

void AttributionView::showPlace() {
  m_map->setSelection(m_cell ? std::optional(CellRange{*m_cell, *m_cell}) : std::nullopt);
  m_curve->setCursor(m_cell ? std::optional<int>(m_cell->row) : std::nullopt);
  const bool isHead = m_cell && m_cell->column < m_result->headCount();
  m_tokens->setData(attributionTokens(m_result, isHead ? m_cell : std::nullopt));
  if (!m_cell) {
    m_place->setText(tr("Where the heads read their parts, all together. Choose a head to see its own."));
  } else {
    const QString adds = asData(formatSigned(static_cast<double>(attributionPart(*m_result, *m_cell)), 3));
    const QString address = asData(attributionAddress(*m_result, *m_cell));
    m_place->setText(
        isHead ? tr("%1 adds %2, read from these tokens:").arg(address, adds)
               : tr("%1 adds %2. An MLP reads no other token; below, all heads together.").arg(address, adds));
  }
  Q_EMIT stateChanged();
}

void AttributionView::hoverCell(int row, int column, const QPoint& globalPosition) {
  if (row < 0 || !m_result) return m_card->dismiss();
  const Cell cell{row, column};
  HoverContent content;
  content.address = attributionAddress(*m_result, cell);
  content.run = runName(shownRun());
  content.facts << tr("adds %1 of %2")
                       .arg(formatSigned(static_cast<double>(attributionPart(*m_result, cell)), 3),
                            formatNumber(static_cast<double>(m_result->total), 2));
  content.facts << tr("sum up to L%1: %2").arg(row).arg(formatNumber(static_cast<double>(m_result->upTo(row)), 2));
  const QRect area = m_map->cellRect(cell);
  m_card->showFor(content, globalPosition, QRect(m_map->mapToGlobal(area.topLeft()), area.size()));
}

Json AttributionView::draft() const {
  return {{"answer", meantToken(m_answer->text())},
          {"against", meantToken(m_against->text())},
          {"difference", m_measure->currentData().toBool()}};
}

void AttributionView::setDraft(const Json& draft) {
  if (const auto words = kept<std::string>(draft, "answer")) m_answer->setText(typedToken(*words));
  if (const auto words = kept<std::string>(draft, "against")) m_against->setText(typedToken(*words));
  if (const auto isDifference = kept<bool>(draft, "difference"))
    m_measure->setCurrentIndex(m_measure->findData(*isDifference));
  m_against->setEnabled(m_measure->currentData().toBool());
  m_trail.settle({{"draft", this->draft()}});
}

void AttributionView::edited(const QString& typed) {
  m_against->setEnabled(m_measure->currentData().toBool());
  m_trail.edited(tr("attribution"), {{"draft", draft()}}, typed);
  Q_EMIT stateChanged();
}

std::optional<AnyRequest> AttributionView::wanted() const {
  const ModelCard* card = bench().models->current();
  const Prompt prompt = bench().prompt->prompt();
  if (!card || prompt.headline().empty()) return std::nullopt;
  AttributionRequest request;
  request.model = card->ref;
  request.prompt = prompt;
  request.token = m_token;
  request.answer = meantToken(m_answer->text());
  request.isDifference = m_measure->currentData().toBool();
  if (request.isDifference) request.against = meantToken(m_against->text());
  return request;
}

void AttributionView::start() {
  const auto request = wanted();
  if (!request) return;
  RunStart how;
  how.title = tr("Attribution · %1")
                  .arg(QString::fromStdString(std::get<AttributionRequest>(*request).prompt.headline()).simplified());
  if (run() != 0) how.parent = run();
  how.replaceKey = QStringLiteral("attribution.view");
  const RunId id = bench().runs->start(*request, how);
  showRun(id);
  bench().selection->selectRun(id);
}

Json AttributionView::viewState() const {
  Json state = ResultView::viewState();
  state["draft"] = draft();
  return state;
}

void AttributionView::restoreViewState(const Json& state) {
  ResultView::restoreViewState(state);
  if (const auto kept = patchbay::ui::kept<Json>(state, "draft")) setDraft(*kept);
  Q_EMIT stateChanged();
}

bool AttributionView::eventFilter(QObject* watched, QEvent* event) {
  if ((watched == m_answer || watched == m_against) && leaveUndoToWindow(event)) return true;
  return ResultView::eventFilter(watched, event);
}

ResultTable AttributionView::resultTable() const { return m_result ? attributionTable(m_result) : ResultTable{}; }

QString AttributionView::copyText() const {
  if (!m_result) return {};
  return withoutMarks(m_cell ? m_place->text() : m_statement->text());
}

Figure AttributionView::exportFigure() {
  if (!m_result) return {};
  return withCaption(stacked({m_map->figure(), m_curve->figure(), m_tokens->figure()}),
                     caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
