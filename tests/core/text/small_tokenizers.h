#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/byte_alphabet.h"
#include "core/text/tokenizer.h"
#include "core/text/utf8.h"

namespace patchbay::test {

/// The byte alphabet's letters of some bytes, one string a letter.
inline std::vector<std::string> lettersOf(std::string_view bytes) {
  std::vector<std::string> letters;
  for (const char byte : bytes) text::appendByteLetters(letters.emplace_back(), std::string_view(&byte, 1));
  return letters;
}

/// A byte-level GGUF vocabulary in which any two neighbouring stretches of `sample` merge, so that every piece a
/// pre-tokenizer cuts out of `sample` becomes exactly one token.
inline VocabularyFile greedyVocabulary(std::string_view sample, const std::string& preTokenizer) {
  VocabularyFile file;
  file.file = "greedy.gguf";
  file.isGguf = true;
  file.ggufModel = "gpt2";
  file.ggufPre = preTokenizer;
  const std::vector<std::string> letters = lettersOf(sample);
  const auto stretch = [&](std::size_t begin, std::size_t end) {
    std::string joined;
    for (std::size_t i = begin; i < end; ++i) joined += letters[i];
    return joined;
  };
  std::set<std::string> tokens;
  std::set<std::string> merges;
  for (std::size_t begin = 0; begin < letters.size(); ++begin) {
    for (std::size_t end = begin + 1; end <= letters.size(); ++end) {
      tokens.insert(stretch(begin, end));
      for (std::size_t cut = begin + 1; cut < end; ++cut) merges.insert(stretch(begin, cut) + " " + stretch(cut, end));
    }
  }
  file.tokens.assign(tokens.begin(), tokens.end());
  file.merges.assign(merges.begin(), merges.end());
  return file;
}

/// A byte-level GGUF vocabulary: tokens 0 to 255 are the bytes, then the given texts in the order of their merges,
/// "left right" in plain text, then control tokens.
inline VocabularyFile byteVocabulary(const std::vector<std::pair<std::string, std::string>>& merges,
                                     const std::vector<std::string>& controls = {}) {
  VocabularyFile file;
  file.file = "bytes.gguf";
  file.isGguf = true;
  file.ggufModel = "gpt2";
  file.ggufPre = "gpt-2";
  const auto add = [&](std::string token, std::int32_t type) {
    file.tokens.push_back(std::move(token));
    file.tokenTypes.push_back(type);
  };
  const auto written = [](const std::string& bytes) {
    std::string letters;
    text::appendByteLetters(letters, bytes);
    return letters;
  };
  for (int byte = 0; byte < 256; ++byte) add(written(std::string(1, static_cast<char>(byte))), 1);
  for (const auto& [left, right] : merges) {
    file.merges.push_back(written(left) + " " + written(right));
    add(written(left + right), 1);
  }
  for (const std::string& control : controls) add(control, 3);
  return file;
}

/// Opens a vocabulary that must be in order.
inline std::shared_ptr<const Tokenizer> openedTokenizer(const VocabularyFile& file) {
  const auto opened = Tokenizer::open(file);
  return opened ? *opened : nullptr;
}

}  // namespace patchbay::test
