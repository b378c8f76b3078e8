#include "core/data/notebook.h"

#include <cmath>

#include "core/data/notebook_code.h"

namespace patchbay {
namespace {

Json cell(const char* kind, const std::string& text) {
  Json lines = Json::array();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size() - 1);
    lines.push_back(text.substr(begin, end + 1 - begin));
    begin = end + 1;
  }
  Json made{{"cell_type", kind}, {"metadata", Json::object()}, {"source", lines}};
  if (std::string_view(kind) == "code") {
    made["execution_count"] = nullptr;
    made["outputs"] = Json::array();
  }
  return made;
}

Error noNotebook(std::string what, std::string found) {
  return {.code = "NB-01",
          .what = "no notebook repeats this run",
          .file = {},
          .field = std::move(what),
          .found = std::move(found),
          .expected =
              "a lens, a Patchscope, a patch, a patching grid, attention, attribution, a vector, or text of one model",
          .advice = "Copy the request and repeat it with patchbay-cli run."};
}

/// What a kind needs: the numbers it is made of as JSON, and the Python that repeats it.
struct Recipe {
  Json given = Json::object();
  Json expected = Json::object();
  std::string code;
};

Json idsIn(const ResultDocument& document, const char* key) {
  Json ids = Json::array();
  for (const TokenFact& token : document.body.at(key).get<std::vector<TokenFact>>()) ids.push_back(token.id);
  return ids;
}

/// An array as nested lists; NaN becomes null.
Json nested(const HostArray& array, std::size_t axis = 0, std::int64_t offset = 0) {
  Json list = Json::array();
  std::int64_t stride = 1;
  for (std::size_t inner = axis + 1; inner < array.shape().size(); ++inner) stride *= array.extent(inner);
  for (std::int64_t i = 0; i < array.extent(axis); ++i) {
    if (axis + 1 < array.shape().size()) {
      list.push_back(nested(array, axis + 1, offset + i * stride));
      continue;
    }
    const float value = array.at(offset + i);
    list.push_back(std::isnan(value) ? Json() : Json(value));
  }
  return list;
}

Json topOf(const Json& ranked) {
  Json ids = Json::array(), p = Json::array();
  for (const RankedToken& token : ranked.get<std::vector<RankedToken>>()) {
    ids.push_back(token.token.id);
    p.push_back(token.p);
  }
  return {{"ids", ids}, {"p", p}};
}

Outcome<Recipe> recipeOf(const LensRequest& request, const ResultDocument& document) {
  if (!request.translator.isEmpty())
    return noNotebook("translator", "a tuned lens, whose maps are too large for a notebook");
  if (!request.patches.empty()) return noNotebook("patches", "a lens of a patched run");
  const auto lens = LensResult::fromDocument(document);
  if (!lens) return lens.failure<Recipe>();
  Json ids = Json::array(), p = Json::array();
  for (int layer = 0; layer < lens->layers; ++layer) {
    Json rowIds = Json::array(), rowP = Json::array();
    for (int token = 0; token < lens->tokenCount(); ++token) {
      rowIds.push_back(static_cast<std::int32_t>(lens->topIds.at(layer, token, 0)));
      rowP.push_back(lens->topP.at(layer, token, 0));
    }
    ids.push_back(std::move(rowIds));
    p.push_back(std::move(rowP));
  }
  return Recipe{.given = {{"ids", idsIn(document, "tokens")}, {"site", request.site}, {"head", request.head}},
                .expected = {{"top_ids", ids},
                             {"top_p", p},
                             {"entropy_bits", nested(lens->entropyBits)},
                             {"norm", nested(lens->norm)}},
                .code = notebook::kLens};
}

