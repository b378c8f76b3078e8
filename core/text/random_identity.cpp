#include "core/text/random_identity.h"

#include <algorithm>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

#include "core/text/utf8.h"

namespace patchbay {
namespace {

constexpr int kMostWords = 10;
/// A vocabulary in which so many draws do not find ten words has none to speak of.
constexpr int kMostDraws = 4000;
constexpr std::string_view kArrow = " ->", kBreak = " ;";

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

/// The token without its space if it is an ordinary word, and none of the signs between the words.
std::optional<std::string> wordOf(const Tokenizer& tokenizer, std::int32_t id) {
  const std::string& bytes = tokenizer.bytesOf(id);
  if (tokenizer.isSpecial(id) || !isWord(bytes) || bytes == kArrow || bytes == kBreak) return std::nullopt;
  return bytes.substr(1);
}

std::string promptOver(const std::vector<std::string>& words) {
  std::string prompt;
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    prompt.append(words[i]).append(kArrow).append(" ").append(words[i]).append(kBreak).append(" ");
  return prompt.empty() ? " " + words.back() : prompt + words.back();
}

}  // namespace

Outcome<std::string> randomIdentity(const Tokenizer& tokenizer, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](int bound) {
    return static_cast<int>(random() % static_cast<std::uint64_t>(std::max(bound, 1)));
  };
  const auto wanted = static_cast<std::size_t>(1 + below(kMostWords));
  std::vector<std::string> words;
  for (int draw = 0; draw < kMostDraws; ++draw) {
    const std::int32_t id = below(tokenizer.size());
    auto word = wordOf(tokenizer, id);
    if (!word) continue;
    words.push_back(*std::move(word));
    if (words.size() < wanted) continue;
    std::string prompt = promptOver(words);
    // The place that is written to is the whole last word; another one where it fell apart.
    const std::vector<std::int32_t> ids = tokenizer.encode(prompt, {.parseSpecial = false, .addSpecial = false});
    if (!ids.empty() && ids.back() == id) return prompt;
    words.pop_back();
  }
  return Error{.code = "PRE-01",
               .what = "no random prompt could be drawn",
               .file = {},
               .field = "vocabulary",
               .found = std::to_string(words.size()) + " whole words among " + std::to_string(kMostDraws) + " tokens",
               .expected = std::to_string(wanted),
               .advice = "Use the fixed token-identity prompt, or type a target of your own."};
}

}  // namespace patchbay
