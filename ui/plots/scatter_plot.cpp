#include "ui/plots/scatter_plot.h"

#include <QtCore/QEvent>
#include <QtCore/QScopedValueRollback>
#include <QtGui/QKeyEvent>
#include <QtGui/QMouseEvent>
#include <QtGui/QPolygonF>
#include <QtGui/QWheelEvent>

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/plots/late_plot.h"
#include "ui/plots/painted_layer.h"
#include "ui/plots/plot_accessible.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kLeft = 56, kRight = 14, kTop = 26, kBottom = 40;
constexpr double kMarker = 8;      // diameter of a point
constexpr double kReach = 9;       // how far from a point a click still means it
constexpr double kLassoStart = 5;  // a drag shorter than this is a click
constexpr double kWheelZoom = 1.25;
constexpr double kSpare = 0.06;  // of the range, around all points
constexpr std::size_t kMostLabels = 400;

struct Ends {
  double low = 0, high = 1;
  [[nodiscard]] double length() const { return high - low; }
};

Ends around(double low, double high) {
  if (!(low <= high)) return {};
  const double spare = std::max(high - low, 1e-9 + std::abs(high) * 1e-6) * kSpare;
  return {low - spare, high + spare};
}

}  // namespace

/// What a scatter plot is made of, and where the mouse is in it.
struct ScatterPlotParts {
  std::shared_ptr<const ScatterPlotData> data;
  LatePlot* plot = nullptr;
  const ThemeTokens* tokens = nullptr;
  QRect area;
  Ends x, y;
  bool isZoomed = false, showsFocus = false;
  std::optional<int> current, hovered;
  std::vector<int> chosen;
  QPolygonF lasso;
  std::optional<QPointF> pressed, panned;
  bool isLassoing = false;

  [[nodiscard]] QPointF pixel(double px, double py) const {
    return {area.left() + (px - x.low) / x.length() * area.width(),
            area.bottom() - (py - y.low) / y.length() * area.height()};
  }
  [[nodiscard]] QPointF pixel(const ScatterPoint& point) const { return pixel(point.x, point.y); }
  [[nodiscard]] QColor ink(const ScatterPoint& point) const { return point.isSecond ? tokens->series2 : tokens->data; }

  void fit() {
    Ends wholeX{INFINITY, -INFINITY}, wholeY{INFINITY, -INFINITY};
    for (const ScatterPoint& point : data->points) {
      wholeX = {std::min(wholeX.low, point.x), std::max(wholeX.high, point.x)};
      wholeY = {std::min(wholeY.low, point.y), std::max(wholeY.high, point.y)};
    }
    x = around(wholeX.low, wholeX.high);
    y = around(wholeY.low, wholeY.high);
  }

  void paintWords(QPainter& painter) const {
    if (!data) return;
    MarkedText{data->title, 12}.paint(painter, QRectF(area.left(), 2, area.width(), 18), tokens->text);
    const QFont small = dataFont(10.5);
    painter.setFont(small);
    painter.setPen(tokens->muted);
    painter.drawText(QRectF(area.left(), area.bottom() + 20, area.width(), 16), Qt::AlignRight | Qt::AlignVCenter,
                     data->xName);
    painter.save();
    painter.translate(12, area.bottom());
    painter.rotate(-90);
    painter.drawText(QRectF(0, -8, area.height(), 16), Qt::AlignRight | Qt::AlignVCenter, data->yName);
    painter.restore();
    if (!data->secondName.isEmpty()) paintLegend(painter);
    paintLabels(painter);
    if (!showsFocus) return;
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(tokens->accent, 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(area).adjusted(-1, -1, 1, 1));
  }

