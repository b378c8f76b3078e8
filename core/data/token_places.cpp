#include "core/data/token_places.h"

#include <cstddef>

namespace patchbay {
namespace {

/// Bytes of the text behind each token; special tokens stand for no text. Counted from the end, where tokenizers that
/// put a blank before a text agree with those that do not.
std::vector<std::size_t> bytesBehind(const std::vector<TokenFact>& tokens) {
  std::vector<std::size_t> behind(tokens.size(), 0);
  std::size_t bytes = 0;
  for (std::size_t i = tokens.size(); i-- > 0;) {
    behind[i] = bytes;
    const TokenFact& token = tokens[i];
    // "e2 80" are two bytes.
    if (!token.isSpecial) bytes += token.bytesHex.empty() ? token.text.size() : (token.bytesHex.size() + 1) / 3;
  }
  return behind;
}

}  // namespace

std::int64_t placeholderIn(const std::vector<TokenFact>& tokens) {
  for (std::int64_t token = std::ssize(tokens) - 1; token >= 0; --token)
    if (const std::string& word = tokens[static_cast<std::size_t>(token)].text; word == "x" || word == " x")
      return token;
  return std::ssize(tokens) - 1;
}

std::vector<std::pair<std::int64_t, std::int64_t>> pairedTokens(const std::vector<TokenFact>& source,
                                                                const std::vector<TokenFact>& target) {
  const std::vector<std::size_t> left = bytesBehind(source), right = bytesBehind(target);
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 1, j = 1; i < left.size() && j < right.size();) {
    if (left[i] == right[j]) {
      pairs.emplace_back(i++, j++);
    } else if (left[i] > right[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

}  // namespace patchbay
