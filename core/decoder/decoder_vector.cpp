#include "core/decoder/decoder_vector.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <optional>
#include <random>

#include "core/analysis/captured_run.h"
#include "core/data/question_data.h"
#include "core/decoder/decoder_frame.h"
#include "core/decoder/example_stream.h"
#include "core/decoder/wish_target.h"
#include "core/model/adapted_model.h"
#include "core/model/adapter_file.h"
#include "core/model/generator.h"
#include "core/model/steering_edits.h"
#include "core/tensor/host_copy.h"
#include "core/train/compute_type.h"
#include "core/train/sequence_loss.h"
#include "core/train/state_graph.h"

namespace patchbay {
namespace {

using Clock = std::chrono::steady_clock;
using Ids = std::vector<std::int32_t>;

constexpr std::size_t kPrompts = 24, kHeldOut = 20, kBatch = 6;
constexpr int kMostRank = 1024;
constexpr int kOwnTokens = 24;      ///< of the plain model's own text behind each prompt
constexpr double kReached = 0.05;   ///< nats: the decoder says the wish as good as surely
constexpr std::size_t kSmooth = 4;  ///< steps over which that is a mean

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Error refusal(const std::string& field, const std::string& found, const std::string& expected) {
  return {.code = "DVEC-01",
          .what = "a decoder cannot make a vector of this wish",
          .file = {},
          .field = field,
          .found = found,
          .expected = expected,
          .advice = "Correct the wish."};
}

Error noNumber(int step) {
  return {.code = "DVEC-02",
          .what = "the loss is no number any more",
          .file = {},
          .field = "step",
          .found = std::to_string(step),
          .expected = "a finite loss",
          .advice = "Take a smaller learning rate or a smaller largest norm."};
}

bool isPositive(double value) { return std::isfinite(value) && value > 0; }

/// Why an adapter cannot be written where it is wanted, told before the descent.
std::optional<Error> refusedFolder(const std::string& folder) {
  if (folder.empty()) return refusal("folder", "nothing", "where the adapter is written");
  std::error_code failure;
  if (std::filesystem::exists(folder + "/adapter_config.json", failure)) {
    return Error{.code = "DVEC-03",
                 .what = "an adapter lies in this folder already",
                 .file = folder,
                 .field = "folder",
                 .found = "adapter_config.json",
                 .expected = "another folder",
                 .advice = "Choose another folder, or remove the adapter that is there."};
  }
  std::filesystem::create_directories(folder, failure);
  if (failure) return refusal("folder", folder.substr(0, 200), "a folder that can be written");
  std::filesystem::remove(folder, failure);
  return std::nullopt;
}

std::optional<Error> refused(const DecoderVectorRequest& request, int layers) {
  if (request.question.empty()) return refusal("question", "nothing", "what the decoder is to be asked");
  if (request.answer.empty()) return refusal("answer", "nothing", "what the decoder is to say");
  if (request.layer < 0 || request.layer >= layers - 1)
    return refusal("layer", std::to_string(request.layer), "0 to " + std::to_string(layers - 2));
  if (request.rank < 0 || request.rank > kMostRank)
    return refusal("rank", std::to_string(request.rank), "0 to " + std::to_string(kMostRank));
  if (request.rank > 0)
    if (auto error = refusedFolder(request.folder)) return error;
  if (request.steps < 1) return refusal("steps", std::to_string(request.steps), "1 or more");
  if (!isPositive(request.largestNorm)) return refusal("largest norm", std::to_string(request.largestNorm), "above 0");
  if (!isPositive(request.plainWeight) && request.plainWeight != 0)
    return refusal("plain weight", std::to_string(request.plainWeight), "0 or more");
  if (!isPositive(request.learningRate))
    return refusal("learning rate", std::to_string(request.learningRate), "above 0");
  if (request.generateTokens < 1) return refusal("tokens", std::to_string(request.generateTokens), "1 or more");
  return std::nullopt;
}

/// The messages that the descent and the mean difference are made from, spread evenly over all that are not held out.
std::vector<std::string> seenMessages() {
  const std::vector<std::string>& all = builtinQuestionData().stimuli.seen;
  const std::size_t count = std::min(kPrompts, all.size());
  std::vector<std::string> spread;
  for (std::size_t i = 0; i < count; ++i) spread.push_back(all[i * all.size() / count]);
  return spread;
}

class Descent {
public:
  Descent(LanguageModel& model, const StoredDecoder& decoder, const DecoderVectorRequest& request, DecoderFrame frame,
          JobContext& context, const std::function<void(const DecoderVectorResult&)>& sink)
      : m_model(model),
        m_decoder(decoder),
        m_request(request),
        m_frame(std::move(frame)),
        m_context(context),
        m_sink(sink),
        m_adapter(adapterOn(decoder.adapter, model.transformer->options().device())),
        m_reader(*model.transformer, decoder.card.recipe.writeLayer, context,
                 scalarTypeOf(ComputeKind::Fastest, model.transformer->options().device())),
        m_plain(m_reader.writingAt(request.layer)),
        m_random(request.seed) {
    if (request.rank > 0)
      m_target = adapterTarget(m_plain, request.layer, request.rank, request.largestNorm, request.seed);
    else
      m_target = vectorTarget(model.transformer->options().dtype(at::kFloat), model.card.width, request.largestNorm);
  }

