#include "ui/plots/line_plot.h"

#include <QtCore/QEvent>
#include <QtCore/QScopedValueRollback>

#include <algorithm>
#include <cmath>

#include "ui/plots/late_plot.h"
#include "ui/plots/line_plot_parts.h"
#include "ui/plots/painted_layer.h"
#include "ui/plots/plot_accessible.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

namespace {

constexpr int kTop = 22;
constexpr int kTopWithoutTitle = 8;
constexpr int kBottom = 20;
constexpr int kRight = 12;
constexpr double kMarker = 6;  ///< pixels across
constexpr int kLineRoom = 2, kMarkerRoom = 5;

/// A line that may use the last half pixel of its width, or half of a marker, beyond the axes, at 0 and at 1.
class EdgeGraph : public QCPGraph {
public:
  EdgeGraph(QCPAxis* x, QCPAxis* y, int room) : QCPGraph(x, y), m_room(room) {}

protected:
  [[nodiscard]] QRect clipRect() const override {
    return QCPGraph::clipRect().adjusted(-m_room, -m_room, m_room, m_room);
  }

private:
  int m_room;
};

void dressAxes(QCustomPlot& plot, const ThemeTokens& t) {
  for (QCPAxis* axis : {plot.xAxis, plot.yAxis}) {
    axis->setTickLabelFont(dataFont(10.5));
    axis->setTickLabelColor(t.muted);
    axis->setSubTicks(false);
  }
  plot.xAxis->setBasePen(QPen(t.faint, 1));
  plot.xAxis->setTickPen(QPen(t.faint, 1));
  plot.xAxis->setTickLength(0, 4);
  plot.xAxis->setTickLabelPadding(3);
  plot.xAxis->grid()->setVisible(false);
  plot.yAxis->setBasePen(Qt::NoPen);
  plot.yAxis->setTickPen(Qt::NoPen);
  plot.yAxis->setTickLength(0, 0);
  plot.yAxis->setTickLabelPadding(8);
  plot.yAxis->grid()->setPen(QPen(t.grid, 1));
  plot.yAxis->grid()->setZeroLinePen(QPen(t.faint, 1));
  plot.setBackground(QBrush(t.raised));
}

QSharedPointer<QCPAxisTickerText> tickerOf(const std::vector<double>& ticks,
                                           const std::function<QString(double)>& text) {
  auto ticker = QSharedPointer<QCPAxisTickerText>::create();
  for (const double tick : ticks) ticker->addTick(tick, text(tick));
  return ticker;
}

}  // namespace

LinePlot::LinePlot(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<LinePlotParts>()) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  installPlotAccessibility();
  LinePlotParts& parts = *m_parts;
  parts.scene.tokens = &theme();
  parts.plot = new LatePlot(this);
  parts.plot->setAttribute(Qt::WA_TransparentForMouseEvents);
  parts.plot->setFocusPolicy(Qt::NoFocus);
  parts.plot->setPlottingHint(QCP::phCacheLabels, false);
  shareBuffer(*parts.plot);
  parts.plot->axisRect()->setAutoMargins(QCP::msNone);
  const LinePlotScene* scene = &parts.scene;
  addLayer(*parts.plot, QStringLiteral("words"), false);
  new PaintedLayer(parts.plot, QStringLiteral("words"), [scene](QPainter& p) { scene->paintWords(p); });
  addLayer(*parts.plot, QStringLiteral("cursor"), true);
  new PaintedLayer(parts.plot, QStringLiteral("cursor"), [scene](QPainter& p) { scene->paintCursor(p); });
  parts.plot->setCurrentLayer(QStringLiteral("main"));
  rebuild();
  announce();
}

LinePlot::~LinePlot() = default;

void LinePlot::setData(std::shared_ptr<const LinePlotData> data) {
  m_parts->scene.data = std::move(data);
  rebuild();
  announce();
}

const std::shared_ptr<const LinePlotData>& LinePlot::data() const { return m_parts->scene.data; }

