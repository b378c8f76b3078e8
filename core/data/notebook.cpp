#include "core/data/notebook.h"

#include <algorithm>
#include <cmath>

#include "core/data/builtin_texts.h"
#include "core/data/notebook_code.h"
#include "core/data/notebook_grid_code.h"
#include "core/data/steered_range.h"
#include "core/data/token_places.h"

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
  return {
      .code = "NB-01",
      .what = "no notebook repeats this run",
      .file = {},
      .field = std::move(what),
      .found = std::move(found),
      .expected =
          "a lens, a Patchscope or a list of them, a patch, a patching grid, attention, attribution, neurons, activations, questions in two steps, fitted maps, a vector, steered or plain text, a question to a decoder of one model",
      .advice = "Copy the request and repeat it with patchbay-cli run."};
}

/// Reads prompts with the tokenizer of one model.
struct Texts {
  const TokensOf& tokensOf;
  const ModelRef& model;
  [[nodiscard]] Outcome<TokenizedPrompt> operator()(const Prompt& prompt) const { return tokensOf(model, prompt); }
  /// The same with that of another model; with its own where there is none.
  [[nodiscard]] Texts as(const ModelRef& other) const { return {tokensOf, other.fingerprint.empty() ? model : other}; }
};

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

Outcome<Json> idsOfPrompt(const Prompt& prompt, const Texts& tokensOf) {
  const auto tokens = tokensOf(prompt);
  if (!tokens) return tokens.failure<Json>();
  return Json(idsOf(tokens->tokens));
}

Outcome<Json> idsOfText(const std::string& text, const Texts& tokensOf) {
  return idsOfPrompt(Prompt::plain(text), tokensOf);
}

Outcome<Json> idsOfTexts(const std::vector<std::string>& texts, const Texts& tokensOf) {
  Json all = Json::array();
  for (const std::string& text : texts) {
    auto ids = idsOfText(text, tokensOf);
    if (!ids) return ids;
    all.push_back(std::move(*ids));
  }
  return all;
}

/// States of other prompts that stand in a run of a prompt of so many tokens.
Outcome<Json> editsOf(const std::vector<StatePatch>& patches, int promptTokens, const Texts& tokensOf) {
  Json edits = Json::array();
  for (const StatePatch& patch : patches) {
    auto ids = idsOfPrompt(patch.source, tokensOf);
    if (!ids) return ids;
    edits.push_back({{"source_ids", std::move(*ids)},
                     {"source_token", patch.sourceToken},
                     {"source_layer", patch.sourceLayer},
                     {"token", patch.token < 0 ? patch.token + promptTokens : patch.token},
                     {"layer", patch.layer},
                     {"site", patch.site}});
  }
  return edits;
}

/// The rows of a vector at the layers where it is at work.
Outcome<Json> rowsOf(const SteeringVector& vector, const std::vector<int>& layers) {
  Json rows = Json::object();
  for (const int layer : layers) {
    if (vector.rows.shape().size() != 2 || layer < 0 || layer >= vector.layers())
      return noNotebook("layers", std::to_string(layer) + ", which the vector has not");
    if (rows.contains(std::to_string(layer))) return noNotebook("layers", std::to_string(layer) + " more than once");
    const auto row = vector.rows.row(layer);
    rows[std::to_string(layer)] = std::vector<float>(row.begin(), row.end());
  }
  return rows;
}

/// A vector at work in a prompt of so many tokens: its rows, and the first and last token that it touches.
Outcome<Json> steeringOf(const Steering& steering, int promptTokens) {
  if (steering.isEmpty()) return Json();
  if (!steering.vector) return noNotebook("vector", "a vector that is no longer there");
  auto rows = rowsOf(*steering.vector, steering.setting.layers);
  if (!rows) return rows;
  const auto [first, last] = steeredRange(steering.setting.tokens, promptTokens);
  return Json{{"rows", std::move(*rows)},
              {"strength", steering.setting.strength},
              {"keep_norm", steering.setting.keepNorm},
              {"first", first},
              {"last", last ? Json(*last) : Json()}};
}

