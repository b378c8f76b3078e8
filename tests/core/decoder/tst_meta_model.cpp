#include <QtTest>

#include <cmath>

#include "core/data/meta_task.h"
#include "core/decoder/decoder_frame.h"
#include "core/decoder/meta_model.h"
#include "core/decoder/meta_trainer.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Laws of meta-models, and tiny ones that are trained.
class MetaModelTest : public QObject {
  Q_OBJECT

private:
  std::shared_ptr<LanguageModel> m_tiny = tinyModel("grouped");
  JobContext m_context;

  [[nodiscard]] const Transformer& transformer() const { return *m_tiny->transformer; }
  [[nodiscard]] SequenceLearner learner() const { return SequenceLearner(transformer(), -1, JobContext()); }
  static double loss(const SequenceLearner& learner, const TrainingSequence& sequence, const AdapterUse& use) {
    const TrainingSequence* one = &sequence;
    return learner.evaluate({&one, 1}, use, JobContext()).sum;
  }
  static MetaModelRequest request() {
    MetaModelRequest made;
    made.mixes = {{"language"}, {"sentiment", "topic"}};
    made.tests = {"language", "deception"};
    made.layers = {0, 1};
    made.steps = 20;
    made.batch = 4;
    made.items = 8;
    made.own = {{.text = "Bonjour", .question = "Is it French?"}};
    return made;
  }

private Q_SLOTS:
  /// Methods 3.5, 1: handed-over embeddings of real tokens are those tokens.
  void embeddingsInThePlacesOfPlaceholdersAreTheTokens() {
    const SequenceLearner learns = learner();
    TrainingSequence typed;
    typed.ids = {5, 40, 41, 42, 43, 44, 9, 60, 61};
    typed.answerFirst = 7;
    TrainingSequence written = typed;
    for (std::size_t i = 1; i <= 5; ++i) written.ids[i] = 7;
    written.writeFirst = 1;
    written.states = transformer().embed({{40, 41, 42, 43, 44}})[0].to(at::kFloat).clone();
    QVERIFY(std::abs(loss(learns, typed, {}) - loss(learns, written, {})) < 1e-5);
    // Through a map that changes nothing, too.
    MetaWeights weights = freshMetaWeights(transformer(), m_tiny->card.width, 1);
    weights.map = at::eye(m_tiny->card.width);
    weights.offset.zero_();
    const TrainingSequence* one = &written;
    const TrainingSequence mapped = mappedSequences({&one, 1}, weights).front();
    QVERIFY(std::abs(loss(learns, typed, {}) - loss(learns, mapped, {})) < 1e-5);
  }

  void attentionWeightsThatAreNotYetTrainedChangeNothing() {
    const SequenceLearner learns = learner();
    TrainingSequence sequence;
    sequence.ids = {5, 40, 41, 42, 60, 61};
    sequence.answerFirst = 4;
    const MetaWeights weights = freshMetaWeights(transformer(), m_tiny->card.width, 1);
    const double own = loss(learns, sequence, {.adapter = nullptr, .attention = &weights.attention});
    QVERIFY(std::abs(own - loss(learns, sequence, {})) < 1e-5);
  }

  /// Gradients of the map, its offset and both attention weights, against differences of the loss.
  void gradientsAreThoseOfTheLoss() {
    const SequenceLearner learns = learner();
    at::manual_seed(1);
    TrainingSequence sequence;
    sequence.ids = {5, 7, 7, 42, 43, 60, 61};
    sequence.answerFirst = 5;
    sequence.writeFirst = 1;
    sequence.states = at::randn({2, m_tiny->card.width});
    class Open : public MetaTrainer {
    public:
      using MetaTrainer::backward;
      using MetaTrainer::leavesOf;
      using MetaTrainer::MetaTrainer;
    };
    TrainingSettings settings;
    settings.workers = 1;
    MetaWeights weights = freshMetaWeights(transformer(), m_tiny->card.width, 3);
    const TrainingSequence* one = &sequence;
    Open trainer(learns, weights, settings);
    (void)trainer.backward({&one, 1}, 0, 1, JobContext());
    const auto value = [&] {
      const TrainingSequence mapped = mappedSequences({&one, 1}, weights).front();
      return loss(learns, mapped, {.adapter = nullptr, .attention = &weights.attention});
    };
    const std::vector<at::Tensor> tensors = weights.tensors(), leaves = trainer.leavesOf(0);
    QCOMPARE(tensors.size(), leaves.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const at::Tensor direction = at::randn(tensors[i].sizes());
      const double expected = (leaves[i].grad() * direction).sum().item<double>();
      constexpr double kStep = 5e-4;
      tensors[i].add_(direction, kStep);
      const double above = value();
      tensors[i].sub_(direction, 2 * kStep);
      const double below = value();
      tensors[i].add_(direction, kStep);
      const double found = (above - below) / (2 * kStep);
      QVERIFY2(std::abs(found - expected) < 0.02 * std::abs(expected) + 2e-2,
               qPrintable(QStringLiteral("%1: %2 against %3").arg(i).arg(expected).arg(found)));
    }
  }

