#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::text {

/// A text cut into pieces, kept in one string. No piece is empty.
class PieceList {
public:
  PieceList() = default;
  explicit PieceList(std::string_view whole) { add(whole); }

  void add(std::string_view piece) {
    m_text += piece;
    close();
  }
  /// The string pieces grow in; `close` ends the piece that was written to it.
  [[nodiscard]] std::string& open() { return m_text; }
  void close() {
    if (m_text.size() != (m_ends.empty() ? 0 : m_ends.back())) m_ends.push_back(m_text.size());
  }

  [[nodiscard]] std::size_t size() const { return m_ends.size(); }
  [[nodiscard]] std::string_view operator[](std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : m_ends[i - 1];
    return std::string_view(m_text).substr(begin, m_ends[i] - begin);
  }

private:
  std::string m_text;
  std::vector<std::size_t> m_ends;
};

}  // namespace patchbay::text
