#include "ui/panels/attention_view.h"

#include <algorithm>
#include <cmath>

#include <QEvent>
#include <QHBoxLayout>

#include "ui/models/run_words.h"
#include "ui/panels/attention_arcs.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/growth_choice.h"
#include "ui/panels/head_strip.h"
#include "ui/panels/lens_picture.h"
#include "ui/panels/picture.h"
#include "ui/panels/token_menu.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/kept.h"
#include "ui/state/log_book.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/settings.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kHeadsWidth = 292;
constexpr int kQueryLabels = 92;
/// From this mean share on token 0 is pointed at as a sink.
constexpr float kSinkShare = 0.3F;

}  // namespace

AttentionView::AttentionView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent),
      m_trail(*this, *bench().undo),
      m_scoreBox(new ChoiceBox(tr("heads by:"), ChoiceBox::Face::Words, this)),
      m_grow(
          new GrowthChoice(tr("Greedy tokens that the model adds to the prompt; each reads what came before"), this)),
      m_weights(new SegmentedControl({tr("Share"), tr("By value")}, this)),
      m_facts(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_bar(new ColourBar(this)),
      m_heads(new HeatMap(content())),
      m_layerHeads(new HeadStrip(content())),
      m_pattern(new HeatMap(content())),
      m_arcs(nullptr),
      m_strip(new TokenStrip(content())),
      m_card(addHoverCard()) {
  m_arcs = new AttentionArcs(*m_strip, content());
  buildHeader();
  buildContent();
  m_trail.settle(look());
  connect(bench().selection, &Selection::changed, this, &AttentionView::followSelection);
  connect(bench().settings, &Settings::changed, this, [this](const QString&) {
    if (m_attention && m_heads->data() && m_heads->data()->scale.map != mapName()) resultShown();
  });
  showRun(0);
}

void AttentionView::buildHeader() {
  m_scoreBox->setObjectName(QStringLiteral("attentionScore"));
  for (const HeadScore score : {HeadScore::Entropy, HeadScore::Sink, HeadScore::Previous, HeadScore::Induction})
    m_scoreBox->addItem(headScoreName(score), static_cast<int>(score));
  m_grow->setObjectName(QStringLiteral("attentionGrow"));
  m_weights->setObjectName(QStringLiteral("attentionWeight"));
  m_weights->setToolTip(tr("By value: the share times the length of what the head writes for that token"));
  header()->addWidget(m_scoreBox);
  header()->addWidget(m_weights);
  header()->addWidget(m_grow);
  header()->addStretch(1);
  header()->addWidget(m_bar);
  connect(m_scoreBox, &ChoiceBox::activated, this, [this](int index) {
    setLook(static_cast<HeadScore>(m_scoreBox->itemData(index).toInt()), m_weight);
    m_trail.edited(tr("order of heads"), look());
  });
  connect(m_grow, &GrowthChoice::chosen, this, &AttentionView::goOnBy);
  connect(m_weights, &SegmentedControl::chosen, this, [this](int index) {
    setLook(m_score, index == 1 ? AttentionWeight::Value : AttentionWeight::Share);
    m_trail.edited(tr("weights"), look());
  });
}

void AttentionView::buildContent() {
  m_heads->setObjectName(QStringLiteral("attentionHeads"));
  m_heads->setFitWidth(true);
  m_heads->setFixedWidth(kHeadsWidth);
  m_layerHeads->setObjectName(QStringLiteral("attentionLayer"));
  m_pattern->setObjectName(QStringLiteral("attentionPattern"));
  m_pattern->setFitWidth(true);
  m_pattern->setLeftMargin(kQueryLabels);
  m_facts->setObjectName(QStringLiteral("attentionFacts"));
  m_arcs->setObjectName(QStringLiteral("attentionArcs"));
  m_strip->setObjectName(QStringLiteral("attentionStrip"));
  m_strip->setProbabilitiesShown(false);
  giveTokenMenu(*m_strip);
  auto* right = new QVBoxLayout;
  right->setSpacing(4);
  right->addWidget(m_facts);
  right->addWidget(m_layerHeads);
  right->addWidget(m_pattern, 1);
  auto* top = new QHBoxLayout;
  top->setSpacing(kInset);
  top->addWidget(m_heads);
  top->addLayout(right, 1);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 6);
  column->setSpacing(2);
  column->addLayout(top, 1);
  column->addWidget(m_arcs);
  column->addWidget(m_strip);
  connect(m_heads, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range) chooseHead({range->last.row, range->last.column});
  });
  connect(m_heads, &HeatMap::hovered, this, &AttentionView::hoverHead);
  connect(m_layerHeads, &HeadStrip::chosen, this, [this](int head) { chooseHead({m_place.layerIndex, head}); });
  connect(m_pattern, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range && m_attention) chooseQuery(patternRow(*m_attention, range->last.row));
  });
  connect(m_pattern, &HeatMap::hovered, this, &AttentionView::hoverPattern);
  connect(m_pattern, &HeatMap::pooledChanged, this, &AttentionView::stateChanged);
  connect(m_strip, &TokenStrip::tokenClicked, this, &AttentionView::chooseQuery);
}

