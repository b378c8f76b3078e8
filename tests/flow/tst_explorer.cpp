#include <algorithm>
#include <cmath>
#include <set>

#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSlider>
#include <QSpinBox>
#include <QTableView>

#include "core/data/builtin_texts.h"
#include "tests/flow/window_walk.h"
#include "ui/panels/choice_box.h"
#include "ui/plots/line_plot.h"
#include "ui/plots/scatter_plot.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/segmented_control.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;
using namespace std::chrono_literals;

/// The activation explorer, questions in two steps, and lenses that look ahead, grow or are steered, in the real window
/// on the default model.
class ExplorerTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void thePromptIsExplored();
  void pointsComeWhileTheModelWrites();
  void twoGroupsBecomeAVector();
  void aQuestionInTwoStepsIsAnsweredThreeWays();
  void aLensLooksAhead();
  void aLensGrowsWhileTheModelWrites();
  void aSteeredRunHasALens();

private:
  /// Presses at the first corner, goes round, lets go at the last.
  static void lasso(ScatterPlot& plot, const std::vector<QPoint>& corners) {
    QTest::mousePress(&plot, Qt::LeftButton, {}, corners.front());
    for (const QPoint& corner : corners) QTest::mouseMove(&plot, corner);
    QTest::mouseRelease(&plot, Qt::LeftButton, {}, corners.back());
  }
  void choosePage(int page) {
    auto* pages = part<SegmentedControl>("explorePage");
    m_driver->click(pages, QPoint(8, pages->height() / 2));
    for (int i = 0; i < page; ++i) m_driver->key(Qt::Key_Right);
    QCOMPARE(pages->current(), page);
  }
};

void ExplorerTest::thePromptIsExplored() {
  m_driver->writePrompt(QStringLiteral("The cat sat on the mat while the dog slept near the old wooden door"));
  m_driver->choose(QStringLiteral("Activation explorer"));
  QTRY_COMPARE(view(), QLatin1String(ExploreRequest::kKind));
  const RunId run = m_driver->shownRun();
  QVERIFY(run != 0 && m_driver->waitFor(run));
  const auto result = m_driver->result<ExploreResult>(run);
  QVERIFY(result && result->placeCount() == 14);
  auto* scatter = part<ScatterPlot>("exploreScatter");
  QTRY_VERIFY(scatter->data() && scatter->data()->points.size() == 14);
  QVERIFY(words("exploreStatement").contains(QStringLiteral("the first token, an attention sink, is left out")));
  m_driver->picture("explore-components");

  // A click on a point selects its token in every view.
  m_driver->click(scatter, scatter->positionOf(4).toPoint());
  QCOMPARE(scatter->current(), std::optional<int>(4));
  QCOMPARE(m_driver->bench().selection->state().token(), result->places[4].token);
  QCOMPARE(m_driver->bench().selection->state().run, run);
  // Another layer moves the points; undo brings the one before back.
  const double before = scatter->data()->points[4].x;
  auto* slider = part<QSlider>("exploreLayerSlider");
  const int layer = slider->value();
  slider->setFocus();
  m_driver->key(Qt::Key_Home);
  QVERIFY(scatter->data()->points[4].x != before);
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QTRY_COMPARE(slider->value(), layer);
  QCOMPARE(scatter->data()->points[4].x, before);

  choosePage(0);
  auto* norms = part<HeatMap>("exploreNorms");
  QTRY_VERIFY(norms->data() && norms->data()->columns() == 14);
  QCOMPARE(norms->data()->value({3, 2}), result->norms.at(3, 2));
  m_driver->click(norms, norms->cellRect({20, 7}).center());
  auto* curve = part<LinePlot>("exploreNormCurve");
  QCOMPARE(curve->cursor(), std::optional<int>(20));
  QVERIFY(curve->data()->series.size() == 4);
  m_driver->picture("explore-norms");
  choosePage(2);
  auto* cosines = part<HeatMap>("exploreCosines");
  QTRY_VERIFY(cosines->data());
  // The first place stands on top, so the way from top left to bottom right is each with itself.
  for (int place = 0; place < 14; ++place) QVERIFY(std::abs(cosines->data()->value({13 - place, place}) - 1) < 1e-4F);
  m_driver->picture("explore-cosines");
  choosePage(3);
  auto* channels = part<HeatMap>("exploreChannels");
  QTRY_VERIFY(channels->data() && channels->data()->columns() == 8);
  m_driver->picture("explore-channels");
  QVERIFY(m_driver->view()->csv().contains(QStringLiteral("channel")));
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());

  // It is found again as it was left.
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(view(), QLatin1String(ExploreRequest::kKind));
  QTRY_COMPARE(part<SegmentedControl>("explorePage")->current(), 3);
  QTRY_VERIFY(part<HeatMap>("exploreChannels")->data());
  QCOMPARE(m_driver->jobTitles().filter(QStringLiteral("Activations")).size(), 0);
}

