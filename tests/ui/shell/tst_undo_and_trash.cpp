#include <QComboBox>
#include <QLineEdit>
#include <QTreeView>

#include "tests/ui/shell/window_fixture.h"
#include "ui/models/run_tree_model.h"
#include "ui/panels/run_view.h"
#include "ui/shell/runs_panel.h"
#include "ui/widgets/badge.h"

using namespace patchbay;
using namespace patchbay::tests;
using namespace patchbay::ui;

namespace {

GenerateRequest longText(const WindowFixture& fixture) {
  GenerateRequest request;
  request.model = fixture.bench().models->current()->ref;
  request.prompt = Prompt::plain("hello");
  request.sampling.maxNewTokens = 4000;
  request.sampling.stopAtEndToken = false;
  return request;
}

}  // namespace

/// What can be taken back in the window, also tomorrow, and what cannot.
class TestUndoAndTrash : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { failOnQtWarnings(); }

  void aRenamedAndAPinnedRunAreAsBefore() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const Workbench& bench = fixture.bench();
    const RunId run = fixture.runPrompt(QStringLiteral("hello"));
    const std::string title = bench.runs->record(run)->title;
    RunTreeModel& tree = fixture.window().findChild<RunsPanel*>()->model();
    QVERIFY(tree.setData(tree.indexOf(run), QStringLiteral("My run")));
    QCOMPARE(bench.undo->undoText(), QStringLiteral("rename run"));
    QVERIFY(bench.actions->trigger(QStringLiteral("view.pin")));
    QVERIFY(bench.runs->record(run)->isPinned);
    QCOMPARE(bench.undo->undoText(), QStringLiteral("pin"));
    QVERIFY(fixture.stop());

    QVERIFY(fixture.start());
    const Workbench& later = fixture.bench();
    QVERIFY(later.actions->trigger(QStringLiteral("edit.undo")));
    QVERIFY(!later.selection->reference());
    QVERIFY(!later.runs->record(run)->isPinned);
    QVERIFY(later.actions->trigger(QStringLiteral("edit.undo")));
    QCOMPARE(later.runs->record(run)->title, title);
    QVERIFY(later.actions->trigger(QStringLiteral("edit.redo")));
    QVERIFY(later.actions->trigger(QStringLiteral("edit.redo")));
    QCOMPARE(later.runs->record(run)->title, std::string("My run"));
    QVERIFY(later.selection->reference() && later.runs->record(run)->isPinned);
    QVERIFY(fixture.stop());
  }

  void aRemovedVectorComesBackTomorrow() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const std::string hash = fixture.bench().vectors->add(aVector());
    auto* tree = fixture.find<QTreeView>("libraryTree");
    tree->setCurrentIndex(tree->model()->index(0, 0, tree->model()->index(1, 0)));
    QTest::keyClick(tree, Qt::Key_Delete);
    QVERIFY(!fixture.bench().vectors->find(hash));
    QVERIFY(fixture.stop());

    QVERIFY(fixture.start());
    QVERIFY(fixture.bench().vectors->vectors().empty());
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.undo")));
    QVERIFY(fixture.bench().vectors->find(hash));
    QVERIFY(*fixture.bench().vectors->find(hash)->vector == *aVector());
    QVERIFY(fixture.stop());
  }

  void aFormThatWasNotRunIsThereTomorrowAndItsEditsCanBeTakenBack() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("analyse.compose-patchscope")));
    auto* source = fixture.find<QLineEdit>("patchscopeSource");
    const QString before = source->text();
    source->selectAll();
    QTest::keyClicks(source, QStringLiteral("draft"));
    const std::size_t runs = fixture.bench().runs->records().size();
    QVERIFY(fixture.stop());

    QVERIFY(fixture.start());
    QCOMPARE(fixture.runsAtStart, runs);
    source = fixture.find<QLineEdit>("patchscopeSource");
    QVERIFY(source);
    QCOMPARE(source->text(), QStringLiteral("draft"));
    fixture.window().views().goToTab(0);
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.undo")));
    // The view whose edit was taken back is in front.
    QCOMPARE(fixture.window().views().activeView()->kind(), QStringLiteral("patchscope"));
    QCOMPARE(fixture.find<QLineEdit>("patchscopeSource")->text(), before);
    QVERIFY(fixture.stop());
  }

  void aMetricOfAClosedTabIsTakenBackInItsRun() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const RunId run = fixture.runPrompt(QStringLiteral("hello"));
    auto* metric = fixture.window().views().activeView()->findChild<QComboBox*>(QStringLiteral("lensMetric"));
    const int entropy = metric->findData(QStringLiteral("entropy"));
    Q_EMIT metric->activated(entropy);
    fixture.window().views().closeTab();
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("edit.undo")));
    QCOMPARE(fixture.window().views().activeView()->run(), run);
    QCOMPARE(fixture.window().views().activeView()->viewState()["metric"].get<std::string>(), std::string("p"));
    QVERIFY(fixture.stop());
  }

  void theTrashIsEmptiedAfterOneQuestionAndForGood() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const Workbench& bench = fixture.bench();
    QVERIFY(!bench.actions->isEnabled(QStringLiteral("edit.empty-trash")));
    const RunId parent = fixture.runPrompt(QStringLiteral("hello world"));
    const auto child =
        bench.runs->start(*bench.runs->request(parent),
                          {.title = QStringLiteral("Child"), .parent = parent, .replaceKey = {}, .reuse = false});
    QTRY_COMPARE(bench.runs->record(child)->status, RunStatus::Done);
    const std::string hash = bench.vectors->add(aVector());
    bench.vectors->remove(hash);
    bench.selection->selectRun(parent);
    QVERIFY(bench.actions->trigger(QStringLiteral("edit.trash-run")));
    QVERIFY(bench.actions->isEnabled(QStringLiteral("edit.empty-trash")));
    fixture.dialogs.choice = 1;
    QVERIFY(bench.actions->trigger(QStringLiteral("edit.empty-trash")));
    QTRY_COMPARE(fixture.dialogs.asked, 1);
    QVERIFY(fixture.dialogs.decided.startsWith(QStringLiteral("1 run and 1 vector")));
    QVERIFY(fixture.dialogs.decided.contains(QStringLiteral("cannot be undone")));
    QVERIFY(bench.runs->record(parent));
    fixture.dialogs.choice = 0;
    QVERIFY(bench.actions->trigger(QStringLiteral("edit.empty-trash")));
    QTRY_VERIFY(!bench.runs->record(parent));
    QVERIFY(bench.vectors->removed().empty());
    QVERIFY(bench.runs->record(child));
    QVERIFY(!bench.runs->record(child)->parent);
    QVERIFY(bench.undo->undoText() != QStringLiteral("trash run"));
    QVERIFY(!bench.actions->isEnabled(QStringLiteral("edit.empty-trash")));
    QVERIFY(fixture.stop());

    QVERIFY(fixture.start());
    QVERIFY(!fixture.bench().runs->record(parent));
    QVERIFY(fixture.bench().runs->record(child));
    QVERIFY(!fixture.bench().runs->record(child)->parent);
    QVERIFY(fixture.bench().session->contents().vectors.empty());
    QVERIFY(fixture.stop());
  }

  void nonsenseInTheKeptStateIsLeftOut() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    QVERIFY(fixture.runPrompt(QStringLiteral("hello")) > 0);
    QVERIFY(fixture.stop());
    const Json nonsense[] = {
        Json(3), Json("text"), Json::array({1, "a"}),
        Json{{"columns", 3}, {"history", 4}, {"position", "x"}, {"entries", 5}, {"gaveWay", 1}, {"docks", 2}},
        Json{{"columns",
              {1,
               Json::object(),
               {{"rows",
                 {7, {{"tabs", {1, {{"kind", 3}}, {{"kind", "lens"}, {"run", "x"}, {"view", 9}}}}, {"current", "x"}}}},
                {"sizes", "x"}}}},
             {"active", 1.5}}};
    for (const Json& wrong : nonsense) {
      {
        const auto store = SessionStore::open(fixture.sessionFile().toStdString(), OpenMode::ReadWrite);
        QVERIFY(store.hasValue());
        for (const char* key : {"tabs", "selection", "undo", "layout", "prompt", "vector-names", "vectors-removed"})
          QVERIFY((*store)->putState(key, wrong).hasValue());
      }
      QVERIFY(fixture.start());
      QVERIFY(fixture.runPrompt(QStringLiteral("hello")) > 0);
      QVERIFY(fixture.stop());
    }
  }

  void whatAStoppedRunHadSaidIsKept() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    // At the first words. The model is quick: now and then it has ended before the window hears of them.
    RunBook& runs = *fixture.bench().runs;
    connect(&runs, &RunBook::tokensStreamed, this, [&runs](RunId from) { runs.cancel(from); });
    RunId run = 0;
    for (int attempt = 0; attempt < 20 && (run == 0 || runs.record(run)->status != RunStatus::Cancelled); ++attempt) {
      run = runs.start(longText(fixture), {.title = QStringLiteral("Continuation"), .reuse = false});
      fixture.window().views().openRun(run);
      QTRY_VERIFY(!runs.isActive(run));
    }
    QCOMPARE(runs.record(run)->status, RunStatus::Cancelled);
    const auto part = fixture.bench().runs->peek<GenerateResult>(run);
    QVERIFY(part && !part->generation.tokens.empty() && !part->promptTokens.empty());
    QVERIFY(fixture.find<Badge>("viewBadge")->text().contains(QStringLiteral("cancelled, partial")));
    const GenerateResult said = *part;
    fixture.bench().selection->selectRun(run);
    QVERIFY(fixture.stop());

    QVERIFY(fixture.start());
    QTRY_VERIFY(fixture.bench().runs->peek<GenerateResult>(run));
    QVERIFY(*fixture.bench().runs->peek<GenerateResult>(run) == said);
    QCOMPARE(fixture.window().views().activeView()->run(), run);
    QVERIFY(fixture.find<Badge>("viewBadge")->text().contains(QStringLiteral("cancelled, partial")));
    QVERIFY(fixture.stop());
  }
};

QTEST_MAIN(TestUndoAndTrash)
#include "tst_undo_and_trash.moc"
