#pragma once

#include "core/text/template_token_stream.h"
#include "core/text/template_tree.h"

namespace patchbay::chat {

/// Reads expressions, with Jinja's order of operators.
/// Errors   throws Failure TPL-02, TPL-04.
class ExpressionParser {
public:
  explicit ExpressionParser(TokenStream& tokens) : m_tokens(tokens) {}

  /// A whole expression, "a if b else c" included.
  [[nodiscard]] ExpressionPtr parse();
  /// One without "if", as between "in" and "if" of a for tag.
  [[nodiscard]] ExpressionPtr parseWithoutIf() { return parseOr(); }
  /// A node over `parts`, on the line that is read.
  [[nodiscard]] ExpressionPtr make(Expression::Kind kind, std::vector<ExpressionPtr> parts,
                                   std::string name = {}) const;

private:
  ExpressionPtr parseOr();
  ExpressionPtr parseAnd();
  ExpressionPtr parseNot();
  ExpressionPtr parseCompare();
  ExpressionPtr parseSum();
  ExpressionPtr parseJoin();
  ExpressionPtr parseProduct();
  ExpressionPtr parsePower();
  ExpressionPtr parseUnary(bool withFilters);
  ExpressionPtr parsePrimary();
  ExpressionPtr parsePostfix(ExpressionPtr subject);
  ExpressionPtr parseFilters(ExpressionPtr subject);
  ExpressionPtr parseTest(ExpressionPtr subject);
  ExpressionPtr parseSubscript(ExpressionPtr subject);
  ExpressionPtr parseBrackets();
  ExpressionPtr parseMapping();
  void parseArguments(Expression& call);
  [[nodiscard]] std::string comparison();
  ExpressionPtr binary(ExpressionPtr left, ExpressionPtr right, std::string name) const;
  ExpressionPtr literal(Value value) const;

  TokenStream& m_tokens;
  int m_depth = 0;
};

}  // namespace patchbay::chat
