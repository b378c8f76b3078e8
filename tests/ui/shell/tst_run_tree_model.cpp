#include <QAbstractItemModelTester>

#include "tests/ui/state/state_fixture.h"
#include "ui/models/library_model.h"
#include "ui/models/run_tree_model.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::StateFixture;

class RunTreeModelTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void runsAppearNewestFirstAndDerivedOnesBelow() {
    StateFixture bench;
    RunTreeModel model(bench.runs, bench.session);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(bench.open());
    const RunId first = bench.runs.start(bench.lens("one"), {.title = QStringLiteral("One")});
    const RunId second = bench.runs.start(bench.lens("two"), {.title = QStringLiteral("Two")});
    const RunId derived = bench.runs.start(bench.lens("three"), {.title = QStringLiteral("Three"), .parent = first});
    QTRY_VERIFY(bench.isFinished(derived));
    const QModelIndex session = model.index(0, 0);
    QCOMPARE(model.rowCount(session), 2);
    QCOMPARE(model.runAt(model.index(0, 0, session)), second);
    QCOMPARE(model.indexOf(derived).parent(), model.indexOf(first));
    QCOMPARE(model.runCount(), 3);
    QCOMPARE(model.indexOf(first).data(RunTreeModel::LabelRole).toString(), runLabel(first));
    QVERIFY(model.indexOf(first).data(RunTreeModel::TimeTextRole).toString().endsWith(QStringLiteral(" s")));
    QCOMPARE(session.data().toString(), QStringLiteral("work"));
  }

  void trashAndStarsFilter() {
    StateFixture bench;
    RunTreeModel model(bench.runs, bench.session);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(bench.open());
    const RunId first = bench.runs.start(bench.lens("one"), {.title = QStringLiteral("One")});
    const RunId second = bench.runs.start(bench.lens("two"), {.title = QStringLiteral("Two")});
    QTRY_VERIFY(bench.isFinished(second));
    bench.runs.setTrashed(first, true);
    QCOMPARE(model.runCount(), 1);
    model.setTrashShown(true);
    QCOMPARE(model.runCount(), 2);
    bench.runs.setStarred(second, true);
    model.setStarredOnly(true);
    QCOMPARE(model.runCount(), 1);
    QVERIFY(model.setData(model.indexOf(second), QStringLiteral("Renamed"), Qt::EditRole));
    QCOMPARE(bench.runs.record(second)->title, std::string("Renamed"));
    QVERIFY(!model.setData(model.indexOf(second), QStringLiteral("  "), Qt::EditRole));
  }

  void theLibraryListsModelsAndVectors() {
    StateFixture bench;
    LibraryModel model(bench.models, bench.vectors, bench.maps, bench.decoders);
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(bench.open());
    QCOMPARE(model.rowCount(), 4);
    // The decoder that comes with the program is always there.
    const QModelIndex decoders = model.index(LibraryModel::Decoders, 0);
    QCOMPARE(model.rowCount(decoders), 1);
    QCOMPARE(model.index(0, 0, decoders).data(LibraryModel::KeyRole).toString(), QStringLiteral("default"));
    const QModelIndex models = model.index(LibraryModel::Models, 0);
    QCOMPARE(model.rowCount(models), 1);
    QVERIFY(model.index(0, 0, models).data(LibraryModel::CurrentRole).toBool());
    SteeringVector vector;
    vector.name = "warm";
    vector.rows = HostArray({1, 2}, {"layer", "width"}, "", {1.0f, 2.0f});
    vector.meanNorms = HostArray({1}, {"layer"}, "", {1.0f});
    const std::string hash = bench.vectors.add(std::make_shared<const SteeringVector>(vector));
    const QModelIndex vectors = model.index(LibraryModel::Vectors, 0);
    QCOMPARE(vectors.data(LibraryModel::CountRole).toInt(), 1);
    QSignalSpy renamed(&model, &LibraryModel::renamed);
    QVERIFY(model.setData(model.index(0, 0, vectors), QStringLiteral("cold"), Qt::EditRole));
    QCOMPARE(renamed.front().front().toString().toStdString(), hash);
    QVERIFY(!model.setData(models, QStringLiteral("no"), Qt::EditRole));
    // A fitted map is on the shelf once its run is done, and gone while the run is in the trash.
    FitMapRequest fit;
    fit.model = bench.models.current()->ref;
    fit.name = "small";
    for (int i = 0; i < 40; ++i) fit.texts.push_back("words number " + std::to_string(i * 37) + " of many");
    const RunId run = bench.runs.start(fit, {});
    QTRY_VERIFY_WITH_TIMEOUT(bench.isFinished(run), 20'000);
    const QModelIndex maps = model.index(LibraryModel::Maps, 0);
    QTRY_COMPARE(maps.data(LibraryModel::CountRole).toInt(), 1);
    QCOMPARE(model.index(0, 0, maps).data().toString(), QStringLiteral("small"));
    bench.runs.setTrashed(run, true);
    QCOMPARE(maps.data(LibraryModel::CountRole).toInt(), 0);
  }
};

QTEST_GUILESS_MAIN(RunTreeModelTest)
#include "tst_run_tree_model.moc"
