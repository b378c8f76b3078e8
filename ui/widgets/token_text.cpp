#include "ui/widgets/token_text.h"

#include <QtCore/QEvent>
#include <QtCore/QHash>
#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtGui/QStaticText>

#include <cmath>
#include <vector>

#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr char16_t kSpace = 0x2423;
constexpr char16_t kNewline = 0x21B5;
constexpr char16_t kTab = 0x21E5;
constexpr QChar kDataBegin(0x02);
constexpr QChar kDataEnd(0x03);
constexpr QChar kEllipsis(0x2026);
constexpr double kMarkOpacity = 0.55;

bool isMark(QChar c) { return c == kSpace || c == kNewline || c == kTab; }

/// Sizes of a font that every draw needs; measuring is slow, grids draw thousands of words.
struct FaceSizes {
  qreal advance = 0;
  qreal capHeight = 0;
  qreal em = 0;
};

FaceSizes sizesOf(const QFont& font) {
  static QHash<QString, FaceSizes> cache;
  const QString key = font.key();
  if (const auto found = cache.constFind(key); found != cache.constEnd()) return *found;
  const QFontMetricsF metrics(font);
  const FaceSizes sizes{metrics.horizontalAdvance(QLatin1Char('n')), metrics.capHeight(), metrics.height() / 1.36};
  cache.insert(key, sizes);
  return sizes;
}

/// The faces lack these three signs, so they are drawn, in the place of one character.
void paintMark(QPainter& painter, QChar mark, const QPointF& baseline, const FaceSizes& face, const QColor& ink) {
  const qreal w = face.advance;
  const qreal left = baseline.x() + 0.06 * w;
  const qreal right = baseline.x() + 0.9 * w;
  const qreal base = std::round(baseline.y());
  QColor faded = ink;
  faded.setAlphaF(static_cast<float>(kMarkOpacity) * ink.alphaF());
  if (mark == kSpace) {
    // By far the most frequent sign: three rectangles cost a tenth of a stroked path.
    const qreal line = std::max(1.0, std::round(face.em / 6.0) / 2.0);
    const QRectF box(std::round(left), base + std::round(0.2 * face.em), std::round(right - left),
                     std::round(0.22 * face.em));
    const qreal foot = box.top() + line;
    painter.fillRect(QRectF(box.left(), box.top(), box.width(), line), faded);
    painter.fillRect(QRectF(box.left(), foot - box.height(), line, box.height() - line), faded);
    painter.fillRect(QRectF(box.right() - line, foot - box.height(), line, box.height() - line), faded);
    return;
  }
  QPainterPath path;
  if (mark == kNewline) {
    const qreal y = base - 0.2 * face.em;
    path.moveTo(right, base - 0.6 * face.em);
    path.lineTo(right, y);
    path.lineTo(left, y);
    path.moveTo(left + 0.17 * face.em, y - 0.17 * face.em);
    path.lineTo(left, y);
    path.lineTo(left + 0.17 * face.em, y + 0.17 * face.em);
  } else {
    const qreal y = base - 0.3 * face.em;
    path.moveTo(left, y);
    path.lineTo(right - 1, y);
    path.moveTo(right - 1 - 0.15 * face.em, y - 0.15 * face.em);
    path.lineTo(right - 1, y);
    path.lineTo(right - 1 - 0.15 * face.em, y + 0.15 * face.em);
    path.moveTo(right, y - 0.22 * face.em);
    path.lineTo(right, y + 0.22 * face.em);
  }
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setBrush(Qt::NoBrush);
  painter.setPen(QPen(faded, std::max(0.9, face.em / 12.0)));
  painter.drawPath(path);
  painter.restore();
}

/// Width of text in which every mark takes one character.
qreal tokenWidth(const QString& text, const QFontMetricsF& metrics, const FaceSizes& face) {
  qreal width = 0;
  qsizetype from = 0;
  for (qsizetype i = 0; i <= text.size(); ++i) {
    if (i < text.size() && !isMark(text[i])) continue;
    if (i > from) width += metrics.horizontalAdvance(text.mid(from, i - from));
    if (i < text.size()) width += face.advance;
    from = i + 1;
  }
  return width;
}