  /// A letter among the states is learned, and shuffled states are not told.
  void aTinyMetaModelLearns() {
    const SequenceLearner learns = learner();
    const auto frame = DecoderFrame::of(m_tiny->text);
    QVERIFY(frame.hasValue());
    TrainingSettings settings;
    settings.steps = 150;
    settings.workers = 1;
    settings.schedule = {.learningRate = 5e-3, .warmUp = 10};
    MetaTrainer trainer(learns, freshMetaWeights(transformer(), m_tiny->card.width, 1), settings);
    const at::Tensor kinds = at::randn({2, 1, m_tiny->card.width});
    const std::int32_t yes = frame->answer("Yes").front(), no = frame->answer("No").front();
    const auto asked = [&](std::int64_t kind, std::int64_t about) {
      TrainingSequence sequence;
      sequence.ids = frame->prompt(1, about == 0 ? "A?" : "B?");
      sequence.answerFirst = std::ssize(sequence.ids);
      sequence.ids.push_back(kind == about ? yes : no);
      sequence.writeFirst = frame->firstPlace();
      sequence.states = kinds[kind] + 0.1 * at::randn_like(kinds[kind]);
      return sequence;
    };
    double last = 0;
    for (int step = 0; step < settings.steps; ++step) {
      const auto taken =
          trainer.step(std::vector<TrainingSequence>{asked(0, 0), asked(0, 1), asked(1, 0), asked(1, 1)}, JobContext());
      QVERIFY(taken.hasValue());
      last = taken->loss;
    }
    QVERIFY2(last < 0.1, qPrintable(QString::number(last)));
  }

  void resultsHoldTogetherAndComeAgain() {
    const auto first = runMetaModel(*m_tiny, *m_tiny, request(), m_context);
    QVERIFY2(first.hasValue(), first.isError() ? first.error().message().c_str() : "");
    QCOMPARE(first->yes.shape(), (std::vector<std::int64_t>{2, 1, 3, 16}));
    QCOMPARE(first->losses.shape(), (std::vector<std::int64_t>{2, 1, 2}));
    QCOMPARE(first->ownYes.size(), std::int64_t{2});
    for (int test = 0; test < 2; ++test) {
      const auto [low, high] = first->interval(0, MetaArm::Own, test);
      QVERIFY(low <= first->balanced(0, MetaArm::Own, test) && first->balanced(0, MetaArm::Own, test) <= high);
      QVERIFY(first->balanced(MetaProbe::Logistic, test) >= 0 && first->balanced(MetaProbe::Logistic, test) <= 1);
    }
    // Of the person's own, no question has the answer of another.
    const auto again = MetaModelResult::fromDocument(first->toDocument());
    QVERIFY(again.hasValue());
    QVERIFY(*again == *first);
    const auto second = runMetaModel(*m_tiny, *m_tiny, request(), m_context);
    QVERIFY(second->yes == first->yes);
    QVERIFY(second->losses == first->losses);
    for (const char* array : {"yes", "neither", "probes", "losses"}) {
      ResultDocument damaged = first->toDocument();
      damaged.arrays.erase(array);
      QVERIFY(MetaModelResult::fromDocument(damaged).isError());
      damaged.arrays.emplace(array, HostArray({1}, {"x"}, "", {0}));
      QVERIFY(MetaModelResult::fromDocument(damaged).isError());
    }
  }

  void whatCannotBeTrainedIsRefused() {
    const auto codeWith = [&](const std::function<void(MetaModelRequest&)>& change) {
      MetaModelRequest bad = request();
      change(bad);
      const auto outcome = runMetaModel(*m_tiny, *m_tiny, bad, m_context);
      return outcome.isError() ? outcome.error().code : std::string();
    };
    QCOMPARE(codeWith([](auto& bad) { bad.mixes = {{"nothing"}}; }), std::string("META-01"));
    QCOMPARE(codeWith([](auto& bad) { bad.mixes = {{"deception"}}; }), std::string("META-01"));
    QCOMPARE(codeWith([](auto& bad) { bad.tests = {"nothing"}; }), std::string("META-01"));
    QCOMPARE(codeWith([](auto& bad) { bad.mixes = {{}}; }), std::string("META-02"));
    QCOMPARE(codeWith([](auto& bad) { bad.steps = 0; }), std::string("META-02"));
    QCOMPARE(codeWith([](auto& bad) { bad.items = 1; }), std::string("META-02"));
    QCOMPARE(codeWith([](auto& bad) { bad.own.front().question = std::string(5000, 'x'); }), std::string("GEN-01"));
    QCOMPARE(codeWith([](auto& bad) { bad.learningRate = std::nan(""); }), std::string("META-02"));
    QCOMPARE(codeWith([](auto& bad) { bad.layers = {77}; }), std::string("PLACE-03"));
    JobContext stopped;
    stopped.cancel();
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runMetaModel(*m_tiny, *m_tiny, request(), stopped));
  }

  void layersAreSpreadOverTheDepth() {
    QCOMPARE(metaLayers(30), (std::vector<int>{6, 12, 18, 24, 29}));
    QCOMPARE(metaLayers(2), (std::vector<int>{0, 1}));
  }

  /// What is tested with is never learned, and twins stand side by side.
  void tasksAreApart() {
    QVERIFY(builtinMetaTasks().size() >= 6);
    for (const MetaTask& task : builtinMetaTasks()) {
      QVERIFY2(task.heldOutItems.size() >= 8, task.id.c_str());
      QVERIFY2(task.heldOutQuestions.size() >= 3, task.id.c_str());
      for (const std::string& question : task.heldOutQuestions) {
        QVERIFY2(question.find("{label}") != std::string::npos, question.c_str());
        QVERIFY(std::ranges::find(task.questions, question) == task.questions.end());
      }
      for (const MetaItem& item : task.heldOutItems)
        QVERIFY(std::ranges::find(task.items, item.prompt, &MetaItem::prompt) == task.items.end());
    }
    QVERIFY(!metaTask("deception")->isLearned() && !metaTask("deception")->caveat.empty());
  }
};

QTEST_GUILESS_MAIN(MetaModelTest)
#include "tst_meta_model.moc"
