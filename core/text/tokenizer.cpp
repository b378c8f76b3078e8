#include "core/text/tokenizer.h"

#include <algorithm>
#include <unordered_map>

#include "core/text/text_error.h"
#include "core/text/tokenizer_parts.h"
#include "core/text/utf8.h"

namespace patchbay {

namespace {

using Ids = std::vector<std::int32_t>;
using text::TokenizerParts;
using text::TokenizerRecipe;

constexpr std::size_t kMaxCachedWords = 16 * 1024;
constexpr std::size_t kMaxCachedBytes = 64;

/// One run of `encode`: the words met so far are remembered, since texts repeat them.
class Encoding {
public:
  Encoding(const TokenizerParts& parts, bool parseSpecial) : m_parts(parts), m_parseSpecial(parseSpecial) {}

  void addText(std::string_view whole) {
    for (const text::Section& section : m_parts.rawTokens.split(whole, m_parseSpecial)) {
      if (section.id >= 0)
        m_ids.push_back(section.id);
      else
        addSection(section.text, section.text.data() == whole.data());
    }
  }
  [[nodiscard]] Ids& ids() { return m_ids; }

private:
  void addSection(std::string_view section, bool startsText) {
    std::string changed;
    if (!m_parts.normalizer.changesNothing()) {
      changed = m_parts.normalizer.apply(section, m_budget);
      section = changed;
    }
    if (m_parts.normalizedTokens.isEmpty()) return addPlain(section, startsText);
    for (const text::Section& part : m_parts.normalizedTokens.split(section, m_parseSpecial)) {
      if (part.id >= 0)
        m_ids.push_back(part.id);
      else
        addPlain(part.text, startsText && part.text.data() == section.data());
    }
  }

  void addPlain(std::string_view plain, bool startsText) {
    const text::PieceList pieces = m_parts.preTokenizer.split(plain, startsText, m_budget);
    for (std::size_t i = 0; i < pieces.size(); ++i) addPiece(pieces[i]);
  }

  void addPiece(std::string_view piece) {
    if (piece.size() > kMaxCachedBytes) return m_parts.model.encode(piece, m_ids);
    const std::string word(piece);
    if (const auto known = m_words.find(word); known != m_words.end()) {
      m_ids.insert(m_ids.end(), known->second.begin(), known->second.end());
      return;
    }
    const auto begin = static_cast<std::ptrdiff_t>(m_ids.size());
    m_parts.model.encode(piece, m_ids);
    if (m_words.size() < kMaxCachedWords) m_words.emplace(word, Ids(m_ids.begin() + begin, m_ids.end()));
  }