QString AttentionView::kind() const { return QLatin1String(AttentionRequest::kKind); }

EmptyText AttentionView::emptyText() const {
  return {QStringLiteral("attention"),
          tr("Which tokens does a head read?"),
          tr("Choose Attention in the Analyse menu: it runs the prompt once."),
          {},
          {}};
}

QString AttentionView::badgeDetail() const { return m_pattern->isPooled() ? tr("pooled (max)") : QString(); }
bool AttentionView::isApproximate() const { return m_attention && m_pattern->isPooled(); }
MapName AttentionView::mapName() const { return mapByName(bench().settings->colourMap()); }

bool AttentionView::readResult() {
  const auto attention = bench().runs->result<AttentionResult>(run());
  if (!attention) return false;
  if (attention != m_attention) take(attention);
  return true;
}

bool AttentionView::readStream(const StreamedTokens& tokens) {
  auto part = tokens.as<AttentionResult>();
  if (!part) return false;
  take(std::move(part));
  return true;
}

void AttentionView::take(SharedAttention attention) {
  // The layer that is looked at stays where other layers were run.
  const int layer = m_attention ? m_attention->layers[static_cast<std::size_t>(m_place.layerIndex)] : 0;
  m_attention = std::move(attention);
  if (const auto same = std::ranges::find(m_attention->layers, layer); same != m_attention->layers.end())
    m_place.layerIndex = static_cast<int>(same - m_attention->layers.begin());
  m_place.layerIndex = std::clamp(m_place.layerIndex, 0, static_cast<int>(m_attention->layers.size()) - 1);
  m_place.head = std::clamp(m_place.head, 0, m_attention->heads() - 1);
  m_query = m_attention->tokenCount() - 1;
}

void AttentionView::goOnBy(int tokens) {
  const auto request = bench().runs->request(shownRun());
  const AttentionRequest* old = request ? std::get_if<AttentionRequest>(&*request) : nullptr;
  if (!old || !m_attention) return;
  const ModelCard* card = bench().models->find(old->model.fingerprint);
  if (!card) {
    m_grow->showTokens(old->continueTokens);
    return bench().log->tell(tr("The model of this run is not loaded."));
  }
  AttentionRequest wanted = *old;
  wanted.continueTokens = tokens;
  const int layer = m_attention->layers[static_cast<std::size_t>(m_place.layerIndex)];
  wanted.layers = attentionLayers(*card, m_attention->tokenCount() - m_attention->grown + tokens, layer);
  const RunId id = bench().runs->start(
      wanted,
      RunStart{.title = attentionTitle(wanted), .parent = shownRun(), .replaceKey = QStringLiteral("attention.view")});
  showRun(id);
  bench().selection->selectRun(id);
}

