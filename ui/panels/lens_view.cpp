#include "ui/panels/lens_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QKeyEvent>

#include "ui/bridge/engine_client.h"
#include "ui/models/run_words.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/future_text.h"
#include "ui/panels/growth_choice.h"
#include "ui/panels/lens_carry.h"
#include "ui/panels/lens_curve.h"
#include "ui/panels/lens_track.h"
#include "ui/panels/picture.h"
#include "ui/panels/site_choice.h"
#include "ui/plots/colour_bar.h"
#include "ui/state/kept.h"
#include "ui/state/log_book.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/settings.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kMostHeads = 1000;
constexpr int kTallestCurve = 104;
constexpr int kLowestCurve = 84;
/// Rows of this height have room for words; the curve gives way for them.
constexpr int kReadableRow = 15;
/// From here on the header has room for every choice.
constexpr int kWideHeader = 620, kWiderHeader = 760;
constexpr int kKindWidth = 124;  // "lens: future +1"
/// What the first drop-down holds beside the maps of tuned lenses, which have their hash there.
constexpr QLatin1String kFuture("future:");
constexpr int kMostAhead = 4;

/// A lens of the next token has none of what a future lens writes into: an equal run of before is found again.
void lookNoFurther(LensRequest& lens) {
  lens.ahead = 0;
  lens.aheadText = kFutureLensText;
  lens.aheadPrompt = {};
}

}  // namespace

LensView::LensView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent), m_trail(*this, *bench().undo), m_card(addHoverCard()) {
  m_look.metric = lensMetricByName(bench().settings->lensMetric());
  m_trail.settle("metric", lensMetricName(m_look.metric).toStdString());
  m_look.map = mapByName(bench().settings->colourMap());
  buildHeader();
  buildContent();
  connectGrid();
  connectBench();
  showRun(0);
}

QString LensView::kind() const { return QLatin1String(LensRequest::kKind); }

void LensView::buildHeader() {
  m_metric = new ChoiceBox(tr("colour:"), ChoiceBox::Face::Words, this);
  m_metric->setObjectName(QStringLiteral("lensMetric"));
  for (const LensMetric metric : allLensMetrics()) m_metric->addItem(lensMetricTitle(metric), lensMetricName(metric));
  m_metric->setCurrentIndex(m_metric->findData(lensMetricName(m_look.metric)));
  m_site = new ChoiceBox(tr("of:"), ChoiceBox::Face::Words, this);
  m_site->setObjectName(QStringLiteral("lensSite"));
  m_site->setToolTip(tr("Which state is read: the residual stream, or what one part of the block adds to it"));
  addSites(*m_site, {Site::ResidPost, Site::ResidMid, Site::AttnOut, Site::MlpOut, Site::HeadOut});
  m_head = new ChoiceBox(tr("head:"), ChoiceBox::Face::Data, this);
  m_head->setObjectName(QStringLiteral("lensHead"));
  m_head->hide();
  m_lensKind = new ChoiceBox(tr("lens:"), ChoiceBox::Face::Words, this);
  m_lensKind->setObjectName(QStringLiteral("lensKind"));
  m_lensKind->setMinimumWidth(kKindWidth);
  m_lensKind->setToolTip(tr(
      "Logit lens; future lens: what each state says of the tokens behind the next one; or a tuned lens fitted in this "
      "session: each layer goes through its map into the last one first"));
  m_grow = new GrowthChoice(tr("Greedy tokens that the model adds to the prompt; the grid grows as they come"), this);
  m_grow->setObjectName(QStringLiteral("lensGrow"));
  m_track = new LensTrack(this);
  m_sinkTag = new Tag(TagKind::Neutral, tr("scale without token 0"), this);
  m_sinkTag->setObjectName(QStringLiteral("lensSinkTag"));
  m_sinkTag->setToolTip(tr("Token 0 is an attention sink; its norm would hide all others."));
  m_sinkTag->hide();
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Accent, this);
  m_hint->setObjectName(QStringLiteral("lensHint"));
  m_hint->hide();
  m_bar = new ColourBar(this);
  header()->addWidget(m_lensKind);
  header()->addWidget(m_site);
  header()->addWidget(m_head);
  header()->addWidget(m_metric);
  header()->addWidget(m_track);
  header()->addWidget(m_grow);
  header()->addWidget(m_sinkTag);
  header()->addWidget(m_hint);
  header()->addStretch(1);
  header()->addWidget(m_bar);
  connect(m_metric, &ChoiceBox::activated, this,
          [this](int index) { setMetric(lensMetricByName(m_metric->itemData(index).toString())); });
  connect(m_site, &ChoiceBox::activated, this,
          [this](int index) { readSite(m_site->itemData(index).toString().toStdString()); });
  connect(m_head, &ChoiceBox::activated, this,
          [this](int head) { readAgain([head](LensRequest& lens) { lens.head = head; }); });
  connect(m_lensKind, &ChoiceBox::activated, this,
          [this](int index) { readKind(m_lensKind->itemData(index).toString()); });
  connect(m_grow, &GrowthChoice::chosen, this, [this](int tokens) {
    readAgain([tokens](LensRequest& lens) {
      lens.continueTokens = tokens;
      if (tokens > 0) lookNoFurther(lens);
    });
  });
  connect(m_track, &LensTrack::tokenChosen, this, &LensView::track);
  connect(m_track, &LensTrack::wordsTyped, this, &LensView::trackWords);
}

