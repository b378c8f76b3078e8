#include "core/analysis/soft_prompt_trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "core/analysis/captured_run.h"
#include "core/analysis/future_lens.h"
#include "core/base/shuffle.h"
#include "core/data/affine_map.h"
#include "core/data/builtin_texts.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"
#include "core/train/compute_type.h"
#include "core/train/parameter_trainer.h"

namespace patchbay {
namespace {

constexpr int kHeldOutStates = 64;  ///< of each layer
constexpr int kStatesOfText = 8;    ///< of each held-out text at most
constexpr std::int64_t kWarmUp = 10;
/// Examples are drawn at the beginning, at most so many bytes of them; a longer learning takes them again.
constexpr std::size_t kExampleBytes = std::size_t{256} << 20;

Error refusal(const char* field, const std::string& found, const std::string& expected) {
  return {.code = "SOFT-01",
          .what = "a prompt cannot be learned like this",
          .file = {},
          .field = field,
          .found = found,
          .expected = expected,
          .advice = "Correct the request."};
}

Error tooLittle(const std::string& found, const std::string& expected) {
  return {.code = "SOFT-02",
          .what = "the texts are not enough to learn a prompt from",
          .file = {},
          .field = "texts",
          .found = found,
          .expected = expected,
          .advice = "Give more or longer texts."};
}

std::optional<Error> refused(const LearnPromptRequest& request) {
  using Wanted = LearnPromptRequest;
  const auto within = [](int value, int least, int most) { return value >= least && value <= most; };
  if (!within(request.ahead, 1, Wanted::kMostAhead))
    return refusal("ahead", std::to_string(request.ahead), "1 to " + std::to_string(Wanted::kMostAhead));
  if (!within(request.steps, 1, Wanted::kMostSteps))
    return refusal("steps", std::to_string(request.steps), "1 to " + std::to_string(Wanted::kMostSteps));
  if (!within(request.batch, 1, Wanted::kMostBatch))
    return refusal("batch", std::to_string(request.batch), "1 to " + std::to_string(Wanted::kMostBatch));
  if (!std::isfinite(request.learningRate) || !(request.learningRate > 0))
    return refusal("learningRate", std::to_string(request.learningRate), "above 0");
  return std::nullopt;
}

/// Steps the embeddings of a prompt, which every sequence has before its first block.
class EmbeddingTrainer : public ParameterTrainer {
public:
  EmbeddingTrainer(const SequenceLearner& learner, const at::Tensor& embeddings, const TrainingSettings& settings)
      : ParameterTrainer(learner, {embeddings}, settings), m_embeddings(embeddings) {
    for (std::size_t worker = 0; worker < workerCount(); ++worker)
      m_leaves.push_back(embeddings.detach().set_requires_grad(true));
  }

protected:
  [[nodiscard]] std::vector<at::Tensor> leavesOf(std::size_t worker) const override { return {m_leaves[worker]}; }

  [[nodiscard]] SequenceLoss backward(std::span<const TrainingSequence* const> sequences, std::size_t worker,
                                      std::uint64_t, const JobContext& context) override {
    std::vector<TrainingSequence> written;
    std::vector<const TrainingSequence*> pointers;
    written.reserve(sequences.size());
    for (const TrainingSequence* sequence : sequences) {
      written.push_back(*sequence);
      written.back().states = m_embeddings;
      pointers.push_back(&written.back());
    }
    SequenceLoss loss = learner().backward(pointers, {}, true, context);
    at::Tensor& gradient = m_leaves[worker].mutable_grad();
    for (const at::Tensor& slope : loss.stateSlopes) gradient = gradient.defined() ? gradient.add_(slope) : slope;
    return loss;
  }

private:
  at::Tensor m_embeddings;  // [K, D]
  std::vector<at::Tensor> m_leaves;
};

class PromptLearning {
public:
  PromptLearning(LanguageModel& model, const LearnPromptRequest& request, std::vector<std::int32_t> start,
                 std::vector<int> layers, JobContext& context, const std::function<void(const SoftPrompt&)>& sink)
      : m_model(model), m_request(request), m_start(std::move(start)), m_context(context), m_sink(sink) {
    m_result.name = request.name.empty() ? "learned prompt" : request.name;
    m_result.model = model.card.ref;
    m_result.text = request.text;
    m_result.layers = std::move(layers);
  }

