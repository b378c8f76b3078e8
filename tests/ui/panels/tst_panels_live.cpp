#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTableView>

#include "tests/support/tiny_model.h"
#include "tests/ui/panels/panel_bench.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/continuation_view.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/lens_view.h"
#include "ui/panels/model_view.h"
#include "ui/panels/patch_view.h"
#include "ui/panels/patchscope_view.h"
#include "ui/panels/steering_view.h"
#include "ui/panels/vector_view.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

using namespace patchbay;
using namespace patchbay::tests;
using namespace patchbay::ui;

/// The views against a real engine with a model of two layers.
class TestPanelsLive : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() {
    applyTheme(*qApp, ThemeKind::Light);
    m_bench = std::make_unique<PanelBench>();
    const QString folder = m_bench->folder.filePath(QStringLiteral("tiny"));
    writeHuggingFaceFolder(makeTinyModel(), folder.toStdString());
    m_bench->open();
    m_bench->models.load(folder);
    QTRY_VERIFY_WITH_TIMEOUT(m_bench->models.isReady(), 20000);
  }
  void cleanupTestCase() { m_bench.reset(); }

  void lensOfATypedPromptFollowsATypedToken() {
    LensView view(m_bench->bench);
    view.showRun(startLens("hello"));
    show(view, 1000, 640);
    QTRY_COMPARE(view.shownRun(), view.run());
    QCOMPARE(part<HeatMap>(view, "lensGrid")->data()->rows(), 2);
    const RunId first = view.run();
    auto* track = part<ChoiceBox>(view, "lensTrack");
    Q_EMIT track->activated(track->count() - 1);
    auto* field = part<QLineEdit>(view, "lensTrackField");
    QVERIFY(field->isVisible());
    QTest::keyClicks(field, QStringLiteral("z"));
    QTest::keyClick(field, Qt::Key_Return);
    QVERIFY(view.run() != first);
    QTRY_COMPARE(view.shownRun(), view.run());
    QCOMPARE(track->currentText(), QStringLiteral("z"));
  }

  void patchscopeOfTheSelectedCell() {
    const RunId lens = startLens("hello you");
    QTRY_VERIFY(m_bench->runs.result<LensResult>(lens));
    QCOMPARE(startPatchscope(m_bench->bench, false), RunId(0));
    m_bench->selection.selectCell(lens, 1, 1);
    const RunId id = startPatchscope(m_bench->bench, false);
    QVERIFY(id != 0);
    PatchscopeView view(m_bench->bench);
    view.showRun(id);
    show(view, 1000, 640);
    QTRY_VERIFY(m_bench->runs.result<PatchscopeResult>(id));
    QCOMPARE(view.shownRun(), id);
    QVERIFY(!part<ProbabilityBars>(view, "patchscopeAnswer")->tokens().empty());
    QVERIFY(!part<GenerationText>(view, "patchscopeText")->generation().tokens.empty());
    // Another layer, by Enter in the form.
    auto* layers = part<QLineEdit>(view, "patchscopeSourceLayers");
    layers->setFocus();
    layers->selectAll();
    QTest::keyClicks(layers, QStringLiteral("7"));
    QVERIFY(layers->property("invalid").toBool());
    QVERIFY(!view.canStart());
    layers->selectAll();
    QTest::keyClicks(layers, QStringLiteral("0"));
    QVERIFY(!layers->property("invalid").toBool());
    QTest::keyClick(layers, Qt::Key_Return);
    QVERIFY(view.run() != id);
    QTRY_COMPARE(view.shownRun(), view.run());
    QTRY_COMPARE(m_bench->runs.result<PatchscopeResult>(view.run())
                     ? m_bench->runs.result<PatchscopeResult>(view.run())->cells.front().sourceLayer
                     : -1,
                 0);
  }

  void patchscopeOfAllLayersStreamsIntoTheTable() {
    const RunId lens = startLens("hello you");
    QTRY_VERIFY(m_bench->runs.result<LensResult>(lens));
    m_bench->selection.selectCell(lens, 1, 1);
    PatchscopeView view(m_bench->bench);
    show(view, 1000, 640);
    const RunId id = startPatchscope(m_bench->bench, true);
    view.showRun(id);
    StreamedTokens part1{.lane = 1, .soFar = generation({" first"})};
    Q_EMIT m_bench->runs.tokensStreamed(id, part1);
    auto* table = part<QTableView>(view, "patchscopeTable");
    QTRY_COMPARE(table->model()->rowCount(), 2);
    QTRY_VERIFY(!table->model()->index(0, 5).data().toString().isEmpty());
    QTRY_VERIFY(m_bench->runs.result<PatchscopeResult>(id));
    QCOMPARE(table->model()->rowCount(), 2);
    QVERIFY(!table->model()->index(0, 1).data().toString().isEmpty());
  }

  void carriedCellDroppedWithEnterBecomesAPatch() {
    const RunId one = startLens("hello you");
    const RunId two = startLens("hello we");
    QTRY_VERIFY(m_bench->runs.result<LensResult>(one) && m_bench->runs.result<LensResult>(two));
    LensView target(m_bench->bench);
    target.showRun(two);
    show(target);
    m_bench->selection.selectCell(one, 1, 0);
    toggleCarry(m_bench->bench);
    QVERIFY(m_bench->carry.isActive());
    m_bench->selection.selectCell(two, 1, 1);
    QTest::keyClick(part<HeatMap>(target, "lensGrid"), Qt::Key_Return);
    QVERIFY(!m_bench->carry.isActive());
    const RunId id = m_bench->selection.run();
    QCOMPARE(m_bench->runs.record(id)->kind, std::string(PatchRequest::kKind));
    PatchView view(m_bench->bench);
    view.showRun(id);
    show(view, 1000, 640);
    QTRY_COMPARE(view.shownRun(), id);
    const auto result = m_bench->runs.result<PatchResult>(id);
    QCOMPARE(result->targetToken, 1);
    QVERIFY(view.csv().size() > 40);
  }

  void cellsOfTwoModelsAreNotMixed() {
    PanelBench desk;
    LensRequest other = lensRequest("Another prompt");
    other.model = {"other-finger", "Other-1B", "/models/other.gguf"};
    const RunId one = desk.record(lensRequest(), lensResult(), "Logit lens");
    const RunId two = desk.record(other, lensResult(16), "Logit lens");
    desk.selection.selectCell(two, 1, 3);
    const SelectionState target = desk.selection.state();
    desk.selection.selectCell(one, 4, 24);
    const SelectionState carried = desk.selection.state();
    desk.carry.start(carried);
    QSignalSpy told(&desk.log, &LogBook::told);
    const std::size_t runs = desk.runs.records().size();
    QCOMPARE(dropCarried(desk.bench, carried, target), RunId(0));
    QCOMPARE(told.count(), 1);
    QVERIFY(told[0][0].toString().contains(QStringLiteral("SmolLM2-135M-Instruct")) &&
            told[0][0].toString().contains(QStringLiteral("Run the source prompt with Other-1B")));
    QCOMPARE(desk.runs.records().size(), runs);
    QVERIFY(!desk.carry.isActive());
    QCOMPARE(desk.selection.state(), carried);
  }

  void aPooledMapIsMarkedApproximate() {
    PanelBench desk;
    LensView view(desk.bench);
    view.showRun(desk.record(lensRequest(), lensResult(900), "Logit lens"));
    show(view, 1000, 640);
    QVERIFY(view.isApproximate());
    QCOMPARE(view.badgeDetail(), QStringLiteral("pooled (max)"));
    view.showRun(desk.record(lensRequest("Small"), lensResult(), "Logit lens"));
    QVERIFY(!view.isApproximate());
    QVERIFY(view.badgeDetail().isEmpty());
  }

  void vectorFromTwoListsThenTheSlider() {
    SteeringView view(m_bench->bench);
    show(view, 1000, 640);
    QVERIFY(!view.canStart());
    m_bench->prompt.setText(QStringLiteral("hello"));
    part<QLineEdit>(view, "vectorName")->setText(QStringLiteral("warm"));
    part<QPlainTextEdit>(view, "vectorPositives")->setPlainText(QStringLiteral("good\nkind\n\n"));
    QVERIFY(!part<QPushButton>(view, "vectorMake")->isEnabled());
    part<QPlainTextEdit>(view, "vectorNegatives")->setPlainText(QStringLiteral("bad"));
    QTest::mouseClick(part<QPushButton>(view, "vectorMake"), Qt::LeftButton);
    QTRY_COMPARE(m_bench->vectors.vectors().size(), std::size_t(1));
    QCOMPARE(m_bench->vectors.vectors().front().vector->positives.size(), std::size_t(2));
    QTRY_VERIFY(view.shownRun() != 0);
    const RunId first = view.shownRun();
    QTest::keyClick(part<QSlider>(view, "steerStrength"), Qt::Key_Right);
    QTRY_VERIFY(view.shownRun() != first && view.shownRun() != 0);
    const auto request = m_bench->runs.request(view.shownRun());
    QVERIFY(request);
    QCOMPARE(std::get<SteerRequest>(*request).setting.strength, 4.5F);
    const auto result = m_bench->runs.result<SteerResult>(view.shownRun());
    QVERIFY(part<GenerationText>(view, "steerSteered")->generation() == result->steered);
    const Json state = view.viewState();
    SteeringView again(m_bench->bench);
    again.restoreViewState(state);
    QCOMPARE(part<QSlider>(again, "steerStrength")->value(), 9);
  }

  void aRunThatMadeAVectorShowsItsTextsAndNorms() {
    MakeVectorRequest request;
    request.model = m_bench->models.current()->ref;
    request.name = "warm";
    request.positives = {"good", "kind"};
    request.negatives = {"bad"};
    VectorView view(m_bench->bench);
    view.showRun(
        m_bench->runs.start(request, {.title = QStringLiteral("Vector warm"), .parent = {}, .replaceKey = {}}));
    show(view, 1000, 640);
    QTRY_COMPARE(view.shownRun(), view.run());
    QCOMPARE(part<MarkedLabel>(view, "vectorViewName")->text(), QStringLiteral("warm"));
    QCOMPARE(part<QPlainTextEdit>(view, "vectorViewPositives")->toPlainText(), QStringLiteral("good\nkind"));
    QCOMPARE(part<LinePlot>(view, "vectorViewNorms")->data()->series.front().y.size(), std::size_t(2));
    QCOMPARE(view.csv().count(QStringLiteral("\r\n")), 3);
    QVERIFY(!view.exportImage(1).isNull());
    RunId steered = 0;
    m_bench->actions.add({.id = QStringLiteral("intervene.steer-vector"),
                          .text = QStringLiteral("Steer"),
                          .trigger = [&] { steered = m_bench->selection.run(); }});
    part<QPushButton>(view, "vectorViewSteer")->click();
    QCOMPARE(steered, view.run());
    // A failed one says why.
    request.positives.clear();
    view.showRun(m_bench->runs.start(request, {.title = QStringLiteral("Vector"), .parent = {}, .replaceKey = {}}));
    QTRY_VERIFY(part<ErrorPanel>(view, "viewError")->isVisible());
    QVERIFY(part<ErrorPanel>(view, "viewError")->copyText().contains(QStringLiteral("VEC-01")));
  }

  void aStoppedRunCanBeRunAgain() {
    LensView view(m_bench->bench);
    show(view, 1000, 640);
    // Waits behind a long run: by itself it could end before it is stopped.
    GenerateRequest before;
    before.model = m_bench->models.current()->ref;
    before.prompt = Prompt::plain("hello");
    before.sampling.maxNewTokens = 4000;
    before.sampling.stopAtEndToken = false;
    const RunId ahead = m_bench->runs.start(before, {.title = QStringLiteral("Long"), .parent = {}, .replaceKey = {}});
    const RunId stopped = startLens("stop this one");
    m_bench->runs.cancel(stopped);
    m_bench->runs.cancel(ahead);
    view.showRun(stopped);
    QTRY_COMPARE(m_bench->runs.record(stopped)->status, RunStatus::Cancelled);
    auto* empty = part<QWidget>(view, "viewEmpty");
    QVERIFY(empty->isVisible());
    auto* again = empty->findChild<QPushButton*>();
    QCOMPARE(again->text(), QStringLiteral("Run again"));
    again->click();
    QVERIFY(view.run() != stopped);
    QTRY_COMPARE(view.shownRun(), view.run());
  }

  void anAutomaticSeedIsTold() {
    GenerateRequest request;
    request.model = m_bench->models.current()->ref;
    request.prompt = Prompt::plain("hello");
    request.sampling.temperature = 1;
    request.sampling.seed = 8213;
    ContinuationView view(m_bench->bench);
    view.showRun(
        m_bench->runs.start(request, {.title = QStringLiteral("Continuation"), .parent = {}, .replaceKey = {}}));
    QVERIFY(part<QLineEdit>(view, "chatSeed")->toolTip().contains(QStringLiteral("8213")));
    QVERIFY(part<QLineEdit>(view, "chatSeed")->text().isEmpty());
    QTRY_COMPARE(view.shownRun(), view.run());
  }

  void steeringTakesTheSelectedCell() {
    const RunId lens = startLens("hello you");
    QTRY_VERIFY(m_bench->runs.result<LensResult>(lens));
    m_bench->selection.selectCell(lens, 0, 1);
    const Json state = steeringStateOf(m_bench->bench);
    SteeringView view(m_bench->bench);
    show(view, 1000, 640);
    const std::size_t edits = m_bench->undo.count();
    view.restoreViewState(state);
    const auto result = m_bench->runs.result<LensResult>(lens);
    QCOMPARE(part<QPlainTextEdit>(view, "vectorPositives")->toPlainText(),
             QString::fromStdString(result->tokens[0].text));
    // The program set the layer: nothing to undo.
    QCOMPARE(part<QSpinBox>(view, "steerLayer")->value(), state["layer"].get<int>());
    QCOMPARE(m_bench->undo.count(), edits);
  }

  void continuationBranches() {
    m_bench->prompt.setText(QStringLiteral("hello"));
    ContinuationView view(m_bench->bench);
    show(view, 1000, 640);
    view.start();
    const RunId first = view.run();
    QTRY_VERIFY(m_bench->runs.result<GenerateResult>(first));
    auto* text = part<GenerationText>(view, "continuationText");
    QTRY_VERIFY(!text->generation().tokens.empty());
    QTest::keyClick(text, Qt::Key_Right);
    const auto alternatives = part<ProbabilityBars>(view, "continuationAlternatives")->tokens();
    QVERIFY(alternatives.size() > 1);
    Q_EMIT part<ProbabilityBars>(view, "continuationAlternatives")->tokenClicked(alternatives[1]);
    QTest::mouseClick(part<QPushButton>(view, "continuationBranch"), Qt::LeftButton);
    QVERIFY(view.run() != first);
    const auto request = m_bench->runs.request(view.run());
    QVERIFY(request);
    QCOMPARE(std::get<GenerateRequest>(*request).prompt.text, "hello" + alternatives[1].token.text);
    QTRY_COMPARE(view.shownRun(), view.run());
  }

  void modelFactsAndFilter() {
    ModelView view(m_bench->bench);
    show(view, 1000, 640);
    auto* table = part<QTableView>(view, "modelTensors");
    const int all = table->model()->rowCount();
    QVERIFY(all > 10);
    part<QLineEdit>(view, "modelFilter")->setText(QStringLiteral("NORM"));
    QVERIFY(table->model()->rowCount() > 0 && table->model()->rowCount() < all);
    QVERIFY(view.copyText().contains(QStringLiteral("Layers\t2, L0 to L1")));
    QVERIFY(!view.exportImage(1).isNull());
  }

private:
  RunId startLens(const std::string& words) {
    LensRequest request;
    request.model = m_bench->models.current()->ref;
    request.prompt = Prompt::plain(words);
    return m_bench->runs.start(request, {.title = QStringLiteral("Logit lens"), .parent = {}, .replaceKey = {}});
  }

  std::unique_ptr<PanelBench> m_bench;
};

QTEST_MAIN(TestPanelsLive)
#include "tst_panels_live.moc"