  void paintMarker(QPainter& painter, const QPointF& at, bool isSecond, const QColor& colour) const {
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(colour, 1.6));
    painter.setBrush(isSecond ? QBrush(Qt::NoBrush) : QBrush(colour));
    const double r = kMarker / 2;
    if (isSecond)
      painter.drawPolygon(
          QPolygonF({at + QPointF(0, -r), at + QPointF(r, 0), at + QPointF(0, r), at + QPointF(-r, 0)}));
    else
      painter.drawEllipse(at, r - 0.8, r - 0.8);
  }

  void paintLegend(QPainter& painter) const {
    double right = area.right();
    const auto entry = [&](const QString& name, bool isSecond) {
      const MarkedText text{name, 11.5};
      right -= text.width();
      text.paint(painter, QRectF(right, 2, text.width() + 2, 18), tokens->muted);
      right -= 10;
      paintMarker(painter, {right, 11}, isSecond, isSecond ? tokens->series2 : tokens->data);
      right -= 16;
    };
    entry(data->secondName, true);
    entry(data->firstName, false);
  }

  /// The words of points, each where no other word and no point stands in its way.
  void paintLabels(QPainter& painter) const {
    TokenPen pen(dataFont(11));
    std::vector<QRectF> taken;
    const auto isFree = [&](const QRectF& box) {
      return std::ranges::none_of(taken, [&](const QRectF& other) { return other.intersects(box); });
    };
    for (const ScatterPoint& point : data->points) {
      const QPointF at = pixel(point);
      if (QRectF(area).contains(at)) taken.emplace_back(at.x() - 3, at.y() - 3, 6, 6);
    }
    // The current one's first: it stands whatever the others do.
    std::vector<int> order;
    if (current) order.push_back(*current);
    for (int i = 0; i < static_cast<int>(std::min(data->points.size(), kMostLabels)); ++i)
      if (i != current) order.push_back(i);
    for (const int i : order) {
      const ScatterPoint& point = data->points[static_cast<std::size_t>(i)];
      const QPointF at = pixel(point);
      if (!QRectF(area).contains(at) || point.label.isEmpty()) continue;
      const double width = pen.width(point.label);
      for (const QPointF& corner :
           {QPointF(7, -7), QPointF(-7 - width, -7), QPointF(-width / 2, 5), QPointF(-width / 2, -19)}) {
        const QRectF box(at + corner, QSizeF(width, 14));
        if (!QRectF(area).contains(box) || (i != current && !isFree(box))) continue;
        pen.draw(painter, box, point.label, i == current ? tokens->text : tokens->muted);
        taken.push_back(box);
        break;
      }
    }
  }

  void paintMarks(QPainter& painter) const {
    if (!data) return;
    painter.setClipRect(area.adjusted(-6, -6, 6, 6));
    painter.setRenderHint(QPainter::Antialiasing);
    for (const int i : chosen) {
      if (i >= static_cast<int>(data->points.size())) continue;
      painter.setPen(QPen(tokens->accent, 1.4));
      painter.setBrush(Qt::NoBrush);
      painter.drawEllipse(pixel(data->points[static_cast<std::size_t>(i)]), kMarker / 2 + 2.5, kMarker / 2 + 2.5);
    }
    const auto ring = [&](std::optional<int> point, double width) {
      if (!point || *point >= static_cast<int>(data->points.size())) return;
      painter.setPen(QPen(tokens->accent, width));
      painter.setBrush(Qt::NoBrush);
      painter.drawEllipse(pixel(data->points[static_cast<std::size_t>(*point)]), kMarker / 2 + 3.5, kMarker / 2 + 3.5);
    };
    ring(hovered, 1);
    ring(current, 2.4);
    if (lasso.size() < 2) return;
    QColor soft = tokens->accent;
    soft.setAlphaF(0.12F);
    painter.setPen(QPen(tokens->accent, 1, Qt::DashLine));
    painter.setBrush(soft);
    painter.drawPolygon(lasso);
  }
};

