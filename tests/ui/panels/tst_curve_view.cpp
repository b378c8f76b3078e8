#include <QLineEdit>
#include <QSpinBox>
#include <QTableView>

#include "tests/ui/panels/panel_bench.h"
#include "ui/panels/curve_form.h"
#include "ui/panels/curve_picture.h"
#include "ui/panels/curve_view.h"
#include "ui/panels/map_choice.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

using namespace patchbay;
using namespace patchbay::tests;
using namespace patchbay::ui;

namespace {

CurvePoint point(int rank, int layer, std::int64_t examples, int hits, std::uint64_t seed = 1) {
  return {.key = {.rank = rank, .layer = layer},
          .examples = examples,
          .seed = seed,
          .loss = 10.0 - hits / 4.0,
          .shuffledLoss = 12,
          .choice = {.hits = hits, .items = 40},
          .shuffledChoice = {.hits = 5, .items = 40},
          .seconds = 3};
}

/// Two ranks by three numbers of questions; at rank 8 each doubling gives a tenth.
LearningCurveResult result() {
  LearningCurveResult made;
  made.layers = {8, 9, 10};
  made.chance = 0.25;
  for (const int rank : {8, 32})
    for (int step = 0; step < 3; ++step) made.points.push_back(point(rank, -1, 500 << step, 20 + 4 * step + rank / 8));
  return made;
}

AffineMap mapBetween(const std::string& source, const std::string& target) {
  AffineMap map;
  map.name = source + target;
  map.hash = "hash of " + map.name;
  map.source.fingerprint = map.source.name = source;
  map.target.fingerprint = map.target.name = target;
  return map;
}

}  // namespace

