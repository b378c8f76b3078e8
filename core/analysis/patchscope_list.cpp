#include "core/analysis/patchscope_list.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <ATen/CPUGeneratorImpl.h>

#include "core/analysis/state_map.h"
#include "core/analysis/sweep.h"
#include "core/analysis/text_batches.h"
#include "core/data/token_places.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

/// Patches that are decoded together; bounds the memory of their keys and logits.
constexpr std::size_t kBatch = 512;
constexpr int kMostTokens = 1000;
/// Tokens of the model's own answer in plain text.
constexpr int kPlainTokens = 6;

std::string withSubject(std::string text, const std::string& subject) {
  constexpr std::string_view kPlace = "{subject}";
  text.replace(text.find(kPlace), kPlace.size(), subject);
  return text;
}

class ListRun {
public:
  ListRun(LanguageModel& reader, LanguageModel& writer, const PatchscopeListRequest& request, std::vector<int> layers,
          JobContext& context)
      : m_reader(reader), m_model(writer), m_request(request), m_layers(std::move(layers)), m_context(context) {}

  Outcome<PatchscopeListResult> run() {
    const auto target = m_model.text.encode(Prompt::plain(m_request.list.target));
    if (!target) return target.failure<PatchscopeListResult>();
    if (const auto fits = checkContext(m_model, std::ssize(*target) + m_request.generateTokens); !fits)
      return fits.failure<PatchscopeListResult>();
    if (const auto read = encode(); !read) return read.failure<PatchscopeListResult>();
    askInWords();
    if (m_result.items.empty()) {
      return Error{.code = "LIST-03",
                   .what = "the model itself answers none of the items",
                   .file = {},
                   .field = "items",
                   .found = std::to_string(m_result.unknown.size()) + " items, 0 right in plain text",
                   .expected = "at least one",
                   .advice = "Take another list, or keep the items that it does not know."};
    }
    m_target = captureResiduals(m_model, *target, m_context);
    m_token = placeholderIn(m_model.text.facts(*target));
    for (const int layer : m_layers) m_pairs.emplace_back(layer, targetOf(layer));
    auto mapper = StateMapper::make(m_reader, m_model.card, m_request.map, m_request.affine, m_pairs, m_context);
    if (!mapper) return mapper.failure<PatchscopeListResult>();
    m_mapper = std::move(*mapper);
    readStates();
    askWithoutPatch();
    askPatched();
    m_result.targetTokens = m_model.text.facts(*target);
    m_result.layers = m_layers;
    store();
    return std::move(m_result);
  }

private:
  [[nodiscard]] int targetOf(int layer) const {
    return m_request.targetLayer < 0 ? sameDepth(layer, m_reader.card.layers, m_model.card.layers)
                                     : m_request.targetLayer;
  }
  [[nodiscard]] const FactItem& itemOf(std::size_t run) const {
    return m_request.list.items[static_cast<std::size_t>(m_result.items[run].item)];
  }

  Outcome<Done> encode() {
    for (const FactItem& item : m_request.list.items) {
      auto source = m_reader.text.encode(Prompt::plain(item.source));
      if (!source) return source.failure<Done>();
      if (const auto fits = checkContext(m_reader, std::ssize(*source)); !fits) return fits;
      auto words = m_model.text.encode(Prompt::plain(withSubject(m_request.list.text, item.subject)));
      if (!words) return words.failure<Done>();
      if (const auto fits = checkContext(m_model, std::ssize(*words) + kPlainTokens); !fits) return fits;
      m_sources.push_back(std::move(*source));
      m_words.push_back(std::move(*words));
    }
    return Done{};
  }

