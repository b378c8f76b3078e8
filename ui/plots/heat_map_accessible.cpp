#include "ui/plots/heat_map_accessible.h"

#include <QtCore/QHash>
#include <QtGui/QAccessible>
#include <QtWidgets/QAccessibleWidget>

#include <utility>

#include "ui/plots/heat_map.h"
#include "ui/plots/heat_map_cell_accessible.h"

namespace patchbay::ui {

namespace {

/// The table. Cells are made when they are asked for and kept until the data is another.
class HeatMapAccessible : public QAccessibleWidget, public QAccessibleTableInterface {
public:
  explicit HeatMapAccessible(HeatMap* map) : QAccessibleWidget(map, QAccessible::Table) {}

  void* interface_cast(QAccessible::InterfaceType type) override {
    return type == QAccessible::TableInterface ? static_cast<QAccessibleTableInterface*>(this)
                                               : QAccessibleWidget::interface_cast(type);
  }
  [[nodiscard]] int childCount() const override { return rowCount() * columnCount(); }
  [[nodiscard]] QAccessibleInterface* child(int index) const override {
    return index < 0 || index >= childCount() ? nullptr : cellAt(index / columnCount(), index % columnCount());
  }
  [[nodiscard]] int indexOfChild(const QAccessibleInterface* cell) const override {
    auto* place = const_cast<QAccessibleInterface*>(cell)->tableCellInterface();  // the library has no const form
    return place && place->table() == this ? place->rowIndex() * columnCount() + place->columnIndex() : -1;
  }
  [[nodiscard]] QAccessibleInterface* childAt(int x, int y) const override {
    const auto cell = map().cellAt(map().mapFromGlobal(QPoint(x, y)));
    return cell ? cellAt(cell->row, cell->column) : nullptr;
  }
  [[nodiscard]] QAccessibleInterface* focusChild() const override {
    const auto current = map().currentCell();
    return current && map().hasFocus() ? cellAt(current->row, current->column) : nullptr;
  }

  [[nodiscard]] QAccessibleInterface* caption() const override { return nullptr; }
  [[nodiscard]] QAccessibleInterface* summary() const override { return nullptr; }
  [[nodiscard]] QAccessibleInterface* cellAt(int row, int column) const override {
    if (row < 0 || row >= rowCount() || column < 0 || column >= columnCount()) return nullptr;
    QAccessible::Id& id = m_cells[{row, column}];
    if (id == 0) id = QAccessible::registerAccessibleInterface(new HeatMapCellAccessible(&map(), {row, column}));
    return QAccessible::accessibleInterface(id);
  }
  [[nodiscard]] int rowCount() const override { return map().data() ? map().data()->rows() : 0; }
  [[nodiscard]] int columnCount() const override { return map().data() ? map().data()->columns() : 0; }
  [[nodiscard]] QString rowDescription(int row) const override {
    return map().data() ? map().data()->rowLabels.value(row) : QString();
  }
  [[nodiscard]] QString columnDescription(int column) const override {
    return map().data() ? map().data()->columnLabels.value(column) : QString();
  }

  [[nodiscard]] int selectedCellCount() const override {
    const auto range = map().selection();
    return range ? (range->last.row - range->first.row + 1) * (range->last.column - range->first.column + 1) : 0;
  }
  [[nodiscard]] QList<QAccessibleInterface*> selectedCells() const override {
    QList<QAccessibleInterface*> cells;
    const auto range = map().selection();
    if (!range) return cells;
    for (int row = range->first.row; row <= range->last.row; ++row)
      for (int column = range->first.column; column <= range->last.column; ++column) cells << cellAt(row, column);
    return cells;
  }
  [[nodiscard]] bool isRowSelected(int row) const override {
    const auto range = map().selection();
    return range && range->contains({row, 0}) && range->contains({row, columnCount() - 1});
  }
  [[nodiscard]] bool isColumnSelected(int column) const override {
    const auto range = map().selection();
    return range && range->contains({0, column}) && range->contains({rowCount() - 1, column});
  }
  [[nodiscard]] QList<int> selectedRows() const override {
    QList<int> rows;
    for (int row = 0; row < rowCount(); ++row)
      if (isRowSelected(row)) rows << row;
    return rows;
  }
  [[nodiscard]] QList<int> selectedColumns() const override {
    QList<int> columns;
    for (int column = 0; column < columnCount(); ++column)
      if (isColumnSelected(column)) columns << column;
    return columns;
  }
  [[nodiscard]] int selectedRowCount() const override { return static_cast<int>(selectedRows().size()); }
  [[nodiscard]] int selectedColumnCount() const override { return static_cast<int>(selectedColumns().size()); }
  // Whole rows and columns are not chosen in a map; its cells can be pressed.
  bool selectRow(int) override { return false; }
  bool selectColumn(int) override { return false; }
  bool unselectRow(int) override { return false; }
  bool unselectColumn(int) override { return false; }

  void modelChange(QAccessibleTableModelChangeEvent*) override { forgetCells(); }

protected:
  ~HeatMapAccessible() override { forgetCells(); }

private:
  [[nodiscard]] HeatMap& map() const { return *static_cast<HeatMap*>(object()); }
  void forgetCells() {
    for (const QAccessible::Id id : std::as_const(m_cells)) QAccessible::deleteAccessibleInterface(id);
    m_cells.clear();
  }

  mutable QHash<std::pair<int, int>, QAccessible::Id> m_cells;
};

QAccessibleInterface* makeHeatMap(const QString&, QObject* object) {
  auto* map = qobject_cast<HeatMap*>(object);
  return map ? new HeatMapAccessible(map) : nullptr;
}

}  // namespace

void installHeatMapAccessibility() { QAccessible::installFactory(makeHeatMap); }

void tellNewCells(HeatMap& map) {
  if (!QAccessible::isActive()) return;
  QAccessibleTableModelChangeEvent event(&map, QAccessibleTableModelChangeEvent::ModelReset);
  QAccessible::updateAccessibility(&event);
}

void tellCurrentCell(HeatMap& map, Cell cell) {
  if (!QAccessible::isActive() || !map.hasFocus()) return;
  QAccessibleEvent event(&map, QAccessible::Focus);
  event.setChild(cell.row * map.data()->columns() + cell.column);
  QAccessible::updateAccessibility(&event);
}

}  // namespace patchbay::ui
