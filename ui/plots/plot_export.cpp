#include "ui/plots/plot_export.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QImageWriter>
#include <QtGui/QPainter>

#include <cmath>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kInset = 12;
constexpr double kCaptionSize = 11;
constexpr double kInchesPerMetre = 39.3701;

}  // namespace

QImage withCaption(const QImage& picture, const QString& caption) {
  if (caption.isEmpty()) return picture;
  const qreal ratio = picture.devicePixelRatio();
  const qreal width = picture.width() / ratio;
  const qreal height = picture.height() / ratio;
  const QFont font = uiFont(kCaptionSize);
  const QString words = withoutMarks(caption);
  const QRectF room(0, 0, width - 2 * kInset, 10000);
  const qreal lines = std::ceil(QFontMetricsF(font).boundingRect(room, Qt::TextWordWrap, words).height());
  QImage page(picture.width(), static_cast<int>(std::ceil((height + lines + 2 * kInset) * ratio)), QImage::Format_ARGB32_Premultiplied);
  page.setDevicePixelRatio(ratio);
  const ThemeTokens& light = tokensOf(ThemeKind::Light);
  page.fill(light.raised);
  QPainter painter(&page);
  painter.drawImage(QPointF(0, 0), picture);
  painter.setFont(font);
  painter.setPen(light.muted);
  painter.drawText(QRectF(kInset, height + kInset / 2.0, width - 2 * kInset, lines + kInset), Qt::TextWordWrap, words);
  return page;
}

bool writePng(const QImage& picture, const QString& caption, const QString& path) {
  QImage page = withCaption(picture, caption);
  const int dots = qRound(96 * page.devicePixelRatio() * kInchesPerMetre);
  page.setDotsPerMeterX(dots);
  page.setDotsPerMeterY(dots);
  if (!caption.isEmpty()) page.setText(QStringLiteral("Description"), withoutMarks(caption));
  return QImageWriter(path, "png").write(page);
}

}  // namespace patchbay::ui
