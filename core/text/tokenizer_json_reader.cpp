#include <algorithm>
#include <tuple>

#include "core/text/text_error.h"
#include "core/text/tokenizer_parts.h"

namespace patchbay::text {

namespace {

using Ids = std::vector<std::int32_t>;

Outcome<Done> placeToken(std::vector<std::string>& tokens, std::int64_t id, std::string text) {
  if (id < 0 || id >= kMaxTokens) {
    return Error{.code = "TOK-05",
                 .what = "the vocabulary is too large",
                 .file = {},
                 .field = "vocab",
                 .found = "id " + std::to_string(id),
                 .expected = "below " + std::to_string(kMaxTokens),
                 .advice = {}};
  }
  const auto place = static_cast<std::size_t>(id);
  if (place >= tokens.size()) tokens.resize(std::max(place + 1, std::min<std::size_t>(tokens.size() * 2, kMaxTokens)));
  tokens[place] = std::move(text);
  return Done{};
}

Outcome<std::pair<std::string, std::string>> mergeOf(const Json& json) {
  if (json.is_array() && json.size() == 2) return std::pair(json[0].get<std::string>(), json[1].get<std::string>());
  const std::string both = json.get<std::string>();
  const std::size_t space = both.find(' ');
  if (space == std::string::npos) return damagedPart("model.merges", both, "two tokens with a space between");
  return std::pair(both.substr(0, space), both.substr(space + 1));
}

/// The parts of a BPE model that change its meaning and that no supported model has.
Outcome<Done> checkModel(const Json& model) {
  const std::string type = model.value("type", "BPE");
  if (type != "BPE") return unknownPart("model.type", type, "BPE");
  for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const Json& value = model.contains(affix) ? model.at(affix) : Json();
    if (value.is_string() && !value.get<std::string>().empty()) {
      return unknownPart(std::string("model.") + affix, dumpJson(value), "none");
    }
  }
  return Done{};
}

bool flag(const Json& json, const char* name) {
  return json.contains(name) && json.at(name).is_boolean() && json.at(name).get<bool>();
}

Outcome<BpeVocabulary> readModel(const Json& model) {
  if (const Outcome<Done> checked = checkModel(model); !checked) return checked.failure<BpeVocabulary>();
  BpeVocabulary made;
  const Json& vocabulary = model.at("vocab");
  if (!vocabulary.is_object()) return damagedPart("tokenizer.json: model.vocab", vocabulary.type_name(), "an object");
  std::size_t end = 0;
  for (const auto& [token, id] : vocabulary.items()) {
    const auto place = id.get<std::int64_t>();
    if (const Outcome<Done> placed = placeToken(made.tokens, place, token); !placed) {
      return placed.failure<BpeVocabulary>();
    }
    end = std::max(end, static_cast<std::size_t>(place) + 1);
  }
  made.tokens.resize(end);
  const Json& merges = model.at("merges");
  made.merges.reserve(merges.size());
  for (const Json& merge : merges) {
    Outcome<std::pair<std::string, std::string>> pair = mergeOf(merge);
    if (!pair) return pair.failure<BpeVocabulary>();
    made.merges.push_back(std::move(*pair));
  }
  made.fuseUnknown = flag(model, "fuse_unk");
  made.byteFallback = flag(model, "byte_fallback");
  made.ignoreMerges = flag(model, "ignore_merges");
  if (model.contains("unk_token") && model.at("unk_token").is_string()) {
    const Json& unknown = model.at("unk_token");
    if (vocabulary.contains(unknown.get<std::string>())) {
      made.unknownId = vocabulary.at(unknown.get<std::string>()).get<std::int32_t>();
    }
  }
  return made;
}

Outcome<std::vector<AddedToken>> readAddedTokens(const Json& list) {
  std::vector<AddedToken> tokens;
  if (list.is_null()) return tokens;
  for (const Json& entry : list) {
    AddedToken token;
    token.content = entry.at("content").get<std::string>();
    token.id = entry.at("id").get<std::int32_t>();
    token.isSpecial = flag(entry, "special");
    token.takesSpaceLeft = flag(entry, "lstrip");
    token.takesSpaceRight = flag(entry, "rstrip");
    token.singleWord = flag(entry, "single_word");
    token.normalized = flag(entry, "normalized");
    if (token.id < 0 || token.id >= kMaxTokens || token.content.size() > kMaxAddedTokenBytes) {
      return damagedPart("added_tokens",
                         "id " + std::to_string(token.id) + " of " + std::to_string(token.content.size()) + " bytes",
                         "a small id and at most 1024 bytes");
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

/// What one post-processor puts before and after a single text.
Outcome<std::pair<Ids, Ids>> readPostProcessor(const Json& json) {
  std::pair<Ids, Ids> around;
  if (json.is_null()) return around;
  const std::string type = json.at("type").get<std::string>();
  if (type == "ByteLevel") return around;
  if (type == "Sequence") {
    for (const Json& inner : json.at("processors")) {
      const Outcome<std::pair<Ids, Ids>> more = readPostProcessor(inner);
      if (!more) return more;
      around.first.insert(around.first.begin(), more->first.begin(), more->first.end());
      around.second.insert(around.second.end(), more->second.begin(), more->second.end());
    }
    return around;
  }
  if (type == "RobertaProcessing" || type == "BertProcessing") {
    around.first.push_back(json.at("cls").at(1).get<std::int32_t>());
    around.second.push_back(json.at("sep").at(1).get<std::int32_t>());
    return around;
  }
  if (type != "TemplateProcessing") {
    return unknownPart("post_processor", type, "TemplateProcessing, ByteLevel, Sequence or RobertaProcessing");
  }
  bool afterText = false;
  for (const Json& part : json.at("single")) {
    if (part.contains("Sequence")) {
      afterText = true;
      continue;
    }
    const std::string name = part.at("SpecialToken").at("id").get<std::string>();
    Ids& side = afterText ? around.second : around.first;
    for (const Json& id : json.at("special_tokens").at(name).at("ids")) side.push_back(id.get<std::int32_t>());
  }
  return around;
}

/// tokenizer_config.json writes a special token as a string or as an object with its content.
std::optional<std::int32_t> specialId(const Json& config, const char* name, const TokenizerRecipe& recipe) {
  if (!config.is_object() || !config.contains(name)) return std::nullopt;
  const Json& value = config.at(name);
  const Json& content = value.is_object() && value.contains("content") ? value.at("content") : value;
  if (!content.is_string()) return std::nullopt;
  const std::string text = content.get<std::string>();
  for (const AddedToken& token : recipe.addedTokens) {
    if (token.content == text) return token.id;
  }
  const auto& tokens = recipe.vocabulary.tokens;
  const auto found = std::find(tokens.begin(), tokens.end(), text);
  if (found == tokens.end()) return std::nullopt;
  return static_cast<std::int32_t>(found - tokens.begin());
}

const Json& partOf(const Json& json, const char* name) {
  static const Json none;
  return json.contains(name) ? json.at(name) : none;
}

Outcome<TokenizerRecipe> readParts(const VocabularyFile& file) {
  const Json& json = file.tokenizerJson;
  TokenizerRecipe recipe;
  Outcome<BpeVocabulary> model = readModel(json.at("model"));
  if (!model) return model.failure<TokenizerRecipe>();
  recipe.vocabulary = std::move(*model);
  Outcome<std::vector<AddedToken>> added = readAddedTokens(partOf(json, "added_tokens"));
  if (!added) return added.failure<TokenizerRecipe>();
  recipe.addedTokens = std::move(*added);
  Outcome<Normalizer> normalizer = Normalizer::fromJson(partOf(json, "normalizer"));
  if (!normalizer) return normalizer.failure<TokenizerRecipe>();
  recipe.normalizer = std::move(*normalizer);
  Outcome<PreTokenizer> preTokenizer = PreTokenizer::fromJson(partOf(json, "pre_tokenizer"));
  if (!preTokenizer) return preTokenizer.failure<TokenizerRecipe>();
  recipe.preTokenizer = std::move(*preTokenizer);
  Outcome<TokenDecoder> decoder = TokenDecoder::fromJson(partOf(json, "decoder"));
  if (!decoder) return decoder.failure<TokenizerRecipe>();
  recipe.decoder = std::move(*decoder);
  Outcome<std::pair<Ids, Ids>> around = readPostProcessor(partOf(json, "post_processor"));
  if (!around) return around.failure<TokenizerRecipe>();
  std::tie(recipe.prefix, recipe.suffix) = std::move(*around);
  recipe.bos = specialId(file.tokenizerConfig, "bos_token", recipe);
  recipe.eos = specialId(file.tokenizerConfig, "eos_token", recipe);
  return recipe;
}

}  // namespace

Outcome<TokenizerRecipe> readTokenizerJson(const VocabularyFile& file) {
  if (!file.tokenizerJson.is_object()) return damagedPart("tokenizer.json", "no JSON object", "a JSON object");
  try {
    return readParts(file);
  } catch (const Json::exception& failure) {
    return damagedPart("tokenizer.json", failure.what(), "the fields of a BPE tokenizer");
  }
}

}  // namespace patchbay::text
