#include "ui/panels/ask_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>

#include "core/data/file_requests.h"
#include "ui/bridge/engine_client.h"
#include "ui/panels/ask_exchange.h"
#include "ui/panels/ask_form.h"
#include "ui/panels/asked_cells.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/lens_picture.h"
#include "ui/panels/picture.h"
#include "ui/panels/rule.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/action_registry.h"
#include "ui/state/kept.h"
#include "ui/state/lens_sort.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/settings.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kSideWidth = 252;
constexpr int kEarlier = 4;  ///< questions of before that are shown above
constexpr int kStripHeight = 74;
constexpr int kStripMargin = 6;
constexpr int kFacts = 5;

MarkedLabel* heading(const QString& words, QWidget* parent) {
  auto* label = new MarkedLabel(words, 12, MarkedLabel::Ink::Text, parent);
  label->setFontSize(12, 600);
  return label;
}

/// The mean over figures of one split, of what a choice got right; nothing where there are none.
std::optional<double> meanChoice(const DecoderCard& card, ExampleSplit split, MeasuredShare DecoderFigure::*share) {
  double sum = 0;
  int count = 0;
  for (const DecoderFigure& figure : card.figures) {
    if (figure.split != split || figure.window != ExampleWindow::Evidence || (figure.*share).items == 0) continue;
    sum += (figure.*share).share();
    ++count;
  }
  return count > 0 ? std::optional(sum / count) : std::nullopt;
}

}  // namespace

AskView::AskView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new AskForm(workbench), tr("question"), parent),
      m_form(findChild<AskForm*>()),
      m_hover(addHoverCard()) {
  // The composer stands below what was said.
  layout()->removeWidget(m_form);
  static_cast<QVBoxLayout*>(layout())->addWidget(m_form);
  buildSide();
  buildContent();
  header()->addStretch(1);
  connect(m_form, &RunForm::edited, this, &AskView::followForm);
  connect(m_form, &AskForm::layersAsked, this, &AskView::askLayers);
  connect(m_form, &AskForm::folderAsked, this,
          [this] { bench().actions->trigger(QStringLiteral("analyse.open-decoder")); });
  connect(bench().runs, &RunBook::resultReady, this, [this](RunId) {
    showGrid();
    showThread();
  });
  connect(bench().runs, &RunBook::runChanged, this, [this](RunId) { showGrid(); });
  connect(bench().prompt, &PromptState::promptChanged, this, &AskView::showGrid);
  connect(bench().models, &ModelShelf::modelsChanged, this, &AskView::showGrid);
  connect(bench().settings, &Settings::changed, this, [this](const QString&) {
    showGrid();
    showStrip();
  });
  showRun(0);
  showGrid();
  readDecoder();
}

void AskView::buildSide() {
  auto* side = new QWidget(this);
  side->setFixedWidth(kSideWidth);
  m_grid = new HeatMap(side);
  m_grid->setObjectName(QStringLiteral("askGrid"));
  m_grid->setFitWidth(true);
  m_grid->setMinimumHeight(220);
  m_gridNote = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, side);
  m_gridNote->setObjectName(QStringLiteral("askGridNote"));
  m_decoderTitle = heading(tr("Decoder"), side);
  m_decoderTitle->setObjectName(QStringLiteral("askDecoderTitle"));
  auto* rows = new QVBoxLayout(side);
  rows->setContentsMargins(kInset, 6, kInset, kInset);
  rows->setSpacing(6);
  rows->addWidget(heading(tr("Cells to read"), side));
  rows->addWidget(m_grid, 1);
  rows->addWidget(m_gridNote);
  rows->addWidget(new Rule(9, side));
  rows->addWidget(m_decoderTitle);
  for (int fact = 0; fact < kFacts; ++fact) {
    auto* label = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, side);
    label->setObjectName(QStringLiteral("askDecoderFact%1").arg(fact));
    m_decoderFacts.push_back(label);
    rows->addWidget(label);
  }
  // Takes the room of the grid while there is none.
  rows->addStretch();
  setSide(side);
  connect(m_grid, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (!range) return;
    std::vector<AskedSpan> spans;
    for (int layer = range->first.row; layer <= range->last.row; ++layer)
      spans.push_back({range->first.column, range->last.column, layer});
    m_form->setCells(spans);
  });
}

