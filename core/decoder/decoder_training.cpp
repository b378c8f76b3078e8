#include "core/decoder/decoder_training.h"

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "core/analysis/captured_run.h"
#include "core/decoder/decoder_file.h"
#include "core/decoder/recall_fit.h"
#include "core/decoder/training_checkpoint.h"
#include "core/decoder/training_monitor.h"
#include "core/model/generator.h"
#include "core/train/compute_type.h"
#include "core/train/trainer.h"

namespace patchbay {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kBetweenCheckpoints{60};
constexpr std::int64_t kPointSteps = 10;          ///< steps between two points of the curves
constexpr int kMeasuredSteps = 4;                 ///< that a training by minutes measures its speed with
constexpr std::int64_t kChecks = 20;              ///< of a whole training, beside those at its two ends
constexpr std::int64_t kLeastBetweenChecks = 20;  ///< steps
constexpr std::int64_t kItemsAtOnce = 256;        ///< of a person's own, that are checked between two polls

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::optional<Error> refuseToOverwrite(const std::string& folder) {
  if (!std::filesystem::exists(folder + "/decoder.json")) return std::nullopt;
  return Error{.code = "TRAIN-04",
               .what = "a decoder lies in this folder already",
               .file = folder,
               .field = "folder",
               .found = "decoder.json",
               .expected = "an empty folder, or one with a checkpoint",
               .advice = "Choose another folder, or remove the decoder that is there."};
}

/// What can be told before anything is computed.
std::optional<Error> refused(const TrainDecoderRequest& request) {
  const DecoderRecipe& recipe = request.recipe;
  if (recipe.training.batch < 1 || recipe.rank < 1 || recipe.training.workers < 0 || recipe.training.steps < 1) {
    return Error{.code = "TRAIN-05",
                 .what = "this is no recipe",
                 .file = {},
                 .field = "recipe",
                 .found = dumpJson(recipe),
                 .expected = "at least one step, one question a step, and rank 1",
                 .advice = "Correct the recipe."};
  }
  if (std::filesystem::exists(checkpointPath(request.folder))) return std::nullopt;
  if (auto lies = refuseToOverwrite(request.folder)) return lies;
  if (!request.isEnded) return std::nullopt;
  return Error{.code = "TRAIN-06",
               .what = "there is no training to end",
               .file = request.folder,
               .field = "folder",
               .found = "no checkpoint",
               .expected = "a training that was stopped",
               .advice = "Train first, or name the folder of a stopped training."};
}

}  // namespace

Outcome<Done> checkItems(LanguageModel& model, const QuestionData& data, const ExampleMaker& maker,
                         JobContext& context) {
  std::int64_t done = 0;
  for (const QuestionItem& item : data.items) {
    if (done % kItemsAtOnce == 0) {
      context.checkpoint();
      context.progress("Checking the questions", "prompts", done, std::ssize(data.items));
    }
    ++done;
    if (const auto made = maker.ofItem(item, item.questions.front()); !made) return made.failure<Done>();
    const auto ids = model.text.encode(item.prompt);
    if (!ids) return ids.failure<Done>();
    if (const auto fits = checkContext(model, std::ssize(*ids)); !fits) return fits;
  }
  return Done{};
}

namespace {

/// One training from its start or its checkpoint to its end.
class Training {
public:
  Training(LanguageModel& model, const QuestionData& data, const TrainDecoderRequest& request, ExampleStream stream,
           TrainingMonitor monitor, StateRecall recall, JobContext& context)
      : m_model(model),
        m_request(request),
        m_context(context),
        m_stream(std::move(stream)),
        m_monitor(std::move(monitor)),
        m_recall(std::move(recall)),
        m_learner(*model.transformer, request.recipe.writeLayer, context,
                  scalarTypeOf(request.recipe.training.compute, model.transformer->options().device())) {
    m_now.fingerprint = model.card.ref.fingerprint;
    m_now.recipe = request.recipe;
    m_now.data = data.digest();
  }

