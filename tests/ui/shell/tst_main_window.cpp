#include <set>

#include <QClipboard>
#include <QDockWidget>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTabBar>

#include "tests/ui/shell/window_fixture.h"
#include "ui/panels/run_view.h"
#include "ui/plots/heat_map.h"
#include "ui/shell/tab_pane.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/warning_strip.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowFixture;

class MainWindowTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void typingAPromptAndEnterShowsTheLens() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    fixture.type(QStringLiteral("hello world"));
    QCOMPARE(fixture.bench().prompt->text(), QStringLiteral("hello world"));
    QTest::keyClick(fixture.find("promptField"), Qt::Key_Return);
    const RunId run = fixture.bench().selection->run();
    QVERIFY(run > 0);
    QTRY_COMPARE(fixture.bench().runs->record(run)->status, RunStatus::Done);
    QCOMPARE(fixture.window().views().activeView()->run(), run);
    QCOMPARE(fixture.window().views().tabCount(), fixture.tabsAtStart + 1);
    QVERIFY(fixture.find<TokenStrip>("tokenStrip")->chips().size() > 1);
    QVERIFY(fixture.find("viewBadge")->isVisible());
    QVERIFY(fixture.stop());
  }

  void aClickedCellIsSelectedEverywhereAndPOpensAPatchscope() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId lens = fixture.runPrompt(QStringLiteral("hello world"));
    QVERIFY(lens > 0);
    auto* grid = fixture.find<HeatMap>("lensGrid");
    QVERIFY(grid);
    QTRY_VERIFY(!grid->cellRect({1, 1}).isEmpty());
    grid->setFocus();
    fixture.bench().selection->selectCell(lens, 1, 1);
    QVERIFY(fixture.find<TokenStrip>("tokenStrip")->selection().has_value());
    QVERIFY(fixture.bench().actions->isEnabled(QStringLiteral("analyse.patchscope")));
    QTest::keyClick(grid, Qt::Key_P);
    const RunId patchscope = fixture.bench().selection->run();
    QVERIFY(patchscope != lens);
    QTRY_COMPARE(fixture.bench().runs->record(patchscope)->status, RunStatus::Done);
    QCOMPARE(fixture.window().views().tabCount(), fixture.tabsAtStart + 2);
    QCOMPARE(fixture.bench().runs->record(patchscope)->parent, std::optional<RunId>(lens));
    QVERIFY(fixture.stop());
  }

  void lettersInThePromptAreLetters() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId lens = fixture.runPrompt(QStringLiteral("hello"));
    fixture.bench().selection->selectCell(lens, 0, 0);
    QTest::keyClicks(fixture.find("promptField"), QStringLiteral(" ppp"));
    QCOMPARE(fixture.bench().selection->run(), lens);
    QVERIFY(fixture.bench().prompt->text().endsWith(QStringLiteral("ppp")));
    QVERIFY(fixture.stop());
  }

  void undoTakesBackTypingAndNotes() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const QString before = fixture.bench().prompt->text();
    fixture.type(QStringLiteral("abc"));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.undo")));
    QCOMPARE(fixture.bench().prompt->text(), before);
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.redo")));
    QCOMPARE(fixture.bench().prompt->text(), QStringLiteral("abc"));
    auto* notes = fixture.find<QPlainTextEdit>("notesText");
    QTest::keyClicks(notes, QStringLiteral("seen"));
    QTRY_COMPARE(fixture.bench().undo->undoText(), QStringLiteral("note"));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.undo")));
    QCOMPARE(notes->toPlainText(), QString());
    QVERIFY(fixture.stop());
  }

  void everythingIsWhereItWas() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId first = fixture.runPrompt(QStringLiteral("hello world"));
    const RunId second = fixture.runPrompt(QStringLiteral("goodbye"));
    QVERIFY(first > 0 && second > first);
    fixture.bench().selection->selectCell(second, 1, 1);
    QTest::keyClicks(fixture.find<QPlainTextEdit>("notesText"), QStringLiteral("my note"));
    fixture.bench().runs->setStarred(first, true);
    fixture.find<QDockWidget>("libraryDock")->hide();
    QTest::keyClicks(fixture.find("promptField"), QStringLiteral(" draft"));
    const QString draft = fixture.bench().prompt->text();
    const std::size_t runs = fixture.bench().runs->records().size();
    const int tabs = fixture.window().views().tabCount();
    QVERIFY(fixture.stop());

    QVERIFY(fixture.start());
    QCOMPARE(fixture.runsAtStart, runs);
    QCOMPARE(fixture.tabsAtStart, tabs);
    QCOMPARE(fixture.window().views().activeView()->run(), second);
    QVERIFY(fixture.bench().selection->state().isCell());
    QCOMPARE(fixture.bench().selection->state().layer(), 1);
    QCOMPARE(fixture.bench().prompt->text(), draft);
    QVERIFY(fixture.bench().runs->record(first)->isStarred);
    QCOMPARE(fixture.bench().runs->record(second)->note, std::string("my note"));
    QVERIFY(!fixture.find<QDockWidget>("libraryDock")->isVisible());
    QTRY_VERIFY(fixture.bench().runs->peek<LensResult>(second));
    QVERIFY(fixture.bench().undo->canUndo());
    QVERIFY(fixture.stop());
  }

  void aSecondWindowOnTheFileIsReadOnlyAndSaysSo() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("hello")) > 0);
    CommandLine line;
    line.session = fixture.sessionFile();
    line.model = fixture.modelFolder();
    line.settings = fixture.folder.filePath(QStringLiteral("other.ini"));
    Composition second(*qApp, line);
    second.window().setDialogs(fixture.dialogs);
    second.show();
    QTRY_VERIFY(second.bench().session->isOpen());
    QVERIFY(second.bench().session->isReadOnly());
    QVERIFY(second.window().findChild<WarningStrip*>(QStringLiteral("readOnlyStrip"))->isVisible());
    QCOMPARE(second.bench().runs->records().size(), fixture.bench().runs->records().size());
    QVERIFY(fixture.stop());
  }

  void aBadModelShowsAPanelAndNoDialog() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId run = fixture.runPrompt(QStringLiteral("hello"));
    const QString bad = fixture.folder.filePath(QStringLiteral("bad.gguf"));
    QFile file(bad);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("GGUF nonsense");
    file.close();
    fixture.dialogs.path = bad;
    fixture.bench().actions->trigger(QStringLiteral("model.open"));
    auto* panel = fixture.find<ErrorPanel>("modelError");
    QTRY_VERIFY(panel->isVisible());
    QVERIFY(!panel->error().code.empty());
    QVERIFY(fixture.bench().models->isReady());
    QCOMPARE(fixture.bench().runs->record(run)->status, RunStatus::Done);
    QVERIFY(fixture.stop());
  }

  void exportsPictureNumbersAndCopies() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("hello world")) > 0);
    fixture.dialogs.path = fixture.folder.filePath(QStringLiteral("view.png"));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("file.export-picture")));
    QVERIFY(!QImage(fixture.dialogs.path).isNull());
    fixture.dialogs.path = fixture.folder.filePath(QStringLiteral("view.csv"));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("file.export-numbers")));
    QFile csv(fixture.dialogs.path);
    QVERIFY(csv.open(QIODevice::ReadOnly));
    QVERIFY(csv.readAll().count('\n') > 3);
    fixture.bench().selection->selectCell(fixture.bench().selection->run(), 1, 0);
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.copy-address")));
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral("t1.L0.resid_post"));
    QVERIFY(fixture.stop());
  }

  void tabsSplitAndComeTogether() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("one")) > 0);
    QVERIFY(fixture.runPrompt(QStringLiteral("two")) > 0);
    ViewArea& views = fixture.window().views();
    QVERIFY(views.canSplit(Qt::Horizontal));
    views.splitCurrent(Qt::Horizontal);
    QCOMPARE(views.panes().size(), std::size_t{2});
    QCOMPARE(views.tabCount(), fixture.tabsAtStart + 2);
    QVERIFY(!views.canSplit(Qt::Horizontal));
    const Json kept = views.save();
    views.unsplit();
    QCOMPARE(views.panes().size(), std::size_t{1});
    QCOMPARE(views.activePane()->count(), fixture.tabsAtStart + 2);
    views.restore(kept);
    QCOMPARE(views.panes().size(), std::size_t{2});
    QTest::mouseClick(views.panes().back()->findChild<QTabBar*>(), Qt::MiddleButton, {}, QPoint(20, 14));
    QTRY_COMPARE(views.panes().size(), std::size_t{1});
    QVERIFY(fixture.stop());
  }

  void trashAndBack() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId run = fixture.runPrompt(QStringLiteral("hello"));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.trash-run")));
    QVERIFY(fixture.bench().runs->record(run)->isTrashed);
    QCOMPARE(fixture.window().views().tabCount(), fixture.tabsAtStart);
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.undo")));
    QVERIFY(!fixture.bench().runs->record(run)->isTrashed);
    QVERIFY(fixture.stop());
  }

  void f6VisitsEveryPanelAndTabsHaveKeys() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("one")) > 0);
    QVERIFY(fixture.runPrompt(QStringLiteral("two")) > 0);
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("view.tab-1")));
    QCOMPARE(fixture.window().views().activePane()->currentIndex(), 0);
    fixture.window().activateWindow();
    QTRY_VERIFY(QApplication::activeWindow());
    std::set<QWidget*> visited;
    for (int i = 0; i < 8; ++i) {
      fixture.bench().actions->trigger(QStringLiteral("view.next-panel"));
      visited.insert(QApplication::focusWidget());
    }
    QVERIFY(visited.size() >= 4);
    QVERIFY(!visited.contains(nullptr));
    QVERIFY(fixture.stop());
  }

  void findGoesToATokenAndEscapeLeaves() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("hello world hello")) > 0);
    fixture.bench().actions->trigger(QStringLiteral("edit.find"));
    auto* field = fixture.find<QLineEdit>("findToken");
    QVERIFY(field->isVisible());
    QTest::keyClicks(field, QStringLiteral("w"));
    QTest::keyClick(field, Qt::Key_Escape);
    QVERIFY(!field->isVisible());
    QVERIFY(fixture.stop());
  }
};

QTEST_MAIN(MainWindowTest)
#include "tst_main_window.moc"
