#include <QDoubleSpinBox>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>
#include <QTemporaryDir>

#include "core/data/asking.h"
#include "core/data/decoder_requests.h"
#include "tests/flow/window_walk.h"
#include "ui/panels/ask_exchange.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/generation_text.h"
#include "ui/plots/line_plot.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/segmented_control.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;
using namespace std::chrono_literals;

/// Questions to the decoder that comes with the program, in the real window on the default model.
class AskTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void aCellIsAskedBesideItsControls();
  void aQuestionGoesThroughAllLayers();
  void whatCannotBeAskedSaysWhy();
  void aDecoderReadsAnotherModelThroughAMap();
  void aDecoderIsTrainedWhileOtherRunsGoOn();
  void ownQuestionsAreLookedAtAndAStoppedTrainingIsKept();
  void aWishBecomesAVector();
  void aWishBecomesAnAdapterThatIsAModel();

private:
  /// A lens of a prompt whose cell is chosen, and the view of questions opened on it.
  void openOn(const QString& prompt, int token, int layer) {
    m_driver->writePrompt(prompt);
    m_driver->choose(QStringLiteral("Logit lens of the prompt"));
    QTRY_VERIFY(m_driver->shownRun() != 0);
    QVERIFY(m_driver->waitFor(m_driver->shownRun()));
    HeatMap* grid = m_driver->grid();
    QTRY_VERIFY(grid->data() && grid->data()->columns() > token);
    m_driver->click(grid, grid->cellRect({layer, token}).center());
    grid->setFocus();
    m_driver->key(Qt::Key_A);
    QTRY_COMPARE(view(), QLatin1String(AskRequest::kKind));
  }
  /// A page of the training in front.
  void choosePage(int page) {
    auto* pages = part<SegmentedControl>("trainPages");
    m_driver->click(pages, QPoint(8, pages->height() / 2));
    for (int i = 0; i < page; ++i) m_driver->key(Qt::Key_Right);
    QCOMPARE(pages->current(), page);
  }
};

void AskTest::aCellIsAskedBesideItsControls() {
  openOn(QStringLiteral("My cousin moved to Canada last year and likes it there."), 4, 15);
  auto* cells = part<QLineEdit>("askCells");
  QTRY_COMPARE(cells->text(), QStringLiteral("t4.L15"));
  // A brush over the small grid takes a block.
  auto* grid = part<HeatMap>("askGrid");
  QTRY_VERIFY(grid->data());
  m_driver->drag(grid, grid->cellRect({15, 3}).center(), grid, grid->cellRect({15, 5}).center());
  QTRY_COMPARE(cells->text(), QStringLiteral("t3-5.L15"));
  m_driver->fill("askQuestion", QStringLiteral("Which country is named?"));
  m_driver->fill("askChoices", QStringLiteral("Canada | Brazil | Japan | Egypt"));
  m_driver->click(part<QLineEdit>("askQuestion"));
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<AskResult>(run);
  QVERIFY(result);
  QCOMPARE(result->controls.size(), kAskControls.size());
  QCOMPARE(result->spans.front().firstToken, 3);
  // The words and the choice are the country; the decoder knows nothing of it without the states.
  QVERIFY2(QString::fromStdString(result->answer.generation.text).contains(QStringLiteral("Canada")),
           result->answer.generation.text.c_str());
  QCOMPARE(result->answer.choices.front().text, std::string("Canada"));
  for (const ControlAnswer& control : result->controls)
    if (control.control == AskControl::Zero || control.control == AskControl::Shuffled)
      QVERIFY2(control.overlap < 0.5F, control.answer.generation.text.c_str());
  auto* exchange = part<AskExchange>("askExchange");
  QTRY_VERIFY(exchange->isVisible());
  QCOMPARE(exchange->text()->generatedText(), QString::fromStdString(result->answer.generation.text));
  QVERIFY(!exchange->controls()->verdict().isEmpty());
  QVERIFY(m_driver->view()->csv().contains(QStringLiteral("Canada")));
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());
  m_driver->picture("ask");

  // A second question stands below the first one.
  m_driver->fill("askQuestion", QStringLiteral("What is the capital of the country in the text?"));
  m_driver->fill("askChoices", QString());
  m_driver->key(Qt::Key_Return);
  QTRY_VERIFY(m_driver->shownRun() != run);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  int shown = 0;
  for (const AskExchange* one : m_driver->view()->findChildren<AskExchange*>()) shown += one->isVisible() ? 1 : 0;
  QCOMPARE(shown, 2);

  // It is found again as it was left.
  const RunId last = m_driver->shownRun();
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(view(), QLatin1String(AskRequest::kKind));
  QCOMPARE(m_driver->shownRun(), last);
  QTRY_COMPARE(part<QLineEdit>("askCells")->text(), QStringLiteral("t3-5.L15"));
  QTRY_VERIFY(part<AskExchange>("askExchange")->isVisible());
  QCOMPARE(m_driver->jobTitles().filter(QStringLiteral("Ask ·")).size(), 0);
}

