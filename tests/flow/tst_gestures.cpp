#include <QDialog>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>

#include "tests/flow/window_walk.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/widgets/next_tokens.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"

using namespace patchbay;
using namespace patchbay::ui;

/// What a hand does in passing: hovers a token, drags tokens and cells into a form, draws a template again.
class GesturesTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void aTokenSaysHowTheModelSawItComing();
  void tokensAndCellsAreDraggedIntoThePatchscopeForm();
  void randomWordsAreDrawnAgain();
  void aPatchedRunIsReadAndPatchedOnTop();
  void everyMessageOfAChatIsReached();
  void aLongJobIsPausedWhileAnotherComesThrough();
  void aZoomedGridIsFoundAgain();
  void theReportOfAFaultIsOffered();

private:
  [[nodiscard]] PatchscopeRequest scopeOf(RunId run) {
    return std::get<PatchscopeRequest>(*m_driver->bench().runs->request(run));
  }
};

void GesturesTest::aTokenSaysHowTheModelSawItComing() {
  auto* strip = m_driver->find<TokenStrip>("tokenStrip");
  QTRY_COMPARE(strip->chips().size(), std::size_t{5});
  QTRY_VERIFY(strip->chips()[4].rank > 0);
  QVERIFY(strip->chips()[0].rank == 0 && std::isnan(strip->chips()[0].entropyBits));
  const QString said = describeChip(strip->chips()[4], 4);
  QCOMPARE(strip->chips()[4].rank, 1);
  for (const char* fact : {"id 314", "rank 1", "entropy before it"})
    QVERIFY2(said.contains(QLatin1String(fact)), qPrintable(said));
}

void GesturesTest::tokensAndCellsAreDraggedIntoThePatchscopeForm() {
  HeatMap* grid = m_driver->grid();
  m_driver->click(grid, grid->cellRect({24, 4}).center());
  const RunId lens = m_driver->shownRun();
  m_driver->key(Qt::Key_P);
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  auto* source = m_driver->find<TokenStrip>("patchscopeSourceStrip");
  auto* target = m_driver->find<TokenStrip>("patchscopeTargetStrip");
  QCOMPARE(source->chips().size(), std::size_t{5});

  // From the source's " France" onto the target's second token: both tokens of the pair are those.
  m_driver->drag(source, source->chipRect(3).center().toPoint(), target, target->chipRect(1).center().toPoint());
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 3);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 1);
  // And the other way round.
  m_driver->drag(target, target->chipRect(0).center().toPoint(), source, source->chipRect(4).center().toPoint());
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 4);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 0);
  // Straight down, onto the token that begins at the same place.
  const QPoint first = source->chipRect(0).center().toPoint();
  m_driver->drag(source, first, target, {first.x(), target->height() / 2});
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 0);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 0);
  // A slip within a strip, and a drag that ends below the other, change the pressed token alone.
  m_driver->drag(source, source->chipRect(1).center().toPoint(), source, source->chipRect(3).center().toPoint());
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 1);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 0);
  m_driver->drag(source, source->chipRect(2).center().toPoint(), m_driver->view(),
                 QPoint(target->x() + 100, m_driver->view()->height() - 10));
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 2);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 0);
  m_driver->picture("patchscope-dragged");

  // A carried cell of a grid sets source text, token and layer, and where it is written.
  m_driver->bench().carry->start({.run = lens, .tokens = IndexRange{1, 1}, .layers = IndexRange{7, 7}, .head = {}});
  m_driver->bench().carry->drop(target->mapToGlobal(target->chipRect(2).center().toPoint()));
  QCOMPARE(m_driver->find<QLineEdit>("patchscopeSource")->text(), QStringLiteral("The capital of France is"));
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 1);
  QCOMPARE(m_driver->find<QLineEdit>("patchscopeSourceLayers")->text(), QStringLiteral("7"));
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 2);
  m_driver->key(Qt::Key_Return, Qt::ControlModifier);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  QCOMPARE(scopeOf(run).sourceLayers, std::vector<int>{7});
  QCOMPARE(scopeOf(run).sourceToken, 1);
  QCOMPARE(scopeOf(run).targetToken, 2);
}

void GesturesTest::randomWordsAreDrawnAgain() {
  HeatMap* grid = m_driver->grid();
  m_driver->click(grid, grid->cellRect({26, 4}).center());
  m_driver->key(Qt::Key_P);
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  const QString fixed = m_driver->find<QLineEdit>("patchscopeTarget")->text();
  m_driver->take("patchscopePreset", QStringLiteral("Token identity, random words"));
  const QString first = m_driver->find<QLineEdit>("patchscopeTarget")->text();
  QVERIFY(first != fixed && !first.isEmpty());
  auto* preset = m_driver->find<ChoiceBox>("patchscopePreset");
  Q_EMIT preset->activated(preset->currentIndex());
  const QString second = m_driver->find<QLineEdit>("patchscopeTarget")->text();
  QVERIFY(second != first);
  m_driver->key(Qt::Key_Return, Qt::ControlModifier);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  QCOMPARE(scopeOf(run).preset, std::string("token-identity-random"));
  QCOMPARE(QString::fromStdString(scopeOf(run).target.text), second);
  m_driver->picture("patchscope-random");
  // Undo brings back the draw before.
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QTRY_COMPARE(m_driver->find<QLineEdit>("patchscopeTarget")->text(), first);
}