void LensView::buildContent() {
  m_grid = new HeatMap(content());
  m_grid->setObjectName(QStringLiteral("lensGrid"));
  m_grid->installEventFilter(this);
  m_curve = new LinePlot(content());
  m_curve->setObjectName(QStringLiteral("lensCurve"));
  m_curve->setFixedHeight(kTallestCurve);
  content()->installEventFilter(this);
  m_future = new FutureText(content());
  // While the future lens that was asked for is on its way, the one that is shown is another lens.
  connect(m_future, &FutureText::textChosen, this, [this](const std::string& text) {
    if (shownRun() != run()) return showChoices();
    readAgain([&text](LensRequest& lens) { lens.aheadText = text; });
  });
  connect(m_future, &FutureText::promptChosen, this, [this](const std::string& hash) {
    if (shownRun() != run()) return showChoices();
    const auto learned = bench().runs->fitted<LearnPromptRequest>(hash);
    readAgain(
        [&learned](LensRequest& lens) { lens.aheadPrompt = learned ? SoftPromptRef::of(learned) : SoftPromptRef{}; });
  });
  m_future->hide();
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 4);
  column->setSpacing(0);
  column->addWidget(m_future);
  column->addWidget(m_grid, 1);
  column->addWidget(m_curve);
}

void LensView::connectGrid() {
  connect(m_grid, &HeatMap::selectionChanged, this, &LensView::chooseCell);
  connect(m_grid, &HeatMap::hovered, this, &LensView::hoverCell);
  connect(m_grid, &HeatMap::pooledChanged, this, &LensView::stateChanged);
  connect(m_grid, &HeatMap::contextMenuAsked, this, [this](int, int, const QPoint& position) {
    m_card->dismiss();
    Q_EMIT cellMenuAsked(position);
  });
  new LensCarry(bench(), *m_grid, *m_hint, [this](Cell cell) { return stateOf({cell, cell}); });  // owned by the grid
  connect(m_curve, &LinePlot::cursorMoved, this, [this](int layer) {
    if (m_lens) bench().selection->selectCell(shownRun(), curveToken(), layer);
  });
}

void LensView::connectBench() {
  connect(bench().selection, &Selection::changed, this, &LensView::showSelection);
  connect(bench().selection, &Selection::referenceChanged, this, [this] {
    showPinned();
    drawCurve();
  });
  connect(bench().runs, &RunBook::resultReady, this, [this](RunId id) {
    const auto& reference = bench().selection->reference();
    if (reference && reference->run == id && id != run()) drawCurve();
  });
  connect(bench().maps, &MapShelf::changed, this, &LensView::showChoices);
  connect(bench().settings, &Settings::changed, this, [this](const QString&) {
    const MapName map = mapByName(bench().settings->colourMap());
    if (map == m_look.map) return;
    m_look.map = map;
    drawGrid();
  });
}

bool LensView::readResult() {
  const auto lens = bench().runs->result<LensResult>(run());
  if (!lens) return false;
  const QString before = title();
  m_lens = lens;
  if (title() != before) Q_EMIT titleChanged();
  m_tracked = std::clamp(m_tracked, 0, std::max(0, static_cast<int>(lens->trackedIds.size()) - 1));
  return true;
}

bool LensView::readStream(const StreamedTokens& tokens) {
  auto part = tokens.as<LensResult>();
  if (!part) return false;
  m_lens = std::move(part);
  return true;
}

