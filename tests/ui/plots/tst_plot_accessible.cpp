#include <QtGui/QAccessible>
#include <QtTest/QtTest>
#include <QtWidgets/QApplication>

#include <cmath>

#include "ui/plots/bar_plot.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/theme.h"

using namespace patchbay;
using namespace patchbay::ui;

namespace {

std::shared_ptr<const HeatMapData> lens(int layers, int tokens) {
  std::vector<float> values(static_cast<std::size_t>(layers * tokens), .83F);
  values[0] = NAN;
  auto data = std::make_shared<HeatMapData>();
  data->values = HostArray({layers, tokens}, {"layer", "token"}, "", values);
  for (int l = 0; l < layers; ++l) data->rowLabels << QStringLiteral("L%1").arg(l);
  for (int t = 0; t < tokens; ++t) data->columnLabels << QStringLiteral("␣France");
  data->word = [](Cell) { return QStringLiteral("␣Paris"); };
  data->areShares = true;
  data->scale.metric = QStringLiteral("p(top-1)");
  return data;
}

}  // namespace

class TestPlotAccessible : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void aHeatMapIsATableOfLayersAndTokens() {
    HeatMap map;
    map.setData(lens(30, 6));
    map.resize(770, 480);
    map.show();
    QAccessibleInterface* root = QAccessible::queryAccessibleInterface(&map);
    QVERIFY(root);
    QCOMPARE(root->role(), QAccessible::Table);
    QVERIFY(root->text(QAccessible::Name).contains(QStringLiteral("30 rows, 6 columns")));
    QAccessibleTableInterface* table = root->tableInterface();
    QVERIFY(table);
    QCOMPARE(table->rowCount(), 30);
    QCOMPARE(table->columnCount(), 6);
    QCOMPARE(root->childCount(), 180);
    QCOMPARE(table->rowDescription(12), QStringLiteral("L12"));
    QAccessibleInterface* cell = table->cellAt(12, 4);
    QCOMPARE(cell->text(QAccessible::Name),
             QStringLiteral("token 4 '␣France', L12: '␣Paris' 83 %").replace(QChar(0x2423), QLatin1Char(' ')));
    QCOMPARE(cell->role(), QAccessible::Cell);
    QCOMPARE(cell->parent(), root);
    QCOMPARE(root->indexOfChild(cell), 12 * 6 + 4);
    QCOMPARE(root->child(12 * 6 + 4), cell);
    QCOMPARE(cell->tableCellInterface()->rowIndex(), 12);
    QCOMPARE(cell->tableCellInterface()->columnIndex(), 4);
    QCOMPARE(cell->rect(), QRect(map.mapToGlobal(map.cellRect({12, 4}).topLeft()), map.cellRect({12, 4}).size()));
    QCOMPARE(root->childAt(cell->rect().center().x(), cell->rect().center().y()), cell);
    QVERIFY(table->cellAt(0, 0)->text(QAccessible::Name).endsWith(QStringLiteral("not computed")));
    QVERIFY(!table->cellAt(30, 0));
    QVERIFY(!table->cellAt(0, -1));
    QVERIFY(!root->child(180));
  }

  void theFocusedCellIsTheCurrentOne() {
    HeatMap map;
    map.setData(lens(30, 6));
    map.resize(770, 480);
    map.show();
    QAccessibleInterface* root = QAccessible::queryAccessibleInterface(&map);
    QVERIFY(!root->focusChild());
    map.activateWindow();
    map.setFocus();
    QTRY_VERIFY(map.hasFocus());
    map.setCurrentCell(Cell{12, 4});
    QCOMPARE(root->focusChild(), root->tableInterface()->cellAt(12, 4));
    QVERIFY(root->focusChild()->state().focused);
    QTest::keyClick(&map, Qt::Key_Right);
    QCOMPARE(root->focusChild(), root->tableInterface()->cellAt(12, 5));
    QVERIFY(!root->tableInterface()->cellAt(12, 4)->state().selected);
    map.setSelection(CellRange{{3, 1}, {4, 2}});
    QCOMPARE(root->tableInterface()->selectedCellCount(), 4);
    QVERIFY(root->tableInterface()->cellAt(3, 2)->state().selected);
    map.setSelection(CellRange{{3, 0}, {3, 5}});
    QCOMPARE(root->tableInterface()->selectedRows(), QList<int>{3});
    QVERIFY(!root->tableInterface()->isColumnSelected(0));
  }

  void pressingACellIsAClick() {
    HeatMap map;
    map.setData(lens(30, 6));
    map.resize(770, 480);
    map.show();
    QSignalSpy clicked(&map, &HeatMap::cellClicked);
    QAccessibleInterface* cell = QAccessible::queryAccessibleInterface(&map)->tableInterface()->cellAt(7, 2);
    cell->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(clicked.size(), 1);
    QCOMPARE(map.currentCell(), std::optional(Cell{7, 2}));
  }

  void cellsThatAreGoneAreInvalid() {
    auto map = std::make_unique<HeatMap>();
    map->setData(lens(30, 6));
    QAccessibleInterface* root = QAccessible::queryAccessibleInterface(map.get());
    QAccessibleInterface* cell = root->tableInterface()->cellAt(29, 5);
    QVERIFY(cell->isValid());
    map->setData(lens(4, 4));
    QVERIFY(!cell->isValid());
    QVERIFY(cell->state().invalid);
    QCOMPARE(cell->text(QAccessible::Name), QString());
    // What a screen reader's bridge is told with the same change.
    QAccessibleTableModelChangeEvent reset(map.get(), QAccessibleTableModelChangeEvent::ModelReset);
    root->tableInterface()->modelChange(&reset);
    QVERIFY(root->tableInterface()->cellAt(3, 3)->isValid());
    map->setData(nullptr);
    QCOMPARE(root->childCount(), 0);
    map.reset();
  }

  void layersAboveTheGridNameThemselves() {
    auto data = std::make_shared<HeatMapData>(*lens(4, 4));
    data->areColumnLabelsOnTop = true;
    data->columnName = QStringLiteral("source layer");
    data->columnLabels = data->rowLabels;
    HeatMap map;
    map.setData(data);
    QVERIFY(map.spoken({2, 3}).startsWith(QStringLiteral("source layer L3, layer L2: ")));
  }

  void linesAndBarsTellTheirData() {
    LinePlot plot;
    auto data = std::make_shared<LinePlotData>();
    data->title = QStringLiteral("p by layer");
    data->series = {{QStringLiteral("#14 raw"), LineRole::ThisRun, {0, 1, 2, 3}, {.5, .1, NAN, .2}}};
    data->xLabel = [](double x) { return QStringLiteral("L%1").arg(x); };
    plot.setData(data);
    QAccessibleInterface* chart = QAccessible::queryAccessibleInterface(&plot);
    QCOMPARE(chart->role(), QAccessible::Chart);
    QCOMPARE(chart->text(QAccessible::Name), QStringLiteral("p by layer"));
    QCOMPARE(chart->text(QAccessible::Description),
             QStringLiteral("#14 raw: first .5 at L0, last .2 at L3, least .1 at L1, most .5 at L0"));
    BarPlot bars;
    bars.setData({QStringLiteral("next token"),
                  QStringLiteral("plain"),
                  QStringLiteral("patched"),
                  {{QStringLiteral("a"), .2, .7}, {QStringLiteral("b"), .3, .1}}});
    QAccessibleInterface* pairs = QAccessible::queryAccessibleInterface(&bars);
    QCOMPARE(pairs->role(), QAccessible::Chart);
    QVERIFY(pairs->text(QAccessible::Description).endsWith(QStringLiteral("least .10 for b, most .70 for a")));
    bars.setData({});
    QCOMPARE(pairs->text(QAccessible::Description), QString());
  }
};

QTEST_MAIN(TestPlotAccessible)
#include "tst_plot_accessible.moc"