void GesturesTest::aPatchedRunIsReadAndPatchedOnTop() {
  RunBook& runs = *m_driver->bench().runs;
  const RunId france = m_driver->shownRun();
  m_driver->writePrompt(QStringLiteral("The capital of Japan is"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != france && m_driver->isDone(m_driver->shownRun()));
  const RunId japan = m_driver->shownRun();
  const auto cellOf = [](RunId run, int token, int layer) {
    return SelectionState{
        .run = run, .tokens = IndexRange{token, token}, .layers = IndexRange{layer, layer}, .head = {}};
  };
  const RunId patch = dropCarried(m_driver->bench(), cellOf(japan, 3, 12), cellOf(france, 3, 12));
  QTRY_COMPARE(view(), QLatin1String(PatchRequest::kKind));
  QVERIFY(m_driver->waitFor(patch));
  m_driver->click(part<QPushButton>("patchLens"));
  QTRY_COMPARE(view(), QLatin1String(LensRequest::kKind));
  const RunId lens = m_driver->shownRun();
  QVERIFY(lens != france && lens != japan && m_driver->waitFor(lens));
  QCOMPARE(runs.record(lens)->parent, std::optional<RunId>(patch));
  QTRY_COMPARE(m_driver->view()->badgeDetail(), QStringLiteral("patched"));
  QCOMPARE(m_driver->view()->title(), QStringLiteral("Logit lens, patched"));
  const auto patched = m_driver->result<LensResult>(lens), plain = m_driver->result<LensResult>(france);
  QCOMPARE(patched->next.front().token.text, std::string(" Tokyo"));
  QCOMPARE(patched->norm.at(11, 3), plain->norm.at(11, 3));
  QVERIFY(patched->norm.at(12, 3) != plain->norm.at(12, 3));
  m_driver->picture("patched-lens");
  // The strip goes on telling of the prompt as it is.
  m_driver->bench().prompt->setPrompt(Prompt::plain("The capital of France is"));
  QTRY_COMPARE(m_driver->find<NextTokens>("nextTokens")->tokens().front().token.text, std::string(" Paris"));

  // Its cells are not read without the patch, but can be written: on top of it.
  m_driver->bench().selection->select(cellOf(lens, 4, 20));
  QVERIFY(cellObstacle(m_driver->bench(), cellOf(lens, 4, 20))
              .contains(QStringLiteral("“The capital of Japan is” stands at t3.L12")));
  const RunId onTop = dropCarried(m_driver->bench(), cellOf(france, 4, 27), cellOf(lens, 4, 27));
  QVERIFY(onTop != 0 && m_driver->waitFor(onTop));
  const auto asked = std::get<PatchRequest>(*runs.request(onTop));
  QCOMPARE(asked.frozen.size(), std::size_t{1});
  const auto both = m_driver->result<PatchResult>(onTop);
  QCOMPARE(both->plain.front().token.text, std::string(" Tokyo"));
  QCOMPARE(both->patched.front().token.text, std::string(" Paris"));
  QTRY_VERIFY(words("patchText").contains(QStringLiteral("On top of t3.L12")));
  m_driver->picture("patch-on-top");
}

void GesturesTest::everyMessageOfAChatIsReached() {
  Prompt chat;
  chat.isChat = true;
  chat.messages = {{"user", "Name a city."}, {"assistant", "Paris."}, {"user", "Another."}};
  m_driver->bench().prompt->setPrompt(chat);
  auto* message = m_driver->find<ChoiceBox>("promptMessage");
  auto* field = m_driver->find<QLineEdit>("promptField");
  QTRY_VERIFY(message->isVisible());
  QCOMPARE(field->text(), QStringLiteral("Another."));
  m_driver->take("promptMessage", QStringLiteral("assistant 1"));
  QCOMPARE(field->text(), QStringLiteral("Paris."));
  m_driver->fill("promptField", QStringLiteral("Rome."));
  QCOMPARE(m_driver->bench().prompt->prompt().messages[1].content, std::string("Rome."));
  m_driver->picture("chat-message");
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(m_driver->bench().prompt->prompt().messages[1].content, std::string("Paris."));
  m_driver->take("promptMessage", QStringLiteral("user 1"));
  m_driver->take("promptMessage", QStringLiteral("user 2"));
  QCOMPARE(field->text(), QStringLiteral("Another."));
  m_driver->click(m_driver->find("promptMessageMenu"));
  QTRY_VERIFY(QApplication::activePopupWidget());
  QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_Down);
  QTest::keyClick(QApplication::activePopupWidget(), Qt::Key_Return);
  QCOMPARE(field->text(), QString());
  m_driver->fill("promptField", QStringLiteral("Be brief."));
  QCOMPARE(m_driver->bench().prompt->prompt().messages.front(), (ChatMessage{"system", "Be brief."}));
  QTRY_VERIFY(std::ranges::any_of(m_driver->bench().prompt->tokenized()->tokens,
                                  [](const TokenFact& token) { return token.text == " brief"; }));
}