/// The picture of a learning curve, its form, and the choice of a map.
class CurveViewTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void aLineStandsForWhatIsNotOnTheAxis() {
    const LearningCurveResult made = result();
    QCOMPARE(widestAxis(made), CurveAxis::Questions);
    const auto plot = curvePlot(made, CurveAxis::Questions, CurveMeasure::Choice);
    QCOMPARE(plot->series.size(), std::size_t{4});
    QCOMPARE(plot->series[0].name, QStringLiteral("rank 8"));
    QCOMPARE(plot->series[1].name, QStringLiteral("rank 32"));
    QCOMPARE(plot->series[0].y, (std::vector<double>{21 / 40.0, 25 / 40.0, 29 / 40.0}));
    QCOMPARE(plot->series[2].y, (std::vector<double>(3, 5 / 40.0)));
    QCOMPARE(plot->series[3].y, (std::vector<double>(3, 0.25)));
    QCOMPARE(plot->xLabel(1), formatCount(1000));
    const auto byRank = curvePlot(made, CurveAxis::Rank, CurveMeasure::Loss);
    QCOMPARE(byRank->series.size(), std::size_t{4});  // three numbers of questions and other states
    QCOMPARE(byRank->series[2].y, (std::vector<double>{10 - 29 / 4.0, 10 - 32 / 4.0}));
    QVERIFY(!byRank->title.contains(QStringLiteral("table")));
  }

  void moreLinesThanFitAreSaid() {
    LearningCurveResult made = result();
    for (int layer = 0; layer < 5; ++layer) made.points.push_back(point(32, layer, 500, 10 + layer));
    const auto plot = curvePlot(made, CurveAxis::Questions, CurveMeasure::Choice);
    QCOMPARE(plot->series.size(), std::size_t{4 + 2});
    QVERIFY(plot->title.contains(QStringLiteral("4 of 7 lines")));
    // Where a line has no training its point is missing.
    QVERIFY(std::isnan(plot->series[2].y[1]));
  }

  void theStatementNamesTheBestAndItsControl() {
    LearningCurveResult made = result();
    const QString said = withoutMarks(curveStatement(made));
    QVERIFY2(said.contains(QStringLiteral("rank 32, L8-10")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral(".80 right")), qPrintable(said));
    QVERIFY2(said.contains(QStringLiteral("twice the questions: +.10")), qPrintable(said));
    // A second training makes the share steadier, and its interval no narrower.
    const auto [low, high] = interval(made.points.back().choice, 1);
    made.points.push_back(point(32, -1, 2000, 32, 2));
    const auto both = made.at({.rank = 32, .layer = -1}, 2000);
    QCOMPARE(both->choice.items, 80);
    QCOMPARE(interval(both->choice, 2), std::pair(low, high));
  }

  void damagedResultsAreRefused() {
    const auto fieldOf = [](auto change) {
      LearningCurveResult made = result();
      change(made);
      const auto read = LearningCurveResult::fromDocument(made.toDocument());
      return read.isError() ? QString::fromStdString(read.error().field) : QStringLiteral("none");
    };
    QCOMPARE(fieldOf([](auto&) {}), QStringLiteral("none"));
    QCOMPARE(fieldOf([](auto& made) { made.points.clear(); }), QStringLiteral("points"));
    QCOMPARE(fieldOf([](auto& made) { made.points.resize(5000, made.points.front()); }), QStringLiteral("points"));
    QCOMPARE(fieldOf([](auto& made) { made.points[1].choice.hits = 41; }), QStringLiteral("points"));
    QCOMPARE(fieldOf([](auto& made) { made.points[1].key.layer = -7; }), QStringLiteral("points"));
    QCOMPARE(fieldOf([](auto& made) { made.layers = {std::numeric_limits<int>::max()}; }), QStringLiteral("layers"));
    QCOMPARE(fieldOf([](auto& made) { made.chance = 2; }), QStringLiteral("chance"));
  }

  void theFormSaysAgainWhatItWasTold() {
    PanelBench work;
    work.open();
    CurveForm form(work.bench);
    LearningCurveRequest asked;
    asked.examples = {100, 200, 100};
    asked.ranks = {4};
    asked.data = "own.jsonl";
    asked.recipe.readLayers = {3, 4};
    asked.recipe.training.seed = 9;
    form.setRequest(asked);
    const Json draft = form.draft();
    CurveForm other(work.bench);
    other.setDraft(draft);
    QCOMPARE(other.draft(), draft);
    QCOMPARE(part<QLineEdit>(other, "curveSeed")->text(), QStringLiteral("9"));
    QCOMPARE(part<QLineEdit>(other, "curveLayers")->placeholderText(), QStringLiteral("3-4 together"));
    // A broken draft leaves the form as it is.
    for (const char* broken : {"[]", "7", R"({"examples": 7, "items": "x", "recipe": [], "data": {}})"}) {
      other.setDraft(*parseJson(broken, "draft"));
      QCOMPARE(other.draft(), draft);
    }
    QCOMPARE(asked.trainings(), std::int64_t{2});
    QCOMPARE(asked.allExamples(), 300.0);
  }

  void aMapBetweenOtherModelsIsNoChoice() {
    PanelBench work;
    work.open();
    MapChoice choice(QStringLiteral("through"), work.maps);
    const auto model = [](const char* name) { return ModelRef{.fingerprint = name, .name = name, .path = {}}; };
    const auto map = std::make_shared<const AffineMap>(mapBetween("a", "b"));
    choice.list(model("a"), model("b"));
    QVERIFY(choice.isEmpty());
    choice.choose(MapRef::of(map));
    QCOMPARE(choice.chosen(), map);
    QCOMPARE(choice.currentText(), QStringLiteral("ab"));
    choice.list(model("a"), model("c"));
    QVERIFY(choice.isEmpty() && !choice.chosen());
    QCOMPARE(choice.count(), 1);
    choice.list(model("a"));
    choice.choose(QString::fromStdString(map->hash));
    QCOMPARE(choice.chosen(), map);
    QCOMPARE(choice.currentText(), QStringLiteral("ab into b"));
    // One that nobody knows is said to be missing.
    choice.choose(QStringLiteral("unknown"));
    QVERIFY(!choice.isEmpty() && !choice.chosen());
    QCOMPARE(choice.currentText(), QStringLiteral("a map that is not here"));
  }
};

QTEST_MAIN(CurveViewTest)
#include "tst_curve_view.moc"
