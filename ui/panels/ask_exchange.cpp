#include "ui/panels/ask_exchange.h"

#include <algorithm>

#include <QAbstractTextDocumentLayout>
#include <QGridLayout>
#include <QLabel>
#include <QPainter>

#include "ui/panels/ask_picture.h"
#include "ui/panels/asked_cells.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/rule.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/next_tokens.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kControlsWidth = 400;
constexpr int kIcon = 16;
constexpr int kNameWidth = 88;
constexpr int kBar = 6;
constexpr int kWidestQuestion = 420;  ///< of the bubble; longer ones are wrapped
constexpr int kControlLetters = 90;   ///< of a control's answer; all of it is in the tooltip

/// A share as a bar, amber where it is too large to trust an answer.
class OverlapBar : public QWidget {
public:
  OverlapBar(const ControlAnswer& control, QWidget* parent)
      : QWidget(parent), m_share(control.overlap), m_isWarning(control.saysTheSame()) {
    setFixedSize(48, 18);
  }

protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme().sunken);
    const QRectF whole(0, (height() - kBar) / 2.0, width(), kBar);
    painter.drawRoundedRect(whole, kBar / 2.0, kBar / 2.0);
    if (m_share <= 0) return;
    painter.setBrush(m_isWarning ? theme().warning : theme().data);
    QRectF part = whole;
    part.setWidth(std::max(double{kBar}, whole.width() * static_cast<double>(m_share)));
    painter.drawRoundedRect(part, kBar / 2.0, kBar / 2.0);
  }

private:
  float m_share;
  bool m_isWarning;
};

QLabel* wrapped(const QString& words, QWidget* parent) {
  auto* label = new QLabel(words, parent);
  label->setWordWrap(true);
  label->setTextFormat(Qt::PlainText);
  label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  return label;
}

void clear(QGridLayout& rows) {
  while (QLayoutItem* item = rows.takeAt(0)) {
    delete item->widget();
    delete item;
  }
}

}  // namespace

AskControlsCard::AskControlsCard(QWidget* parent)
    : QFrame(parent), m_rows(new QGridLayout), m_verdictIcon(new QLabel(this)), m_verdict(wrapped({}, this)) {
  setObjectName(QStringLiteral("askControlsCard"));
  setProperty("card", true);
  m_verdict->setObjectName(QStringLiteral("askVerdict"));
  auto* title = new MarkedLabel(tr("Controls"), 12, MarkedLabel::Ink::Text, this);
  title->setFontSize(12, 600);
  auto* head = new QHBoxLayout;
  head->setContentsMargins(12, 5, 12, 5);
  head->addWidget(title, 1);
  head->addWidget(new MarkedLabel(tr("overlap"), 12, MarkedLabel::Ink::Muted, this));
  m_rows->setContentsMargins(12, 6, 12, 6);
  m_rows->setHorizontalSpacing(8);
  m_rows->setVerticalSpacing(7);
  m_rows->setColumnMinimumWidth(1, kNameWidth);
  m_rows->setColumnStretch(2, 1);
  auto* foot = new QHBoxLayout;
  foot->setContentsMargins(12, 6, 12, 8);
  foot->setSpacing(8);
  foot->addWidget(m_verdictIcon, 0, Qt::AlignTop);
  foot->addWidget(m_verdict, 1);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(1, 1, 1, 1);
  column->setSpacing(0);
  column->addLayout(head);
  column->addWidget(new Rule(1, this));
  column->addLayout(m_rows);
  column->addStretch(1);
  column->addLayout(foot);
}

void AskControlsCard::setResult(const AskResult& result, bool isFinished) {
  m_icons.clear();
  clear(*m_rows);
  int row = 0;
  for (const ControlAnswer& control : result.controls) {
    auto* sign = new QLabel(this);
    m_icons.emplace_back(sign, controlIcon(control.control));
    auto* name = new MarkedLabel(controlName(control.control), 12, MarkedLabel::Ink::Muted, this);
    const QString says = oneLine(control.answer.generation.text).trimmed();
    auto* words = wrapped(says.isEmpty() ? tr("(nothing)") : elideMiddle(says, kControlLetters), this);
    words->setObjectName(QStringLiteral("askControl%1").arg(static_cast<int>(control.control)));
    auto* share =
        new MarkedLabel(asData(formatPercent(static_cast<double>(control.overlap))), 12, MarkedLabel::Ink::Text, this);
    const QString tip = controlTip(control) + (says.size() > kControlLetters ? QLatin1Char('\n') + says : QString());
    for (QWidget* part : {static_cast<QWidget*>(sign), static_cast<QWidget*>(name), static_cast<QWidget*>(words)})
      part->setToolTip(tip);
    m_rows->addWidget(sign, row, 0, Qt::AlignTop);
    m_rows->addWidget(name, row, 1, Qt::AlignTop);
    m_rows->addWidget(words, row, 2);
    m_rows->addWidget(new OverlapBar(control, this), row, 3, Qt::AlignTop);
    m_rows->addWidget(share, row, 4, Qt::AlignTop | Qt::AlignRight);
    ++row;
  }
  m_kind = result.verdict();
  m_verdictWords = isFinished ? verdictWords(result) : QString();
  m_verdict->setText(isFinished ? m_verdictWords : tr("Not all controls have answered."));
  dress();
}

void AskControlsCard::dress() {
  const bool isWarning = m_kind != AskVerdict::Holds;
  for (const auto& [label, name] : m_icons)
    label->setPixmap(iconPixmap(name, kIcon, theme().muted, devicePixelRatioF()));
  m_verdictIcon->setVisible(!m_verdictWords.isEmpty());
  m_verdictIcon->setPixmap(iconPixmap(isWarning ? QStringLiteral("warning") : QStringLiteral("done"), kIcon,
                                      isWarning ? theme().warning : theme().success, devicePixelRatioF()));
  update();
}

