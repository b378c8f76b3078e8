#include "ui/plots/line_plot_scene.h"

#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr double kTitleSize = 12;
constexpr double kLabelSize = 12;
constexpr double kValueSize = 12;
constexpr int kTitleHeight = 16;
constexpr int kEndLabelGap = 8;
constexpr int kEndLabelStep = 13;
constexpr int kMostXLabels = 7;
/// The narrowest views: two steps of x, a thousandth of y.
constexpr double kLeastX = 2;
constexpr double kLeastY = 1e-3;

/// Of the value at the cursor; this run's is bold.
QFont valueFont(bool isMain) { return isMain ? dataFont(kValueSize, 700) : dataFont(11.5, 400); }

using Ends = std::pair<double, double>;

double lengthOf(const Ends& ends) { return ends.second - ends.first; }

/// A view moved and cut until it lies in the whole; the whole when it is no narrower.
Ends inside(const std::optional<Ends>& view, const Ends& whole) {
  if (!view || lengthOf(*view) >= lengthOf(whole)) return whole;
  const double first = std::clamp(view->first, whole.first, whole.second - lengthOf(*view));
  return {first, first + lengthOf(*view)};
}

/// The smallest of 1, 2, 5, 10, 20, ... that divides a span into at most `most` parts.
double niceStep(double span, int most) {
  double step = std::pow(10.0, std::floor(std::log10(std::max(span, 1e-12) / most)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0})
    if (span / (step * factor) <= most + 1e-9) return step * factor;
  return step * 10;
}

QPen dashed(const QColor& colour, double width, std::initializer_list<double> pixels) {
  QPen pen(colour, width);
  QList<qreal> pattern;
  for (const double length : pixels) pattern << length / width;
  pen.setDashPattern(pattern);
  pen.setCapStyle(Qt::FlatCap);
  return pen;
}

}  // namespace

QPointF LinePlotScene::pixelAt(double x, double y) const {
  const double across = xMax > xMin ? (x - xMin) / (xMax - xMin) : 0.5;
  const double up = yMax > yMin ? (y - yMin) / (yMax - yMin) : 0.5;
  return {plot.left() + across * plot.width(), plot.top() + (1 - up) * plot.height()};
}

QPen LinePlotScene::penOf(LineRole role) const {
  switch (role) {
    case LineRole::ThisRun: return {tokens->data, 2, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin};
    case LineRole::Pinned: return dashed(tokens->reference, 1.6, {5, 3});
    case LineRole::Control: return dashed(tokens->muted, 1.5, {1.5, 3});
    case LineRole::Series2: return dashed(tokens->series2, 1.8, {9, 3});
    case LineRole::Series3: return dashed(tokens->series3, 1.8, {6, 2, 2, 2});
    case LineRole::Series4: return dashed(tokens->series4, 1.8, {3, 2});
  }
  return {tokens->data, 2};
}

QString LinePlotScene::xText(double x) const { return data && data->xLabel ? data->xLabel(x) : formatCompact(x); }

QString LinePlotScene::yText(double y) const { return data && data->yLabel ? data->yLabel(y) : formatCompact(y); }

int LinePlotScene::endLabelWidth() const {
  qreal widest = 0;
  if (data)
    for (const LineSeries& series : data->series)
      widest = std::max(widest, MarkedText{series.name, kLabelSize}.width());
  return widest > 0 ? static_cast<int>(std::ceil(widest)) + kEndLabelGap : 0;
}

double LinePlotScene::valueAt(const LineSeries& series, int x) {
  const auto found = std::find(series.x.begin(), series.x.end(), static_cast<double>(x));
  const auto i = static_cast<std::size_t>(found - series.x.begin());
  return found != series.x.end() && i < series.y.size() ? series.y[i] : std::numeric_limits<double>::quiet_NaN();
}

QString LinePlotScene::describe(const LineSeries& series) const {
  std::vector<std::size_t> known;
  for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i)
    if (std::isfinite(series.y[i])) known.push_back(i);
  const QString name = withoutMarks(series.name);
  if (known.empty()) return LinePlot::tr("%1: no values").arg(name);
  const auto [least, most] = std::minmax_element(
      known.begin(), known.end(), [&](std::size_t a, std::size_t b) { return series.y[a] < series.y[b]; });
  const auto point = [&](std::size_t i) {
    return LinePlot::tr("%1 at %2").arg(yText(series.y[i]), xText(series.x[i]));
  };
  return LinePlot::tr("%1: first %2, last %3, least %4, most %5")
      .arg(name, point(known.front()), point(known.back()), point(*least), point(*most));
}

