#include <QTabBar>

#include "tests/ui/shell/window_fixture.h"
#include "ui/panels/run_view.h"
#include "ui/plots/heat_map.h"
#include "ui/shell/tab_pane.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowFixture;

namespace {

QTabBar* rowOf(const TabPane* pane) { return pane->findChild<QTabBar*>(QStringLiteral("viewTabs")); }

/// A point of a pane by shares of its size, as a global position.
QPoint pointOf(const TabPane* pane, double across, double down) {
  return pane->mapToGlobal(QPoint(static_cast<int>(pane->width() * across), static_cast<int>(pane->height() * down)));
}

void hold(QTabBar* row, int index) { QTest::mousePress(row, Qt::LeftButton, {}, row->tabRect(index).center()); }

void dragTo(QTabBar* row, const QPoint& global) { QTest::mouseMove(row, row->mapFromGlobal(global)); }

void letGo(QTabBar* row, const QPoint& global) {
  QTest::mouseRelease(row, Qt::LeftButton, {}, row->mapFromGlobal(global));
}

}  // namespace

class TabDragTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void anEdgeSplitsThePaneThere() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("one")) > 0);
    QVERIFY(fixture.runPrompt(QStringLiteral("two")) > 0);
    ViewArea& views = fixture.window().views();
    TabPane* pane = views.activePane();
    const int count = pane->count();
    auto* zone = fixture.find("tabDropZone");
    QVERIFY(zone && !zone->isVisible());
    for (const auto& [across, down] : {std::pair(0.9, 0.5), std::pair(0.1, 0.5), std::pair(0.5, 0.9)}) {
      pane = views.activePane();
      pane->setCurrent(count - 1);
      const RunView* moved = pane->current();
      QTabBar* row = rowOf(pane);
      const QPoint edge = pointOf(pane, across, down);
      hold(row, count - 1);
      dragTo(row, edge);
      QVERIFY(zone->isVisible());
      const QRect taken(zone->mapToGlobal(QPoint()), zone->size());
      QVERIFY(taken.contains(edge));
      QVERIFY(taken.width() < pane->width() || taken.height() < pane->height());
      letGo(row, edge);
      QVERIFY(!zone->isVisible());
      QCOMPARE(views.panes().size(), std::size_t{2});
      QCOMPARE(views.activeView(), moved);
      QVERIFY(moved->isVisible());
      QCOMPARE(pane->count(), count - 1);
      const QPoint there = views.activePane()->mapToGlobal(QPoint());
      const QPoint here = pane->mapToGlobal(QPoint());
      QCOMPARE(there.x() > here.x(), across > 0.6);
      QCOMPARE(there.x() < here.x(), across < 0.4);
      QCOMPARE(there.y() > here.y(), down > 0.6);
      views.unsplit();
      // Tabs come together in reading order: the one from the left is the first now.
      TabPane* all = views.activePane();
      all->moveTab(all->indexOf(moved), count - 1);
    }
    QVERIFY(fixture.stop());
  }

  void aTabGoesAmongTheTabsOfAnotherPane() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("one")) > 0);
    QVERIFY(fixture.runPrompt(QStringLiteral("two")) > 0);
    ViewArea& views = fixture.window().views();
    views.splitCurrent(Qt::Horizontal);
    TabPane* left = views.panes().front();
    TabPane* right = views.panes().back();
    const int count = left->count();
    const RunView* moved = right->current();
    auto* zone = fixture.find("tabDropZone");
    QTabBar* row = rowOf(right);
    QTRY_VERIFY(row->mapToGlobal(QPoint()).x() > rowOf(left)->mapToGlobal(QPoint()).x() + 200);  // laid out
    // The row is scrolled to its last tab.
    const QPoint before = rowOf(left)->mapToGlobal(rowOf(left)->tabRect(count - 1).center() - QPoint(5, 0));
    hold(row, 0);
    dragTo(row, before);
    QVERIFY(zone->isVisible());
    QVERIFY(zone->width() < 8);  // a line between tabs
    letGo(row, before);
    QTRY_COMPARE(views.panes().size(), std::size_t{1});  // the other pane was left empty
    QCOMPARE(views.activePane(), left);
    QCOMPARE(left->count(), count + 1);
    QCOMPARE(left->indexOf(moved), count - 1);
    QCOMPARE(views.activeView(), moved);
    QVERIFY(moved->isVisible());
    QVERIFY(fixture.stop());
  }

  void escapeLeavesTheTabWhereItWas() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("one")) > 0);
    ViewArea& views = fixture.window().views();
    TabPane* pane = views.activePane();
    const int count = pane->count();
    QTabBar* row = rowOf(pane);
    const QPoint edge = pointOf(pane, 0.9, 0.5);
    auto* zone = fixture.find("tabDropZone");
    hold(row, count - 1);
    dragTo(row, edge);
    QVERIFY(zone->isVisible());
    auto* grid = fixture.find<HeatMap>("lensGrid");
    QTest::keyClick(grid, Qt::Key_Escape);  // wherever the focus is
    QVERIFY(!zone->isVisible());
    letGo(row, edge);
    QCOMPARE(views.panes().size(), std::size_t{1});
    QCOMPARE(pane->count(), count);
    // A pane with one tab has nothing to split off, and the middle of its own pane is no place.
    while (pane->count() > 1) pane->close(0);
    hold(row, 0);
    dragTo(row, edge);
    QVERIFY(!zone->isVisible());
    letGo(row, edge);
    QCOMPARE(views.panes().size(), std::size_t{1});
    QCOMPARE(pane->count(), 1);
    QVERIFY(fixture.stop());
  }

  void neverMoreThanTwoByTwo() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    for (const char* words : {"one", "two", "three", "four"})
      QVERIFY(fixture.runPrompt(QString::fromLatin1(words)) > 0);
    ViewArea& views = fixture.window().views();
    views.splitCurrent(Qt::Horizontal);
    TabPane* left = views.panes().front();
    QVERIFY(left->count() >= 3);
    for (const double across : {0.05, 0.95}) {
      const auto place = views.placeAt(pointOf(left, across, 0.4), *left);
      QVERIFY(!place);
    }
    const auto below = views.placeAt(pointOf(left, 0.5, 0.9), *left);
    QVERIFY(below && below->side == PaneSide::Below);
    views.moveTab(left, left->count() - 1, *below);
    QCOMPARE(views.panes().size(), std::size_t{3});
    QVERIFY(!views.placeAt(pointOf(left, 0.5, 0.9), *left));
    // The only tab of the right pane may change sides: its own pane goes with it.
    TabPane* right = views.panes().back();
    const auto side = views.placeAt(pointOf(left, 0.05, 0.4), *right);
    QVERIFY(side && side->side == PaneSide::Left);
    const RunView* moved = right->current();
    views.moveTab(right, 0, *side);
    QCOMPARE(views.panes().size(), std::size_t{3});
    QCOMPARE(views.panes().front()->current(), moved);
    QVERIFY(fixture.stop());
  }
};

QTEST_MAIN(TabDragTest)
#include "tst_tab_drag.moc"