void LensView::resultShown() {
  if (shownRun() == 0) m_lens.reset();
  showChoices();
  for (QWidget* control :
       {static_cast<QWidget*>(m_lensKind), static_cast<QWidget*>(m_site), static_cast<QWidget*>(m_head),
        static_cast<QWidget*>(m_metric), static_cast<QWidget*>(m_track), static_cast<QWidget*>(m_grow),
        static_cast<QWidget*>(m_bar)}) {
    control->setEnabled(m_lens != nullptr);
  }
  fillTrackChoices();
  drawGrid();
  // While it grows the newest words are what is looked at.
  if (m_lens && m_lens->grown > 0 && bench().runs->isActive(shownRun()))
    m_grid->showPart({m_grid->zoom(), {0, m_lens->tokenCount() - 1}});
  showSelection();
  showPinned();
}

ResultTable LensView::resultTable() const { return m_lens ? lensTable(m_lens, m_tracked) : ResultTable{}; }

EmptyText LensView::emptyText() const {
  return {QStringLiteral("lens"), tr("No runs yet"), tr("Type a prompt and press Run."), {}, {}};
}

std::string LensView::askedSite() const {
  const RunRecord* record = bench().runs->record(run());
  return record ? kept<std::string>(record->request, "site").value_or("resid_post") : "resid_post";
}

void LensView::readSite(const std::string& site) {
  readAgain([&site](LensRequest& lens) {
    lens.site = site;
    lens.head = site == "head_out" ? std::max(0, lens.head) : -1;
    if (site == "resid_post") return;
    lens.translator = {};
    lookNoFurther(lens);
  });
}

void LensView::readKind(const QString& entry) {
  readAgain([this, &entry](LensRequest& lens) {
    const ShelfMap* map = bench().maps->find(entry.toStdString());
    lens.translator = map ? MapRef::of(map->map) : MapRef{};
    lens.ahead = entry.startsWith(kFuture) ? entry.mid(kFuture.size()).toInt() : 0;
    if (lens.ahead == 0) lookNoFurther(lens);
    if (!map && lens.ahead == 0) return;
    lens.site = "resid_post";
    lens.head = -1;
    if (lens.ahead == 0) return;
    // It reads the prompt as it is, and follows what comes further on.
    lens.patches.clear();
    lens.steering = {};
    lens.continueTokens = 0;
    lens.tracked.clear();
  });
}

void LensView::readAgain(const std::function<void(LensRequest&)>& change) {
  const auto request = bench().runs->request(shownRun());
  if (!request || !std::holds_alternative<LensRequest>(*request) || !m_lens) return;
  const LensRequest& old = std::get<LensRequest>(*request);
  LensRequest wanted = old;
  change(wanted);
  const ModelCard* card = bench().models->find(wanted.model.fingerprint);
  if (wanted == old || !card) {
    showChoices();
    if (!card) bench().log->tell(tr("The model of this run is not loaded."));
    return;
  }
  SelectionState there = bench().selection->state();
  const RunId id = bench().runs->start(
      wanted, RunStart{.title = lensTitle(wanted), .parent = shownRun(), .replaceKey = QStringLiteral("lens.site")});
  there.run = id;
  there.site = siteByName(wanted.site).value_or(Site::ResidPost);
  bench().selection->select(there);
}

void LensView::showChoices() {
  const auto request = bench().runs->request(run());
  const LensRequest* asked = request ? std::get_if<LensRequest>(&*request) : nullptr;
  m_site->setCurrentIndex(std::max(0, m_site->findData(QString::fromStdString(askedSite()))));
  const ModelCard* card = asked ? bench().models->find(asked->model.fingerprint) : nullptr;
  const int heads = card ? card->heads : asked ? std::clamp(asked->head, -1, kMostHeads) + 1 : 0;
  if (m_head->count() != heads) {
    m_head->clear();
    for (int head = 0; head < heads; ++head) m_head->addItem(QStringLiteral("H%1").arg(head));
  }
  if (asked) m_head->setCurrentIndex(asked->head);
  m_head->setVisible(asked && asked->site == "head_out");
  m_lensKind->clear();
  m_lensKind->addItem(tr("logit"), QString());
  for (int ahead = 1; ahead <= kMostAhead; ++ahead)
    m_lensKind->addItem(tr("future +%1").arg(ahead), kFuture + QString::number(ahead));
  const std::string chosen = !asked             ? std::string()
                             : asked->ahead > 0 ? (kFuture + QString::number(asked->ahead)).toStdString()
                                                : asked->translator.hash;
  for (const ShelfMap& entry : bench().maps->maps()) {
    const bool isOurs =
        asked && entry.map->source.fingerprint == asked->model.fingerprint && card && entry.map->isLens(card->layers);
    if (isOurs) m_lensKind->addItem(entry.name, QString::fromStdString(entry.map->hash));
  }
  if (!chosen.empty() && m_lensKind->findData(QString::fromStdString(chosen)) < 0)
    m_lensKind->addItem(QString::fromStdString(asked->translator.name), QString::fromStdString(chosen));
  m_lensKind->setCurrentIndex(std::max(0, m_lensKind->findData(QString::fromStdString(chosen))));
  m_lensKind->setVisible(content()->width() >= kWideHeader);
  m_future->setVisible(asked && asked->ahead > 0);
  if (asked && asked->ahead > 0) m_future->showAsked(*asked, *bench().maps);
  const int grown = asked ? asked->continueTokens : 0;
  m_grow->showTokens(grown);
  m_grow->setVisible(content()->width() >= kWiderHeader);
}

