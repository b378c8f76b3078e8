#include "ui/plots/heat_map.h"

#include <QtCore/QScopedValueRollback>
#include <QtWidgets/QScrollBar>

#include <cmath>

#include "ui/plots/heat_map_accessible.h"
#include "ui/plots/heat_map_parts.h"
#include "ui/plots/late_plot.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

HeatMap::HeatMap(QWidget* parent) : QWidget(parent), m_parts(std::make_unique<HeatMapParts>(this)) {
  setFocusPolicy(Qt::StrongFocus);
  setMouseTracking(true);
  installHeatMapAccessibility();
  connect(m_parts->scroll, &QScrollBar::valueChanged, this, [this](int value) {
    m_parts->first.column = value;
    layoutCells();
    Q_EMIT partChanged();
  });
  connect(m_parts->rowScroll, &QScrollBar::valueChanged, this, [this](int value) {
    m_parts->first.row = m_parts->rowScroll->maximum() - value;
    layoutCells();
    Q_EMIT partChanged();
  });
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
  const auto lies = [&scene](const Cell& cell) {
    return scene.data && cell.row < scene.data->rows() && cell.column < scene.data->columns();
  };
  if (scene.selection && !lies(scene.selection->last)) {
    scene.selection.reset();
    scene.current.reset();
    m_parts->anchor.reset();
  }
  if (scene.pinned && !lies(*scene.pinned)) scene.pinned.reset();
  if (const QSize shape = scene.data ? QSize(scene.data->columns(), scene.data->rows()) : m_parts->zoomed;
      shape != m_parts->zoomed || (scene.data && m_parts->awaited)) {
    m_parts->zoomed = shape;
    const GridPart part = m_parts->awaited.value_or(GridPart{});
    m_parts->zoom = part.zoom;
    if (m_parts->awaited) m_parts->first = part.first;
    m_parts->awaited.reset();
  }
  layoutCells();
  tellNewCells(*this);
  announce();
}

const std::shared_ptr<const HeatMapData>& HeatMap::data() const { return m_parts->scene.data; }

void HeatMap::setSelection(const std::optional<CellRange>& range) {
  HeatMapScene& scene = m_parts->scene;
  if (scene.selection == range) return;
  scene.selection = range;
  scene.current = range ? std::optional(range->last) : std::nullopt;
  m_parts->anchor = range ? std::optional(range->first) : std::nullopt;
  if (range) m_parts->showCell(range->last);
  m_parts->refreshLabels();
  m_parts->refreshMarks();
  announce();
}

void HeatMap::setCurrentCell(const std::optional<Cell>& cell) {
  setSelection(cell ? std::optional(CellRange{*cell, *cell}) : std::nullopt);
}

std::optional<CellRange> HeatMap::selection() const { return m_parts->scene.selection; }

std::optional<Cell> HeatMap::currentCell() const { return m_parts->scene.current; }

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

int HeatMap::leftMargin() const { return m_parts->left; }

void HeatMap::setFitWidth(bool fit) {
  m_parts->isFitWidth = fit;
  layoutCells();
}

bool HeatMap::isFitWidth() const { return m_parts->isFitWidth; }

bool HeatMap::isPooled() const { return m_parts->scene.layout.isPooled(); }

void HeatMap::setZoom(double zoom, const std::optional<QPoint>& around) {
  m_parts->zoomTo(zoom, around.value_or(gridRect().center()), *this);
  layoutCells();
  Q_EMIT partChanged();
}

GridPart HeatMap::part() const { return m_parts->awaited.value_or(GridPart{m_parts->zoom, m_parts->first}); }

void HeatMap::showPart(const GridPart& part) {
  GridPart shown = part;
  shown.zoom = std::isfinite(part.zoom) ? std::max(part.zoom, 1.0) : 1.0;
  if (!m_parts->scene.data) {
    m_parts->awaited = shown;
    return;
  }
  m_parts->zoom = std::min(shown.zoom, std::max(1.0, m_parts->scene.layout.largestZoom()));
  m_parts->first = shown.first;
  layoutCells();
}

double HeatMap::zoom() const { return m_parts->zoom; }

int HeatMap::heightForRows(int rowPixels) const {
  const int rows = m_parts->scene.data ? m_parts->scene.data->rows() : 0;
  return rows * rowPixels + m_parts->labelHeight();
}

QRect HeatMap::gridRect() const { return m_parts->scene.layout.grid(); }

QRect HeatMap::cellRect(Cell cell) const { return m_parts->scene.layout.cellRect(cell); }

std::optional<Cell> HeatMap::cellAt(const QPoint& position) const { return m_parts->scene.layout.cellAt(position); }

Cell HeatMap::nearestCell(const QPoint& position) const { return m_parts->scene.layout.nearestCell(position); }

Figure HeatMap::figure(bool printTheme) const {
  HeatMapScene& scene = m_parts->scene;
  const QScopedValueRollback hovered(scene.hovered, std::optional<Cell>());
  const QScopedValueRollback focus(scene.showsFocus, false);
  if (printTheme) scene.tokens = &tokensOf(ThemeKind::Light);
  m_parts->paintAgain(*this);
  const QScopedValueRollback shapes(scene.paintsColours, true);
  m_parts->cells->setVisible(false);
  const Figure figure = figureOf(*m_parts->plot, size());
  scene.tokens = &theme();
  m_parts->paintAgain(*this);
  return figure;
}

QSize HeatMap::sizeHint() const { return {714, heightForRows(15)}; }

QSize HeatMap::minimumSizeHint() const { return {200, 120}; }

QString HeatMap::spoken(Cell cell) const {
  const HeatMapData* data = m_parts->scene.data.get();
  if (!data) return {};
  if (data->spoken) return data->spoken(cell);
  const QString row = data->rowLabels.value(cell.row);
  const QString column = data->columnLabels.value(cell.column);
  // Labels above the grid are layers and name themselves; a token needs its position too.
  const QString place = data->areColumnLabelsOnTop
                            ? tr("%1 %2, %3 %4").arg(data->columnName, column, data->rowName, row)
                            : tr("%1 %2 %3, %4").arg(data->columnName).arg(cell.column).arg(spokenToken(column), row);
  const double value = static_cast<double>(data->value(cell));
  if (std::isnan(value)) return tr("%1: not computed").arg(place);
  QStringList facts;
  if (data->word) facts << spokenToken(data->word(cell));
  if (data->areShares)
    facts << formatPercent(value);
  else
    facts << data->scale.metric << (data->valueText ? data->valueText(cell) : formatCompact(value));
  return tr("%1: %2").arg(place, facts.join(QLatin1Char(' ')));
}

void HeatMap::press(Cell cell) {
  choose(cell, false);
  announceChoice();
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
  if (scene.current) tellCurrentCell(*this, *scene.current);
}

void HeatMap::choose(Cell cell, bool extend) {
  HeatMapScene& scene = m_parts->scene;
  if (!extend || !m_parts->anchor) m_parts->anchor = cell;
  scene.current = cell;
  scene.selection = cellRange(*m_parts->anchor, cell);
  m_parts->showCell(cell);
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
  // A click may lead elsewhere, so the selection is told first.
  Q_EMIT selectionChanged(range);
  if (range->isSingle()) Q_EMIT cellClicked(range->first.row, range->first.column);
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

void HeatMap::focusInEvent(QFocusEvent* event) {
  QWidget::focusInEvent(event);
  m_parts->scene.showsFocus = true;
  m_parts->refreshMarks();
  if (currentCell()) tellCurrentCell(*this, *currentCell());
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
