#include "ui/panels/steering_view.h"

#include <algorithm>
#include <cmath>

#include <QCheckBox>
#include <QHBoxLayout>
#include <QScrollArea>

#include "core/data/any_request.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/picture.h"
#include "ui/panels/steer_controls.h"
#include "ui/panels/strength_slider.h"
#include "ui/panels/text_card.h"
#include "ui/panels/vector_norms.h"
#include "ui/plots/line_plot.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kLeftWidth = 304;
// A text of the usual length fills its card; what a high window has left goes to the plot.
constexpr int kCardShare = 4;
constexpr int kPlotShare = 5;
/// A moving slider asks again only when it rested this long.
constexpr int kSettleMs = 120;

/// The measures of a stopped run are not known.
QString cardFacts(const Generation& generation, float perplexity) {
  if (!std::isfinite(perplexity)) return SteeringView::tr("%1 tokens").arg(generation.tokens.size());
  return SteeringView::tr("%1 tokens · ppl %2")
      .arg(generation.tokens.size())
      .arg(formatNumber(static_cast<double>(perplexity), 1));
}

}  // namespace

SteeringView::SteeringView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent),
      m_trail(*this, *bench().undo),
      m_controls(new SteerControls(workbench)),
      m_colour(new QCheckBox(tr("colour by p"), this)),
      m_lens(new Button(tr("Lens of the steered run"), QStringLiteral("lens"), Button::Kind::Plain, this)) {
  m_prompt = bench().prompt->prompt();
  m_colour->setObjectName(QStringLiteral("steerColour"));
  m_lens->setObjectName(QStringLiteral("steerLens"));
  m_lens->setToolTip(tr("What every layer says of the prompt with the vector at work"));
  connect(m_lens, &Button::clicked, this, [this] { startLensOfSteered(bench(), shownRun()); });
  header()->addStretch(1);
  header()->addWidget(m_lens);
  header()->addWidget(m_colour);
  auto* left = new QScrollArea(this);
  left->setWidget(m_controls);
  left->setWidgetResizable(true);
  left->setFrameShape(QFrame::NoFrame);
  left->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  left->setFixedWidth(kLeftWidth);
  setSide(left);
  auto* right = new QVBoxLayout(content());
  right->setContentsMargins(kInset, 0, kInset, kInset);
  right->setSpacing(10);
  buildTexts(right);
  buildStrength(right);
  m_delay.setSingleShot(true);
  m_delay.setInterval(kSettleMs);
  connect(&m_delay, &QTimer::timeout, this, [this] { steer(m_prompt); });
  connect(m_controls, &SteerControls::changed, this, [this] {
    noteEdit();
    m_slider->setStrength(static_cast<double>(m_controls->setting().strength));
    m_delay.start();
  });
  connect(m_controls, &SteerControls::vectorChanged, this, &SteeringView::showVector);
  connect(m_controls, &SteerControls::makerEdited, this, &SteeringView::stateChanged);
  // The shelf can lose the chosen vector; that is no edit of this view.
  connect(bench().vectors, &VectorShelf::changed, this, [this] { m_trail.settle("vector", m_controls->vectorHash()); });
  connect(m_colour, &QCheckBox::toggled, this, [this](bool coloured) {
    m_plain->text()->setColouredByProbability(coloured);
    m_steered->text()->setColouredByProbability(coloured);
    Q_EMIT stateChanged();
  });
  connect(bench().models, &ModelShelf::currentChanged, this, &SteeringView::showVector);
  connect(bench().prompt, &PromptState::promptChanged, this, [this] {
    if (run() == 0) m_prompt = bench().prompt->prompt();
  });
  showVector();
  showRun(0);
  m_trail.settle(controlsState());
}

void SteeringView::buildTexts(QVBoxLayout* column) {
  m_plain = new TextCard(tr("Base"), QStringLiteral("steerPlain"), content());
  m_steered = new TextCard(tr("Steered"), QStringLiteral("steerSteered"), content());
  auto* cards = new QHBoxLayout;
  cards->setSpacing(kInset);
  cards->addWidget(m_plain, 1);
  cards->addWidget(m_steered, 1);
  column->addLayout(cards, kCardShare);
  connect(m_steered->text(), &GenerationText::tokenChosen, this, [this](int index) {
    if (!m_result) return;
    const int token = static_cast<int>(m_result->promptTokens.size()) + index;
    SelectionState state;
    state.run = shownRun();
    state.tokens = IndexRange{token, token};
    bench().selection->select(state);
  });
}

