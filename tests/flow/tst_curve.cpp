#include <QLabel>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>

#include "core/data/learning_curve.h"
#include "tests/flow/window_walk.h"
#include "ui/panels/curve_picture.h"
#include "ui/plots/line_plot.h"
#include "ui/state/run_book.h"
#include "ui/widgets/segmented_control.h"

using namespace patchbay;
using namespace patchbay::ui;
using namespace std::chrono_literals;

/// A learning curve in the real window on the default model.
class CurveTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void decodersAreComparedOneByOne();
  void whatWasTrainedBeforeAStopIsKept();

private:
  void open() {
    m_driver->choose(QStringLiteral("Learning curve"));
    QTRY_COMPARE(view(), QLatin1String(LearningCurveRequest::kKind));
    m_driver->find<QSpinBox>("curveItems")->setValue(12);
    m_driver->find<QSpinBox>("curveBatch")->setValue(8);
  }
};

void CurveTest::decodersAreComparedOneByOne() {
  open();
  auto* train = m_driver->find<QPushButton>("curveTrain");
  m_driver->fill("curveExamples", QStringLiteral("many"));
  QVERIFY(!train->isEnabled());
  QVERIFY(hint("curveHint").contains(QStringLiteral("500, 1000, 2000")));
  m_driver->fill("curveExamples", QStringLiteral("8, 16, 48"));
  m_driver->fill("curveLayers", QStringLiteral("99"));
  QVERIFY(!train->isEnabled());
  m_driver->fill("curveLayers", QString());
  m_driver->key(Qt::Key_Delete);
  m_driver->fill("curveRanks", QStringLiteral("4, 16"));
  QVERIFY(hint("curveHint").contains(QStringLiteral("6 decoders")));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  // The first decoders are there before the last are trained.
  auto* plot = part<LinePlot>("curvePlot");
  QTRY_VERIFY_WITH_TIMEOUT(plot->isVisible() && plot->data(), 60'000);
  QVERIFY(m_driver->waitFor(run, 120s));
  const auto result = m_driver->result<LearningCurveResult>(run);
  QVERIFY(result);
  QCOMPARE(result->points.size(), std::size_t{6});
  QCOMPARE(m_driver->bench().runs->record(run)->title, std::string("Learning curve · 6 decoders"));
  // A line for each rank, other states, chance.
  QTRY_COMPARE(plot->data()->series.size(), std::size_t{4});
  QCOMPARE(plot->data()->series.front().name, QStringLiteral("rank 4"));
  QCOMPARE(plot->data()->xLabel(2), QStringLiteral("48"));
  QVERIFY(words("curveStatement").contains(QStringLiteral("with other states")));
  QCOMPARE(part<QTableView>("curvePoints")->model()->rowCount(), 6);
  m_driver->picture("curve");
  // By rank there is a line for each number of questions; by loss there is no chance.
  auto* axes = m_driver->find<SegmentedControl>("curveAxis");
  m_driver->click(axes, QPoint(8, axes->height() / 2));
  m_driver->key(Qt::Key_Right);
  QTRY_COMPARE(plot->data()->series.size(), std::size_t{5});
  auto* measures = m_driver->find<SegmentedControl>("curveMeasure");
  m_driver->click(measures, QPoint(measures->width() - 8, measures->height() / 2));
  QTRY_COMPARE(plot->data()->series.size(), std::size_t{4});
  QCOMPARE(plot->data()->series.front().y.front(), result->at({.rank = 4, .layer = -1}, 8)->loss);
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());

  // Tomorrow it is there as it was.
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(view(), QLatin1String(LearningCurveRequest::kKind));
  QTRY_VERIFY(part<LinePlot>("curvePlot")->data());
  QTRY_COMPARE(part<LinePlot>("curvePlot")->data()->series.size(), std::size_t{4});
  QCOMPARE(m_driver->find<SegmentedControl>("curveMeasure")->current(), static_cast<int>(CurveMeasure::Loss));
}

void CurveTest::whatWasTrainedBeforeAStopIsKept() {
  open();
  m_driver->fill("curveExamples", QStringLiteral("8, 8000"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QTRY_VERIFY_WITH_TIMEOUT(part<LinePlot>("curvePlot")->data(), 60'000);
  m_driver->choose(QStringLiteral("Stop"));
  QTRY_COMPARE_WITH_TIMEOUT(m_driver->bench().runs->record(run)->status, RunStatus::Cancelled, 10'000);
  const auto part = m_driver->result<LearningCurveResult>(run);
  QVERIFY(part);
  QCOMPARE(part->points.size(), std::size_t{1});
  QCOMPARE(part->points.front().examples, std::int64_t{8});
}

QTEST_MAIN(CurveTest)
#include "tst_curve.moc"
