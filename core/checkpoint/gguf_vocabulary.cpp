#include "core/checkpoint/gguf_vocabulary.h"

#include <algorithm>

#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

/// Reads the single values of the tokenizer, each with its own type checked.
class TokenizerKeys {
public:
  TokenizerKeys(const VocabularyFile& vocabulary, const Json& config, std::vector<std::string>& warnings)
      : m_vocabulary(vocabulary), m_config(config), m_warnings(warnings) {}

  [[nodiscard]] std::string text(const char* key) const {
    const auto value = m_config.find(key);
    if (value == m_config.end()) return {};
    if (!value->is_string()) refuse(key, "a text", value->type_name());
    return value->get<std::string>();
  }

  [[nodiscard]] std::optional<bool> flag(const char* key) const {
    const auto value = m_config.find(key);
    if (value == m_config.end()) return std::nullopt;
    if (!value->is_boolean()) refuse(key, "yes or no", value->type_name());
    return value->get<bool>();
  }

  [[nodiscard]] std::optional<std::int32_t> token(const char* key) const {
    const auto value = m_config.find(key);
    if (value == m_config.end()) return std::nullopt;
    if (!value->is_number_integer()) refuse(key, "a token number", value->type_name());
    const auto id = value->get<std::int64_t>();
    if (id >= 0 && id < static_cast<std::int64_t>(m_vocabulary.tokens.size())) return static_cast<std::int32_t>(id);
    m_warnings.push_back(std::string(key) + " is " + value->dump() +
                         ", which is not a token of the vocabulary; it is ignored.");
    return std::nullopt;
  }

  [[noreturn]] void refuse(const char* key, std::string expected, std::string found) const {
    throw Refusal{{.code = "GGUF-15",
                   .what = "the vocabulary is damaged",
                   .file = m_vocabulary.file,
                   .field = key,
                   .found = std::move(found),
                   .expected = std::move(expected),
                   .advice = "Fetch the file again or convert the model anew."}};
  }

private:
  const VocabularyFile& m_vocabulary;
  const Json& m_config;
  std::vector<std::string>& m_warnings;
};

}  // namespace

void completeGgufVocabulary(VocabularyFile& vocabulary, const Json& config, std::vector<std::string>& warnings) {
  const TokenizerKeys keys(vocabulary, config, warnings);
  const std::size_t count = vocabulary.tokens.size();
  if (count == 0) keys.refuse("tokenizer.ggml.tokens", "a list of tokens", "none");
  const auto fits = [&](std::size_t size, const char* key) {
    if (size != 0 && size != count)
      keys.refuse(key, std::to_string(count) + " values, one for each token", std::to_string(size));
  };
  fits(vocabulary.scores.size(), "tokenizer.ggml.scores");
  fits(vocabulary.tokenTypes.size(), "tokenizer.ggml.token_type");

  vocabulary.ggufModel = keys.text("tokenizer.ggml.model");
  vocabulary.ggufPre = keys.text("tokenizer.ggml.pre");
  vocabulary.chatTemplate = keys.text("tokenizer.chat_template");
  vocabulary.bosId = keys.token("tokenizer.ggml.bos_token_id");
  vocabulary.eosId = keys.token("tokenizer.ggml.eos_token_id");
  vocabulary.unknownId = keys.token("tokenizer.ggml.unknown_token_id");
  vocabulary.padId = keys.token("tokenizer.ggml.padding_token_id");
  vocabulary.addBos = keys.flag("tokenizer.ggml.add_bos_token");
  vocabulary.addEos = keys.flag("tokenizer.ggml.add_eos_token");
  vocabulary.addSpacePrefix = keys.flag("tokenizer.ggml.add_space_prefix");
  for (const auto& end :
       {vocabulary.eosId, keys.token("tokenizer.ggml.eot_token_id"), keys.token("tokenizer.ggml.eom_token_id")}) {
    if (end && std::find(vocabulary.endIds.begin(), vocabulary.endIds.end(), *end) == vocabulary.endIds.end())
      vocabulary.endIds.push_back(*end);
  }
}

}  // namespace patchbay