  Outcome<DecoderVectorResult> run() {
    const auto start = Clock::now();
    warn();
    if (const auto checked = checkWords(); !checked) return checked.failure<DecoderVectorResult>();
    if (const auto made = writeOwnTexts(); !made) return made.failure<DecoderVectorResult>();
    if (const auto gone = descend(); !gone) return gone.failure<DecoderVectorResult>();
    if (m_request.rank == 0) keepVector();
    if (const auto kept = keepAdapter(); !kept) return kept.failure<DecoderVectorResult>();
    if (const auto tried = tryArms(); !tried) return tried.failure<DecoderVectorResult>();
    m_result.seconds = secondsSince(start);
    return std::move(m_result);
  }

private:
  void warn() {
    const auto& known = m_decoder.card.recipe.readLayers;
    if (!std::ranges::count(known, m_request.layer))
      m_result.warnings.push_back("the decoder never learned to read layer " + std::to_string(m_request.layer));
  }

  /// A user's message, with or without the wish as a system message; a plain text where the model knows no chats.
  [[nodiscard]] Prompt promptOf(const std::string& message, bool hasWish) const {
    if (!m_model.text.chatTemplate)
      return Prompt::plain(hasWish ? m_request.words + "\n\n" + message + "\n" : message + "\n");
    Prompt prompt{.isChat = true, .text = {}, .messages = {}};
    if (hasWish && m_hasSystem) prompt.messages.push_back({"system", m_request.words});
    prompt.messages.push_back({"user", hasWish && !m_hasSystem ? m_request.words + "\n\n" + message : message});
    return prompt;
  }

  /// What cannot be compared is told of before the descent, not behind it.
  Outcome<Done> checkWords() {
    if (m_request.words.empty()) return Done{};
    const std::string& message = builtinQuestionData().stimuli.heldOut.front();
    if (m_model.text.chatTemplate && !m_model.text.render(promptOf(message, true))) m_hasSystem = false;
    const auto ids = m_model.text.encode(promptOf(message, true));
    if (!ids) return ids.failure<Done>();
    // Other messages are little longer.
    return checkContext(m_model, 2 * std::ssize(*ids) + m_request.generateTokens);
  }

  Outcome<Done> writeOwnTexts() {
    const std::vector<std::string> messages = seenMessages();
    for (std::size_t i = 0; i < messages.size(); ++i) {
      m_context.progress("Writing the plain model's own texts", "prompts", static_cast<std::int64_t>(i),
                         std::ssize(messages));
      const at::InferenceMode inference;
      auto ids = m_model.text.encode(promptOf(messages[i], false));
      if (!ids) return ids.failure<Done>();
      // Drawn as the model has it: the mean of -log p over such texts is the divergence from it, but for a constant.
      Sampling drawn;
      drawn.temperature = 1;
      drawn.maxNewTokens = kOwnTokens;
      drawn.seed = m_request.seed + i;
      JobContext quiet = m_context.quiet();
      const auto own = generate(m_model, *ids, drawn, {}, quiet);
      if (!own) return own.failure<Done>();
      OwnText text;
      text.sequence.answerFirst = std::ssize(*ids);
      for (const GeneratedToken& token : own->generation.tokens) ids->push_back(token.token.id);
      if (std::ssize(*ids) == text.sequence.answerFirst) continue;
      text.sequence.weight = 1 / static_cast<double>(std::ssize(*ids) - text.sequence.answerFirst);
      text.sequence.states = statesAt(m_model, {*ids}, m_request.layer, m_context).clone();
      text.sequence.ids = std::move(*ids);
      m_texts.push_back(std::move(text));
    }
    if (m_texts.empty()) return refusal("model", "no text of its own", "a model that goes on with a prompt");
    if (m_request.rank > 0) takeStatesOfGraph();
    std::vector<const TrainingSequence*> sequences;
    for (const OwnText& text : m_texts) sequences.push_back(&text.sequence);
    const SequenceLoss loss = m_plain.evaluate(sequences, {}, m_context);
    double norms = 0;
    for (std::size_t i = 0; i < m_texts.size(); ++i) {
      m_texts[i].plainLoss = loss.each[i];
      const at::Tensor& states = m_texts[i].sequence.states;
      norms += states.narrow(0, 1, states.size(0) - 1).norm(2, {-1}).mean().item<double>();
    }
    m_meanNorm = norms / static_cast<double>(m_texts.size());
    return Done{};
  }

