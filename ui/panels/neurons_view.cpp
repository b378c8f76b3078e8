#include "ui/panels/neurons_view.h"

#include <algorithm>
#include <cmath>

#include <QHBoxLayout>
#include <QHeaderView>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/models/run_words.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/growth_choice.h"
#include "ui/panels/picture.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/log_book.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kNeuronLabels = 56;
constexpr int kWordsHeight = 232;

}  // namespace

NeuronsView::NeuronsView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent),
      m_layer(new ChoiceBox(tr("layer:"), ChoiceBox::Face::Data, this)),
      m_token(new ChoiceBox(tr("token:"), ChoiceBox::Face::Data, this)),
      m_grow(new GrowthChoice(tr("Greedy tokens that the model adds to the prompt; their activations come with them"),
                              this)),
      m_bar(new ColourBar(this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_map(new HeatMap(content())),
      m_heading(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_words(new QTableView(content())),
      m_wordModel(new ResultTableModel(this)),
      m_card(addHoverCard()) {
  buildHeader();
  buildContent();
  showRun(0);
}

void NeuronsView::buildHeader() {
  m_layer->setObjectName(QStringLiteral("neuronsLayer"));
  m_token->setObjectName(QStringLiteral("neuronsToken"));
  header()->addWidget(m_layer);
  m_grow->setObjectName(QStringLiteral("neuronsGrow"));
  header()->addWidget(m_token);
  header()->addWidget(m_grow);
  header()->addStretch(1);
  header()->addWidget(m_bar);
  connect(m_layer, &ChoiceBox::activated, this,
          [this](int layer) { readAgain([layer](NeuronsRequest& wanted) { wanted.layer = layer; }); });
  connect(m_token, &ChoiceBox::activated, this,
          [this](int token) { readAgain([token](NeuronsRequest& wanted) { wanted.token = token; }); });
  connect(m_grow, &GrowthChoice::chosen, this,
          [this](int tokens) { readAgain([tokens](NeuronsRequest& wanted) { wanted.continueTokens = tokens; }); });
}

void NeuronsView::buildContent() {
  m_statement->setObjectName(QStringLiteral("neuronsStatement"));
  m_map->setObjectName(QStringLiteral("neuronsMap"));
  m_map->setFitWidth(true);
  m_map->setLeftMargin(kNeuronLabels);
  m_heading->setObjectName(QStringLiteral("neuronsHeading"));
  m_heading->setFontSize(12, 600);
  m_words->setObjectName(QStringLiteral("neuronsWords"));
  m_words->setModel(m_wordModel);
  m_words->setFixedHeight(kWordsHeight);
  dressTable(m_words);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 6);
  column->setSpacing(4);
  column->addWidget(m_statement);
  column->addWidget(m_map, 1);
  column->addWidget(m_heading);
  column->addWidget(m_words);
  connect(m_map, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range && m_result) chooseNeuron(neuronRow(*m_result, range->last.row));
  });
  connect(m_map, &HeatMap::hovered, this, &NeuronsView::hoverCell);
}

QString NeuronsView::kind() const { return QLatin1String(NeuronsRequest::kKind); }

EmptyText NeuronsView::emptyText() const {
  return {QStringLiteral("neurons"),
          tr("Which neurons write here?"),
          tr("Select a cell and choose MLP neurons in the Analyse menu."),
          {},
          {}};
}

bool NeuronsView::readStream(const StreamedTokens& tokens) {
  auto part = tokens.as<NeuronsResult>();
  if (!part) return false;
  m_result = std::move(part);
  return true;
}

bool NeuronsView::readResult() {
  const auto result = bench().runs->result<NeuronsResult>(run());
  if (!result) return false;
  if (result != m_result) {
    m_result = result;
    m_rank = 0;
  }
  return true;
}

void NeuronsView::fillChoices() {
  const RunRecord* record = bench().runs->record(shownRun());
  const ModelCard* card = record ? bench().models->find(record->model.fingerprint) : nullptr;
  m_layer->clear();
  for (int layer = 0; layer < (card ? card->layers : m_result->layer + 1); ++layer)
    m_layer->addItem(QStringLiteral("L%1").arg(layer));
  // What was asked stands in the boxes already while its result is on the way.
  const auto request = bench().runs->request(run());
  const NeuronsRequest* asked = request ? std::get_if<NeuronsRequest>(&*request) : nullptr;
  m_layer->setCurrentIndex(asked && asked->layer >= 0 ? asked->layer : m_result->layer);
  const auto entry = [this](int token) {
    return QStringLiteral("t%1 %2").arg(token).arg(displayToken(m_result->tokens[static_cast<std::size_t>(token)]));
  };
  const int tokens = static_cast<int>(m_result->tokens.size());
  // A list that only grows stays as it is, for it may be open.
  if (m_token->count() > tokens ||
      (m_token->count() > 0 && m_token->itemText(m_token->count() - 1) != entry(m_token->count() - 1)))
    m_token->clear();
  for (int token = m_token->count(); token < tokens; ++token) m_token->addItem(entry(token));
  m_token->setCurrentIndex(asked && asked->token >= 0 ? asked->token : m_result->token);
  m_grow->showTokens(asked ? asked->continueTokens : 0);
}