void GesturesTest::aLongJobIsPausedWhileAnotherComesThrough() {
  EngineClient& engine = *m_driver->bench().engine;
  PatchGridRequest grid;
  grid.model = m_driver->bench().models->current()->ref;
  grid.mode = GridMode::Zero;
  grid.site = "head_out";
  grid.allTokens = true;
  std::string words = "The young doctor said";
  for (int i = 0; i < 40; ++i) words += " and then she said";
  grid.clean = Prompt::plain(words);
  const RunId run =
      m_driver->bench().runs->start(grid, {.title = QStringLiteral("Long grid"), .parent = {}, .replaceKey = {}});
  QTRY_VERIFY(!engine.jobs().empty() && engine.jobs().front().isRunning);
  HeatMap* map = m_driver->grid();
  m_driver->click(map, map->cellRect({24, 4}).center());
  m_driver->key(Qt::Key_Space);
  QTRY_VERIFY(!engine.jobs().empty() && engine.jobs().front().isPaused && !engine.jobs().front().isRunning);
  QVERIFY(m_driver->bench().runs->isActive(run));
  QTRY_VERIFY(m_driver->find("jobPause")->isVisible());
  m_driver->picture("job-paused");
  m_driver->key(Qt::Key_P);
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  QVERIFY(m_driver->bench().runs->isActive(run));
  // The button is the first job's: the one that came through must be gone from the list.
  QTRY_VERIFY(engine.jobs().size() == 1 && engine.jobs().front().isHeld);
  m_driver->click(m_driver->find("jobPause"));
  QTRY_VERIFY(!engine.jobs().empty() && engine.jobs().front().isRunning && !engine.jobs().front().isPaused);
  m_driver->key(Qt::Key_Period, Qt::ControlModifier);
  QTRY_VERIFY(engine.jobs().empty());
  QCOMPARE(m_driver->bench().runs->record(run)->status, RunStatus::Cancelled);
}

void GesturesTest::aZoomedGridIsFoundAgain() {
  HeatMap* grid = m_driver->grid();
  m_driver->click(grid, grid->cellRect({20, 3}).center());
  for (int i = 0; i < 3; ++i) m_driver->key(Qt::Key_Plus);
  const GridPart part = grid->part();
  QVERIFY(part.zoom > 2);
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_VERIFY(m_driver->grid() && m_driver->grid()->data());
  QCOMPARE(m_driver->grid()->part().zoom, part.zoom);
  QCOMPARE(m_driver->grid()->part().first.row, part.first.row);
  QCOMPARE(m_driver->grid()->part().first.column, part.first.column);
}

void GesturesTest::theReportOfAFaultIsOffered() {
  QFile file(m_driver->file(QStringLiteral("report.txt")));
  QVERIFY(file.open(QIODevice::WriteOnly));
  file.write("ended by SIGSEGV\n");
  file.close();
  m_driver->window().offerReport(file.fileName());
  auto* strip = m_driver->find("endedStrip");
  QTRY_VERIFY(strip->isVisible());
  m_driver->picture("ended-before");
  // A theme chosen while the window is open reaches the words of the strip too.
  for (const ThemeKind kind : {ThemeKind::Dark, ThemeKind::Light}) {
    applyTheme(*qApp, kind);
    for (const QLabel* label : strip->findChildren<QLabel*>())
      if (!label->text().isEmpty()) QCOMPARE(label->palette().color(QPalette::WindowText), theme().text);
  }
  m_driver->click(strip->findChild<QPushButton*>());
  auto* dialog = m_driver->find<QDialog>("reportDialog");
  QTRY_VERIFY(dialog && dialog->isVisible());
  QVERIFY(dialog->findChild<QPlainTextEdit*>(QStringLiteral("reportText"))
              ->toPlainText()
              .contains(QStringLiteral("SIGSEGV")));
  dialog->reject();
}

QTEST_MAIN(GesturesTest)
#include "tst_gestures.moc"
