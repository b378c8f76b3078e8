#include "ui/plots/painted_layer.h"

namespace patchbay::ui {

PaintedLayer::PaintedLayer(QCustomPlot* plot, const QString& layer, Paint paint)
    : QCPLayerable(plot, layer), m_paint(std::move(paint)) {}

QRect PaintedLayer::clipRect() const { return mParentPlot->viewport(); }

void PaintedLayer::applyDefaultAntialiasingHint(QCPPainter* painter) const { painter->setAntialiasing(false); }

void PaintedLayer::draw(QCPPainter* painter) {
  painter->save();
  // QCPPainter moves antialiased pens by half a pixel on its own; what is painted here says where it stands.
  m_paint(*painter);
  painter->restore();
}

void shareBuffer(QCustomPlot& plot) { plot.layer(QStringLiteral("overlay"))->setMode(QCPLayer::lmLogical); }

void addLayer(QCustomPlot& plot, const QString& name, bool isBuffered) {
  plot.addLayer(name);
  plot.layer(name)->setMode(isBuffered ? QCPLayer::lmBuffered : QCPLayer::lmLogical);
}

}  // namespace patchbay::ui