QString fitted(const QString& text, const QFontMetricsF& metrics, const FaceSizes& face, qreal width) {
  if (tokenWidth(text, metrics, face) <= width + 0.5) return text;
  for (qsizetype kept = std::min<qsizetype>(text.size() - 1, static_cast<qsizetype>(width / face.advance)); kept > 0;
       --kept) {
    const qsizetype head = (kept + 1) / 2;
    const QString candidate = text.left(head) + kEllipsis + text.right(kept - head);
    if (tokenWidth(candidate, metrics, face) <= width + 0.5) return candidate;
  }
  return QString(kEllipsis);
}

/// Draws from `baseline`; returns the x after the text.
qreal paintToken(QPainter& painter, const QString& text, QPointF baseline, const QFont& font, const QColor& ink) {
  const FaceSizes face = sizesOf(font);
  const QFontMetricsF metrics(font);
  painter.setFont(font);
  qsizetype from = 0;
  for (qsizetype i = 0; i <= text.size(); ++i) {
    if (i < text.size() && !isMark(text[i])) continue;
    if (i > from) {
      const QString run = text.mid(from, i - from);
      painter.setPen(ink);
      painter.drawText(baseline, run);
      if (i < text.size()) baseline.rx() += metrics.horizontalAdvance(run);
    }
    if (i < text.size()) {
      paintMark(painter, text[i], baseline, face, ink);
      baseline.rx() += face.advance;
    }
    from = i + 1;
  }
  return baseline.x();
}

struct Piece {
  QString text;
  bool isData = false;
};

std::vector<Piece> piecesOf(const QString& text) {
  std::vector<Piece> pieces;
  QString part;
  bool isData = false;
  const auto flush = [&] {
    if (!part.isEmpty()) pieces.push_back({part, isData});
    part.clear();
  };
  for (const QChar c : text) {
    if (c == kDataBegin || c == kDataEnd) {
      flush();
      isData = c == kDataBegin;
    } else {
      part += c;
    }
  }
  flush();
  return pieces;
}

qreal pieceWidth(const Piece& piece, const QFont& ui, const QFont& data) {
  if (!piece.isData) return QFontMetricsF(ui).horizontalAdvance(piece.text);
  return tokenWidth(piece.text, QFontMetricsF(data), sizesOf(data));
}

QFont dataFaceFor(const MarkedText& text) {
  // Noto Sans Mono looks larger than Inter at the same size.
  return dataFont(text.size - 0.5, text.weight >= 600 ? 700 : 400);
}

QColor colourOfInk(MarkedLabel::Ink ink) {
  const ThemeTokens& t = theme();
  switch (ink) {
    case MarkedLabel::Ink::Text: return t.text;
    case MarkedLabel::Ink::Muted: return t.muted;
    case MarkedLabel::Ink::Accent: return t.accent;
    case MarkedLabel::Ink::Warning: return t.warning;
  }
  return t.text;
}

}  // namespace

struct TokenPen::Parts {
  QFont font;
  QFontMetricsF metrics;
  FaceSizes face;
  QHash<QString, QStaticText> runs;

  /// Text without marks, laid out the first time it is met.
  const QStaticText& run(const QString& text) {
    auto found = runs.find(text);
    if (found == runs.end()) {
      QStaticText laidOut(text);
      laidOut.setTextFormat(Qt::PlainText);
      laidOut.setPerformanceHint(QStaticText::AggressiveCaching);
      laidOut.prepare({}, font);
      found = runs.insert(text, laidOut);
    }
    return *found;
  }
};

TokenPen::TokenPen(const QFont& font) : m_parts(new Parts{font, QFontMetricsF(font), sizesOf(font), {}}) {}

TokenPen::~TokenPen() = default;

qreal TokenPen::width(const QString& displayed) const { return tokenWidth(displayed, m_parts->metrics, m_parts->face); }