Outcome<Recipe> recipeOf(const PatchscopeRequest& request, const ResultDocument& document) {
  if (!request.targetModel.fingerprint.empty()) return noNotebook("targetModel", "two models");
  if (request.map == StateMap::Affine || request.map == StateMap::Mean)
    return noNotebook("map", Json(request.map).get<std::string>());
  const auto result = PatchscopeResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json cells = Json::array(), words = Json::array();
  for (const PatchscopeCell& cell : result->cells) {
    Json generated = Json::array();
    for (const GeneratedToken& token : cell.generation.tokens) generated.push_back(token.token.id);
    cells.push_back({cell.sourceLayer, cell.targetLayer});
    words.push_back({{"id", cell.top.empty() ? -1 : cell.top.front().token.id},
                     {"p", cell.top.empty() ? 0.0F : cell.top.front().p},
                     {"generated", generated}});
  }
  return Recipe{.given = {{"source_ids", idsIn(document, "sourceTokens")},
                          {"target_ids", idsIn(document, "targetTokens")},
                          {"source_token", result->sourceToken},
                          {"target_token", result->targetToken},
                          {"cells", cells},
                          {"map", request.map},
                          {"generate", request.generateTokens}},
                .expected = {{"cells", words}},
                .code = notebook::kPatchscope};
}

Outcome<Recipe> recipeOf(const PatchRequest& request, const ResultDocument& document) {
  if (!request.frozen.empty()) return noNotebook("frozen", "a patch on top of others");
  const auto result = PatchResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  return Recipe{.given = {{"source_ids", idsIn(document, "sourceTokens")},
                          {"target_ids", idsIn(document, "targetTokens")},
                          {"source_token", result->sourceToken},
                          {"target_token", result->targetToken},
                          {"source_layer", request.sourceLayer},
                          {"target_layer", request.targetLayer},
                          {"site", request.site}},
                .expected = {{"plain", topOf(document.body.at("plain"))},
                             {"patched", topOf(document.body.at("patched"))},
                             {"kl_bits", result->klBits}},
                .code = notebook::kPatch};
}

Outcome<Recipe> recipeOf(const PatchGridRequest& request, const ResultDocument& document) {
  if (request.isApproximate) return noNotebook("isApproximate", "an estimate by gradient");
  if (!request.receiver.empty()) return noNotebook("receiver", "a grid of paths");
  if (request.mode == GridMode::Mean) return noNotebook("mode", "mean over texts");
  const auto grid = PatchGridResult::fromDocument(document);
  if (!grid) return grid.failure<Recipe>();
  if (grid->answer.id < 0 || grid->wrong.id < 0)
    return noNotebook("answer", "a grid that was stopped before it was done");
  return Recipe{
      .given = {{"clean_ids", idsIn(document, "clean_tokens")},
                {"corrupt_ids", idsIn(document, "corrupt_tokens")},
                {"mode", request.mode},
                {"site", request.site},
                {"metric", request.metric},
                {"answer", grid->answer.id},
                {"wrong", grid->wrong.id},
                {"layers", grid->layers},
                {"columns", grid->columns},
                {"alignment", grid->alignment},
                {"all_tokens", request.allTokens}},
      .expected = {{"clean", grid->cleanValue}, {"corrupt", grid->corruptValue}, {"values", nested(grid->values)}},
      .code = notebook::kPatchGrid};
}

Outcome<Recipe> recipeOf(const AttentionRequest&, const ResultDocument& document) {
  const auto result = AttentionResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json entropy = Json::array();
  for (int layer = 0; layer < static_cast<int>(result->layers.size()); ++layer) {
    Json row = Json::array();
    for (int head = 0; head < result->heads(); ++head)
      row.push_back(headScore(*result, HeadScore::Entropy, layer, head));
    entropy.push_back(std::move(row));
  }
  return Recipe{.given = {{"ids", idsIn(document, "tokens")}, {"layers", result->layers}},
                .expected = {{"entropy_bits", entropy}},
                .code = notebook::kAttention};
}

Outcome<Recipe> recipeOf(const AttributionRequest&, const ResultDocument& document) {
  const auto result = AttributionResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  return Recipe{
      .given = {{"ids", idsIn(document, "tokens")},
                {"token", result->token},
                {"answer", result->answer.id},
                {"against", result->against.id},
                {"difference", result->isDifference}},
      .expected = {{"total", result->total}, {"heads", nested(result->heads)}, {"mlps", nested(result->mlps)}},
      .code = notebook::kAttribution};
}