void AttentionView::resultShown() {
  if (shownRun() == 0) m_attention.reset();
  const auto request = bench().runs->request(run());
  const AttentionRequest* asked = request ? std::get_if<AttentionRequest>(&*request) : nullptr;
  m_grow->showTokens(asked ? asked->continueTokens : 0);
  m_grow->setEnabled(m_attention != nullptr);
  for (QWidget* control :
       {static_cast<QWidget*>(m_scoreBox), static_cast<QWidget*>(m_weights), static_cast<QWidget*>(m_bar)})
    control->setEnabled(m_attention != nullptr);
  if (!m_attention) {
    m_heads->setData(nullptr);
    m_pattern->setData(nullptr);
    m_strip->setChips({});
    return;
  }
  m_strip->setChips(chipsOf(m_attention->tokens));
  drawHeads();
  drawLayer();
  drawPattern();
  followSelection();
}

void AttentionView::followSelection() {
  if (!m_attention) return;
  const SelectionState& state = bench().selection->state();
  if (state.run == shownRun()) {
    HeadPlace place = m_place;
    if (state.layers) {
      const auto found = std::ranges::find(m_attention->layers, state.layer());
      if (found != m_attention->layers.end()) place.layerIndex = static_cast<int>(found - m_attention->layers.begin());
    }
    if (state.head) place.head = std::clamp(*state.head, 0, m_attention->heads() - 1);
    if (state.tokens) m_query = std::clamp(state.tokens->last, 0, m_attention->tokenCount() - 1);
    if (place != m_place) moveTo(place);
  }
  m_heads->setSelection(CellRange{{m_place.layerIndex, m_place.head}, {m_place.layerIndex, m_place.head}});
  drawQuery();
}

void AttentionView::select() const {
  SelectionState state;
  state.run = shownRun();
  const int layer = m_attention->layers[static_cast<std::size_t>(m_place.layerIndex)];
  state.layers = IndexRange{layer, layer};
  state.head = m_place.head;
  state.tokens = IndexRange{m_query, m_query};
  state.site = Site::AttnPattern;
  bench().selection->select(state);
}

void AttentionView::chooseHead(HeadPlace place) {
  if (!m_attention) return;
  moveTo(place);
  select();
}

void AttentionView::moveTo(HeadPlace place) {
  const bool isOtherLayer = place.layerIndex != m_place.layerIndex;
  m_place = place;
  if (isOtherLayer) drawLayer();
  drawPattern();
}

void AttentionView::chooseQuery(int query) {
  if (!m_attention) return;
  m_query = query;
  select();
}

void AttentionView::setLook(HeadScore score, AttentionWeight weight) {
  m_score = score;
  m_weight = weight;
  m_scoreBox->setCurrentIndex(m_scoreBox->findData(static_cast<int>(score)));
  m_weights->setCurrent(weight == AttentionWeight::Value ? 1 : 0);
  if (m_attention) {
    drawHeads();
    drawLayer();
    drawPattern();
    drawQuery();
  }
  Q_EMIT stateChanged();
}

Json AttentionView::look() const {
  return {{"score", static_cast<int>(m_score)}, {"weighted", m_weight == AttentionWeight::Value}};
}

void AttentionView::drawHeads() { m_heads->setData(headsMap(m_attention, m_score, mapName())); }

void AttentionView::drawPattern() {
  const auto map = patternMap(m_attention, m_place, m_weight, mapName());
  m_pattern->setData(map);
  m_bar->setScale(map->scale);
  const bool isSink = headScore(*m_attention, HeadScore::Sink, m_place.layerIndex, m_place.head) >= kSinkShare;
  m_pattern->setMarkedColumn(isSink ? std::optional<int>(0) : std::nullopt);
  m_layerHeads->setCurrent(m_place.head);
  const QString sink = isSink ? tr(" · sink") : QString();
  m_facts->setText(asData(headAddress(*m_attention, m_place)) + QStringLiteral("  ") +
                   headFacts(*m_attention, m_place) + sink);
}

void AttentionView::changeEvent(QEvent* event) {
  if (isThemeChange(*event) && m_attention) drawLayer();
  ResultView::changeEvent(event);
}

