#include "ui/plots/heat_map.h"

#include <QtCore/QScopedValueRollback>
#include <QtGui/QFontMetricsF>
#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QScrollBar>

#include <algorithm>
#include <cmath>

#include "ui/plots/custom_plot.h"
#include "ui/plots/heat_map_scene.h"
#include "ui/plots/painted_layer.h"
#include "ui/plots/plot_export.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kScrollBar = 10;
constexpr int kLabelsBelow = 22;
constexpr int kLabelsAbove = 20;
constexpr int kEdge = 4;

enum class Gesture { None, Brush, MayCarry, Carry };

}  // namespace

struct HeatMapParts {
  QCustomPlot* plot = nullptr;
  QCPColorMap* cells = nullptr;
  QScrollBar* scroll = nullptr;
  HeatMapScene scene;
  int left = 44, right = 12;
  bool isFitWidth = false;
  Gesture gesture = Gesture::None;
  std::optional<Cell> anchor;
  QPoint pressedAt;
};

namespace {

QCustomPlot* makePlot(HeatMap* owner) {
  auto* plot = new QCustomPlot(owner);
  plot->setAttribute(Qt::WA_TransparentForMouseEvents);
  plot->setFocusPolicy(Qt::NoFocus);
  plot->axisRect()->setAutoMargins(QCP::msNone);
  for (QCPAxis* axis : plot->axisRect()->axes()) {
    axis->setVisible(false);
    axis->grid()->setVisible(false);
  }
  return plot;
}

/// The cells of a scene on the colour map, one unit a cell.
void fillCells(HeatMapParts& parts) {
  const HeatMapScene& scene = parts.scene;
  const GridLayout& layout = scene.layout;
  const int columns = std::max(1, layout.shownColumns());
  const int rows = std::max(1, layout.shownRows());
  parts.cells->setVisible(scene.data && layout.shownColumns() > 0);
  parts.cells->data()->setSize(columns, rows);
  parts.cells->data()->setRange(QCPRange(0, std::max(1, columns - 1)), QCPRange(0, std::max(1, rows - 1)));
  if (parts.cells->visible()) {
    const std::vector<double> positions = scene.positions();
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column)
        parts.cells->data()->setCell(column, row, positions[static_cast<std::size_t>(row * columns + column)]);
  }
  QCPColorGradient gradient;
  gradient.clearColorStops();
  gradient.setColorInterpolation(QCPColorGradient::ciRGB);
  gradient.setLevelCount(256);
  gradient.setNanHandling(QCPColorGradient::nhTransparent);
  const std::span<const QRgb> stops = scene.map.stops();
  for (std::size_t i = 0; i < stops.size(); ++i)
    gradient.setColorStopAt(static_cast<double>(i) / static_cast<double>(stops.size() - 1), QColor::fromRgba(stops[i]));
  parts.cells->setGradient(gradient);
  parts.cells->setDataRange(QCPRange(0, 1));
  parts.plot->xAxis->setRange(-0.5, columns - 0.5);
  parts.plot->yAxis->setRange(-0.5, rows - 0.5);
}

}  // namespace

HeatMap::HeatMap(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<HeatMapParts>()) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  HeatMapParts& parts = *m_parts;
  parts.scene.tokens = &theme();
  parts.plot = makePlot(this);
  parts.scroll = new QScrollBar(Qt::Horizontal, this);
  parts.scroll->setObjectName(QStringLiteral("heatMapScroll"));
  parts.scroll->hide();
  // From below: hatch, colours, words, labels, marks. Only the last two change with the selection.
  const HeatMapScene* scene = &parts.scene;
  addLayer(*parts.plot, QStringLiteral("hatch"), false);
  new PaintedLayer(parts.plot, QStringLiteral("hatch"), [scene](QPainter& p) { scene->paintHatch(p); });
  addLayer(*parts.plot, QStringLiteral("cells"), false);
  parts.plot->setCurrentLayer(QStringLiteral("cells"));
  parts.cells = new QCPColorMap(parts.plot->xAxis, parts.plot->yAxis);
  parts.cells->setInterpolate(false);
  parts.cells->setTightBoundary(false);
  addLayer(*parts.plot, QStringLiteral("words"), false);
  new PaintedLayer(parts.plot, QStringLiteral("words"), [scene](QPainter& p) { scene->paintWords(p); });
  addLayer(*parts.plot, QStringLiteral("labels"), true);
  new PaintedLayer(parts.plot, QStringLiteral("labels"), [scene](QPainter& p) { scene->paintLabels(p); });
  addLayer(*parts.plot, QStringLiteral("marks"), true);
  new PaintedLayer(parts.plot, QStringLiteral("marks"), [scene](QPainter& p) { scene->paintMarks(p); });
  connect(parts.scroll, &QScrollBar::valueChanged, this, [this] { layoutCells(); });
  layoutCells();
  announce();
}