void AskView::buildContent() {
  auto* talk = new QWidget(content());
  m_thread = new QVBoxLayout(talk);
  m_thread->setContentsMargins(kInset, 4, kInset, kInset);
  m_thread->setSpacing(16);
  m_current = new AskExchange(talk);
  m_thread->addWidget(m_current);
  m_thread->addStretch(1);
  m_scroll = new QScrollArea(content());
  m_scroll->setObjectName(QStringLiteral("askThread"));
  m_scroll->setWidget(talk);
  m_scroll->setWidgetResizable(true);
  m_scroll->setFrameShape(QFrame::NoFrame);
  m_scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_stripBox = new QWidget(content());
  m_stripTitle = heading({}, m_stripBox);
  m_stripTitle->setObjectName(QStringLiteral("askStripTitle"));
  m_stripBar = new ColourBar(m_stripBox);
  m_strip = new HeatMap(m_stripBox);
  m_strip->setObjectName(QStringLiteral("askStrip"));
  m_strip->setFitWidth(true);
  m_strip->setLeftMargin(kStripMargin);
  m_strip->setRightMargin(kStripMargin);
  m_strip->setFixedHeight(kStripHeight);
  auto* head = new QHBoxLayout;
  head->addWidget(m_stripTitle, 1);
  head->addWidget(m_stripBar);
  auto* strip = new QVBoxLayout(m_stripBox);
  strip->setContentsMargins(kInset, 0, kInset, 6);
  strip->setSpacing(2);
  strip->addLayout(head);
  strip->addWidget(m_strip);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addWidget(m_scroll, 1);
  rows->addWidget(m_stripBox);
  connect(m_current, &AskExchange::cellsChosen, this, &AskView::goToCells);
  connect(m_strip, &HeatMap::hovered, this, &AskView::hoverLayer);
  connect(m_strip, &HeatMap::cellClicked, this, [this](int, int column) {
    if (!m_result || column >= static_cast<int>(m_result->layers.size())) return;
    std::vector<AskedSpan> spans = m_result->spans;
    for (AskedSpan& span : spans) span.layer = m_result->layers[static_cast<std::size_t>(column)].layer;
    m_form->setCells(spans);
  });
}

QString AskView::kind() const { return QLatin1String(AskRequest::kKind); }

EmptyText AskView::emptyText() const {
  return {QStringLiteral("ask"),
          tr("Choose cells to ask about"),
          tr("Brush the small grid, or press A on a cell of a lens; then type a question."),
          {},
          {}};
}

std::optional<AskRequest> AskView::asked() const {
  const auto request = shownRun() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(shownRun());
  const auto* typed = request ? std::get_if<AskRequest>(&*request) : nullptr;
  return typed ? std::optional(*typed) : std::nullopt;
}

void AskView::runChosen() {
  FormView::runChosen();
  followForm();
}

void AskView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  followForm();
}

void AskView::followForm() {
  showGrid();
  if (m_form->decoder().folder != m_cardFolder)
    readDecoder();
  else if (m_card)
    m_form->setDecoderModel(m_card->model);
}

void AskView::start() {
  FormView::start();
  // The new question stands last.
  QTimer::singleShot(0, m_scroll,
                     [this] { m_scroll->verticalScrollBar()->setValue(m_scroll->verticalScrollBar()->maximum()); });
}

void AskView::askLayers() {
  auto request = m_form->request();
  if (!request) return;
  request->atAllLayers = true;
  request->hasControls = false;
  startRun(*request);
}

bool AskView::readResult() {
  const auto result = bench().runs->result<AskResult>(run());
  if (!result) return false;
  m_result = result;
  return true;
}

bool AskView::readStream(const StreamedTokens&) {
  const auto part = bench().runs->partial<AskResult>(run());
  if (!part) return false;
  m_result = part;
  return true;
}

void AskView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  showThread();
  showStrip();
}

