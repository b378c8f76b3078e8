#include <QtTest>

#include "core/train/graph_functions.h"
#include "core/train/state_graph.h"
#include "core/train/trainer.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// What must hold for every training, whatever it learns.
class TrainerLaws : public QObject {
  Q_OBJECT

private:
  std::shared_ptr<LanguageModel> m_model = tinyModel("grouped");
  SequenceLearner m_learner{*m_model->transformer, 0, JobContext()};

  [[nodiscard]] const ModelConfig& config() const { return m_model->transformer->config(); }

  /// Sequences of different lengths, half of them with states written over some of their tokens.
  static std::vector<TrainingSequence> sequences(int count, int from = 0) {
    std::vector<TrainingSequence> result;
    for (int i = from; i < from + count; ++i) {
      TrainingSequence sequence;
      for (int t = 0; t < 6 + i % 5; ++t) sequence.ids.push_back((7 * i + 13 * t) % 320);
      sequence.answerFirst = std::ssize(sequence.ids) - 1 - i % 2;
      sequence.writeFirst = 1;
      at::manual_seed(static_cast<std::uint64_t>(i));
      if (i % 2 == 0) sequence.states = at::randn({3, 32});
      result.push_back(sequence);
    }
    return result;
  }
  static std::vector<const TrainingSequence*> pointersTo(const std::vector<TrainingSequence>& all) {
    std::vector<const TrainingSequence*> pointers;
    for (const TrainingSequence& sequence : all) pointers.push_back(&sequence);
    return pointers;
  }
  static TrainingSettings settings() {
    TrainingSettings made{.steps = 8, .batch = 6, .workers = 2};
    made.schedule = {.learningRate = 3e-3, .warmUp = 2};
    return made;
  }
  AdapterTrainer trainer(const TrainingSettings& wanted, double dropout = 0) {
    return {m_learner, freshAdapter(config(), {.rank = 4, .alpha = 8, .dropout = dropout}, wanted.seed), wanted};
  }
  static bool areEqual(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
    return std::ranges::equal(a, b, [](const at::Tensor& x, const at::Tensor& y) { return at::equal(x, y); });
  }

private Q_SLOTS:
  void aFreshAdapterChangesNothing() {
    const auto all = sequences(4);
    const Adapter fresh = freshAdapter(config(), {.rank = 4}, 1);
    const double with = m_learner.evaluate(pointersTo(all), {.adapter = &fresh}, JobContext()).sum;
    QCOMPARE(with, m_learner.evaluate(pointersTo(all), {}, JobContext()).sum);
  }

  /// Products in bfloat16 are those in float32 to two digits or three, and so are loss and gradients.
  void productsInBFloat16AreNearlyTheSame() {
    const auto all = sequences(6);
    const SequenceLearner coarse(*m_model->transformer, 0, JobContext(), at::kBFloat16);
    Adapter adapter = freshAdapter(config(), {.rank = 4}, 1);
    for (at::Tensor& tensor : adapter.tensors()) tensor.normal_(0, 0.1).set_requires_grad(true);
    const auto gradientsOf = [&](const SequenceLearner& learner, double& loss) {
      for (at::Tensor& tensor : adapter.tensors()) tensor.mutable_grad() = at::Tensor();
      loss = learner.backward(pointersTo(all), {.adapter = &adapter}, false, JobContext()).sum;
      std::vector<at::Tensor> flat;
      for (const at::Tensor& tensor : adapter.tensors()) {
        if (tensor.grad().scalar_type() != at::kFloat) qFatal("a gradient is not float32");
        flat.push_back(tensor.grad().flatten());
      }
      return at::cat(flat);
    };
    double exact = 0, near = 0;
    const at::Tensor a = gradientsOf(m_learner, exact), b = gradientsOf(coarse, near);
    QVERIFY2(std::abs(exact - near) < 2e-2 * exact, qPrintable(QStringLiteral("%1 %2").arg(exact).arg(near)));
    QVERIFY(exact != near);
    const double cosine = at::dot(a, b).item<double>() / (a.norm() * b.norm()).item<double>();
    QVERIFY2(cosine > 0.99, qPrintable(QString::number(cosine)));
  }