  Outcome<TrainDecoderResult> run(const TrainingSink& sink) {
    if (const auto begun = begin(); !begun) return begun.failure<TrainDecoderResult>();
    if (sink) sink(m_now.curves);
    m_saved = Clock::now();
    try {
      check(sink);
      while (m_now.step < m_now.recipe.training.steps && !m_request.isEnded) {
        m_context.letOthersThrough();
        const auto stepped = step(sink);
        if (!stepped) return kept(stepped.failure<TrainDecoderResult>());
        check(sink);
        if (Clock::now() - m_saved > kBetweenCheckpoints)
          if (const auto saved = save(); !saved) return saved.failure<TrainDecoderResult>();
      }
    } catch (const Stopped&) {
      // What was learned is kept; there is nobody left to tell if that fails.
      (void)save();
      throw;
    }
    return finish();
  }

private:
  [[nodiscard]] LowRankConfig shape() const {
    LowRankConfig config;
    config.rank = m_now.recipe.rank;
    config.alpha = m_now.recipe.alpha;
    config.dropout = m_now.recipe.dropout;
    return config;
  }

  void makeTrainer() {
    const TrainingSettings& settings = m_now.recipe.training;
    m_trainer.emplace(m_learner, freshAdapter(m_model.transformer->config(), shape(), settings.seed), settings);
  }

  /// Goes on from what lies in the folder, or starts anew.
  Outcome<Done> begin() {
    if (std::filesystem::exists(checkpointPath(m_request.folder))) return resume();
    // How many share a step is part of what makes a training the same again.
    if (m_now.recipe.training.workers == 0)
      m_now.recipe.training.workers = m_learner.device().is_cpu() ? at::get_num_threads() : 1;
    if (m_request.minutes > 0)
      if (const auto fitted = fitSteps(); !fitted) return fitted;
    makeTrainer();
    return Done{};
  }

  /// Asks what is held out, where it is time: at the beginning, evenly on the way, and at the end.
  void check(const TrainingSink& sink) {
    const std::int64_t steps = m_now.recipe.training.steps;
    const std::int64_t between = std::max(kLeastBetweenChecks, (steps + kChecks - 1) / kChecks);
    auto& checks = m_now.curves.checks;
    const bool isEnd = m_now.step == steps || m_request.isEnded;
    if (m_now.step % between != 0 && !isEnd) return;
    if (!checks.empty() && checks.back().step == m_now.step) return;
    m_monitor.check(m_now.step, m_learner, m_trainer->adapter(), m_context, m_now.curves);
    if (sink) sink(m_now.curves);
  }

  Outcome<Done> resume() {
    auto stored = readCheckpoint(m_request.folder);
    if (!stored) return stored.failure<Done>();
    DecoderRecipe wanted = m_request.recipe;
    if (m_request.minutes > 0) wanted.training.steps = stored->recipe.training.steps;
    // One that takes no step more learns from nothing.
    const bool isOtherData = stored->data != m_now.data && !m_request.isEnded;
    if (wanted.training.workers == 0) wanted.training.workers = stored->recipe.training.workers;
    if (stored->fingerprint != m_now.fingerprint || isOtherData || stored->recipe != wanted) {
      return Error{.code = "TRAIN-03",
                   .what = "the folder holds a checkpoint of another training",
                   .file = checkpointPath(m_request.folder),
                   .field = stored->fingerprint != m_now.fingerprint ? "model"
                            : isOtherData                            ? "questions"
                                                                     : "recipe",
                   .found = dumpJson(stored->recipe),
                   .expected = dumpJson(wanted),
                   .advice = "Go on with the recipe it was made with, or choose another folder."};
    }
    m_now = std::move(*stored);
    makeTrainer();
    m_stream.goTo(m_now.place);
    return m_trainer->restore(m_now.state, m_now.step);
  }

  /// Measures a few steps and takes as many as the minutes hold.
  Outcome<Done> fitSteps() {
    makeTrainer();
    auto start = Clock::now();
    double held = m_context.heldSeconds();
    for (int i = 0; i <= kMeasuredSteps; ++i) {
      m_context.letOthersThrough();
      if (i == 1) {
        start = Clock::now();
        held = m_context.heldSeconds();
      }
      const auto sequences = m_stream.next(m_now.recipe.training.batch, m_context);
      if (!sequences) return sequences.failure<Done>();
      if (const auto taken = m_trainer->step(*sequences, m_context); !taken) return taken.failure<Done>();
    }
    const double perStep = (secondsSince(start) - (m_context.heldSeconds() - held)) / kMeasuredSteps;
    start = Clock::now();
    held = m_context.heldSeconds();
    TrainingCurves unused;
    m_monitor.check(0, m_learner, m_trainer->adapter(), m_context, unused);
    const double perCheck = secondsSince(start) - (m_context.heldSeconds() - held);
    // Of n steps there is one check for `kLeastBetweenChecks` of them, and never more than kChecks and the two ends.
    const double seconds = m_request.minutes * 60, few = perStep + perCheck / kLeastBetweenChecks;
    const double steps = std::max((seconds - (kChecks + 2) * perCheck) / perStep, (seconds - 2 * perCheck) / few);
    m_now.recipe.training.steps = std::max<std::int64_t>(1, static_cast<std::int64_t>(steps));
    m_stream.goTo({});
    return Done{};
  }