/// Maps are too large for a notebook: it reads them from the file that the Library exports.
void giveMaps(Json& given, const MapRef& maps) {
  if (maps.isEmpty()) return;
  given["map_file"] = "map.safetensors";
  given["map_name"] = maps.name;
}

/// The texts whose mean state stands in the place of a state.
Outcome<Done> giveMeans(Json& given, StateMap map, const Texts& tokensOf) {
  if (map != StateMap::Mean) return Done{};
  const std::vector<std::string>& all = builtinTexts();
  const std::size_t count = std::min(kMeanStateTexts, all.size());
  auto ids = idsOfTexts({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)}, tokensOf);
  if (!ids) return ids.failure<Done>();
  given["mean_ids"] = std::move(*ids);
  return Done{};
}

/// The second model, where the states are written into another one.
void giveTarget(Json& given, const ModelRef& target) {
  if (!target.fingerprint.empty()) given["target_model"] = target.path.empty() ? "target.gguf" : target.path;
}

Outcome<Recipe> recipeOf(const LensRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  const auto lens = LensResult::fromDocument(document);
  if (!lens) return lens.failure<Recipe>();
  if (std::ranges::any_of(lens->topP.values(), [](float p) { return std::isnan(p); }))
    return noNotebook("result", "a lens that was stopped before it was done");
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
  if (lens->ahead > 0) {
    Json given{{"ids", idsIn(document, "tokens")}, {"ahead", lens->ahead}};
    if (request.aheadPrompt.isEmpty()) {
      auto text = idsOfText(request.aheadText, tokensOf);
      if (!text) return text.failure<Recipe>();
      given["text_ids"] = std::move(*text);
    } else {
      if (!request.aheadPrompt.prompt) return noNotebook("aheadPrompt", "a learned prompt that is no longer there");
      const HostArray& embeddings = request.aheadPrompt.prompt->embeddings;
      given["text_ids"] = std::vector<int>(static_cast<std::size_t>(embeddings.extent(0)), 0);
      given["embeddings"] = nested(embeddings);
    }
    return Recipe{
        .given = std::move(given), .expected = {{"top_ids", ids}, {"top_p", p}}, .code = notebook::kFutureLens};
  }
  auto edits = editsOf(request.patches, lens->tokenCount() - lens->grown, tokensOf);
  if (!edits) return edits.failure<Recipe>();
  auto steering = steeringOf(request.steering, lens->tokenCount() - lens->grown);
  if (!steering) return steering.failure<Recipe>();
  Json given{{"ids", idsIn(document, "tokens")},
             {"site", request.site},
             {"head", request.head},
             {"patches", *edits},
             {"steering", *steering}};
  giveMaps(given, request.translator);
  return Recipe{.given = std::move(given),
                .expected = {{"top_ids", ids},
                             {"top_p", p},
                             {"entropy_bits", nested(lens->entropyBits)},
                             {"norm", nested(lens->norm)}},
                .code = notebook::kLens};
}

Outcome<Recipe> recipeOf(const PatchscopeRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  const auto result = PatchscopeResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json cells = Json::array(), words = Json::array();
  for (const PatchscopeCell& cell : result->cells) {
    Json generated = Json::array();
    for (const GeneratedToken& token : cell.generation.tokens) generated.push_back(token.token.id);
    cells.push_back({result->tokenOf(cell), cell.sourceLayer, cell.targetLayer});
    words.push_back({{"asked", cell.asked},
                     {"id", cell.top.empty() ? -1 : cell.top.front().token.id},
                     {"p", cell.top.empty() ? 0.0F : cell.top.front().p},
                     {"generated", generated}});
  }
  Json asked = Json::array();
  for (const TokenFact& word : result->asked) asked.push_back(word.id);
  Json given{{"source_ids", idsIn(document, "sourceTokens")},
             {"target_ids", idsIn(document, "targetTokens")},
             {"target_token", result->targetToken},
             {"cells", cells},
             {"asked", asked},
             {"map", request.map},
             {"generate", request.generateTokens}};
  giveMaps(given, request.affine);
  giveTarget(given, request.targetModel);
  if (const auto means = giveMeans(given, request.map, tokensOf); !means) return means.failure<Recipe>();
  return Recipe{.given = std::move(given), .expected = {{"cells", words}}, .code = notebook::kPatchscope};
}

