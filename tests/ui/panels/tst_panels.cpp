#include <QAbstractItemModelTester>
#include <QClipboard>
#include <QLabel>
#include <QMenu>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QSlider>
#include <QTableView>
#include <QToolButton>

#include "tests/ui/panels/panel_bench.h"
#include "ui/models/result_table.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/continuation_view.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/inspector_panel.h"
#include "ui/panels/lens_view.h"
#include "ui/panels/model_view.h"
#include "ui/panels/patch_view.h"
#include "ui/panels/steering_view.h"
#include "ui/panels/vector_norms.h"
#include "ui/panels/view_catalogue.h"
#include "ui/panels/view_factory.h"
#include "ui/plots/bar_plot.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/verb_button.h"
#include "ui/widgets/warning_strip.h"

using namespace patchbay;
using namespace patchbay::tests;
using namespace patchbay::ui;

namespace {

PatchResult patchResult() {
  PatchResult result;
  for (const char* word : {"The", " capital", " of", " Japan", " is"}) result.sourceTokens.push_back(fact(1, word));
  for (const char* word : {"The", " capital", " of", " France", " is"}) result.targetTokens.push_back(fact(2, word));
  result.sourceToken = result.targetToken = 3;
  result.sourceNext = ranked({" Tokyo", " the"});
  result.plain = ranked({" Paris", " the", " located", " a"}, 0.8F);
  result.patched = ranked({" Tokyo", " Paris", " the", " in"}, 0.6F);
  result.changes = {{fact(400, " Paris"), 0.8F, 0.2F, 9, 7},
                    {fact(500, " Tokyo"), 0.01F, 0.6F, 3, 9},
                    {fact(401, " the"), 0.2F, 0.06F, 5, 4}};
  result.klBits = 2.31F;
  result.plainContinuation = generation({" Paris", ".", " It", " is", " a", " city"});
  result.patchedContinuation = generation({" Tokyo", ".", " It", " is", " a", " city"});
  result.warnings = {"The patch can reach the read-out through 17 layers only."};
  return result;
}

SteerResult steerResult() {
  SteerResult result;
  for (const char* word : {"Coffee", " is"}) result.promptTokens.push_back(fact(1, word));
  result.plain = generation({" great", " and", " I", " drink", " it", " daily", "."});
  result.steered = generation({" excellent", " and", " one", " drinks", " it", " daily", "."});
  result.plainPerplexity = 9.1F;
  result.steeredPerplexity = 11.7F;
  result.shareOfNorm = 0.34F;
  result.klFirstBits = 1.2F;
  return result;
}

std::shared_ptr<const SteeringVector> aVector() {
  auto vector = std::make_shared<SteeringVector>();
  vector->name = "formal";
  vector->model = aModel();
  std::vector<float> rows;
  for (int layer = 0; layer < 30; ++layer) {
    for (int i = 0; i < 4; ++i) rows.push_back(static_cast<float>(layer) / 4);
  }
  vector->rows = HostArray({30, 4}, {"layer", "width"}, "", rows);
  vector->meanNorms = HostArray({30}, {"layer"}, "", std::vector<float>(30, 20));
  return vector;
}

}  // namespace

