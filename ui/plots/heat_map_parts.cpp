#include "ui/plots/heat_map_parts.h"

#include <QtCore/QSignalBlocker>
#include <QtWidgets/QScrollBar>

#include <algorithm>

#include "ui/plots/late_plot.h"
#include "ui/plots/painted_layer.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kScrollBar = 10;
constexpr int kLabelsBelow = 22;
constexpr int kLabelsAbove = 20;
constexpr int kEdge = 4;

LatePlot* makePlot(QWidget* owner) {
  auto* plot = new LatePlot(owner);
  plot->setAttribute(Qt::WA_TransparentForMouseEvents);
  plot->setFocusPolicy(Qt::NoFocus);
  shareBuffer(*plot);
  plot->axisRect()->setAutoMargins(QCP::msNone);
  for (QCPAxis* axis : plot->axisRect()->axes()) {
    axis->setVisible(false);
    axis->grid()->setVisible(false);
  }
  return plot;
}

QCPColorGradient gradientOf(const ColourMap& map) {
  QCPColorGradient gradient;
  gradient.clearColorStops();
  gradient.setColorInterpolation(QCPColorGradient::ciRGB);
  gradient.setLevelCount(256);
  gradient.setNanHandling(QCPColorGradient::nhTransparent);
  const std::span<const QRgb> stops = map.stops();
  for (std::size_t i = 0; i < stops.size(); ++i)
    gradient.setColorStopAt(static_cast<double>(i) / static_cast<double>(stops.size() - 1), QColor::fromRgba(stops[i]));
  return gradient;
}

}  // namespace

HeatMapParts::HeatMapParts(QWidget* owner) : plot(makePlot(owner)), scroll(new QScrollBar(Qt::Horizontal, owner)) {
  scene.tokens = &theme();
  scroll->setObjectName(QStringLiteral("heatMapScroll"));
  scroll->hide();
  // From below: hatch, colours, words, labels, marks. Only the last two change with the selection.
  const HeatMapScene* shown = &scene;
  addLayer(*plot, QStringLiteral("hatch"), false);
  new PaintedLayer(plot, QStringLiteral("hatch"), [shown](QPainter& p) { shown->paintHatch(p); });
  addLayer(*plot, QStringLiteral("cells"), false);
  plot->setCurrentLayer(QStringLiteral("cells"));
  cells = new QCPColorMap(plot->xAxis, plot->yAxis);
  cells->setInterpolate(false);
  cells->setTightBoundary(false);
  cells->setAntialiased(false);  // an antialiased QCPPainter stands half a pixel off
  addLayer(*plot, QStringLiteral("words"), false);
  new PaintedLayer(plot, QStringLiteral("words"), [shown](QPainter& p) { shown->paintWords(p); });
  addLayer(*plot, QStringLiteral("labels"), true);
  new PaintedLayer(plot, QStringLiteral("labels"), [shown](QPainter& p) { shown->paintLabels(p); });
  addLayer(*plot, QStringLiteral("marks"), true);
  new PaintedLayer(plot, QStringLiteral("marks"), [shown](QPainter& p) { shown->paintMarks(p); });
}

int HeatMapParts::labelHeight() const {
  return (scene.data && scene.data->areColumnLabelsOnTop ? kLabelsAbove : kLabelsBelow) + kEdge;
}

void HeatMapParts::layoutCells(const QWidget& owner) {
  const bool isOnTop = scene.data && scene.data->areColumnLabelsOnTop;
  GridRequest request;
  request.area = owner.size();
  request.rows = scene.data ? scene.data->rows() : 0;
  request.columns = scene.data ? scene.data->columns() : 0;
  request.left = left;
  request.right = right;
  request.top = isOnTop ? kLabelsAbove : kEdge;
  request.bottom = isOnTop ? kEdge : kLabelsBelow;
  request.isFitWidth = isFitWidth;
  request.firstColumn = scroll->value();
  scene.layout = GridLayout(request);
  const bool isScrolled = scene.layout.isScrolled();
  if (isScrolled) {
    request.bottom += kScrollBar;
    scene.layout = GridLayout(request);
    const QSignalBlocker quiet(scroll);
    scroll->setRange(0, request.columns - scene.layout.shownColumns());
    scroll->setPageStep(scene.layout.shownColumns());
    const QRect grid = scene.layout.grid();
    scroll->setGeometry(grid.left(), owner.height() - kScrollBar, grid.width(), kScrollBar);
  }
  scroll->setVisible(isScrolled);
  scroll->raise();
  paintAgain(owner);
}

void HeatMapParts::paintAgain(const QWidget& owner) {
  scene.isEnabled = owner.isEnabled();
  const MapName name = scene.data ? scene.data->scale.map : MapName::Cividis;
  scene.map = ColourMap(scene.isEnabled ? name : MapName::Grey, scene.tokens->kind);
  plot->setGeometry(owner.rect());
  plot->setBufferDevicePixelRatio(owner.devicePixelRatioF());
  plot->setBackground(QBrush(scene.tokens->raised));
  const QRect grid = scene.layout.grid();
  plot->axisRect()->setMargins(QMargins(grid.left(), grid.top(), std::max(0, owner.width() - grid.left() - grid.width()),
                                        std::max(0, owner.height() - grid.top() - grid.height())));
  fillCells();
  plot->redraw();
}

void HeatMapParts::fillCells() {
  const int columns = std::max(1, scene.layout.shownColumns());
  const int rows = std::max(1, scene.layout.shownRows());
  cells->setVisible(scene.data && scene.layout.shownColumns() > 0);
  cells->data()->setSize(columns, rows);
  cells->data()->setRange(QCPRange(0, std::max(1, columns - 1)), QCPRange(0, std::max(1, rows - 1)));
  if (cells->visible()) {
    const std::vector<double> positions = scene.positions();
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column)
        cells->data()->setCell(column, row, positions[static_cast<std::size_t>(row * columns + column)]);
  }
  cells->setGradient(gradientOf(scene.map));
  cells->setDataRange(QCPRange(0, 1));
  // QCPColorMap puts cells around whole numbers, but stretches a single one over its whole range.
  plot->xAxis->setRange(columns > 1 ? QCPRange(-0.5, columns - 0.5) : QCPRange(0, 1));
  plot->yAxis->setRange(rows > 1 ? QCPRange(-0.5, rows - 0.5) : QCPRange(0, 1));
}

void HeatMapParts::refreshLabels() {
  plot->redraw(QStringLiteral("labels"));
}

void HeatMapParts::refreshMarks() {
  plot->redraw(QStringLiteral("marks"));
}

void HeatMapParts::showColumn(int column) {
  const GridLayout& layout = scene.layout;
  if (!layout.isScrolled() || column < 0) return;
  if (column < layout.firstColumn()) scroll->setValue(column);
  else if (column > layout.lastColumn()) scroll->setValue(column - layout.shownColumns() + 1);
}

}  // namespace patchbay::ui
