#include "ui/widgets/icons.h"

#include <QtCore/QFile>
#include <QtCore/QHash>
#include <QtGui/QIconEngine>
#include <QtGui/QPainter>
#include <QtSvg/QSvgRenderer>

#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

/// SVG source of one icon; empty when there is none.
QByteArray source(const QString& name) {
  static QHash<QString, QByteArray> sources;
  if (const auto found = sources.constFind(name); found != sources.constEnd()) return *found;
  QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
  const QByteArray bytes = file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  sources.insert(name, bytes);
  return bytes;
}

/// Qt Svg does not know `currentColor`, so the stroke is replaced in the text.
QByteArray coloured(const QString& name, const QColor& colour) {
  QByteArray svg = source(name);
  svg.replace("\"#000\"", '"' + colour.name().toLatin1() + '"');
  return svg;
}

/// Renders at the size and ratio that is asked for, in the colours of the theme at that moment.
class LineIconEngine : public QIconEngine {
public:
  LineIconEngine(QString name, IconRole role) : m_name(std::move(name)), m_role(role) {}

  void paint(QPainter* painter, const QRect& area, QIcon::Mode mode, QIcon::State) override {
    paintIcon(*painter, m_name, area, colour(mode));
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    return scaledPixmap(size, mode, state, 1);
  }
  QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal ratio) override {
    const QPixmap line = iconPixmap(m_name, qRound(std::min(size.width(), size.height()) / ratio), colour(mode), ratio);
    if (size.width() <= size.height()) return line;
    // A wider size asks for room after the icon.
    QPixmap wide(size);
    wide.setDevicePixelRatio(ratio);
    wide.fill(Qt::transparent);
    QPainter(&wide).drawPixmap(QPointF(0, 0), line);
    return wide;
  }
  QIconEngine* clone() const override { return new LineIconEngine(*this); }
  bool isNull() override { return source(m_name).isEmpty(); }

private:
  [[nodiscard]] QColor colour(QIcon::Mode mode) const {
    return mode == QIcon::Disabled ? theme().faint : colourOf(m_role);
  }

  QString m_name;
  IconRole m_role;
};

}  // namespace

QColor colourOf(IconRole role) {
  const ThemeTokens& t = theme();
  switch (role) {
    case IconRole::Text: return t.text;
    case IconRole::Muted: return t.muted;
    case IconRole::Accent: return t.accent;
    case IconRole::OnAccent: return t.onAccent;
    case IconRole::Reference: return t.reference;
    case IconRole::Success: return t.success;
    case IconRole::Warning: return t.warning;
    case IconRole::Error: return t.error;
  }
  return t.text;
}

QIcon icon(const QString& name, IconRole role) {
  if (source(name).isEmpty()) return {};
  return QIcon(new LineIconEngine(name, role));
}

QPixmap iconPixmap(const QString& name, int size, const QColor& colour, qreal devicePixelRatio) {
  static QHash<QString, QPixmap> cache;
  const QString key = QStringLiteral("%1/%2/%3/%4").arg(name).arg(size).arg(colour.name()).arg(devicePixelRatio);
  if (const auto found = cache.constFind(key); found != cache.constEnd()) return *found;
  QPixmap pixmap(qRound(size * devicePixelRatio), qRound(size * devicePixelRatio));
  pixmap.setDevicePixelRatio(devicePixelRatio);
  pixmap.fill(Qt::transparent);
  if (const QByteArray svg = coloured(name, colour); !svg.isEmpty()) {
    QSvgRenderer renderer(svg);
    QPainter painter(&pixmap);
    painter.setRenderHint(QPainter::Antialiasing);
    renderer.render(&painter, QRectF(0, 0, size, size));
  }
  cache.insert(key, pixmap);
  return pixmap;
}

void paintIcon(QPainter& painter, const QString& name, const QRectF& at, const QColor& colour) {
  const QPixmap pixmap = iconPixmap(name, qRound(at.width()), colour, painter.device()->devicePixelRatioF());
  painter.drawPixmap(at.topLeft(), pixmap);
}

}  // namespace patchbay::ui