  /// What an adapter moves states away from is computed as it computes them.
  void takeStatesOfGraph() {
    for (OwnText& text : m_texts) {
      const TrainingSequence* one = &text.sequence;
      text.sequence.states = StateGraph(m_plain, {&one, 1}, {}, m_request.layer, m_context).states().front();
    }
  }

  Outcome<Done> descend() {
    for (int step = 0; step < m_request.steps; ++step) {
      m_context.letOthersThrough();
      m_context.progress("Descending", "steps", step, m_request.steps);
      std::vector<at::Tensor> slopes;
      const WishPoint point = slopesAt(step, slopes);
      if (!std::isfinite(point.wishLoss) || !std::isfinite(point.plainLoss)) return noNumber(step);
      m_result.points.push_back(point);
      keepVector();
      if (m_sink) m_sink(m_result);
      if (isReached()) break;
      m_target->descend(slopes, m_request.learningRate, m_context);
      if (!std::isfinite(m_target->norm())) return noNumber(step);
    }
    const bool isUntouched = m_result.points.size() == 1 && isReached();
    return m_request.rank > 0 && !isUntouched ? endOfAdapter() : Done{};
  }

  /// Where the last step led to: how far an adapter moves states is known only by moving them.
  Outcome<Done> endOfAdapter() {
    m_target->settle(m_texts, m_context);
    const double norm = m_target->norm();
    const at::Tensor shift = m_target->shift();
    std::vector<at::Tensor> unused;
    const int step = m_result.points.back().step + 1;
    WishPoint last = slopesAt(step, unused);
    last.norm = norm;
    if (!std::isfinite(last.wishLoss) || !std::isfinite(norm)) return noNumber(step);
    m_result.points.push_back(last);
    keepVector(shift);
    return Done{};
  }

  /// The losses of one batch, and their slopes at its states.
  WishPoint slopesAt(int step, std::vector<at::Tensor>& slopes) {
    std::vector<const OwnText*> texts;
    for (std::size_t i = 0; i < std::min(kBatch, m_texts.size()); ++i)
      texts.push_back(&m_texts[(static_cast<std::size_t>(step) * kBatch + i) % m_texts.size()]);
    const std::vector<at::Tensor> states = m_target->states(texts, m_context);
    std::vector<TrainingSequence> asked, own;
    std::vector<std::int64_t> firsts;
    double plain = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      own.push_back(texts[i]->sequence);
      own.back().states = states[i];
      plain += texts[i]->plainLoss;
      const std::int64_t tokens = states[i].size(0), length = std::min<std::int64_t>(kWindowTokens, tokens - 1);
      const auto first = static_cast<std::int64_t>(
          1 + m_random() % static_cast<std::uint64_t>(std::max<std::int64_t>(1, tokens - length)));
      firsts.push_back(std::min(first, tokens - length));
      DecoderExample example;
      example.question = m_request.question;
      example.answer = m_request.answer;
      const at::Tensor window = states[i].narrow(0, firsts.back(), length);
      asked.push_back(trainingSequence(m_frame, example, m_decoder.recall(window, m_request.layer)));
      asked.back().weight = 1;
    }
    const auto count = static_cast<double>(own.size());
    const auto pointers = [](const std::vector<TrainingSequence>& sequences) {
      std::vector<const TrainingSequence*> all;
      for (const TrainingSequence& sequence : sequences) all.push_back(&sequence);
      return all;
    };
    const SequenceLoss wish = m_reader.backward(pointers(asked), {.adapter = &m_adapter}, true, m_context);
    const SequenceLoss kept = m_plain.backward(pointers(own), {}, true, m_context);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      slopes.push_back(kept.stateSlopes[i] * (m_request.plainWeight / count));
      const at::Tensor ofWindow = m_decoder.recall.slopes(wish.stateSlopes[i], m_request.layer);
      slopes.back().narrow(0, firsts[i], ofWindow.size(0)).add_(ofWindow, 1 / count);
    }
    return {
        .step = step, .wishLoss = wish.sum / count, .plainLoss = (kept.sum - plain) / count, .norm = m_target->norm()};
  }

