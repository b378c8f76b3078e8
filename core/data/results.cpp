#include "core/data/results.h"

#include <array>

namespace patchbay {
namespace {

template <typename Result>
Outcome<Result> fromBody(const ResultDocument& document) {
  return fromJson<Result>(document.body, "result");
}

/// The arrays of a lens by name; one table serves writing and reading.
template <typename Lens>
auto lensArrays(Lens& lens) {
  using Array = std::conditional_t<std::is_const_v<Lens>, const HostArray, HostArray>;
  return std::array<std::pair<const char*, Array*>, 10>{{{"top_ids", &lens.topIds},
                                                         {"top_p", &lens.topP},
                                                         {"top_logits", &lens.topLogits},
                                                         {"entropy", &lens.entropyBits},
                                                         {"kl_to_final", &lens.klToFinalBits},
                                                         {"norm", &lens.norm},
                                                         {"cos_to_final", &lens.cosToFinal},
                                                         {"tracked_p", &lens.trackedP},
                                                         {"tracked_rank", &lens.trackedRank},
                                                         {"token_p", &lens.tokenP}}};
}

/// The first field whose shape does not fit the others, "" when all fit.
std::string misfit(const LensResult& lens) {
  const std::int64_t layers = lens.layers;
  const std::int64_t tokens = lens.tokenCount();
  const std::int64_t tracked = static_cast<std::int64_t>(lens.trackedIds.size());
  const auto is = [](const HostArray& array, std::vector<std::int64_t> shape) { return array.shape() == shape; };
  if (layers < 1 || tokens < 1) return "layers";
  const std::int64_t k = lens.topIds.extent(2);
  if (k < 1 || !is(lens.topIds, {layers, tokens, k})) return "top_ids";
  if (!is(lens.topP, {layers, tokens, k})) return "top_p";
  if (!is(lens.topLogits, {layers, tokens, k})) return "top_logits";
  if (!is(lens.entropyBits, {layers, tokens})) return "entropy";
  if (!is(lens.klToFinalBits, {layers, tokens})) return "kl_to_final";
  if (!is(lens.norm, {layers, tokens})) return "norm";
  if (!is(lens.cosToFinal, {layers, tokens})) return "cos_to_final";
  if (!is(lens.trackedP, {tracked, layers, tokens})) return "tracked_p";
  if (!is(lens.trackedRank, {tracked, layers, tokens})) return "tracked_rank";
  if (!is(lens.tokenP, {tokens})) return "token_p";
  return {};
}

}  // namespace

Error damagedResult(std::string field) {
  return {.code = "RES-01",
          .what = "a recorded result is damaged",
          .file = {},
          .field = std::move(field),
          .found = {},
          .expected = "the arrays and fields of its kind",
          .advice = "Run it again."};
}

RankedToken LensResult::ranked(int layer, int token, int k) const {
  const auto id = static_cast<std::int32_t>(topIds.at(layer, token, k));
  const auto text = texts.find(id);
  TokenFact fact = text != texts.end() ? text->second : TokenFact{id, "#" + std::to_string(id), {}, false};
  return {std::move(fact), topLogits.at(layer, token, k), topP.at(layer, token, k)};
}

ResultDocument LensResult::toDocument() const {
  Json::array_t words;
  for (const auto& [id, fact] : texts) words.push_back(fact);
  ResultDocument document{.body = {{"tokens", tokens},
                                   {"site", site},
                                   {"head", head},
                                   {"translator", translator},
                                   {"layers", layers},
                                   {"tracked", trackedIds},
                                   {"next", next},
                                   {"texts", words},
                                   {"seconds", seconds}},
                          .arrays = {}};
  for (const auto& [name, array] : lensArrays(*this)) document.arrays.emplace(name, *array);
  return document;
}

Outcome<LensResult> LensResult::fromDocument(const ResultDocument& document) {
  LensResult lens;
  try {
    document.body.at("tokens").get_to(lens.tokens);
    lens.site = document.body.value("site", lens.site);  // files of before knew one site
    lens.head = document.body.value("head", lens.head);
    lens.translator = document.body.value("translator", lens.translator);
    document.body.at("layers").get_to(lens.layers);
    document.body.at("tracked").get_to(lens.trackedIds);
    document.body.at("next").get_to(lens.next);
    document.body.at("seconds").get_to(lens.seconds);
    for (const Json& word : document.body.at("texts")) {
      auto fact = word.get<TokenFact>();
      lens.texts.emplace(fact.id, std::move(fact));
    }
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  for (const auto& [name, array] : lensArrays(lens)) {
    const auto found = document.arrays.find(name);
    if (found == document.arrays.end()) return damagedResult(name);
    *array = found->second;
  }
  if (std::string field = misfit(lens); !field.empty()) return damagedResult(std::move(field));
  return lens;
}

ResultDocument PatchscopeResult::toDocument() const { return {.body = *this, .arrays = {}}; }
Outcome<PatchscopeResult> PatchscopeResult::fromDocument(const ResultDocument& document) {
  return fromBody<PatchscopeResult>(document);
}

ResultDocument PatchResult::toDocument() const { return {.body = *this, .arrays = {}}; }
Outcome<PatchResult> PatchResult::fromDocument(const ResultDocument& document) {
  return fromBody<PatchResult>(document);
}

ResultDocument SteerResult::toDocument() const { return {.body = *this, .arrays = {}}; }
Outcome<SteerResult> SteerResult::fromDocument(const ResultDocument& document) {
  return fromBody<SteerResult>(document);
}

ResultDocument GenerateResult::toDocument() const { return {.body = *this, .arrays = {}}; }
Outcome<GenerateResult> GenerateResult::fromDocument(const ResultDocument& document) {
  return fromBody<GenerateResult>(document);
}

}  // namespace patchbay
