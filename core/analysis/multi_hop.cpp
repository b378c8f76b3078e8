#include "core/analysis/multi_hop.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/captured_run.h"
#include "core/analysis/sweep.h"
#include "core/analysis/text_batches.h"
#include "core/data/patchscope_list.h"
#include "core/data/token_places.h"

namespace patchbay {
namespace {

constexpr int kMostTokens = 100, kEveryLayer = 3;
constexpr std::size_t kBatch = 256, kMostLayers = 40;
/// Tokens of an answer in plain text; behind "step by step" the model may think first.
constexpr int kPlainTokens = 10, kStepTokens = 40;

class HopRun {
public:
  HopRun(LanguageModel& model, const MultiHopRequest& request, std::vector<int> layers, JobContext& context)
      : m_model(model), m_request(request), m_layers(std::move(layers)), m_context(context) {}

  Outcome<MultiHopResult> run() {
    if (const auto asked = askInWords(); !asked) return asked.failure<MultiHopResult>();
    if (m_result.items.empty()) {
      return Error{.code = "LIST-03",
                   .what = "the model itself knows both steps of none of the items",
                   .file = {},
                   .field = "items",
                   .found = std::to_string(m_result.unknown.size()) + " items",
                   .expected = "at least one",
                   .advice = "Take another list, or keep the items that it does not know."};
    }
    if (const auto read = readStates(); !read) return read.failure<MultiHopResult>();
    if (const auto asked = askPatched(); !asked) return asked.failure<MultiHopResult>();
    m_result.layers = m_layers;
    const std::int64_t side = std::ssize(m_layers);
    m_result.contains = HostArray({2, std::ssize(m_result.items), side, side}, {"arm", "item", "source", "target"},
                                  "share", std::move(m_contains));
    return std::move(m_result);
  }

private:
  [[nodiscard]] const HopItem& itemOf(const HoppedItem& hopped) const {
    return m_request.list.items[static_cast<std::size_t>(hopped.item)];
  }

  Outcome<std::vector<std::vector<std::int32_t>>> encode(const std::vector<std::string>& texts, int room) const {
    std::vector<std::vector<std::int32_t>> all;
    for (const std::string& text : texts) {
      auto ids = m_model.text.encode(Prompt::plain(text));
      if (!ids) return ids.failure<std::vector<std::vector<std::int32_t>>>();
      if (const auto fits = checkContext(m_model, std::ssize(*ids) + room); !fits)
        return fits.failure<std::vector<std::vector<std::int32_t>>>();
      all.push_back(std::move(*ids));
    }
    return all;
  }

  /// One way of asking every item, as the texts that the model gives.
  Outcome<std::vector<std::string>> ask(const std::function<std::string(const HopItem&)>& words, int tokens,
                                        const char* title) {
    std::vector<std::string> texts;
    for (const HopItem& item : m_request.list.items) texts.push_back(words(item));
    const auto prompts = encode(texts, tokens);
    if (!prompts) return prompts.failure<std::vector<std::string>>();
    return continueTogether(m_model, *prompts, tokens, title, m_context);
  }

  Outcome<Done> askInWords() {
    const auto sentence = [](std::string text) {
      // "the country whose" begins a sentence of its own.
      if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
      return text + " is";
    };
    const auto first = ask([&](const HopItem& item) { return sentence(item.first); }, kPlainTokens, "Asking step one");
    if (!first) return first.failure<Done>();
    const auto second =
        ask([](const HopItem& item) { return withBridge(item, item.bridge.front()); }, kPlainTokens, "Asking step two");
    if (!second) return second.failure<Done>();
    const auto plain =
        ask([](const HopItem& item) { return withBridge(item, item.first); }, kPlainTokens, "Asking in one sentence");
    if (!plain) return plain.failure<Done>();
    const auto steps = ask([](const HopItem& item) { return kStepByStep + withBridge(item, item.first); }, kStepTokens,
                           "Asking step by step");
    if (!steps) return steps.failure<Done>();
    for (std::size_t i = 0; i < m_request.list.items.size(); ++i) {
      const HopItem& item = m_request.list.items[i];
      HoppedItem hopped{
          .item = static_cast<int>(i),
          .firstSays = (*first)[i],
          .secondSays = (*second)[i],
          .plainSays = (*plain)[i],
          .stepsSays = (*steps)[i],
          .isKnown = containsAnswer((*first)[i], item.bridge) && containsAnswer((*second)[i], item.answers),
          .plainIsRight = containsAnswer((*plain)[i], item.answers),
          .stepsIsRight = containsAnswer((*steps)[i], item.answers),
          .says = {}};
      (hopped.isKnown || !m_request.onlyKnown ? m_result.items : m_result.unknown).push_back(std::move(hopped));
    }
    return Done{};
  }

