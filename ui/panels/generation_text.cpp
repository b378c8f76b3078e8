#include "ui/panels/generation_text.h"

#include <algorithm>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QTextBlock>
#include <QToolTip>

#include "ui/plots/colour_maps.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr double kReadingSize = 13.5;
/// With the ring of 2 px the text starts at the 12 px of a card's title.
constexpr int kMargin = 10;

QByteArray bytesOf(const TokenFact& token) {
  if (token.bytesHex.empty()) return QByteArray::fromStdString(token.text);
  return QByteArray::fromHex(QByteArray::fromStdString(token.bytesHex));
}

/// The tint of a token that was unlikely: none at p 1, strongest at p 0.
QColor tintOf(float p) {
  const double surprise = std::clamp(1.0 - static_cast<double>(p), 0.0, 1.0);
  return mixed(theme().raised, theme().data, 0.55 * surprise);
}

}  // namespace

PlacedText placedText(const Generation& generation) {
  PlacedText placed;
  const auto& tokens = generation.tokens;
  for (std::size_t i = 0; i < tokens.size();) {
    // A character may be spread over several tokens; their bytes are decoded together.
    QByteArray bytes = bytesOf(tokens[i].token);
    std::size_t end = i + 1;
    if (!tokens[i].token.bytesHex.empty()) {
      while (end < tokens.size() && !tokens[end].token.bytesHex.empty()) bytes += bytesOf(tokens[end++].token);
    }
    const bool isEnd = generation.endedItself && end == tokens.size() && tokens[i].token.isSpecial;
    const QString piece = isEnd ? QString() : QString::fromUtf8(bytes);
    for (std::size_t t = i; t < end; ++t) placed.tokens.push_back({placed.text.size(), piece.size()});
    placed.text += piece;
    i = end;
  }
  return placed;
}

GenerationText::GenerationText(QWidget* parent) : QTextEdit(parent) {
  setReadOnly(true);
  setTextInteractionFlags(Qt::TextSelectableByMouse);
  setFocusPolicy(Qt::StrongFocus);
  setFrameShape(QFrame::NoFrame);
  // It stands in a card or on a view; only its focus ring is its own.
  setStyleSheet(
      QStringLiteral("QTextEdit { border: 2px solid transparent; padding: 0; background: transparent; }"
                     "QTextEdit:focus { border-color: palette(link); }"));
  document()->setDocumentMargin(kMargin);
  QFont reading = uiFont(kReadingSize);
  // Shaping would draw "->" as an arrow, which the model did not write.
  reading.setStyleStrategy(QFont::PreferNoShaping);
  setFont(reading);
}

void GenerationText::setGeneration(const Generation& generation, const QString& before) {
  m_generation = generation;
  m_before = before;
  m_placed = placedText(generation);
  m_changes.clear();
  if (m_current && *m_current >= static_cast<int>(m_placed.tokens.size())) m_current.reset();
  rebuild();
}

void GenerationText::setChanges(std::vector<TextSpan> spans, ChangeMark mark) {
  m_changes = std::move(spans);
  m_mark = mark;
  dress();
}

void GenerationText::setColouredByProbability(bool coloured) {
  m_isColoured = coloured;
  dress();
}

void GenerationText::setCurrentToken(std::optional<int> index) {
  m_current = index;
  dress();
}

void GenerationText::rebuild() {
  setPlainText(m_before + m_placed.text);
  dress();
  setAccessibleName(m_placed.text);
}

void GenerationText::dress() {
  const auto paint = [this](TextSpan span, const QTextCharFormat& format) {
    QTextCursor cursor(document());
    cursor.setPosition(static_cast<int>(m_before.size() + span.start));
    cursor.setPosition(static_cast<int>(m_before.size() + span.start + span.length), QTextCursor::KeepAnchor);
    cursor.mergeCharFormat(format);
  };
  QTextCursor all(document());
  all.select(QTextCursor::Document);
  QTextCharFormat plain;
  plain.setForeground(theme().text);
  all.setCharFormat(plain);
  QTextBlockFormat lines;
  lines.setLineHeight(21, QTextBlockFormat::FixedHeight);
  all.mergeBlockFormat(lines);
  QTextCharFormat muted;
  muted.setForeground(theme().muted);
  paint({-m_before.size(), m_before.size()}, muted);
  if (m_isColoured) {
    for (std::size_t i = 0; i < m_placed.tokens.size(); ++i) {
      QTextCharFormat tint;
      tint.setBackground(tintOf(m_generation.tokens[i].p));
      paint(m_placed.tokens[i], tint);
    }
  }
  for (const TextSpan& span : m_changes) {
    QTextCharFormat mark;
    mark.setUnderlineStyle(m_mark == ChangeMark::Added ? QTextCharFormat::SingleUnderline : QTextCharFormat::DotLine);
    mark.setUnderlineColor(m_mark == ChangeMark::Added ? theme().accent : theme().muted);
    if (!m_isColoured) mark.setBackground(m_mark == ChangeMark::Added ? theme().accentSoft : theme().sunken);
    paint(span, mark);
  }
  if (m_current) {
    QTextCharFormat chosen;
    chosen.setBackground(theme().selection);
    chosen.setUnderlineStyle(QTextCharFormat::SingleUnderline);
    chosen.setUnderlineColor(theme().accent);
    paint(m_placed.tokens[static_cast<std::size_t>(*m_current)], chosen);
  }
}

std::optional<int> GenerationText::tokenAt(const QPoint& position) const {
  const qsizetype place = cursorForPosition(position).position() - m_before.size();
  for (std::size_t i = 0; i < m_placed.tokens.size(); ++i) {
    const TextSpan& span = m_placed.tokens[i];
    if (place >= span.start && place < span.start + span.length) return static_cast<int>(i);
  }
  return std::nullopt;
}

void GenerationText::choose(int index) {
  setCurrentToken(index);
  Q_EMIT tokenChosen(index);
}

void GenerationText::mouseReleaseEvent(QMouseEvent* event) {
  QTextEdit::mouseReleaseEvent(event);
  if (event->button() != Qt::LeftButton || textCursor().hasSelection()) return;
  if (const auto token = tokenAt(event->pos())) choose(*token);
}

void GenerationText::keyPressEvent(QKeyEvent* event) {
  const int count = static_cast<int>(m_placed.tokens.size());
  const bool isStep = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
  if (!isStep || count == 0 || event->modifiers() != Qt::NoModifier) {
    QTextEdit::keyPressEvent(event);
    if (event->key() != Qt::Key_Up && event->key() != Qt::Key_Down && !event->matches(QKeySequence::Copy))
      event->ignore();
    return;
  }
  const int step = event->key() == Qt::Key_Left ? -1 : 1;
  choose(m_current ? std::clamp(*m_current + step, 0, count - 1) : (step > 0 ? 0 : count - 1));
}

bool GenerationText::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QTextEdit::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  if (const auto index = tokenAt(viewport()->mapFromGlobal(help->globalPos()))) {
    const GeneratedToken& token = m_generation.tokens[static_cast<std::size_t>(*index)];
    QToolTip::showText(help->globalPos(),
                       tr("%1 · p %2 · entropy %3 bit")
                           .arg(displayToken(token.token), formatProbability(static_cast<double>(token.p)),
                                formatNumber(static_cast<double>(token.entropyBits), 1)),
                       this);
  } else {
    QToolTip::hideText();
  }
  return true;
}

void GenerationText::changeEvent(QEvent* event) {
  QTextEdit::changeEvent(event);
  if (isThemeChange(*event)) dress();
}

}  // namespace patchbay::ui