HeatMap::~HeatMap() = default;

void HeatMap::setData(std::shared_ptr<const HeatMapData> data) {
  HeatMapScene& scene = m_parts->scene;
  scene.data = std::move(data);
  scene.hovered.reset();
  const auto lies = [&scene](const Cell& cell) { return scene.data && cell.row < scene.data->rows() && cell.column < scene.data->columns(); };
  if (scene.selection && !lies(scene.selection->last)) {
    scene.selection.reset();
    scene.current.reset();
    m_parts->anchor.reset();
  }
  if (scene.pinned && !lies(*scene.pinned)) scene.pinned.reset();
  layoutCells();
  announce();
}

const std::shared_ptr<const HeatMapData>& HeatMap::data() const {
  return m_parts->scene.data;
}

void HeatMap::layoutCells() {
  HeatMapParts& parts = *m_parts;
  HeatMapScene& scene = parts.scene;
  const bool isOnTop = scene.data && scene.data->areColumnLabelsOnTop;
  GridRequest request;
  request.area = size();
  request.rows = scene.data ? scene.data->rows() : 0;
  request.columns = scene.data ? scene.data->columns() : 0;
  request.left = parts.left;
  request.right = parts.right;
  request.top = isOnTop ? kLabelsAbove : kEdge;
  request.bottom = isOnTop ? kEdge : kLabelsBelow;
  request.isFitWidth = parts.isFitWidth;
  request.firstColumn = parts.scroll->value();
  scene.layout = GridLayout(request);
  const bool isScrolled = scene.layout.isScrolled();
  if (isScrolled) {
    request.bottom += kScrollBar;
    scene.layout = GridLayout(request);
    const QSignalBlocker quiet(parts.scroll);
    parts.scroll->setRange(0, request.columns - scene.layout.shownColumns());
    parts.scroll->setPageStep(scene.layout.shownColumns());
    const QRect grid = scene.layout.grid();
    parts.scroll->setGeometry(grid.left(), height() - kScrollBar, grid.width(), kScrollBar);
  }
  parts.scroll->setVisible(isScrolled);
  parts.scroll->raise();
  paintAgain();
}

void HeatMap::paintAgain() {
  HeatMapParts& parts = *m_parts;
  HeatMapScene& scene = parts.scene;
  scene.isEnabled = isEnabled();
  const MapName map = scene.data ? scene.data->scale.map : MapName::Cividis;
  scene.map = ColourMap(scene.isEnabled ? map : MapName::Grey, scene.tokens->kind);
  parts.plot->setGeometry(rect());
  parts.plot->setBufferDevicePixelRatio(devicePixelRatioF());
  parts.plot->setBackground(QBrush(scene.tokens->raised));
  const QRect grid = scene.layout.grid();
  parts.plot->axisRect()->setMargins(QMargins(grid.left(), grid.top(), std::max(0, width() - grid.left() - grid.width()),
                                              std::max(0, height() - grid.top() - grid.height())));
  fillCells(parts);
  parts.plot->replot(QCustomPlot::rpQueuedReplot);
}

void HeatMap::refreshMarks() {
  m_parts->plot->layer(QStringLiteral("marks"))->replot();
}

