#include "ui/panels/continuation_view.h"

#include <algorithm>

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLineEdit>

#include "core/data/any_request.h"
#include "ui/bridge/engine_client.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/picture.h"
#include "ui/panels/sampling_controls.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kRightWidth = 264;

}  // namespace

ContinuationView::ContinuationView(const Workbench& workbench, QWidget* parent) : ResultView(workbench, parent) {
  buildHeader();
  buildContent();
  connect(bench().selection, &Selection::changed, this, &ContinuationView::showSelection);
  showRun(0);
}

QString ContinuationView::kind() const { return QLatin1String(GenerateRequest::kKind); }
QString ContinuationView::title() const { return m_asked.prompt.isChat ? tr("Chat") : tr("Continuation"); }

EmptyText ContinuationView::emptyText() const {
  return {QStringLiteral("chat"), tr("Nothing generated yet"), tr("Type a prompt and press Run."), {}, {}};
}

void ContinuationView::buildHeader() {
  m_sampling = new SamplingControls(this);
  m_colour = new QCheckBox(tr("colour by p"), this);
  m_colour->setObjectName(QStringLiteral("continuationColour"));
  m_stop = new Button(tr("Stop"), QStringLiteral("stop"), Button::Kind::Plain, this);
  m_stop->setObjectName(QStringLiteral("continuationStop"));
  m_stop->hide();
  header()->addWidget(m_sampling);
  header()->addStretch(1);
  header()->addWidget(m_stop);
  header()->addWidget(m_colour);
  connect(m_sampling, &SamplingControls::edited, this, &ContinuationView::stateChanged);
  connect(m_colour, &QCheckBox::toggled, this, &ContinuationView::stateChanged);
  connect(m_stop, &Button::clicked, this, [this] { bench().runs->cancel(run()); });
}

void ContinuationView::buildContent() {
  m_text = new GenerationText(content());
  m_text->setObjectName(QStringLiteral("continuationText"));
  m_place = new MarkedLabel(tr("Choose a token to see what else was likely."), 12, MarkedLabel::Ink::Muted, content());
  m_place->setObjectName(QStringLiteral("continuationToken"));
  m_alternatives = new ProbabilityBars(content());
  m_alternatives->setObjectName(QStringLiteral("continuationAlternatives"));
  m_alternatives->hide();
  m_branch = new Button(tr("Branch from here"), QStringLiteral("link"), Button::Kind::Plain, content());
  m_branch->setObjectName(QStringLiteral("continuationBranch"));
  m_branch->setEnabled(false);
  m_reply = new QLineEdit(content());
  m_reply->setObjectName(QStringLiteral("chatReply"));
  m_reply->setPlaceholderText(tr("Reply, then Enter"));
  m_reply->hide();
  auto* left = new QVBoxLayout;
  left->addWidget(m_text, 1);
  left->addWidget(m_reply);
  auto* right = new QVBoxLayout;
  right->setSpacing(6);
  right->addWidget(m_place);
  right->addWidget(m_alternatives);
  right->addWidget(m_branch, 0, Qt::AlignLeft);
  right->addStretch(1);
  auto* rightSide = new QWidget(content());
  rightSide->setFixedWidth(kRightWidth);
  right->setContentsMargins(0, 4, 0, 0);
  rightSide->setLayout(right);
  auto* sides = new QHBoxLayout(content());
  sides->setContentsMargins(kInset, 0, kInset, kInset);
  sides->setSpacing(kInset);
  sides->addLayout(left, 1);
  sides->addWidget(rightSide);
  connect(m_colour, &QCheckBox::toggled, m_text, &GenerationText::setColouredByProbability);
  connect(m_text, &GenerationText::tokenChosen, this, [this](int index) {
    SelectionState state;
    state.run = shownRun();
    const int token = (m_result ? static_cast<int>(m_result->promptTokens.size()) : 0) + index;
    state.tokens = IndexRange{token, token};
    if (m_result) bench().selection->select(state);
    showToken(index);
  });
  connect(m_alternatives, &ProbabilityBars::tokenClicked, this, [this](const RankedToken& token) {
    const auto& shown = m_alternatives->tokens();
    const auto found = std::ranges::find(shown, token);
    m_alternative = static_cast<int>(found - shown.begin());
    m_branch->setText(tr("Branch with %1").arg(displayToken(token.token)));
    m_branch->setEnabled(m_result != nullptr);
  });
  connect(m_branch, &Button::clicked, this, &ContinuationView::branch);
  connect(m_reply, &QLineEdit::returnPressed, this, &ContinuationView::reply);
  connect(m_reply, &QLineEdit::textChanged, this, &ContinuationView::stateChanged);
}

void ContinuationView::runChosen() {
  const auto asked = run() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(run());
  if (!asked || !std::holds_alternative<GenerateRequest>(*asked)) return;
  m_asked = std::get<GenerateRequest>(*asked);
  m_sampling->setSampling(m_asked.sampling);
  m_reply->setVisible(m_asked.prompt.isChat);
}

bool ContinuationView::readResult() {
  const auto result = bench().runs->result<GenerateResult>(run());
  if (!result) return false;
  m_result = result;
  return true;
}

bool ContinuationView::readStream(const StreamedTokens& tokens) {
  m_result.reset();
  show(tokens.soFar);
  return true;
}

QString ContinuationView::conversation() const {
  if (!m_asked.prompt.isChat) return QString::fromStdString(m_asked.prompt.text);
  QString text;
  for (const ChatMessage& message : m_asked.prompt.messages) {
    text +=
        QStringLiteral("%1: %2\n\n").arg(QString::fromStdString(message.role), QString::fromStdString(message.content));
  }
  return text + tr("assistant: ");
}

void ContinuationView::show(const Generation& generation) { m_text->setGeneration(generation, conversation()); }