void AskView::showThread() {
  const auto request = asked();
  const bool isGrowing = m_result && bench().runs->isActive(shownRun());
  m_current->setVisible(m_result && request);
  if (!isGrowing)
    for (AskExchange* exchange : m_earlier) exchange->hide();
  if (!m_result || !request) return;
  const RunRecord* own = bench().runs->record(shownRun());
  m_current->setExchange(*request, *m_result, own && own->status == RunStatus::Done);
  if (isGrowing) return;
  // What was asked about this prompt before.
  std::vector<RunId> before;
  for (const auto& [id, record] : bench().runs->records()) {
    if (id >= shownRun() || record.kind != AskRequest::kKind || record.status != RunStatus::Done || record.isTrashed)
      continue;
    if (!record.error && kept<Prompt>(record.request, "prompt") == request->prompt) before.push_back(id);
  }
  if (std::ssize(before) > kEarlier) before.erase(before.begin(), before.end() - kEarlier);
  std::size_t shown = 0;
  for (const RunId id : before) {
    const auto result = bench().runs->result<AskResult>(id);
    const auto earlier = bench().runs->request(id);
    if (!result || !earlier) continue;
    if (shown == m_earlier.size()) {
      m_earlier.push_back(new AskExchange(m_current->parentWidget()));
      m_thread->insertWidget(static_cast<int>(shown), m_earlier.back());
      connect(m_earlier.back(), &AskExchange::cellsChosen, this, &AskView::goToCells);
    }
    m_earlier[shown]->setExchange(std::get<AskRequest>(*earlier), *result, true);
    m_earlier[shown++]->show();
  }
}

void AskView::goToCells(const std::vector<AskedSpan>& spans) {
  if (spans.empty()) return;
  m_form->setCells(spans);
  SelectionState place;
  place.run = shownRun();
  place.tokens = IndexRange{spans.front().firstToken, spans.front().lastToken};
  place.layers = IndexRange{spans.front().layer, spans.back().layer};
  bench().selection->select(place);
}

void AskView::showStrip() {
  const bool isStrip = m_result && !m_result->layers.empty();
  m_stripBox->setVisible(isStrip);
  if (!isStrip) return;
  const int reference = m_result->spans.front().layer;
  const auto strip = layerStrip(m_result, reference, mapByName(bench().settings->colourMap()));
  m_strip->setData(strip);
  m_stripBar->setScale(strip->scale);
  m_stripTitle->setText(tr("At every layer · first word of the answer · colour is p of %1")
                            .arg(asData(stripToken(*m_result, reference))));
  const auto found = std::ranges::find(m_result->layers, reference, &LayerAnswer::layer);
  const Cell chosen{0, static_cast<int>(found - m_result->layers.begin())};
  m_strip->setSelection(found != m_result->layers.end() ? std::optional(CellRange{chosen, chosen}) : std::nullopt);
}

void AskView::hoverLayer(int row, int column, const QPoint& at) {
  if (row < 0 || !m_result || column >= static_cast<int>(m_result->layers.size())) return m_hover->dismiss();
  const LayerAnswer& layer = m_result->layers[static_cast<std::size_t>(column)];
  HoverContent content;
  content.address = QStringLiteral("L%1").arg(layer.layer);
  content.run = runName(shownRun());
  content.text = oneLine(layer.answer.generation.text);
  content.facts << answerFacts(layer.answer.generation);
  const QRect cell = m_strip->cellRect({row, column});
  m_hover->showFor(content, at, QRect(m_strip->mapToGlobal(cell.topLeft()), cell.size()));
}

void AskView::showGrid() {
  std::shared_ptr<const LensResult> lens;
  const auto& records = bench().runs->records();
  for (auto entry = records.rbegin(); entry != records.rend() && !lens; ++entry) {
    const RunRecord& record = entry->second;
    // One whose result could not be read has an error; to ask for it again would end in the same.
    if (record.status != RunStatus::Done || record.error || !isPlainLens(record) ||
        record.model.fingerprint != m_form->model().fingerprint ||
        kept<Prompt>(record.request, "prompt") != m_form->prompt())
      continue;
    lens = bench().runs->result<LensResult>(entry->first);
  }
  const MapName map = mapByName(bench().settings->colourMap());
  if (lens != m_lens || (lens && m_grid->data() && m_grid->data()->scale.map != map)) {
    m_lens = lens;
    std::shared_ptr<HeatMapData> grid;
    if (lens) {
      grid = std::make_shared<HeatMapData>(*lensGrid(lens, {.map = map}, 0));
      grid->word = {};  // cells are too small for words
    }
    m_grid->setData(grid);
  }
  m_grid->setVisible(m_lens != nullptr);
  showCells();
}