void ExplorerTest::pointsComeWhileTheModelWrites() {
  m_driver->writePrompt(QStringLiteral("The cat sat on the mat while"));
  m_driver->choose(QStringLiteral("Activation explorer"));
  QTRY_COMPARE(view(), QLatin1String(ExploreRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  choosePage(0);
  auto* norms = part<HeatMap>("exploreNorms");
  const int places = norms->data()->columns();
  m_driver->take("exploreGrow", QStringLiteral("+64"));
  const RunId before = m_driver->shownRun();
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != before);
  const RunId run = m_driver->shownRun();
  const std::set<int> seen = m_driver->seenUntilDone(run, [norms] { return norms->data()->columns(); });
  const auto result = m_driver->result<ExploreResult>(run);
  QVERIFY(result && result->grown > 0);
  QVERIFY(std::ranges::any_of(seen, [&](int columns) { return columns > places && columns < result->placeCount(); }));
  QTRY_COMPARE(norms->data()->columns(), result->placeCount());
  m_driver->picture("explore-grown");
  m_driver->take("exploreGrow", QStringLiteral("no"));
}

void ExplorerTest::twoGroupsBecomeAVector() {
  m_driver->choose(QStringLiteral("Activation explorer"));
  QTRY_COMPARE(view(), QLatin1String(ExploreRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  m_driver->find<QPlainTextEdit>("exploreTexts")
      ->setPlainText(QStringLiteral("I love this film\nWhat a wonderful day\nThe food was delicious\nShe is so kind\n"
                                    "A truly great book"));
  m_driver->find<QPlainTextEdit>("exploreOthers")
      ->setPlainText(QStringLiteral("I hate this film\nWhat a horrible day\nThe food was awful\nHe is so rude\n"
                                    "A truly boring book"));
  m_driver->click(m_driver->find("exploreLast"));
  const RunId before = m_driver->shownRun();
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != before);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  auto* scatter = part<ScatterPlot>("exploreScatter");
  QTRY_VERIFY(scatter->data() && scatter->data()->points.size() == 10);
  QCOMPARE(scatter->data()->secondName, QStringLiteral("group 2"));
  auto* make = part<QPushButton>("exploreVector");
  QVERIFY(!make->isEnabled());
  // A lasso of one's own making: all points left of the middle one.
  std::vector<double> xs;
  for (int i = 0; i < 10; ++i) xs.push_back(scatter->positionOf(i).x());
  std::ranges::sort(xs);
  const QRect area = scatter->plotRect();
  lasso(*scatter,
        {area.topLeft() + QPoint(2, 2), QPoint(static_cast<int>((xs[4] + xs[5]) / 2), area.top() + 2),
         QPoint(static_cast<int>((xs[4] + xs[5]) / 2), area.bottom() - 2), area.bottomLeft() + QPoint(2, -2)});
  QCOMPARE(scatter->chosen().size(), std::size_t{5});
  QVERIFY(make->isEnabled());
  m_driver->picture("explore-groups");
  m_driver->click(make);
  QTRY_COMPARE(view(), QLatin1String(SteerRequest::kKind));
  auto* positives = m_driver->find<QPlainTextEdit>("vectorPositives");
  QTRY_COMPARE(positives->toPlainText().count(QLatin1Char('\n')), 4);
  QCOMPARE(m_driver->find<QPlainTextEdit>("vectorNegatives")->toPlainText().count(QLatin1Char('\n')), 4);
  m_driver->click(m_driver->find("vectorMake"));
  QTRY_COMPARE(m_driver->bench().vectors->vectors().size(), std::size_t{1});
}

void ExplorerTest::aQuestionInTwoStepsIsAnsweredThreeWays() {
  // A few of the questions that come with the program, as a file of one's own.
  HopList few = builtinHopLists().front();
  few.id.clear();
  few.title = "Mine";
  few.items.resize(16);
  QFile file(m_driver->file(QStringLiteral("mine.json")));
  QVERIFY(file.open(QIODevice::WriteOnly));
  QVERIFY(file.write(QByteArray::fromStdString(dumpJson(few))) > 0);
  file.close();
  m_driver->dialogs.path = file.fileName();
  m_driver->choose(QStringLiteral("Questions in two steps from a file"));
  QTRY_COMPARE(view(), QLatin1String(MultiHopRequest::kKind));
  QCOMPARE(m_driver->find<ChoiceBox>("hopChoice")->currentText(), QStringLiteral("Mine"));
  m_driver->fill("hopLayers", QStringLiteral("2,5"));
  m_driver->find<QSpinBox>("hopLength")->setValue(5);
  QVERIFY(m_driver->view()->canStart());
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run, 240s));
  const auto result = m_driver->result<MultiHopResult>(run);
  QVERIFY(result && result->items.size() > 4);
  auto* map = part<HeatMap>("hopMap");
  QTRY_VERIFY(map->data() && map->data()->rows() == 2);
  QVERIFY(words("hopStatement").contains(QStringLiteral("step by step")));
  QVERIFY(words("hopCaveat").contains(QStringLiteral("the most of 4 tries each")));
  m_driver->picture("multi-hop");
  m_driver->click(map, map->cellRect({1, 0}).center());
  QVERIFY(words("hopHeading").startsWith(QStringLiteral("Items, read at L5 and written at L2")));
  auto* items = part<QTableView>("hopItems");
  QCOMPARE(items->model()->rowCount(), static_cast<int>(result->items.size()));
  auto* arms = part<SegmentedControl>("hopArm");
  m_driver->click(arms, QPoint(arms->width() - 6, arms->height() / 2));
  QVERIFY(map->data()->scale.isDiverging());
  QVERIFY(std::abs(static_cast<double>(map->data()->value({1, 0})) -
                   (result->shareAt(0, 1, 0) - result->shareAt(1, 1, 0))) < 1e-6);
  QVERIFY(m_driver->view()->csv().count(QStringLiteral("\r\n")) == 5);
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());
}