void AskTest::aQuestionGoesThroughAllLayers() {
  openOn(QStringLiteral("My cousin moved to Canada last year and likes it there."), 4, 15);
  m_driver->fill("askQuestion", QStringLiteral("Which country is named?"));
  m_driver->click(part<QPushButton>("askLayers"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run, 60s));
  const auto result = m_driver->result<AskResult>(run);
  QVERIFY(result);
  QCOMPARE(result->layers.size(), std::size_t{30});
  QCOMPARE(result->layers[15].answer, result->answer);
  auto* strip = part<HeatMap>("askStrip");
  QTRY_VERIFY(strip->isVisible() && strip->data() && strip->data()->columns() == 30);
  m_driver->picture("ask-layers");
  // A click on a layer of the strip asks there next.
  m_driver->click(strip, strip->cellRect({0, 20}).center());
  QCOMPARE(part<QLineEdit>("askCells")->text(), QStringLiteral("t4.L20"));
}

void AskTest::whatCannotBeAskedSaysWhy() {
  m_driver->writePrompt(QStringLiteral("The sky is blue"));
  m_driver->choose(QStringLiteral("Ask in words"));
  QTRY_COMPARE(view(), QLatin1String(AskRequest::kKind));
  auto* ask = part<QPushButton>("askStart");
  QVERIFY(!ask->isEnabled());
  m_driver->fill("askCells", QStringLiteral("t1-2.L99"));
  m_driver->fill("askQuestion", QStringLiteral("What is it about?"));
  QVERIFY(!ask->isEnabled());
  QVERIFY(words("askHint").contains(QStringLiteral("layers 0 to 29")));
  m_driver->fill("askCells", QStringLiteral("somewhere"));
  QVERIFY(words("askHint").contains(QStringLiteral("t4-6.L15")));
  m_driver->fill("askCells", QStringLiteral("t1-2.L15"));
  QVERIFY(ask->isEnabled());
}