void HeatMap::setSelection(const std::optional<CellRange>& range) {
  HeatMapScene& scene = m_parts->scene;
  if (scene.selection == range) return;
  scene.selection = range;
  scene.current = range ? std::optional(range->last) : std::nullopt;
  m_parts->anchor = range ? std::optional(range->first) : std::nullopt;
  if (range) showColumn(range->last.column);
  m_parts->plot->layer(QStringLiteral("labels"))->replot();
  refreshMarks();
  announce();
}

void HeatMap::setCurrentCell(const std::optional<Cell>& cell) {
  setSelection(cell ? std::optional(CellRange{*cell, *cell}) : std::nullopt);
}

std::optional<CellRange> HeatMap::selection() const {
  return m_parts->scene.selection;
}

std::optional<Cell> HeatMap::currentCell() const {
  return m_parts->scene.current;
}

void HeatMap::setPinned(const std::optional<Cell>& cell) {
  m_parts->scene.pinned = cell;
  refreshMarks();
}

void HeatMap::setMarkedColumn(const std::optional<int>& column) {
  m_parts->scene.markedColumn = column;
  refreshMarks();
}

void HeatMap::setHovered(const std::optional<Cell>& cell) {
  if (m_parts->scene.hovered == cell) return;
  m_parts->scene.hovered = cell;
  refreshMarks();
}

void HeatMap::setLeftMargin(int pixels) {
  m_parts->left = pixels;
  layoutCells();
}

void HeatMap::setRightMargin(int pixels) {
  m_parts->right = pixels;
  layoutCells();
}

int HeatMap::leftMargin() const {
  return m_parts->left;
}

void HeatMap::setFitWidth(bool fit) {
  m_parts->isFitWidth = fit;
  layoutCells();
}

bool HeatMap::isFitWidth() const {
  return m_parts->isFitWidth;
}

bool HeatMap::isPooled() const {
  return m_parts->scene.layout.isPooled();
}

int HeatMap::heightForRows(int rowPixels) const {
  const int rows = m_parts->scene.data ? m_parts->scene.data->rows() : 0;
  return rows * rowPixels + (m_parts->scene.data && m_parts->scene.data->areColumnLabelsOnTop ? kLabelsAbove : kLabelsBelow) + kEdge;
}

QRect HeatMap::gridRect() const {
  return m_parts->scene.layout.grid();
}

QRect HeatMap::cellRect(Cell cell) const {
  return m_parts->scene.layout.cellRect(cell);
}

std::optional<Cell> HeatMap::cellAt(const QPoint& position) const {
  return m_parts->scene.layout.cellAt(position);
}

Cell HeatMap::nearestCell(const QPoint& position) const {
  return m_parts->scene.layout.nearestCell(position);
}

QImage HeatMap::render(double scale, bool printTheme) const {
  auto* self = const_cast<HeatMap*>(this);  // the plot is painted in another theme and then as before
  HeatMapScene& scene = m_parts->scene;
  const QScopedValueRollback hovered(scene.hovered, std::optional<Cell>());
  const QScopedValueRollback focus(scene.showsFocus, false);
  if (printTheme) scene.tokens = &tokensOf(ThemeKind::Light);
  self->paintAgain();
  const QImage picture = m_parts->plot->toPixmap(width(), height(), scale).toImage();
  scene.tokens = &theme();
  self->paintAgain();
  return picture;
}

bool HeatMap::savePng(const QString& path, const QString& caption, double scale) const {
  return writePng(render(scale), caption, path);
}

QSize HeatMap::sizeHint() const {
  return {714, heightForRows(15)};
}

QSize HeatMap::minimumSizeHint() const {
  return {200, 120};
}

