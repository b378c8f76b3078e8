#pragma once

#include <functional>

#include "ui/plots/custom_plot.h"

namespace patchbay::ui {

/// Hands the painter of one QCustomPlot layer to a function: for what the library has no item for. Owned by the plot.
class PaintedLayer : public QCPLayerable {
public:
  using Paint = std::function<void(QPainter&)>;
  PaintedLayer(QCustomPlot* plot, const QString& layer, Paint paint);

protected:
  [[nodiscard]] QRect clipRect() const override;
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override;
  void draw(QCPPainter* painter) override;

private:
  Paint m_paint;
};

/// Lets the plot keep one picture for all its own layers; its unused overlay would else split them in three.
void shareBuffer(QCustomPlot& plot);
/// Adds a layer above all others. Buffered layers are redrawn alone, without those below.
void addLayer(QCustomPlot& plot, const QString& name, bool isBuffered);

}  // namespace patchbay::ui
