#include <QtTest>

#include <QTemporaryDir>

#include "core/data/asking.h"
#include "core/decoder/asking.h"
#include "core/decoder/decoder_evaluation.h"
#include "core/decoder/decoder_training.h"
#include "core/decoder/example_stream.h"
#include "core/decoder/learning_curve.h"
#include "core/decoder/question_files.h"
#include "core/decoder/training_checkpoint.h"
#include "tests/support/golden/golden.h"
#include "tests/support/letter_training.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Laws of asking and training, and a tiny decoder that learns.
class DecoderTest : public QObject {
  Q_OBJECT

private:
  std::shared_ptr<LanguageModel> m_tiny = tinyModel("grouped");

  static Adapter adapterIn(const std::string& folder, const LanguageModel& model) {
    auto stored = readDecoder(folder, model);
    if (!stored) qFatal("%s", stored.error().message().c_str());
    return stored->adapter;
  }

private Q_SLOTS:
  /// States that stand at the placeholders anyway change nothing.
  void theDecodersPatchIsAnIdentity() {
    const at::InferenceMode inference;
    LanguageModel& model = defaultModel();
    auto decoder = Decoder::of(model, nullptr, 0);
    QVERIFY(decoder.hasValue());
    const auto ids = decoder->frame().prompt(3, "What is it?");
    HookPlan plan;
    at::Tensor states;
    plan.observe(Site::ResidPost, 0, [&](const Observation& seen) {
      states = seen.value[0].narrow(0, decoder->frame().firstPlace(), 3).clone();
    });
    KvCache cache = model.transformer->newCache();
    const at::Tensor plain = model.transformer->run({ids}, cache, plan, JobContext());
    const Decoder::Reading reading = decoder->read(states, "What is it?", JobContext());
    QVERIFY(largestDifference(plain.narrow(1, std::ssize(ids) - 1, 1), reading.last) <
            5e-5 * plain.abs().max().item<double>());
  }

  /// What training computes is what asking computes.
  void scoresEqualTheTrainingLoss() {
    LanguageModel& model = defaultModel();
    Adapter adapter = freshAdapter(model.transformer->config(), {.rank = 4}, 3);
    for (at::Tensor& tensor : adapter.tensors()) tensor.normal_(0, 0.02);
    auto decoder = Decoder::of(model, &adapter, 0);
    DecoderExample example;
    example.question = "Which language?";
    example.answer = "Swahili";
    const at::Tensor states = at::randn({4, model.card.width}) * 3;
    const TrainingSequence sequence = trainingSequence(decoder->frame(), example, states);
    const SequenceLearner learner(*model.transformer, 0, JobContext());
    const TrainingSequence* one = &sequence;
    const double loss = learner.evaluate({&one, 1}, {.adapter = &adapter}, JobContext()).sum / sequence.weight;
    const at::InferenceMode inference;
    const Decoder::Reading reading = decoder->read(states, example.question, JobContext());
    const std::vector<std::string> choices{"English", "Swahili", "a much longer answer than that"};
    const auto scores = decoder->scores(reading, choices, JobContext());
    QVERIFY2(std::abs(scores[1] + loss) < 1e-3, qPrintable(QStringLiteral("%1 %2").arg(scores[1]).arg(loss)));
    const auto shares = sharesOf(scores);
    QVERIFY(std::abs(shares[0] + shares[1] + shares[2] - 1) < 1e-5F);
    // Choices that stand beside others, and longer ones, change nothing.
    const auto alone = decoder->scores(reading, std::span(choices).subspan(1, 1), JobContext());
    QVERIFY(std::abs(alone[0] - scores[1]) < 1e-3);
  }

