#include "core/decoder/meta_model.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <optional>
#include <random>
#include <set>
#include <utility>

#include "core/analysis/captured_run.h"
#include "core/analysis/linear_probe.h"
#include "core/base/each_once.h"
#include "core/base/shuffle.h"
#include "core/decoder/decoder_frame.h"
#include "core/decoder/meta_states.h"
#include "core/decoder/meta_trainer.h"
#include "core/model/generator.h"
#include "core/train/compute_type.h"

namespace patchbay {
namespace {

constexpr int kMostItems = 2000, kMostRepeats = 20, kMostMixes = 64, kMostOwn = 100;
constexpr int kLossSteps = 10;        ///< of one point of the curve
constexpr std::size_t kPortion = 32;  ///< questions that are asked together
constexpr double kPenalty = 0.1, kShrinkage = 0.1;

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t count) { return static_cast<std::size_t>(random() % count); }

Error refused(const char* code, std::string field, std::string found, std::string expected) {
  return {.code = code,
          .what = "this is no training of meta-models",
          .file = {},
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Correct the request."};
}

/// The ids of tasks, for a message.
std::string namesOf(const std::vector<const MetaTask*>& tasks) {
  std::string names;
  for (const MetaTask* task : tasks) names += (names.empty() ? "" : ", ") + task->id;
  return names;
}

std::vector<const MetaTask*> allTasks() {
  std::vector<const MetaTask*> all;
  for (const MetaTask& task : builtinMetaTasks()) all.push_back(&task);
  return all;
}

std::int64_t labelOf(const std::vector<std::string>& labels, const std::string& label) {
  return std::ranges::find(labels, label) - labels.begin();
}

/// Labels of items as numbers, [N].
at::Tensor numbersOf(const std::vector<MetaItem>& items, const std::vector<std::string>& labels) {
  std::vector<std::int64_t> numbers;
  for (const MetaItem& item : items) numbers.push_back(labelOf(labels, item.label));
  return at::tensor(numbers, at::kLong);
}

/// A question about an item: asked for the label that it has, or for another of the task's.
struct Drawn {
  std::string question;
  bool isYes = false;
  std::string label;
};

Drawn drawn(const MetaItem& item, const std::vector<std::string>& labels, const std::vector<std::string>& questions,
            bool isYes, Random& random) {
  std::string label = item.label;
  while (!isYes && label == item.label) label = labels[below(random, labels.size())];
  return {.question = withLabel(questions[below(random, questions.size())], label), .isYes = isYes, .label = label};
}

/// A question of a test, with everything that it is asked about.
struct TestItem {
  MetaAsked asked;
  std::string label, nonsense;
  at::Tensor own, shuffled;  // [k, D]
  std::int64_t item = 0;     // of the task's held-out ones
};

class MetaTraining {
public:
  MetaTraining(LanguageModel& model, LanguageModel& reader, const MetaModelRequest& request, DecoderFrame frame,
               JobContext& context)
      : m_model(model), m_reader(reader), m_request(request), m_frame(std::move(frame)), m_context(context) {}

  Outcome<MetaModelResult> run() {
    if (const auto taken = takeRequest(); !taken) return taken.failure<MetaModelResult>();
    std::vector<std::string> texts;
    for (const MetaQuestion& own : m_request.own) texts.push_back(own.text);
    auto states = MetaStates::of(m_model, m_result.layers, tasksNeeded(), texts, m_context);
    if (!states) return states.failure<MetaModelResult>();
    m_states.emplace(std::move(*states));
    drawTests();
    tellByProbes();
    m_allSteps = std::ssize(m_result.mixes) * m_request.repeats * m_request.steps;
    m_learner.emplace(*m_reader.transformer, -1, m_context,
                      scalarTypeOf(ComputeKind::Fastest, m_reader.transformer->options().device()));
    std::optional<Error> first;
    for (const auto& mix : std::exchange(m_result.mixes, {})) {
      const auto trained = trainAll(mix);
      if (trained) continue;
      if (!trained.isError()) return trained.failure<MetaModelResult>();
      // Hours of the other mixes are not lost by one that leaves the finite numbers.
      const Error& error = trained.error();
      m_result.warnings.push_back(mixName(mix) + " is left out: " + error.what + " (" + error.field + ", " +
                                  error.found + "). " + error.advice);
      if (!first) first = error;
    }
    if (m_result.mixes.empty()) return *first;
    keep();
    return std::move(m_result);
  }

private:
  Outcome<Done> takeRequest() {
    const auto outside = [](int value, int most) { return value < 1 || value > most; };
    if (outside(m_request.steps, 1000000))
      return refused("META-02", "steps", std::to_string(m_request.steps), "1 or more");
    if (outside(m_request.batch, 4096))
      return refused("META-02", "batch", std::to_string(m_request.batch), "1 to 4096");
    if (m_request.items < 2 || outside(m_request.items, kMostItems))
      return refused("META-02", "items", std::to_string(m_request.items), "2 to " + std::to_string(kMostItems));
    if (outside(m_request.repeats, kMostRepeats))
      return refused("META-02", "repeats", std::to_string(m_request.repeats), "1 to " + std::to_string(kMostRepeats));
    if (!(m_request.learningRate > 0) || m_request.learningRate > 1)
      return refused("META-02", "learningRate", std::to_string(m_request.learningRate), "above 0, at most 1");
    if (std::ssize(m_request.own) > kMostOwn)
      return refused("META-02", "own", std::to_string(m_request.own.size()), "at most " + std::to_string(kMostOwn));
    m_result.own = m_request.own;
    m_result.mixes = m_request.mixes;
    if (m_result.mixes.empty())
      for (const MetaTask* task : learnedMetaTasks()) m_result.mixes.push_back({task->id});
    if (std::ssize(m_result.mixes) > kMostMixes)
      return refused("META-02", "mixes", std::to_string(m_result.mixes.size()),
                     "at most " + std::to_string(kMostMixes));
    for (const auto& mix : m_result.mixes) {
      if (mix.empty()) return refused("META-02", "mixes", "an empty mix", "one task or more in each");
      for (const std::string& id : mix)
        if (const MetaTask* task = metaTask(id); !task || !task->isLearned())
          return refused("META-01", "mixes", "'" + id.substr(0, 60) + "'", "one of " + namesOf(learnedMetaTasks()));
    }
    m_result.tests = m_request.tests;
    if (m_result.tests.empty())
      for (const MetaTask& task : builtinMetaTasks()) m_result.tests.push_back(task.id);
    m_result.tests = eachOnce(m_result.tests);
    for (const std::string& id : m_result.tests)
      if (!metaTask(id))
        return refused("META-01", "tests", "'" + id.substr(0, 60) + "'", "one of " + namesOf(allTasks()));
    std::vector<int> named = m_request.layers;
    if (named.empty()) named = metaLayers(m_model.card.layers);
    auto layers = resolveLayers(named, m_model.card.layers, "layers");
    if (!layers) return layers.failure<Done>();
    m_result.layers = std::move(*layers);
    // What is too long is told of now, not behind the training.
    for (const MetaQuestion& own : m_request.own)
      if (const auto fits =
              checkContext(m_reader, std::ssize(m_frame.prompt(std::ssize(m_result.layers), own.question)) + 1);
          !fits)
        return fits;
    const auto firstOf = [&](const char* word) { return m_frame.answer(word).front(); };
    m_yes = firstOf("Yes");
    m_no = firstOf("No");
    return Done{};
  }

  [[nodiscard]] std::vector<const MetaTask*> tasksNeeded() const {
    std::set<std::string> ids(m_result.tests.begin(), m_result.tests.end());
    for (const auto& mix : m_result.mixes) ids.insert(mix.begin(), mix.end());
    std::vector<const MetaTask*> tasks;
    for (const MetaTask& task : builtinMetaTasks())
      if (ids.contains(task.id)) tasks.push_back(&task);
    return tasks;
  }

  /// Held-out items in random order, asked for their label and for another in turn.
  void drawTests() {
    for (std::size_t test = 0; test < m_result.tests.size(); ++test) {
      const MetaTask& task = *metaTask(m_result.tests[test]);
      const at::Tensor& states = m_states->heldOut(task.id);
      const std::vector<std::string>& labels = task.labels;
      Random random(m_request.seed * 1000003 + test);
      std::vector<std::size_t> order(task.heldOutItems.size());
      std::iota(order.begin(), order.end(), std::size_t{0});
      shuffle(order, random);
      const auto& nonsense = nonsenseQuestions();
      // Each text once at most: asked again it would count for more than it says.
      for (int i = 0; i < std::min<int>(m_request.items, static_cast<int>(order.size())); ++i) {
        const std::size_t item = order[static_cast<std::size_t>(i)];
        const Drawn asked = drawn(task.heldOutItems[item], labels, task.heldOutQuestions, i % 2 == 0, random);
        // States of any other item: where half of them share the label, half of the answers are right.
        std::size_t other = item;
        while (other == item && order.size() > 1) other = below(random, order.size());
        m_items.push_back({.asked = {.test = static_cast<int>(test), .question = asked.question, .isYes = asked.isYes},
                           .label = asked.label,
                           .nonsense = nonsense[below(random, nonsense.size())],
                           .own = states[static_cast<std::int64_t>(item)],
                           .shuffled = states[static_cast<std::int64_t>(other)],
                           .item = static_cast<std::int64_t>(item)});
        m_result.asked.push_back(m_items.back().asked);
      }
    }
  }

  /// What probes say of the same states: fitted to a task's learned items, or, where it has none, each half to the
  /// other.
  void tellByProbes() {
    const at::InferenceMode inference;
    std::vector<float> told;
    for (const MetaProbe probe : kMetaProbes) {
      for (std::size_t test = 0; test < m_result.tests.size(); ++test) {
        const MetaTask& task = *metaTask(m_result.tests[test]);
        const at::Tensor labels = probeLabels(task, probe);  // [held-out items]
        const std::vector<std::string>& names = task.labels;
        for (const TestItem& item : m_items)
          if (item.asked.test == static_cast<int>(test))
            told.push_back(labels[item.item].item<std::int64_t>() == labelOf(names, item.label) ? 1.0F : 0.0F);
      }
    }
    m_result.probes =
        HostArray({std::ssize(kMetaProbes), std::ssize(m_items)}, {"probe", "question"}, "", std::move(told));
  }

  at::Tensor probeLabels(const MetaTask& task, MetaProbe kind) {
    m_context.progress("Probing", "tests", 0, 1);
    const std::vector<std::string>& names = task.labels;
    const auto classes = std::ssize(names);
    const auto fit = [&](const at::Tensor& points, const at::Tensor& labels) {
      return kind == MetaProbe::Logistic ? fitLogistic(points, oneAgainstOthers(labels, classes), kPenalty, m_context)
                                         : fitWhitened(points, labels, classes, kShrinkage, m_context);
    };
    const at::Tensor unseen = m_states->heldOut(task.id).flatten(1);
    const at::Tensor truth = numbersOf(task.heldOutItems, names);
    if (task.isLearned()) return fit(m_states->learned(task.id).flatten(1), numbersOf(task.items, names)).tell(unseen);
    // Neighbours may be twins: they go to the same half.
    const at::Tensor half = at::arange(unseen.size(0), at::kLong).div(2, "floor").remainder(2);
    at::Tensor told = at::zeros_like(truth);
    for (int side = 0; side < 2; ++side) {
      const at::Tensor inside = (half == side).nonzero().flatten(), outside = (half != side).nonzero().flatten();
      if (inside.numel() == 0 || outside.numel() == 0) continue;
      const LinearProbe probe = fit(unseen.index_select(0, outside), truth.index_select(0, outside));
      told.index_copy_(0, inside, probe.tell(unseen.index_select(0, inside)));
    }
    return told;
  }

  [[nodiscard]] TrainingSequence sequenceOf(const at::Tensor& states, const std::string& question, bool isYes) const {
    TrainingSequence sequence;
    sequence.ids = m_frame.prompt(states.size(0), question);
    sequence.answerFirst = std::ssize(sequence.ids);
    sequence.ids.push_back(isYes ? m_yes : m_no);
    sequence.writeFirst = m_frame.firstPlace();
    sequence.states = states.to(m_learner->device());
    return sequence;
  }

  /// Every training of a mix; after an error it leaves nothing of the mix behind.
  Outcome<Done> trainAll(const std::vector<std::string>& mix) {
    std::vector<float>* kept[] = {&m_yesShares, &m_neither, &m_ownYes, &m_ownMass, &m_losses};
    std::vector<std::size_t> before;
    for (const auto* values : kept) before.push_back(values->size());
    const std::int64_t end = m_steps + static_cast<std::int64_t>(m_request.repeats) * m_request.steps;
    for (int repeat = 0; repeat < m_request.repeats; ++repeat) {
      const auto trained = train(mix, repeat);
      if (trained) continue;
      for (std::size_t i = 0; i < before.size(); ++i) kept[i]->resize(before[i]);
      m_steps = end;
      return trained;
    }
    m_result.mixes.push_back(mix);
    return Done{};
  }

  Outcome<Done> train(const std::vector<std::string>& mix, int repeat) {
    TrainingSettings settings;
    settings.steps = m_request.steps;
    settings.batch = m_request.batch;
    settings.schedule.learningRate = m_request.learningRate;
    settings.schedule.warmUp = std::min<std::int64_t>(settings.schedule.warmUp, settings.steps / 10);
    settings.seed = m_request.seed + static_cast<std::uint64_t>(repeat);
    Random random(settings.seed);
    MetaTrainer trainer(*m_learner, freshMetaWeights(*m_reader.transformer, m_model.card.width, settings.seed),
                        settings);
    double sum = 0;
    for (int step = 0; step < m_request.steps; ++step) {
      m_context.letOthersThrough();
      std::vector<TrainingSequence> sequences;
      for (int i = 0; i < m_request.batch; ++i) {
        const MetaTask& task = *metaTask(mix[below(random, mix.size())]);
        const std::size_t item = below(random, task.items.size());
        const Drawn asked = drawn(task.items[item], task.labels, task.questions, (random() >> 20 & 1) != 0, random);
        sequences.push_back(
            sequenceOf(m_states->learned(task.id)[static_cast<std::int64_t>(item)], asked.question, asked.isYes));
      }
      const auto taken = trainer.step(sequences, m_context);
      if (!taken) return taken.failure<Done>();
      sum += taken->loss;
      m_context.progress("Training " + mixName(mix), "steps", ++m_steps, m_allSteps);
      if ((step + 1) % kLossSteps == 0) m_losses.push_back(static_cast<float>(std::exchange(sum, 0) / kLossSteps));
    }
    askAll(trainer.weights());
    return Done{};
  }

  void askAll(const MetaWeights& weights) {
    const at::InferenceMode inference;
    for (const MetaArm arm : kMetaArms) {
      std::vector<TrainingSequence> sequences;
      for (const TestItem& item : m_items)
        sequences.push_back(sequenceOf(arm == MetaArm::Shuffled ? item.shuffled : item.own,
                                       arm == MetaArm::Nonsense ? item.nonsense : item.asked.question, true));
      const Answers answers = answersTo(sequences, weights);
      m_yesShares.insert(m_yesShares.end(), answers.yes.begin(), answers.yes.end());
      m_neither.insert(m_neither.end(), answers.neither.begin(), answers.neither.end());
    }
    std::vector<TrainingSequence> sequences;
    for (std::size_t i = 0; i < m_request.own.size(); ++i)
      sequences.push_back(sequenceOf(m_states->own()[static_cast<std::int64_t>(i)], m_request.own[i].question, true));
    const Answers answers = answersTo(sequences, weights);
    m_ownYes.insert(m_ownYes.end(), answers.yes.begin(), answers.yes.end());
    m_ownMass.insert(m_ownMass.end(), answers.mass.begin(), answers.mass.end());
  }

  struct Answers {
    std::vector<float> yes, neither, mass;
  };
  Answers answersTo(const std::vector<TrainingSequence>& sequences, const MetaWeights& weights) {
    Answers answers;
    for (std::size_t begin = 0; begin < sequences.size(); begin += kPortion) {
      m_context.letOthersThrough();
      std::vector<const TrainingSequence*> portion;
      for (std::size_t i = begin; i < std::min(begin + kPortion, sequences.size()); ++i)
        portion.push_back(&sequences[i]);
      const std::vector<TrainingSequence> mapped = mappedSequences(portion, weights);
      std::vector<const TrainingSequence*> pointers;
      for (const TrainingSequence& sequence : mapped) pointers.push_back(&sequence);
      const AdapterUse use{.adapter = nullptr, .attention = &weights.attention};
      const at::Tensor p = at::softmax(m_learner->readOut(pointers, use, m_context), -1).cpu();  // [R, V]
      for (std::int64_t row = 0; row < p.size(0); ++row) {
        const float yes = p[row][m_yes].item<float>(), no = p[row][m_no].item<float>();
        answers.yes.push_back(yes / std::max(yes + no, 1e-30F));
        answers.neither.push_back(p[row].max().item<float>() > std::max(yes, no) ? 1.0F : 0.0F);
        answers.mass.push_back(yes + no);
      }
    }
    return answers;
  }

  void keep() {
    const std::int64_t mixes = std::ssize(m_result.mixes), repeats = m_request.repeats, items = std::ssize(m_items);
    const std::vector<std::int64_t> shape{mixes, repeats, std::ssize(kMetaArms), items};
    const std::vector<std::string> axes{"mix", "repeat", "arm", "question"};
    m_result.yes = HostArray(shape, axes, "share of Yes", std::move(m_yesShares));
    m_result.neither = HostArray(shape, axes, "", std::move(m_neither));
    if (!m_result.own.empty()) {
      const std::vector<std::int64_t> ownShape{mixes, repeats, std::ssize(m_result.own)};
      const std::vector<std::string> ownAxes{"mix", "repeat", "question"};
      m_result.ownYes = HostArray(ownShape, ownAxes, "share of Yes", std::move(m_ownYes));
      m_result.ownMass = HostArray(ownShape, ownAxes, "probability", std::move(m_ownMass));
    }
    m_result.losses = HostArray({mixes, repeats, m_request.steps / kLossSteps}, {"mix", "repeat", "step"}, "nat",
                                std::move(m_losses));
  }

  LanguageModel &m_model, &m_reader;
  const MetaModelRequest& m_request;
  DecoderFrame m_frame;
  JobContext& m_context;
  std::int32_t m_yes = 0, m_no = 0;
  std::optional<MetaStates> m_states;
  std::optional<SequenceLearner> m_learner;
  std::vector<TestItem> m_items;
  std::vector<float> m_yesShares, m_neither, m_ownYes, m_ownMass, m_losses;
  std::int64_t m_steps = 0, m_allSteps = 0;
  MetaModelResult m_result;
};

}  // namespace

Outcome<MetaModelResult> runMetaModel(LanguageModel& model, LanguageModel& reader, const MetaModelRequest& request,
                                      JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  // A paused analysis that let this through computes without gradients.
  const at::InferenceMode recording(false);
  auto frame = DecoderFrame::of(reader.text);
  if (!frame) return frame.failure<MetaModelResult>();
  auto result = MetaTraining(model, reader, request, std::move(*frame), context).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
