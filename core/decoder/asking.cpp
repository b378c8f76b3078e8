#include "core/decoder/asking.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iomanip>
#include <optional>
#include <random>
#include <sstream>

#include "core/analysis/captured_run.h"
#include "core/analysis/state_map.h"
#include "core/data/builtin_texts.h"
#include "core/data/decoder_example.h"

namespace patchbay {
namespace {

using Clock = std::chrono::steady_clock;
using Stream = std::function<void(const StreamedTokens&)>;

/// Tokens beyond those needed of a text that stands for another prompt.
constexpr std::size_t kMoreTokens = 16;

int lengthOf(const AskedSpan& span) { return span.lastToken - span.firstToken + 1; }

std::int64_t countOf(const std::vector<AskedSpan>& spans) {
  std::int64_t count = 0;
  for (const AskedSpan& span : spans) count += lengthOf(span);
  return count;
}

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
  Asking(LanguageModel& model, const LanguageModel& reader, LoadedDecoder& decoder, const AskRequest& request,
         JobContext& context, const Stream& stream)
      : m_model(model),
        m_reader(reader),
        m_decoder(decoder),
        m_request(request),
        m_context(context),
        m_stream(stream) {}

  Outcome<AskResult> run() {
    const auto ids = m_model.text.encode(m_request.prompt);
    if (!ids) return ids.failure<AskResult>();
    m_ids = *ids;
    if (const auto fits = checkContext(m_model, std::ssize(m_ids)); !fits) return fits.failure<AskResult>();
    if (const auto placed = place(); !placed) return placed.failure<AskResult>();
    if (const auto mapped = takeMap(); !mapped) return mapped.failure<AskResult>();
    warn();
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
    for (const AskedSpan& span : m_request.spans) {
      const auto first = resolveToken(span.firstToken, m_ids.size(), "tokens");
      const auto last = resolveToken(span.lastToken, m_ids.size(), "tokens");
      const auto layer = resolveLayer(span.layer, m_model.card.layers, "layers");
      if (!first) return first.failure<Done>();
      if (!last) return last.failure<Done>();
      if (!layer) return layer.failure<Done>();
      m_result.spans.push_back({std::min(*first, *last), std::max(*first, *last), *layer});
    }
    const std::int64_t room = m_reader.card.contextLength - m_request.sampling.maxNewTokens;
    m_result.readIds =
        m_decoder.trained.frame().prompt(m_decoder.recall.handed(countOf(m_result.spans)), m_request.question);
    m_result.firstPlace = static_cast<int>(m_decoder.trained.frame().firstPlace());
    if (const auto length = std::ssize(m_result.readIds); length > room)
      return refused("cells", std::to_string(length) + " tokens of states and question",
                     "at most " + std::to_string(room));
    return Done{};
  }

  /// The layers whose states can be handed over, and what they go through.
  Outcome<Done> takeMap() {
    const auto& map = m_request.affine.map;
    for (int layer = 0; layer < m_model.card.layers; ++layer)
      if (!map || map->targetOf(layer, m_model.card.layers, m_reader.card.layers)) m_readable.push_back(layer);
    // At all layers it does not matter which one was named: the nearest that can be read stands for it.
    const auto apart = [](int layer, const AskedSpan& span) { return std::abs(layer - span.layer); };
    for (AskedSpan& span : m_result.spans)
      if (m_request.atAllLayers && !m_readable.empty())
        span.layer = *std::ranges::min_element(m_readable, {}, [&](int layer) { return apart(layer, span); });
    std::vector<std::pair<int, int>> pairs;
    for (const AskedSpan& span : m_result.spans) pairs.emplace_back(span.layer, readAs(span.layer));
    const bool isPlain = m_request.affine.isEmpty() && &m_reader == &m_model;
    auto mapper = StateMapper::make(m_model, m_reader.card, isPlain ? StateMap::Identity : StateMap::Affine,
                                    m_request.affine, pairs, m_context);
    if (!mapper) return mapper.failure<Done>();
    m_mapper.emplace(std::move(*mapper));
    return Done{};
  }

  /// The reader's layer that a layer's states are handed over as.
  [[nodiscard]] int readAs(int layer) const {
    const int same = sameDepth(layer, m_model.card.layers, m_reader.card.layers);
    const auto& map = m_request.affine.map;
    return map ? map->targetOf(layer, m_model.card.layers, m_reader.card.layers).value_or(same) : same;
  }

  /// States of a layer as the decoder gets them, [n, D*].
  [[nodiscard]] at::Tensor handed(const at::Tensor& states, int layer) const {
    const at::Tensor like = at::empty({0}, m_reader.transformer->options().dtype(at::kFloat));
    return m_decoder.recall((*m_mapper)(states, like, layer, readAs(layer)), readAs(layer));
  }