QString HeatMap::spoken(Cell cell) const {
  const HeatMapData* data = m_parts->scene.data.get();
  if (!data) return {};
  if (data->spoken) return data->spoken(cell);
  QStringList facts;
  if (cell.column < data->columnLabels.size()) facts << data->columnName + QLatin1Char(' ') + data->columnLabels[cell.column];
  if (cell.row < data->rowLabels.size()) facts << data->rowName + QLatin1Char(' ') + data->rowLabels[cell.row];
  const float value = data->value(cell);
  if (std::isnan(value)) return (facts << tr("not computed")).join(QStringLiteral(", "));
  const QString word = data->word ? data->word(cell) : QString();
  const QString text = data->valueText ? data->valueText(cell) : formatCompact(value);
  facts << (word.isEmpty() ? text : word + QLatin1Char(' ') + text);
  return facts.join(QStringLiteral(", "));
}

void HeatMap::announce() {
  const HeatMapScene& scene = m_parts->scene;
  if (!scene.data) {
    setAccessibleName(tr("empty map"));
    setAccessibleDescription({});
    return;
  }
  const QString size = tr("%1 rows, %2 columns").arg(scene.data->rows()).arg(scene.data->columns());
  setAccessibleName(scene.data->scale.metric + QStringLiteral(", ") + size);
  setAccessibleDescription(scene.current ? spoken(*scene.current) : tr("no cell selected"));
}

void HeatMap::showColumn(int column) {
  const GridLayout& layout = m_parts->scene.layout;
  if (!layout.isScrolled() || column < 0) return;
  if (column < layout.firstColumn()) m_parts->scroll->setValue(column);
  else if (column > layout.lastColumn()) m_parts->scroll->setValue(column - layout.shownColumns() + 1);
}

void HeatMap::choose(Cell cell, bool extend) {
  HeatMapScene& scene = m_parts->scene;
  if (!extend || !m_parts->anchor) m_parts->anchor = cell;
  scene.current = cell;
  scene.selection = cellRange(*m_parts->anchor, cell);
  showColumn(cell.column);
  m_parts->plot->layer(QStringLiteral("labels"))->replot();
  refreshMarks();
  announce();
}

void HeatMap::clearSelection() {
  if (!m_parts->scene.selection) return;
  setSelection(std::nullopt);
  Q_EMIT selectionChanged(std::nullopt);
}

void HeatMap::announceChoice() {
  const std::optional<CellRange> range = selection();
  if (!range) return;
  if (range->isSingle()) Q_EMIT cellClicked(range->first.row, range->first.column);
  Q_EMIT selectionChanged(range);
}

void HeatMap::point(const std::optional<Cell>& cell, const QPoint& globalPosition) {
  if (m_parts->scene.hovered == cell) return;
  setHovered(cell);
  Q_EMIT hovered(cell ? cell->row : -1, cell ? cell->column : -1, globalPosition);
}

void HeatMap::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  layoutCells();
}

void HeatMap::mousePressEvent(QMouseEvent* event) {
  const std::optional<Cell> cell = cellAt(event->position().toPoint());
  if (event->button() != Qt::LeftButton || !cell) return;
  m_parts->pressedAt = event->position().toPoint();
  const bool extend = event->modifiers().testFlag(Qt::ShiftModifier);
  const bool isOnSelection = selection() && selection()->contains(*cell);
  if (isOnSelection && !extend) {
    m_parts->gesture = Gesture::MayCarry;
    return;
  }
  m_parts->gesture = Gesture::Brush;
  choose(*cell, extend);
}

void HeatMap::mouseMoveEvent(QMouseEvent* event) {
  const QPoint position = event->position().toPoint();
  const QPoint global = event->globalPosition().toPoint();
  switch (m_parts->gesture) {
    case Gesture::None: point(cellAt(position), global); return;
    case Gesture::Brush: {
      const Cell cell = nearestCell(position);
      if (currentCell() == cell) return;
      choose(cell, true);
      Q_EMIT brushed(*selection());
      return;
    }
    case Gesture::MayCarry:
      if ((position - m_parts->pressedAt).manhattanLength() < QApplication::startDragDistance()) return;
      m_parts->gesture = Gesture::Carry;
      setCursor(Qt::ClosedHandCursor);
      Q_EMIT carryStarted(nearestCell(m_parts->pressedAt), global);
      return;
    case Gesture::Carry: Q_EMIT carryMoved(global); return;
  }
}