class TestPanels : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void everyKindHasItsView() {
    PanelBench desk;
    ViewFactory factory;
    addViews(factory);
    for (const char* kind :
         {"logit-lens", "patchscope", "activation-patch", "steer", "generate", "make-vector", "model-facts"}) {
      const std::unique_ptr<RunView> view(factory.make(QLatin1String(kind), desk.bench, nullptr));
      QVERIFY2(view, kind);
      QCOMPARE(view->kind(), QLatin1String(kind));
      QCOMPARE(view->run(), RunId(0));
      QVERIFY(view->csv().isEmpty());
    }
  }

  void lensShowsTheRun() {
    PanelBench desk;
    LensView view(desk.bench);
    show(view);
    QVERIFY(part<QWidget>(view, "viewEmpty")->isVisible());
    const RunId id = desk.record(lensRequest(), lensResult(), "Logit lens");
    view.showRun(id);
    QCOMPARE(view.shownRun(), id);
    auto* grid = part<HeatMap>(view, "lensGrid");
    QVERIFY(grid->isVisible());
    QCOMPARE(grid->data()->rows(), 30);
    QCOMPARE(grid->data()->word({29, 4}), QStringLiteral("␣Paris"));
    QCOMPARE(grid->data()->valueText({29, 4}), QStringLiteral(".81"));
    QCOMPARE(withoutMarks(part<LinePlot>(view, "lensCurve")->data()->title),
             QStringLiteral("p(␣Paris) by layer, at token 4"));
    QCOMPARE(part<LinePlot>(view, "lensCurve")->plotRect().left(), grid->gridRect().left());
    shot(view, QStringLiteral("lens"));
  }

  void lensSelectsByClickKeyAndCurve() {
    PanelBench desk;
    LensView view(desk.bench);
    const RunId id = desk.record(lensRequest(), lensResult(), "Logit lens");
    view.showRun(id);
    show(view);
    auto* grid = part<HeatMap>(view, "lensGrid");
    QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect({24, 4}).center());
    QCOMPARE(desk.selection.state().address(), QStringLiteral("t4.L24.resid_post"));
    QCOMPARE(desk.selection.run(), id);
    QCOMPARE(part<LinePlot>(view, "lensCurve")->cursor(), std::optional<int>(24));
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_Down);
    QCOMPARE(desk.selection.state().address(), QStringLiteral("t4.L23.resid_post"));
    QTest::keyClick(grid, Qt::Key_Left);
    QCOMPARE(desk.selection.state().address(), QStringLiteral("t3.L23.resid_post"));
    desk.selection.selectCell(id, 1, 7);
    QCOMPARE(grid->currentCell(), std::optional<Cell>(Cell{7, 1}));
    QVERIFY(view.copyText().startsWith(QStringLiteral("t1.L7.resid_post")));
    desk.selection.toggleReference();
    desk.selection.selectCell(id, 4, 24);
    QCOMPARE(part<LinePlot>(view, "lensCurve")->data()->series.size(), std::size_t(2));
    shot(view, QStringLiteral("lens-selected"));
  }

  void lensMetricsKeepFixedScales() {
    PanelBench desk;
    LensView view(desk.bench);
    view.showRun(desk.record(lensRequest(), lensResult(), "Logit lens"));
    show(view);
    auto* metric = part<ChoiceBox>(view, "lensMetric");
    auto* grid = part<HeatMap>(view, "lensGrid");
    QCOMPARE(metric->count(), 7);
    const auto choose = [&](const char* name) {
      metric->setCurrentIndex(metric->findData(QLatin1String(name)));
      Q_EMIT metric->activated(metric->currentIndex());
    };
    QCOMPARE(grid->data()->scale.max, 1.0);
    choose("norm");
    QVERIFY(part<Tag>(view, "lensSinkTag")->isVisible());
    QCOMPARE(grid->data()->scale.max, 60.0);  // token 0 has 940
    QCOMPARE(desk.settings.lensMetric(), QStringLiteral("norm"));
    choose("rank");
    QVERIFY(grid->data()->scale.isLog && grid->data()->scale.isReversed);
    QVERIFY(!part<Tag>(view, "lensSinkTag")->isVisible());
    choose("cos");
    QVERIFY(grid->data()->scale.isDiverging());
    choose("entropy");
    QCOMPARE(grid->data()->scale.max, 16.0);
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_0);
    QVERIFY(grid->data()->scale.isFitted);
    QCOMPARE(grid->data()->scale.max, 9.0);
  }

  void lensKeepsItsViewState() {
    PanelBench desk;
    const RunId id = desk.record(lensRequest(), lensResult(), "Logit lens");
    Json state;
    {
      LensView view(desk.bench);
      view.restoreViewState({{"metric", "kl"}, {"fitted", true}, {"table", false}});
      state = view.viewState();
    }
    LensView again(desk.bench);
    again.restoreViewState(state);
    again.showRun(id);
    QCOMPARE(part<HeatMap>(again, "lensGrid")->data()->scale.metric, QStringLiteral("KL to final"));
    QVERIFY(part<HeatMap>(again, "lensGrid")->data()->scale.isFitted);
    again.restoreViewState(Json::array());
    again.restoreViewState({{"metric", "nonsense"}, {"fitted", 3}, {"id", Json::array()}, {"table", "yes"}});
    QCOMPARE(part<HeatMap>(again, "lensGrid")->data()->scale.metric, QStringLiteral("KL to final"));
    QVERIFY(part<HeatMap>(again, "lensGrid")->data()->scale.isFitted);
  }

  void tableHasTheNumbersOfThePicture() {
    PanelBench desk;
    LensView view(desk.bench);
    view.showRun(desk.record(lensRequest(), lensResult(), "Logit lens"));
    show(view);
    QTest::keyClick(part<HeatMap>(view, "lensGrid"), Qt::Key_T);
    auto* table = part<QTableView>(view, "resultTable");
    QVERIFY(table->isVisible());
    const QAbstractItemModelTester tester(view.table(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(view.table()->rowCount(), 150);
    QCOMPARE(view.table()->data(view.table()->index(149, 0)).toString(), QStringLiteral("t4.L29.resid_post"));
    QCOMPARE(view.table()->data(view.table()->index(149, 3)).toString(), QStringLiteral("␣Paris"));
    QCOMPARE(view.csv().count(QStringLiteral("\r\n")), 151);
    shot(view, QStringLiteral("lens-table"));
    QTest::keyClick(table, Qt::Key_T);
    QVERIFY(part<HeatMap>(view, "lensGrid")->isVisible());
  }

  void exportsAPictureInPrintColours() {
    PanelBench desk;
    LensView view(desk.bench);
    view.showRun(desk.record(lensRequest(), lensResult(), "Logit lens"));
    show(view);
    const QImage picture = view.exportImage(2);
    QVERIFY(picture.width() >= 2 * 700);
    QVERIFY(picture.pixelColor(picture.width() - 1, 0).lightness() > 200);
  }

  void cellCarriedByKeyAsksForItsPlace() {
    PanelBench desk;
    LensView view(desk.bench);
    const RunId id = desk.record(lensRequest(), lensResult(), "Logit lens");
    view.showRun(id);
    show(view);
    desk.selection.selectCell(id, 4, 24);
    desk.carry.start(desk.selection.state());
    auto* hint = part<MarkedLabel>(view, "lensHint");
    QVERIFY(hint->isVisible());
    QVERIFY(withoutMarks(hint->text()).contains(QStringLiteral("t4.L24.resid_post")));
    auto* grid = part<HeatMap>(view, "lensGrid");
    QTest::keyClick(grid, Qt::Key_Escape);
    QVERIFY(!desk.carry.isActive());
    QVERIFY(!hint->isVisible());
  }

  void inspectorFollowsTheSelection() {
    PanelBench desk;
    InspectorPanel panel(desk.bench);
    show(panel, 300, 480);
    QVERIFY(!part<QWidget>(panel, "inspectorAddress")->isVisible());
    const RunId id = desk.record(lensRequest(), lensResult(), "Logit lens");
    desk.selection.selectCell(id, 4, 24);
    QCOMPARE(withoutMarks(part<MarkedLabel>(panel, "inspectorAddress")->text()), QStringLiteral("t4.L24.resid_post"));
    QVERIFY(withoutMarks(part<MarkedLabel>(panel, "inspectorWords")->text())
                .startsWith(QStringLiteral("token ‘␣is’ · layer 24 of 0–29")));
    QCOMPARE(part<ProbabilityBars>(panel, "inspectorBars")->tokens().size(), std::size_t(5));
    QVERIFY(part<VerbButton>(panel, "verbPatchscope")->isVisible());
    part<QToolButton>(panel, "inspectorCopy")->click();
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("rank of ␣Paris")));
    shot(panel, QStringLiteral("inspector"));
    desk.selection.clearPlace();
    QVERIFY(!part<QWidget>(panel, "inspectorAddress")->isVisible());
  }

  void inspectorVerbsRunTheActions() {
    PanelBench desk;
    int count = 0;
    desk.actions.add({.id = QStringLiteral("analyse.patchscope"),
                      .text = QStringLiteral("Patchscope"),
                      .icon = {},
                      .shortcuts = {QStringLiteral("P")},
                      .scope = ShortcutScope::PlotFocus,
                      .trigger = [&count] { ++count; }});
    InspectorPanel panel(desk.bench);
    const RunId id = desk.record(lensRequest(), lensResult(), "Logit lens");
    desk.selection.selectCell(id, 4, 24);
    part<VerbButton>(panel, "verbPatchscope")->click();
    QCOMPARE(count, 1);
    LensView view(desk.bench);
    view.showRun(id);
    QTest::keyClick(part<HeatMap>(view, "lensGrid"), Qt::Key_P);
    QCOMPARE(count, 2);
  }

  void inspectorSaysWhatRegionIsSelected() {
    PanelBench desk;
    InspectorPanel panel(desk.bench);
    show(panel, 300, 480);
    const RunId id = desk.record(lensRequest(), lensResult(), "Logit lens");
    SelectionState region;
    region.run = id;
    region.tokens = IndexRange{1, 3};
    region.layers = IndexRange{5, 9};
    desk.selection.select(region);
    QCOMPARE(withoutMarks(part<MarkedLabel>(panel, "inspectorAddress")->text()),
             QStringLiteral("t1-3.L5-9.resid_post"));
    const QString words = withoutMarks(part<MarkedLabel>(panel, "inspectorWords")->text());
    QVERIFY2(words.startsWith(QStringLiteral("3 tokens · 5 of 30 layers · 15 cells · run")), qPrintable(words));
    QCOMPARE(part<QLabel>(panel, "inspectorMore")->text(), QStringLiteral("‘␣capital␣of␣France’"));
    QVERIFY(!part<VerbButton>(panel, "verbPatchscope")->isVisible());
    shot(panel, QStringLiteral("inspector-region"));
    region.layers.reset();
    region.tokens = IndexRange{4, 4};
    desk.selection.select(region);
    QVERIFY(withoutMarks(part<MarkedLabel>(panel, "inspectorWords")->text())
                .startsWith(QStringLiteral("token ‘␣is’ · no layer chosen")));
    region.tokens = IndexRange{40, 41};  // a place kept from a longer run
    desk.selection.select(region);
    QVERIFY(!part<QWidget>(panel, "inspectorAddress")->isVisible());
  }

  void cellsOfAPatchedRunAreNotReadWithoutThePatch() {
    PanelBench desk;
    PatchRequest request;
    request.model = aModel();
    request.source = Prompt::plain("The capital of Japan is");
    request.target = Prompt::plain("The capital of France is");
    const RunId id = desk.record(request, patchResult(), "Patch");
    const auto obstacle = [&desk] { return cellObstacle(desk.bench, desk.selection.state()); };
    desk.actions.add({.id = QStringLiteral("analyse.patchscope"),
                      .text = QStringLiteral("Patchscope"),
                      .shortcuts = {QStringLiteral("P")},
                      .scope = ShortcutScope::PlotFocus,
                      .trigger = [] { QFAIL("read the unpatched target"); },
                      .isEnabled = [obstacle] { return obstacle().isEmpty(); },
                      .disabledReason = obstacle});
    InspectorPanel panel(desk.bench);
    show(panel, 300, 480);
    desk.selection.selectCell(id, 3, 12);
    QVERIFY(!cellSource(desk.bench, desk.selection.state()));
    QVERIFY(obstacle().contains(QStringLiteral("patched run")));
    QVERIFY(!part<VerbButton>(panel, "verbPatchscope")->isEnabled());
    QCOMPARE(part<QLabel>(panel, "inspectorObstacle")->text(), obstacle());
    QVERIFY(part<QLabel>(panel, "inspectorObstacle")->isVisible());
    shot(panel, QStringLiteral("inspector-patched"));
    QSignalSpy refused(&desk.actions, &ActionRegistry::refused);
    PatchView view(desk.bench);
    view.showRun(id);
    QTest::keyClick(&view, Qt::Key_P);
    QCOMPARE(refused.count(), 1);
    QCOMPARE(startPatchscope(desk.bench, true), RunId(0));
    toggleCarry(desk.bench);
    QVERIFY(!desk.carry.isActive());
    QVERIFY(steeringStateOf(desk.bench).is_null());
    const RunId lens = desk.record(lensRequest(), lensResult(), "Logit lens");
    desk.selection.selectCell(lens, 3, 12);
    QVERIFY(part<VerbButton>(panel, "verbPatchscope")->isEnabled());
    QVERIFY(!part<QLabel>(panel, "inspectorObstacle")->isVisible());
  }

  void patchIsToldAndShown() {
    PanelBench desk;
    const RunId parent = desk.record(lensRequest(), lensResult(), "Logit lens");
    PatchRequest request;
    request.model = aModel();
    request.source = Prompt::plain("The capital of Japan is");
    request.sourceToken = 3;
    request.sourceLayer = request.targetLayer = 12;
    request.target = Prompt::plain("The capital of France is");
    request.targetToken = 3;
    PatchView view(desk.bench);
    const RunId id = desk.record(request, patchResult(), "Patch");
    QVERIFY(parent != id);
    view.showRun(id);
    show(view, 980, 640);
    const QString words = withoutMarks(part<MarkedLabel>(view, "patchText")->text());
    QVERIFY2(words.startsWith(
                 QStringLiteral("You moved t3.L12.resid_post of “The capital of Japan is” into t3.L12.resid_post")),
             qPrintable(words));
    QCOMPARE(part<BarPlot>(view, "patchChanges")->data().pairs.size(), std::size_t(3));
    QCOMPARE(part<BarPlot>(view, "patchChanges")->data().pairs[1].after, 0.6000000238418579);
    QCOMPARE(part<GenerationText>(view, "patchPatchedText")->changes().size(), std::size_t(1));
    QVERIFY(part<WarningStrip>(view, "viewWarning")->isVisible());
    QVERIFY(view.csv().contains(QStringLiteral("␣Tokyo")));
    QTest::keyClick(part<TokenStrip>(view, "patchSourceStrip"), Qt::Key_F10, Qt::ShiftModifier);
    auto* menu = part<QMenu>(view, "tokenMenu");
    menu->actions().back()->trigger();
    QCOMPARE(QGuiApplication::clipboard()->text(), QStringLiteral(" Japan"));
    menu->close();
    QVERIFY(!view.exportImage(1).isNull());
    shot(view, QStringLiteral("patch"));
  }

  void steeringShowsBothTextsAndTheirDifference() {
    PanelBench desk;
    desk.open();
    const std::string hash = desk.vectors.add(aVector());
    SteerRequest request;
    request.model = aModel();
    request.prompt = Prompt::plain("Coffee is");
    request.vectorName = "formal";
    request.vectorHash = hash;
    request.setting.layers = {14};
    request.setting.strength = 2.5F;
    SteeringView view(desk.bench);
    view.showRun(desk.record(request, steerResult(), "Steer"));
    show(view, 1000, 600);
    QCOMPARE(part<GenerationText>(view, "steerPlain")->changes().size(), std::size_t(2));
    QCOMPARE(part<GenerationText>(view, "steerSteered")->changes().size(), std::size_t(2));
    QCOMPARE(withoutMarks(part<MarkedLabel>(view, "steerSteeredTitle")->text()),
             QStringLiteral("Steered, formal +2.5 at L14"));
    QCOMPARE(withoutMarks(part<MarkedLabel>(view, "steerPlainFacts")->text()), QStringLiteral("7 tokens · ppl 9.1"));
    QCOMPARE(part<QSlider>(view, "steerStrength")->value(), 5);
    QCOMPARE(part<LinePlot>(view, "steerNorms")->cursor(), std::optional<int>(14));
    QVERIFY(withoutMarks(part<MarkedLabel>(view, "steerEffect")->text()).contains(QStringLiteral("34 %")));
    QTest::keyClick(part<GenerationText>(view, "steerSteered"), Qt::Key_Right);
    QCOMPARE(desk.selection.state().token(), 2);
    QVERIFY(view.csv().contains(QStringLiteral("␣excellent")));
    QVERIFY(!view.exportImage(1).isNull());
    shot(view, QStringLiteral("steering"));
  }

  void vectorNormsAreLengths() {
    const std::vector<double> norms = aVector()->norms();
    QCOMPARE(norms.size(), std::size_t(30));
    QCOMPARE(norms[0], 0.0);
    QCOMPARE(norms[8], 4.0);  // four values of 2
  }

  void continuationTellsWhatElseWasLikely() {
    PanelBench desk;
    GenerateRequest request;
    request.model = aModel();
    request.prompt = Prompt::plain("Once upon");
    request.sampling.temperature = 0.7F;
    GenerateResult result;
    result.promptTokens = {fact(1, "Once"), fact(2, " upon")};
    result.generation = generation({" a", " time", ",", " there"});
    ContinuationView view(desk.bench);
    const RunId id = desk.record(request, result, "Continuation");
    view.showRun(id);
    show(view, 900, 420);
    auto* text = part<GenerationText>(view, "continuationText");
    QCOMPARE(text->toPlainText(), QStringLiteral("Once upon a time, there"));
    QTest::keyClick(text, Qt::Key_Right);
    QTest::keyClick(text, Qt::Key_Right);
    QCOMPARE(desk.selection.state().token(), 3);
    QCOMPARE(part<ProbabilityBars>(view, "continuationAlternatives")->tokens()[1].token.text, std::string(" other"));
    QVERIFY(part<QWidget>(view, "continuationBranch")->isEnabled());
    InspectorPanel panel(desk.bench);
    QVERIFY(panel.copyText().contains(QStringLiteral("generated token ‘␣time’")));
    QCOMPARE(view.csv().count(QStringLiteral("\r\n")), 5);
    shot(view, QStringLiteral("continuation"));
  }

  void halvesOfACharacterAreOneCharacter() {
    Generation made;
    made.tokens = {{{1, "x", {}, false}, 0.5F, 1, {}},
                   {{2, "\xEF\xBF\xBD", "c3", false}, 0.5F, 1, {}},
                   {{3, "\xEF\xBF\xBD", "a9", false}, 0.5F, 1, {}}};
    const PlacedText placed = placedText(made);
    QCOMPARE(placed.text, QStringLiteral("xé"));
    QCOMPARE(placed.tokens, std::vector<TextSpan>({{0, 1}, {1, 1}, {1, 1}}));
  }

  void oldResultStaysUntilTheNextArrives() {
    PanelBench desk;
    desk.open();
    LensView view(desk.bench);
    const RunId first = desk.record(lensRequest(), lensResult(), "Logit lens");
    view.showRun(first);
    show(view);
    const RunId second = desk.runs.start(lensRequest("Another"),
                                         {.title = QStringLiteral("Logit lens"), .parent = {}, .replaceKey = {}});
    view.showRun(second);
    QCOMPARE(view.shownRun(), first);
    QVERIFY(part<HeatMap>(view, "lensGrid")->isVisible());
    // The model is not loaded, so the engine refuses, and the view says so in the place of the result.
    QTRY_VERIFY(part<ErrorPanel>(view, "viewError")->isVisible());
    QVERIFY(part<ErrorPanel>(view, "viewError")->copyText().contains(QStringLiteral("MODEL-01")));
    // Running it again would fail again: the model comes first.
    int opened = 0;
    desk.actions.add({.id = QStringLiteral("model.open"),
                      .text = QStringLiteral("Open model file…"),
                      .trigger = [&opened] { ++opened; }});
    QStringList remedies;
    for (auto* button : part<ErrorPanel>(view, "viewError")->findChildren<QPushButton*>()) {
      remedies << button->text();
      if (button->text() == QStringLiteral("Open model file…")) button->click();
    }
    QVERIFY(remedies.contains(QStringLiteral("Run again")));
    QCOMPARE(opened, 1);
    shot(view, QStringLiteral("lens-error"));
  }

  void modelViewSaysWhenNothingIsLoaded() {
    PanelBench desk;
    ModelView view(desk.bench);
    show(view);
    QVERIFY(part<QWidget>(view, "viewEmpty")->isVisible());
    QVERIFY(view.copyText().isEmpty());
    QVERIFY(!view.table());
  }
};

QTEST_MAIN(TestPanels)
#include "tst_panels.moc"
