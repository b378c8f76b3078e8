#include "core/data/results.h"

#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

template <typename Result>
Outcome<Result> fromBody(const ResultDocument& document) {
  return fromJson<Result>(document.body, "result");
}

constexpr NamedArray<LensResult> kLensArrays[] = {{"top_ids", &LensResult::topIds},
                                                  {"top_p", &LensResult::topP},
                                                  {"top_logits", &LensResult::topLogits},
                                                  {"entropy", &LensResult::entropyBits},
                                                  {"kl_to_final", &LensResult::klToFinalBits},
                                                  {"norm", &LensResult::norm},
                                                  {"cos_to_final", &LensResult::cosToFinal},
                                                  {"tracked_p", &LensResult::trackedP},
                                                  {"tracked_rank", &LensResult::trackedRank},
                                                  {"token_p", &LensResult::tokenP},
                                                  {"token_rank", &LensResult::tokenRank, true},
                                                  {"token_entropy", &LensResult::tokenEntropyBits, true}};

/// The first field whose shape does not fit the others, "" when all fit.
std::string misfit(const LensResult& lens) {
  const std::int64_t layers = lens.layers;
  const std::int64_t tokens = lens.tokenCount();
  const std::int64_t tracked = static_cast<std::int64_t>(lens.trackedIds.size());
  const auto is = [](const HostArray& array, std::vector<std::int64_t> shape) { return array.shape() == shape; };
  if (layers < 1 || tokens < 1) return "layers";
  if (lens.grown < 0 || lens.grown > tokens) return "grown";
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
  if (lens.tokenRank.size() > 0 && !is(lens.tokenRank, {tokens})) return "token_rank";
  if (lens.tokenEntropyBits.size() > 0 && !is(lens.tokenEntropyBits, {tokens})) return "token_entropy";
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
  return {.body = {{"tokens", tokens},
                   {"site", site},
                   {"head", head},
                   {"translator", translator},
                   {"patches", patches},
                   {"steered_by", steeredBy},
                   {"grown", grown},
                   {"ahead", ahead},
                   {"layers", layers},
                   {"tracked", trackedIds},
                   {"next", next},
                   {"texts", words},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kLensArrays)};
}

Outcome<LensResult> LensResult::fromDocument(const ResultDocument& document) {
  return resultFrom<LensResult>(document, kLensArrays, &misfit, [](const Json& body, LensResult& lens) {
    body.at("tokens").get_to(lens.tokens);
    lens.site = body.value("site", lens.site);  // files of before knew one site
    lens.head = body.value("head", lens.head);
    lens.translator = body.value("translator", lens.translator);
    lens.patches = body.value("patches", lens.patches);
    lens.steeredBy = body.value("steered_by", lens.steeredBy);
    lens.grown = body.value("grown", lens.grown);
    lens.ahead = body.value("ahead", lens.ahead);
    body.at("layers").get_to(lens.layers);
    body.at("tracked").get_to(lens.trackedIds);
    body.at("next").get_to(lens.next);
    body.at("seconds").get_to(lens.seconds);
    for (const Json& word : body.at("texts")) {
      auto fact = word.get<TokenFact>();
      lens.texts.emplace(fact.id, std::move(fact));
    }
  });
}

ResultDocument PatchscopeResult::toDocument() const { return {.body = *this, .arrays = {}}; }
Outcome<PatchscopeResult> PatchscopeResult::fromDocument(const ResultDocument& document) {
  auto result = fromBody<PatchscopeResult>(document);
  if (!result) return result;
  const auto tokens = static_cast<int>(result->sourceTokens.size());
  const auto isWhole = [&](const PatchscopeCell& cell) {
    return cell.sourceToken >= -1 && cell.sourceToken < std::max(tokens, 1) &&
           (cell.asked.empty() || cell.asked.size() == result->asked.size());
  };
  if (result->sourceToken < 0 || result->sourceToken >= std::max(tokens, 1)) return damagedResult("sourceToken");
  if (!std::ranges::all_of(result->cells, isWhole) || !std::ranges::all_of(result->lens, isWhole))
    return damagedResult("cells");
  return result;
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