int LensView::vocabulary() const {
  const RunRecord* record = bench().runs->record(shownRun());
  const ModelCard* card = record ? bench().models->find(record->model.fingerprint) : nullptr;
  return card ? card->vocabulary : 0;
}

void LensView::drawGrid() {
  if (!m_lens) {
    m_grid->setData(nullptr);
    return;
  }
  m_look.vocabulary = vocabulary();
  const auto grid = lensGrid(m_lens, m_look, m_tracked);
  m_grid->setData(grid);
  m_bar->setScale(grid->scale);
  m_sinkTag->setVisible(leavesOutSink(*m_lens, m_look));
  alignCurve();
  fitCurve();
}

void LensView::alignCurve() { m_curve->setLeftMargin(m_grid->leftMargin()); }

void LensView::fitCurve() {
  const QMargins margins = content()->layout()->contentsMargins();
  const int spare = content()->height() - margins.top() - margins.bottom() - m_grid->heightForRows(kReadableRow);
  m_curve->setFixedHeight(std::clamp(spare, kLowestCurve, kTallestCurve));
}

int LensView::curveToken() const {
  const SelectionState& state = bench().selection->state();
  const int last = m_lens->tokenCount() - 1;
  return state.run == shownRun() && state.tokens ? std::clamp(state.tokens->last, 0, last) : last;
}

void LensView::drawCurve() {
  if (!m_lens) return;
  const int token = curveToken();
  std::vector<LensCurve> curves{{shownRun(), m_lens, m_tracked, token, false}};
  const auto& reference = bench().selection->reference();
  if (reference && reference->run != 0) {
    const RunRecord* record = bench().runs->record(reference->run);
    const bool isLens = record && record->kind == LensRequest::kKind;
    const auto other = isLens ? bench().runs->result<LensResult>(reference->run) : nullptr;
    const int there = other && reference->tokens ? reference->tokens->first : token;
    const bool isSame = reference->run == shownRun() && there == token;
    if (other && !isSame && there < other->tokenCount()) curves.push_back({reference->run, other, 0, there, true});
  }
  m_curve->setData(lensCurvePlot(curves));
  const SelectionState& state = bench().selection->state();
  m_curve->setCursor(state.run == shownRun() && state.layers ? std::optional<int>(state.layers->last) : std::nullopt);
}

void LensView::showSelection() {
  if (!m_lens) return;
  const SelectionState& state = bench().selection->state();
  if (state.run != shownRun() || !state.hasPlace()) {
    m_grid->setSelection(std::nullopt);
  } else {
    const int lastLayer = m_lens->layers - 1;
    const int lastToken = m_lens->tokenCount() - 1;
    const IndexRange layers = state.layers.value_or(IndexRange{0, lastLayer});
    const IndexRange tokens = state.tokens.value_or(IndexRange{0, lastToken});
    const auto corner = [&](int layer, int token) {
      return Cell{std::clamp(layer, 0, lastLayer), std::clamp(token, 0, lastToken)};
    };
    m_grid->setSelection(cellRange(corner(layers.first, tokens.first), corner(layers.last, tokens.last)));
  }
  fillTrackChoices();
  drawCurve();
  Q_EMIT stateChanged();
}

