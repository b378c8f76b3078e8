#include "core/text/random_identity.h"

#include <algorithm>
#include <optional>
#include <random>
#include <vector>

#include "core/text/utf8.h"

namespace patchbay {
namespace {

constexpr int kMostWords = 10;
/// A vocabulary in which so many draws in a row find no word has none to speak of.
constexpr int kMostDraws = 2000;

/// One space, then characters without another one: what stays a token of its own between spaces.
bool isWord(std::string_view bytes) {
  if (bytes.size() < 2 || bytes.front() != ' ' || !text::isUtf8(bytes)) return false;
  for (std::size_t at = 1; at < bytes.size();) {
    const text::Utf8Step step = text::utf8Step(bytes, at);
    if (step.codePoint < U' ' || step.codePoint == 0x7F || text::isWhiteSpace(step.codePoint)) return false;
    at += step.length;
  }
  return true;
}

/// The word of a token, without its space, if it is still that one token at the end of a list.
std::optional<std::string> wordOf(const Tokenizer& tokenizer, std::int32_t id) {
  const std::string& bytes = tokenizer.bytesOf(id);
  if (tokenizer.isSpecial(id) || !isWord(bytes)) return std::nullopt;
  const std::vector<std::int32_t> ids = tokenizer.encode("a ;" + bytes, {.parseSpecial = false, .addSpecial = false});
  if (ids.empty() || ids.back() != id) return std::nullopt;
  return bytes.substr(1);
}

}  // namespace

Outcome<std::string> randomIdentity(const Tokenizer& tokenizer, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](int bound) { return static_cast<int>(random() % static_cast<std::uint64_t>(std::max(bound, 1))); };
  const auto wanted = static_cast<std::size_t>(1 + below(kMostWords));
  std::vector<std::string> words;
  for (int draw = 0; draw < kMostDraws && words.size() < wanted; ++draw) {
    if (auto word = wordOf(tokenizer, below(tokenizer.size()))) words.push_back(*std::move(word));
  }
  if (words.size() < wanted)
    return Error{.code = "PRE-01",
                 .what = "no random prompt could be drawn",
                 .file = {},
                 .field = "vocabulary",
                 .found = std::to_string(words.size()) + " whole words among " + std::to_string(kMostDraws) + " tokens",
                 .expected = std::to_string(wanted),
                 .advice = "Use the fixed token-identity prompt, or type a target of your own."};
  std::string prompt;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) prompt += words[i] + " -> " + words[i] + " ; ";
  return prompt.empty() ? " " + words.back() : prompt + words.back();
}

}  // namespace patchbay