ScatterPlot::ScatterPlot(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<ScatterPlotParts>()) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  installPlotAccessibility();
  ScatterPlotParts& parts = *m_parts;
  parts.tokens = &theme();
  parts.plot = new LatePlot(this);
  parts.plot->setAttribute(Qt::WA_TransparentForMouseEvents);
  parts.plot->setFocusPolicy(Qt::NoFocus);
  parts.plot->setPlottingHint(QCP::phCacheLabels, false);
  shareBuffer(*parts.plot);
  parts.plot->axisRect()->setAutoMargins(QCP::msNone);
  const ScatterPlotParts* scene = &parts;
  addLayer(*parts.plot, QStringLiteral("words"), false);
  new PaintedLayer(parts.plot, QStringLiteral("words"), [scene](QPainter& p) { scene->paintWords(p); });
  addLayer(*parts.plot, QStringLiteral("marks"), true);
  new PaintedLayer(parts.plot, QStringLiteral("marks"), [scene](QPainter& p) { scene->paintMarks(p); });
  parts.plot->setCurrentLayer(QStringLiteral("main"));
  rebuild();
  announce();
}

ScatterPlot::~ScatterPlot() = default;

void ScatterPlot::setData(std::shared_ptr<const ScatterPlotData> data) {
  ScatterPlotParts& parts = *m_parts;
  const std::size_t before = parts.data ? parts.data->points.size() : 0;
  parts.data = std::move(data);
  const std::size_t now = parts.data ? parts.data->points.size() : 0;
  if (now != before) {
    parts.current.reset();
    parts.chosen.clear();
    parts.lasso.clear();
  }
  // Another layer has other lengths: what was zoomed to is elsewhere.
  parts.isZoomed = false;
  parts.hovered.reset();
  rebuild();
  announce();
}

const std::shared_ptr<const ScatterPlotData>& ScatterPlot::data() const { return m_parts->data; }

void ScatterPlot::rebuild() {
  ScatterPlotParts& parts = *m_parts;
  LatePlot& plot = *parts.plot;
  plot.setGeometry(rect());
  plot.setBufferDevicePixelRatio(devicePixelRatioF());
  plot.clearGraphs();
  const bool hasData = parts.data && !parts.data->points.empty();
  plot.axisRect()->setVisible(hasData);
  plot.setBackground(QBrush(parts.tokens->raised));
  for (QCPAxis* axis : {plot.xAxis, plot.yAxis}) {
    axis->setVisible(hasData);
    axis->setTickLabelFont(dataFont(10.5));
    axis->setTickLabelColor(parts.tokens->muted);
    axis->setSubTicks(false);
    axis->setBasePen(QPen(parts.tokens->faint, 1));
    axis->setTickPen(QPen(parts.tokens->faint, 1));
    axis->setTickLength(0, 4);
    axis->grid()->setPen(QPen(parts.tokens->grid, 1));
    axis->grid()->setZeroLinePen(QPen(parts.tokens->faint, 1));
  }
  parts.area = QRect(kLeft, kTop, std::max(20, width() - kLeft - kRight), std::max(20, height() - kTop - kBottom));
  if (hasData) {
    plot.axisRect()->setMargins(QMargins(kLeft, kTop, kRight, kBottom));
    if (!parts.isZoomed) parts.fit();
    plot.xAxis->setRange(parts.x.low, parts.x.high);
    plot.yAxis->setRange(parts.y.low, parts.y.high);
    for (const bool isSecond : {false, true}) {
      auto* graph = new QCPGraph(plot.xAxis, plot.yAxis);  // owned by the plot
      QVector<double> xs, ys;
      for (const ScatterPoint& point : parts.data->points) {
        if (point.isSecond != isSecond) continue;
        xs << point.x;
        ys << point.y;
      }
      graph->setData(xs, ys);
      graph->setLineStyle(QCPGraph::lsNone);
      const QColor colour = isSecond ? parts.tokens->series2 : parts.tokens->data;
      graph->setScatterStyle(isSecond
                                 ? QCPScatterStyle(QCPScatterStyle::ssDiamond, QPen(colour, 1.6), Qt::NoBrush, kMarker)
                                 : QCPScatterStyle(QCPScatterStyle::ssDisc, colour, kMarker - 1));
      graph->setAntialiasedScatters(true);
    }
  }
  plot.redraw();
}

void ScatterPlot::setCurrent(std::optional<int> point) {
  if (m_parts->current == point) return;
  m_parts->current = point;
  m_parts->plot->redraw();  // its word comes first
  announce();
}

std::optional<int> ScatterPlot::current() const { return m_parts->current; }

