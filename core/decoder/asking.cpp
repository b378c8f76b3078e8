#include "core/decoder/asking.h"

#include <algorithm>
#include <chrono>
#include <random>

#include "core/analysis/captured_run.h"
#include "core/data/builtin_texts.h"
#include "core/data/decoder_example.h"

namespace patchbay {
namespace {

using Clock = std::chrono::steady_clock;
using Stream = std::function<void(const StreamedTokens&)>;

/// Tokens beyond those needed of a text that stands for another prompt.
constexpr std::size_t kMoreTokens = 16;

int lengthOf(const AskedSpan& span) { return span.lastToken - span.firstToken + 1; }

Error refused(std::string field, std::string found, std::string expected) {
  return {.code = "ASK-01",
          .what = "this cannot be asked",
          .file = {},
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Choose cells of the prompt and type a question."};
}

/// One question and everything that its answers are made from.
class Asking {
public:
  Asking(LanguageModel& model, LoadedDecoder& decoder, const AskRequest& request, JobContext& context,
         const Stream& stream)
      : m_model(model), m_decoder(decoder), m_request(request), m_context(context), m_stream(stream) {}

  Outcome<AskResult> run() {
    const auto ids = m_model.text.encode(m_request.prompt);
    if (!ids) return ids.failure<AskResult>();
    m_ids = *ids;
    if (const auto fits = checkContext(m_model, std::ssize(m_ids)); !fits) return fits.failure<AskResult>();
    if (const auto placed = place(); !placed) return placed.failure<AskResult>();
    m_result.tokens = m_model.text.facts(m_ids);
    const at::InferenceMode inference;
    m_residuals = captureResiduals(m_model, m_ids, m_context, {}, {}, Keys::Dropped).residuals;  // [L, T, D]
    if (m_request.atAllLayers)
      askLayers();
    else
      askOnce();
    return std::move(m_result);
  }

private:
  Outcome<Done> place() {
    if (m_request.question.empty()) return refused("question", "no question", "a question");
    if (m_request.spans.empty()) return refused("cells", "none", "one cell or more");
    std::int64_t count = 0;
    for (const AskedSpan& span : m_request.spans) {
      const auto first = resolveToken(span.firstToken, m_ids.size(), "tokens");
      const auto last = resolveToken(span.lastToken, m_ids.size(), "tokens");
      const auto layer = resolveLayer(span.layer, m_model.card.layers, "layers");
      if (!first) return first.failure<Done>();
      if (!last) return last.failure<Done>();
      if (!layer) return layer.failure<Done>();
      m_result.spans.push_back({std::min(*first, *last), std::max(*first, *last), *layer});
      count += lengthOf(m_result.spans.back());
    }
    const std::int64_t room = m_model.card.contextLength - m_request.sampling.maxNewTokens;
    const auto prompt = std::ssize(m_decoder.trained.frame().prompt(count, m_request.question));
    if (prompt > room)
      return refused("cells", std::to_string(prompt) + " tokens of states and question",
                     "at most " + std::to_string(room));
    warn(count);
    return Done{};
  }

  /// What the decoder was not trained for.
  void warn(std::int64_t count) {
    const auto& layers = m_decoder.card.recipe.readLayers;
    const auto isKnown = [&](const AskedSpan& span) {
      return layers.empty() || std::ranges::count(layers, span.layer) > 0;
    };
    if (!m_request.atAllLayers && !std::ranges::all_of(m_result.spans, isKnown))
      m_result.warnings.push_back("The decoder was trained on layers " + std::to_string(layers.front()) + " to " +
                                  std::to_string(layers.back()) + "; others may read as nothing.");
    if (count > kWindowTokens)
      m_result.warnings.push_back("The decoder was trained on at most " + std::to_string(kWindowTokens) +
                                  " states at once; here are " + std::to_string(count) + ".");
    if (std::ranges::any_of(m_result.spans, [](const AskedSpan& span) { return span.firstToken == 0; }))
      m_result.warnings.emplace_back("The first token is an attention sink: its state says nothing of the text.");
  }

  [[nodiscard]] at::Tensor statesOf(const std::vector<AskedSpan>& spans) const {
    std::vector<at::Tensor> parts;
    for (const AskedSpan& span : spans)
      parts.push_back(m_residuals[span.layer].narrow(0, span.firstToken, lengthOf(span)));
    return at::cat(parts);  // [n, D]
  }

  AskAnswer ask(Decoder& decoder, const at::Tensor& states, const std::string& question, int lane) {
    Decoder::Reading reading = decoder.read(states, question, m_context);
    AskAnswer answer;
    const std::vector<float> shares = sharesOf(decoder.scores(reading, m_request.choices, m_context));
    for (std::size_t i = 0; i < shares.size(); ++i) answer.choices.push_back({m_request.choices[i], shares[i]});
    std::ranges::stable_sort(answer.choices, std::greater{}, &RankedChoice::p);
    JobContext quiet = m_context.quiet();
    const GenerationSink sink = [&](const Generation& soFar) {
      if (m_stream) m_stream({lane, soFar});
    };
    answer.generation = decoder.answer(std::move(reading), m_request.sampling, quiet, sink);
    return answer;
  }

  void askOnce() {
    const at::Tensor states = statesOf(m_result.spans);
    const std::int64_t steps = m_request.hasControls ? 1 + std::ssize(kAskControls) : 1;
    m_context.progress("Asking", "answers", 0, steps);
    m_result.answer = ask(m_decoder.trained, states, m_request.question, 0);
    m_context.progress("Asking", "answers", 1, steps);
    if (!m_request.hasControls) return;
    int lane = 0;
    for (const AskControl control : kAskControls) {
      if (control == AskControl::TextOnly && !fitsAsText()) {
        m_result.warnings.emplace_back(
            "The prompt is too long to be asked about in plain words: that control is missing.");
        ++lane;
        continue;
      }
      ControlAnswer answer = askControl(control, states, ++lane);
      answer.overlap = wordOverlap(m_result.answer.generation.text, answer.answer.generation.text);
      m_result.controls.push_back(std::move(answer));
      m_context.progress("Asking", "answers", 1 + lane, steps);
    }
  }

  void askLayers() {
    // The same tokens at several layers are asked once.
    std::vector<AskedSpan> spans;
    for (const AskedSpan& span : m_result.spans) {
      const auto isSame = [&](const AskedSpan& other) {
        return other.firstToken == span.firstToken && other.lastToken == span.lastToken;
      };
      if (std::ranges::none_of(spans, isSame)) spans.push_back(span);
    }
    for (int layer = 0; layer < m_model.card.layers; ++layer) {
      for (AskedSpan& span : spans) span.layer = layer;
      m_result.layers.push_back(
          {layer, ask(m_decoder.trained, statesOf(spans), m_request.question, kFirstAskLayerLane + layer)});
      m_context.progress("Asking", "layers", layer + 1, m_model.card.layers);
      if (layer == m_result.spans.front().layer) m_result.answer = m_result.layers.back().answer;
    }
  }

  ControlAnswer askControl(AskControl control, const at::Tensor& states, int lane) {
    ControlAnswer made{.control = control, .answer = {}, .overlap = 0, .about = {}};
    const std::string& question = m_request.question;
    switch (control) {
      case AskControl::Zero: made.answer = ask(m_decoder.trained, at::zeros_like(states), question, lane); break;
      case AskControl::Shuffled:
        made.answer = ask(m_decoder.trained, statesOfAnotherPrompt(made.about), question, lane);
        break;
      case AskControl::RandomCell:
        made.answer = ask(m_decoder.trained, statesElsewhere(made.about), question, lane);
        break;
      case AskControl::TextOnly: {
        made.answer = ask(m_decoder.untrained, {}, askedAsText(), lane);
        break;
      }
      case AskControl::Untrained: made.answer = ask(m_decoder.untrained, states, question, lane); break;
    }
    return made;
  }

  /// The prompt as text, and the question behind it.
  [[nodiscard]] std::string askedAsText() const {
    std::string text = m_request.prompt.text;
    if (m_request.prompt.isChat) {
      text.clear();
      for (const ChatMessage& message : m_request.prompt.messages)
        text += (text.empty() ? "" : "\n") + message.role + ": " + message.content;
    }
    return text + "\n\n" + m_request.question;
  }
  [[nodiscard]] bool fitsAsText() const {
    const auto length = std::ssize(m_decoder.untrained.frame().prompt(0, askedAsText()));
    return length + m_request.sampling.maxNewTokens <= m_model.card.contextLength;
  }

  /// Neighbouring states of a text that comes with the program, as many as each span has, at its layer.
  at::Tensor statesOfAnotherPrompt(std::string& about) {
    std::mt19937_64 random(m_request.seed);
    int longest = 0;
    for (const AskedSpan& span : m_result.spans) longest = std::max(longest, lengthOf(span));
    const std::vector<std::string>& texts = builtinTexts();
    std::string text;
    std::vector<std::int32_t> ids;
    while (std::ssize(ids) < longest + 1) {
      text += (text.empty() ? "" : " ") + texts[static_cast<std::size_t>(random() % texts.size())];
      ids = m_model.text.tokenizer->encode(text);
    }
    ids.resize(std::min(ids.size(), static_cast<std::size_t>(longest) + kMoreTokens));
    const at::Tensor residuals = captureResiduals(m_model, ids, m_context, {}, {}, Keys::Dropped).residuals;
    const auto room = static_cast<std::uint64_t>(std::ssize(ids) - longest);
    const auto first = static_cast<std::int64_t>(1 + random() % room);
    about = m_model.text.tokenizer->decode(
        std::span(ids).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(longest)));
    std::vector<at::Tensor> parts;
    for (const AskedSpan& span : m_result.spans)
      parts.push_back(residuals[span.layer].narrow(0, first, lengthOf(span)));
    return at::cat(parts);
  }

  /// As many states of each span's layer from other places of the same prompt: neighbours where there is room, else
  /// single ones again and again.
  at::Tensor statesElsewhere(std::string& about) {
    std::mt19937_64 random(m_request.seed + 1);
    const auto isAsked = [&](std::int64_t token) {
      return std::ranges::any_of(
          m_result.spans, [&](const AskedSpan& span) { return token >= span.firstToken && token <= span.lastToken; });
    };
    std::vector<std::int64_t> others;
    for (std::int64_t token = 1; token < std::ssize(m_ids); ++token)
      if (!isAsked(token)) others.push_back(token);
    // Where every token was asked about, other layers are the only other cells.
    const int move = others.empty() ? m_model.card.layers / 2 : 0;
    for (std::int64_t token = std::ssize(m_ids) > 1 ? 1 : 0; move > 0 && token < std::ssize(m_ids); ++token)
      others.push_back(token);
    const auto start = static_cast<std::size_t>(random() % others.size());
    std::vector<at::Tensor> parts;
    for (const AskedSpan& span : m_result.spans) {
      std::vector<std::int64_t> taken;
      for (int i = 0; i < lengthOf(span); ++i)
        taken.push_back(others[(start + static_cast<std::size_t>(i)) % others.size()]);
      const int layer = (span.layer + move) % m_model.card.layers;
      if (about.empty()) about = formatCell(static_cast<int>(taken.front()), layer);
      parts.push_back(m_residuals[layer].index_select(0, at::tensor(taken, at::kLong).to(m_residuals.device())));
    }
    return at::cat(parts);
  }

  LanguageModel& m_model;
  LoadedDecoder& m_decoder;
  const AskRequest& m_request;
  JobContext& m_context;
  const Stream& m_stream;
  std::vector<std::int32_t> m_ids;
  at::Tensor m_residuals;
  AskResult m_result;
};

}  // namespace

Outcome<LoadedDecoder> loadDecoder(const std::string& folder, const std::string& wanted, const LanguageModel& model) {
  auto stored = readDecoder(folder, model);
  if (!stored) return stored.failure<LoadedDecoder>();
  const auto digest = checkDecoder(folder, wanted);
  if (!digest) return digest.failure<LoadedDecoder>();
  auto trained = Decoder::of(model, &stored->adapter, stored->card.recipe.writeLayer);
  if (!trained) return trained.failure<LoadedDecoder>();
  auto untrained = Decoder::of(model, nullptr, stored->card.recipe.writeLayer);
  if (!untrained) return untrained.failure<LoadedDecoder>();
  return LoadedDecoder{.card = std::move(stored->card),
                       .digest = *digest,
                       .trained = std::move(*trained),
                       .untrained = std::move(*untrained)};
}

Outcome<AskResult> runAsk(LanguageModel& model, LoadedDecoder& decoder, const AskRequest& request, JobContext& context,
                          const Stream& stream) {
  const auto start = Clock::now();
  Asking asking(model, decoder, request, context, stream);
  auto result = asking.run();
  if (result) result->seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace patchbay
