#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace patchbay::text {

/// A token that is found in the text as it stands, before any other step.
struct AddedToken {
  std::string content;
  std::int32_t id = -1;
  bool isSpecial = false;
  bool takesSpaceLeft = false;   ///< lstrip: the white space before it belongs to it
  bool takesSpaceRight = false;  ///< rstrip
  bool singleWord = false;       ///< only where no word character touches it
  bool normalized = false;       ///< looked for in the normalised text
};

/// A stretch of text, or an added token found in it.
struct Section {
  std::string_view text;
  std::int32_t id = -1;  ///< of the added token; -1 for plain text
};

/// Finds added tokens in a text: at each place the longest one.
///
/// Thread   any, after the last `add`.   Cost  one step per byte of text and of token that begins there.
class AddedTokenFinder {
public:
  void add(AddedToken token);
  [[nodiscard]] bool isEmpty() const { return m_tokens.empty(); }
  /// The text as sections in order; with `parseSpecial` false, special tokens are left in the text.
  [[nodiscard]] std::vector<Section> split(std::string_view text, bool parseSpecial) const;

private:
  [[nodiscard]] const AddedToken* longestAt(std::string_view text, std::size_t position) const;

  std::vector<AddedToken> m_tokens;
  std::array<bool, 256> m_startsToken{};
  /// A tree of prefixes: (node, byte) to node; a node may end a token.
  std::unordered_map<std::uint64_t, std::uint32_t> m_edges;
  std::vector<int> m_tokenOfNode{-1};
};

}  // namespace patchbay::text
