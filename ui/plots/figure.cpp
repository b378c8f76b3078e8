#include "ui/plots/figure.h"

#include <QtCore/QBuffer>
#include <QtCore/QSaveFile>
#include <QtGui/QFontMetricsF>
#include <QtGui/QImageWriter>
#include <QtGui/QPageSize>
#include <QtGui/QPainter>
#include <QtGui/QPdfWriter>
#include <QtSvg/QSvgGenerator>

#include <algorithm>
#include <cmath>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr double kCaptionSize = 11;
constexpr double kInchesPerMetre = 39.3701;
constexpr int kScreenDots = 96;  // an inch, for which sizes in pixels are meant
constexpr double kPointsPerPixel = 72.0 / kScreenDots;

bool writePng(const Figure& figure, const QString& caption, QIODevice& to, qreal scale) {
  QImage page = figure.image(scale).convertToFormat(QImage::Format_RGB32);  // nothing shines through
  const int dots = qRound(kScreenDots * scale * kInchesPerMetre);
  page.setDotsPerMeterX(dots);
  page.setDotsPerMeterY(dots);
  page.setText(QStringLiteral("Description"), caption);
  QImageWriter writer(&to, "png");
  writer.setCompression(11);  // zlib's first level: a tenth of the time, flat colours pack well anyway
  return writer.write(page);
}

bool writeSvg(const Figure& figure, const QString& caption, QIODevice& to) {
  QSvgGenerator page;
  page.setOutputDevice(&to);
  page.setSize(figure.size().toSize());
  page.setViewBox(QRectF(QPointF(), figure.size()));
  page.setResolution(kScreenDots);
  page.setTitle(QStringLiteral("Patchbay"));
  page.setDescription(caption);
  QPainter painter(&page);
  if (!painter.isActive()) return false;
  figure.draw(painter);
  return painter.end();
}

bool writePdf(const Figure& figure, const QString& caption, QIODevice& to) {
  QPdfWriter page(&to);
  page.setPageSize(QPageSize(figure.size() * kPointsPerPixel, QPageSize::Point, {}, QPageSize::ExactMatch));
  page.setPageMargins(QMarginsF());
  page.setResolution(kScreenDots);
  page.setTitle(caption);
  page.setCreator(QStringLiteral("Patchbay"));
  QPainter painter(&page);
  if (!painter.isActive()) return false;
  figure.draw(painter);
  return painter.end();
}

}  // namespace

void Figure::draw(QPainter& painter) const {
  // Playing a picture moves a place within it, so a copy is played.
  QPicture(m_drawing).play(&painter);
}

QImage Figure::image(qreal scale) const {
  if (isEmpty()) return {};
  QImage picture(QSize(qCeil(m_size.width() * scale), qCeil(m_size.height() * scale)),
                 QImage::Format_ARGB32_Premultiplied);
  picture.setDevicePixelRatio(scale);
  picture.fill(tokensOf(ThemeKind::Light).raised);
  QPainter painter(&picture);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setRenderHint(QPainter::TextAntialiasing);
  draw(painter);
  return picture;
}

Figure stacked(const std::vector<Figure>& figures) {
  QSizeF size;
  QPicture drawing;
  QPainter painter(&drawing);
  for (const Figure& figure : figures) {
    if (figure.isEmpty()) continue;
    painter.save();
    painter.translate(0, size.height());
    figure.draw(painter);
    painter.restore();
    size = {std::max(size.width(), figure.size().width()), size.height() + figure.size().height()};
  }
  painter.end();
  return {drawing, size};
}

Figure withCaption(const Figure& figure, const QString& caption) {
  if (caption.isEmpty() || figure.isEmpty()) return figure;
  const QFont font = uiFont(kCaptionSize);
  const QString words = withoutMarks(caption);
  const QRectF room(kInset, figure.size().height() + kInset / 2.0, figure.size().width() - 2 * kInset, 10000);
  const qreal lines = std::ceil(QFontMetricsF(font).boundingRect(room, Qt::TextWordWrap, words).height());
  const QSizeF size(figure.size().width(), figure.size().height() + lines + 2 * kInset);
  const ThemeTokens& light = tokensOf(ThemeKind::Light);
  QPicture drawing;
  QPainter painter(&drawing);
  painter.fillRect(QRectF(QPointF(), size), light.raised);
  painter.save();
  figure.draw(painter);
  painter.restore();
  painter.setFont(font);
  painter.setPen(light.muted);
  painter.drawText(QRectF(room.topLeft(), QSizeF(room.width(), lines + kInset)), Qt::TextWordWrap, words);
  painter.end();
  return {drawing, size};
}

bool writeFigure(const Figure& figure, const QString& caption, const QString& path, qreal scale) {
  if (figure.isEmpty()) return false;
  const QString words = withoutMarks(caption);
  QBuffer bytes;
  if (!bytes.open(QIODevice::WriteOnly)) return false;
  const bool isDrawn = path.endsWith(QLatin1String(".png"), Qt::CaseInsensitive) ? writePng(figure, words, bytes, scale)
                       : path.endsWith(QLatin1String(".svg"), Qt::CaseInsensitive) ? writeSvg(figure, words, bytes)
                       : path.endsWith(QLatin1String(".pdf"), Qt::CaseInsensitive) ? writePdf(figure, words, bytes)
                                                                                   : false;
  // A file is replaced when the new one is whole.
  QSaveFile file(path);
  return isDrawn && file.open(QIODevice::WriteOnly) && file.write(bytes.data()) == bytes.size() && file.commit();
}

}  // namespace patchbay::ui