  void packedSequencesEqualSingleOnes() {
    const auto all = sequences(7);
    const Adapter fresh = freshAdapter(config(), {.rank = 4}, 1);
    const SequenceLoss together = m_learner.evaluate(pointersTo(all), {.adapter = &fresh}, JobContext());
    for (std::size_t i = 0; i < all.size(); ++i) {
      const TrainingSequence* one = &all[i];
      const double alone = m_learner.evaluate({&one, 1}, {.adapter = &fresh}, JobContext()).sum;
      QVERIFY(std::abs(alone - together.each[i]) < 1e-5 * std::max(1.0, alone));
    }
  }

  /// States written behind the write layer that stand there anyway change nothing; a uniform shift of positions is no
  /// thing a rotary model could see, so a decoder needs none.
  void statesThatStandThereAnywayChangeNothing() {
    const at::InferenceMode inference;
    TrainingSequence plain = sequences(2)[1];
    std::vector<at::Tensor> states;
    HookPlan plan;
    plan.observe(Site::ResidPost, 0, [&](const Observation& seen) { states.push_back(seen.value.clone()); });
    KvCache cache = m_model->transformer->newCache();
    (void)m_model->transformer->run({plain.ids}, cache, plan, JobContext());
    TrainingSequence written = plain;
    written.writeFirst = 2;
    written.states = states.front()[0].narrow(0, 2, 3);
    const TrainingSequence *first = &plain, *second = &written;
    const double a = m_learner.evaluate({&first, 1}, {}, JobContext()).sum;
    const double b = m_learner.evaluate({&second, 1}, {}, JobContext()).sum;
    QVERIFY2(std::abs(a - b) < 5e-5, qPrintable(QString::number(a - b)));
  }

  void slopesOfStatesAreDifferences() {
    auto all = sequences(1);
    const TrainingSequence* one = all.data();
    const SequenceLoss loss = m_learner.backward({&one, 1}, {}, true, JobContext());
    QCOMPARE(loss.stateSlopes.size(), std::size_t{1});
    const at::Tensor slopes = loss.stateSlopes.front(), states = all[0].states;
    QVERIFY(slopes.norm().item<double>() > 0);
    for (const auto& [row, column] : {std::pair{0, 3}, {1, 31}, {2, 0}, {2, 17}, {0, 9}}) {
      const auto lossAt = [&](double step) {
        all[0].states = states.clone();
        all[0].states[row][column] += step;
        return m_learner.evaluate({&one, 1}, {}, JobContext()).sum;
      };
      const double measured = (lossAt(1e-2) - lossAt(-1e-2)) / 2e-2;
      const double expected = slopes[row][column].item<double>();
      QVERIFY2(std::abs(measured - expected) < 1e-2 * std::abs(expected) + 2e-4,
               qPrintable(QStringLiteral("%1 %2").arg(measured).arg(expected)));
    }
  }

  /// A state placed behind a block is not asked any further, and the slopes below are those of the divergence.
  void slopesUnderAPlacedStateAreDifferences() {
    const SequenceLearner learner = m_learner.writingAt(-1);
    auto all = sequences(2);
    for (TrainingSequence& sequence : all) {
      sequence.writeFirst = 0;
      sequence.states = at::randn({3, config().width}) * 0.3;
      sequence.answerFirst = 3;
      sequence.placed = at::randn({config().width});
      sequence.placedAt = 2;
      sequence.placedLayer = 0;
      sequence.goals = at::randn({sequence.answerLength(), config().width});
    }
    const SequenceLoss loss = learner.backward(pointersTo(all), {}, true, JobContext());
    QCOMPARE(loss.stateSlopes.size(), std::size_t{2});
    const at::Tensor slopes = loss.stateSlopes[1], before = all[1].states;
    QVERIFY(slopes.norm().item<double>() > 0);
    for (const auto& [row, column] : {std::pair{0, 3}, {1, 31}, {0, 17}, {1, 9}}) {
      const auto lossAt = [&](double step) {
        all[1].states = before.clone();
        all[1].states[row][column] += step;
        return learner.evaluate(pointersTo(all), {}, JobContext()).sum;
      };
      const double measured = (lossAt(1e-2) - lossAt(-1e-2)) / 2e-2;
      const double expected = slopes[row][column].item<double>();
      QVERIFY2(std::abs(measured - expected) < 1e-2 * std::abs(expected) + 2e-4,
               qPrintable(QStringLiteral("%1 %2").arg(measured).arg(expected)));
    }
    // What is said already costs nothing, and all else something.
    QVERIFY(loss.each[0] > 0 && loss.each[1] > 0);
    const at::Tensor states = at::randn({5, 32}), unembedding = at::randn({40, 32}), weights = at::ones({5});
    QVERIFY(graph::divergence(states, unembedding, states, weights).abs().max().item<double>() < 1e-6);
  }

