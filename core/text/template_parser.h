#pragma once

#include <string_view>
#include <vector>

#include "core/text/template_expression_parser.h"
#include "core/text/template_tree.h"

namespace patchbay::chat {

/// Reads the tags and the text between them.
/// Errors   throws Failure TPL-02, TPL-03 for a tag that is not known, TPL-04.
class TemplateParser {
public:
  explicit TemplateParser(std::vector<Token> tokens) : m_tokens(std::move(tokens)), m_expressions(m_tokens) {}

  [[nodiscard]] Body parse();

private:
  /// Statements up to a tag that begins with one of `ends`, which is left to be read.
  Body parseBody(const std::vector<std::string_view>& ends);
  std::unique_ptr<Statement> parseTag();
  void parseIf(Statement& made);
  void parseFor(Statement& made);
  void parseSet(Statement& made);
  void parseMacro(Statement& made);
  void parseGroup(Statement& made);
  void endTag() { m_tokens.expect(TokenKind::BlockEnd, "the end of the tag"); }
  void closeBlock(std::string_view name);
  [[nodiscard]] bool isAtTag(const std::vector<std::string_view>& names) const;

  TokenStream m_tokens;
  ExpressionParser m_expressions;
  int m_depth = 0;
  int m_loops = 0;  ///< loops around the tag that is read
};

}  // namespace patchbay::chat
