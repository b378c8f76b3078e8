#include <algorithm>
#include <cmath>
#include <set>

#include <QCheckBox>
#include <QFile>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>

#include "core/data/builtin_texts.h"
#include "tests/flow/window_walk.h"
#include "ui/panels/attention_arcs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/compare_view.h"
#include "ui/panels/head_strip.h"
#include "ui/plots/line_plot.h"
#include "ui/state/map_shelf.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;
using namespace std::chrono_literals;

/// Attention, logit attribution, lists with controls, fitted maps and the comparison of runs, in the real window on the
/// default model.
class AnalysesTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void attentionIsReadHeadByHead();
  void theAnswerIsSplitIntoItsParts();
  void aListIsAskedBesideItsControls();
  void aFittedMapIsALensAndAMapOfPatches();
  void anEstimatedGridIsHeldAgainstTheExactOne();
  void aPathIsFollowed();
  void neuronsSayTheirWords();
  void twoRunsAreCompared();
  void aRunBecomesANotebook();
  void everyTokenIsReadAndWordsAreAskedFor();
  void aCoarseGridOfSeveralReceiversIsAsked();
};

void AnalysesTest::attentionIsReadHeadByHead() {
  m_driver->writePrompt(QStringLiteral("The cat sat on the mat. The cat sat on the"));
  m_driver->choose(QStringLiteral("Attention"));
  QTRY_COMPARE(view(), QLatin1String(AttentionRequest::kKind));
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<AttentionResult>(run);
  QVERIFY(result);
  const int tokens = result->tokenCount();
  auto* heads = part<HeatMap>("attentionHeads");
  auto* pattern = part<HeatMap>("attentionPattern");
  QTRY_VERIFY(pattern->data() && pattern->data()->columns() == tokens);
  QCOMPARE(heads->data()->rows(), 30);
  QCOMPARE(heads->data()->columns(), 9);

  // A head is chosen in the overview, or beside it among its layer.
  m_driver->click(heads, heads->cellRect({12, 3}).center());
  QVERIFY(words("attentionFacts").startsWith(QStringLiteral("L12.H3")));
  auto* layer = part<HeadStrip>("attentionLayer");
  QCOMPARE(layer->current(), 3);
  m_driver->click(layer, layer->headRect(5).center());
  QVERIFY(words("attentionFacts").startsWith(QStringLiteral("L12.H5")));
  QCOMPARE(m_driver->bench().selection->state().head, std::optional<int>(5));

  // A query by its row in the pattern or by its chip; the arcs follow.
  auto* arcs = part<AttentionArcs>("attentionArcs");
  QCOMPARE(arcs->query(), tokens - 1);
  m_driver->click(pattern, pattern->cellRect({tokens - 1 - 4, 1}).center());
  QCOMPARE(arcs->query(), 4);
  auto* strip = part<TokenStrip>("attentionStrip");
  m_driver->click(strip, strip->chipRect(2).center().toPoint());
  QCOMPARE(arcs->query(), 2);
  QVERIFY(std::ranges::all_of(arcs->keys(), [](int key) { return key <= 2; }));
  m_driver->picture("attention");

  // The order of heads and the weights are looks that undo takes back.
  m_driver->take("attentionScore", QStringLiteral("induction share"));
  const auto best = std::ranges::max_element(heads->data()->values.values());
  QVERIFY(*best > 0.3F);  // a repeated sentence has induction heads
  auto* weights = part<SegmentedControl>("attentionWeight");
  m_driver->click(weights, QPoint(weights->width() - 8, weights->height() / 2));
  QVERIFY(pattern->data()->scale.isFitted);
  m_driver->picture("attention-weighted");
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QVERIFY(!pattern->data()->scale.isFitted);
  QVERIFY(!m_driver->view()->csv().isEmpty());
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());

  // The text goes on, and the patterns with it, token by token.
  m_driver->take("attentionGrow", QStringLiteral("+64"));
  QTRY_VERIFY(m_driver->shownRun() != run);
  const RunId growing = m_driver->shownRun();
  const std::set<int> seen = m_driver->seenUntilDone(growing, [pattern] { return pattern->data()->rows(); });
  const auto grown = m_driver->result<AttentionResult>(growing);
  QVERIFY(grown && grown->grown > 0 && grown->tokenCount() == tokens + grown->grown);
  QVERIFY(std::ranges::any_of(seen, [&](int rows) { return rows > tokens && rows < grown->tokenCount(); }));
  QTRY_COMPARE(pattern->data()->rows(), grown->tokenCount());
  QCOMPARE(arcs->query(), 2);  // the one that was chosen
  m_driver->picture("attention-grown");
}

