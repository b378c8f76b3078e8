#include <algorithm>
#include <array>
#include <cmath>

#include "core/text/text_error.h"
#include "core/text/tokenizer_parts.h"

namespace patchbay::text {

namespace {

/// token_type of GGUF.
enum class TokenType : std::int32_t { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// A way to cut text that GGUF files name instead of describing.
struct NamedPreTokenizer {
  std::string_view name;
  bool digitsFirst;  ///< each digit is a piece of its own before the pattern looks at the text
  std::string_view pattern;
  bool composes;  ///< text is brought to NFC first
  bool ignoreMerges;
  bool addsBos;  ///< unless the file says otherwise
};

constexpr std::array<NamedPreTokenizer, 10> kNamed{{
    {"", false, kGpt2Pattern, false, false, false},
    {"default", false, kGpt2Pattern, false, false, false},
    {"gpt-2", false, kGpt2Pattern, false, false, false},
    {"smollm", true, kGpt2Pattern, false, false, false},
    {"llama-bpe", false, kLlama3Pattern, false, true, true},
    {"llama3", false, kLlama3Pattern, false, true, true},
    {"llama-v3", false, kLlama3Pattern, false, true, true},
    {"qwen2", false, kQwen2Pattern, true, false, false},
    {"deepseek-r1-qwen", false, kQwen2Pattern, true, false, false},
    {"megrez", false, kQwen2Pattern, true, false, false},
}};

TokenType typeOf(const VocabularyFile& file, std::size_t id) {
  return id < file.tokenTypes.size() ? static_cast<TokenType>(file.tokenTypes[id]) : TokenType::Normal;
}

Outcome<Done> addPreTokenizer(const NamedPreTokenizer& named, TokenizerRecipe& recipe) {
  Json steps = Json::array();
  if (named.digitsFirst) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
  steps.push_back({{"type", "Split"}, {"behavior", "Isolated"}, {"pattern", {{"Regex", named.pattern}}}});
  steps.push_back({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", false}});
  Outcome<PreTokenizer> made = PreTokenizer::fromJson({{"type", "Sequence"}, {"pretokenizers", std::move(steps)}});
  if (!made) return made.failure<Done>();
  recipe.preTokenizer = std::move(*made);
  if (named.composes) recipe.normalizer.add(UnicodeForm::Nfc);
  return Done{};
}

/// Merges are "left right"; a token of a merge holds no space, as the byte alphabet has none.
Outcome<Done> addMerges(const VocabularyFile& file, TokenizerRecipe& recipe) {
  recipe.vocabulary.merges.reserve(file.merges.size());
  for (const std::string& merge : file.merges) {
    const std::size_t space = merge.find(' ', 1);
    if (space == std::string::npos) {
      return damagedPart("tokenizer.ggml.merges", merge, "two tokens with a space between");
    }
    recipe.vocabulary.merges.emplace_back(merge.substr(0, space), merge.substr(space + 1));
  }
  return Done{};
}

Outcome<Done> readByteLevel(const VocabularyFile& file, TokenizerRecipe& recipe) {
  const auto named = std::find_if(kNamed.begin(), kNamed.end(),
                                  [&](const NamedPreTokenizer& known) { return known.name == file.ggufPre; });
  if (named == kNamed.end()) {
    return unknownPart("tokenizer.ggml.pre", file.ggufPre, "smollm, gpt-2, llama-bpe, llama3, qwen2 or default");
  }
  recipe.decoder = TokenDecoder::byteLevel();
  recipe.vocabulary.ignoreMerges = named->ignoreMerges;
  if (const Outcome<Done> added = addPreTokenizer(*named, recipe); !added) return added;
  if (const Outcome<Done> added = addMerges(file, recipe); !added) return added;
  if (file.addBos.value_or(named->addsBos) && recipe.bos) recipe.prefix.push_back(*recipe.bos);
  if (file.addEos.value_or(false) && recipe.eos) recipe.suffix.push_back(*recipe.eos);
  return Done{};
}

Outcome<Done> readSentencePiece(const VocabularyFile& file, TokenizerRecipe& recipe) {
  const bool hasScores = file.scores.size() == file.tokens.size();
  if (!hasScores || std::any_of(file.scores.begin(), file.scores.end(), [](float s) { return std::isnan(s); })) {
    return damagedPart("tokenizer.ggml.scores", std::to_string(file.scores.size()) + " scores",
                       "a number for each of " + std::to_string(file.tokens.size()) + " tokens");
  }
  const bool prefixSpace = file.addSpacePrefix.value_or(true);
  recipe.vocabulary.scores = file.scores;
  recipe.vocabulary.byteFallback = true;
  recipe.vocabulary.fuseUnknown = true;
  recipe.vocabulary.unknownId = file.unknownId;
  recipe.decoder = TokenDecoder::sentencePiece(prefixSpace);
  if (prefixSpace) recipe.normalizer.add(PrependText{"\u2581"});
  recipe.normalizer.add(ReplaceLiteral{" ", "\u2581"});
  if (file.addBos.value_or(true) && recipe.bos) recipe.prefix.push_back(*recipe.bos);
  if (file.addEos.value_or(false) && recipe.eos) recipe.suffix.push_back(*recipe.eos);
  return Done{};
}

/// Control and user-defined tokens are found in the text as written and never made by merging.
Outcome<Done> addTokens(const VocabularyFile& file, TokenizerRecipe& recipe) {
  recipe.vocabulary.tokens = file.tokens;
  for (std::size_t id = 0; id < file.tokens.size(); ++id) {
    const TokenType type = typeOf(file, id);
    const bool isSpecial = type == TokenType::Control || type == TokenType::Unknown;
    if (!isSpecial && type != TokenType::UserDefined) continue;
    if (file.tokens[id].size() > kMaxAddedTokenBytes) {
      return damagedPart("tokenizer.ggml.tokens",
                         std::to_string(file.tokens[id].size()) + " bytes in token " + std::to_string(id),
                         "at most 1024 bytes");
    }
    AddedToken token;
    token.content = file.tokens[id];
    token.id = static_cast<std::int32_t>(id);
    token.isSpecial = isSpecial;
    recipe.addedTokens.push_back(std::move(token));
    recipe.vocabulary.tokens[id].clear();
  }
  return Done{};
}

}  // namespace

Outcome<TokenizerRecipe> readGgufVocabulary(const VocabularyFile& file) {
  if (file.tokens.size() > static_cast<std::size_t>(kMaxTokens)) {
    return Error{.code = "TOK-05",
                 .what = "the vocabulary is too large",
                 .file = {},
                 .field = "tokenizer.ggml.tokens",
                 .found = std::to_string(file.tokens.size()) + " tokens",
                 .expected = "at most " + std::to_string(kMaxTokens),
                 .advice = {}};
  }
  TokenizerRecipe recipe;
  recipe.bos = file.bosId;
  recipe.eos = file.eosId;
  Outcome<Done> read = addTokens(file, recipe);
  if (!read) return read.failure<TokenizerRecipe>();
  if (file.ggufModel == "gpt2")
    read = readByteLevel(file, recipe);
  else if (file.ggufModel == "llama")
    read = readSentencePiece(file, recipe);
  else
    read = unknownPart("tokenizer.ggml.model", file.ggufModel, "gpt2 or llama");
  if (!read) return read.failure<TokenizerRecipe>();
  return recipe;
}

}  // namespace patchbay::text