Outcome<Recipe> recipeOf(const MakeVectorRequest&, const ResultDocument&) {
  return noNotebook("kind", "a steering vector, whose texts carry no token ids");
}

Json newIds(const Generation& generation) {
  Json ids = Json::array();
  for (const GeneratedToken& token : generation.tokens) ids.push_back(token.token.id);
  return ids;
}

Outcome<Recipe> recipeOf(const SteerRequest& request, const ResultDocument& document) {
  if (!request.vector) return noNotebook("vector", "a vector that is no longer there");
  if (request.sampling.temperature > 0) return noNotebook("temperature", "sampled text");
  if (request.setting.tokens != SteerTokens::All)
    return noNotebook("tokens", Json(request.setting.tokens).get<std::string>());
  const auto result = SteerResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json rows = Json::object();
  for (const int layer : request.setting.layers) {
    if (request.vector->rows.shape().size() != 2 || layer < 0 || layer >= request.vector->layers())
      return noNotebook("layers", std::to_string(layer) + ", which the vector has not");
    const auto row = request.vector->rows.row(layer);
    rows[std::to_string(layer)] = std::vector<float>(row.begin(), row.end());
  }
  return Recipe{.given = {{"ids", idsIn(document, "promptTokens")},
                          {"vector", rows},
                          {"strength", request.setting.strength},
                          {"keep_norm", request.setting.keepNorm}},
                .expected = {{"plain", newIds(result->plain)}, {"steered", newIds(result->steered)}},
                .code = notebook::kSteer};
}

Outcome<Recipe> recipeOf(const GenerateRequest& request, const ResultDocument& document) {
  if (request.sampling.temperature > 0) return noNotebook("temperature", "sampled text");
  const auto result = GenerateResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  return Recipe{.given = {{"ids", idsIn(document, "promptTokens")}},
                .expected = {{"new_ids", newIds(result->generation)}},
                .code = notebook::kGenerate};
}

template <typename Request>
Outcome<Recipe> recipeOf(const Request& request, const ResultDocument&) {
  return noNotebook("kind", request.kKind);
}

}  // namespace

Outcome<Json> makeNotebook(const AnyRequest& request, const ResultDocument& document, const std::string& title) {
  Outcome<Recipe> recipe = noNotebook("result", "a damaged one");
  try {
    recipe = std::visit([&](const auto& typed) { return recipeOf(typed, document); }, request);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  if (!recipe) return recipe.failure<Json>();
  const ModelRef& model = modelOf(request);
  const std::string intro =
      "# " + title +
      "\n\nRepeats a run of Patchbay with Python `transformers` in float32 and holds its numbers against " +
      "the ones measured there. Model: " + model.name + ", fingerprint `" + model.fingerprint + "`.\n\n" +
      "Needs `torch`, `transformers`, `gguf` and `accelerate`. Set `MODEL` to the GGUF file or the Hugging Face folder.\n";
  const auto asText = [](const Json& json) { return dumpJson(dumpJson(json)); };  // a Python string literal too
  const std::string given = "import json\n\nMODEL = " + dumpJson(model.path.empty() ? "model.gguf" : model.path) +
                            "\nGIVEN = json.loads(" + asText(recipe->given) + ")\nEXPECTED = json.loads(" +
                            asText(recipe->expected) + ")\n";
  Json cells = Json::array(
      {cell("markdown", intro), cell("code", given), cell("code", notebook::kSetUp), cell("code", recipe->code)});
  return Json{{"cells", cells},
              {"metadata",
               {{"kernelspec", {{"display_name", "Python 3"}, {"language", "python"}, {"name", "python3"}}},
                {"language_info", {{"name", "python"}}}}},
              {"nbformat", 4},
              {"nbformat_minor", 4}};
}

}  // namespace patchbay