void AnalysesTest::theAnswerIsSplitIntoItsParts() {
  m_driver->choose(QStringLiteral("Logit attribution"));
  QTRY_COMPARE(view(), QLatin1String(AttributionRequest::kKind));
  m_driver->fill("attributionAnswer", QStringLiteral(" Paris"));
  m_driver->fill("attributionAgainst", QStringLiteral(" London"));
  m_driver->key(Qt::Key_Return);
  const RunId run = m_driver->shownRun();
  QVERIFY(run != 0 && m_driver->waitFor(run));
  QTRY_VERIFY(words("attributionStatement").startsWith(QStringLiteral("logit of ␣Paris less ␣London: 4.13 =")));
  auto* map = part<HeatMap>("attributionMap");
  QCOMPARE(map->data()->columns(), 10);
  auto* tokens = part<HeatMap>("attributionTokens");
  QCOMPARE(tokens->data()->columns(), 5);
  const auto result = m_driver->result<AttributionResult>(run);
  m_driver->click(map, map->cellRect({22, 4}).center());
  QVERIFY(words("attributionPlace").startsWith(QStringLiteral("L22.H4 adds")));
  QCOMPARE(tokens->data()->value({0, 3}), result->headTokens.at(22, 4, 3));
  m_driver->picture("attribution");
  m_driver->click(map, map->cellRect({22, 9}).center());
  QVERIFY(words("attributionPlace").startsWith(QStringLiteral("L22.mlp adds")));
  // The logit alone is another run, and the field of the other token waits.
  m_driver->take("attributionMeasure", QStringLiteral("logit alone"));
  QVERIFY(!m_driver->find("attributionAgainst")->isEnabled());
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != run);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  QTRY_VERIFY(words("attributionStatement").startsWith(QStringLiteral("logit of ␣Paris: ")));
}

void AnalysesTest::aListIsAskedBesideItsControls() {
  m_driver->choose(QStringLiteral("Patchscope of a list"));
  QTRY_COMPARE(view(), QLatin1String(PatchscopeListRequest::kKind));
  QCOMPARE(m_driver->find<QLineEdit>("listTarget")->text(), QStringLiteral("The capital of x is"));
  m_driver->fill("listLayers", QStringLiteral("0-9/3"));
  m_driver->find<QSpinBox>("listLength")->setValue(3);
  QVERIFY(m_driver->view()->canStart());
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run, 120s));
  const auto result = m_driver->result<PatchscopeListResult>(run);
  QVERIFY(result);
  QVERIFY(result->items.size() > 20);
  QTRY_VERIFY(words("listStatement").contains(QStringLiteral("random direction")));
  auto* curve = part<LinePlot>("listCurve");
  QCOMPARE(curve->data()->series.size(), std::size_t{4});
  const auto mean = [&](int series) {
    return *std::ranges::max_element(curve->data()->series[static_cast<std::size_t>(series)].y);
  };
  // The state says its country's capital far more often than the controls do.
  QVERIFY2(mean(0) > 0.3, qPrintable(QString::number(mean(0))));
  for (int control : {1, 2, 3}) QVERIFY2(mean(control) < 0.1, qPrintable(QString::number(mean(control))));
  auto* items = part<QTableView>("listItems");
  QCOMPARE(items->model()->rowCount(), static_cast<int>(result->items.size()));
  m_driver->picture("list");
  auto* measures = part<SegmentedControl>("listMeasure");
  m_driver->click(measures, QPoint(measures->width() - 8, measures->height() / 2));
  QVERIFY(words("listStatement").contains(QStringLiteral("surprisal")));
  // Another list is one choice and one undo away.
  m_driver->take("listChoice", QStringLiteral("Singular to plural"));
  QCOMPARE(m_driver->find<QLineEdit>("listTarget")->text(), QStringLiteral("The plural of x is"));
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
}