void HeatMap::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  const Gesture gesture = std::exchange(m_parts->gesture, Gesture::None);
  if (gesture == Gesture::Carry) {
    unsetCursor();
    Q_EMIT carryDropped(event->globalPosition().toPoint());
    return;
  }
  // A press on the selection that went nowhere is a click like any other.
  if (gesture == Gesture::MayCarry) choose(nearestCell(m_parts->pressedAt), false);
  if (gesture != Gesture::None) announceChoice();
}

void HeatMap::mouseDoubleClickEvent(QMouseEvent* event) {
  if (const std::optional<Cell> cell = cellAt(event->position().toPoint())) Q_EMIT doubleClicked(cell->row, cell->column);
}

void HeatMap::contextMenuEvent(QContextMenuEvent* event) {
  if (const std::optional<Cell> cell = cellAt(event->pos())) Q_EMIT contextMenuAsked(cell->row, cell->column, event->globalPos());
}

void HeatMap::wheelEvent(QWheelEvent* event) {
  const QPoint delta = event->angleDelta();
  const bool isSideways = std::abs(delta.x()) > std::abs(delta.y()) || event->modifiers().testFlag(Qt::ShiftModifier);
  if (!m_parts->scene.layout.isScrolled() || !isSideways) {
    event->ignore();
    return;
  }
  const int steps = std::abs(delta.x()) > std::abs(delta.y()) ? delta.x() : delta.y();
  m_parts->scroll->setValue(m_parts->scroll->value() - (steps > 0 ? 1 : -1));
  event->accept();
}

void HeatMap::leaveEvent(QEvent*) {
  point(std::nullopt, {});
}

bool HeatMap::moveByKey(int key, bool extend) {
  const HeatMapData& data = *m_parts->scene.data;
  // The first key without a selection goes to the answer: last token, last layer.
  Cell cell = currentCell().value_or(Cell{data.rows() - 1, data.columns() - 1});
  const bool moves = currentCell().has_value();
  switch (key) {
    case Qt::Key_Up:
    case Qt::Key_BracketRight: cell.row += moves; break;
    case Qt::Key_Down:
    case Qt::Key_BracketLeft: cell.row -= moves; break;
    case Qt::Key_Right:
    case Qt::Key_Period: cell.column += moves; break;
    case Qt::Key_Left:
    case Qt::Key_Comma: cell.column -= moves; break;
    case Qt::Key_Home: cell.column = 0; break;
    case Qt::Key_End: cell.column = data.columns() - 1; break;
    case Qt::Key_PageUp: cell.row = data.rows() - 1; break;
    case Qt::Key_PageDown: cell.row = 0; break;
    default: return false;
  }
  cell = {std::clamp(cell.row, 0, data.rows() - 1), std::clamp(cell.column, 0, data.columns() - 1)};
  if (currentCell() != cell || (!extend && !selection()->isSingle())) {
    choose(cell, extend);
    announceChoice();
  }
  return true;
}

void HeatMap::keyPressEvent(QKeyEvent* event) {
  const bool hasCells = m_parts->scene.layout.shownRows() > 0;
  if (event->key() == Qt::Key_Escape) {
    if (m_parts->gesture == Gesture::Carry) {
      m_parts->gesture = Gesture::None;
      unsetCursor();
      Q_EMIT carryCancelled();
    } else {
      m_parts->gesture = Gesture::None;
      clearSelection();
    }
    return;
  }
  const Qt::KeyboardModifiers others = event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier);
  if (!hasCells || others != Qt::NoModifier || !moveByKey(event->key(), event->modifiers().testFlag(Qt::ShiftModifier)))
    QWidget::keyPressEvent(event);
}

void HeatMap::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  m_parts->scene.showsFocus = true;
  refreshMarks();
}

void HeatMap::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  m_parts->scene.showsFocus = false;
  refreshMarks();
}

void HeatMap::changeEvent(QEvent* event) {
  if (isThemeChange(*event) || event->type() == QEvent::EnabledChange) {
    m_parts->scene.tokens = &theme();
    layoutCells();
  }
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