  /// The way back through the states of a block is that of the whole model: an adapter of the blocks up to it learns
  /// the same from slopes at its states as from the loss itself.
  void slopesAtStatesLeadToTheSameAdapter() {
    std::vector<TrainingSequence> all = sequences(5);
    for (TrainingSequence& sequence : all) sequence.states.reset();
    LowRankConfig shape{.rank = 4};
    shape.layers = {0, 1};
    Adapter adapter = freshAdapter(config(), shape, 1);
    QCOMPARE(adapter.tensors().size(), std::size_t{2 * 2 * 7});
    for (at::Tensor& tensor : adapter.tensors()) tensor.normal_(0, 0.1).set_requires_grad(true);
    const auto gradients = [&] {
      std::vector<at::Tensor> taken;
      for (at::Tensor& tensor : adapter.tensors()) {
        taken.push_back(tensor.grad().clone());
        tensor.mutable_grad() = at::Tensor();
      }
      return taken;
    };
    const double loss = m_learner.backward(pointersTo(all), {.adapter = &adapter}, false, JobContext()).sum;
    const auto whole = gradients();
    StateGraph graph(m_learner, pointersTo(all), {.adapter = &adapter}, 1, JobContext());
    const std::vector<at::Tensor> states = graph.states();
    std::vector<TrainingSequence> behind = all;
    for (std::size_t i = 0; i < all.size(); ++i) {
      behind[i].writeFirst = 0;
      behind[i].states = states[i];
    }
    const SequenceLoss above = m_learner.writingAt(1).backward(pointersTo(behind), {}, true, JobContext());
    QVERIFY(std::abs(above.sum - loss) < 1e-4 * loss);
    graph.backward(above.stateSlopes, JobContext());
    const auto parts = gradients();
    for (std::size_t i = 0; i < whole.size(); ++i)
      QVERIFY(largestDifference(whole[i], parts[i]) < 1e-5 + 1e-3 * whole[i].abs().max().item<double>());
  }

  void dropoutOnlyActsWhileTrainingAndFollowsItsSeed() {
    const auto all = sequences(3);
    Adapter adapter = freshAdapter(config(), {.rank = 4, .dropout = 0.5}, 1);
    for (at::Tensor& tensor : adapter.tensors()) tensor.normal_(0, 0.2);
    const auto lossWith = [&](const AdapterUse& use) {
      return m_learner.evaluate(pointersTo(all), use, JobContext()).sum;
    };
    const double plain = lossWith({.adapter = &adapter});
    QCOMPARE(lossWith({.adapter = &adapter, .dropoutSeed = 5}), plain);
    const double first = lossWith({.adapter = &adapter, .dropoutSeed = 5, .isTraining = true});
    QVERIFY(std::abs(first - plain) > 1e-6);
    QCOMPARE(lossWith({.adapter = &adapter, .dropoutSeed = 5, .isTraining = true}), first);
    QVERIFY(lossWith({.adapter = &adapter, .dropoutSeed = 6, .isTraining = true}) != first);
  }

  void trainingLearns_data() {
    QTest::addColumn<int>("kind");
    QTest::newRow("AdamW") << static_cast<int>(OptimizerKind::AdamW);
    QTest::newRow("Adafactor") << static_cast<int>(OptimizerKind::Adafactor);
  }
  void trainingLearns() {
    QFETCH(int, kind);
    TrainingSettings wanted = settings();
    wanted.steps = 30;
    wanted.optimizer.kind = static_cast<OptimizerKind>(kind);
    wanted.schedule.learningRate = 1e-2;
    AdapterTrainer learning = trainer(wanted);
    const auto all = sequences(6);
    double first = 0, last = 0;
    for (int step = 0; step < 30; ++step) {
      const auto facts = learning.step(all, JobContext());
      QVERIFY(facts.hasValue());
      (step == 0 ? first : last) = facts->loss;
    }
    QVERIFY2(last < 0.5 * first, qPrintable(QStringLiteral("%1 %2").arg(first).arg(last)));
  }

  void sameSeedSameAdapter() {
    AdapterTrainer a = trainer(settings(), 0.1), b = trainer(settings(), 0.1);
    for (int step = 0; step < 3; ++step) {
      QVERIFY(a.step(sequences(6, step), JobContext()).hasValue());
      QVERIFY(b.step(sequences(6, step), JobContext()).hasValue());
    }
    QVERIFY(areEqual(a.state(), b.state()));
  }