void AskView::showCells() {
  const auto spans = m_form->cells();
  if (!m_lens) {
    m_gridNote->setText(tr("Run a lens of the prompt to brush here"));
  } else if (!spans) {
    m_gridNote->setText(tr("Brush to choose cells"));
  } else {
    m_gridNote->setText(QStringLiteral("%1 · %2").arg(asData(formatCells(*spans)), stateWords(*spans)));
  }
  if (!m_lens || !spans) {
    m_grid->setSelection(std::nullopt);
    return;
  }
  const int tokens = m_lens->tokenCount(), layers = m_lens->layers;
  const auto fromStart = [](int index, int count) {
    return std::clamp(index < 0 ? index + count : index, 0, count - 1);
  };
  const AskedSpan &first = spans->front(), &last = spans->back();
  m_grid->setSelection(cellRange({fromStart(first.layer, layers), fromStart(first.firstToken, tokens)},
                                 {fromStart(last.layer, layers), fromStart(last.lastToken, tokens)}));
}

void AskView::readDecoder() {
  m_cardFolder = m_form->decoder().folder;
  bench().engine->run(
      FindDecoderRequest{m_cardFolder}, {.title = tr("Reading the decoder").toStdString()}, this,
      Reply<FindDecoderRequest>{.onOutcome = [this, folder = m_cardFolder](Outcome<FoundDecoder> found) {
        if (folder != m_form->decoder().folder) return;
        m_card.reset();
        if (found) {
          m_card = found->card;
          // From here on the request names this very decoder. That is no edit of the person.
          const QSignalBlocker quiet(m_form);
          m_form->chooseDecoder(found->ref);
          m_form->setDecoderModel(found->card.model);
          settleEdits();
        }
        showDecoder();
        if (found.isError()) m_decoderFacts.front()->setText(QString::fromStdString(found.error().what));
      }});
}

void AskView::showDecoder() {
  for (MarkedLabel* fact : m_decoderFacts) fact->setText({});
  m_decoderTitle->setText(m_card ? QString::fromStdString(m_card->name) : tr("Decoder"));
  if (!m_card) return;
  const auto& layers = m_card->recipe.readLayers;
  QStringList facts{tr("for %1").arg(QString::fromStdString(m_card->model.name)),
                    tr("trained on %1 questions").arg(asData(formatCount(m_card->examples))),
                    tr("reads layers %1, rank %2")
                        .arg(asData(layers.empty() ? QString() : formatRange(layers.front(), layers.back())))
                        .arg(asData(QString::number(m_card->recipe.rank)))};
  const auto seen = meanChoice(*m_card, ExampleSplit::Unseen, &DecoderFigure::choice);
  const auto held = meanChoice(*m_card, ExampleSplit::UnseenValue, &DecoderFigure::choice);
  const auto shuffled = meanChoice(*m_card, ExampleSplit::Unseen, &DecoderFigure::shuffledChoice);
  if (seen && held)
    facts << tr("right choice %1, unseen values %2")
                 .arg(asData(formatProbability(*seen)), asData(formatProbability(*held)));
  if (shuffled) facts << tr("with other states %1").arg(asData(formatProbability(*shuffled)));
  for (int i = 0; i < std::min<int>(kFacts, static_cast<int>(facts.size())); ++i)
    m_decoderFacts[static_cast<std::size_t>(i)]->setText(facts[i]);
}

QString AskView::runTitle(const AnyRequest& request) const {
  const auto& wanted = std::get<AskRequest>(request);
  return tr("Ask · %1").arg(oneLine(wanted.question));
}

ResultTable AskView::resultTable() const { return m_result ? askTable(m_result) : ResultTable{}; }

QString AskView::copyText() const {
  return m_result ? QString::fromStdString(m_result->answer.generation.text) : QString();
}

Figure AskView::exportFigure() {
  const auto request = asked();
  if (!m_result || !request) return {};
  std::vector<Figure> parts{textFigure(askHtml(*request, *m_result), std::max(560, m_scroll->width()))};
  if (!m_result->layers.empty()) parts.push_back(m_strip->figure());
  return withCaption(stacked(parts), caption());
}

}  // namespace patchbay::ui
