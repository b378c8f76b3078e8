#include "core/decoder/learning_curve.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <span>
#include <tuple>

#include "core/analysis/captured_run.h"
#include "core/base/each_once.h"
#include "core/decoder/decoder.h"
#include "core/decoder/decoder_evaluation.h"
#include "core/decoder/decoder_training.h"
#include "core/decoder/example_stream.h"
#include "core/decoder/recall_fit.h"
#include "core/model/generator.h"
#include "core/train/compute_type.h"
#include "core/train/trainer.h"

namespace patchbay {
namespace {

using Clock = std::chrono::steady_clock;

using Wanted = LearningCurveRequest;

constexpr std::size_t kPortion = 32;  ///< questions that are asked between two polls
/// So many questions of each kind are looked through for those with answers to choose from.
constexpr std::size_t kTries = 4;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Error refused(const char* code, std::string field, std::string found, std::string expected) {
  return {.code = code,
          .what = "this is no learning curve",
          .file = {},
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Correct the request."};
}

template <typename Number>
std::optional<Error> outside(const char* field, const std::vector<Number>& values, std::size_t count, Number most) {
  if (values.size() > count)
    return refused("CURVE-01", field, std::to_string(values.size()) + " values", "at most " + std::to_string(count));
  for (const Number value : values)
    if (value < 1 || value > most)
      return refused("CURVE-01", field, std::to_string(value), "1 to " + std::to_string(most));
  return std::nullopt;
}

std::optional<Error> outside(const char* field, double value, double least, double most) {
  if (value >= least && value <= most) return std::nullopt;
  const auto words = [](double number) { return dumpJson(Json(number)); };
  return refused("CURVE-01", field, words(value), words(least) + " to " + words(most));
}

class Comparison {
public:
  Comparison(LanguageModel& model, const QuestionData& data, const LearningCurveRequest& request, DecoderFrame frame,
             JobContext& context)
      : m_model(model), m_data(data), m_request(request), m_frame(std::move(frame)), m_context(context) {}

  Outcome<LearningCurveResult> run(const std::function<void(const LearningCurveResult&)>& sink) {
    if (const auto taken = takeRequest(); !taken) return taken.failure<LearningCurveResult>();
    // What cannot be learned from is told of now, not behind the first trainings.
    const ExampleMaker maker(m_data, m_model.text, m_request.recipe.training.seed);
    if (const auto checked = checkItems(m_model, m_data, maker, m_context); !checked)
      return checked.failure<LearningCurveResult>();
    if (const auto drawn = drawItems(maker); !drawn) return drawn.failure<LearningCurveResult>();
    if (m_request.recipe.recall) {
      auto recall = fitRecall(m_model, m_data, everyReadLayer(), m_context);
      if (!recall) return recall.failure<LearningCurveResult>();
      m_recall = std::move(*recall);
    }
    m_learner.emplace(*m_model.transformer, m_request.recipe.writeLayer, m_context,
                      scalarTypeOf(m_request.recipe.training.compute, m_model.transformer->options().device()));
    const std::vector<CurvePoint> planned = plan();
    for (const CurvePoint& point : planned) m_allSteps += stepsOf(point.examples);
    std::optional<Error> first;
    for (CurvePoint point : planned) {
      const auto trained = train(point);
      if (trained) {
        m_result.points.push_back(point);
        if (sink) sink(m_result);
        continue;
      }
      if (!trained.isError() || trained.error().code != kNotFinite) return trained.failure<LearningCurveResult>();
      // Hours of the others are not lost by one that leaves the finite numbers.
      m_result.warnings.push_back(nameOf(point) + " is left out: " + trained.error().what + ", " +
                                  trained.error().found + ".");
      if (!first) first = trained.error();
    }
    if (m_result.points.empty()) return *first;
    return std::move(m_result);
  }

private:
  /// Every training, not yet done; those that read the same layers one behind the other.
  [[nodiscard]] std::vector<CurvePoint> plan() const {
    std::vector<CurvePoint> planned;
    for (const int layer : m_layers)
      for (const int rank : m_ranks)
        for (const std::int64_t examples : m_request.examples)
          for (int repeat = 0; repeat < m_request.repeats; ++repeat)
            planned.push_back({.key = {.rank = rank, .layer = layer},
                               .examples = examples,
                               .seed = m_request.recipe.training.seed + static_cast<std::uint64_t>(repeat)});
    return planned;
  }

  static std::string nameOf(const CurvePoint& point) {
    return "The training on " + std::to_string(point.examples) + " questions, rank " + std::to_string(point.key.rank) +
           (point.key.layer < 0 ? std::string() : ", layer " + std::to_string(point.key.layer)) + ", seed " +
           std::to_string(point.seed) + ",";
  }

  [[nodiscard]] std::int64_t stepsOf(std::int64_t examples) const {
    const std::int64_t batch = m_request.recipe.training.batch;
    return std::max<std::int64_t>(1, (examples + batch / 2) / batch);
  }

  Outcome<Done> takeRequest() {
    DecoderRecipe& recipe = m_request.recipe;
    m_request.examples = eachOnce(m_request.examples);
    if (m_request.examples.empty()) return refused("CURVE-01", "examples", "none", "one number of questions or more");
    m_ranks = eachOnce(m_request.ranks.empty() ? std::vector{recipe.rank} : m_request.ranks);
    if (const auto error = outOfBounds()) return *error;
    m_layers = {-1};
    if (!m_request.layers.empty()) {
      auto alone = resolveLayers(m_request.layers, m_model.card.layers, "layers");
      if (!alone) return alone.failure<Done>();
      m_layers = eachOnce(*alone);
    }
    if (recipe.readLayers.empty()) recipe.readLayers = middleLayers(m_model.card.layers);
    auto read = resolveLayers(recipe.readLayers, m_model.card.layers, "read layers");
    if (!read) return read.failure<Done>();
    recipe.readLayers = m_result.layers = std::move(*read);
    const auto written = resolveLayer(recipe.writeLayer, m_model.card.layers, "write layer");
    if (!written) return written.failure<Done>();
    recipe.writeLayer = *written;
    return Done{};
  }

  /// The first number of the request that is none to compute with.
  [[nodiscard]] std::optional<Error> outOfBounds() const {
    if (const auto error = outside("examples", m_request.examples, Wanted::kMostExamples, Wanted::kMostQuestions))
      return error;
    if (const auto error = outside("ranks", m_ranks, Wanted::kMostRanks, Wanted::kMostRank)) return error;
    const DecoderRecipe& recipe = m_request.recipe;
    const TrainingSettings& training = recipe.training;
    const std::tuple<const char*, double, double, double> numbers[] = {
        {"items", m_request.items, Wanted::kLeastItems, Wanted::kMostItems},
        {"repeats", m_request.repeats, 1, Wanted::kMostRepeats},
        {"layers", static_cast<double>(m_request.layers.size()), 0, static_cast<double>(Wanted::kMostLayers)},
        {"recipe.rank", recipe.rank, 1, Wanted::kMostRank},
        {"recipe.alpha", recipe.alpha, 1e-6, 1e6},
        {"recipe.dropout", recipe.dropout, 0, 0.99},
        {"training.batch", training.batch, 1, Wanted::kMostBatch},
        {"training.workers", training.workers, 0, Wanted::kMostWorkers},
        {"trainings", static_cast<double>(m_request.trainings()), 1, static_cast<double>(Wanted::kMostTrainings)}};
    for (const auto& [field, value, least, most] : numbers)
      if (const auto error = outside(field, value, least, most)) return error;
    return std::nullopt;
  }

  [[nodiscard]] std::vector<int> readLayersOf(int layer) const {
    return layer < 0 ? m_request.recipe.readLayers : std::vector{layer};
  }

  [[nodiscard]] std::vector<int> everyReadLayer() const {
    std::vector<int> all;
    for (const int layer : m_layers)
      for (const int read : readLayersOf(layer))
        if (!std::ranges::count(all, read)) all.push_back(read);
    return all;
  }

  /// The questions that every decoder is asked: the evidence lies in their window, kind by kind in turn.
  Outcome<Done> drawItems(const ExampleMaker& maker) {
    std::vector<ExampleMaker::Cell> cells = maker.cells();
    std::erase_if(cells, [](const auto& cell) { return cell.window != ExampleWindow::Evidence; });
    const auto wanted = static_cast<std::size_t>(m_request.items);
    const std::size_t rounds = cells.empty() ? 0 : wanted / cells.size() * kTries + kTries;
    for (std::size_t round = 0; round < rounds && m_items.size() < wanted; ++round) {
      for (std::size_t cell = 0; cell < cells.size() && m_items.size() < wanted; ++cell) {
        auto example = maker.example(cells[cell], round);
        if (!example) return example.failure<Done>();
        // Each once: asked again it would count for more than it says.
        const auto isSame = [&](const DecoderExample& other) {
          return other.prompt == example->prompt && other.question == example->question &&
                 other.firstToken == example->firstToken;
        };
        if (example->choices.size() < 2 || std::ranges::any_of(m_items, isSame)) continue;
        m_result.chance += 1.0 / static_cast<double>(example->choices.size());
        m_items.push_back(std::move(*example));
      }
    }
    if (m_items.empty()) {
      return Error{.code = "CURVE-02",
                   .what = "there is nothing to ask the decoders",
                   .file = m_request.data,
                   .field = "questions",
                   .found = "no held-out question with answers to choose from",
                   .expected = "one or more",
                   .advice = "Give questions \"choices\", or learn from those that come with the program too."};
    }
    m_result.chance /= static_cast<double>(m_items.size());
    if (m_items.size() < wanted)
      m_result.warnings.push_back("There are " + std::to_string(m_items.size()) + " different questions to ask, not " +
                                  std::to_string(wanted) + ".");
    return Done{};
  }

  /// The states that the questions are about, of a layer or of several in turn.
  Outcome<Done> readStates(int layer) {
    if (m_statesOf == layer) return Done{};
    const at::InferenceMode inference;
    const std::vector<int> layers = readLayersOf(layer);
    std::vector<at::Tensor> states;
    for (std::size_t i = 0; i < m_items.size(); ++i) {
      m_context.letOthersThrough();
      m_context.progress("Reading the held-out prompts", "prompts", static_cast<std::int64_t>(i), std::ssize(m_items));
      const int read = layers[i % layers.size()];
      const auto plain = exampleStates(m_model, m_items[i], read, m_context);
      if (!plain) return plain.failure<Done>();
      states.push_back(m_recall(*plain, read));
    }
    m_states = std::move(states);
    m_statesOf = layer;
    return Done{};
  }

  Outcome<Done> train(CurvePoint& point) {
    if (const auto read = readStates(point.key.layer); !read) return read;
    const auto start = Clock::now();
    const double held = m_context.heldSeconds();
    const DecoderRecipe& recipe = m_request.recipe;
    TrainingSettings settings = recipe.training;
    settings.seed = point.seed;
    settings.steps = stepsOf(point.examples);
    settings.schedule.warmUp = std::min<std::int64_t>(settings.schedule.warmUp, settings.steps / 10);
    LowRankConfig shape;
    shape.rank = point.key.rank;
    shape.alpha = recipe.alpha / recipe.rank * point.key.rank;
    shape.dropout = recipe.dropout;
    ExampleStream stream(m_model, ExampleMaker(m_data, m_model.text, point.seed), m_frame,
                         readLayersOf(point.key.layer), m_recall, point.seed);
    AdapterTrainer trainer(*m_learner, freshAdapter(m_model.transformer->config(), shape, point.seed), settings);
    const std::int64_t before = m_steps;
    for (std::int64_t step = 0; step < settings.steps; ++step) {
      m_context.letOthersThrough();
      const auto sequences = stream.next(settings.batch, m_context);
      if (!sequences) return sequences.failure<Done>();
      const auto taken = trainer.step(*sequences, m_context);
      m_steps = before + (taken ? step + 1 : settings.steps);
      if (!taken) return taken.failure<Done>();
      m_context.progress("Training on " + std::to_string(point.examples) + " questions", "steps", m_steps, m_allSteps);
    }
    point.seconds = secondsSince(start) - (m_context.heldSeconds() - held);
    return ask(point, trainer.adapter());
  }

  Outcome<Done> ask(CurvePoint& point, const Adapter& adapter) {
    const at::InferenceMode inference;
    auto decoder = Decoder::of(m_model, &adapter, m_request.recipe.writeLayer);
    if (!decoder) return decoder.failure<Done>();
    const std::vector<at::Tensor> others = otherStates();
    std::vector<Decoder::Asked> asked;
    for (std::size_t i = 0; i < m_items.size(); ++i)
      for (const at::Tensor& states : {m_states[i], others[i]})
        asked.push_back({.states = states, .question = m_items[i].question, .choices = m_items[i].choices});
    for (std::size_t first = 0; first < asked.size(); first += kPortion) {
      m_context.letOthersThrough();
      m_context.progress("Asking", "questions", static_cast<std::int64_t>(first), std::ssize(asked));
      const auto portion = std::span(asked).subspan(first, std::min(kPortion, asked.size() - first));
      // What is chosen needs no answer in words.
      const auto told = decoder->answerAll(portion, 1, m_context);
      for (std::size_t i = 0; i < told.size(); ++i) {
        const DecoderExample& item = m_items[(first + i) / 2];
        MeasuredShare& share = i % 2 == 0 ? point.choice : point.shuffledChoice;
        share.count(told[i].chosen && item.choices[*told[i].chosen] == item.answer);
      }
    }
    point.loss = lossOf(adapter, m_states);
    point.shuffledLoss = lossOf(adapter, others);
    // The last step may be the one that left them.
    for (const double loss : {point.loss, point.shuffledLoss})
      if (!std::isfinite(loss))
        return notFinite(stepsOf(point.examples) - 1, "a held-out loss of " + std::to_string(loss));
    return Done{};
  }

  /// For each item the states of another prompt.
  [[nodiscard]] std::vector<at::Tensor> otherStates() const {
    const auto item = [&](std::size_t i) -> const DecoderExample& { return m_items[i]; };
    std::vector<at::Tensor> others;
    for (std::size_t i = 0; i < m_items.size(); ++i) {
      const std::size_t other = otherExample(m_items.size(), i, item);
      others.push_back(other != i ? m_states[other] : at::zeros_like(m_states[i]));
    }
    return others;
  }

  /// Of the right answers to all items, beside these states.
  double lossOf(const Adapter& adapter, const std::vector<at::Tensor>& states) {
    m_context.letOthersThrough();
    std::vector<TrainingSequence> sequences;
    for (std::size_t i = 0; i < m_items.size(); ++i)
      sequences.push_back(trainingSequence(m_frame, m_items[i], states[i]));
    std::vector<const TrainingSequence*> pointers;
    for (const TrainingSequence& sequence : sequences) pointers.push_back(&sequence);
    return meanLoss(*m_learner, {.adapter = &adapter}, pointers, m_context);
  }

  LanguageModel& m_model;
  const QuestionData& m_data;
  LearningCurveRequest m_request;
  DecoderFrame m_frame;
  JobContext& m_context;
  std::vector<int> m_ranks, m_layers;
  std::vector<DecoderExample> m_items;
  std::vector<at::Tensor> m_states;  // of the items
  std::optional<int> m_statesOf;     // the layer, as in CurveKey
  StateRecall m_recall;
  std::optional<SequenceLearner> m_learner;
  std::int64_t m_steps = 0, m_allSteps = 0;
  LearningCurveResult m_result;
};

}  // namespace

Outcome<LearningCurveResult> runLearningCurve(LanguageModel& model, const QuestionData& data,
                                              const LearningCurveRequest& request, JobContext& context,
                                              const std::function<void(const LearningCurveResult&)>& sink) {
  const auto start = Clock::now();
  // A paused analysis that let this through computes without gradients.
  const at::InferenceMode recording(false);
  auto frame = DecoderFrame::of(model.text);
  if (!frame) return frame.failure<LearningCurveResult>();
  auto result = Comparison(model, data, request, std::move(*frame), context).run(sink);
  if (result) result->seconds = secondsSince(start);
  return result;
}

}  // namespace patchbay