  const TokenizerParts& m_parts;
  bool m_parseSpecial;
  text::PatternBudget m_budget;
  std::unordered_map<std::string, Ids> m_words;
  Ids m_ids;
};

Outcome<Done> checkIds(const TokenizerRecipe& recipe, const Ids& ends, std::size_t size) {
  Ids all = ends;
  all.insert(all.end(), recipe.prefix.begin(), recipe.prefix.end());
  all.insert(all.end(), recipe.suffix.begin(), recipe.suffix.end());
  for (const auto& id : {recipe.bos, recipe.eos, recipe.vocabulary.unknownId}) {
    if (id) all.push_back(*id);
  }
  for (const std::int32_t id : all) {
    if (id >= 0 && static_cast<std::size_t>(id) < size) continue;
    return text::damagedPart("special tokens", "id " + std::to_string(id), "an id below " + std::to_string(size));
  }
  return Done{};
}

std::size_t idCount(const TokenizerRecipe& recipe) {
  std::size_t count = recipe.vocabulary.tokens.size();
  for (const text::AddedToken& token : recipe.addedTokens) {
    count = std::max(count, static_cast<std::size_t>(token.id) + 1);
  }
  return count;
}

Outcome<std::unique_ptr<const TokenizerParts>> readParts(const VocabularyFile& file) {
  using Result = std::unique_ptr<const TokenizerParts>;
  Outcome<TokenizerRecipe> recipe = file.isGguf ? text::readGgufVocabulary(file) : text::readTokenizerJson(file);
  if (!recipe) return recipe.failure<Result>();
  Ids ends = file.endIds;
  if (ends.empty() && recipe->eos) ends.push_back(*recipe->eos);
  const Outcome<Done> checked = checkIds(*recipe, ends, idCount(*recipe));
  if (!checked) return checked.failure<Result>();
  return Result(std::make_unique<const TokenizerParts>(std::move(*recipe), std::move(ends)));
}

}  // namespace

Outcome<std::shared_ptr<const Tokenizer>> Tokenizer::open(const VocabularyFile& file) {
  using Result = std::shared_ptr<const Tokenizer>;
  if (file.isGguf ? file.tokens.empty() : file.tokenizerJson.is_null()) {
    return Error{.code = "TOK-01",
                 .what = "the model has no tokenizer",
                 .file = file.file,
                 .field = file.isGguf ? "tokenizer.ggml.tokens" : "tokenizer.json",
                 .found = {},
                 .expected = {},
                 .advice = "Put tokenizer.json beside the weights, or use a GGUF file with a tokenizer."};
  }
  Outcome<std::unique_ptr<const TokenizerParts>> parts = readParts(file);
  if (parts.isError()) {
    Error error = parts.error();
    error.file = file.file;
    return error;
  }
  return Result(new Tokenizer(std::move(*parts)));
}

Tokenizer::Tokenizer(std::unique_ptr<const TokenizerParts> parts) : m_parts(std::move(parts)) {}

Tokenizer::~Tokenizer() = default;

std::vector<std::int32_t> Tokenizer::encode(std::string_view text, EncodeOptions options) const {
  const std::string clean = text::isUtf8(text) ? std::string() : text::toUtf8(text);
  Encoding encoding(*m_parts, options.parseSpecial);
  if (options.addSpecial) encoding.ids() = m_parts->prefix;
  encoding.addText(clean.empty() ? text : std::string_view(clean));
  Ids ids = std::move(encoding.ids());
  if (options.addSpecial) ids.insert(ids.end(), m_parts->suffix.begin(), m_parts->suffix.end());
  return ids;
}

std::string Tokenizer::decode(std::span<const std::int32_t> ids, bool skipSpecial) const {
  std::string bytes;
  for (const std::int32_t id : ids) {
    if (!(skipSpecial && isSpecial(id))) bytes += bytesOf(id);
  }
  if (m_parts->dropsLeadingSpace && bytes.starts_with(' ')) bytes.erase(0, 1);
  return text::toUtf8(bytes);
}

const std::string& Tokenizer::bytesOf(std::int32_t id) const {
  static const std::string none;
  return id >= 0 && id < size() ? m_parts->bytes[static_cast<std::size_t>(id)] : none;
}

TokenFact Tokenizer::fact(std::int32_t id) const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const std::string& bytes = bytesOf(id);
  TokenFact shown{.id = id, .text = text::toUtf8(bytes), .bytesHex = {}, .isSpecial = isSpecial(id)};
  if (shown.text == bytes) return shown;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    if (!shown.bytesHex.empty()) shown.bytesHex += ' ';
    shown.bytesHex += kDigits[value >> 4];
    shown.bytesHex += kDigits[value & 15];
  }
  return shown;
}

int Tokenizer::size() const { return static_cast<int>(m_parts->bytes.size()); }

std::optional<std::int32_t> Tokenizer::bos() const { return m_parts->bos; }

std::optional<std::int32_t> Tokenizer::eos() const { return m_parts->eos; }

const std::vector<std::int32_t>& Tokenizer::endIds() const { return m_parts->endIds; }

bool Tokenizer::isEnd(std::int32_t id) const { return std::ranges::find(endIds(), id) != endIds().end(); }

bool Tokenizer::isSpecial(std::int32_t id) const {
  return id >= 0 && id < size() && m_parts->isSpecial[static_cast<std::size_t>(id)];
}

std::string_view Tokenizer::specialText(std::int32_t id) const {
  return isSpecial(id) ? std::string_view(bytesOf(id)) : std::string_view();
}

std::optional<std::int32_t> Tokenizer::idOf(std::string_view bytes) const {
  return m_parts->byBytes.find(bytes, m_parts->bytes);
}

bool Tokenizer::dropsLeadingSpace() const { return m_parts->dropsLeadingSpace; }

}  // namespace patchbay