  Outcome<Done> step(const TrainingSink& sink) {
    const auto start = Clock::now();
    const double held = m_context.heldSeconds();
    const ExampleStream::Place before = m_stream.place();
    m_now.place = before;
    const auto sequences = m_stream.next(m_now.recipe.training.batch, m_context);
    if (!sequences) return sequences.failure<Done>();
    const auto facts = m_trainer->step(*sequences, m_context);
    if (facts.isError()) {
      Error failed = facts.error();
      failed.advice = "Go on from the last checkpoint with a lower learning rate.";
      return failed;
    }
    if (!facts) return facts.failure<Done>();
    m_now.place = m_stream.place();
    m_now.step = m_trainer->stepsDone();
    m_now.tokens += facts->tokens;
    m_now.examples += std::ssize(*sequences);
    const double seconds = secondsSince(start) - (m_context.heldSeconds() - held);
    m_now.seconds += seconds;
    m_sincePoint.loss += facts->loss;
    m_sincePoint.seconds += seconds;
    m_sincePoint.tokens += facts->tokens;
    ++m_sincePoint.steps;
    m_context.progress("Training", "steps", m_now.step, m_now.recipe.training.steps);
    if (m_now.step % kPointSteps != 0 && m_now.step != m_now.recipe.training.steps) return Done{};
    m_now.curves.points.push_back({.step = m_now.step,
                                   .loss = m_sincePoint.loss / static_cast<double>(m_sincePoint.steps),
                                   .learningRate = facts->learningRate,
                                   .tokensPerSecond = static_cast<double>(m_sincePoint.tokens) / m_sincePoint.seconds});
    m_sincePoint = {};
    if (sink) sink(m_now.curves);
    return Done{};
  }

  Outcome<Done> save() {
    m_saved = Clock::now();
    m_now.state = m_trainer->state();
    return writeCheckpoint(m_request.folder, m_now);
  }

  /// A failed training keeps what it learned before.
  Outcome<TrainDecoderResult> kept(Outcome<TrainDecoderResult> failure) {
    (void)save();
    return failure;
  }

  /// What the card says it learned from.
  [[nodiscard]] std::string dataName() const {
    if (m_request.data.empty()) return DecoderCard().data;
    const std::string own = std::filesystem::path(m_request.data).filename().string();
    return m_request.withBuiltin ? own + " and " + DecoderCard().data : own;
  }

  Outcome<TrainDecoderResult> finish() {
    if (const auto refused = refuseToOverwrite(m_request.folder)) return kept(*refused);
    DecoderCard card{.name = m_request.name,
                     .model = m_model.card.ref,
                     .layers = m_model.card.layers,
                     .width = m_model.card.width,
                     .recipe = m_now.recipe,
                     .data = dataName(),
                     .steps = m_now.step,
                     .examples = m_now.examples,
                     .tokens = m_now.tokens,
                     .seconds = m_now.seconds,
                     .figures = {}};
    if (m_recall.isEmpty()) removeRecall(m_request.folder);
    const StoredDecoder decoder{.card = card, .adapter = m_trainer->adapter(), .recall = m_recall};
    if (const auto written = writeDecoder(m_request.folder, decoder); !written)
      return kept(written.failure<TrainDecoderResult>());
    std::error_code ignored;
    std::filesystem::remove(checkpointPath(m_request.folder), ignored);
    const auto digest = decoderDigest(m_request.folder);
    if (!digest) return digest.failure<TrainDecoderResult>();
    return TrainDecoderResult{.card = std::move(card),
                              .folder = m_request.folder,
                              .digest = *digest,
                              .curves = std::move(m_now.curves),
                              .seconds = secondsSince(m_begun)};
  }