void AnalysesTest::aFittedMapIsALensAndAMapOfPatches() {
  m_driver->choose(QStringLiteral("Fit maps and tuned lenses"));
  QTRY_COMPARE(view(), QLatin1String(FitMapRequest::kKind));
  m_driver->fill("mapName", QStringLiteral("half the texts"));
  // Half of the texts that come with the program take half the time.
  QStringList texts;
  for (std::size_t i = 0; i < builtinTexts().size() / 2; ++i) texts << QString::fromStdString(builtinTexts()[i]);
  part<QPlainTextEdit>("mapTexts")->setPlainText(texts.join(QLatin1Char('\n')));
  QVERIFY(m_driver->view()->canStart());
  m_driver->click(m_driver->find("mapFit"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId fit = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(fit, 240s));
  const auto map = m_driver->result<AffineMap>(fit);
  QVERIFY(map);
  QVERIFY(map->heldOutR2.back() > 0.99F);  // the last layer into itself
  QTRY_COMPARE(m_driver->bench().maps->maps().size(), std::size_t{1});
  QVERIFY(words("mapStatement").contains(QStringLiteral("30 maps, 576 to 576 wide")));
  m_driver->picture("map");

  // As a lens: the answer stands many layers lower than in the logit lens.
  m_driver->click(m_driver->find("mapUse"));
  QTRY_COMPARE(view(), QLatin1String(LensRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  const auto tuned = m_driver->result<LensResult>(m_driver->shownRun());
  QCOMPARE(tuned->translator, std::string("half the texts"));
  QCOMPARE(tuned->ranked(26, 4, 0).token.text, std::string(" Paris"));
  m_driver->picture("tuned-lens");
  // And back, by the choice in the view.
  auto* kind = m_driver->find<ChoiceBox>("lensKind");
  QVERIFY(kind && kind->isVisible());
  kind->setFocus();
  m_driver->type(QStringLiteral("l"));  // by its first letter: every entry on the way would be a run
  QTRY_VERIFY(m_driver->waitFor(m_driver->shownRun()));
  QTRY_COMPARE(m_driver->result<LensResult>(m_driver->shownRun())->translator, std::string());
  const auto logit = m_driver->result<LensResult>(m_driver->shownRun());
  double tunedKl = 0, logitKl = 0;
  for (int layer = 5; layer < 28; ++layer) {
    tunedKl += static_cast<double>(tuned->klToFinalBits.at(layer, 4));
    logitKl += static_cast<double>(logit->klToFinalBits.at(layer, 4));
  }
  QVERIFY(tunedKl < 0.75 * logitKl);

  // As the map of a Patchscope.
  m_driver->choose(QStringLiteral("New Patchscope"));
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  m_driver->take("patchscopeMap", QStringLiteral("half the texts #%1").arg(fit));
  m_driver->fill("patchscopeSourceLayers", QStringLiteral("20"));
  m_driver->fill("patchscopeTargetLayers", QStringLiteral("29"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  QVERIFY(m_driver->result<PatchscopeResult>(m_driver->shownRun()));
  // Through the map into the last layer, a Patchscope is the tuned lens, whatever the target says.
  const auto scope = m_driver->result<PatchscopeResult>(m_driver->shownRun());
  QVERIFY(std::abs(scope->cells.front().top.front().p - tuned->topP.at(20, 4, 0)) < 1e-4F);

  // A session that is opened again has the map and its runs.
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(m_driver->bench().maps->maps().size(), std::size_t{1});
  QCOMPARE(m_driver->bench().maps->maps().front().map->hash, map->hash);
}

void AnalysesTest::anEstimatedGridIsHeldAgainstTheExactOne() {
  m_driver->choose(QStringLiteral("Patching grid"));
  QTRY_COMPARE(view(), QLatin1String(PatchGridRequest::kKind));
  m_driver->fill("gridClean", QStringLiteral("The capital of France is"));
  m_driver->fill("gridCorrupt", QStringLiteral("The capital of Italy is"));
  m_driver->fill("gridCleanAnswer", QStringLiteral(" Paris"));
  m_driver->fill("gridCorruptAnswer", QStringLiteral(" Rome"));
  m_driver->take("gridMethod", QStringLiteral("estimated by gradient"));
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  QVERIFY(m_driver->result<PatchGridResult>(m_driver->shownRun())->isApproximate);
  QVERIFY(m_driver->view()->isApproximate());
  QTRY_VERIFY(m_driver->find("patchGridExact")->isVisible());
  m_driver->click(m_driver->find("patchGridExact"));
  QTRY_VERIFY_WITH_TIMEOUT(words("patchGridPlace").startsWith(QStringLiteral("Correlation with the exact grid")),
                           20000);
  m_driver->picture("estimated-grid");
  const double correlation = words("patchGridPlace").section(QLatin1Char(' '), -1).toDouble();
  QVERIFY2(correlation > 0.9, qPrintable(words("patchGridPlace")));
}

void AnalysesTest::aPathIsFollowed() {
  m_driver->choose(QStringLiteral("Patching grid"));
  QTRY_COMPARE(view(), QLatin1String(PatchGridRequest::kKind));
  m_driver->fill("gridClean", QStringLiteral("The capital of France is"));
  m_driver->fill("gridCorrupt", QStringLiteral("The capital of Italy is"));
  QVERIFY(!m_driver->find("gridReceiver")->isVisible());  // the stream itself is no part that writes
  m_driver->take("gridSite", QStringLiteral("each head"));
  m_driver->fill("gridReceiver", QStringLiteral("L23"));
  QVERIFY(!m_driver->view()->canStart());
  m_driver->fill("gridReceiver", QStringLiteral("L23.H4"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  QCOMPARE(m_driver->result<PatchGridResult>(m_driver->shownRun())->receiver, std::string("L23.H4"));
  QTRY_VERIFY(words("gridStatement").endsWith(QStringLiteral("read by L23.H4 alone")));
  m_driver->picture("paths");
}

void AnalysesTest::neuronsSayTheirWords() {
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({22, 4}).center());
  m_driver->choose(QStringLiteral("MLP neurons"));
  QTRY_COMPARE(view(), QLatin1String(NeuronsRequest::kKind));
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<NeuronsResult>(run);
  QCOMPARE(result->layer, 22);
  QCOMPARE(result->token, 4);
  auto* map = part<HeatMap>("neuronsMap");
  QTRY_COMPARE(map->data()->rows(), 24);
  // The strongest stands on top; its words are below.
  QVERIFY(words("neuronsHeading").startsWith(QStringLiteral("L22.N%1").arg(result->neurons.front().neuron)));
  m_driver->click(map, map->cellRect({20, 2}).center());
  QVERIFY(words("neuronsHeading").startsWith(QStringLiteral("L22.N%1").arg(result->neurons[3].neuron)));
  auto* list = part<QTableView>("neuronsWords");
  QCOMPARE(list->model()->rowCount(), 8);
  m_driver->picture("neurons");
  m_driver->take("neuronsLayer", QStringLiteral("L23"));
  QTRY_VERIFY(m_driver->shownRun() != run);
  const RunId other = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(other));
  // The text goes on; then a token that the model wrote is looked at.
  m_driver->take("neuronsGrow", QStringLiteral("+8"));
  QTRY_VERIFY(m_driver->shownRun() != other);
  const RunId growing = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(growing));
  const auto grown = m_driver->result<NeuronsResult>(growing);
  QVERIFY(grown && grown->grown > 0 && grown->layer == 23 && grown->token == 4);
  const int last = static_cast<int>(grown->tokens.size()) - 1;
  QTRY_COMPARE(map->data()->columns(), last + 1);
  auto* token = part<ChoiceBox>("neuronsToken");
  QTRY_COMPARE(token->count(), last + 1);
  m_driver->take("neuronsToken", token->itemText(last));
  QTRY_VERIFY(m_driver->shownRun() != growing);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  QCOMPARE(m_driver->result<NeuronsResult>(m_driver->shownRun())->token, last);
  m_driver->picture("neurons-grown");
}

void AnalysesTest::aRunBecomesANotebook() {
  const QString path = m_driver->file(QStringLiteral("lens.ipynb"));
  m_driver->dialogs.path = path;
  m_driver->choose(QStringLiteral("Export as notebook"));
  QFile file(path);
  QTRY_VERIFY(file.exists());
  QVERIFY(file.open(QIODevice::ReadOnly));
  const Json notebook = Json::parse(file.readAll().toStdString());
  QCOMPARE(notebook.at("nbformat").get<int>(), 4);
  QCOMPARE(notebook.at("cells").size(), std::size_t{4});
}

void AnalysesTest::twoRunsAreCompared() {
  const RunId first = m_driver->shownRun();
  QVERIFY(first != 0);
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({20, 3}).center());
  m_driver->key(Qt::Key_M);
  m_driver->writePrompt(QStringLiteral("The capital of Italy is"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != first);
  const RunId second = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(second));
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({20, 3}).center());
  m_driver->key(Qt::Key_C);
  QTRY_COMPARE(view(), QLatin1String(CompareView::kKind));
  auto* compare = static_cast<CompareView*>(m_driver->view());
  QCOMPARE(compare->first(), first);
  QCOMPARE(compare->second(), second);
  auto *a = part<HeatMap>("compareA"), *b = part<HeatMap>("compareB"), *difference = part<HeatMap>("compareDifference");
  QTRY_VERIFY(difference->data() && difference->data()->columns() == 5);
  QCOMPARE(difference->data()->value({29, 4}), b->data()->value({29, 4}) - a->data()->value({29, 4}));
  QCOMPARE(difference->data()->scale.min, -difference->data()->scale.max);
  // One cursor for all.
  m_driver->click(a, a->cellRect({29, 4}).center());
  QCOMPARE(b->currentCell(), std::optional(Cell{29, 4}));
  QCOMPARE(difference->currentCell(), std::optional(Cell{29, 4}));
  QVERIFY(words("comparePlace").startsWith(QStringLiteral("L29 ␣is")));
  // The one field that differs is named.
  auto* fields = part<QTableView>("compareFields");
  QCOMPARE(fields->model()->rowCount(), 1);
  QCOMPARE(fields->model()->index(0, 0).data().toString(), QStringLiteral("prompt.text"));
  m_driver->picture("compare");
  m_driver->click(m_driver->find("compareSwap"));
  QCOMPARE(compare->first(), second);
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QCOMPARE(compare->first(), first);
  QVERIFY(compare->csv().startsWith(QStringLiteral("\"layer\",\"token\",\"A\",\"B\",\"B - A\"")));
  QVERIFY(!compare->exportFigure().isEmpty());
  // Another session of the same file has it again.
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(view(), QLatin1String(CompareView::kKind));
  QCOMPARE(static_cast<CompareView*>(m_driver->view())->second(), second);
}

void AnalysesTest::everyTokenIsReadAndWordsAreAskedFor() {
  m_driver->choose(QStringLiteral("New Patchscope"));
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  m_driver->fill("patchscopeSource", QStringLiteral("The capital of France is"));
  m_driver->take("patchscopeSourceToken", QStringLiteral("all"));
  m_driver->fill("patchscopeSourceLayers", QStringLiteral("0-29/3"));
  m_driver->fill("patchscopeWords", QStringLiteral(" Paris| France"));
  m_driver->find<QSpinBox>("patchscopeLength")->setValue(0);
  // One target layer, or the same.
  m_driver->fill("patchscopeTargetLayers", QStringLiteral("all"));
  m_driver->find("patchscopeWords")->setFocus();
  m_driver->key(Qt::Key_Return);
  QCOMPARE(m_driver->shownRun(), RunId{0});
  m_driver->fill("patchscopeTargetLayers", QStringLiteral("same"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<PatchscopeResult>(run);
  QVERIFY(result && result->cells.size() == 50 && result->asked.size() == 2);
  auto* grid = part<HeatMap>("patchscopeGrid");
  QTRY_VERIFY(grid->data() && grid->data()->columns() == 5 && grid->data()->rows() == 10);
  QVERIFY(words("patchscopeGridControl").contains(QStringLiteral("without the patch")));
  // The colours tell of a word that was asked for.
  m_driver->take("patchscopeColour", QStringLiteral("␣France"));
  const auto cell = std::ranges::find_if(
      result->cells, [](const PatchscopeCell& each) { return each.sourceLayer == 9 && each.sourceToken == 3; });
  QCOMPARE(grid->data()->value({3, 3}), static_cast<double>(cell->asked[1]));
  const auto likeliest =
      std::ranges::max_element(result->cells, {}, [](const PatchscopeCell& each) { return each.asked[0]; });
  QCOMPARE(likeliest->sourceToken, 4);
  m_driver->click(grid, grid->cellRect({3, 3}).center());
  const SelectionState& chosen = m_driver->bench().selection->state();
  QCOMPARE(chosen.run, run);
  QVERIFY(chosen.token() == 3 && chosen.layer() == 9);
  QVERIFY(m_driver->view()->csv().contains(QStringLiteral("p(␣France)")));
  m_driver->picture("patchscope-tokens");
}

void AnalysesTest::aCoarseGridOfSeveralReceiversIsAsked() {
  m_driver->choose(QStringLiteral("Patching grid"));
  QTRY_COMPARE(view(), QLatin1String(PatchGridRequest::kKind));
  m_driver->fill("gridClean", QStringLiteral("The capital of France is"));
  m_driver->fill("gridCorrupt", QStringLiteral("The capital of Italy is"));
  m_driver->take("gridSite", QStringLiteral("MLP output"));
  m_driver->fill("gridLayers", QStringLiteral("0-99"));
  QVERIFY(m_driver->find<MarkedLabel>("gridHint")->text().contains(QStringLiteral("0 to 29")));
  m_driver->fill("gridLayers", QStringLiteral("1-21/5"));
  m_driver->fill("gridTokens", QStringLiteral("3-4"));
  m_driver->fill("gridReceiver", QStringLiteral("L22.H4 + L23.mlp"));
  m_driver->click(m_driver->find("runButton"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  const auto grid = m_driver->result<PatchGridResult>(m_driver->shownRun());
  QVERIFY(grid && grid->layers == (std::vector<int>{1, 6, 11, 16, 21}) && grid->columns == (std::vector<int>{3, 4}));
  QCOMPARE(grid->receiver, std::string("L22.H4 + L23.mlp"));
}

QTEST_MAIN(AnalysesTest)
#include "tst_analyses.moc"
