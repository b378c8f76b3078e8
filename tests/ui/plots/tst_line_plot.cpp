#include <QtCore/QTemporaryDir>
#include <QtTest/QtTest>
#include <QtWidgets/QApplication>

#include <cmath>

#include "ui/plots/bar_plot.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/theme.h"

using namespace patchbay::ui;

namespace {

std::shared_ptr<LinePlotData> line(int points) {
  auto data = std::make_shared<LinePlotData>();
  LineSeries series{QStringLiteral("#14 raw"), LineRole::ThisRun, {}, {}};
  for (int i = 0; i < points; ++i) {
    series.x.push_back(i);
    series.y.push_back(i == 3 ? NAN : .03 * i);
  }
  data->title = QStringLiteral("p by layer");
  data->series = {series};
  data->xLabel = [](double x) { return QStringLiteral("L%1").arg(x); };
  return data;
}

void turn(LinePlot& plot, const QPoint& at, int notches, Qt::KeyboardModifiers modifiers = {}) {
  QWheelEvent event(at, plot.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, modifiers, Qt::NoScrollPhase,
                    false);
  QCoreApplication::sendEvent(&plot, &event);
}

}  // namespace

class TestLinePlot : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void clickDragAndKeysMoveTheCursor() {
    LinePlot plot;
    plot.setData(line(30));
    plot.resize(770, 96);
    plot.show();
    QSignalSpy moved(&plot, &LinePlot::cursorMoved);
    const QRect area = plot.plotRect();
    QTest::mouseClick(&plot, Qt::LeftButton, {}, QPoint(area.left() + 1, area.center().y()));
    QCOMPARE(moved.takeFirst()[0].toInt(), 0);
    QTest::mousePress(&plot, Qt::LeftButton, {}, area.center());
    QTest::mouseMove(&plot, QPoint(area.right(), area.center().y()));
    QCOMPARE(plot.cursor(), std::optional(29));
    moved.clear();
    QTest::keyClick(&plot, Qt::Key_Right);
    QCOMPARE(moved.size(), 0);
    QTest::keyClick(&plot, Qt::Key_Left);
    QCOMPARE(moved.size(), 1);
    QVERIFY(plot.accessibleDescription().contains(QStringLiteral("L28")));
    plot.setCursor(4);
    QCOMPARE(moved.size(), 1);
  }

  void leftMarginIsExact() {
    for (const int margin : {30, 44, 61}) {
      LinePlot plot;
      plot.setLeftMargin(margin);
      plot.setData(line(30));
      plot.resize(640, 96);
      QCOMPARE(plot.plotRect().left(), margin);
    }
  }

  void cursorIsAnAccentLine() {
    LinePlot plot;
    plot.setData(line(30));
    plot.resize(640, 96);
    plot.show();
    plot.setCursor(20);
    QCoreApplication::processEvents();
    const QImage image = plot.grab().toImage();
    int found = 0;
    for (int x = plot.plotRect().left(); x <= plot.plotRect().right(); ++x)
      found += image.pixelColor(x, plot.plotRect().top() + 3) == theme().accent;
    QCOMPARE(found, 1);
  }

  void oddDataPaints() {
    LinePlot plot;
    plot.resize(300, 90);
    plot.show();
    for (const int points : {0, 1, 2, 400}) {
      plot.setData(line(points));
      QCoreApplication::processEvents();
      QVERIFY(!plot.grab().isNull());
    }
    auto flat = line(10);
    for (double& y : flat->series[0].y) y = 7;
    plot.setData(flat);
    plot.setData(nullptr);
    plot.setCursor(3);
    QTest::mouseClick(&plot, Qt::LeftButton);
    QVERIFY(!plot.grab().isNull());
  }

  void theWheelZoomsXAroundThePointerAndYOverItsLabels() {
    LinePlot plot;
    plot.setData(line(30));
    plot.resize(640, 96);
    plot.show();
    const auto whole = plot.xShown();
    const QRect area = plot.plotRect();
    const QPoint at(area.left() + area.width() / 4, area.center().y());
    for (int i = 0; i < 4; ++i) turn(plot, at, 1, i % 2 ? Qt::ControlModifier : Qt::NoModifier);
    const auto [first, last] = plot.xShown();
    QVERIFY(last - first < 15 && first <= 7 && last >= 7);
    QCOMPARE(first, std::round(first));
    const auto yWhole = plot.yShown();
    turn(plot, QPoint(5, area.center().y()), 2);
    QVERIFY(plot.yShown().second - plot.yShown().first < yWhole.second - yWhole.first);
    turn(plot, at, -1, Qt::ShiftModifier);
    QCOMPARE(plot.xShown().first, first + 1);
    QVERIFY(!plot.grab().isNull());
    plot.setData(line(30));
    QCOMPARE(plot.xShown().first, first + 1);  // new values of the same layers keep the view
    QTest::mouseDClick(&plot, Qt::LeftButton, {}, at);
    QCOMPARE(plot.xShown(), whole);
    QCOMPARE(plot.yShown(), yWhole);
    for (int i = 0; i < 60; ++i) turn(plot, at, 1);
    QCOMPARE(plot.xShown().second - plot.xShown().first, 2.0);
    for (int i = 0; i < 60; ++i) turn(plot, at, -1);
    QCOMPARE(plot.xShown(), whole);
  }

  void aZoomedPlotPansAndFollowsItsCursor() {
    LinePlot plot;
    plot.setData(line(30));
    plot.resize(640, 96);
    plot.show();
    plot.setCursor(10);
    for (int i = 0; i < 3; ++i) QTest::keyClick(&plot, Qt::Key_Plus);
    const auto [first, last] = plot.xShown();
    QVERIFY(first <= 10 && last >= 10 && last - first < 12);
    QSignalSpy moved(&plot, &LinePlot::cursorMoved);
    const QPoint at = plot.plotRect().center();
    QTest::mousePress(&plot, Qt::MiddleButton, {}, at);
    QTest::mouseMove(&plot, at + QPoint(plot.plotRect().width() / 2, 0));
    QTest::mouseRelease(&plot, Qt::MiddleButton, {}, at);
    QVERIFY(plot.xShown().first < first);
    QCOMPARE(moved.size(), 0);
    QTest::keyClick(&plot, Qt::Key_End);
    QCOMPARE(plot.cursor(), std::optional(29));
    QCOMPARE(plot.xShown().second, 29.0);
  }

  void picturesAreWritten() {
    QTemporaryDir folder;
    LinePlot plot;
    plot.setData(line(30));
    plot.resize(640, 96);
    QVERIFY(writeFigure(withCaption(plot.figure(), QStringLiteral("#14")), QStringLiteral("#14"),
                        folder.filePath(QStringLiteral("line.png"))));
    BarPlot bars;
    bars.setData({QStringLiteral("next token"),
                  QStringLiteral("plain"),
                  QStringLiteral("patched"),
                  {{QStringLiteral("a"), .2, .7}}});
    bars.resize(bars.sizeHint());
    QVERIFY(bars.accessibleDescription().contains(QStringLiteral(".70")));
    QVERIFY(writeFigure(bars.figure(), QStringLiteral("#15"), folder.filePath(QStringLiteral("bars.png")), 3));
    QCOMPARE(QImage(folder.filePath(QStringLiteral("bars.png"))).width(), bars.width() * 3);
    QSignalSpy clicked(&bars, &BarPlot::pairClicked);
    QTest::mouseClick(&bars, Qt::LeftButton, {}, QPoint(50, 52));
    QCOMPARE(clicked.size(), 1);
  }
};

QTEST_MAIN(TestLinePlot)
#include "tst_line_plot.moc"