void LensView::showPinned() {
  const auto& reference = bench().selection->reference();
  const bool isHere = m_lens && reference && reference->run == shownRun() && reference->isCell() &&
                      reference->layer() < m_lens->layers && reference->token() < m_lens->tokenCount();
  m_grid->setPinned(isHere ? std::optional<Cell>(Cell{reference->layer(), reference->token()}) : std::nullopt);
}

SelectionState LensView::stateOf(const CellRange& range) const {
  SelectionState state;
  state.run = shownRun();
  state.tokens = IndexRange{range.first.column, range.last.column};
  state.layers = IndexRange{range.first.row, range.last.row};
  state.site = siteByName(m_lens->site).value_or(Site::ResidPost);
  return state;
}

void LensView::chooseCell(const std::optional<CellRange>& range) {
  if (range) {
    bench().selection->select(stateOf(*range));
  } else {
    bench().selection->clearPlace();
  }
}

void LensView::setMetric(LensMetric metric) {
  bench().settings->setLensMetric(lensMetricName(metric));
  m_trail.edited(tr("colour"), {{"metric", lensMetricName(metric).toStdString()}});
  showMetric(metric);
  Q_EMIT stateChanged();
}

void LensView::showMetric(LensMetric metric) {
  m_look.metric = metric;
  m_metric->setCurrentIndex(m_metric->findData(lensMetricName(metric)));
  m_trail.settle("metric", lensMetricName(metric).toStdString());
  drawGrid();
}

void LensView::fillTrackChoices() {
  if (!m_lens) {
    m_track->clear();
    return;
  }
  const SelectionState& state = bench().selection->state();
  m_track->setLens(*m_lens, m_tracked, state.run == shownRun() ? state : SelectionState{});
}

void LensView::trackWords(const QString& words) {
  const RunRecord* record = bench().runs->record(shownRun());
  if (!record) return;
  const auto tokens = bench().engine->tokenize(record->model.fingerprint, Prompt::plain(words.toStdString()));
  // A tokenizer may put a token of its own before the words.
  const auto first = tokens
                         ? std::ranges::find_if(tokens->tokens, [](const TokenFact& token) { return !token.isSpecial; })
                         : std::vector<TokenFact>::const_iterator{};
  if (tokens && first != tokens->tokens.end()) {
    m_track->closeField();
    m_grid->setFocus();
    track(first->id);
  } else {
    m_track->refuse(tokens.isError() ? QString::fromStdString(tokens.error().what) : tr("No token for these words"));
  }
}

void LensView::track(int id) {
  const auto known = std::ranges::find(m_lens->trackedIds, static_cast<std::int32_t>(id));
  if (known != m_lens->trackedIds.end()) {
    m_tracked = static_cast<int>(known - m_lens->trackedIds.begin());
    drawGrid();
    drawCurve();
    return;
  }
  const auto request = bench().runs->request(shownRun());
  if (!request || !std::holds_alternative<LensRequest>(*request)) return;
  LensRequest followed = std::get<LensRequest>(*request);
  followed.tracked = {id};
  m_tracked = 0;
  const RunRecord* record = bench().runs->record(shownRun());
  const RunId followedRun = bench().runs->start(followed, RunStart{.title = QString::fromStdString(record->title),
                                                                   .parent = shownRun(),
                                                                   .replaceKey = QStringLiteral("lens.track")});
  SelectionState state = bench().selection->state();
  showRun(followedRun);
  state.run = followedRun;
  bench().selection->select(state);
}

void LensView::hoverCell(int row, int column, const QPoint& globalPosition) {
  if (row < 0 || !m_lens || !isRead(*m_lens, {row, column})) {
    m_card->dismiss();
    return;
  }
  HoverContent content;
  content.address = QString::fromStdString(formatCell(column, row, siteByName(m_lens->site).value_or(Site::ResidPost)));
  content.run = runName(shownRun());
  for (int k = 0; k < std::min(5, m_lens->topCount()); ++k) content.words.push_back(m_lens->ranked(row, column, k));
  const auto fact = [&](LensMetric metric) {
    return lensValueText(metric, lensValue(*m_lens, metric, m_tracked, {row, column}));
  };
  content.facts << tr("entropy %1 bit · norm %2").arg(fact(LensMetric::Entropy), fact(LensMetric::Norm));
  const QString followed = trackedText(*m_lens, m_tracked);
  if (!followed.isEmpty())
    content.facts << tr("%1: rank %2 · p %3").arg(followed, fact(LensMetric::Rank), fact(LensMetric::TrackedP));
  const QRect cell = m_grid->cellRect({row, column});
  m_card->showFor(content, globalPosition, QRect(m_grid->mapToGlobal(cell.topLeft()), cell.size()));
}