void AttentionView::drawLayer() {
  QStringList names;
  std::vector<QImage> images;
  for (int head = 0; head < m_attention->heads(); ++head) {
    const HeadPlace place{m_place.layerIndex, head};
    images.push_back(patternImage(*m_attention, place, m_weight, mapName()));
    names << headAddress(*m_attention, place) + QStringLiteral(" · ") + headFacts(*m_attention, place);
  }
  m_layerHeads->setHeads(std::move(images), std::move(names));
}

void AttentionView::drawQuery() {
  m_strip->setSelection(std::pair{m_query, m_query});
  const int row = patternRow(*m_attention, m_query);
  m_pattern->setSelection(CellRange{{row, 0}, {row, m_query}});
  std::vector<double> shares;
  for (int key = 0; key <= m_query; ++key)
    shares.push_back(patternValue(*m_attention, m_place, m_weight, m_query, key));
  double most = 1;
  if (m_weight == AttentionWeight::Value) most = std::max(1e-9, std::ranges::max(shares));
  for (double& share : shares) share /= most;
  m_arcs->setQuery(m_query, std::move(shares));
}

void AttentionView::hoverHead(int row, int column, const QPoint& globalPosition) {
  if (row < 0 || !m_attention) return m_card->dismiss();
  HoverContent content;
  const HeadPlace place{row, column};
  content.address = headAddress(*m_attention, place);
  content.run = runName(shownRun());
  content.facts = headFacts(*m_attention, place).split(QStringLiteral(" · "));
  const QRect cell = m_heads->cellRect({row, column});
  m_card->showFor(content, globalPosition, QRect(m_heads->mapToGlobal(cell.topLeft()), cell.size()));
}

void AttentionView::hoverPattern(int row, int column, const QPoint& globalPosition) {
  if (row < 0 || !m_attention) return m_card->dismiss();
  const int query = patternRow(*m_attention, row);
  HoverContent content;
  content.address = headAddress(*m_attention, m_place);
  content.run = runName(shownRun());
  const auto token = [&](int index) {
    return tr("t%1 %2").arg(index).arg(displayToken(m_attention->tokens[static_cast<std::size_t>(index)]));
  };
  if (column > query) {
    content.facts << tr("%1 cannot see %2").arg(token(query), token(column));
  } else {
    content.facts << tr("%1 reads %2").arg(token(query), token(column));
    content.facts << tr("share %1 · share x |W_O v| %2")
                         .arg(
                             formatProbability(
                                 patternValue(*m_attention, m_place, AttentionWeight::Share, query, column)),
                             formatCompact(patternValue(*m_attention, m_place, AttentionWeight::Value, query, column)));
  }
  const QRect cell = m_pattern->cellRect({row, column});
  m_card->showFor(content, globalPosition, QRect(m_pattern->mapToGlobal(cell.topLeft()), cell.size()));
}

Json AttentionView::viewState() const {
  Json state = ResultView::viewState();
  state.update(look());
  return state;
}

void AttentionView::restoreViewState(const Json& state) {
  ResultView::restoreViewState(state);
  const int score = kept<int>(state, "score").value_or(static_cast<int>(m_score));
  const bool isWeighted = kept<bool>(state, "weighted").value_or(m_weight == AttentionWeight::Value);
  if (score < 0 || score > static_cast<int>(HeadScore::Induction)) return;
  setLook(static_cast<HeadScore>(score), isWeighted ? AttentionWeight::Value : AttentionWeight::Share);
  m_trail.settle(look());
}

ResultTable AttentionView::resultTable() const { return m_attention ? headTable(m_attention) : ResultTable{}; }

QString AttentionView::copyText() const { return m_attention ? withoutMarks(m_facts->text()) : QString(); }

Figure AttentionView::exportFigure() {
  if (!m_attention) return {};
  return withCaption(stacked({m_pattern->figure(), m_heads->figure()}),
                     caption() + QStringLiteral(" · ") + withoutMarks(m_facts->text()));
}

}  // namespace patchbay::ui