void ExplorerTest::aLensLooksAhead() {
  m_driver->writePrompt(QStringLiteral("Madison Square Garden is located in New York City"));
  m_driver->key(Qt::Key_Return);
  QTRY_COMPARE(view(), QLatin1String(LensRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  const RunId plain = m_driver->shownRun();
  m_driver->take("lensKind", QStringLiteral("future +1"));
  QTRY_VERIFY(m_driver->shownRun() != plain);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run, 60s));
  const auto result = m_driver->result<LensResult>(run);
  QVERIFY(result && result->ahead == 1 && result->tokenCount() == 9);
  QTRY_COMPARE(m_driver->view()->title(), QStringLiteral("Future lens +1"));
  QTRY_VERIFY(m_driver->grid()->data() && !std::isnan(m_driver->grid()->data()->value({20, 8})));
  m_driver->picture("future-lens");
  // The text that states are written into is there to be changed.
  auto* text = part<QLineEdit>("lensFutureText");
  QVERIFY(text->isVisible());
  QCOMPARE(text->text(), QString::fromLatin1(kFutureLensText));
  m_driver->fill("lensFutureText", QStringLiteral("Tell me more about x"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != run);
  QVERIFY(m_driver->waitFor(m_driver->shownRun(), 60s));
  QCOMPARE(std::get<LensRequest>(*m_driver->bench().runs->request(m_driver->shownRun())).aheadText,
           std::string("Tell me more about x"));
  // A prompt is learned for it, of a few steps here, and the lens reads with it.
  m_driver->choose(QStringLiteral("Learn a prompt for the future lens"));
  QTRY_COMPARE(view(), QLatin1String(LearnPromptRequest::kKind));
  m_driver->fill("promptName", QStringLiteral("mine"));
  m_driver->fill("promptLayers", QStringLiteral("10, 20"));
  for (const auto& [box, value] :
       {std::pair{"promptSteps", 4}, std::pair{"promptBatch", 4}, std::pair{"promptAhead", 1}})
    m_driver->find<QSpinBox>(box)->setValue(value);
  m_driver->click(m_driver->find("promptLearn"));
  QTRY_VERIFY(m_driver->shownRun() != 0 &&
              m_driver->bench().runs->record(m_driver->shownRun())->kind == LearnPromptRequest::kKind);
  const RunId learning = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(learning, 180s));
  const auto learned = m_driver->result<SoftPrompt>(learning);
  QVERIFY(learned && learned->isMeasured() && learned->layers == (std::vector{10, 20}));
  QTRY_VERIFY(part<LinePlot>("promptShares")->isVisible());
  QCOMPARE(part<LinePlot>("promptShares")->data()->series.size(), std::size_t{3});
  QCOMPARE(part<LinePlot>("promptDescent")->data()->series.front().x.size(), std::size_t{4});
  m_driver->picture("learned-prompt");
  m_driver->click(part<QWidget>("promptUse"));
  QTRY_COMPARE(view(), QLatin1String(LensRequest::kKind));
  const RunId soft = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(soft, 60s));
  QCOMPARE(std::get<LensRequest>(*m_driver->bench().runs->request(soft)).aheadPrompt.hash, learned->hash);
  QTRY_COMPARE(part<ChoiceBox>("lensFutureKind")->currentText(), QStringLiteral("mine"));
  QVERIFY(!text->isVisible());
  m_driver->picture("future-lens-learned");
  // Tomorrow it still reads with it.
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_VERIFY(std::get<LensRequest>(*m_driver->bench().runs->request(soft)).aheadPrompt.prompt != nullptr);
  m_driver->bench().selection->selectRun(soft);
  QTRY_COMPARE(part<ChoiceBox>("lensFutureKind")->currentText(), QStringLiteral("mine"));
  QTRY_VERIFY(part<ChoiceBox>("lensFutureKind")->isVisible());
  m_driver->take("lensFutureKind", QStringLiteral("a text"));
  QTRY_VERIFY(m_driver->shownRun() != soft);
  QVERIFY(m_driver->waitFor(m_driver->shownRun(), 60s));
  // Undone by choosing the logit lens again: the run of before, not another one.
  auto* kind = part<ChoiceBox>("lensKind");
  QTRY_VERIFY(kind->isVisible() && kind->isEnabled());
  kind->setFocus();
  m_driver->type(QStringLiteral("l"));
  QTRY_COMPARE(m_driver->shownRun(), plain);
  QTRY_COMPARE(m_driver->view()->title(), QStringLiteral("Logit lens"));
}