void AskControlsCard::paintEvent(QPaintEvent* event) {
  QFrame::paintEvent(event);
  if (m_verdictWords.isEmpty() || m_kind != AskVerdict::SameWithout) return;
  // The sentence stands on the warning ground, as warnings of runs do.
  QPainter painter(this);
  const int top = std::min(m_verdict->geometry().top(), m_verdictIcon->geometry().top()) - 6;
  painter.fillRect(QRect(1, top, width() - 2, height() - top - 1), theme().warningGround);
}

void AskControlsCard::changeEvent(QEvent* event) {
  QFrame::changeEvent(event);
  if (isThemeChange(*event)) dress();
}

AskExchange::AskExchange(QWidget* parent)
    : QWidget(parent),
      m_question(wrapped({}, this)),
      m_cells(new Button({}, {}, Button::Kind::Plain, this)),
      m_text(new GenerationText(this)),
      m_first(new NextTokens(this)),
      m_choices(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, this)),
      m_facts(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)),
      m_controls(new AskControlsCard(this)) {
  setObjectName(QStringLiteral("askExchange"));
  m_question->setObjectName(QStringLiteral("askedQuestion"));
  m_question->setFont(uiFont(14));
  m_cells->setObjectName(QStringLiteral("askedCells"));
  m_cells->setFont(dataFont(12));
  m_cells->setToolTip(tr("Go to these cells"));
  m_text->setObjectName(QStringLiteral("askAnswer"));
  m_text->setFont(uiFont(14));
  m_text->setColouredByProbability(true);
  m_text->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_choices->setObjectName(QStringLiteral("askRanked"));
  auto* bubble = new QFrame(this);
  bubble->setProperty("card", true);
  auto* bubbleRow = new QHBoxLayout(bubble);
  bubbleRow->setContentsMargins(14, 7, 14, 7);
  bubbleRow->addWidget(m_question);
  auto* card = new QFrame(this);
  card->setProperty("card", true);
  auto* read = new QHBoxLayout;
  read->setContentsMargins(12, 6, 12, 0);
  read->setSpacing(6);
  read->addWidget(new MarkedLabel(tr("read"), 12, MarkedLabel::Ink::Muted, this));
  read->addWidget(m_cells);
  read->addStretch(1);
  auto* first = new QHBoxLayout;
  first->setContentsMargins(12, 0, 12, 4);
  first->addWidget(m_first, 1);
  auto* foot = new QHBoxLayout;
  foot->setContentsMargins(12, 5, 12, 5);
  foot->addWidget(m_facts, 1);
  foot->addWidget(new MarkedLabel(tr("ground = p of the word"), 12, MarkedLabel::Ink::Muted, this));
  auto* choices = new QHBoxLayout;
  choices->setContentsMargins(12, 0, 12, 4);
  choices->addWidget(m_choices, 1);
  auto* rows = new QVBoxLayout(card);
  rows->setContentsMargins(1, 1, 1, 1);
  rows->setSpacing(2);
  rows->addLayout(read);
  rows->addWidget(m_text);
  rows->addStretch(1);
  rows->addLayout(choices);
  rows->addLayout(first);
  rows->addWidget(new Rule(1, this));
  rows->addLayout(foot);
  auto* left = new QVBoxLayout;
  left->setSpacing(8);
  left->addWidget(bubble, 0, Qt::AlignRight);
  left->addWidget(card, 1);
  auto* sides = new QHBoxLayout(this);
  sides->setContentsMargins(0, 0, 0, 0);
  sides->setSpacing(12);
  sides->addLayout(left, 1);
  m_controls->setFixedWidth(kControlsWidth);
  sides->addWidget(m_controls);
  connect(m_cells, &Button::clicked, this, [this] { Q_EMIT cellsChosen(m_spans); });
  connect(m_text->document()->documentLayout(), &QAbstractTextDocumentLayout::documentSizeChanged, this,
          &AskExchange::fitText);
}

void AskExchange::fitText() { m_text->setFixedHeight(static_cast<int>(m_text->document()->size().height()) + 6); }

void AskExchange::setExchange(const AskRequest& request, const AskResult& result, bool isFinished) {
  const QString question = QString::fromStdString(request.question);
  m_question->setText(question);
  m_question->setFixedWidth(
      std::min(kWidestQuestion, QFontMetrics(m_question->font()).horizontalAdvance(question) + 4));
  m_spans = result.spans.empty() ? request.spans : result.spans;
  m_cells->setText(formatCells(m_spans));
  m_text->setGeneration(result.answer.generation);
  fitText();
  const auto& tokens = result.answer.generation.tokens;
  m_first->setTokens(tokens.empty() ? std::vector<RankedToken>() : tokens.front().alternatives);
  QStringList choices;
  for (const RankedChoice& choice : result.answer.choices)
    choices << QStringLiteral("%1 %2").arg(QString::fromStdString(choice.text),
                                           asData(formatProbability(static_cast<double>(choice.p))));
  m_choices->setText(choices.isEmpty() ? QString() : tr("choices: %1").arg(choices.join(QStringLiteral(" · "))));
  m_choices->setVisible(!choices.isEmpty());
  m_facts->setText(asData(answerFacts(result.answer.generation)));
  m_controls->setVisible(request.hasControls && !request.atAllLayers);
  m_controls->setResult(result, isFinished);
}

}  // namespace patchbay::ui
