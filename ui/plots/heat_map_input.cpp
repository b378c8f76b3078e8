#include "ui/plots/heat_map.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QWheelEvent>
#include <QtWidgets/QApplication>
#include <QtWidgets/QScrollBar>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/plots/heat_map_parts.h"

// What the person does to a heat map with mouse, wheel and keys.

namespace patchbay::ui {

using Gesture = HeatMapParts::Gesture;

namespace {

constexpr double kWheelZoom = 1.25;  // a notch
constexpr double kWheelStep = 120;   // angle of a notch, in eighths of a degree
constexpr double kKeyZoom = 1.5;

}  // namespace

void HeatMap::mousePressEvent(QMouseEvent* event) {
  const std::optional<Cell> cell = cellAt(event->position().toPoint());
  if (event->button() == Qt::MiddleButton && m_parts->gesture == Gesture::None) {
    m_parts->gesture = Gesture::Pan;
    m_parts->pressedAt = event->position().toPoint();
    m_parts->pressedFirst = {m_parts->scene.layout.firstRow(), m_parts->scene.layout.firstColumn()};
    setCursor(Qt::ClosedHandCursor);
    return;
  }
  if (event->button() != Qt::LeftButton || !cell || m_parts->gesture != Gesture::None) return;
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
    case Gesture::Pan: pan(position); return;
  }
}

/// Moves the cells with the pointer, in whole cells.
void HeatMap::pan(const QPoint& to) {
  const GridLayout& layout = m_parts->scene.layout;
  if (layout.grid().isEmpty()) return;
  const QPoint moved = to - m_parts->pressedAt;
  const auto cells = [](int pixels, int cell) {
    return static_cast<int>(std::lround(static_cast<double>(pixels) / cell));
  };
  const Cell wanted{m_parts->pressedFirst.row + cells(moved.y(), layout.cellHeight()) * layout.rowsPerBin(),
                    m_parts->pressedFirst.column - cells(moved.x(), layout.cellWidth()) * layout.columnsPerBin()};
  if (wanted == m_parts->first) return;
  m_parts->first = wanted;
  layoutCells();
  Q_EMIT partChanged();
}

void HeatMap::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::MiddleButton && m_parts->gesture == Gesture::Pan) {
    m_parts->gesture = Gesture::None;
    unsetCursor();
  }
  if (event->button() != Qt::LeftButton || m_parts->gesture == Gesture::Pan) return;
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
  if (event->button() == Qt::LeftButton) setZoom(1);
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
  const bool isSideways = std::abs(delta.x()) > std::abs(delta.y());
  const int steps = isSideways ? delta.x() : delta.y();
  if (isSideways || event->modifiers().testFlag(Qt::ShiftModifier)) {
    const GridLayout& layout = m_parts->scene.layout;
    event->setAccepted(layout.isScrolled() || layout.areRowsScrolled());
    if (event->isAccepted()) scrollByWheel(steps, layout.isScrolled());
    return;
  }
  // Out of the plain size there is nothing: the turn is for what is around the map.
  event->setAccepted(steps != 0 && (steps > 0 || zoom() > 1));
  if (!event->isAccepted()) return;
  const QPoint position = event->position().toPoint();
  setZoom(zoom() * std::pow(kWheelZoom, steps / kWheelStep), position);
  point(cellAt(position), event->globalPosition().toPoint());
}

void HeatMap::scrollByWheel(int steps, bool isAcross) {
  QScrollBar* bar = isAcross ? m_parts->scroll : m_parts->rowScroll;
  bar->setValue(bar->value() - (steps > 0 ? 1 : -1));
}

void HeatMap::leaveEvent(QEvent*) { point(std::nullopt, {}); }

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

bool HeatMap::zoomByKey(int key) {
  const bool isIn = key == Qt::Key_Plus || key == Qt::Key_Equal;
  if (!isIn && key != Qt::Key_Minus) return false;
  const QRect current = currentCell() ? cellRect(*currentCell()) : QRect();
  setZoom(zoom() * (isIn ? kKeyZoom : 1 / kKeyZoom),
          current.isEmpty() ? std::nullopt : std::optional(current.center()));
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
      if (std::exchange(m_parts->gesture, Gesture::None) == Gesture::Pan) unsetCursor();
      clearSelection();
    }
    return;
  }
  if (event->keyCombination() == QKeyCombination(Qt::ShiftModifier, Qt::Key_F10)) {
    askMenuByKey();
    return;
  }
  const Qt::KeyboardModifiers others = event->modifiers() & ~(Qt::ShiftModifier | Qt::KeypadModifier);
  const bool isOurs =
      hasCells && others == Qt::NoModifier &&
      (zoomByKey(event->key()) || moveByKey(event->key(), event->modifiers().testFlag(Qt::ShiftModifier)));
  if (!isOurs) QWidget::keyPressEvent(event);
}

}  // namespace patchbay::ui
