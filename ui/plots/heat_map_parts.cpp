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

HeatMapParts::HeatMapParts(QWidget* owner)
    : plot(makePlot(owner)),
      scroll(new QScrollBar(Qt::Horizontal, owner)),
      rowScroll(new QScrollBar(Qt::Vertical, owner)) {
  scene.tokens = &theme();
  scroll->setObjectName(QStringLiteral("heatMapScroll"));
  rowScroll->setObjectName(QStringLiteral("heatMapRowScroll"));
  scroll->hide();
  rowScroll->hide();
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

GridLayout HeatMapParts::layoutIn(const QWidget& owner) const {
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
  request.firstColumn = first.column;
  request.firstRow = first.row;
  request.zoom = zoom;
  const GridLayout whole(request);
  if (!whole.isScrolled()) return whole;
  request.bottom += kScrollBar;
  return GridLayout(request);
}

void HeatMapParts::layoutCells(const QWidget& owner) {
  scene.layout = layoutIn(owner);
  // What no longer fits is forgotten, so that a pan starts from what is seen.
  if (scene.layout.isScrolled()) first.column = scene.layout.firstColumn();
  if (scene.layout.areRowsScrolled()) first.row = scene.layout.firstRow();
  placeScrollBars(owner);
  paintAgain(owner);
}

void HeatMapParts::placeScrollBars(const QWidget& owner) {
  const GridLayout& layout = scene.layout;
  const QRect grid = layout.grid();
  const auto place = [](QScrollBar* bar, bool isNeeded, int most, int page, int value) {
    bar->setVisible(isNeeded);
    if (!isNeeded) return;
    const QSignalBlocker quiet(bar);
    bar->setRange(0, most);
    bar->setPageStep(page);
    bar->setValue(value);
    bar->raise();
  };
  const int columns = layout.shownColumns() * layout.columnsPerBin();
  const int rows = layout.shownRows() * layout.rowsPerBin();
  const int mostColumn = scene.data ? scene.data->columns() - columns : 0;
  const int mostRow = scene.data ? scene.data->rows() - rows : 0;
  place(scroll, layout.isScrolled(), mostColumn, columns, layout.firstColumn());
  place(rowScroll, layout.areRowsScrolled(), mostRow, rows, mostRow - layout.firstRow());
  scroll->setGeometry(grid.left(), owner.height() - kScrollBar, grid.width(), kScrollBar);
  rowScroll->setGeometry(owner.width() - kScrollBar, grid.top(), kScrollBar, grid.height());
}

void HeatMapParts::paintAgain(const QWidget& owner) {
  scene.isEnabled = owner.isEnabled();
  const MapName name = scene.data ? scene.data->scale.map : MapName::Cividis;
  scene.map = ColourMap(scene.isEnabled ? name : MapName::Grey, scene.tokens->kind);
  plot->setGeometry(owner.rect());
  plot->setBufferDevicePixelRatio(owner.devicePixelRatioF());
  plot->setBackground(QBrush(scene.tokens->raised));
  const QRect grid = scene.layout.grid();
  plot->axisRect()->setMargins(QMargins(grid.left(), grid.top(),
                                        std::max(0, owner.width() - grid.left() - grid.width()),
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

void HeatMapParts::refreshLabels() { plot->redraw(QStringLiteral("labels")); }

void HeatMapParts::refreshMarks() { plot->redraw(QStringLiteral("marks")); }

void HeatMapParts::showCell(Cell cell) {
  const GridLayout& layout = scene.layout;
  const auto shown = [](int at, int from, int to) { return at < from ? at : at > to ? from + at - to : from; };
  if (layout.isScrolled()) scroll->setValue(shown(cell.column, layout.firstColumn(), layout.lastColumn()));
  if (layout.areRowsScrolled())
    rowScroll->setValue(rowScroll->maximum() - shown(cell.row, layout.firstRow(), layout.lastRow()));
}

void HeatMapParts::zoomTo(double wanted, const QPoint& around, const QWidget& owner) {
  if (scene.layout.grid().isEmpty()) return;
  const Cell held = scene.layout.nearestCell(around);
  zoom = std::clamp(wanted, 1.0, scene.layout.largestZoom());
  // Only the new layout knows how many of its cells lie between the edge and the point.
  const GridLayout next = layoutIn(owner);
  const Cell now = next.nearestCell(around);
  first = {next.firstRow() + held.row - now.row, next.firstColumn() + held.column - now.column};
}

}  // namespace patchbay::ui
