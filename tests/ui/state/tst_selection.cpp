#include <QSignalSpy>
#include <QTest>

#include "ui/state/selection.h"

using namespace patchbay;
using namespace patchbay::ui;

class SelectionTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aCellHasAnAddress() {
    Selection selection;
    selection.selectCell(3, 4, 24);
    QCOMPARE(selection.state().address(), QStringLiteral("t4.L24.resid_post"));
    QVERIFY(selection.state().isCell());
    selection.selectTokens({2, 5});
    QVERIFY(!selection.state().isCell());
    QCOMPARE(selection.state().layer(), 24);
  }
  void equalSelectionIsNoChange() {
    Selection selection;
    selection.selectCell(1, 2, 3);
    const QSignalSpy changed(&selection, &Selection::changed);
    selection.selectCell(1, 2, 3);
    QCOMPARE(changed.count(), 0);
  }
  void walksBackAndForward() {
    Selection selection;
    selection.selectCell(1, 0, 0);
    selection.selectCell(1, 1, 0);
    selection.selectCell(1, 2, 0);
    selection.back();
    selection.back();
    QCOMPARE(selection.state().token(), 0);
    selection.forward();
    QCOMPARE(selection.state().token(), 1);
    selection.selectCell(1, 7, 0);
    QVERIFY(!selection.canGoForward());
    selection.back();
    QCOMPARE(selection.state().token(), 1);
  }
  void forgottenRunsAreNotGoneBackTo() {
    Selection selection;
    selection.selectCell(1, 0, 0);
    selection.selectCell(2, 1, 0);
    selection.toggleReference();
    selection.selectCell(3, 2, 0);
    selection.selectCell(2, 3, 0);
    selection.selectCell(3, 4, 0);
    selection.forget([](RunId run) { return run == 2; });
    QCOMPARE(selection.state().token(), 4);
    QVERIFY(!selection.reference());
    selection.back();
    QCOMPARE(selection.state().token(), 2);
    selection.back();
    QCOMPARE(selection.run(), RunId{1});
    selection.forward();
    selection.forget([](RunId run) { return run == 3; });
    QCOMPARE(selection.run(), RunId{0});
    selection.back();
    QCOMPARE(selection.run(), RunId{1});
  }
  void theReferenceTogglesAndStays() {
    Selection selection;
    selection.selectCell(1, 2, 3);
    selection.toggleReference();
    QVERIFY(selection.reference().has_value());
    selection.selectCell(1, 4, 3);
    QCOMPARE(selection.reference()->token(), 2);
    selection.toggleReference();
    QCOMPARE(selection.reference()->token(), 4);
    selection.toggleReference();
    QVERIFY(!selection.reference().has_value());
  }
  void savesAndRestores() {
    Selection selection;
    selection.selectCell(5, 1, 2);
    selection.toggleReference();
    selection.selectTokens({1, 6});
    Selection other;
    other.restore(Json::parse(selection.save().dump()));
    QVERIFY(other.state() == selection.state());
    QVERIFY(other.reference() == selection.reference());
    other.back();
    QCOMPARE(other.state().token(), 1);
    QVERIFY(other.state().isCell());
  }
  void damagedStateIsAnEmptySelection() {
    Selection selection;
    selection.restore(Json::parse(R"({"history": "no", "position": 9})"));
    QCOMPARE(selection.run(), RunId{0});
    selection.restore(Json());
    QVERIFY(!selection.state().hasPlace());
  }
};

QTEST_APPLESS_MAIN(SelectionTest)
#include "tst_selection.moc"
