#include "ui/plots/heat_map.h"

#include <QtCore/QScopedValueRollback>
#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QScrollBar>

#include <algorithm>
#include <cmath>

#include "ui/plots/heat_map_parts.h"
#include "ui/plots/late_plot.h"
#include "ui/plots/plot_export.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

using Gesture = HeatMapParts::Gesture;

HeatMap::HeatMap(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<HeatMapParts>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  connect(m_parts->scroll, &QScrollBar::valueChanged, this, [this] { layoutCells(); });
  layoutCells();
  announce();
}

HeatMap::~HeatMap() = default;

void HeatMap::layoutCells() {
  const bool wasPooled = isPooled();
  m_parts->layoutCells(*this);
  if (isPooled() != wasPooled) Q_EMIT pooledChanged();
}

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

void HeatMap::setSelection(const std::optional<CellRange>& range) {
  HeatMapScene& scene = m_parts->scene;
  if (scene.selection == range) return;
  scene.selection = range;
  scene.current = range ? std::optional(range->last) : std::nullopt;
  m_parts->anchor = range ? std::optional(range->first) : std::nullopt;
  if (range) m_parts->showColumn(range->last.column);
  m_parts->refreshLabels();
  m_parts->refreshMarks();
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
  m_parts->refreshMarks();
}

void HeatMap::setMarkedColumn(const std::optional<int>& column) {
  m_parts->scene.markedColumn = column;
  m_parts->refreshMarks();
}

void HeatMap::setHovered(const std::optional<Cell>& cell) {
  if (m_parts->scene.hovered == cell) return;
  m_parts->scene.hovered = cell;
  m_parts->refreshMarks();
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
  return rows * rowPixels + m_parts->labelHeight();
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
  HeatMapScene& scene = m_parts->scene;
  const QScopedValueRollback hovered(scene.hovered, std::optional<Cell>());
  const QScopedValueRollback focus(scene.showsFocus, false);
  if (printTheme) scene.tokens = &tokensOf(ThemeKind::Light);
  m_parts->paintAgain(*this);
  QImage picture = m_parts->plot->toPixmap(width(), height(), scale).toImage();
  picture.setDevicePixelRatio(scale);
  scene.tokens = &theme();
  m_parts->paintAgain(*this);
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

void HeatMap::choose(Cell cell, bool extend) {
  HeatMapScene& scene = m_parts->scene;
  if (!extend || !m_parts->anchor) m_parts->anchor = cell;
  scene.current = cell;
  scene.selection = cellRange(*m_parts->anchor, cell);
  m_parts->showColumn(cell.column);
  m_parts->refreshLabels();
  m_parts->refreshMarks();
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
  if (event->reason() == QContextMenuEvent::Keyboard) {
    askMenuByKey();
  } else if (const std::optional<Cell> cell = cellAt(event->pos())) {
    askMenu(*cell, event->globalPos());
  }
}

void HeatMap::askMenu(Cell cell, const QPoint& globalPosition) {
  if (!selection() || !selection()->contains(cell)) {
    choose(cell, false);
    Q_EMIT selectionChanged(selection());  // no click: a carried cell is not put down here
  }
  Q_EMIT contextMenuAsked(cell.row, cell.column, globalPosition);
}

void HeatMap::askMenuByKey() {
  if (const std::optional<Cell> cell = currentCell()) askMenu(*cell, mapToGlobal(cellRect(*cell).center()));
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
  if (event->keyCombination() == QKeyCombination(Qt::ShiftModifier, Qt::Key_F10)) {
    askMenuByKey();
    return;
  }
  const Qt::KeyboardModifiers others = event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier);
  if (!hasCells || others != Qt::NoModifier || !moveByKey(event->key(), event->modifiers().testFlag(Qt::ShiftModifier)))
    QWidget::keyPressEvent(event);
}

void HeatMap::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  m_parts->scene.showsFocus = true;
  m_parts->refreshMarks();
}

void HeatMap::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  m_parts->scene.showsFocus = false;
  m_parts->refreshMarks();
}

void HeatMap::changeEvent(QEvent* event) {
  if (isThemeChange(*event) || event->type() == QEvent::EnabledChange) {
    m_parts->scene.tokens = &theme();
    layoutCells();
  }
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
