#include "ui/plots/line_plot.h"

#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/plots/line_plot_parts.h"

// What the person does to a line plot with mouse, wheel and keys.

namespace patchbay::ui {

namespace {

constexpr double kWheelZoom = 1.25;  // a notch
constexpr double kWheelStep = 120;   // angle of a notch, in eighths of a degree
constexpr double kKeyZoom = 1.5;

}  // namespace

std::optional<int> LinePlot::positionAt(const QPoint& position) const {
  const LinePlotScene& scene = m_parts->scene;
  if (!scene.data || scene.data->series.empty() || scene.plot.width() <= 0) return std::nullopt;
  const double share = (position.x() - scene.plot.left()) / static_cast<double>(scene.plot.width());
  const double x = scene.xMin + std::clamp(share, 0.0, 1.0) * (scene.xMax - scene.xMin);
  const std::vector<double>& xs = scene.data->series.front().x;
  if (xs.empty()) return std::nullopt;
  const auto nearest =
      std::min_element(xs.begin(), xs.end(), [x](double a, double b) { return std::abs(a - x) < std::abs(b - x); });
  return static_cast<int>(std::lround(*nearest));
}

void LinePlot::moveCursor(int x) {
  if (cursor() == x) return;
  setCursor(x);
  Q_EMIT cursorMoved(x);
}

void LinePlot::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::MiddleButton && m_parts->scene.data) {
    m_parts->pannedFrom = event->position().toPoint();
    m_parts->pannedX = xShown();
    m_parts->pannedY = yShown();
    QWidget::setCursor(Qt::ClosedHandCursor);
    return;
  }
  if (event->button() != Qt::LeftButton) return;
  if (const std::optional<int> x = positionAt(event->position().toPoint())) moveCursor(*x);
}

void LinePlot::mouseMoveEvent(QMouseEvent* event) {
  const QPoint position = event->position().toPoint();
  if (m_parts->pannedFrom) return pan(position);
  const std::optional<int> x = positionAt(position);
  if (event->buttons().testFlag(Qt::LeftButton) && x) moveCursor(*x);
  const std::optional<int> under = m_parts->scene.plot.contains(position) ? x : std::nullopt;
  if (under == m_parts->hovered) return;
  m_parts->hovered = under;
  Q_EMIT hovered(under.value_or(-1), event->globalPosition().toPoint());
}

void LinePlot::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() != Qt::MiddleButton || !m_parts->pannedFrom) return;
  m_parts->pannedFrom.reset();
  unsetCursor();
}

void LinePlot::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) return;
  m_parts->scene.xView.reset();
  m_parts->scene.yView.reset();
  rebuild();
}

void LinePlot::pan(const QPoint& to) {
  LinePlotScene& scene = m_parts->scene;
  if (!scene.xView && !scene.yView) return;
  const QPoint moved = to - *m_parts->pannedFrom;
  const auto shifted = [](const std::pair<double, double>& ends, double by) {
    return std::pair(ends.first + by, ends.second + by);
  };
  const auto& [x, y] = std::pair(m_parts->pannedX, m_parts->pannedY);
  if (scene.xView) scene.xView = shifted(x, -std::round(moved.x() * (x.second - x.first) / scene.plot.width()));
  if (scene.yView) scene.yView = shifted(y, moved.y() * (y.second - y.first) / scene.plot.height());
  rebuild();
}

void LinePlot::wheelEvent(QWheelEvent* event) {
  LinePlotScene& scene = m_parts->scene;
  const QPoint delta = event->angleDelta();
  const bool isSideways = std::abs(delta.x()) > std::abs(delta.y());
  const int steps = isSideways ? delta.x() : delta.y();
  const bool isPan = isSideways || event->modifiers().testFlag(Qt::ShiftModifier);
  // Out of the whole there is nothing: the turn is for what is around the plot.
  event->setAccepted(scene.data && steps != 0 && (scene.xView || scene.yView || (!isPan && steps > 0)));
  if (!event->isAccepted()) return;
  const QPointF at = event->position();
  const QRect& area = scene.plot;
  const double factor = std::pow(kWheelZoom, steps / kWheelStep);
  if (isPan && scene.xView) {
    const double by = steps > 0 ? -1 : 1;
    scene.xView = std::pair(scene.xMin + by, scene.xMax + by);
  } else if (!isPan && at.x() < area.left()) {
    scene.zoomY(factor, std::clamp(1 - (at.y() - area.top()) / area.height(), 0.0, 1.0));
  } else if (!isPan) {
    scene.zoomX(factor, std::clamp((at.x() - area.left()) / area.width(), 0.0, 1.0));
  }
  rebuild();
}

void LinePlot::leaveEvent(QEvent*) {
  if (!m_parts->hovered) return;
  m_parts->hovered.reset();
  Q_EMIT hovered(-1, {});
}

void LinePlot::keyPressEvent(QKeyEvent* event) {
  LinePlotScene& scene = m_parts->scene;
  const int first = static_cast<int>(scene.xWhole.first);
  const int last = static_cast<int>(scene.xWhole.second);
  const int now = cursor().value_or(last);
  const auto zoom = [this, &scene](double factor) {
    if (!scene.data) return;
    const double at = cursor() ? (*cursor() - scene.xMin) / (scene.xMax - scene.xMin) : 0.5;
    scene.zoomX(factor, std::clamp(at, 0.0, 1.0));
    rebuild();
  };
  switch (event->key()) {
    case Qt::Key_Left:
    case Qt::Key_BracketLeft: moveCursor(std::max(first, now - 1)); return;
    case Qt::Key_Right:
    case Qt::Key_BracketRight: moveCursor(std::min(last, now + 1)); return;
    case Qt::Key_Home: moveCursor(first); return;
    case Qt::Key_End: moveCursor(last); return;
    case Qt::Key_Plus:
    case Qt::Key_Equal: zoom(kKeyZoom); return;
    case Qt::Key_Minus: zoom(1 / kKeyZoom); return;
    default: QWidget::keyPressEvent(event);
  }
}

}  // namespace patchbay::ui