  Outcome<SoftPrompt> run() {
    const auto begin = std::chrono::steady_clock::now();
    if (const auto read = readTexts(); !read) return read.failure<SoftPrompt>();
    m_embeddings =
        [&] {
          const at::InferenceMode inference;
          return m_model.transformer->embed({m_start})[0].to(at::kFloat);
        }()
            .clone();
    const at::Tensor before = m_embeddings.clone();
    if (const auto learned = learn(); !learned) return learned.failure<SoftPrompt>();
    if (m_heldOut.size() < 2 && m_result.heldOutStates > 0)
      m_result.warnings.emplace_back("One text was held out: there is no state of another text to hold beside it.");
    if (m_result.heldOutStates > 0)
      measure(before);
    else
      m_result.warnings.emplace_back("Fewer than seven texts: none was held out.");
    m_result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    return std::move(m_result);
  }

private:
  struct HeldOutText {
    at::Tensor states;                              // [L', t, D]
    std::vector<std::vector<std::int32_t>> wanted;  // of each place: the model's likeliest token 0 .. ahead places on
  };

  [[nodiscard]] const std::vector<std::string>& texts() const {
    return m_request.texts.empty() ? builtinTexts() : m_request.texts;
  }
  [[nodiscard]] bool isHeldOut(std::size_t text) const { return FitMapRequest::isHeldOut(text, texts().size()); }

  Outcome<Done> readTexts() {
    const at::InferenceMode inference;
    const std::size_t steps = static_cast<std::size_t>(m_request.steps),
                      batch = static_cast<std::size_t>(m_request.batch);
    const std::size_t bytes = static_cast<std::size_t>((m_request.ahead + 2) * m_model.card.width) * sizeof(float);
    const std::size_t wanted = std::min(steps * batch, std::max(batch, kExampleBytes / bytes));
    std::size_t seen = 0;
    for (std::size_t text = 0; text < texts().size(); ++text) seen += !isHeldOut(text);
    std::mt19937_64 random(m_request.seed);
    for (std::size_t text = 0; text < texts().size(); ++text) {
      m_context.progress("Reading states", "texts", static_cast<std::int64_t>(text), std::ssize(texts()));
      if (isHeldOut(text) && m_result.heldOutStates >= kHeldOutStates) continue;
      auto ids = m_model.text.encode(Prompt::plain(texts()[text]));
      if (!ids) return ids.failure<Done>();
      if (const auto fits = checkContext(m_model, std::ssize(*ids)); !fits) return fits;
      // Token 0 is an attention sink; behind the last one that is read there are `ahead` more.
      const std::int64_t places = std::ssize(*ids) - 1 - m_request.ahead;
      if (places < 1) continue;
      const CapturedRun run = captureResiduals(m_model, *ids, m_context, {}, {}, Keys::Dropped);
      const at::Tensor said = m_model.transformer->finalNorm(run.residuals[run.layers() - 1]);  // [T, D]
      if (isHeldOut(text))
        holdOut(run, said, places);
      else
        draw(run, said, places, wanted / seen + 1, random);
    }
    if (m_examples.empty())
      return tooLittle("none of more than " + std::to_string(1 + m_request.ahead) + " tokens", "longer texts");
    shuffle(m_examples, random);
    return Done{};
  }

  void draw(const CapturedRun& run, const at::Tensor& said, std::int64_t places, std::size_t count,
            std::mt19937_64& random) {
    const std::int64_t length = std::ssize(m_start);
    for (std::size_t i = 0; i < count; ++i) {
      const auto place = static_cast<std::int64_t>(1 + random() % static_cast<std::uint64_t>(places));
      const int layer = m_result.layers[random() % m_result.layers.size()];
      TrainingSequence example{.ids = m_start, .answerFirst = length};
      // The token behind the last answer is never looked at.
      for (std::int64_t next = place + 1; next <= place + 1 + m_request.ahead; ++next)
        example.ids.push_back(next < std::ssize(run.ids) ? run.ids[static_cast<std::size_t>(next)] : run.ids.back());
      example.weight = 1.0 / (m_request.ahead + 1);
      example.placed = run.residuals[layer][place].to(at::kFloat).clone();
      example.placedAt = length - 1;
      example.placedLayer = layer;
      example.goals = said.narrow(0, place, m_request.ahead + 1).to(at::kFloat).clone();
      m_examples.push_back(std::move(example));
    }
  }