void SteeringView::buildStrength(QVBoxLayout* column) {
  auto* title = new MarkedLabel(tr("Strength"), 12, MarkedLabel::Ink::Text, content());
  title->setFontSize(12, 600);
  m_slider = new StrengthSlider(content());
  m_slider->setObjectName(QStringLiteral("steerStrength"));
  m_slider->setAccessibleName(tr("Strength"));
  m_slider->setStrength(4);
  m_norms = new LinePlot(content());
  m_norms->setObjectName(QStringLiteral("steerNorms"));
  m_norms->setMinimumHeight(140);
  column->addWidget(title);
  column->addWidget(m_slider);
  column->addWidget(m_norms, kPlotShare);
  connect(m_slider, &QSlider::valueChanged, this, [this] {
    const double strength = m_slider->strength();
    // The exact field may hold a value between the steps of the slider, or beyond its ends.
    const double exact = static_cast<double>(m_controls->setting().strength);
    if (std::abs(std::clamp(exact, -12.0, 12.0) - strength) >= 0.25) m_controls->setStrength(strength);
  });
  // A drag is one step of the history, the next drag another.
  connect(m_slider, &QSlider::sliderPressed, this, [this] { bench().undo->seal(); });
  connect(m_slider, &QSlider::sliderReleased, this, [this] { bench().undo->seal(); });
  connect(m_norms, &LinePlot::cursorMoved, m_controls, &SteerControls::setLayer);
}

QString SteeringView::kind() const { return QLatin1String(SteerRequest::kKind); }

EmptyText SteeringView::emptyText() const {
  return {QStringLiteral("steer"), tr("No vectors yet"), tr("Make one from two sets of prompts."), {}, {}};
}

void SteeringView::runChosen() {
  const auto asked = run() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(run());
  if (!asked || !std::holds_alternative<SteerRequest>(*asked)) return;
  const auto& steering = std::get<SteerRequest>(*asked);
  m_prompt = steering.prompt;
  if (bench().vectors->find(steering.vectorHash)) m_controls->chooseVector(steering.vectorHash);
  m_controls->setSetting(steering.setting);
  m_controls->setTokens(steering.sampling.maxNewTokens);
  const QSignalBlocker quiet(m_slider);
  m_slider->setStrength(static_cast<double>(steering.setting.strength));
  m_trail.settle(controlsState());
}

Json SteeringView::controlsState() const {
  return {{"vector", m_controls->vectorHash()}, {"setting", m_controls->setting()}, {"tokens", m_controls->tokens()}};
}

void SteeringView::noteEdit() {
  const Json now = controlsState();
  const Json& before = m_trail.known();
  const auto differs = [&](const char* key) {
    return before.value("setting", Json()).value(key, Json()) != now["setting"][key];
  };
  const bool isElsewhere = before.value("vector", Json()) != now["vector"] || differs("tokens") || differs("keepNorm");
  QString typed;
  if (!isElsewhere && before.value("tokens", Json()) != now["tokens"]) typed = QStringLiteral("tokens");
  if (!isElsewhere && differs("layers")) typed = QStringLiteral("layers");
  if (!isElsewhere && differs("strength")) typed = QStringLiteral("strength");
  m_trail.edited(differs("strength") ? tr("strength") : tr("steering"), now, typed);
}

bool SteeringView::readResult() {
  const auto result = bench().runs->result<SteerResult>(run());
  if (!result) return false;
  m_result = result;
  return true;
}

bool SteeringView::readStream(const StreamedTokens& tokens) {
  TextCard* card = tokens.lane == 0 ? m_plain : m_steered;
  card->text()->setGeneration(tokens.soFar, QString::fromStdString(m_prompt.headline()));
  card->setFacts(tr("%1 tokens").arg(tokens.soFar.tokens.size()));
  return false;
}