  [[nodiscard]] bool isReached() const {
    const auto& points = m_result.points;
    // Said without a vector: there is nothing to find.
    if (points.size() == 1) return points.front().wishLoss < kReached;
    if (points.size() < kSmooth) return false;
    double sum = 0;
    for (std::size_t i = points.size() - kSmooth; i < points.size(); ++i) sum += points[i].wishLoss;
    return sum / kSmooth < kReached;
  }

  void keepVector() { keepVector(m_target->shift()); }
  void keepVector(const at::Tensor& shift) {
    SteeringVector& vector = m_result.vector;
    vector.name = m_request.name.empty() ? m_request.answer : m_request.name;
    vector.model = m_model.card.ref;
    vector.method = "decoder gradient";
    vector.positives = {m_request.question + " " + m_request.answer};
    at::Tensor rows = at::zeros({m_model.card.layers, m_model.card.width}, at::kFloat);
    rows[m_request.layer].copy_(shift);
    at::Tensor norms = at::zeros({m_model.card.layers}, at::kFloat);
    norms[m_request.layer] = m_meanNorm;
    vector.rows = toHost(rows, {"layer", "width"}, "residual units");
    vector.meanNorms = toHost(norms, {"layer"}, "residual units");
  }

  /// Writes the adapter, where it is one.
  Outcome<Done> keepAdapter() {
    const Adapter* adapter = m_target->adapter();
    // One that changes nothing is none.
    if (!adapter || m_result.norm() == 0) return Done{};
    if (const auto written = writeAdapter(m_request.folder, *adapter, m_model.card.ref.path); !written) return written;
    m_result.adapter = m_request.folder;
    return Done{};
  }

  /// The states of the last token with the wish as a system message, minus those without, [D].
  Outcome<at::Tensor> meanDifference() {
    const at::InferenceMode inference;
    at::Tensor sum = at::zeros_like(m_target->shift());
    for (const std::string& message : seenMessages()) {
      for (const bool hasWish : {true, false}) {
        const auto ids = m_model.text.encode(promptOf(message, hasWish));
        if (!ids) return ids.failure<at::Tensor>();
        const at::Tensor states = statesAt(m_model, {*ids}, m_request.layer, m_context);
        sum.add_(states[-1], hasWish ? 1 : -1);
      }
    }
    return sum.clone();
  }

  /// What a held-out prompt is continued with: a model, and what is added to its states, undefined for nothing.
  struct Arm {
    WishArm arm;
    LanguageModel* model = nullptr;
    at::Tensor direction = {};
  };