Outcome<Recipe> recipeOf(const PatchRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  const auto result = PatchResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  auto frozen = editsOf(request.frozen, static_cast<int>(result->targetTokens.size()), tokensOf);
  if (!frozen) return frozen.failure<Recipe>();
  return Recipe{.given = {{"source_ids", idsIn(document, "sourceTokens")},
                          {"target_ids", idsIn(document, "targetTokens")},
                          {"source_token", result->sourceToken},
                          {"target_token", result->targetToken},
                          {"source_layer", request.sourceLayer},
                          {"target_layer", request.targetLayer},
                          {"site", request.site},
                          {"patches", *frozen}},
                .expected = {{"plain", topOf(document.body.at("plain"))},
                             {"patched", topOf(document.body.at("patched"))},
                             {"kl_bits", result->klBits}},
                .code = notebook::kPatch};
}

Outcome<Recipe> recipeOf(const PatchGridRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  auto means = idsOfTexts(request.mode == GridMode::Mean ? request.meanTexts : std::vector<std::string>{}, tokensOf);
  if (!means) return means.failure<Recipe>();
  const auto grid = PatchGridResult::fromDocument(document);
  if (!grid) return grid.failure<Recipe>();
  if (grid->answer.id < 0 || grid->wrong.id < 0)
    return noNotebook("answer", "a grid that was stopped before it was done");
  Json given{{"clean_ids", idsIn(document, "clean_tokens")},
             {"corrupt_ids", idsIn(document, "corrupt_tokens")},
             {"mode", request.mode},
             {"site", request.site},
             {"metric", request.metric},
             {"answer", grid->answer.id},
             {"wrong", grid->wrong.id},
             {"layers", grid->layers},
             {"columns", grid->columns},
             {"alignment", grid->alignment},
             {"all_tokens", request.allTokens},
             {"mean_ids", *means}};
  const char* code = request.isApproximate ? notebook::kEstimatedGrid : notebook::kPatchGrid;
  if (const auto receivers = parseReceivers(request.receiver)) {
    const char* const parts[] = {"head", "mlp", "logits"};
    for (const PathReceiver& receiver : *receivers)
      given["receivers"].push_back({{"part", parts[static_cast<std::size_t>(receiver.part)]},
                                    {"layer", receiver.layer},
                                    {"head", receiver.head}});
    code = notebook::kPathGrid;
  }
  return Recipe{
      .given = std::move(given),
      .expected = {{"clean", grid->cleanValue}, {"corrupt", grid->corruptValue}, {"values", nested(grid->values)}},
      .code = std::string(notebook::kGridMetric) + code};
}