  /// Questions that share their products are answered as each alone, whatever their length, states and choices.
  void togetherIsAsAlone() {
    const at::InferenceMode inference;
    LanguageModel& model = defaultModel();
    auto decoder = Decoder::of(model, nullptr, 0);
    at::manual_seed(1);
    std::vector<Decoder::Asked> asked;
    for (const std::int64_t states : {3, 3, 5, 3, 3})
      asked.push_back({.states = at::randn({states, model.card.width}),
                       .question = asked.size() == 1 ? "Which of the languages is it?" : "Which language is it?",
                       .choices = {"French", "a much longer answer", "Swahili"}});
    asked[3].choices = {"Yes", "No"};
    asked[4].choices.clear();
    JobContext context;
    const auto together = decoder->answerAll(asked, 4, context);
    QCOMPARE(together.size(), asked.size());
    for (std::size_t i = 0; i < asked.size(); ++i) {
      const auto alone = decoder->answerAll(std::span(asked).subspan(i, 1), 4, context);
      QCOMPARE(together[i].text, alone.front().text);
      QVERIFY(together[i].chosen == alone.front().chosen);
      Decoder::Reading reading = decoder->read(asked[i].states, asked[i].question, context);
      const auto scores = decoder->scores(reading, asked[i].choices, context);
      QCOMPARE(together[i].chosen.has_value(), !scores.empty());
      if (!scores.empty())
        QVERIFY(*together[i].chosen == static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin()));
      Sampling greedy;
      greedy.maxNewTokens = 4;
      QCOMPARE(decoder->answer(std::move(reading), greedy, context).text, together[i].text);
    }
  }

  void aTinyDecoderLearnsAndItsControlsDoNot() {
    const QTemporaryDir folder;
    JobContext context;
    const QuestionData data = letterQuestions();
    std::size_t points = 0, checks = 0;
    const auto trained = runTrainDecoder(*m_tiny, data, letterTraining(folder.path().toStdString(), 500), context,
                                         [&](const TrainingCurves& curve) {
                                           QVERIFY(curve.points.size() >= points && curve.checks.size() >= checks);
                                           points = curve.points.size();
                                           checks = curve.checks.size();
                                           if (points == 0) return;
                                           QCOMPARE(curve.points.back().step, static_cast<std::int64_t>(10 * points));
                                         });
    QVERIFY2(trained.hasValue(), trained.isError() ? trained.error().message().c_str() : "");
    QCOMPARE(points, std::size_t{50});
    // Held-out questions at the beginning, on the way and at the end: it is the states that help, and their answers.
    QCOMPARE(checks, std::size_t{21});
    const auto& last = trained->curves.checks.back();
    QCOMPARE(last.step, std::int64_t{500});
    QVERIFY2(last.loss < 0.7 * last.shuffledLoss,
             qPrintable(QStringLiteral("%1 %2").arg(last.loss).arg(last.shuffledLoss)));
    QVERIFY(last.loss < trained->curves.checks.front().loss);
    QVERIFY(trained->curves.samples.size() >= 6);
    for (const SampleAnswer& sample : trained->curves.samples) QVERIFY(!sample.about.empty() && !sample.answer.empty());
    QCOMPARE(trained->card.steps, std::int64_t{500});
    QCOMPARE(trained->card.examples, std::int64_t{8000});
    QVERIFY(trained->curves.points.back().loss < 0.5 * trained->curves.points.front().loss);
    // It is there to stay: another training does not overwrite it.
    const auto again = runTrainDecoder(*m_tiny, data, letterTraining(folder.path().toStdString(), 5), context);
    QVERIFY(again.isError());
    QCOMPARE(again.error().code, std::string("TRAIN-04"));
    QVERIFY(!QFile::exists(QString::fromStdString(checkpointPath(folder.path().toStdString()))));
    const auto stored = readDecoder(folder.path().toStdString(), *m_tiny);
    QVERIFY(stored.hasValue());
    const auto figures = evaluateDecoder(*m_tiny, *stored, data, {.items = 60}, context);
    QVERIFY(figures.hasValue());
    const auto open = std::ranges::find_if(
        *figures, [](const DecoderFigure& figure) { return figure.family == "letter" && figure.kind == "open"; });
    QVERIFY(open != figures->end());
    QCOMPARE(open->chance, 0.25);
    const QString shares = QStringLiteral("%1 shuffled %2 zero %3")
                               .arg(open->choice.share())
                               .arg(open->shuffledChoice.share())
                               .arg(open->zeroChoice.share());
    QVERIFY2(open->choice.low() > 0.6, qPrintable(shares));
    QVERIFY2(open->shuffledChoice.share() < 0.25, qPrintable(shares));  // always states of another value
    QVERIFY2(open->zeroChoice.low() < 0.25, qPrintable(shares));
    // The letter stands in the states: a linear probe finds it, too. Yes and no are no values to probe for.
    QCOMPARE(open->probeChoice.items, 60);
    QVERIFY2(open->probeChoice.low() > 0.4, qPrintable(QString::number(open->probeChoice.share())));
    for (const DecoderFigure& figure : *figures) QVERIFY(figure.kind == "open" || figure.probeChoice.items == 0);
  }

  void aStoppedTrainingGoesOnAsIfItHadNot() {
    const QTemporaryDir folder;
    const std::string whole = folder.filePath(QStringLiteral("whole")).toStdString();
    const std::string parts = folder.filePath(QStringLiteral("parts")).toStdString();
    const QuestionData data = letterQuestions();
    JobContext context;
    const auto first = runTrainDecoder(*m_tiny, data, letterTraining(whole, 60), context);
    QVERIFY(first.hasValue());
    JobContext stopped;
    stopAfter(stopped, 23);
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runTrainDecoder(*m_tiny, data, letterTraining(parts, 60), stopped));
    const auto kept = readCheckpoint(parts);
    QVERIFY(kept.hasValue());
    QVERIFY(kept->step >= 23 && kept->step < 60);
    const auto second = runTrainDecoder(*m_tiny, data, letterTraining(parts, 60), context);
    QVERIFY(second.hasValue());
    QVERIFY(first->curves.checks == second->curves.checks && first->curves.samples == second->curves.samples);
    const auto a = adapterIn(whole, *m_tiny).tensors(), b = adapterIn(parts, *m_tiny).tensors();
    for (std::size_t i = 0; i < a.size(); ++i) QVERIFY(at::equal(a[i], b[i]));
  }

  void aStoppedTrainingCanBeKeptAsItIs() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    const QuestionData data = letterQuestions();
    JobContext context, stopped;
    TrainDecoderRequest ended = letterTraining(path, 60);
    ended.isEnded = true;
    const auto nothing = runTrainDecoder(*m_tiny, data, ended, context);
    QVERIFY(nothing.isError());
    QCOMPARE(nothing.error().code, std::string("TRAIN-06"));
    stopAfter(stopped, 23);
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runTrainDecoder(*m_tiny, data, letterTraining(path, 60), stopped));
    const TrainingCheckpoint checkpoint = *readCheckpoint(path);
    const auto kept = runTrainDecoder(*m_tiny, data, ended, context);
    QVERIFY2(kept.hasValue(), kept.isError() ? kept.error().message().c_str() : "");
    QCOMPARE(kept->card.steps, checkpoint.step);
    QCOMPARE(kept->curves.checks.back().step, checkpoint.step);
    const auto tensors = adapterIn(path, *m_tiny).tensors();
    for (std::size_t i = 0; i < tensors.size(); ++i) QVERIFY(at::equal(tensors[i], checkpoint.state[i]));
    QVERIFY(!QFile::exists(QString::fromStdString(checkpointPath(path))));
  }

  /// Questions of a person's own are learned, and those that are held out are told.
  void ownQuestionsAreLearned() {
    QTemporaryDir folder;
    QFile file(folder.filePath(QStringLiteral("own.jsonl")));
    QVERIFY(file.open(QIODevice::WriteOnly));
    const char* letters[] = {"u", "v", "w", "z"};
    for (int i = 0; i < 160; ++i)
      file.write(QStringLiteral(R"({"prompt": "number %1 is %2 now", "about": "%2 now", "question": "Which?", )"
                                R"("answer": "%2", "choices": ["u", "v", "w", "z"]})"
                                "\n")
                     .arg(i)
                     .arg(QLatin1String(letters[i % 4]))
                     .toUtf8());
    file.close();
    const auto data = questionsFor(file.fileName().toStdString(), false);
    QVERIFY2(data.hasValue(), data.isError() ? data.error().message().c_str() : "");
    QCOMPARE(data->items.size(), std::size_t{160});
    TrainDecoderRequest own = letterTraining(folder.filePath(QStringLiteral("decoder")).toStdString(), 300);
    own.data = file.fileName().toStdString();
    JobContext context;
    const auto trained = runTrainDecoder(*m_tiny, *data, own, context);
    QVERIFY2(trained.hasValue(), trained.isError() ? trained.error().message().c_str() : "");
    QCOMPARE(trained->card.data, std::string("own.jsonl"));
    const auto figures = evaluateDecoder(*m_tiny, *readDecoder(own.folder, *m_tiny), *data, {.items = 40}, context);
    QVERIFY(figures.hasValue());
    QCOMPARE(figures->size(), std::size_t{1});
    const DecoderFigure& figure = figures->front();
    QCOMPARE(figure.kind, std::string(kOwnKind));
    QVERIFY2(figure.choice.low() > 0.6, qPrintable(QString::number(figure.choice.share())));
    QVERIFY2(figure.shuffledChoice.share() < 0.25, qPrintable(QString::number(figure.shuffledChoice.share())));
    // With those of the program, both are learned.
    QVERIFY(!questionsFor(own.data, true)->families.empty());
    QCOMPARE(questionsFor(folder.filePath(QStringLiteral("none.jsonl")).toStdString(), true).isError(), true);
    QCOMPARE(questionsFor(folder.path().toStdString(), false).error().code, std::string("DATA-05"));
  }

  void aCheckpointOfAnotherRecipeIsRefused() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    const QuestionData data = letterQuestions();
    JobContext stopped;
    stopAfter(stopped, 12);
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runTrainDecoder(*m_tiny, data, letterTraining(path, 60), stopped));
    JobContext context;
    TrainDecoderRequest other = letterTraining(path, 60);
    other.recipe.rank = 4;
    const auto refused = runTrainDecoder(*m_tiny, data, other, context);
    QVERIFY(refused.isError());
    QCOMPARE(refused.error().code, std::string("TRAIN-03"));
    // What was there still is, and what is no checkpoint is told.
    QVERIFY(readCheckpoint(path).hasValue());
    QFile broken(QString::fromStdString(checkpointPath(path)));
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write("no checkpoint");
    broken.close();
    QVERIFY(runTrainDecoder(*m_tiny, data, letterTraining(path, 60), context).isError());
  }

  void hostileCheckpointsAndCardsAreRefused() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    const QuestionData data = letterQuestions();
    JobContext stopped, context;
    stopAfter(stopped, 12);
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runTrainDecoder(*m_tiny, data, letterTraining(path, 60), stopped));
    const TrainingCheckpoint good = *readCheckpoint(path);
    const auto codeWith = [&](auto change) {
      TrainingCheckpoint bad = good;
      change(bad);
      if (!writeCheckpoint(path, bad)) return std::string("not written");
      const auto outcome = runTrainDecoder(*m_tiny, data, letterTraining(path, 60), context);
      return outcome.isError() ? outcome.error().code : std::string();
    };
    QCOMPARE(codeWith([](TrainingCheckpoint& bad) { bad.place.offset = 1 << 30; }), std::string("TRAIN-03"));
    QCOMPARE(codeWith([](TrainingCheckpoint& bad) { bad.place.offset = -5; }), std::string("TRAIN-03"));
    QCOMPARE(codeWith([](TrainingCheckpoint& bad) { bad.recipe.training.workers = 1 << 30; }), std::string("TRAIN-03"));
    QCOMPARE(codeWith([](TrainingCheckpoint& bad) { bad.data = "other questions"; }), std::string("TRAIN-03"));
    QCOMPARE(codeWith([](TrainingCheckpoint& bad) { bad.state.pop_back(); }), std::string("TRAIN-02"));
    QVERIFY(codeWith([](TrainingCheckpoint&) {}).empty());
    const auto cardWith = [&](auto change) {
      DecoderCard card = *readDecoderCard(path);
      change(card);
      if (!writeDecoderCard(path, card)) return std::string("not written");
      const auto outcome = readDecoder(path, *m_tiny);
      return outcome.isError() ? outcome.error().code : std::string();
    };
    const DecoderCard card = *readDecoderCard(path);
    QCOMPARE(cardWith([](DecoderCard& bad) { bad.recipe.writeLayer = 2'000'000'000; }), std::string("DEC-02"));
    QVERIFY(writeDecoderCard(path, card).hasValue());
    QCOMPARE(cardWith([](DecoderCard& bad) { bad.recipe.readLayers.clear(); }), std::string("DEC-02"));
    QVERIFY(writeDecoderCard(path, card).hasValue());
    QCOMPARE(cardWith([](DecoderCard& bad) { bad.layers = 1000, bad.recipe.readLayers = {500}; }),
             std::string("DEC-02"));
  }

  void recipesThatCannotBeAreRefused() {
    const QTemporaryDir folder;
    JobContext context;
    const auto codeWith = [&](auto change) {
      TrainDecoderRequest bad = letterTraining(folder.path().toStdString(), 3);
      change(bad.recipe);
      const auto outcome = runTrainDecoder(*m_tiny, letterQuestions(), bad, context);
      return outcome.isError() ? outcome.error().code : std::string();
    };
    QCOMPARE(codeWith([](DecoderRecipe& bad) { bad.readLayers = {99}; }), std::string("PLACE-03"));
    QCOMPARE(codeWith([](DecoderRecipe& bad) { bad.writeLayer = 99; }), std::string("PLACE-03"));
    QCOMPARE(codeWith([](DecoderRecipe& bad) { bad.training.batch = 0; }), std::string("TRAIN-05"));
  }

  /// The decoder that comes with the program still answers what its card says it answers.
  void theShippedDecoderHoldsItsFloors() {
    const auto stored = readDecoder(std::string(PATCHBAY_SOURCE_DIR) + "/resources/decoder/default", defaultModel());
    QVERIFY2(stored.hasValue(), stored.isError() ? stored.error().message().c_str() : "");
    JobContext context;
    const EvaluationSettings few{.items = 2, .hasControls = false, .seed = 11, .windows = {ExampleWindow::Evidence}};
    const auto figures = evaluateDecoder(defaultModel(), *stored, builtinQuestionData(), few, context);
    QVERIFY(figures.hasValue());
    const auto choices = [](const std::vector<DecoderFigure>& all, ExampleSplit split) {
      MeasuredShare sum;
      for (const DecoderFigure& figure : all) {
        if (figure.window != ExampleWindow::Evidence || figure.split != split) continue;
        sum.hits += figure.choice.hits;
        sum.items += figure.choice.items;
      }
      return sum;
    };
    for (const ExampleSplit split : {ExampleSplit::Unseen, ExampleSplit::UnseenValue}) {
      const MeasuredShare now = choices(*figures, split), card = choices(stored->card.figures, split);
      QVERIFY(now.items >= 20 && card.items >= 60);
      QVERIFY2(now.share() >= 0.85, qPrintable(QString::number(now.share())));
      QVERIFY2(card.share() >= 0.9, qPrintable(QString::number(card.share())));
    }
  }

  void aDecoderOfAnotherModelIsRefusedWithBothFingerprints() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    JobContext context;
    QVERIFY(runTrainDecoder(*m_tiny, letterQuestions(), letterTraining(path, 3), context).hasValue());
    const auto refused = loadDecoder(path, {}, defaultModel());
    QVERIFY(refused.isError());
    QCOMPARE(refused.error().code, std::string("DEC-03"));
    QVERIFY(refused.error().found.find(m_tiny->card.ref.fingerprint.substr(0, 12)) != std::string::npos);
    QVERIFY(refused.error().expected.find(defaultModel().card.ref.fingerprint.substr(0, 12)) != std::string::npos);
    const auto other = loadDecoder(path, std::string(64, '0'), *m_tiny);
    QVERIFY(other.isError());
    QCOMPARE(other.error().code, std::string("DEC-04"));
  }

  static LearningCurveRequest curve() {
    LearningCurveRequest made;
    made.recipe = letterTraining({}, 1).recipe;
    made.items = 12;
    return made;
  }

  /// More questions are worth something, and it is the states that are read.
  void aLearningCurveRisesWithItsQuestions() {
    JobContext context;
    LearningCurveRequest wanted = curve();
    wanted.examples = {16, 6400};
    std::size_t told = 0;
    const QuestionData data = letterQuestions();
    const auto result = runLearningCurve(*m_tiny, data, wanted, context, [&](const LearningCurveResult& soFar) {
      QCOMPARE(soFar.points.size(), ++told);
    });
    QVERIFY2(result.hasValue(), result.isError() ? result.error().message().c_str() : "");
    QCOMPARE(told, std::size_t{2});
    const CurvePoint few = result->points[0], many = result->points[1];
    QCOMPARE(few.choice.items, 12);
    QVERIFY(many.loss < few.loss / 2);
    QVERIFY(many.choice.share() > few.choice.share() && many.choice.share() > many.shuffledChoice.share() + 0.2);
    QVERIFY(many.loss < many.shuffledLoss);
    QVERIFY(result->gainOfDoubling(many.key).value() > 0);
    QVERIFY(result->chance >= 0.25 && result->chance <= 0.5);
    const auto again = LearningCurveResult::fromDocument(result->toDocument());
    QVERIFY(again.hasValue() && *again == *result);

    // A training is the same whatever stands beside it.
    wanted.examples = {16};
    const auto alone = runLearningCurve(*m_tiny, data, wanted, context);
    QCOMPARE(alone->points.front().loss, few.loss);
    QVERIFY(!alone->gainOfDoubling(few.key));
  }

  void aLearningCurveComparesRanksAndLayers() {
    JobContext context;
    LearningCurveRequest wanted = curve();
    wanted.examples = {16, 32};
    wanted.ranks = {2, 4, 2};
    wanted.layers = {0, -1};
    wanted.repeats = 2;
    const auto result = runLearningCurve(*m_tiny, letterQuestions(), wanted, context);
    QVERIFY2(result.hasValue(), result.isError() ? result.error().message().c_str() : "");
    // Each rank once.
    QCOMPARE(result->points.size(), std::size_t{2 * 2 * 2 * 2});
    QCOMPARE(result->keys().size(), std::size_t{4});
    QCOMPARE(result->keys().back(), (CurveKey{.rank = 4, .layer = m_tiny->card.layers - 1}));
    QCOMPARE(result->examples(), (std::vector<std::int64_t>{16, 32}));
    const auto both = result->at(result->keys().front(), 32);
    QCOMPARE(both->choice.items, 2 * 12);
    QVERIFY(!result->at({.rank = 3, .layer = 0}, 32));
    QVERIFY(result->points[0].seed != result->points[1].seed);
    QVERIFY(result->points[0].loss != result->points[1].loss);
    // Twice the trainings are no more questions.
    const auto [low, high] = interval({.hits = 12, .items = 24}, 2);
    QCOMPARE(low, (MeasuredShare{.hits = 6, .items = 12}).low());
    QCOMPARE(high, (MeasuredShare{.hits = 6, .items = 12}).high());
  }

  void whatIsNoLearningCurveIsRefused() {
    const auto codeOf = [&](auto change) {
      JobContext context;
      LearningCurveRequest wanted = curve();
      wanted.examples = {16};
      change(wanted);
      const auto refused = runLearningCurve(*m_tiny, letterQuestions(), wanted, context);
      return refused.isError() ? QString::fromStdString(refused.error().code) : QStringLiteral("none");
    };
    QCOMPARE(codeOf([](auto& wanted) { wanted.examples.clear(); }), QStringLiteral("CURVE-01"));
    QCOMPARE(codeOf([](auto& wanted) { wanted.examples = {0}; }), QStringLiteral("CURVE-01"));
    QCOMPARE(codeOf([](auto& wanted) { wanted.ranks = {-4}; }), QStringLiteral("CURVE-01"));
    QCOMPARE(codeOf([](auto& wanted) { wanted.items = 1; }), QStringLiteral("CURVE-01"));
    QCOMPARE(codeOf([](auto& wanted) { wanted.repeats = 0; }), QStringLiteral("CURVE-01"));
    QCOMPARE(codeOf([](auto& wanted) { wanted.recipe.training.batch = 0; }), QStringLiteral("CURVE-01"));
    QCOMPARE(codeOf([](auto& wanted) { wanted.layers = {99}; }), QStringLiteral("PLACE-03"));
    // Where every training leaves the finite numbers there is nothing to show.
    QCOMPARE(codeOf([](auto& wanted) {
               wanted.examples = {160};
               wanted.recipe.training.schedule.learningRate = 1e30;
             }),
             QStringLiteral("TRAIN-01"));
  }

  void everyControlIsAsked() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    JobContext context;
    QVERIFY(runTrainDecoder(*m_tiny, letterQuestions(), letterTraining(path, 3), context).hasValue());
    auto decoder = loadDecoder(path, {}, *m_tiny);
    QVERIFY(decoder.hasValue());
    AskRequest asked;
    asked.prompt = Prompt::plain("it is w now and so it was");
    asked.spans = {{.firstToken = 2, .lastToken = 3, .layer = 1}, {.firstToken = -1, .lastToken = -1, .layer = 2}};
    asked.question = "Which?";
    asked.choices = {"u", "w"};
    asked.sampling.maxNewTokens = 4;
    std::set<int> lanes;
    const auto result = runAsk(*m_tiny, *m_tiny, *decoder, asked, context,
                               [&](const StreamedTokens& tokens) { lanes.insert(tokens.lane); });
    QVERIFY2(result.hasValue(), result.isError() ? result.error().message().c_str() : "");
    QCOMPARE(result->controls.size(), kAskControls.size());
    QCOMPARE(lanes, (std::set<int>{0, 1, 2, 3, 4, 5}));
    for (std::size_t i = 0; i < kAskControls.size(); ++i) QCOMPARE(result->controls[i].control, kAskControls[i]);
    QCOMPARE(result->answer.choices.size(), std::size_t{2});
    QVERIFY(result->spans.back().firstToken > 3);
    const auto again = AskResult::fromDocument(result->toDocument());
    QVERIFY(again.hasValue() && *again == *result);
    // The same request gives the same answers.
    const auto repeated = runAsk(*m_tiny, *m_tiny, *decoder, asked, context);
    QCOMPARE(repeated->answer, result->answer);
    QVERIFY(repeated->controls == result->controls);

    asked.atAllLayers = true;
    const auto layers = runAsk(*m_tiny, *m_tiny, *decoder, asked, context);
    QCOMPARE(layers->layers.size(), static_cast<std::size_t>(m_tiny->card.layers));
    QVERIFY(layers->controls.empty());
    QCOMPARE(layers->verdict(), AskVerdict::NotAsked);
  }

  void whatCannotBeAskedIsRefused_data() {
    QTest::addColumn<int>("token");
    QTest::addColumn<int>("layer");
    QTest::addColumn<QString>("question");
    QTest::addColumn<QString>("code");
    QTest::newRow("token") << 99 << 1 << "Which?"
                           << "PLACE-02";
    QTest::newRow("layer") << 2 << 77 << "Which?"
                           << "PLACE-03";
    QTest::newRow("question") << 2 << 1 << ""
                              << "ASK-01";
    QTest::newRow("too long") << 2 << 1 << QString(2000, QLatin1Char('x')) << "ASK-01";
  }
  void whatCannotBeAskedIsRefused() {
    QFETCH(int, token);
    QFETCH(int, layer);
    QFETCH(QString, question);
    QFETCH(QString, code);
    const QTemporaryDir folder;
    JobContext context;
    QVERIFY(runTrainDecoder(*m_tiny, letterQuestions(), letterTraining(folder.path().toStdString(), 1), context)
                .hasValue());
    auto decoder = loadDecoder(folder.path().toStdString(), {}, *m_tiny);
    AskRequest asked;
    asked.prompt = Prompt::plain("it is w now");
    asked.spans = {{.firstToken = token, .lastToken = token, .layer = layer}};
    asked.question = question.toStdString();
    const auto refused = runAsk(*m_tiny, *m_tiny, *decoder, asked, context);
    QVERIFY(refused.isError());
    QCOMPARE(QString::fromStdString(refused.error().code), code);
    asked.spans.clear();
    asked.question = "Which?";
    QCOMPARE(runAsk(*m_tiny, *m_tiny, *decoder, asked, context).error().code, std::string("ASK-01"));
  }

  void overlapIsTheShareOfTheAnswersWords() {
    QCOMPARE(wordOverlap("Canada", "The answer is: Canada."), 1.0F);
    QCOMPARE(wordOverlap("Canada", "United States"), 0.0F);
    QCOMPARE(wordOverlap("a red car", "A RED bus"), 2.0F / 3);
    QCOMPARE(wordOverlap("", ""), 1.0F);
    QCOMPARE(wordOverlap("", "word"), 0.0F);
    QCOMPARE(wordOverlap("yes yes", "yes"), 0.5F);
  }

  void theVerdictFollowsTheControls() {
    AskResult result;
    QCOMPARE(result.verdict(), AskVerdict::NotAsked);
    for (const AskControl control : kAskControls)
      result.controls.push_back({.control = control, .answer = {}, .overlap = 0.2F, .about = {}});
    QCOMPARE(result.verdict(), AskVerdict::SaidNothing);
    result.answer.generation.text = "a word";
    QCOMPARE(result.verdict(), AskVerdict::Holds);
    result.controls[4].overlap = 1;  // the same states without training say it too: that takes nothing from them
    QCOMPARE(result.verdict(), AskVerdict::Holds);
    result.controls[3].overlap = 0.9F;
    QCOMPARE(result.verdict(), AskVerdict::TextEnough);
    result.controls[1].overlap = 0.5F;
    QCOMPARE(result.verdict(), AskVerdict::SameWithout);
    QCOMPARE(result.nearest()->control, AskControl::Untrained);
  }

  void intervalsHoldTheShare() {
    const MeasuredShare half{20, 40};
    QVERIFY(half.low() > 0.34 && half.low() < 0.36 && half.high() > 0.64 && half.high() < 0.66);
    const MeasuredShare all{40, 40};
    QVERIFY(all.high() <= 1 && all.low() > 0.9);
    QCOMPARE(MeasuredShare{}.low(), 0.0);
  }
};

QTEST_GUILESS_MAIN(DecoderTest)
#include "tst_decoder.moc"