bool LensView::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize && watched == m_grid) alignCurve();
  if (event->type() == QEvent::Resize && watched == content()) {
    fitCurve();
    // In a narrow pane the colour bar needs the room; the Analyse menu has the lenses of the parts too.
    m_site->setVisible(content()->width() >= kWideHeader);
    m_lensKind->setVisible(content()->width() >= kWideHeader);
    m_grow->setVisible(content()->width() >= kWiderHeader);
  }
  return ResultView::eventFilter(watched, event);
}

void LensView::keyPressEvent(QKeyEvent* event) {
  if (event->keyCombination() == QKeyCombination(Qt::Key_0) && m_lens) {
    m_look.isFitted = !m_look.isFitted;
    drawGrid();
  } else {
    ResultView::keyPressEvent(event);
  }
}

QString LensView::copyText() const {
  const SelectionState& state = bench().selection->state();
  if (!m_lens || state.run != shownRun() || !state.isCell() || state.layer() >= m_lens->layers ||
      state.token() >= m_lens->tokenCount() || !isRead(*m_lens, {state.layer(), state.token()}))
    return {};
  QStringList lines{state.address()};
  for (int k = 0; k < m_lens->topCount(); ++k) {
    const RankedToken word = m_lens->ranked(state.layer(), state.token(), k);
    lines << QStringLiteral("%1\t%2").arg(displayToken(word.token)).arg(static_cast<double>(word.p), 0, 'f', 4);
  }
  return lines.join(QLatin1Char('\n'));
}

QString LensView::title() const {
  if (m_lens && m_lens->ahead > 0) return tr("Future lens +%1").arg(m_lens->ahead);
  const QString name = m_lens && !m_lens->translator.empty() ? tr("Tuned lens") : tr("Logit lens");
  const bool isSteered = m_lens && !m_lens->steeredBy.empty(), isPatched = m_lens && m_lens->patches > 0;
  if (isSteered) return isPatched ? tr("%1, patched and steered").arg(name) : tr("%1, steered").arg(name);
  return isPatched ? tr("%1, patched").arg(name) : name;
}

QString LensView::badgeDetail() const {
  QStringList facts;
  if (m_lens && m_lens->patches > 0) facts << tr("patched");
  if (m_lens && !m_lens->steeredBy.empty()) facts << tr("steered");
  if (m_lens && m_lens->ahead > 0) facts << tr("%1 tokens on").arg(m_lens->ahead);
  if (isApproximate()) facts << tr("pooled (max)");
  return facts.join(QStringLiteral(" · "));
}

Figure LensView::exportFigure() {
  if (!m_lens) return {};
  const QString metric =
      tr("colour: %1, layers by tokens, %2").arg(lensMetricTitle(m_look.metric), QString::fromStdString(m_lens->site));
  QStringList facts{caption(), metric};
  const auto request = bench().runs->request(shownRun());
  if (const auto* asked = request ? std::get_if<LensRequest>(&*request) : nullptr) {
    facts += patchWords(asked->patches);
    if (!asked->steering.isEmpty()) facts << steeringWords(asked->steering);
    if (asked->ahead > 0) {
      const SoftPromptRef& learned = asked->aheadPrompt;
      facts << tr("%1 tokens on, written into “%2”")
                   .arg(asked->ahead)
                   .arg(QString::fromStdString(learned.isEmpty() ? asked->aheadText : learned.name));
    }
  }
  return withCaption(stacked({m_grid->figure(), m_curve->figure()}), facts.join(QStringLiteral(" · ")));
}

Json LensView::viewState() const {
  Json state = ResultView::viewState();
  state["metric"] = lensMetricName(m_look.metric).toStdString();
  state["fitted"] = m_look.isFitted;
  return state;
}

void LensView::restoreViewState(const Json& state) {
  if (const auto fitted = kept<bool>(state, "fitted")) m_look.isFitted = *fitted;
  const int metric = m_metric->findData(kept<QString>(state, "metric").value_or(QString()));
  showMetric(metric < 0 ? m_look.metric : lensMetricByName(m_metric->itemData(metric).toString()));
  ResultView::restoreViewState(state);
}

void LensView::markColumn(const std::optional<int>& column) { m_grid->setMarkedColumn(column); }

}  // namespace patchbay::ui