void AskTest::aDecoderReadsAnotherModelThroughAMap() {
  auto& models = *m_driver->bench().models;
  const ModelCard own = *models.current();
  models.load(m_driver->tinyModel());
  QTRY_COMPARE(models.models().size(), std::size_t{2});
  QTRY_VERIFY(models.current()->ref != own.ref);
  m_driver->writePrompt(QStringLiteral("it is so now"));
  m_driver->choose(QStringLiteral("Ask in words"));
  QTRY_COMPARE(view(), QLatin1String(AskRequest::kKind));
  m_driver->fill("askCells", QStringLiteral("t2.L1"));
  m_driver->fill("askQuestion", QStringLiteral("Which letter is it?"));
  QTRY_VERIFY(words("askHint").contains(QStringLiteral("fit maps into it first")));
  QVERIFY(!part<QPushButton>("askStart")->isEnabled());

  m_driver->choose(QStringLiteral("Fit maps and tuned lenses"));
  QTRY_COMPARE(view(), QLatin1String(FitMapRequest::kKind));
  m_driver->fill("mapName", QStringLiteral("small into large"));
  m_driver->take("mapPairs", QStringLiteral("the same depth"));
  m_driver->take("mapTarget", displayName(own));
  QStringList texts;
  for (int i = 0; i < 60; ++i) texts << QStringLiteral("it is %1 and then %2").arg(i * 37).arg(i * 11);
  part<QPlainTextEdit>("mapTexts")->setPlainText(texts.join(QLatin1Char('\n')));
  m_driver->click(m_driver->find("mapFit"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));

  m_driver->choose(QStringLiteral("Ask in words"));
  QTRY_COMPARE(view(), QLatin1String(AskRequest::kKind));
  QTRY_VERIFY(words("askHint").contains(QStringLiteral("choose the map")));
  m_driver->take("askThrough", QStringLiteral("small into large"));
  QTRY_VERIFY(part<QPushButton>("askStart")->isEnabled());
  m_driver->picture("ask-through");
  m_driver->click(part<QPushButton>("askStart"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<AskResult>(run);
  QVERIFY(result);
  QCOMPARE(result->controls.size(), kAskControls.size());
  QVERIFY(result->warnings.front().find("go through a map into L29") != std::string::npos);
  const auto asked = std::get<AskRequest>(m_driver->bench().runs->request(run).value());
  QVERIFY(asked.reader == own.ref && asked.affine.map);

  // Without the decoder's model nobody can answer.
  models.free(own.ref.fingerprint);
  QTRY_VERIFY(words("askHint").contains(QStringLiteral("open that model too")));
  QVERIFY(!part<QPushButton>("askStart")->isEnabled());
}

void AskTest::aDecoderIsTrainedWhileOtherRunsGoOn() {
  m_driver->choose(QStringLiteral("Train a decoder"));
  QTRY_COMPARE(view(), QLatin1String(TrainDecoderRequest::kKind));
  QVERIFY(!part<QPushButton>("trainAsk")->isEnabled());
  m_driver->fill("trainLayers", QStringLiteral("nonsense"));
  QVERIFY(!m_driver->find<QPushButton>("trainStart")->isEnabled());
  m_driver->fill("trainLayers", QStringLiteral("12-16"));
  m_driver->find<QDoubleSpinBox>("trainMinutes")->setValue(0.8);
  m_driver->find<QSpinBox>("trainBatch")->setValue(4);
  // It shows before it begins what the decoder will see.
  choosePage(2);
  const auto placeholders = [this] {
    return part<QPlainTextEdit>("trainExample")->toPlainText().count(QStringLiteral(" ?"));
  };
  QTRY_VERIFY(placeholders() >= 2);
  const auto plain = placeholders();
  m_driver->click(m_driver->find("trainRecall"));
  QTRY_COMPARE(placeholders(), plain * 2);
  m_driver->click(m_driver->find("trainRecall"));
  QTRY_COMPARE(placeholders(), plain);
  choosePage(0);
  m_driver->click(m_driver->find("trainStart"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId training = m_driver->shownRun();
  auto* loss = part<LinePlot>("trainLoss");
  QTRY_VERIFY_WITH_TIMEOUT(loss->data() && loss->data()->series.size() == 3, 60'000);
  // A lens goes between two of its steps.
  m_driver->writePrompt(QStringLiteral("The sky is blue"));
  m_driver->choose(QStringLiteral("Logit lens of the prompt"));
  QTRY_VERIFY(m_driver->shownRun() != training);
  QVERIFY(m_driver->waitFor(m_driver->shownRun(), 30s));
  QVERIFY(!m_driver->isDone(training));
  QVERIFY(m_driver->waitFor(training, 120s));
  m_driver->bench().selection->selectRun(training);
  QTRY_COMPARE(view(), QLatin1String(TrainDecoderRequest::kKind));
  const auto trained = m_driver->result<TrainDecoderResult>(training);
  QVERIFY(trained && trained->card.examples > 0);
  QCOMPARE(trained->card.recipe.readLayers, (std::vector<int>{12, 13, 14, 15, 16}));
  QVERIFY(!trained->card.recipe.recall);
  QVERIFY(words("trainStatement").contains(QStringLiteral("My decoder")));
  QVERIFY(m_driver->view()->csv().contains(QStringLiteral("loss")));
  QTRY_VERIFY(part<QPushButton>("trainAsk")->isEnabled());
  // What was held out was asked on the way; so was what there is to learn from.
  QVERIFY(trained->curves.checks.size() >= 2);
  choosePage(1);
  auto* samples = part<QTableView>("trainSamples");
  QCOMPARE(samples->model()->rowCount(), static_cast<int>(trained->curves.samples.size()));
  QVERIFY(words("trainSampleWords").contains(QStringLiteral("held-out")));
  choosePage(2);
  QTRY_VERIFY(part<QTableView>("trainExamples")->model()->rowCount() > 12);
  QVERIFY(part<QPlainTextEdit>("trainExample")->toPlainText().contains(QStringLiteral(" ? ?")));
  choosePage(0);
  m_driver->click(part<QPushButton>("trainAsk"));
  QTRY_COMPARE(view(), QLatin1String(AskRequest::kKind));
  QTRY_COMPARE(part<ChoiceBox>("askDecoder")->currentText(), QStringLiteral("My decoder"));
  // What it is was read from its folder.
  QTRY_COMPARE(words("askDecoderTitle"), QStringLiteral("My decoder"));
}

void AskTest::ownQuestionsAreLookedAtAndAStoppedTrainingIsKept() {
  const QTemporaryDir folder;
  QFile file(folder.filePath(QStringLiteral("own.jsonl")));
  QVERIFY(file.open(QIODevice::WriteOnly));
  for (int i = 0; i < 40; ++i)
    file.write(QStringLiteral(R"({"prompt": "Box %1 holds apples.", "about": "apples", "question": "What is in it?", )"
                              R"("answer": "apples", "family": "boxes"})"
                              "\n")
                   .arg(i)
                   .toUtf8());
  file.close();
  m_driver->choose(QStringLiteral("Train a decoder"));
  QTRY_COMPARE(view(), QLatin1String(TrainDecoderRequest::kKind));
  m_driver->fill("trainData", QStringLiteral("/nowhere"));
  QVERIFY(hint("trainHint").contains(QStringLiteral("no file or folder")));
  choosePage(2);
  m_driver->fill("trainData", file.fileName());
  QTRY_COMPARE(part<QTableView>("trainCounts")->model()->rowCount(), 1);
  QTRY_VERIFY(part<QPlainTextEdit>("trainExample")->toPlainText().contains(QStringLiteral("apples")));
  m_driver->find<QDoubleSpinBox>("trainMinutes")->setValue(30);
  m_driver->find<QSpinBox>("trainBatch")->setValue(2);
  choosePage(0);
  m_driver->click(m_driver->find("trainStart"));
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId training = m_driver->shownRun();
  auto* loss = part<LinePlot>("trainLoss");
  QTRY_VERIFY_WITH_TIMEOUT(loss->data() && loss->data()->series.size() == 3, 60'000);
  m_driver->key(Qt::Key_Period, Qt::ControlModifier);
  QTRY_VERIFY_WITH_TIMEOUT(!m_driver->bench().runs->isActive(training), 10'000);
  auto* keep = part<QPushButton>("trainKeep");
  QTRY_VERIFY(keep->isVisible());
  m_driver->click(keep);
  QTRY_VERIFY(m_driver->shownRun() != training);
  const RunId kept = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(kept, 60s));
  const auto decoder = m_driver->result<TrainDecoderResult>(kept);
  QVERIFY(decoder && decoder->card.steps > 0);
  QCOMPARE(decoder->card.data, std::string("own.jsonl"));
  QTRY_VERIFY(part<QPushButton>("trainAsk")->isEnabled());
  QVERIFY(!part<QPushButton>("trainKeep")->isVisible());
}

void AskTest::aWishBecomesAVector() {
  m_driver->choose(QStringLiteral("Steer by decoder"));
  QTRY_COMPARE(view(), QLatin1String(DecoderVectorRequest::kKind));
  auto* find = m_driver->find<QPushButton>("wishFind");
  QVERIFY(!find->isEnabled());
  m_driver->fill("wishQuestion", QStringLiteral("Which language does the assistant have to use?"));
  m_driver->fill("wishAnswer", QStringLiteral("French"));
  m_driver->fill("wishWords", QStringLiteral("Always answer in French."));
  m_driver->find<QSpinBox>("wishLayer")->setValue(29);
  QVERIFY(hint("wishHint").contains(QStringLiteral("0 to 28")));
  m_driver->find<QSpinBox>("wishLayer")->setValue(12);
  m_driver->find<QSpinBox>("wishSteps")->setValue(3);
  QVERIFY(find->isEnabled());
  m_driver->click(find);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  auto* descent = part<LinePlot>("wishDescent");
  QTRY_VERIFY_WITH_TIMEOUT(descent->data() && descent->data()->series.size() == 2, 60'000);
  QVERIFY(m_driver->waitFor(run, 240s));
  const auto result = m_driver->result<DecoderVectorResult>(run);
  QVERIFY(result && result->points.size() == 3);
  QTRY_COMPARE(part<QTableView>("wishArms")->model()->rowCount(), 4);
  QCOMPARE(part<QTableView>("wishTexts")->model()->rowCount(), static_cast<int>(result->prompts.size()));
  QVERIFY(!words("wishStatement").isEmpty());
  QVERIFY(m_driver->view()->csv().contains(QStringLiteral("norm")));
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());
  // It is a vector like any other.
  m_driver->click(part<QPushButton>("wishSteer"));
  QTRY_COMPARE(view(), QLatin1String(SteerRequest::kKind));
  QTRY_COMPARE(m_driver->bench().vectors->vectors().size(), std::size_t{1});
}

void AskTest::aWishBecomesAnAdapterThatIsAModel() {
  m_driver->choose(QStringLiteral("Steer by decoder"));
  QTRY_COMPARE(view(), QLatin1String(DecoderVectorRequest::kKind));
  m_driver->fill("wishQuestion", QStringLiteral("Which language does the assistant have to use?"));
  m_driver->fill("wishAnswer", QStringLiteral("French"));
  m_driver->find<QSpinBox>("wishSteps")->setValue(2);
  m_driver->find<QSpinBox>("wishRank")->setValue(4);
  auto* find = m_driver->find<QPushButton>("wishFind");
  QCOMPARE(find->text(), QStringLiteral("Find the adapter"));
  m_driver->click(find);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run, 240s));
  const auto result = m_driver->result<DecoderVectorResult>(run);
  QVERIFY(result && !result->adapter.empty());
  auto* open = part<QPushButton>("wishSteer");
  QTRY_COMPARE(open->text(), QStringLiteral("Open it as a model"));
  const auto& models = *m_driver->bench().models;
  m_driver->click(open);
  QTRY_VERIFY_WITH_TIMEOUT(models.models().size() == 2 || models.lastError(), 60'000);
  QVERIFY2(!models.lastError(), models.lastError() ? models.lastError()->message().c_str() : "");
  QTRY_COMPARE(models.current()->ref.name, std::string("french"));
  m_driver->writePrompt(QStringLiteral("The sky is"));
  m_driver->choose(QStringLiteral("Logit lens of the prompt"));
  QTRY_VERIFY(m_driver->shownRun() != run);
  QVERIFY(m_driver->waitFor(m_driver->shownRun(), 30s));
}

QTEST_MAIN(AskTest)
#include "tst_ask.moc"