  Outcome<Done> tryArms() {
    const at::Tensor shift = m_target->shift();
    const double norm = m_request.rank > 0 ? m_result.norm() : m_target->norm();
    if (norm == 0) {
      m_result.warnings.emplace_back("the decoder gives the wished answer without a change");
      return Done{};
    }
    const auto brought = [&](const at::Tensor& direction) { return direction * (norm / direction.norm()); };
    std::optional<LanguageModel> changed;
    if (m_target->adapter()) changed.emplace(adapted(m_model, m_target->adapter()));
    std::vector<Arm> arms{{.arm = WishArm::Plain, .model = &m_model}};
    if (changed)
      arms.push_back({.arm = WishArm::Wish, .model = &*changed});
    else
      arms.push_back({.arm = WishArm::Wish, .model = &m_model, .direction = shift});
    if (!m_request.words.empty()) {
      const auto difference = meanDifference();
      if (!difference) return difference.failure<Done>();
      if (difference->norm().item<double>() > 0) {
        arms.push_back({.arm = WishArm::MeanDifference, .model = &m_model, .direction = brought(*difference)});
        m_result.cosine = (at::dot(shift, *difference) / (shift.norm() * difference->norm())).item<double>();
      }
    }
    at::Tensor random = at::empty({m_model.card.width}, at::kFloat);
    std::normal_distribution<float> normal;
    for (std::int64_t i = 0; i < random.size(0); ++i) random[i] = normal(m_random);
    arms.push_back({.arm = WishArm::Random, .model = &m_model, .direction = brought(random)});
    const auto& all = builtinQuestionData().stimuli.heldOut;
    m_result.prompts.assign(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(kHeldOut, all.size())));
    std::int64_t done = 0;
    const std::int64_t total = std::ssize(arms) * std::ssize(m_result.prompts);
    std::vector<WishOutcome> outcomes;
    for (const Arm& arm : arms) {
      WishOutcome outcome{.arm = arm.arm, .texts = {}, .fulfilment = {}, .surprise = {}};
      for (const std::string& message : m_result.prompts) {
        m_context.progress("Trying held-out prompts", "texts", done++, total);
        if (const auto tried = tryPrompt(message, arm, outcome); !tried) return tried;
      }
      outcomes.push_back(std::move(outcome));
    }
    m_result.outcomes = std::move(outcomes);
    return Done{};
  }

  Outcome<Done> tryPrompt(const std::string& message, const Arm& arm, WishOutcome& outcome) {
    const at::InferenceMode inference;
    const auto ids = m_model.text.encode(promptOf(message, false));
    if (!ids) return ids.failure<Done>();
    HookPlan plan;
    if (arm.direction.defined())
      plan.addEdit({.site = Site::ResidPost,
                    .layer = m_request.layer,
                    .firstToken = 1,
                    .lastToken = {},
                    .apply = edits::addScaled(arm.direction.to(m_model.transformer->options()), 1, false)});
    Sampling greedy;
    greedy.maxNewTokens = m_request.generateTokens;
    JobContext quiet = m_context.quiet();
    const auto made = generate(*arm.model, *ids, greedy, plan, quiet);
    if (!made) return made.failure<Done>();
    outcome.texts.push_back(made->generation.text);
    if (m_request.words.empty()) return Done{};
    const auto told = m_model.text.encode(promptOf(message, true));
    if (!told) return told.failure<Done>();
    const double plainly = surpriseOf(*ids, made->generation), wished = surpriseOf(*told, made->generation);
    outcome.surprise.push_back(plainly);
    outcome.fulfilment.push_back(plainly - wished);
    return Done{};
  }

  /// -log p of a text behind a prompt under the plain model, in nats a token.
  double surpriseOf(const Ids& prompt, const Generation& text) {
    if (text.tokens.empty()) return 0;
    Ids all = prompt;
    std::vector<std::int64_t> targets;
    for (const GeneratedToken& token : text.tokens) {
      all.push_back(token.token.id);
      targets.push_back(token.token.id);
    }
    KvCache cache = m_model.transformer->newCache();
    const at::Tensor x = m_model.transformer->run({all}, cache, {}, m_context);  // [1, T, D]
    const at::Tensor ends = x.narrow(1, std::ssize(prompt) - 1, std::ssize(targets));
    const at::Tensor scores = at::log_softmax(m_model.transformer->readOut(ends, 0, {})[0].to(at::kFloat), -1);
    const at::Tensor wanted = at::tensor(targets, at::kLong).unsqueeze(1).to(scores.device());
    return -scores.gather(1, wanted).mean().item<double>();
  }

  LanguageModel& m_model;
  const StoredDecoder& m_decoder;
  const DecoderVectorRequest& m_request;
  DecoderFrame m_frame;
  JobContext& m_context;
  const std::function<void(const DecoderVectorResult&)>& m_sink;
  Adapter m_adapter;                  // the decoder's, where the model computes
  SequenceLearner m_reader, m_plain;  // the decoder, and the model itself
  std::unique_ptr<WishTarget> m_target;
  std::mt19937_64 m_random;
  std::vector<OwnText> m_texts;
  double m_meanNorm = 0;    // of states of those texts at the layer
  bool m_hasSystem = true;  // the chat template takes the wish as a system message
  DecoderVectorResult m_result;
};

}  // namespace

Outcome<DecoderVectorResult> runDecoderVector(LanguageModel& model, const StoredDecoder& decoder,
                                              const DecoderVectorRequest& request, JobContext& context,
                                              const std::function<void(const DecoderVectorResult&)>& sink) {
  // A paused analysis that let this through computes without gradients.
  const at::InferenceMode recording(false);
  if (const auto error = refused(request, model.card.layers)) return *error;
  if (request.rank > 0 && isAdapterFolder(model.card.ref.path))
    return refusal("model", "an adapter beside another model", "a model of its own: adapters do not stand on adapters");
  auto frame = DecoderFrame::of(model.text);
  if (!frame) return frame.failure<DecoderVectorResult>();
  return Descent(model, decoder, request, std::move(*frame), context, sink).run();
}

}  // namespace patchbay