void ScatterPlot::setChosen(std::vector<int> points) {
  std::ranges::sort(points);
  m_parts->chosen = std::move(points);
  m_parts->lasso.clear();
  m_parts->plot->redraw(QStringLiteral("marks"));
  announce();
}

const std::vector<int>& ScatterPlot::chosen() const { return m_parts->chosen; }

QRect ScatterPlot::plotRect() const { return m_parts->area; }

QPointF ScatterPlot::positionOf(int point) const {
  return m_parts->pixel(m_parts->data->points[static_cast<std::size_t>(point)]);
}

Figure ScatterPlot::figure(bool printTheme) const {
  auto* self = const_cast<ScatterPlot*>(this);  // the plot is painted in another theme and then as before
  const QScopedValueRollback focus(m_parts->showsFocus, false);
  if (printTheme) m_parts->tokens = &tokensOf(ThemeKind::Light);
  self->rebuild();
  const Figure figure = figureOf(*m_parts->plot, size());
  m_parts->tokens = &theme();
  self->rebuild();
  return figure;
}

std::optional<int> ScatterPlot::pointAt(const QPointF& position) const {
  if (!m_parts->data) return std::nullopt;
  std::optional<int> nearest;
  double least = kReach * kReach;
  for (std::size_t i = 0; i < m_parts->data->points.size(); ++i) {
    const QPointF away = m_parts->pixel(m_parts->data->points[i]) - position;
    const double distance = QPointF::dotProduct(away, away);
    if (distance > least) continue;
    least = distance;
    nearest = static_cast<int>(i);
  }
  return nearest;
}

void ScatterPlot::choose(std::optional<int> point) {
  if (m_parts->current == point) return;
  setCurrent(point);
  Q_EMIT currentChanged(point.value_or(-1));
}

void ScatterPlot::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::MiddleButton) m_parts->panned = event->position();
  if (event->button() != Qt::LeftButton) return;
  m_parts->pressed = event->position();
  m_parts->isLassoing = false;
}

void ScatterPlot::mouseMoveEvent(QMouseEvent* event) {
  ScatterPlotParts& parts = *m_parts;
  const QPointF position = event->position();
  if (parts.panned && parts.data) {
    const QPointF moved = position - *parts.panned;
    parts.panned = position;
    const double dx = -moved.x() / parts.area.width() * parts.x.length(),
                 dy = moved.y() / parts.area.height() * parts.y.length();
    parts.x = {parts.x.low + dx, parts.x.high + dx};
    parts.y = {parts.y.low + dy, parts.y.high + dy};
    parts.isZoomed = true;
    return rebuild();
  }
  if (parts.pressed && event->buttons().testFlag(Qt::LeftButton)) {
    if (!parts.isLassoing && (position - *parts.pressed).manhattanLength() > kLassoStart) {
      parts.isLassoing = true;
      parts.lasso = QPolygonF({*parts.pressed});
    }
    if (parts.isLassoing) {
      parts.lasso << position;
      parts.plot->redraw(QStringLiteral("marks"));
    }
    return;
  }
  const auto under = pointAt(position);
  if (under == parts.hovered) return;
  parts.hovered = under;
  parts.plot->redraw(QStringLiteral("marks"));
  Q_EMIT hovered(under.value_or(-1), event->globalPosition().toPoint());
}

void ScatterPlot::closeLasso() {
  ScatterPlotParts& parts = *m_parts;
  std::vector<int> inside;
  for (std::size_t i = 0; parts.data && i < parts.data->points.size(); ++i)
    if (parts.lasso.containsPoint(parts.pixel(parts.data->points[i]), Qt::OddEvenFill))
      inside.push_back(static_cast<int>(i));
  setChosen(std::move(inside));
  Q_EMIT chosenChanged();
}

