#include <QAbstractButton>
#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>

#include "tests/ui/panels/panel_bench.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/continuation_view.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/lens_view.h"
#include "ui/panels/patchscope_view.h"
#include "ui/panels/steering_view.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"

using namespace patchbay;
using namespace patchbay::tests;
using namespace patchbay::ui;

namespace {

void write(const QWidget& view, const char* field, const QString& words) {
  auto* line = part<QLineEdit>(view, field);
  line->selectAll();
  QTest::keyClicks(line, words);
}

void choose(const QWidget& view, const char* box, int index) {
  auto* choice = part<ChoiceBox>(view, box);
  choice->setCurrentIndex(index);
  Q_EMIT choice->activated(index);
}

std::string addVector(PanelBench& desk, const char* name = "formal") {
  auto vector = std::make_shared<SteeringVector>();
  vector->name = name;
  vector->model = aModel();
  vector->rows = HostArray({4, 2}, {"layer", "width"}, "", std::vector<float>(8, 1.0F));
  vector->meanNorms = HostArray({4}, {"layer"}, "", std::vector<float>(4, 20));
  return desk.vectors.add(vector);
}

GenerateRequest chatRequest() {
  GenerateRequest request;
  request.model = aModel();
  request.prompt.isChat = true;
  request.prompt.messages = {{"user", "Hello"}};
  return request;
}

}  // namespace

/// What a view keeps for tomorrow, and which of its edits can be taken back.
class TestViewState : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void anUnrunPatchscopeFormIsThereAgain() {
    PanelBench desk;
    const RunId run = desk.record(patchscopeRequest({8}), patchscopeResult({8}), "Patchscope");
    PatchscopeView view(desk.bench);
    view.showRun(run);
    QSignalSpy changed(&view, &RunView::stateChanged);
    write(view, "patchscopeSource", QStringLiteral("Draft source"));
    QVERIFY(changed.count() > 0);
    write(view, "patchscopeTarget", QStringLiteral("x -> x"));
    write(view, "patchscopeSourceLayers", QStringLiteral("3-7"));
    write(view, "patchscopeTargetLayers", QStringLiteral("12"));
    choose(view, "patchscopeMap", 2);
    part<QSpinBox>(view, "patchscopeLength")->setValue(33);
    const Json state = view.viewState();

