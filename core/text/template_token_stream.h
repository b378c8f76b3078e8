#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/template_lexer.h"
#include "core/text/template_run.h"

namespace patchbay::chat {

/// The tokens of a template with a place to read from.
class TokenStream {
public:
  explicit TokenStream(std::vector<Token> tokens) : m_tokens(std::move(tokens)) {}

  [[nodiscard]] const Token& now() const { return m_tokens[m_at]; }
  [[nodiscard]] const Token& later(std::size_t steps) const {
    return m_tokens[std::min(m_at + steps, m_tokens.size() - 1)];
  }
  Token take() {
    Token token = now();
    if (m_at + 1 < m_tokens.size()) ++m_at;
    return token;
  }
  [[nodiscard]] bool isAt(TokenKind kind) const { return now().kind == kind; }
  [[nodiscard]] bool isAt(TokenKind kind, std::string_view text) const { return isAt(kind) && now().text == text; }
  [[nodiscard]] bool isOperator(std::string_view text) const { return isAt(TokenKind::Operator, text); }
  [[nodiscard]] bool isName(std::string_view text) const { return isAt(TokenKind::Name, text); }
  bool skipOperator(std::string_view text) { return isOperator(text) && (take(), true); }
  bool skipName(std::string_view text) { return isName(text) && (take(), true); }
  /// Errors   throws Failure TPL-02 naming what is there instead.
  Token expect(TokenKind kind, std::string_view what) {
    if (!isAt(kind)) surprise(what);
    return take();
  }
  void expectOperator(std::string_view text) {
    if (!skipOperator(text)) surprise(text);
  }
  [[noreturn]] void surprise(std::string_view expected) const {
    fail("TPL-02", "the chat template lacks " + std::string(expected), now().line,
         isAt(TokenKind::End) ? "its end"
         : now().text.empty() ? "the end of the tag"
                              : now().text.substr(0, 40));
  }

private:
  std::vector<Token> m_tokens;
  std::size_t m_at = 0;
};

/// Counts how deep the parser is inside itself, so that a hostile template cannot use up the stack.
class Nesting {
public:
  Nesting(int& depth, int line) : m_depth(depth) {
    if (++m_depth > kMaxTreeDepth) fail("TPL-04", "the chat template is nested too deep", line);
  }
  ~Nesting() { --m_depth; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

private:
  int& m_depth;
};

}  // namespace patchbay::chat