std::optional<SteerRequest> SteeringView::request(const Prompt& prompt) const {
  const ShelfVector* chosen = bench().vectors->find(m_controls->vectorHash());
  const ModelCard* card = bench().models->current();
  if (!chosen || !chosen->vector || !card || !m_controls->isValid() || prompt.headline().empty()) return std::nullopt;
  SteerRequest steering;
  steering.model = card->ref;
  steering.prompt = prompt;
  steering.vectorName = chosen->name.toStdString();
  steering.vectorHash = chosen->hash;
  steering.vector = chosen->vector;
  steering.setting = m_controls->setting();
  steering.sampling.maxNewTokens = m_controls->tokens();
  return steering;
}

std::optional<AnyRequest> SteeringView::wanted() const {
  const auto steering = request(bench().prompt->prompt());
  return steering ? std::optional<AnyRequest>(*steering) : std::nullopt;
}

void SteeringView::start() { steer(bench().prompt->prompt()); }

void SteeringView::steer(const Prompt& prompt) {
  const auto steering = request(prompt);
  if (!steering) return;
  RunStart how;
  how.title = tr("Steer %1 %2")
                  .arg(QString::fromStdString(steering->vectorName),
                       formatSigned(static_cast<double>(steering->setting.strength), 1));
  how.replaceKey = QStringLiteral("steer.view");
  const RunId id = bench().runs->start(*steering, how);
  showRun(id);
  // A place in the run before is none in this one.
  SelectionState selected;
  selected.run = id;
  bench().selection->select(selected);
}

void SteeringView::showVector() {
  const ModelCard* card = bench().models->current();
  const ShelfVector* chosen = bench().vectors->find(m_controls->vectorHash());
  const int layers = card ? card->layers : (chosen && chosen->vector ? chosen->vector->layers() : 0);
  const SteerSetting before = m_controls->setting();
  if (layers > 0) m_controls->setLayerCount(layers);
  // The first model to be known brings its middle layer; that is no edit.
  if (m_controls->setting() != before) m_trail.settle("setting", m_controls->setting());
  m_norms->setData(chosen && chosen->vector ? vectorNormPlot(*chosen->vector, chosen->name) : nullptr);
  m_norms->setVisible(chosen != nullptr);
  m_norms->setCursor(m_controls->setting().layers.front());
  // Without a vector the cards could only stay empty: the panel says what to make first.
  setContentAlwaysShown(chosen != nullptr);
  Q_EMIT stateChanged();
}

QString SteeringView::settingWords() const {
  const auto asked = shownRun() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(shownRun());
  if (!asked || !std::holds_alternative<SteerRequest>(*asked)) return tr("Steered");
  const auto& steering = std::get<SteerRequest>(*asked);
  return tr("Steered, %1 %2 at L%3")
      .arg(QString::fromStdString(steering.vectorName), formatSigned(static_cast<double>(steering.setting.strength), 1),
           formatLayers(steering.setting.layers));
}

ResultTable SteeringView::resultTable() const {
  ResultTable table;
  if (!m_result) return table;
  const auto token = [result = m_result](const Generation SteerResult::*side, int row) -> const GeneratedToken* {
    const auto& tokens = ((*result).*side).tokens;
    return row < static_cast<int>(tokens.size()) ? &tokens[static_cast<std::size_t>(row)] : nullptr;
  };
  table.rows = static_cast<int>(std::max(m_result->plain.tokens.size(), m_result->steered.tokens.size()));
  const auto word = [token](const Generation SteerResult::*side) {
    return [token, side](int row) {
      return token(side, row) ? QVariant(displayToken(token(side, row)->token)) : QVariant();
    };
  };
  const auto chance = [token](const Generation SteerResult::*side) {
    return [token, side](int row) {
      return token(side, row) ? QVariant(static_cast<double>(token(side, row)->p)) : QVariant();
    };
  };
  table.columns = {{tr("step"), {}, [](int row) { return QVariant(static_cast<double>(row)); }, 0},
                   {tr("base"), {}, word(&SteerResult::plain)},
                   {tr("p(base)"), {}, chance(&SteerResult::plain), 4},
                   {tr("steered"), {}, word(&SteerResult::steered)},
                   {tr("p(steered)"), {}, chance(&SteerResult::steered), 4}};
  return table;
}