void LinePlotScene::fitWhole() {
  double lowX = INFINITY, highX = -INFINITY, lowY = INFINITY, highY = -INFINITY;
  for (const LineSeries& series : data->series) {
    for (const double x : series.x) lowX = std::min(lowX, x), highX = std::max(highX, x);
    for (const double y : series.y)
      if (std::isfinite(y)) lowY = std::min(lowY, y), highY = std::max(highY, y);
  }
  xWhole.first = std::isfinite(lowX) ? lowX : 0;
  xWhole.second = std::isfinite(highX) && highX > xWhole.first ? highX : xWhole.first + 1;
  if (data->yRange) {
    yWhole = *data->yRange;
    return;
  }
  if (!std::isfinite(lowY)) lowY = 0, highY = 1;
  // Zero belongs to the axis unless the values are far from it.
  if (lowY > 0 && lowY < 0.5 * highY) lowY = 0;
  const double step = niceStep(std::max(highY - lowY, 1e-9 + std::abs(highY) * 1e-6), 3);
  yWhole.first = std::floor(lowY / step + 1e-9) * step;
  yWhole.second = std::max(yWhole.first + step, std::ceil(highY / step - 1e-9) * step);
}

void LinePlotScene::fitRanges() {
  fitWhole();
  std::tie(xMin, xMax) = inside(xView, xWhole);
  std::tie(yMin, yMax) = inside(yView, yWhole);
  if (Ends{xMin, xMax} == xWhole) xView.reset();
  if (Ends{yMin, yMax} == yWhole) yView.reset();
}

void LinePlotScene::zoomX(double factor, double share) {
  const double at = xMin + share * (xMax - xMin);
  const double length = std::max(kLeastX, std::round((xMax - xMin) / factor));
  const double first = std::round(at - share * length);
  xView = Ends{first, first + length};
}

void LinePlotScene::zoomY(double factor, double share) {
  const double at = yMin + share * (yMax - yMin);
  const double length = std::max(kLeastY * lengthOf(yWhole), (yMax - yMin) / factor);
  yView = Ends{at - share * length, at + (1 - share) * length};
}

bool LinePlotScene::showX(int x) {
  if (!xView || (x >= xMin && x <= xMax)) return false;
  const double first = x < xMin ? x : x - (xMax - xMin);
  xView = Ends{first, first + (xMax - xMin)};
  return true;
}

std::vector<double> LinePlotScene::xTicks() const {
  const int most = std::clamp(plot.width() / 56, 2, kMostXLabels);
  const double step = std::max(1.0, niceStep(xMax - xMin, most - 1));
  std::vector<double> ticks = {xMin};
  for (double x = std::ceil(xMin / step) * step; x < xMax; x += step)
    if (x > xMin) ticks.push_back(x);
  // The last position is always named; a regular label too near gives way.
  const double room = 34.0 / std::max(1, plot.width()) * (xMax - xMin);
  while (ticks.size() > 1 && xMax - ticks.back() < room) ticks.pop_back();
  ticks.push_back(xMax);
  return ticks;
}

std::vector<double> LinePlotScene::yTicks() const {
  const int most = plot.height() >= 90 ? 4 : 2;
  const double step = niceStep(yMax - yMin, most);
  std::vector<double> ticks;
  for (double y = std::ceil(yMin / step - 1e-9) * step; y <= yMax + step * 1e-6; y += step)
    ticks.push_back(std::abs(y) < step * 1e-9 ? 0 : y);
  return ticks;
}

void LinePlotScene::paintWords(QPainter& painter) const {
  if (!data) return;
  const QRectF title(plot.left(), 0, painter.window().width() - plot.left(), kTitleHeight);
  MarkedText{data->title, kTitleSize}.paint(painter, title, tokens->text);
  paintEndLabels(painter);
  if (!showsFocus) return;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tokens->accent, 2));
  painter.setBrush(Qt::NoBrush);
  painter.drawRect(QRectF(plot).adjusted(-3, -5, 3, 5));
}

