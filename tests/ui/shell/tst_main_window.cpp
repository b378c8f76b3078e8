#include <set>

#include <QClipboard>
#include <QContextMenuEvent>
#include <QDir>
#include <QDockWidget>
#include <QDropEvent>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScopeGuard>
#include <QSignalSpy>
#include <QTabBar>
#include <QTemporaryDir>
#include <QTreeWidget>

#include "core/base/kept_states.h"
#include "tests/ui/shell/window_fixture.h"
#include "ui/panels/run_view.h"
#include "ui/plots/heat_map.h"
#include "ui/shell/tab_pane.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/format.h"
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

  void aPatchscopeHasItsFormInThePlaceOfThePrompt() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.find("topStrip")->isVisible());
    fixture.bench().actions->trigger(QStringLiteral("analyse.compose-patchscope"));
    QWidget* form = fixture.find("patchscopeComposer");
    QVERIFY(form && form->isVisible());
    QVERIFY(!fixture.find("topStrip")->isVisible());
    QVERIFY(form->mapTo(&fixture.window(), QPoint()).y() <
            fixture.find("viewTabs")->mapTo(&fixture.window(), QPoint()).y());
    // The prompt is one key away, and gives the place back when the focus goes on.
    fixture.bench().actions->trigger(QStringLiteral("edit.prompt"));
    QVERIFY(fixture.find("topStrip")->isVisible());
    QVERIFY(!form->isVisible());
    fixture.window().views().goToTab(0);
    QVERIFY(fixture.find("topStrip")->isVisible());
    fixture.window().views().goToTab(fixture.window().views().tabCount() - 1);
    QVERIFY(form->isVisible());
    fixture.window().views().closeTab();
    QVERIFY(fixture.find("topStrip")->isVisible());
    QTRY_VERIFY(!fixture.find("patchscopeComposer"));
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
    const RunView* moved = views.activeView();
    views.splitCurrent(Qt::Horizontal);
    QCOMPARE(views.activeView(), moved);
    QVERIFY(moved->isVisible() && views.activePane()->isAncestorOf(moved));
    QCOMPARE(views.panes().size(), std::size_t{2});
    QCOMPARE(views.tabCount(), fixture.tabsAtStart + 2);
    QVERIFY(!views.canSplit(Qt::Horizontal));
    const Json kept = views.save();
    views.unsplit();
    QCOMPARE(views.panes().size(), std::size_t{1});
    views.goToTab(fixture.tabsAtStart + 1);
    QCOMPARE(views.activeView(), moved);
    QCOMPARE(views.activePane()->count(), fixture.tabsAtStart + 2);
    views.restore(kept);
    QCOMPARE(views.panes().size(), std::size_t{2});
    auto* tabs = views.panes().back()->findChild<QTabBar*>();
    QTRY_COMPARE(tabs->tabAt(QPoint(20, 14)), 0);  // once the panes have their widths
    QTest::mouseClick(tabs, Qt::MiddleButton, {}, QPoint(20, 14));
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

  void cellsAndTokensHaveMenus() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId run = fixture.runPrompt(QStringLiteral("hello world"));
    auto* grid = fixture.window().views().activeView()->findChild<HeatMap*>(QStringLiteral("lensGrid"));
    QTRY_VERIFY(!grid->cellRect({1, 1}).isEmpty());
    grid->setFocus();
    fixture.bench().selection->selectCell(run, 1, 1);
    QTest::keyClick(grid, Qt::Key_F10, Qt::ShiftModifier);
    auto* menu = fixture.find<QMenu>("cellMenu");
    QVERIFY(menu && menu->isVisible());
    for (const Action& action : fixture.bench().actions->all()) {
      const QList<QAction*> entries = menu->actions();
      const bool isThere = std::any_of(entries.begin(), entries.end(),
                                       [&](const QAction* entry) { return entry->objectName() == action.id; });
      QVERIFY2(isThere == action.onCells, qPrintable(action.id));
    }
    menu->close();
    QTRY_VERIFY(!fixture.find<QMenu>("cellMenu"));
    auto* strip = fixture.find<TokenStrip>("tokenStrip");
    const QPoint at = strip->chipRect(1).center().toPoint();
    QContextMenuEvent event(QContextMenuEvent::Mouse, at, strip->mapToGlobal(at));
    QCoreApplication::sendEvent(strip, &event);
    auto* tokens = fixture.find<QMenu>("tokenMenu");
    QVERIFY(tokens && tokens->isVisible());
    QAction* ids = nullptr;
    for (QAction* entry : tokens->actions())
      if (entry->objectName() == QStringLiteral("edit.copy-token-ids")) ids = entry;
    QVERIFY(ids);
    QTRY_VERIFY(ids->isEnabled());
    ids->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), QString::number(strip->chips()[1].token.id));
    tokens->close();
    QVERIFY(fixture.stop());
  }

  void aDroppedVectorIsImportedAndOtherFilesAreOpenedOrTold() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    VectorShelf* shelf = fixture.bench().vectors;
    const auto vector = tests::aVector();
    const std::string hash = shelf->add(vector);
    const QString file = fixture.folder.filePath(QStringLiteral("mood.safetensors"));
    fixture.dialogs.path = file;
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("intervene.export-vector")));
    QTRY_VERIFY(QFile::exists(file));
    shelf->remove(hash);
    const auto drop = [&fixture](const QString& path) {
      QMimeData dragged;
      dragged.setUrls({QUrl::fromLocalFile(path)});
      QDragEnterEvent enter(QPoint(300, 300), Qt::CopyAction, &dragged, Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(&fixture.window(), &enter);
      QVERIFY(enter.isAccepted());
      QDropEvent event(QPointF(300, 300), Qt::CopyAction, &dragged, Qt::LeftButton, Qt::NoModifier);
      QCoreApplication::sendEvent(&fixture.window(), &event);
    };
    drop(file);
    QTRY_COMPARE(shelf->vectors().size(), std::size_t{1});
    QCOMPARE(shelf->vectors().front().name, QStringLiteral("mood"));
    // Weights are no vector: they are opened as a model.
    QSignalSpy loading(fixture.bench().models, &ModelShelf::loadingChanged);
    drop(fixture.modelFolder() + QStringLiteral("/model.safetensors"));
    QTRY_VERIFY(loading.count() > 0);
    QTRY_VERIFY(!fixture.bench().models->isLoading());
    drop(fixture.folder.filePath(QStringLiteral("picture.jpeg")));
    auto* notice = fixture.find<WarningStrip>("noticeStrip");
    QVERIFY(notice->isVisible() && notice->sentence().contains(QStringLiteral("picture.jpeg")));
    QVERIFY(fixture.stop());
  }

  void whatCouldNotBeWrittenIsToldAboveTheViews() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("hello world")) > 0);
    auto* notice = fixture.find<WarningStrip>("noticeStrip");
    QVERIFY(!notice->isVisible());
    fixture.dialogs.path = fixture.folder.filePath(QStringLiteral("no/such/folder/view"));
    for (const char* id : {"file.export-picture", "file.export-numbers", "file.save-copy"}) {
      notice->setWarning({});
      QVERIFY(fixture.bench().actions->trigger(QString::fromLatin1(id)));
      QTRY_VERIFY2(notice->isVisible(), id);
      QVERIFY2(notice->sentence().contains(QStringLiteral("not ")), id);
    }
    notice->setWarning({});
    fixture.dialogs.path = fixture.sessionFile();
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("intervene.import-vector")));
    QTRY_VERIFY(notice->isVisible());
    QVERIFY(notice->sentence().startsWith(QStringLiteral("The vector was not imported.")));
    QVERIFY(fixture.stop());
  }

  void aRefusedKeySaysWhy() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId run = fixture.runPrompt(QStringLiteral("hello world"));
    fixture.bench().selection->clearPlace();
    auto* grid = fixture.window().views().activeView()->findChild<HeatMap*>(QStringLiteral("lensGrid"));
    QTest::keyClick(grid, Qt::Key_P);
    auto* notice = fixture.find<WarningStrip>("noticeStrip");
    QVERIFY(notice->isVisible());
    QCOMPARE(notice->sentence(), QStringLiteral("Select one cell first"));
    QCOMPARE(fixture.bench().selection->run(), run);
    QVERIFY(fixture.stop());
  }

  void automaticThreadsNeedNoRestart() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    fixture.bench().settings->setThreads(0);
    const int automatic = fixture.bench().engine->threadCount();
    fixture.bench().settings->setThreads(automatic + 1);
    QCOMPARE(fixture.bench().engine->threadCount(), automatic + 1);
    fixture.bench().settings->setThreads(0);
    QCOMPARE(fixture.bench().engine->threadCount(), automatic);
    QTRY_VERIFY(fixture.find("deviceButton")->toolTip().startsWith(QString::number(automatic)));
    QVERIFY(fixture.stop());
  }

  void settingsTellOfTrainingStatesAndDeleteThem() {
    const QTemporaryDir cache;
    const QByteArray before = qgetenv("XDG_CACHE_HOME");
    const auto restore = qScopeGuard([&before] { qputenv("XDG_CACHE_HOME", before); });
    qputenv("XDG_CACHE_HOME", cache.path().toUtf8());
    QVERIFY(QDir().mkpath(cache.filePath(QStringLiteral("patchbay/training-states"))));
    QFile states(cache.filePath(QStringLiteral("patchbay/training-states/some")));
    QVERIFY(states.open(QIODevice::WriteOnly));
    states.write(QByteArray(3 << 20, 'x'));
    states.close();
    WindowFixture fixture;
    QVERIFY(fixture.start());
    fixture.bench().actions->trigger(QStringLiteral("file.settings"));
    auto* size = fixture.find<QLabel>("settingKeptStates");
    auto* remove = fixture.find<QPushButton>("settingDeleteStates");
    QVERIFY(size && remove && size->isVisible());
    QTRY_COMPARE(size->text(), QStringLiteral("%1 on disk, at most %2")
                                   .arg(formatBytes(3 << 20), formatBytes(static_cast<double>(kKeptStatesBytes))));
    QVERIFY(remove->isEnabled());
    if (const QByteArray folder = qgetenv("PATCHBAY_PICTURES"); !folder.isEmpty())
      (void)size->window()->grab().save(QString::fromUtf8(folder) + QStringLiteral("/settings.png"));
    QTest::mouseClick(remove, Qt::LeftButton);
    QTRY_VERIFY(!states.exists());
    QTRY_VERIFY(size->text().startsWith(formatBytes(0)));
    QVERIFY(!remove->isEnabled());
    size->window()->close();
    QVERIFY(fixture.stop());
  }

  void aRunThatMadeAVectorHasATabAndCanSteer() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    MakeVectorRequest request;
    request.model = fixture.bench().models->current()->ref;
    request.name = "warm";
    request.positives = {"good"};
    request.negatives = {"bad"};
    const RunId run =
        fixture.bench().runs->start(request, {.title = QStringLiteral("Vector warm"), .parent = {}, .replaceKey = {}});
    QTRY_COMPARE(fixture.bench().runs->record(run)->status, RunStatus::Done);
    QVERIFY(!fixture.bench().actions->isEnabled(QStringLiteral("intervene.steer-vector")));
    fixture.bench().selection->selectRun(run);
    QCOMPARE(fixture.bench().selection->run(), run);
    QCOMPARE(fixture.window().views().activeView()->run(), run);
    fixture.find<QPushButton>("vectorViewSteer")->click();
    QCOMPARE(fixture.window().views().activeView()->kind(), QStringLiteral("steer"));
    QCOMPARE(fixture.bench().vectors->vectors().size(), std::size_t{1});
    QCOMPARE(fixture.window().views().activeView()->viewState()["vector"].get<std::string>(),
             fixture.bench().vectors->vectors().front().hash);
    QVERIFY(fixture.stop());
  }

  void theBadgeTellsAnAutomaticSeed() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    GenerateRequest request;
    request.model = fixture.bench().models->current()->ref;
    request.prompt = Prompt::plain("hello");
    request.sampling.temperature = 1;
    request.sampling.seed = 8213;
    const RunId run =
        fixture.bench().runs->start(request, {.title = QStringLiteral("Continuation"), .parent = {}, .replaceKey = {}});
    fixture.bench().selection->selectRun(run);
    QTRY_COMPARE(fixture.bench().runs->record(run)->status, RunStatus::Done);
    QTRY_VERIFY(fixture.find<Badge>("viewBadge")->text().contains(QStringLiteral("seed 8213 (automatic)")));
    QVERIFY(fixture.stop());
  }

  void theMemoryGaugeTellsWhatHoldsIt() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QTest::mouseClick(fixture.find("memoryGauge"), Qt::LeftButton);
    auto* menu = fixture.find<QMenu>("memoryMenu");
    QVERIFY(menu && menu->isVisible());
    const QList<QAction*> entries = menu->actions();
    const auto says = [&entries](const QString& words) {
      return std::any_of(entries.begin(), entries.end(),
                         [&words](const QAction* entry) { return entry->text().contains(words); });
    };
    QVERIFY(says(QStringLiteral("weights")));
    QVERIFY(says(QStringLiteral("Everything else")));
    menu->close();
    QVERIFY(fixture.stop());
  }

  void findGoesBackwardsWithShiftEnter() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("a b a b a")) > 0);
    fixture.bench().actions->trigger(QStringLiteral("edit.find"));
    auto* field = fixture.find<QLineEdit>("findToken");
    auto* strip = fixture.find<TokenStrip>("tokenStrip");
    QTest::keyClicks(field, QStringLiteral("a"));
    QVERIFY(strip->selection());
    const int first = strip->selection()->first;
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(strip->selection()->first > first);
    QTest::keyClick(field, Qt::Key_Return, Qt::ShiftModifier);
    QCOMPARE(strip->selection()->first, first);
    QVERIFY(fixture.stop());
  }

  void f1ListsEveryKeyAndFindsOne() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QTest::keyClick(&fixture.window(), Qt::Key_F1);
    QTRY_VERIFY(fixture.find("shortcutSheet"));
    auto* list = fixture.find<QTreeWidget>("shortcutList");
    const auto shown = [list] {
      int count = 0;
      for (QTreeWidgetItemIterator at(list, QTreeWidgetItemIterator::NotHidden | QTreeWidgetItemIterator::NoChildren);
           *at; ++at)
        ++count;
      return count;
    };
    const int all = shown();
    QTest::keyClicks(fixture.find("shortcutFilter"), QStringLiteral("hover card"));
    QCOMPARE(shown(), 1);
    fixture.find<QLineEdit>("shortcutFilter")->clear();
    QCOMPARE(shown(), all);
    QTest::keyClick(fixture.find("shortcutSheet"), Qt::Key_Escape);
    QTRY_VERIFY(!fixture.find("shortcutSheet"));
    QVERIFY(fixture.stop());
  }
};

QTEST_MAIN(MainWindowTest)
#include "tst_main_window.moc"