  void aResumedTrainingEqualsAnUninterruptedOne_data() { trainingLearns_data(); }
  void aResumedTrainingEqualsAnUninterruptedOne() {
    QFETCH(int, kind);
    TrainingSettings wanted = settings();
    wanted.optimizer.kind = static_cast<OptimizerKind>(kind);
    AdapterTrainer whole = trainer(wanted, 0.1), before = trainer(wanted, 0.1), after = trainer(wanted, 0.1);
    for (int step = 0; step < 6; ++step) QVERIFY(whole.step(sequences(6, step), JobContext()).hasValue());
    for (int step = 0; step < 3; ++step) QVERIFY(before.step(sequences(6, step), JobContext()).hasValue());
    std::vector<at::Tensor> kept;
    for (const at::Tensor& tensor : before.state()) kept.push_back(tensor.clone());
    QVERIFY(after.restore(kept, before.stepsDone()).hasValue());
    for (int step = 3; step < 6; ++step) QVERIFY(after.step(sequences(6, step), JobContext()).hasValue());
    QVERIFY(areEqual(whole.state(), after.state()));
  }

  void workersAgree() {
    TrainingSettings one = settings(), three = settings();
    one.workers = 1;
    three.workers = 3;
    AdapterTrainer a = trainer(one), b = trainer(three);
    for (int step = 0; step < 2; ++step) {
      const auto lossA = a.step(sequences(6, step), JobContext()), lossB = b.step(sequences(6, step), JobContext());
      QVERIFY(std::abs(lossA->loss - lossB->loss) < 1e-4);
      QVERIFY(std::abs(lossA->gradientNorm - lossB->gradientNorm) < 1e-3 * lossA->gradientNorm);
    }
  }

  void aLossThatIsNoNumberNamesStepAndSequence() {
    AdapterTrainer learning = trainer(settings());
    auto all = sequences(6);
    QVERIFY(learning.step(all, JobContext()).hasValue());
    std::vector<at::Tensor> before;
    for (const at::Tensor& tensor : learning.state()) before.push_back(tensor.clone());
    all[4].states = at::full({3, 32}, NAN);
    const auto failed = learning.step(all, JobContext());
    QVERIFY(failed.isError());
    QCOMPARE(failed.error().code, std::string("TRAIN-01"));
    QCOMPARE(failed.error().field, std::string("step 2"));
    QVERIFY(failed.error().found.find("sequence 5 of 6") != std::string::npos);
    QVERIFY(areEqual(before, learning.state()));
  }

  void aStoppedStepLeavesTheAdapterAsItWas() {
    AdapterTrainer learning = trainer(settings());
    QVERIFY(learning.step(sequences(6), JobContext()).hasValue());
    std::vector<at::Tensor> before;
    for (const at::Tensor& tensor : learning.state()) before.push_back(tensor.clone());
    JobContext stopped;
    stopped.cancel();
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)learning.step(sequences(6), stopped));
    QVERIFY(areEqual(before, learning.state()));
  }

  void aCheckpointOfAnotherTrainingIsRefused() {
    AdapterTrainer learning = trainer(settings());
    const std::vector<at::Tensor> other{at::zeros({2, 2})};
    const auto refused = learning.restore(other, 3);
    QVERIFY(refused.isError());
    QCOMPARE(refused.error().code, std::string("TRAIN-02"));
  }

  void theScheduleRisesAndFalls() {
    const ScheduleSettings linear{.kind = ScheduleKind::Linear, .learningRate = 1, .warmUp = 10, .lastShare = 0.1};
    QCOMPARE(linear.at(0, 110), 0.1);
    QCOMPARE(linear.at(9, 110), 1.0);
    QVERIFY(std::abs(linear.at(109, 110) - 0.1) < 1e-12);
    const ScheduleSettings cosine{.kind = ScheduleKind::Cosine, .learningRate = 2, .warmUp = 0, .lastShare = 0};
    QVERIFY(std::abs(cosine.at(50, 101) - 1) < 1e-12);
    const ScheduleSettings flat{.kind = ScheduleKind::Constant, .learningRate = 3, .warmUp = 0};
    QCOMPARE(flat.at(77, 100), 3.0);
  }
};

QTEST_GUILESS_MAIN(TrainerLaws)
#include "tst_trainer_laws.moc"