void LinePlotScene::paintEndLabels(QPainter& painter) const {
  struct Label {
    double y;
    const LineSeries* series;
  };
  std::vector<Label> labels;
  for (const LineSeries& series : data->series) {
    for (std::size_t i = std::min(series.x.size(), series.y.size()); i-- > 0;) {
      if (!std::isfinite(series.y[i]) || series.x[i] > xMax) continue;
      labels.push_back({pixelAt(series.x[i], std::clamp(series.y[i], yMin, yMax)).y(), &series});
      break;
    }
  }
  std::stable_sort(labels.begin(), labels.end(), [](const Label& a, const Label& b) { return a.y < b.y; });
  // Labels that would touch are spread about their common middle.
  for (std::size_t i = 1; i < labels.size(); ++i) {
    const double overlap = labels[i - 1].y + kEndLabelStep - labels[i].y;
    if (overlap <= 0) continue;
    labels[i].y += overlap / 2;
    for (std::size_t j = i; j-- > 0;) labels[j].y = std::min(labels[j].y, labels[j + 1].y - kEndLabelStep);
  }
  for (const Label& label : labels) {
    const QRectF area(plot.right() + 1 + kEndLabelGap, label.y - 8, 400, 16);
    MarkedText{label.series->name, kLabelSize}.paint(painter, area, penOf(label.series->role).color());
  }
}

QRectF LinePlotScene::valueArea(const LineSeries& series, bool isMain) const {
  const double value = valueAt(series, *cursor);
  if (!std::isfinite(value) || value < yMin || value > yMax) return {};
  const QPointF at = pixelAt(*cursor, value);
  const qreal width = QFontMetricsF(valueFont(isMain)).horizontalAdvance(yText(value));
  // This run's value stands right below its dot, the others left above; at an edge they change sides.
  bool isRight = isMain;
  if (isRight && at.x() + 8 + width > plot.right() + 1) isRight = false;
  if (!isRight && at.x() - 8 - width < plot.left()) isRight = true;
  const qreal below = std::min(at.y() + 7, plot.bottom() - 6.0);
  const qreal middle = isMain ? below : std::max(at.y() - 6, plot.top() - 2.0);
  return {isRight ? at.x() + 8 : at.x() - 8 - width, middle - 8, width + 1, 16};
}

void LinePlotScene::paintDot(QPainter& painter, const LineSeries& series, bool isMain) const {
  const QPointF at = pixelAt(*cursor, valueAt(series, *cursor));
  painter.setPen(isMain ? QPen(tokens->raised, 1.5) : QPen(penOf(series.role).color(), 1.6));
  painter.setBrush(isMain ? tokens->accent : tokens->raised);
  const qreal radius = isMain ? 4.25 : 3;
  painter.drawEllipse(at, radius, radius);
}

void LinePlotScene::paintCursor(QPainter& painter) const {
  if (!data || !cursor || *cursor < xMin || *cursor > xMax) return;
  const double x = std::floor(pixelAt(*cursor, yMin).x()) + 0.5;
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(tokens->accent, 1));
  painter.drawLine(QPointF(x, plot.top() - 4), QPointF(x, plot.bottom() + 1));
  // A value that would stand on another is left out: the lines meet there. This run's own always stands.
  std::vector<QRectF> taken;
  for (std::size_t i = 0; i < data->series.size(); ++i) {
    const LineSeries& series = data->series[i];
    const QRectF area = valueArea(series, i == 0), ink = area.adjusted(0, 2, 0, -2);
    if (area.isEmpty() || std::ranges::any_of(taken, [&](const QRectF& other) { return other.intersects(ink); }))
      continue;
    taken.push_back(ink);
    const QColor colour = i == 0 ? tokens->text : penOf(series.role).color();
    drawTokenText(painter, area, yText(valueAt(series, *cursor)), valueFont(i == 0), colour);
  }
  for (std::size_t i = data->series.size(); i-- > 0;)
    if (!valueArea(data->series[i], i == 0).isEmpty()) paintDot(painter, data->series[i], i == 0);
}

}  // namespace patchbay::ui
