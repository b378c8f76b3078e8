#include <QTest>

#include "ui/state/undo_history.h"

using namespace patchbay;
using namespace patchbay::ui;

class UndoHistoryTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void typingInOneFieldIsOneEdit() {
    UndoHistory history;
    Json value = "abc";
    history.addKind(QStringLiteral("prompt"), [&](const Json& set) { value = set; });
    history.record(QStringLiteral("prompt"), QStringLiteral("typing"), "", "a", QStringLiteral("prompt"));
    history.record(QStringLiteral("prompt"), QStringLiteral("typing"), "a", "ab", QStringLiteral("prompt"));
    history.record(QStringLiteral("prompt"), QStringLiteral("typing"), "ab", "abc", QStringLiteral("prompt"));
    QCOMPARE(history.count(), std::size_t{1});
    history.undo();
    QVERIFY(value == "");
    history.redo();
    QVERIFY(value == "abc");
  }
  void aSealBeginsANewEdit() {
    UndoHistory history;
    history.record(QStringLiteral("k"), QStringLiteral("x"), 1, 2, QStringLiteral("m"));
    history.seal();
    history.record(QStringLiteral("k"), QStringLiteral("x"), 2, 3, QStringLiteral("m"));
    QCOMPARE(history.count(), std::size_t{2});
  }
  void whatAnUndoChangesIsNotRecorded() {
    UndoHistory history;
    history.addKind(QStringLiteral("k"),
                    [&](const Json&) { history.record(QStringLiteral("k"), QStringLiteral("echo"), 5, 6); });
    history.record(QStringLiteral("k"), QStringLiteral("x"), 1, 2);
    history.undo();
    QCOMPARE(history.count(), std::size_t{1});
    QVERIFY(history.canRedo());
  }
  void aNewEditForgetsTheUndone() {
    UndoHistory history;
    history.record(QStringLiteral("k"), QStringLiteral("x"), 1, 2);
    history.undo();
    history.record(QStringLiteral("k"), QStringLiteral("y"), 1, 9);
    QVERIFY(!history.canRedo());
    QCOMPARE(history.undoText(), QStringLiteral("y"));
  }
  void nothingChangedIsNoEdit() {
    UndoHistory history;
    history.record(QStringLiteral("k"), QStringLiteral("x"), 1, 1);
    QVERIFY(!history.canUndo());
  }
  void editsSurviveARestart() {
    UndoHistory history;
    history.record(QStringLiteral("k"), QStringLiteral("one"), 1, 2);
    history.record(QStringLiteral("k"), QStringLiteral("two"), 2, 3);
    history.undo();
    UndoHistory next;
    Json value;
    next.addKind(QStringLiteral("k"), [&](const Json& set) { value = set; });
    next.restore(Json::parse(history.save().dump()));
    QCOMPARE(next.count(), std::size_t{2});
    QCOMPARE(next.redoText(), QStringLiteral("two"));
    next.redo();
    QVERIFY(value == 3);
    next.undo();
    next.undo();
    QVERIFY(value == 1);
  }
  void nonsenseInAFileIsLeftOut() {
    UndoHistory history;
    for (const Json& nonsense :
         {Json(3), Json::array({1}), Json{{"entries", 7}}, Json{{"position", "x"}},
          Json{{"entries", {1, "a", {{"kind", 3}}, {{"kind", "k"}, {"text", 4}, {"merge", Json::array()}}}},
               {"position", -4}}}) {
      history.restore(nonsense);
      QVERIFY(history.count() <= 1);
    }
  }
  void editsOfWhatIsGoneAreForgotten() {
    UndoHistory history;
    Json value;
    history.addKind(QStringLiteral("k"), [&](const Json& set) { value = set; });
    for (int run = 1; run <= 4; ++run)
      history.record(QStringLiteral("k"), QStringLiteral("x"), {{"run", run}}, {{"run", run}, {"value", true}});
    history.undo();
    history.forget([](const Json& edited) { return edited["run"] == 2 || edited["run"] == 4; });
    QCOMPARE(history.count(), std::size_t{2});
    QVERIFY(!history.canRedo());
    history.undo();
    QCOMPARE(value["run"].get<int>(), 3);
    history.undo();
    QCOMPARE(value["run"].get<int>(), 1);
    QVERIFY(!history.canUndo());
  }
};

QTEST_APPLESS_MAIN(UndoHistoryTest)
#include "tst_undo_history.moc"