void ExplorerTest::aLensGrowsWhileTheModelWrites() {
  m_driver->writePrompt(QStringLiteral("Once upon a time there was"));
  m_driver->choose(QStringLiteral("Lens while it writes"));
  QTRY_COMPARE(view(), QLatin1String(LensRequest::kKind));
  const RunId run = m_driver->shownRun();
  // Columns are there before the run has ended.
  QTRY_VERIFY(m_driver->grid()->data() != nullptr && m_driver->grid()->data()->columns() > 6);
  int columns = 0, steps = 0;
  while (!m_driver->isDone(run)) {
    QTest::qWait(20);
    const int now = m_driver->grid()->data()->columns();
    QVERIFY(now >= columns);
    steps += now > columns;
    columns = now;
  }
  QVERIFY(steps >= 2);
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<LensResult>(run);
  QVERIFY(result && result->grown > 0);
  QTRY_COMPARE(m_driver->grid()->data()->columns(), result->tokenCount());
  // Where it ended is on screen. A cell that the run wrote is not read, one of the prompt is.
  const int runs = m_driver->startedRuns(), last = result->tokenCount() - 1;
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({10, last}).center());
  m_driver->key(Qt::Key_P);
  QCOMPARE(m_driver->startedRuns(), runs);
  m_driver->grid()->showPart({});
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({10, 3}).center());
  m_driver->key(Qt::Key_P);
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
}

void ExplorerTest::aSteeredRunHasALens() {
  m_driver->choose(QStringLiteral("Steering"));
  QTRY_COMPARE(view(), QLatin1String(SteerRequest::kKind));
  m_driver->find<QLineEdit>("vectorName")->setText(QStringLiteral("warm"));
  m_driver->find<QPlainTextEdit>("vectorPositives")->setPlainText(QStringLiteral("I love this\nWhat a lovely day"));
  m_driver->find<QPlainTextEdit>("vectorNegatives")->setPlainText(QStringLiteral("I hate this\nWhat an awful day"));
  m_driver->click(m_driver->find("vectorMake"));
  QTRY_COMPARE(m_driver->bench().vectors->vectors().size(), std::size_t{1});
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId steered = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(steered));
  m_driver->picture("steering-with-lens");
  auto* lens = m_driver->find<QPushButton>("steerLens");
  QTRY_VERIFY(lens->isEnabled());
  m_driver->click(lens);
  QTRY_COMPARE(view(), QLatin1String(LensRequest::kKind));
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<LensResult>(run);
  const auto text = m_driver->result<SteerResult>(steered);
  QVERIFY(result && text);
  QCOMPARE(result->next.front().token.id, text->steered.tokens.front().token.id);
  QTRY_COMPARE(m_driver->view()->title(), QStringLiteral("Logit lens, steered"));
  m_driver->picture("steered-lens");
  // Its cells would be read without the vector: no Patchscope begins.
  const int runs = m_driver->startedRuns();
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({20, 3}).center());
  m_driver->key(Qt::Key_P);
  QCOMPARE(m_driver->startedRuns(), runs);
}

QTEST_MAIN(ExplorerTest)
#include "tst_explorer.moc"