  /// The state of the first step's last token at every layer, and whose state stands in for it in the control.
  Outcome<Done> readStates() {
    std::vector<std::string> firsts;
    for (const HoppedItem& hopped : m_result.items) firsts.push_back(itemOf(hopped).first);
    const auto prompts = encode(firsts, 0);
    if (!prompts) return prompts.failure<Done>();
    m_states = lastStates(m_model, *prompts, m_context);
    std::vector<std::vector<std::string>> answers;
    for (const HoppedItem& hopped : m_result.items) answers.push_back(itemOf(hopped).answers);
    OtherItems found = otherItems(answers, m_request.seed);
    m_others = std::move(found.others);
    if (!found.areUnrelated)
      m_result.warnings.emplace_back("All items have the same answer: the wrong state is no control here.");
    return Done{};
  }

  Outcome<Done> askPatched() {
    const std::size_t side = m_layers.size(), pairs = side * side, count = m_result.items.size();
    m_contains.assign(2 * count * pairs, 0);
    for (std::size_t i = 0; i < count; ++i) {
      HoppedItem& hopped = m_result.items[i];
      const HopItem& item = itemOf(hopped);
      const auto target = encode({withBridge(item, "x")}, m_request.generateTokens);
      if (!target) return target.failure<Done>();
      const CapturedRun base = captureResiduals(m_model, target->front(), m_context);
      const std::int64_t place = placeholderIn(m_model.text.facts(base.ids));
      hopped.says.resize(pairs);
      hopped.saysIds.resize(pairs);
      for (std::size_t begin = 0; begin < 2 * pairs; begin += kBatch) {
        const std::size_t end = std::min(begin + kBatch, 2 * pairs);
        std::vector<Variant> variants;
        for (std::size_t cell = begin; cell < end; ++cell) {
          const std::size_t from = cell < pairs ? i : m_others[i];
          const int source = m_layers[cell % pairs / side], to = m_layers[cell % side];
          variants.push_back({.edits = {{.site = Site::ResidPost,
                                         .layer = to,
                                         .firstToken = place,
                                         .lastToken = place,
                                         .apply = edits::replaceBy(m_states[static_cast<std::int64_t>(from)][source])}},
                              .base = 0});
        }
        SweptCaches swept = sweepToContinue(m_model, base, variants, m_context);
        const Decoded decoded = decodeRows(m_model, swept.cache, swept.last, m_request.generateTokens, m_context);
        for (std::size_t cell = begin; cell < end; ++cell) {
          const Generation& said = decoded.texts[cell - begin];
          const std::string& text = said.text;
          const std::size_t arm = cell / pairs;
          m_contains[(arm * count + i) * pairs + cell % pairs] = containsAnswer(text, item.answers) ? 1 : 0;
          if (arm > 0) continue;
          hopped.says[cell] = text;
          for (const GeneratedToken& token : said.tokens) hopped.saysIds[cell].push_back(token.token.id);
        }
      }
      m_context.progress("Patching step one into step two", "items", static_cast<std::int64_t>(i) + 1,
                         static_cast<std::int64_t>(count));
    }
    return Done{};
  }

  LanguageModel& m_model;
  const MultiHopRequest& m_request;
  std::vector<int> m_layers;
  JobContext& m_context;
  at::Tensor m_states;  // [items, L, D]
  std::vector<std::size_t> m_others;
  std::vector<float> m_contains;
  MultiHopResult m_result;
};

}  // namespace

Outcome<MultiHopResult> runMultiHop(LanguageModel& model, const MultiHopRequest& request, JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  std::vector<int> wanted = request.layers;
  for (int layer = 0; request.layers.empty() && layer < model.card.layers; layer += kEveryLayer)
    wanted.push_back(layer);
  auto layers = resolveLayers(wanted, model.card.layers, "layers");
  if (!layers) return layers.failure<MultiHopResult>();
  if (layers->size() > kMostLayers) {
    return Error{.code = "LIST-05",
                 .what = "every pair of so many layers is too much",
                 .file = {},
                 .field = "layers",
                 .found = std::to_string(layers->size()),
                 .expected = "at most " + std::to_string(kMostLayers),
                 .advice = "Name every second or third layer."};
  }
  if (request.generateTokens < 1 || request.generateTokens > kMostTokens) {
    return Error{.code = "LIST-04",
                 .what = "the text to generate has no such length",
                 .file = {},
                 .field = "generateTokens",
                 .found = std::to_string(request.generateTokens),
                 .expected = "1 to " + std::to_string(kMostTokens),
                 .advice = "Ask for another number of tokens."};
  }
  // The list may come from a request that nobody checked.
  const auto list = readHopList(dumpJson(request.list), "list");
  if (!list) return list.failure<MultiHopResult>();
  auto result = HopRun(model, request, std::move(*layers), context).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