void TokenPen::draw(QPainter& painter, const QRectF& area, const QString& displayed, const QColor& ink,
                    Qt::Alignment alignment) {
  const FaceSizes& face = m_parts->face;
  // Most words are short enough for their count to show that they fit.
  const bool surelyFits = static_cast<qreal>(displayed.size()) * face.advance <= area.width();
  const QString text = surelyFits ? displayed : fitted(displayed, m_parts->metrics, face, area.width());
  qreal x = area.left();
  if (alignment.testFlag(Qt::AlignRight)) x = area.right() - width(text);
  if (alignment.testFlag(Qt::AlignHCenter)) x += (area.width() - width(text)) / 2;
  const qreal baseline = std::round(area.center().y() + face.capHeight / 2);
  painter.setFont(m_parts->font);
  painter.setPen(ink);
  qsizetype from = 0;
  for (qsizetype i = 0; i <= text.size(); ++i) {
    if (i < text.size() && !isMark(text[i])) continue;
    if (i > from) {
      const QStaticText& run = m_parts->run(text.mid(from, i - from));
      painter.drawStaticText(QPointF(x, baseline - m_parts->metrics.ascent()), run);
      x += run.size().width();
    }
    if (i < text.size()) {
      paintMark(painter, text[i], QPointF(x, baseline), face, ink);
      x += face.advance;
    }
    from = i + 1;
  }
}

void drawTokenText(QPainter& painter, const QRectF& area, const QString& displayed, const QFont& font,
                   const QColor& ink, Qt::Alignment alignment) {
  const FaceSizes face = sizesOf(font);
  const QFontMetricsF metrics(font);
  const QString text = fitted(displayed, metrics, face, area.width());
  qreal x = area.left();
  if (alignment.testFlag(Qt::AlignRight)) x = area.right() - tokenWidth(text, metrics, face);
  if (alignment.testFlag(Qt::AlignHCenter)) x += (area.width() - tokenWidth(text, metrics, face)) / 2;
  paintToken(painter, text, QPointF(x, std::round(area.center().y() + face.capHeight / 2)), font, ink);
}

QString asData(const QString& text) { return kDataBegin + text + kDataEnd; }

QString withoutMarks(const QString& text) {
  QString plain = text;
  plain.remove(kDataBegin).remove(kDataEnd);
  return plain;
}

qreal MarkedText::width() const {
  const QFont ui = uiFont(size, weight);
  const QFont data = dataFaceFor(*this);
  qreal sum = 0;
  for (const Piece& piece : piecesOf(text)) sum += pieceWidth(piece, ui, data);
  return sum;
}

void MarkedText::paint(QPainter& painter, const QRectF& area, const QColor& ink) const {
  const QFont ui = uiFont(size, weight);
  const QFont data = dataFaceFor(*this);
  const QFontMetricsF metrics(ui);
  QPointF baseline(area.left(), std::round(area.center().y() + metrics.capHeight() / 2));
  for (const Piece& piece : piecesOf(text)) {
    const qreal room = area.right() - baseline.x();
    const bool fits = pieceWidth(piece, ui, data) <= room + 0.5;
    painter.setPen(ink);
    if (piece.isData) {
      const QString shown = fits ? piece.text : fitted(piece.text, QFontMetricsF(data), sizesOf(data), room);
      baseline.setX(paintToken(painter, shown, baseline, data, ink));
      if (fits) baseline.rx() = area.right() - room + pieceWidth(piece, ui, data);
    } else {
      painter.setFont(ui);
      painter.drawText(baseline, fits ? piece.text : metrics.elidedText(piece.text, Qt::ElideRight, room));
      baseline.rx() += metrics.horizontalAdvance(piece.text);
    }
    if (!fits) return;
  }
}

MarkedLabel::MarkedLabel(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
}

MarkedLabel::MarkedLabel(const QString& text, double size, Ink ink, QWidget* parent) : MarkedLabel(parent) {
  m_text.size = size;
  m_ink = ink;
  setText(text);
}

void MarkedLabel::setText(const QString& text) {
  m_text.text = text;
  setAccessibleName(withoutMarks(text));
  updateGeometry();
  update();
}

void MarkedLabel::setFontSize(double size, int weight) {
  m_text.size = size;
  m_text.weight = weight;
  updateGeometry();
  update();
}

void MarkedLabel::setInk(Ink ink) {
  m_ink = ink;
  update();
}

QSize MarkedLabel::sizeHint() const {
  return {static_cast<int>(std::ceil(m_text.width())) + 1, static_cast<int>(std::ceil(m_text.size * 1.4))};
}

QSize MarkedLabel::minimumSizeHint() const { return {24, sizeHint().height()}; }

void MarkedLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  m_text.paint(painter, rect(), isEnabled() ? colourOfInk(m_ink) : theme().faint);
  setToolTip(m_text.width() > width() + 1 ? withoutMarks(m_text.text) : QString());
}

void MarkedLabel::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) {
    updateGeometry();
    update();
  }
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
