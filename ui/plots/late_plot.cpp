#include "ui/plots/late_plot.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QEvent>

#include <utility>

namespace patchbay::ui {

LatePlot::LatePlot(QWidget* parent) : QCustomPlot(parent) {
  // The library has queued a first drawing; it would come before there is a size to draw in.
  QCoreApplication::removePostedEvents(this, QEvent::MetaCall);
}

void LatePlot::redraw() {
  m_isStale = true;
  update();
}

void LatePlot::redraw(const QString& layer) {
  m_staleLayers.insert(layer);
  update();
}

void LatePlot::paintEvent(QPaintEvent* event) {
  if (m_isStale || !m_staleLayers.empty()) drawStale();
  QCustomPlot::paintEvent(event);
}

void LatePlot::drawStale() {
  // Drawing asks for a paint, and that is where it happens: a second one would show the same again.
  setAttribute(Qt::WA_UpdatesDisabled, true);
  const auto layers = std::exchange(m_staleLayers, {});
  if (std::exchange(m_isStale, false)) {
    replot(rpQueuedRefresh);
  } else {
    for (const QString& name : layers) layer(name)->replot();
  }
  setAttribute(Qt::WA_UpdatesDisabled, false);
}

void LatePlot::resizeEvent(QResizeEvent*) {
  setViewport(rect());
  m_isStale = true;
}

Figure figureOf(QCustomPlot& plot, const QSize& size) {
  QPicture drawing;
  QCPPainter painter(&drawing);
  // Texts and lines stay texts and lines; without this the library would hand out its buffers of pixels.
  painter.setMode(QCPPainter::pmVectorized);
  // A recording has no size of its own, and layers ask their painter for one.
  painter.setWindow(QRect(QPoint(), size));
  painter.setViewport(QRect(QPoint(), size));
  plot.toPainter(&painter, size.width(), size.height());
  painter.end();
  return {drawing, size};
}

}  // namespace patchbay::ui