void NeuronsView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  for (QWidget* control : {static_cast<QWidget*>(m_layer), static_cast<QWidget*>(m_token),
                           static_cast<QWidget*>(m_grow), static_cast<QWidget*>(m_bar)})
    control->setEnabled(m_result != nullptr);
  if (!m_result) {
    m_map->setData(nullptr);
    return;
  }
  fillChoices();
  const auto map = neuronsMap(m_result);
  m_map->setData(map);
  m_map->setMarkedColumn(m_result->token);
  m_bar->setScale(map->scale);
  m_statement->setText(
      tr("The %1 neurons of %2 that write most at %3; the whole MLP writes %4")
          .arg(m_result->neurons.size())
          .arg(asData(QStringLiteral("L%1").arg(m_result->layer)),
               asData(QStringLiteral("t%1 %2")
                          .arg(m_result->token)
                          .arg(displayToken(m_result->tokens[static_cast<std::size_t>(m_result->token)]))),
               asData(formatCompact(static_cast<double>(m_result->mlpNorm)))));
  chooseNeuron(std::min(m_rank, static_cast<int>(m_result->neurons.size()) - 1));
}

void NeuronsView::chooseNeuron(int rank) {
  m_rank = rank;
  const NeuronFact& neuron = m_result->neurons[static_cast<std::size_t>(rank)];
  const Cell cell{neuronRow(*m_result, rank), m_result->token};
  m_map->setSelection(CellRange{{cell.row, 0}, {cell.row, static_cast<int>(m_result->tokens.size()) - 1}});
  m_heading->setText(tr("%1: activation %2, writes %3")
                         .arg(asData(neuronAddress(*m_result, rank)),
                              asData(formatSigned(static_cast<double>(neuron.value), 2)),
                              asData(formatCompact(static_cast<double>(neuron.written)))));
  m_wordModel->setTable(neuronWords(m_result, rank));
  m_words->resizeColumnsToContents();
  Q_EMIT stateChanged();
}

void NeuronsView::readAgain(const std::function<void(NeuronsRequest&)>& change) {
  // What was asked last counts, also while its result is on the way.
  const bool isOnTheWay = bench().runs->isActive(run());
  const auto request = bench().runs->request(isOnTheWay ? run() : shownRun());
  const NeuronsRequest* old = request ? std::get_if<NeuronsRequest>(&*request) : nullptr;
  if (!old || !m_result) return;
  if (!bench().models->find(old->model.fingerprint)) {
    fillChoices();
    return bench().log->tell(tr("The model of this run is not loaded."));
  }
  NeuronsRequest wanted = *old;
  // Places as they are shown: of another text, counting from the end would be another one.
  if (!isOnTheWay || wanted.layer < 0) wanted.layer = m_result->layer;
  if (!isOnTheWay || wanted.token < 0) wanted.token = m_result->token;
  change(wanted);
  // A shorter continuation may not reach it.
  const int prompt = static_cast<int>(m_result->tokens.size()) - m_result->grown;
  if (wanted.token >= prompt + wanted.continueTokens) wanted.token = prompt - 1;
  const RunId id = bench().runs->start(
      wanted,
      RunStart{.title = neuronsTitle(wanted), .parent = shownRun(), .replaceKey = QStringLiteral("neurons.view")});
  showRun(id);
  bench().selection->selectRun(id);
}

void NeuronsView::hoverCell(int row, int column, const QPoint& globalPosition) {
  if (row < 0 || !m_result) return m_card->dismiss();
  const int rank = neuronRow(*m_result, row);
  const NeuronFact& neuron = m_result->neurons[static_cast<std::size_t>(rank)];
  HoverContent content;
  content.address = neuronAddress(*m_result, rank);
  content.run = runName(shownRun());
  content.facts << tr("t%1 %2: activation %3")
                       .arg(column)
                       .arg(displayToken(m_result->tokens[static_cast<std::size_t>(column)]),
                            formatSigned(static_cast<double>(m_result->activations.at(rank, column)), 2));
  QStringList raised;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, neuron.raised.size()); ++i)
    raised << displayToken(neuron.raised[i].token);
  content.facts << tr("pushes for %1").arg(raised.join(QLatin1Char(' ')));
  const QRect cell = m_map->cellRect({row, column});
  m_card->showFor(content, globalPosition, QRect(m_map->mapToGlobal(cell.topLeft()), cell.size()));
}

ResultTable NeuronsView::resultTable() const { return m_result ? neuronTable(m_result) : ResultTable{}; }

QString NeuronsView::copyText() const { return m_result ? withoutMarks(m_heading->text()) : QString(); }

Figure NeuronsView::exportFigure() {
  if (!m_result) return {};
  return withCaption(stacked({m_map->figure(), tableFigure(neuronWords(m_result, m_rank), std::max(640, width()))}),
                     caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