void LinePlot::rebuild() {
  LinePlotParts& parts = *m_parts;
  LinePlotScene& scene = parts.scene;
  LatePlot& plot = *parts.plot;
  plot.setGeometry(rect());
  plot.setBufferDevicePixelRatio(devicePixelRatioF());
  dressAxes(plot, *scene.tokens);
  plot.clearGraphs();
  const bool hasData = scene.data != nullptr;
  plot.axisRect()->setVisible(hasData);
  for (QCPAxis* axis : {plot.xAxis, plot.yAxis}) axis->setVisible(hasData);
  if (hasData) {
    const int right = parts.right.value_or(kRight + scene.endLabelWidth());
    const int top = scene.data->title.isEmpty() ? kTopWithoutTitle : kTop;
    scene.plot =
        QRect(parts.left, top, std::max(10, width() - parts.left - right), std::max(10, height() - top - kBottom));
    plot.axisRect()->setMargins(QMargins(parts.left, top, std::max(0, width() - scene.plot.right() - 1),
                                         std::max(0, height() - scene.plot.bottom() - 1)));
    scene.fitRanges();
    plot.xAxis->setRange(scene.xMin, scene.xMax);
    plot.yAxis->setRange(scene.yMin, scene.yMax);
    plot.xAxis->setTicker(tickerOf(scene.xTicks(), [&scene](double x) { return scene.xText(x); }));
    plot.yAxis->setTicker(tickerOf(scene.yTicks(), [&scene](double y) { return scene.yText(y); }));
    // The first line is this run's; it lies above the others.
    for (std::size_t i = scene.data->series.size(); i-- > 0;) {
      const LineSeries& series = scene.data->series[i];
      // Owned by the plot.
      auto* graph = new EdgeGraph(plot.xAxis, plot.yAxis, scene.data->hasMarkers ? kMarkerRoom : kLineRoom);
      graph->setData(QVector<double>(series.x.begin(), series.x.end()),
                     QVector<double>(series.y.begin(), series.y.end()), true);
      graph->setPen(scene.penOf(series.role));
      graph->setAntialiased(true);
      if (scene.data->hasMarkers) graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, kMarker));
    }
  }
  plot.redraw();
}

void LinePlot::refreshCursor() { m_parts->plot->redraw(QStringLiteral("cursor")); }

void LinePlot::setCursor(std::optional<int> x) {
  if (m_parts->scene.cursor == x) return;
  m_parts->scene.cursor = x;
  if (x && m_parts->scene.showX(*x))
    rebuild();
  else
    refreshCursor();
  announce();
}

std::optional<int> LinePlot::cursor() const { return m_parts->scene.cursor; }

void LinePlot::setLeftMargin(int pixels) {
  m_parts->left = pixels;
  rebuild();
}

void LinePlot::setRightMargin(std::optional<int> pixels) {
  m_parts->right = pixels;
  rebuild();
}

QRect LinePlot::plotRect() const { return m_parts->scene.plot; }

std::pair<double, double> LinePlot::xShown() const { return {m_parts->scene.xMin, m_parts->scene.xMax}; }

std::pair<double, double> LinePlot::yShown() const { return {m_parts->scene.yMin, m_parts->scene.yMax}; }

Figure LinePlot::figure(bool printTheme) const {
  auto* self = const_cast<LinePlot*>(this);  // the plot is painted in another theme and then as before
  LinePlotScene& scene = m_parts->scene;
  const QScopedValueRollback focus(scene.showsFocus, false);
  if (printTheme) scene.tokens = &tokensOf(ThemeKind::Light);
  self->rebuild();
  const Figure figure = figureOf(*m_parts->plot, size());
  scene.tokens = &theme();
  self->rebuild();
  return figure;
}

void LinePlot::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  rebuild();
}

void LinePlot::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  m_parts->scene.showsFocus = true;
  m_parts->plot->redraw();
}

void LinePlot::focusOutEvent(QFocusEvent* event) {
  QWidget::focusOutEvent(event);
  m_parts->scene.showsFocus = false;
  m_parts->plot->redraw();
}

void LinePlot::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) {
    m_parts->scene.tokens = &theme();
    rebuild();
  }
  QWidget::changeEvent(event);
}

void LinePlot::announce() {
  const LinePlotScene& scene = m_parts->scene;
  setAccessibleName(scene.data ? withoutMarks(scene.data->title) : tr("empty plot"));
  QStringList sentences;
  if (scene.data && scene.cursor) {
    QStringList facts;
    for (const LineSeries& series : scene.data->series)
      facts << withoutMarks(series.name) + QLatin1Char(' ') +
                   scene.yText(LinePlotScene::valueAt(series, *scene.cursor));
    sentences << scene.xText(*scene.cursor) + QStringLiteral(": ") + facts.join(QStringLiteral(", "));
  }
  if (scene.data)
    for (const LineSeries& series : scene.data->series) sentences << scene.describe(series);
  setAccessibleDescription(sentences.join(QStringLiteral(". ")));
}

}  // namespace patchbay::ui