    PatchscopeView again(desk.bench);
    again.showRun(run);
    again.restoreViewState(state);
    QCOMPARE(part<QLineEdit>(again, "patchscopeSource")->text(), QStringLiteral("Draft source"));
    QCOMPARE(part<QLineEdit>(again, "patchscopeTarget")->text(), QStringLiteral("x -> x"));
    QCOMPARE(part<QLineEdit>(again, "patchscopeSourceLayers")->text(), QStringLiteral("3-7"));
    QCOMPARE(part<QLineEdit>(again, "patchscopeTargetLayers")->text(), QStringLiteral("12"));
    QCOMPARE(part<ChoiceBox>(again, "patchscopeMap")->currentIndex(), 2);
    QCOMPARE(part<ChoiceBox>(again, "patchscopePreset")->currentData().toString(), QString());
    QCOMPARE(part<QSpinBox>(again, "patchscopeLength")->value(), 33);
    QVERIFY(again.viewState() == state);
  }

  void nonsenseInAKeptStateIsLeftOut() {
    PanelBench desk;
    addVector(desk);
    PatchscopeView patchscope(desk.bench);
    ContinuationView continuation(desk.bench);
    SteeringView steering(desk.bench);
    LensView lens(desk.bench);
    for (RunView* view : {static_cast<RunView*>(&patchscope), static_cast<RunView*>(&continuation),
                          static_cast<RunView*>(&steering), static_cast<RunView*>(&lens)}) {
      const Json before = view->viewState();
      for (const Json& nonsense :
           {Json(3), Json("text"), Json::array({1, "a"}), Json(nullptr), Json(1.5), Json{{"a", 1}}, Json(-7)}) {
        view->restoreViewState(nonsense);
        Json wrong = Json::object();
        for (const char* key : {"draft", "sampling", "reply", "colour", "maker", "setting", "vector", "tokens",
                                "metric", "fitted", "table", "positives", "prompt"}) {
          const auto known = before.find(key);
          if (known == before.end() || known->type() != nonsense.type()) wrong[key] = nonsense;
        }
        if (view == &steering) wrong.erase("positives");
        view->restoreViewState(wrong);
      }
      view->restoreViewState({{"draft",
                               {{"source", {{"prompt", 3}, {"token", "x"}, {"layers", 9}}},
                                {"map", "nonsense"},
                                {"preset", "nonsense"},
                                {"length", 1.5},
                                {"model", 2}}}});
      view->restoreViewState({{"sampling", {{"temperature", "hot"}}},
                              {"maker", {{"name", 3}, {"positives", Json::array()}, {"read", 99}, {"open", "yes"}}}});
      QCOMPARE(QString::fromStdString(view->viewState().dump()), QString::fromStdString(before.dump()));
    }
  }

  void theTargetLayerOfAGridIsThereAgain() {
    PanelBench desk;
    const RunId run =
        desk.record(patchscopeRequest({2, 4, 6}, {1, 3, 5}), patchscopeResult({2, 4, 6}, {1, 3, 5}), "Patchscope");
    Json state;
    {
      PatchscopeView view(desk.bench);
      view.resize(900, 640);
      view.showRun(run);
      view.show();
      QVERIFY(QTest::qWaitForWindowExposed(&view));
      desk.selection.selectRun(run);
      auto* grid = part<HeatMap>(view, "patchscopeGrid");
      QTRY_VERIFY(!grid->cellRect({2, 1}).isEmpty());
      QTest::mouseClick(grid, Qt::LeftButton, {}, grid->cellRect({2, 1}).center());
      QCOMPARE(desk.selection.state().layer(), 4);
      state = view.viewState();
    }
    QCOMPARE(state["targetLayer"].get<int>(), 5);
    PatchscopeView again(desk.bench);
    again.showRun(run);
    again.restoreViewState(state);
    QCOMPARE(part<HeatMap>(again, "patchscopeGrid")->currentCell(), std::optional<Cell>(Cell{2, 1}));
    QVERIFY(!part<GenerationText>(again, "patchscopeGridText")->generation().tokens.empty());
  }

  void samplingReplyAndColourAreThereAgain() {
    PanelBench desk;
    GenerateResult result;
    result.generation = generation({" Hi", " you"});
    const RunId run = desk.record(chatRequest(), result, "Chat");
    ContinuationView view(desk.bench);
    view.showRun(run);
    part<QSpinBox>(view, "chatTokens")->setValue(77);
    part<QDoubleSpinBox>(view, "chatTemperature")->setValue(0.7);
    part<QLineEdit>(view, "chatSeed")->setText(QStringLiteral("11"));
    part<QLineEdit>(view, "chatReply")->setText(QStringLiteral("And then"));
    part<QCheckBox>(view, "continuationColour")->setChecked(true);
    const Json state = view.viewState();
    // A seed that would be drawn is not part of it: the state is the same each time it is read.
    part<QLineEdit>(view, "chatSeed")->clear();
    QVERIFY(view.viewState() == view.viewState());

    ContinuationView again(desk.bench);
    again.showRun(run);
    again.restoreViewState(state);
    QCOMPARE(part<QSpinBox>(again, "chatTokens")->value(), 77);
    QCOMPARE(part<QDoubleSpinBox>(again, "chatTemperature")->value(), 0.7);
    QCOMPARE(part<QLineEdit>(again, "chatSeed")->text(), QStringLiteral("11"));
    QCOMPARE(part<QLineEdit>(again, "chatReply")->text(), QStringLiteral("And then"));
    QVERIFY(part<QCheckBox>(again, "continuationColour")->isChecked());
  }

  void theTextsOfAVectorInTheMakingAreThereAgain() {
    PanelBench desk;
    addVector(desk);
    SteeringView view(desk.bench);
    part<QAbstractButton>(view, "vectorAdd")->click();
    part<QPlainTextEdit>(view, "vectorPositives")->setPlainText(QStringLiteral("good\nkind"));
    part<QPlainTextEdit>(view, "vectorNegatives")->setPlainText(QStringLiteral("bad"));
    part<QLineEdit>(view, "vectorName")->setText(QStringLiteral("warmth"));
    part<ChoiceBox>(view, "vectorRead")->setCurrentIndex(1);
    part<QCheckBox>(view, "steerColour")->setChecked(true);
    const Json state = view.viewState();

    SteeringView again(desk.bench);
    again.restoreViewState(state);
    QCOMPARE(part<QPlainTextEdit>(again, "vectorPositives")->toPlainText(), QStringLiteral("good\nkind"));
    QCOMPARE(part<QPlainTextEdit>(again, "vectorNegatives")->toPlainText(), QStringLiteral("bad"));
    QCOMPARE(part<QLineEdit>(again, "vectorName")->text(), QStringLiteral("warmth"));
    QCOMPARE(part<ChoiceBox>(again, "vectorRead")->currentIndex(), 1);
    QVERIFY(!part<QPlainTextEdit>(again, "vectorPositives")->isHidden());
    QVERIFY(part<QCheckBox>(again, "steerColour")->isChecked());
  }

  void steeringControlsAreTakenBack() {
    PanelBench desk;
    const std::string first = addVector(desk, "first");
    const std::string second = addVector(desk, "second");
    SteeringView view(desk.bench);
    apply(desk, view);
    view.resize(1000, 640);
    view.show();
    QVERIFY(QTest::qWaitForWindowExposed(&view));
    auto* slider = part<QSlider>(view, "steerStrength");
    const int y = slider->height() / 3;
    const auto drag = [&](int from, int to) {
      QTest::mousePress(slider, Qt::LeftButton, {}, QPoint(from, y));
      for (int x = from; x != to; x += from < to ? 5 : -5) QTest::mouseMove(slider, QPoint(x, y));
      QTest::mouseRelease(slider, Qt::LeftButton, {}, QPoint(to, y));
    };
    drag(slider->width() / 2, slider->width() / 2 + 100);
    const int dragged = slider->value();
    QVERIFY(dragged != 8);
    QCOMPARE(desk.undo.count(), std::size_t{1});
    drag(slider->width() / 2 - 20, slider->width() / 2 - 120);
    QCOMPARE(desk.undo.count(), std::size_t{2});
    part<SegmentedControl>(view, "steerPositions")->setCurrent(2);
    Q_EMIT part<SegmentedControl>(view, "steerPositions")->chosen(2);
    QCOMPARE(desk.undo.count(), std::size_t{3});
    choose(view, "steerVector", 1);
    QCOMPARE(view.viewState()["vector"].get<std::string>(), second);
    QCOMPARE(desk.undo.count(), std::size_t{4});
    // The next sitting knows them too.
    UndoHistory kept;
    kept.restore(desk.undo.save());
    QCOMPARE(kept.count(), std::size_t{4});
    desk.undo.undo();
    QCOMPARE(view.viewState()["vector"].get<std::string>(), first);
    desk.undo.undo();
    QCOMPARE(part<SegmentedControl>(view, "steerPositions")->current(), 0);
    desk.undo.undo();
    QCOMPARE(slider->value(), dragged);
    desk.undo.undo();
    QCOMPARE(slider->value(), 8);
    QVERIFY(!desk.undo.canUndo());
    desk.undo.redo();
    QCOMPARE(slider->value(), dragged);
  }

  void choicesOfThePatchscopeFormAreTakenBack() {
    PanelBench desk;
    PatchscopeView view(desk.bench);
    apply(desk, view);
    auto* target = part<QLineEdit>(view, "patchscopeTarget");
    const QString before = target->text();
    choose(view, "patchscopePreset", 2);
    const QString chosen = target->text();
    QVERIFY(chosen != before);
    QCOMPARE(desk.undo.count(), std::size_t{1});
    write(view, "patchscopeSource", QStringLiteral("typed"));
    QCOMPARE(desk.undo.count(), std::size_t{2});
    choose(view, "patchscopeMap", 1);
    desk.undo.undo();
    QCOMPARE(part<ChoiceBox>(view, "patchscopeMap")->currentIndex(), 0);
    QCOMPARE(part<QLineEdit>(view, "patchscopeSource")->text(), QStringLiteral("typed"));
    desk.undo.undo();
    QCOMPARE(part<QLineEdit>(view, "patchscopeSource")->text(), QString());
    QCOMPARE(target->text(), chosen);
    desk.undo.undo();
    QCOMPARE(target->text(), before);
    QCOMPARE(part<ChoiceBox>(view, "patchscopePreset")->currentIndex(), 0);
    // A run that fills the form is no edit.
    view.showRun(desk.record(patchscopeRequest({8}), patchscopeResult({8}), "Patchscope"));
    QVERIFY(!desk.undo.canUndo());
  }

  void theMetricOfALensIsTakenBack() {
    PanelBench desk;
    LensView view(desk.bench);
    apply(desk, view);
    view.showRun(desk.record(lensRequest(), lensResult(), "Logit lens"));
    auto* metric = part<ChoiceBox>(view, "lensMetric");
    choose(view, "lensMetric", metric->findData(QStringLiteral("kl")));
    choose(view, "lensMetric", metric->findData(QStringLiteral("norm")));
    desk.undo.undo();
    QCOMPARE(metric->currentData().toString(), QStringLiteral("kl"));
    desk.undo.undo();
    QCOMPARE(metric->currentData().toString(), QStringLiteral("p"));
    desk.undo.redo();
    QCOMPARE(part<HeatMap>(view, "lensGrid")->data()->scale.metric, QStringLiteral("KL to final"));
  }

private:
  /// What the window does with an edit of a view.
  static void apply(PanelBench& desk, RunView& view) {
    desk.undo.addKind(QStringLiteral("view"), [&view](const Json& value) {
      QCOMPARE(value.value("view", std::string()), view.editId());
      view.applyEdit(value["state"]);
    });
  }
};

QTEST_MAIN(TestViewState)
#include "tst_view_state.moc"
