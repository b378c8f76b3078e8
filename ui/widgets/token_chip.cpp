#include "ui/widgets/token_chip.h"

#include <QtCore/QStringList>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>

#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kInset = 9;
constexpr int kValueGap = 8;
constexpr int kMostCharacters = 24;
constexpr double kTextSize = 12;
constexpr double kValueSize = 10.5;
constexpr double kPixelsPerBit = 5;

QString shownText(const TokenChip& chip) { return elideMiddle(displayToken(chip.token), kMostCharacters); }

/// Words that need no font fallback are as wide as their count.
qreal textWidth(const QString& text, const QFontMetricsF& metrics, qreal advance) {
  const bool isPlain = std::all_of(text.begin(), text.end(), [](QChar c) {
    return c.unicode() < 0x250 || c.unicode() == 0x2423 || c.unicode() == 0x21B5;
  });
  return isPlain ? advance * static_cast<qreal>(text.size()) : metrics.horizontalAdvance(text);
}

QPen edgeOf(const TokenChip& chip, const ChipFace& face, const ThemeTokens& t) {
  QPen edge(chip.token.isSpecial ? t.faint : t.border, 1);
  if (chip.token.isSpecial) edge.setStyle(Qt::DotLine);
  if (face.isSelected) edge = QPen(t.accent, face.isAlone ? 2 : 1);
  if (face.isPinned && !face.isAlone) {
    edge = QPen(t.reference, 1.5);
    edge.setDashPattern({3, 2});
  }
  return edge;
}

QColor groundOf(const TokenChip& chip, const ChipFace& face, const ThemeTokens& t) {
  if (face.isSelected) return face.isAlone ? t.selection : t.accentSoft;
  if (face.isMarked) return t.warningGround;
  if (chip.token.isSpecial) return t.sunken;
  return face.isHovered ? t.hover : t.raised;
}

}  // namespace

std::vector<TokenChip> chipsOf(const std::vector<TokenFact>& tokens) {
  std::vector<TokenChip> chips;
  chips.reserve(tokens.size());
  for (const TokenFact& token : tokens) chips.push_back({token});
  return chips;
}

ChipRuler::ChipRuler(bool hasValues)
    : m_hasValues(hasValues),
      m_text(dataFont(kTextSize)),
      m_textAdvance(m_text.horizontalAdvance(QLatin1Char('n'))),
      m_valueAdvance(QFontMetricsF(dataFont(kValueSize)).horizontalAdvance(QLatin1Char('0'))) {}

int ChipRuler::width(const TokenChip& chip) const {
  qreal width = textWidth(shownText(chip), m_text, m_textAdvance) + 2 * kInset;
  if (m_hasValues && !chip.token.isSpecial)
    width += kValueGap + m_valueAdvance * static_cast<qreal>(formatChipProbability(chip.p).size());
  return std::max(kChipHeight, static_cast<int>(std::ceil(width)));
}

QString describeChip(const TokenChip& chip, int position) {
  QStringList facts = {TokenStrip::tr("token %1").arg(position), displayToken(chip.token),
                       TokenStrip::tr("id %1").arg(chip.token.id)};
  QByteArray bytes = QByteArray::fromStdString(chip.token.bytesHex);
  if (bytes.isEmpty()) bytes = QByteArray::fromStdString(chip.token.text).toHex(' ');
  facts << TokenStrip::tr("bytes %1").arg(QString::fromLatin1(bytes));
  if (!std::isnan(chip.p)) {
    facts << TokenStrip::tr("p %1").arg(formatChipProbability(chip.p))
          << TokenStrip::tr("surprise %1 bit").arg(formatNumber(-std::log2(chip.p), 1));
  }
  if (chip.rank > 0) facts << TokenStrip::tr("rank %1").arg(formatCount(chip.rank));
  if (!std::isnan(chip.entropyBits))
    facts << TokenStrip::tr("entropy before it %1 bit").arg(formatNumber(chip.entropyBits, 1));
  return facts.join(QStringLiteral(" · "));
}

QString spokenChip(const TokenChip& chip, int position) {
  return TokenStrip::tr("token %1 %2, id %3")
      .arg(position)
      .arg(spokenToken(displayToken(chip.token)))
      .arg(chip.token.id);
}

void paintChip(QPainter& painter, const QRectF& area, const TokenChip& chip, const ChipFace& face) {
  const ThemeTokens& t = theme();
  const bool isSpecial = chip.token.isSpecial;
  const QPen edge = edgeOf(chip, face, t);
  const qreal half = edge.widthF() / 2;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(edge);
  painter.setBrush(groundOf(chip, face, t));
  painter.drawRoundedRect(area.adjusted(half, half, -half, -half), 4, 4);

  const QRectF inner = area.adjusted(kInset, 0, -kInset, 0);
  const QRectF words = inner.adjusted(0, 0, 1, -1);
  QRectF text = words;
  if (face.hasValue && !isSpecial) {
    const QString value = formatChipProbability(chip.p);
    const qreal width = QFontMetricsF(dataFont(kValueSize)).horizontalAdvance(value);
    drawTokenText(painter, words, value, dataFont(kValueSize), t.muted, Qt::AlignRight);
    text.setRight(text.right() - width - kValueGap + 1);
  }
  drawTokenText(painter, text, shownText(chip), dataFont(kTextSize), isSpecial ? t.muted : t.text);
  if (std::isnan(chip.p) || isSpecial) return;
  const qreal bits = -std::log2(std::max(chip.p, 1e-12F));
  const qreal length = std::clamp(bits * kPixelsPerBit, 2.0, inner.width());
  painter.setPen(Qt::NoPen);
  painter.setBrush(t.data);
  painter.drawRoundedRect(QRectF(inner.left(), area.bottom() - 5, length, 2), 1, 1);
}

}  // namespace patchbay::ui