  /// What the map loses of the first span's states.
  void warnOfMap() {
    const auto& map = m_request.affine.map;
    if (!map) return;
    const int layer = m_result.spans.front().layer;
    const auto pair = static_cast<std::size_t>(map->pairOf(layer, readAs(layer)));
    std::ostringstream words;
    words << "The states of L" << layer << " go through a map into L" << readAs(layer) << " of "
          << m_reader.card.ref.name << ", which explains " << std::fixed << std::setprecision(2) << map->heldOutR2[pair]
          << " of the variance on texts held out: what it loses cannot be read.";
    m_result.warnings.push_back(words.str());
  }

  /// What the decoder was not trained for.
  void warn() {
    const std::int64_t count = countOf(m_result.spans);
    const auto& layers = m_decoder.card.recipe.readLayers;
    const auto isKnown = [&](const AskedSpan& span) {
      return layers.empty() || std::ranges::count(layers, readAs(span.layer)) > 0;
    };
    warnOfMap();
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
      parts.push_back(handed(m_residuals[span.layer].narrow(0, span.firstToken, lengthOf(span)), span.layer));
    return at::cat(parts);  // [n, D*]
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
    const std::int64_t count = countOf(atLayer(m_result.spans, 0));
    m_result.readIds = m_decoder.trained.frame().prompt(m_decoder.recall.handed(count), m_request.question);
    for (const int layer : m_readable) {
      const at::Tensor states = statesOf(atLayer(m_result.spans, layer));
      m_result.layers.push_back(
          {layer, ask(m_decoder.trained, states, m_request.question, kFirstAskLayerLane + layer)});
      m_context.progress("Asking", "layers", std::ssize(m_result.layers), std::ssize(m_readable));
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
    return length + m_request.sampling.maxNewTokens <= m_reader.card.contextLength;
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
      parts.push_back(handed(residuals[span.layer].narrow(0, first, lengthOf(span)), span.layer));
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
    const bool isElsewhere = others.empty();
    for (std::int64_t token = std::ssize(m_ids) > 1 ? 1 : 0; isElsewhere && token < std::ssize(m_ids); ++token)
      others.push_back(token);
    const auto layerFor = [&](int layer) {
      if (!isElsewhere) return layer;
      const auto place = static_cast<std::size_t>(std::ranges::find(m_readable, layer) - m_readable.begin());
      return m_readable[(place + m_readable.size() / 2) % m_readable.size()];
    };
    const auto start = static_cast<std::size_t>(random() % others.size());
    std::vector<at::Tensor> parts;
    for (const AskedSpan& span : m_result.spans) {
      std::vector<std::int64_t> taken;
      for (int i = 0; i < lengthOf(span); ++i)
        taken.push_back(others[(start + static_cast<std::size_t>(i)) % others.size()]);
      const int layer = layerFor(span.layer);
      if (about.empty()) about = formatCell(static_cast<int>(taken.front()), layer);
      const at::Tensor rows = at::tensor(taken, at::kLong).to(m_residuals.device());
      parts.push_back(handed(m_residuals[layer].index_select(0, rows), layer));
    }
    return at::cat(parts);
  }

  LanguageModel& m_model;
  const LanguageModel& m_reader;
  LoadedDecoder& m_decoder;
  const AskRequest& m_request;
  JobContext& m_context;
  const Stream& m_stream;
  std::vector<std::int32_t> m_ids;
  std::vector<int> m_readable;  // layers
  std::optional<StateMapper> m_mapper;
  at::Tensor m_residuals;
  AskResult m_result;
};

}  // namespace

Outcome<LoadedDecoder> loadDecoder(const std::string& folder, const std::string& wanted, const LanguageModel& reader) {
  auto stored = readDecoder(folder, reader);
  if (!stored) {
    if (!stored.isError() || stored.error().code != "DEC-03") return stored.failure<LoadedDecoder>();
    Error foreign = stored.error();
    foreign.advice =
        "Open the decoder's model too and ask through a map fitted between the two, or choose a decoder of this one.";
    return foreign;
  }
  const auto digest = checkDecoder(folder, wanted);
  if (!digest) return digest.failure<LoadedDecoder>();
  auto trained = Decoder::of(reader, &stored->adapter, stored->card.recipe.writeLayer);
  if (!trained) return trained.failure<LoadedDecoder>();
  auto untrained = Decoder::of(reader, nullptr, stored->card.recipe.writeLayer);
  if (!untrained) return untrained.failure<LoadedDecoder>();
  return LoadedDecoder{.card = std::move(stored->card),
                       .digest = *digest,
                       .trained = std::move(*trained),
                       .untrained = std::move(*untrained),
                       .recall = std::move(stored->recall)};
}

Outcome<AskResult> runAsk(LanguageModel& model, const LanguageModel& reader, LoadedDecoder& decoder,
                          const AskRequest& request, JobContext& context, const Stream& stream) {
  const auto start = Clock::now();
  Asking asking(model, reader, decoder, request, context, stream);
  auto result = asking.run();
  if (result) result->seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return result;
}

}  // namespace patchbay