ResultTable ContinuationView::resultTable() const {
  ResultTable table;
  if (!m_result) return table;
  const auto at = [result = m_result](int row) -> const GeneratedToken& {
    return result->generation.tokens[static_cast<std::size_t>(row)];
  };
  table.rows = static_cast<int>(m_result->generation.tokens.size());
  table.columns = {
      {tr("step"), {}, [](int row) { return QVariant(static_cast<double>(row)); }, 0},
      {tr("token"), {}, [at](int row) { return QVariant(displayToken(at(row).token)); }},
      {tr("id"), {}, [at](int row) { return QVariant(static_cast<double>(at(row).token.id)); }, 0},
      {tr("p"), {}, [at](int row) { return QVariant(static_cast<double>(at(row).p)); }, 4},
      {tr("entropy"), tr("bit"), [at](int row) { return QVariant(static_cast<double>(at(row).entropyBits)); }, 3}};
  return table;
}

void ContinuationView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  m_stop->setVisible(run() != 0 && bench().runs->isActive(run()));
  m_reply->setEnabled(m_result && shownRun() == run());
  if (m_result && shownRun() == run()) show(m_result->generation);
  showSelection();
}

void ContinuationView::showSelection() {
  const SelectionState& state = bench().selection->state();
  if (!m_result || state.run != shownRun() || !state.tokens) return;
  const int index = state.token() - static_cast<int>(m_result->promptTokens.size());
  if (index < 0 || index >= static_cast<int>(m_result->generation.tokens.size())) return;
  m_text->setCurrentToken(index);
  showToken(index);
}

void ContinuationView::showToken(int index) {
  const auto& tokens = m_text->generation().tokens;
  if (index < 0 || index >= static_cast<int>(tokens.size())) return;
  const GeneratedToken& token = tokens[static_cast<std::size_t>(index)];
  m_place->setText(tr("Step %1, %2 · p %3")
                       .arg(QString::number(index), asData(displayToken(token.token)),
                            asData(formatProbability(static_cast<double>(token.p)))));
  m_alternatives->setTokens(token.alternatives);
  m_alternatives->show();
  m_alternative = 0;
  m_branch->setText(tr("Branch from here"));
  m_branch->setEnabled(m_result && !token.alternatives.empty());
}

void ContinuationView::branch() {
  const auto index = m_text->currentToken();
  const auto& alternatives = m_alternatives->tokens();
  if (!m_result || !index || m_alternative >= static_cast<int>(alternatives.size())) return;
  std::string text = m_asked.prompt.text;
  if (m_asked.prompt.isChat) {
    // A branch begins inside the answer, where no message ends: it continues the rendered text.
    const auto rendered = bench().engine->tokenize(m_asked.model.fingerprint, m_asked.prompt);
    if (!rendered) return;
    text = rendered->rendered;
  }
  const PlacedText placed = placedText(m_result->generation);
  text += placed.text.left(placed.tokens[static_cast<std::size_t>(*index)].start).toStdString();
  text += alternatives[static_cast<std::size_t>(m_alternative)].token.text;
  continueFrom(Prompt::plain(std::move(text)), m_asked.model);
}

void ContinuationView::reply() {
  if (!m_result || m_reply->text().trimmed().isEmpty()) return;
  Prompt next = m_asked.prompt;
  next.messages.push_back({"assistant", m_text->generatedText().toStdString()});
  next.messages.push_back({"user", m_reply->text().toStdString()});
  m_reply->clear();
  continueFrom(next, m_asked.model);
}

std::optional<AnyRequest> ContinuationView::wanted() const {
  const ModelCard* card = bench().models->current();
  Prompt prompt = bench().prompt->prompt();
  if (!card || prompt.headline().empty()) return std::nullopt;
  GenerateRequest request;
  request.model = card->ref;
  request.prompt = std::move(prompt);
  request.sampling = m_sampling->draft();  // a seed is drawn when it starts
  return request;
}

void ContinuationView::start() {
  if (const ModelCard* card = bench().models->current()) continueFrom(bench().prompt->prompt(), card->ref);
}

void ContinuationView::continueFrom(const Prompt& prompt, const ModelRef& model) {
  GenerateRequest request;
  request.model = model;
  request.prompt = prompt;
  request.sampling = m_sampling->sampling();
  RunStart how;
  how.title = prompt.isChat ? tr("Chat") : tr("Continuation");
  if (run() != 0) how.parent = run();
  how.replaceKey = QStringLiteral("continuation.view");
  const RunId id = bench().runs->start(std::move(request), how);
  showRun(id);
  // A place in the run before is none in this one.
  SelectionState selected;
  selected.run = id;
  bench().selection->select(selected);
}

Json ContinuationView::viewState() const {
  Json state = ResultView::viewState();
  state["sampling"] = m_sampling->draft();
  state["reply"] = m_reply->text().toStdString();
  state["colour"] = m_colour->isChecked();
  return state;
}

void ContinuationView::restoreViewState(const Json& state) {
  if (const auto sampling = kept<Sampling>(state, "sampling")) m_sampling->setSampling(*sampling);
  if (const auto reply = kept<QString>(state, "reply")) m_reply->setText(*reply);
  if (const auto colour = kept<bool>(state, "colour")) m_colour->setChecked(*colour);
  ResultView::restoreViewState(state);
}

QString ContinuationView::copyText() const { return m_text->generatedText(); }

Figure ContinuationView::exportFigure() {
  if (!m_result) return {};
  const QString html =
      QStringLiteral("<p>%1<b>%2</b></p>").arg(conversation().toHtmlEscaped(), m_text->generatedText().toHtmlEscaped());
  return withCaption(textFigure(html, 640), caption());
}

}  // namespace patchbay::ui