  void holdOut(const CapturedRun& run, const at::Tensor& said, std::int64_t places) {
    const std::int64_t count =
        std::min<std::int64_t>({places, kStatesOfText, std::int64_t{kHeldOutStates} - m_result.heldOutStates});
    const at::Tensor best = m_model.transformer->unembed(said).argmax(-1).to(at::kCPU);  // [T]
    HeldOutText text;
    std::vector<at::Tensor> states;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t place = 1 + i * places / count;
      std::vector<at::Tensor> layers;
      for (const int layer : m_result.layers) layers.push_back(run.residuals[layer][place]);
      states.push_back(at::stack(layers));
      std::vector<std::int32_t> wanted;
      for (std::int64_t next = place; next <= place + m_request.ahead; ++next)
        wanted.push_back(static_cast<std::int32_t>(best[next].item<std::int64_t>()));
      text.wanted.push_back(std::move(wanted));
    }
    text.states = at::stack(states, 1);
    m_heldOut.push_back(std::move(text));
    m_result.heldOutStates += static_cast<int>(count);
  }

  Outcome<Done> learn() {
    TrainingSettings settings;
    settings.steps = m_request.steps;
    settings.batch = m_request.batch;
    settings.seed = m_request.seed;
    settings.optimizer.weightDecay = 0;
    settings.schedule.learningRate = m_request.learningRate;
    settings.schedule.warmUp = std::min<std::int64_t>(kWarmUp, m_request.steps);
    const SequenceLearner learner(*m_model.transformer, -1, m_context,
                                  scalarTypeOf(settings.compute, m_model.transformer->options().device()));
    EmbeddingTrainer trainer(learner, m_embeddings, settings);
    std::vector<TrainingSequence> batch;
    std::size_t next = 0;
    for (int step = 0; step < m_request.steps; ++step) {
      m_context.letOthersThrough();
      m_context.progress("Learning", "steps", step, m_request.steps);
      batch.clear();
      for (int i = 0; i < m_request.batch; ++i) batch.push_back(m_examples[next++ % m_examples.size()]);
      const auto stepped = trainer.step(batch, m_context);
      if (!stepped) return stepped.failure<Done>();
      m_result.losses.push_back(static_cast<float>(stepped->loss / std::log(2.0)));
      // What is there at Stop is a prompt too.
      m_result.embeddings = toHost(m_embeddings, {"place", "width"}, "residual units");
      m_result.hash = m_result.contentHash();
      if (m_sink) m_sink(m_result);
    }
    return Done{};
  }

  /// The three arms on the states held out.
  void measure(const at::Tensor& before) {
    const std::int64_t layers = std::ssize(m_result.layers), steps = m_request.ahead + 1;
    std::vector<float> shares(static_cast<std::size_t>(SoftPrompt::kArms * layers * steps), 0);
    const at::TensorOptions options = m_model.transformer->options();
    for (int arm = 0; arm < SoftPrompt::kArms; ++arm) {
      if (arm == SoftPrompt::OtherState && m_heldOut.size() < 2) {
        std::fill(shares.begin() + arm * layers * steps, shares.end(), std::nanf(""));
        break;
      }
      FutureLens lens(m_model,
                      {.ids = m_start, .embeddings = (arm == SoftPrompt::Text ? before : m_embeddings).to(options)},
                      m_request.ahead);
      for (std::size_t text = 0; text < m_heldOut.size(); ++text) {
        m_context.letOthersThrough();
        const at::InferenceMode inference;
        m_context.progress("Reading held-out states", "texts",
                           static_cast<std::int64_t>(static_cast<std::size_t>(arm) * m_heldOut.size() + text),
                           SoftPrompt::kArms * std::ssize(m_heldOut));
        at::Tensor states = m_heldOut[text].states;
        if (arm == SoftPrompt::OtherState) states = statesOfAnother(text);
        const auto read = lens.readEach(states, m_context, m_result.layers);
        addRight(read, text, std::span(shares).subspan(static_cast<std::size_t>(arm * layers * steps)));
      }
    }
    m_result.right =
        HostArray({SoftPrompt::kArms, layers, steps}, {"arm", "layer", "ahead"}, "share", std::move(shares));
  }

