#include "ui/shell/prompt_strip.h"

#include <algorithm>

#include <QAbstractItemView>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPainter>
#include <QShortcut>
#include <QToolButton>
#include <QVBoxLayout>

#include "ui/panels/choice_box.h"
#include "ui/shell/counted.h"
#include "ui/shell/lens_lookup.h"
#include "ui/shell/prompt_field.h"
#include "ui/state/action_registry.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/next_tokens.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"

namespace patchbay::ui {
namespace {

constexpr int kLabelWidth = 58;
constexpr int kInset = 10;
constexpr int kMessageWidth = 104;
constexpr float kMostRank = 1e7F;  // no vocabulary is larger

QLabel* caption(const QString& words, QWidget* parent) {
  auto* label = new QLabel(words, parent);
  label->setProperty("muted", true);
  return label;
}

/// A piece of the line under the tokens, and what it says.
class LineSample : public QLabel {
public:
  LineSample(const QString& words, QWidget* parent) : QLabel(words, parent) {
    setProperty("muted", true);
    setIndent(22);
  }

protected:
  void paintEvent(QPaintEvent* event) override {
    QLabel::paintEvent(event);
    QPainter(this).fillRect(QRect(0, height() / 2, 16, 2), theme().data);
  }
};

QFrame* separator(QWidget* parent) {
  auto* line = new QFrame(parent);
  line->setObjectName(QStringLiteral("separator"));
  line->setFixedSize(1, 16);
  return line;
}

}  // namespace

PromptStrip::PromptStrip(const Workbench& bench, QWidget* parent) : QWidget(parent), m_bench(bench) {
  setObjectName(QStringLiteral("topStrip"));
  setAttribute(Qt::WA_StyledBackground);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(kInset, 4, kInset, 5);
  rows->setSpacing(4);
  rows->addLayout(buildPromptRow());
  rows->addLayout(buildTokenRow());
  connectBench();
  showPrompt();
  showTokens();
}

QHBoxLayout* PromptStrip::buildPromptRow() {
  m_mode = new SegmentedControl({tr("Text"), tr("Chat")}, this);
  m_mode->setObjectName(QStringLiteral("promptMode"));
  m_message = new ChoiceBox({}, ChoiceBox::Face::Words, this);
  m_message->setObjectName(QStringLiteral("promptMessage"));
  m_message->setAccessibleName(tr("Message of the chat"));
  m_message->setWidestPixels(kMessageWidth);
  m_message->view()->setMinimumWidth(2 * kMessageWidth);
  m_message->setToolTip(tr("The message of the conversation that the field edits"));
  m_messageMenu = new IconButton(QStringLiteral("more"), tr("Add or remove messages"), this);
  m_messageMenu->setObjectName(QStringLiteral("promptMessageMenu"));
  m_field = new PromptField(this);
  m_field->setObjectName(QStringLiteral("promptField"));
  m_field->setAccessibleName(tr("Prompt"));
  m_field->setPlaceholderText(tr("Type a prompt and press Enter"));
  m_count = caption({}, this);
  m_count->setObjectName(QStringLiteral("tokenCount"));
  m_template = caption({}, this);
  m_template->setObjectName(QStringLiteral("templateLabel"));
  m_special = new QToolButton(this);
  m_special->setObjectName(QStringLiteral("parseSpecial"));
  m_special->setText(QStringLiteral("<|…|>"));
  m_special->setCheckable(true);
  m_special->setToolTip(tr("Read special tokens written in the prompt as special; off: as plain text"));
  auto* label = caption(tr("Prompt"), this);
  label->setFixedWidth(kLabelWidth);
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  row->addWidget(label);
  row->addWidget(m_mode);
  row->addWidget(m_message);
  row->addWidget(m_messageMenu);
  row->addWidget(m_field, 1);
  row->addWidget(m_special);
  row->addWidget(m_count);
  row->addWidget(separator(this));
  row->addWidget(m_template);
  return row;
}

QHBoxLayout* PromptStrip::buildTokenRow() {
  m_tokens = new TokenStrip(this);
  m_tokens->setObjectName(QStringLiteral("tokenStrip"));
  m_next = new NextTokens(this);
  m_next->setObjectName(QStringLiteral("nextTokens"));
  m_find = new QLineEdit(this);
  m_find->setObjectName(QStringLiteral("findToken"));
  m_find->setPlaceholderText(tr("Find in the tokens"));
  m_find->setToolTip(tr("Enter: the next hit. Shift+Enter: the one before."));
  m_find->setFixedWidth(180);
  m_find->hide();
  m_hits = caption({}, this);
  m_hits->hide();
  m_surprise = new LineSample(tr("surprise"), this);
  m_surprise->setToolTip(tr("Length of the line under a token: 5 px for each bit of surprise"));
  auto* label = caption(tr("Tokens"), this);
  label->setFixedWidth(kLabelWidth);
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  row->addWidget(label);
  row->addWidget(m_tokens, 0);
  row->addWidget(m_next, 1);
  row->addWidget(m_find);
  row->addWidget(m_hits);
  row->addWidget(m_surprise);
  return row;
}

void PromptStrip::connectBench() {
  connect(m_mode, &SegmentedControl::chosen, this,
          [this](int index) { edit(tr("text or chat"), {}, [this, index] { m_bench.prompt->setChat(index == 1); }); });
  connect(m_message, &ChoiceBox::activated, m_bench.prompt, &PromptState::chooseMessage);
  connect(m_messageMenu, &QToolButton::clicked, this, &PromptStrip::showMessageMenu);
  connect(m_field, &QLineEdit::textEdited, this, [this](const QString& text) {
    edit(tr("typing"), QStringLiteral("prompt%1").arg(m_bench.prompt->message()),
         [this, text] { m_bench.prompt->setText(text); });
  });
  connect(m_field, &PromptField::runAsked, this, &PromptStrip::runAsked);
  connect(m_special, &QToolButton::clicked, this, [this] { toggleSpecial(); });
  connect(m_bench.prompt, &PromptState::promptChanged, this, &PromptStrip::showPrompt);
  connect(m_bench.prompt, &PromptState::tokenizedChanged, this, &PromptStrip::showTokens);
  connect(m_bench.runs, &RunBook::resultReady, this, &PromptStrip::showTokens);
  connect(m_bench.runs, &RunBook::reset, this, &PromptStrip::showTokens);
  connect(m_bench.models, &ModelShelf::currentChanged, this, &PromptStrip::showPrompt);
  connect(m_bench.selection, &Selection::changed, this, &PromptStrip::showSelection);
  connect(m_bench.selection, &Selection::referenceChanged, this, &PromptStrip::showSelection);
  connect(m_tokens, &TokenStrip::tokenClicked, this, [this](int token) { selectTokens(token, token); });
  connect(m_tokens, &TokenStrip::rangeBrushed, this, &PromptStrip::selectTokens);
  connect(m_tokens, &TokenStrip::tokenContextMenu, this,
          [this](int, const QPoint& position) { Q_EMIT tokenMenuAsked(position); });
  connect(m_find, &QLineEdit::textChanged, this,
          [this](const QString& text) { m_hits->setText(tr("%1 found").arg(m_tokens->find(text))); });
  connect(m_find, &QLineEdit::returnPressed, this, [this] { m_tokens->find(m_find->text()); });
  auto* backwards = new QShortcut(QKeySequence(Qt::SHIFT | Qt::Key_Return), m_find);
  backwards->setContext(Qt::WidgetShortcut);
  connect(backwards, &QShortcut::activated, this, [this] { m_tokens->find(m_find->text(), false); });
  auto* escape = new QShortcut(QKeySequence(Qt::Key_Escape), m_find);
  escape->setContext(Qt::WidgetShortcut);
  connect(escape, &QShortcut::activated, this, &PromptStrip::closeFind);
}

void PromptStrip::edit(const QString& words, const QString& mergeKey, const std::function<void()>& change) {
  const Json before(m_bench.prompt->prompt());
  change();
  m_bench.undo->record(QStringLiteral("prompt"), words, before, Json(m_bench.prompt->prompt()), mergeKey);
}

void PromptStrip::focusPrompt() {
  m_field->setFocus(Qt::OtherFocusReason);
  m_field->end(false);
}

void PromptStrip::editPrompt() {
  Q_EMIT placeAsked();
  m_field->setFocus(Qt::ShortcutFocusReason);
  m_field->selectAll();
}

void PromptStrip::toggleSpecial() {
  const bool parse = !m_bench.prompt->parseSpecial();
  edit(tr("special tokens"), {}, [this, parse] { m_bench.prompt->setParseSpecial(parse); });
}

void PromptStrip::openFind() {
  Q_EMIT placeAsked();
  m_find->show();
  m_hits->show();
  m_find->setFocus(Qt::ShortcutFocusReason);
  m_find->selectAll();
}

void PromptStrip::closeFind() {
  m_find->hide();
  m_hits->hide();
  m_tokens->setMarked({});
  m_tokens->setFocus();
}

void PromptStrip::showPrompt() {
  const PromptState& prompt = *m_bench.prompt;
  if (m_field->text() != prompt.text()) {
    const int cursor = m_field->cursorPosition();
    const bool wasAtEnd = cursor == m_field->text().size();
    m_field->setText(prompt.text());
    // Someone who is typing keeps the place; else the end is where one goes on.
    if (m_field->hasFocus() && !wasAtEnd)
      m_field->setCursorPosition(std::min<int>(cursor, static_cast<int>(prompt.text().size())));
  }
  m_mode->setCurrent(prompt.isChat() ? 1 : 0);
  showMessages();
  const ModelCard* model = m_bench.models->current();
  m_mode->setChoiceEnabled(1, !model || model->hasChatTemplate, tr("This model has no chat template."));
  m_special->setChecked(prompt.parseSpecial());
  // Only a prompt that may hold a special token has something to choose.
  m_special->setVisible(!prompt.parseSpecial() || prompt.text().contains(QLatin1Char('<')));
  m_template->setText(prompt.isChat() ? tr("chat template on") : tr("chat template off"));
}

void PromptStrip::showMessages() {
  m_message->setVisible(m_bench.prompt->isChat());
  m_messageMenu->setVisible(m_bench.prompt->isChat());
  if (!m_bench.prompt->isChat()) return;
  const auto& messages = m_bench.prompt->prompt().messages;
  m_message->clear();
  for (int index = 0, turn = 0; index < static_cast<int>(messages.size()); ++index) {
    const QString role = QString::fromStdString(messages[static_cast<std::size_t>(index)].role);
    if (role == QLatin1String("user")) ++turn;
    m_message->addItem(turn == 0 ? role : tr("%1 %2").arg(role).arg(turn), index);
  }
  m_message->setCurrentIndex(m_bench.prompt->message());
}

void PromptStrip::showMessageMenu() {
  const auto& messages = m_bench.prompt->prompt().messages;
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("messageMenu"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  QAction* system = menu->addAction(tr("Add a system message"));
  system->setEnabled(messages.empty() || messages.front().role != "system");
  connect(system, &QAction::triggered, this, [this] {
    edit(tr("a system message"), {}, [this] { m_bench.prompt->addSystemMessage(); });
    m_field->setFocus(Qt::OtherFocusReason);
  });
  QAction* remove = menu->addAction(tr("Remove this message"));
  remove->setEnabled(m_bench.prompt->canRemoveMessage());
  connect(remove, &QAction::triggered, this,
          [this] { edit(tr("removing a message"), {}, [this] { m_bench.prompt->removeMessage(); }); });
  menu->popup(m_messageMenu->mapToGlobal(QPoint(0, m_messageMenu->height())));
}

void PromptStrip::showTokens() {
  const auto lens = lensOf(m_bench, m_bench.prompt->prompt());
  std::vector<TokenChip> chips;
  if (lens) {
    chips = chipsOf(lens->tokens);
    for (std::int64_t t = 0; t < std::ssize(chips); ++t) {
      TokenChip& chip = chips[static_cast<std::size_t>(t)];
      if (t < lens->tokenP.size()) chip.p = lens->tokenP.at(t);
      if (const float rank = t > 0 && t < lens->tokenRank.size() ? lens->tokenRank.at(t) : 0;
          rank >= 1 && rank <= kMostRank)
        chip.rank = static_cast<int>(rank);
      if (t < lens->tokenEntropyBits.size()) chip.entropyBits = lens->tokenEntropyBits.at(t);
    }
  } else if (m_bench.prompt->tokenized()) {
    chips = chipsOf(m_bench.prompt->tokenized()->tokens);
  }
  const int count = static_cast<int>(chips.size());
  m_tokens->setProbabilitiesShown(lens != nullptr);
  m_tokens->setChips(std::move(chips));
  m_next->setTokens(lens ? lens->next : std::vector<RankedToken>{});
  m_surprise->setVisible(lens != nullptr);
  m_count->setText(count > 0 ? counted(count, tr("1 token"), tr("%1 tokens")) : QString());
  const auto& failure = m_bench.prompt->tokenError();
  m_count->setToolTip(failure ? QString::fromStdString(failure->message()) : QString());
  if (failure && !lens) m_count->setText(tr("not readable"));
  showSelection();
}

RunId PromptStrip::shownRun() const {
  const RunId run = m_bench.selection->run();
  const auto prompt = promptOfRun(m_bench, run);
  return prompt && *prompt == m_bench.prompt->prompt() ? run : 0;
}

void PromptStrip::showSelection() {
  const SelectionState& state = m_bench.selection->state();
  if (state.tokens && shownRun() != 0) {
    m_tokens->setSelection(std::pair{state.tokens->first, state.tokens->last});
  } else {
    m_tokens->setSelection(std::nullopt);
  }
  const auto& pinned = m_bench.selection->reference();
  const bool isHere = pinned && pinned->tokens && pinned->run == state.run;
  m_tokens->setPinned(isHere ? std::optional<int>(pinned->tokens->first) : std::nullopt);
}

void PromptStrip::selectTokens(int first, int last) {
  if (shownRun() == 0) {
    m_tokens->setSelection(std::pair{first, last});
    m_bench.actions->refresh();
    return;
  }
  m_bench.selection->selectTokens({first, last});
}

bool PromptStrip::hasSelectedTokens() const { return m_tokens->selection().has_value(); }
QString PromptStrip::selectedIds() const { return m_tokens->selectedIds(); }
QString PromptStrip::selectedText() const { return m_tokens->selectedText(); }

}  // namespace patchbay::ui