Outcome<Recipe> recipeOf(const FitMapRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  if (!request.file.empty()) return noNotebook("file", "maps that were read from a file");
  const auto map = AffineMap::fromDocument(document);
  if (!map) return map.failure<Recipe>();
  const std::vector<std::string>& texts = request.texts.empty() ? builtinTexts() : request.texts;
  const Texts targetTokensOf = tokensOf.as(request.target);
  Json train = Json::array(), heldOut = Json::array(), pairs = Json::array();
  for (std::size_t text = 0; text < texts.size(); ++text) {
    const auto source = tokensOf(Prompt::plain(texts[text])), target = targetTokensOf(Prompt::plain(texts[text]));
    if (!source) return source.failure<Recipe>();
    if (!target) return target.failure<Recipe>();
    const bool isHeldOut = FitMapRequest::isHeldOut(text, texts.size());
    (isHeldOut ? heldOut : train)
        .push_back({{"source_ids", idsOf(source->tokens)},
                    {"target_ids", idsOf(target->tokens)},
                    {"paired", pairedTokens(source->tokens, target->tokens)}});
  }
  for (std::size_t pair = 0; pair < map->sourceLayers.size(); ++pair)
    pairs.push_back({map->sourceLayers[pair], map->targetLayers[pair]});
  Json given{{"texts", train}, {"held_out", heldOut}, {"pairs", pairs}};
  giveTarget(given, request.target.fingerprint == request.model.fingerprint ? ModelRef{} : request.target);
  // What a descent came to is measured, not gone through again.
  if (request.method == MapMethod::Kl) giveMaps(given, {.name = map->name, .hash = map->hash, .map = nullptr});
  return Recipe{.given = std::move(given),
                .expected = {{"train_r2", map->trainR2}, {"held_out_r2", map->heldOutR2}},
                .code = notebook::kMap};
}