  /// What the model itself answers in plain text; decides which items are run.
  void askInWords() {
    const std::vector<std::string> answers =
        continueTogether(m_model, m_words, kPlainTokens, "Asking in plain text", m_context);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      ListedItem item{.item = static_cast<int>(i),
                      .plainAnswer = answers[i],
                      .isKnown = containsAnswer(answers[i], m_request.list.items[i].answers),
                      .says = {}};
      (item.isKnown || !m_request.onlyKnown ? m_result.items : m_result.unknown).push_back(std::move(item));
    }
  }

  /// The state of each subject's last token at every layer of the model, [items, L, D].
  void readStates() {
    std::vector<std::vector<std::int32_t>> sources;
    for (const ListedItem& item : m_result.items) sources.push_back(m_sources[static_cast<std::size_t>(item.item)]);
    m_states = lastStates(m_reader, sources, m_context);
    makeControls();
  }

  /// A random direction of length 1 for each state, and for each item another whose answers are not its own.
  void makeControls() {
    at::Generator random = at::detail::createCPUGenerator(m_request.seed);
    const at::Tensor directions =
        at::randn({m_states.size(0), m_states.size(1), m_model.card.width}, random, at::kFloat)
            .to(m_model.transformer->options());
    m_random = directions / directions.norm(2, {-1}, true);
    std::vector<std::vector<std::string>> answers;
    for (std::size_t run = 0; run < m_result.items.size(); ++run) answers.push_back(itemOf(run).answers);
    OtherItems found = otherItems(answers, m_request.seed);
    m_unrelated = std::move(found.others);
    if (!found.areUnrelated)
      m_result.warnings.emplace_back("All items have the same answer: the unrelated patch is no control here.");
  }

  /// The tokens with which an answer can begin: behind a blank, as the target goes on.
  [[nodiscard]] std::vector<std::int32_t> firstTokens(std::size_t run) const {
    std::vector<std::int32_t> ids;
    for (const std::string& answer : itemOf(run).answers) {
      // Tokenizers that drop a leading blank put it there themselves.
      const std::string words = m_model.text.tokenizer->dropsLeadingSpace() ? answer : " " + answer;
      const auto encoded = m_model.text.tokenizer->encode(words, {.parseSpecial = false, .addSpecial = false});
      if (!encoded.empty()) ids.push_back(encoded.front());
    }
    return ids;
  }

  struct Marks {
    float first = 0, surprisal = 0, contains = 0;
  };

  [[nodiscard]] Marks marksOf(std::size_t run, const Distribution& next, const std::string& says) const {
    Marks marks;
    float best = 0;
    for (const std::int32_t id : firstTokens(run)) {
      best = std::max(best, next.probability(id));
      if (next.best() == id) marks.first = 1;
    }
    marks.surprisal = -std::log2(std::max(best, std::numeric_limits<float>::min()));
    marks.contains = m_request.generateTokens == 0 ? std::numeric_limits<float>::quiet_NaN()
                                                   : static_cast<float>(containsAnswer(says, itemOf(run).answers));
    return marks;
  }

  /// The first control: what the target's text says by itself, whatever the item.
  void askWithoutPatch() {
    const std::int64_t last = m_target->tokens() - 1;
    const at::Tensor x = m_target->residuals[m_target->layers() - 1][last].view({1, 1, -1});
    KvCache cache = m_target->cache;
    const Decoded plain = decodeRows(m_model, cache, x, m_request.generateTokens, m_context);
    m_result.textOnlySays = plain.texts.front().text;
    for (std::size_t run = 0; run < m_result.items.size(); ++run)
      m_textOnly.push_back(marksOf(run, plain.firsts.front(), m_result.textOnlySays));
  }

  [[nodiscard]] std::size_t count() const { return kListArms.size() * m_layers.size() * m_result.items.size(); }

  /// Arm, layer and item of a cell; items outermost, so that what is finished is finished for whole items.
  struct CellPlace {
    std::size_t arm = 0, layer = 0, run = 0;
  };
  [[nodiscard]] CellPlace placeOf(std::size_t cell) const {
    const std::size_t arms = kListArms.size();
    return {cell % arms, cell / arms % m_layers.size(), cell / arms / m_layers.size()};
  }

  /// What an arm writes at a place, [D*].
  [[nodiscard]] at::Tensor writtenAt(CellPlace place) const {
    const ListArm arm = kListArms[place.arm];
    const std::size_t from = arm == ListArm::Unrelated ? m_unrelated[place.run] : place.run;
    const auto [source, target] = m_pairs[place.layer];
    const at::Tensor written = m_mapper(m_states[static_cast<std::int64_t>(from)][source],
                                        m_target->residuals[target][m_token], source, target);
    if (arm != ListArm::Random) return written;
    return m_random[static_cast<std::int64_t>(place.run)][source] * written.norm();
  }

  [[nodiscard]] Variant variantOf(std::size_t cell) const {
    const CellPlace place = placeOf(cell);
    return {.edits = {{.site = Site::ResidPost,
                       .layer = m_pairs[place.layer].second,
                       .firstToken = m_token,
                       .lastToken = m_token,
                       .apply = edits::replaceBy(writtenAt(place))}},
            .base = 0};
  }

  void askPatched() {
    m_marks.resize(count());
    for (ListedItem& item : m_result.items) item.says.resize(m_layers.size());
    for (std::size_t begin = 0; begin < count(); begin += kBatch) {
      const std::size_t end = std::min(begin + kBatch, count());
      std::vector<Variant> variants;
      for (std::size_t cell = begin; cell < end; ++cell) variants.push_back(variantOf(cell));
      SweptCaches swept = sweepToContinue(m_model, *m_target, variants, m_context);
      const Decoded decoded = decodeRows(m_model, swept.cache, swept.last, m_request.generateTokens, m_context);
      for (std::size_t cell = begin; cell < end; ++cell) {
        const CellPlace place = placeOf(cell);
        const Distribution& next = decoded.firsts[cell - begin];
        const std::string& text = decoded.texts[cell - begin].text;
        m_marks[cell] = marksOf(place.run, next, text);
        if (kListArms[place.arm] == ListArm::Patched) {
          m_result.items[place.run].says[place.layer] =
              m_request.generateTokens > 0 ? text : m_model.text.tokenizer->fact(next.best()).text;
        }
      }
      m_context.progress("Patching the list", "cells", static_cast<std::int64_t>(end),
                         static_cast<std::int64_t>(count()));
    }
  }

  void store() {
    const auto items = std::ssize(m_result.items), layers = std::ssize(m_layers), arms = std::ssize(kListArms);
    const auto array = [&](float Marks::*mark, const char* unit) {
      std::vector<float> values(count());
      for (std::size_t cell = 0; cell < count(); ++cell) {
        const CellPlace place = placeOf(cell);
        values[(place.arm * m_layers.size() + place.layer) * m_result.items.size() + place.run] = m_marks[cell].*mark;
      }
      return HostArray({arms, layers, items}, {"arm", "layer", "item"}, unit, std::move(values));
    };
    m_result.firstP = array(&Marks::first, "share");
    m_result.surprisal = array(&Marks::surprisal, "bit");
    m_result.contains = array(&Marks::contains, "share");
    std::vector<float> plain;
    for (const auto mark : {&Marks::first, &Marks::surprisal, &Marks::contains})
      for (const Marks& marks : m_textOnly) plain.push_back(marks.*mark);
    m_result.textOnly = HostArray({3, items}, {"measure", "item"}, "", std::move(plain));
  }

  LanguageModel& m_reader;  // of the sources
  LanguageModel& m_model;   // of the target, which answers
  const PatchscopeListRequest& m_request;
  std::vector<int> m_layers;
  JobContext& m_context;
  std::vector<std::vector<std::int32_t>> m_sources, m_words;
  std::optional<CapturedRun> m_target;
  std::int64_t m_token = 0;  // of the target, that is patched
  std::vector<std::pair<int, int>> m_pairs;
  StateMapper m_mapper;
  at::Tensor m_states;  // [items, L, D]
  at::Tensor m_random;  // [items, L, D*], of length 1
  std::vector<std::size_t> m_unrelated;
  std::vector<Marks> m_marks, m_textOnly;
  PatchscopeListResult m_result;
};

}  // namespace

Outcome<PatchscopeListResult> runPatchscopeList(LanguageModel& reader, LanguageModel& writer,
                                                const PatchscopeListRequest& request, JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  auto layers = resolveLayers(request.layers, reader.card.layers, "layers");
  if (!layers) return layers.failure<PatchscopeListResult>();
  if (request.targetLayer >= 0)
    if (const auto known = resolveLayer(request.targetLayer, writer.card.layers, "target layer"); !known)
      return known.failure<PatchscopeListResult>();
  if (request.generateTokens < 0 || request.generateTokens > kMostTokens) {
    return Error{.code = "LIST-04",
                 .what = "the text to generate is too long",
                 .file = {},
                 .field = "generateTokens",
                 .found = std::to_string(request.generateTokens),
                 .expected = "0 to " + std::to_string(kMostTokens),
                 .advice = "Ask for fewer tokens."};
  }
  // The list may come from a request that nobody checked.
  const auto list = readFactList(dumpJson(request.list), "list");
  if (!list) return list.failure<PatchscopeListResult>();
  auto result = ListRun(reader, writer, request, std::move(*layers), context).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
