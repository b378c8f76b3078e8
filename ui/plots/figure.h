#pragma once

#include <vector>

#include <QtCore/QSizeF>
#include <QtCore/QString>
#include <QtGui/QImage>
#include <QtGui/QPicture>

namespace patchbay::ui {

/// A picture of a view as it is drawn, not as pixels: it becomes an image, a vector graphic or a page.
class Figure {
public:
  Figure() = default;
  Figure(const QPicture& drawing, const QSizeF& size) : m_drawing(drawing), m_size(size) {}

  [[nodiscard]] bool isEmpty() const { return m_size.isEmpty(); }
  /// In device-independent pixels.
  [[nodiscard]] QSizeF size() const { return m_size; }
  void draw(QPainter& painter) const;

  /// `scale` device pixels a pixel, on the light ground.
  [[nodiscard]] QImage image(qreal scale) const;

private:
  QPicture m_drawing;
  QSizeF m_size;
};

/// Figures one below the other, left edges together; empty ones are left out.
[[nodiscard]] Figure stacked(const std::vector<Figure>& figures);
/// `figure` with `caption` below it, wrapped to its width.
[[nodiscard]] Figure withCaption(const Figure& figure, const QString& caption);

/// Writes a PNG of `scale` times the pixels, an SVG or a PDF of one page of the figure's size, by the ending of `path`;
/// the caption is also kept as the file's description. False when the file cannot be written or the ending is none of
/// these.
[[nodiscard]] bool writeFigure(const Figure& figure, const QString& caption, const QString& path, qreal scale = 2);

}  // namespace patchbay::ui