  /// Adds the share of places for which each layer says the model's token, at every distance: shares [L, A + 1].
  void addRight(const std::vector<at::Tensor>& read, std::size_t text, std::span<float> shares) const {
    const Transformer& transformer = *m_model.transformer;
    const auto& wanted = m_heldOut[text].wanted;
    for (std::size_t step = 0; step < read.size(); ++step) {
      const at::Tensor best = transformer.unembed(transformer.finalNorm(read[step])).argmax(-1).to(at::kCPU);  // [L, t]
      for (std::int64_t layer = 0; layer < best.size(0); ++layer)
        for (std::int64_t place = 0; place < best.size(1); ++place)
          if (best[layer][place].item<std::int64_t>() == wanted[static_cast<std::size_t>(place)][step])
            shares[static_cast<std::size_t>(layer) * read.size() + step] +=
                1.0F / static_cast<float>(m_result.heldOutStates);
    }
  }

  /// As many states, of another text.
  [[nodiscard]] at::Tensor statesOfAnother(std::size_t text) const {
    const at::Tensor& own = m_heldOut[text].states;
    const at::Tensor& other = m_heldOut[(text + 1) % m_heldOut.size()].states;
    std::vector<std::int64_t> places;
    for (std::int64_t place = 0; place < own.size(1); ++place) places.push_back((place + 1) % other.size(1));
    return other.index_select(1, at::tensor(places, at::kLong).to(other.device()));
  }

  LanguageModel& m_model;
  const LearnPromptRequest& m_request;
  std::vector<std::int32_t> m_start;
  JobContext& m_context;
  const std::function<void(const SoftPrompt&)>& m_sink;
  at::Tensor m_embeddings;  // [K, D], float32
  std::vector<TrainingSequence> m_examples;
  std::vector<HeldOutText> m_heldOut;
  SoftPrompt m_result;
};

Outcome<SoftPrompt> fromFile(const LanguageModel& model, const LearnPromptRequest& request) {
  auto prompt = readSoftPrompt(request.file);
  if (!prompt) return prompt;
  if (prompt->embeddings.extent(1) != model.card.width) {
    return Error{.code = "SOFT-03",
                 .what = "the prompt does not fit the model",
                 .file = request.file,
                 .field = "embeddings",
                 .found = "width " + std::to_string(prompt->embeddings.extent(1)),
                 .expected = "width " + std::to_string(model.card.width),
                 .advice = "Open the model it was learned with: " + prompt->model.name + "."};
  }
  if (prompt->model.fingerprint != model.card.ref.fingerprint)
    prompt->warnings.push_back("The prompt was learned with another model: " + prompt->model.name + ".");
  if (!request.name.empty()) prompt->name = request.name;
  prompt->model = model.card.ref;
  return prompt;
}

}  // namespace

Outcome<SoftPrompt> runLearnPrompt(LanguageModel& model, const LearnPromptRequest& request, JobContext& context,
                                   const std::function<void(const SoftPrompt&)>& sink) {
  // Gradients need tensors that InferenceMode does not make, and a paused run may be below this one.
  const at::InferenceMode off(false);
  if (!request.file.empty()) return fromFile(model, request);
  if (auto wrong = refused(request)) return *wrong;
  auto start = model.text.encode(Prompt::plain(request.text));
  if (!start) return start.failure<SoftPrompt>();
  if (start->size() < 2) return refusal("text", "'" + request.text.substr(0, 60) + "'", "a text of two tokens or more");
  if (const auto fits = checkContext(model, std::ssize(*start) + request.ahead + 1); !fits)
    return fits.failure<SoftPrompt>();
  auto layers = resolveLayers(request.layers, model.card.layers, "layers");
  if (!layers) return layers.failure<SoftPrompt>();
  return PromptLearning(model, request, std::move(*start), std::move(*layers), context, sink).run();
}

}  // namespace patchbay