Outcome<Recipe> recipeOf(const AttentionRequest&, const ResultDocument& document, const Texts&) {
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

Outcome<Recipe> recipeOf(const AttributionRequest&, const ResultDocument& document, const Texts&) {
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

Outcome<Recipe> recipeOf(const MakeVectorRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  const auto vector = SteeringVector::fromDocument(document);
  if (!vector) return vector.failure<Recipe>();
  auto positives = idsOfTexts(request.positives, tokensOf), negatives = idsOfTexts(request.negatives, tokensOf);
  if (!positives) return positives.failure<Recipe>();
  if (!negatives) return negatives.failure<Recipe>();
  return Recipe{.given = {{"positives", *positives}, {"negatives", *negatives}, {"read", request.read}},
                .expected = {{"rows", nested(vector->rows)}, {"mean_norms", nested(vector->meanNorms)}},
                .code = notebook::kVector};
}

Outcome<Recipe> recipeOf(const ExploreRequest&, const ResultDocument& document, const Texts&) {
  const auto result = ExploreResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json texts = Json::array(), places = Json::array();
  for (const ExploredText& text : result->texts) texts.push_back(idsOf(text.tokens));
  for (const ExploredPlace& place : result->places) places.push_back({place.text, place.token});
  return Recipe{.given = {{"texts", texts}, {"places", places}, {"compared", result->compared}, {"site", result->site}},
                .expected = {{"norms", nested(result->norms)},
                             {"cosines", nested(result->cosines)},
                             {"explained", nested(result->explained)},
                             {"channel_share", nested(result->channelShare)}},
                .code = notebook::kExplore};
}

Outcome<Recipe> recipeOf(const NeuronsRequest&, const ResultDocument& document, const Texts&) {
  const auto result = NeuronsResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json neurons = Json::array(), written = Json::array();
  for (const NeuronFact& neuron : result->neurons) {
    neurons.push_back(neuron.neuron);
    written.push_back(neuron.written);
  }
  return Recipe{.given = {{"ids", idsIn(document, "tokens")},
                          {"layer", result->layer},
                          {"token", result->token},
                          {"neurons", neurons}},
                .expected = {{"activations", nested(result->activations)}, {"written", written}},
                .code = notebook::kNeurons};
}

Outcome<Recipe> recipeOf(const MultiHopRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  const auto result = MultiHopResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json items = Json::array(), says = Json::array();
  for (const HoppedItem& hopped : result->items) {
    if (hopped.item >= std::ssize(request.list.items)) return noNotebook("items", "a result of another list");
    if (hopped.saysIds.empty()) return noNotebook("items", "a result of an older version, without its tokens");
    const HopItem& item = request.list.items[static_cast<std::size_t>(hopped.item)];
    auto source = idsOfText(item.first, tokensOf);
    if (!source) return source.failure<Recipe>();
    const auto target = tokensOf(Prompt::plain(withBridge(item, "x")));
    if (!target) return target.failure<Recipe>();
    items.push_back({{"source_ids", std::move(*source)},
                     {"target_ids", idsOf(target->tokens)},
                     {"token", placeholderIn(target->tokens)}});
    says.push_back(hopped.saysIds);
  }
  return Recipe{.given = {{"items", items}, {"layers", result->layers}},
                .expected = {{"says", says}},
                .code = notebook::kMultiHop};
}

/// The tokens with which an answer can begin behind the target.
Outcome<Json> firstTokensOf(const FactItem& item, const Texts& tokensOf) {
  Json ids = Json::array();
  for (const std::string& answer : item.answers) {
    const auto tokens = tokensOf(Prompt::plain(" " + answer));
    if (!tokens) return tokens.failure<Json>();
    for (const TokenFact& token : tokens->tokens) {
      if (token.isSpecial) continue;
      if (!token.text.starts_with(' ')) return noNotebook("answers", "a tokenizer that drops leading blanks");
      ids.push_back(token.id);
      break;
    }
  }
  return ids;
}

Outcome<Recipe> recipeOf(const PatchscopeListRequest& request, const ResultDocument& document, const Texts& tokensOf) {
  const auto result = PatchscopeListResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  Json sources = Json::array(), answers = Json::array();
  for (const ListedItem& listed : result->items) {
    if (listed.item >= std::ssize(request.list.items)) return noNotebook("items", "a result of another list");
    const FactItem& item = request.list.items[static_cast<std::size_t>(listed.item)];
    auto ids = idsOfText(item.source, tokensOf);
    if (!ids) return ids.failure<Recipe>();
    auto firsts = firstTokensOf(item, tokensOf.as(request.targetModel));
    if (!firsts) return firsts.failure<Recipe>();
    sources.push_back(std::move(*ids));
    answers.push_back(std::move(*firsts));
  }
  Json surprisal = Json::array();  // [layer][item]
  for (std::int64_t layer = 0; layer < std::ssize(result->layers); ++layer) {
    const auto row = result->surprisal.row(0, layer);
    surprisal.push_back(std::vector<float>(row.begin(), row.end()));
  }
  Json given{{"sources", sources},
             {"target_ids", idsIn(document, "target_tokens")},
             {"token", placeholderIn(result->targetTokens)},
             {"layers", result->layers},
             {"target_layer", request.targetLayer},
             {"answers", answers},
             {"map", request.map}};
  giveMaps(given, request.affine);
  giveTarget(given, request.targetModel);
  if (const auto means = giveMeans(given, request.map, tokensOf); !means) return means.failure<Recipe>();
  return Recipe{.given = std::move(given),
                .expected = {{"surprisal_bits", surprisal}, {"text_only_bits", nested(result->textOnly)[1]}},
                .code = notebook::kPatchscopeList};
}

Json newIds(const Generation& generation) {
  Json ids = Json::array();
  for (const GeneratedToken& token : generation.tokens) ids.push_back(token.token.id);
  return ids;
}

Outcome<Recipe> recipeOf(const SteerRequest& request, const ResultDocument& document, const Texts&) {
  if (!request.vector) return noNotebook("vector", "a vector that is no longer there");
  if (request.sampling.temperature > 0) return noNotebook("temperature", "sampled text");
  if (request.setting.tokens != SteerTokens::All)
    return noNotebook("tokens", Json(request.setting.tokens).get<std::string>());
  const auto result = SteerResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  auto rows = rowsOf(*request.vector, request.setting.layers);
  if (!rows) return rows.failure<Recipe>();
  return Recipe{.given = {{"ids", idsIn(document, "promptTokens")},
                          {"vector", *rows},
                          {"strength", request.setting.strength},
                          {"keep_norm", request.setting.keepNorm}},
                .expected = {{"plain", newIds(result->plain)}, {"steered", newIds(result->steered)}},
                .code = notebook::kSteer};
}

Outcome<Recipe> recipeOf(const GenerateRequest& request, const ResultDocument& document, const Texts&) {
  if (request.sampling.temperature > 0) return noNotebook("temperature", "sampled text");
  const auto result = GenerateResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  return Recipe{.given = {{"ids", idsIn(document, "promptTokens")}},
                .expected = {{"new_ids", newIds(result->generation)}},
                .code = notebook::kGenerate};
}

/// One answer of a decoder: what it was asked about, and how.
Json askedOf(const std::vector<AskedSpan>& spans, bool isZero, bool isTrained) {
  Json places = Json::array();
  for (const AskedSpan& span : spans) places.push_back({span.firstToken, span.lastToken, span.layer});
  return {{"spans", places}, {"zero", isZero}, {"adapter", isTrained}};
}

Outcome<Recipe> recipeOf(const AskRequest& request, const ResultDocument& document, const Texts&) {
  const bool isOther = !request.reader.fingerprint.empty() && request.reader.fingerprint != request.model.fingerprint;
  if (isOther) return noNotebook("reader", "two models");
  if (!request.affine.isEmpty()) return noNotebook("affine", "a map, which is too large for a notebook");
  if (request.sampling.temperature > 0) return noNotebook("temperature", "sampled text");
  const auto result = AskResult::fromDocument(document);
  if (!result) return result.failure<Recipe>();
  if (result->readIds.empty()) return noNotebook("readIds", "an answer that was stopped, or is of an older version");
  Json asked = Json::array(), answers = Json::array();
  const auto add = [&](const Json& one, const AskAnswer& answer) {
    asked.push_back(one);
    answers.push_back(newIds(answer.generation));
  };
  // Those controls that need no other states.
  if (result->layers.empty()) add(askedOf(result->spans, false, true), result->answer);
  for (const LayerAnswer& layer : result->layers)
    add(askedOf(atLayer(result->spans, layer.layer), false, true), layer.answer);
  for (const ControlAnswer& control : result->controls) {
    if (control.control == AskControl::Zero) add(askedOf(result->spans, true, true), control.answer);
    if (control.control == AskControl::Untrained) add(askedOf(result->spans, false, false), control.answer);
  }
  return Recipe{.given = {{"ids", idsIn(document, "tokens")},
                          {"decoder", request.decoder.folder},
                          {"read_ids", result->readIds},
                          {"first_place", result->firstPlace},
                          {"asked", asked}},
                .expected = {{"answers", answers}},
                .code = notebook::kAsk};
}

template <typename Request>
Outcome<Recipe> recipeOf(const Request& request, const ResultDocument&, const Texts&) {
  return noNotebook("kind", request.kKind);
}

}  // namespace

Outcome<Json> makeNotebook(const AnyRequest& request, const ResultDocument& document, const std::string& title,
                           const TokensOf& tokensOf) {
  Outcome<Recipe> recipe = noNotebook("result", "a damaged one");
  try {
    const Texts texts{tokensOf, modelOf(request)};
    recipe = std::visit([&](const auto& typed) { return recipeOf(typed, document, texts); }, request);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  if (!recipe) return recipe.failure<Json>();
  const ModelRef& model = modelOf(request);
  const std::string intro =
      "# " + title +
      "\n\nRepeats a run of Patchbay with Python `transformers` in float32 and holds its numbers against " +
      "the ones measured there. Model: " + model.name + ", fingerprint `" + model.fingerprint + "`.\n\n" +
      "Needs `torch`, `transformers`, `safetensors`, `gguf` and `accelerate`. Set `MODEL` to the GGUF file or the Hugging Face folder.\n";
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