void ScatterPlot::mouseReleaseEvent(QMouseEvent* event) {
  ScatterPlotParts& parts = *m_parts;
  if (event->button() == Qt::MiddleButton) parts.panned.reset();
  if (event->button() != Qt::LeftButton || !parts.pressed) return;
  parts.pressed.reset();
  if (std::exchange(parts.isLassoing, false)) return closeLasso();
  const auto point = pointAt(event->position());
  if (!point && !parts.chosen.empty()) {
    setChosen({});
    Q_EMIT chosenChanged();
  }
  choose(point);
}

void ScatterPlot::mouseDoubleClickEvent(QMouseEvent*) {
  m_parts->isZoomed = false;
  rebuild();
}

void ScatterPlot::wheelEvent(QWheelEvent* event) {
  ScatterPlotParts& parts = *m_parts;
  const QPoint delta = event->angleDelta();
  const int turn = delta.y() != 0 ? delta.y() : delta.x();
  if (!parts.data || turn == 0) return;
  event->accept();
  parts.isZoomed = true;
  if (event->modifiers().testFlag(Qt::ShiftModifier)) {
    const double by = -turn / 120.0 * 0.1 * parts.x.length();
    parts.x = {parts.x.low + by, parts.x.high + by};
  } else {
    const double factor = std::pow(kWheelZoom, -turn / 120.0);
    const QPointF at = event->position();
    const double sx = std::clamp((at.x() - parts.area.left()) / parts.area.width(), 0.0, 1.0),
                 sy = std::clamp((parts.area.bottom() - at.y()) / parts.area.height(), 0.0, 1.0);
    const double px = parts.x.low + sx * parts.x.length(), py = parts.y.low + sy * parts.y.length();
    const double lx = parts.x.length() * factor, ly = parts.y.length() * factor;
    parts.x = {px - sx * lx, px + (1 - sx) * lx};
    parts.y = {py - sy * ly, py + (1 - sy) * ly};
  }
  rebuild();
}

void ScatterPlot::leaveEvent(QEvent* event) {
  if (std::exchange(m_parts->hovered, std::nullopt)) m_parts->plot->redraw(QStringLiteral("marks"));
  Q_EMIT hovered(-1, {});
  QWidget::leaveEvent(event);
}

void ScatterPlot::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  m_parts->lasso.clear();
  rebuild();
}

void ScatterPlot::keyPressEvent(QKeyEvent* event) {
  const int count = m_parts->data ? static_cast<int>(m_parts->data->points.size()) : 0;
  const bool goesOn = event->key() == Qt::Key_Right, goesBack = event->key() == Qt::Key_Left;
  if (count > 0 && event->modifiers() == Qt::NoModifier && (goesOn || goesBack)) {
    const int now = m_parts->current.value_or(goesOn ? -1 : count);
    return choose(std::clamp(now + (goesOn ? 1 : -1), 0, count - 1));
  }
  if (event->key() == Qt::Key_Escape && (m_parts->current || !m_parts->chosen.empty())) {
    if (!m_parts->chosen.empty()) {
      setChosen({});
      Q_EMIT chosenChanged();
    }
    return choose(std::nullopt);
  }
  QWidget::keyPressEvent(event);
}

void ScatterPlot::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  m_parts->showsFocus = true;
  m_parts->plot->redraw();
}

void ScatterPlot::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  m_parts->showsFocus = false;
  m_parts->plot->redraw();
}

void ScatterPlot::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) {
    m_parts->tokens = &theme();
    rebuild();
  }
  QWidget::changeEvent(event);
}

void ScatterPlot::announce() {
  const ScatterPlotParts& parts = *m_parts;
  setAccessibleName(parts.data ? withoutMarks(parts.data->title) : tr("empty plot"));
  QStringList sentences;
  if (parts.data && parts.current && *parts.current < static_cast<int>(parts.data->points.size())) {
    const ScatterPoint& point = parts.data->points[static_cast<std::size_t>(*parts.current)];
    sentences << tr("%1: %2, %3").arg(spokenToken(point.label), formatCompact(point.x), formatCompact(point.y));
  }
  if (parts.data) sentences << tr("%1 points, %2 chosen").arg(parts.data->points.size()).arg(parts.chosen.size());
  setAccessibleDescription(sentences.join(QStringLiteral(". ")));
}

}  // namespace patchbay::ui