void SteeringView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_lens->setEnabled(m_result != nullptr);
  // While the next texts stream in, the cards are theirs.
  if (shownRun() != run() && bench().runs->isActive(run())) return;
  showCards();
  showEffect();
}

void SteeringView::showCards() {
  const QString before = QString::fromStdString(m_prompt.isChat ? std::string() : m_prompt.headline());
  m_plain->text()->setGeneration(m_result ? m_result->plain : Generation{}, m_result ? before : QString());
  m_steered->text()->setGeneration(m_result ? m_result->steered : Generation{}, m_result ? before : QString());
  m_plain->setFacts(m_result ? cardFacts(m_result->plain, m_result->plainPerplexity) : QString());
  m_steered->setFacts(m_result ? cardFacts(m_result->steered, m_result->steeredPerplexity) : QString());
  m_steered->setTitle(settingWords());
  if (m_result) markDifferences(*m_plain, *m_steered);
}

void SteeringView::showEffect() {
  if (!m_result || !std::isfinite(m_result->klFirstBits)) {
    m_controls->setEffect({}, {});
    return;
  }
  const QString divergence = tr("%1 bit").arg(formatNumber(static_cast<double>(m_result->klFirstBits), 2));
  m_controls->setEffect(
      tr("|s v| is %1 of the mean norm").arg(asData(formatPercent(static_cast<double>(m_result->shareOfNorm)))),
      tr("KL of the first new token %1").arg(asData(divergence)));
}

QString SteeringView::copyText() const {
  if (!m_result) return {};
  return tr("%1\nbase: %2\nsteered: %3")
      .arg(m_steered->title(), QString::fromStdString(m_result->plain.text),
           QString::fromStdString(m_result->steered.text));
}

Figure SteeringView::exportFigure() {
  if (!m_result) return {};
  const auto part = [](const TextCard& card) {
    return QStringLiteral("<p><b>%1</b> · %2</p><p>%3</p>")
        .arg(card.title().toHtmlEscaped(), card.facts().toHtmlEscaped(), card.text()->generatedText().toHtmlEscaped());
  };
  std::vector<Figure> pictures{textFigure(part(*m_plain) + part(*m_steered), std::max(640, m_norms->width()))};
  if (m_norms->data()) pictures.push_back(m_norms->figure());
  return withCaption(stacked(pictures), caption());
}

Json SteeringView::viewState() const {
  Json state = ResultView::viewState();
  state.update(controlsState());
  state["colour"] = m_colour->isChecked();
  state["maker"] = m_controls->makerDraft();
  return state;
}

void SteeringView::restoreViewState(const Json& state) {
  if (!state.is_object()) return;
  if (const auto hash = kept<std::string>(state, "vector")) m_controls->chooseVector(*hash);
  if (const auto setting = kept<SteerSetting>(state, "setting")) m_controls->setSetting(*setting);
  if (const auto tokens = kept<int>(state, "tokens")) m_controls->setTokens(*tokens);
  if (const auto prompt = kept<Prompt>(state, "prompt")) m_prompt = *prompt;
  if (const auto layer = kept<int>(state, "layer")) {
    SteerSetting setting = m_controls->setting();
    setting.layers = {*layer};
    m_controls->setSetting(setting);
  }
  m_controls->setMakerDraft(state.value("maker", Json()));
  if (const auto positives = kept<Json>(state, "positives"); positives && positives->is_array()) {
    QStringList lines;
    for (const Json& line : *positives)
      if (line.is_string()) lines << QString::fromStdString(line.get<std::string>());
    m_controls->setPositives(lines.join(QLatin1Char('\n')));
  }
  if (const auto colour = kept<bool>(state, "colour")) m_colour->setChecked(*colour);
  const QSignalBlocker quiet(m_slider);
  m_slider->setStrength(static_cast<double>(m_controls->setting().strength));
  m_delay.stop();  // what is restored asks for no new text
  m_trail.settle(controlsState());
  ResultView::restoreViewState(state);
}

void SteeringView::applyEdit(const Json& state) {
  restoreViewState(state);
  m_delay.start();
}

}  // namespace patchbay::ui