  struct SincePoint {
    double loss = 0, seconds = 0;
    std::int64_t tokens = 0, steps = 0;
  };

  LanguageModel& m_model;
  const TrainDecoderRequest& m_request;
  JobContext& m_context;
  ExampleStream m_stream;
  TrainingMonitor m_monitor;
  StateRecall m_recall;
  SequenceLearner m_learner;
  std::optional<AdapterTrainer> m_trainer;
  TrainingCheckpoint m_now;  // the state is taken when it is saved
  SincePoint m_sincePoint;
  Clock::time_point m_begun = Clock::now(), m_saved{};
};

}  // namespace

namespace {

/// The recall that a training began with where it goes on from a checkpoint, and else a new one, which is kept.
Outcome<StateRecall> recallOf(LanguageModel& model, const TrainDecoderRequest& request, const QuestionData& data,
                              JobContext& context) {
  const DecoderRecipe& recipe = request.recipe;
  const std::string& folder = request.folder;
  if (!recipe.recall) return StateRecall();
  if (std::filesystem::exists(checkpointPath(folder))) {
    // One of another training is refused when it is gone on from.
    const auto stored = readCheckpoint(folder);
    const bool isSame = stored && stored->fingerprint == model.card.ref.fingerprint && stored->recipe.recall &&
                        stored->recipe.readLayers == recipe.readLayers;
    if (!isSame) return StateRecall();
    if (hasRecall(folder)) return readRecall(folder, recipe.readLayers, model);
  }
  // A folder that cannot be written is told of before minutes were spent.
  if (const auto written = writeRecall(folder, StateRecall()); !written) return written.failure<StateRecall>();
  Outcome<StateRecall> fitted = Cancelled{};
  try {
    fitted = fitRecall(model, data, recipe.readLayers, context);
  } catch (const Stopped&) {
    removeRecall(folder);
    throw;
  }
  if (!fitted) {
    removeRecall(folder);
    return fitted;
  }
  if (const auto written = writeRecall(folder, *fitted); !written) return written.failure<StateRecall>();
  return fitted;
}

}  // namespace

std::vector<int> middleLayers(int layers) {
  std::vector<int> middle;
  for (int layer = layers * 4 / 15; layer <= layers * 2 / 3; ++layer) middle.push_back(layer);
  return middle;
}

Outcome<TrainDecoderResult> runTrainDecoder(LanguageModel& model, const QuestionData& data,
                                            const TrainDecoderRequest& asked, JobContext& context,
                                            const TrainingSink& sink) {
  // A paused analysis that let this through computes without gradients.
  const at::InferenceMode recording(false);
  TrainDecoderRequest request = asked;
  DecoderRecipe& recipe = request.recipe;
  if (recipe.readLayers.empty()) recipe.readLayers = middleLayers(model.card.layers);
  auto layers = resolveLayers(recipe.readLayers, model.card.layers, "read layers");
  if (!layers) return layers.failure<TrainDecoderResult>();
  recipe.readLayers = std::move(*layers);
  recipe.training.compute = resolved(recipe.training.compute, model.transformer->options().device());
  const auto written = resolveLayer(recipe.writeLayer, model.card.layers, "write layer");
  if (!written) return written.failure<TrainDecoderResult>();
  recipe.writeLayer = *written;
  if (const auto error = refused(request)) return *error;
  auto frame = DecoderFrame::of(model.text);
  if (!frame) return frame.failure<TrainDecoderResult>();
  const std::uint64_t seed = request.recipe.training.seed;
  ExampleMaker maker(data, model.text, seed);
  if (const auto checked = checkItems(model, data, maker, context); !checked)
    return checked.failure<TrainDecoderResult>();
  auto recall = recallOf(model, request, data, context);
  if (!recall) return recall.failure<TrainDecoderResult>();
  auto monitor = TrainingMonitor::of(model, maker, *frame, request.recipe, *recall, context);
  if (!monitor) return monitor.failure<TrainDecoderResult>();
  ExampleStream stream(model, std::move(maker), std::move(*frame), request.recipe.readLayers, *recall, seed);
  Training training(model, data, request, std::move(stream), std::move(*monitor), std::move(*recall), context);
  return training.run(sink);
}

}  // namespace patchbay
