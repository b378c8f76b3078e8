#include "core/text/template_parser.h"

#include <algorithm>
#include <utility>

namespace patchbay::chat {

using Kind = Statement::Kind;

Body TemplateParser::parse() {
  Body body = parseBody({});
  if (!m_tokens.isAt(TokenKind::End)) m_tokens.surprise("its end");
  return body;
}

bool TemplateParser::isAtTag(const std::vector<std::string_view>& names) const {
  if (!m_tokens.isAt(TokenKind::BlockBegin) || m_tokens.later(1).kind != TokenKind::Name) return false;
  return std::find(names.begin(), names.end(), m_tokens.later(1).text) != names.end();
}

Body TemplateParser::parseBody(const std::vector<std::string_view>& ends) {
  const Nesting nesting(m_depth, m_tokens.now().line);
  Body body;
  while (!m_tokens.isAt(TokenKind::End) && !isAtTag(ends)) {
    auto made = std::make_unique<Statement>();
    made->line = m_tokens.now().line;
    if (m_tokens.isAt(TokenKind::Text)) {
      made->text = m_tokens.take().text;
    } else if (m_tokens.isAt(TokenKind::OutputBegin)) {
      m_tokens.take();
      made->kind = Kind::Output;
      made->expressions.push_back(m_expressions.parse());
      m_tokens.expect(TokenKind::OutputEnd, "the end of the tag");
    } else {
      made = parseTag();
    }
    body.push_back(std::move(made));
  }
  return body;
}

std::unique_ptr<Statement> TemplateParser::parseTag() {
  m_tokens.expect(TokenKind::BlockBegin, "a tag");
  const Token name = m_tokens.expect(TokenKind::Name, "the name of the tag");
  auto made = std::make_unique<Statement>();
  made->line = name.line;
  if (name.text == "if")
    parseIf(*made);
  else if (name.text == "for")
    parseFor(*made);
  else if (name.text == "set")
    parseSet(*made);
  else if (name.text == "macro")
    parseMacro(*made);
  else if (name.text == "generation")
    parseGroup(*made);
  else if (name.text == "break" || name.text == "continue") {
    if (m_loops == 0) fail("TPL-02", "a tag of the chat template stands outside a loop", name.line, name.text);
    made->kind = name.text == "break" ? Kind::Break : Kind::Continue;
    endTag();
  } else if (name.text.starts_with("end") || name.text.starts_with("el")) {
    fail("TPL-02", "a tag of the chat template ends what was never begun", name.line, name.text);
  } else {
    fail("TPL-03", "the chat template uses a tag that is not known", name.line, name.text);
  }
  return made;
}

void TemplateParser::closeBlock(std::string_view name) {
  if (!isAtTag({name})) m_tokens.surprise(name);
  m_tokens.take();
  m_tokens.take();
  if (name == "endmacro" && m_tokens.isAt(TokenKind::Name)) m_tokens.take();
  endTag();
}

void TemplateParser::parseIf(Statement& made) {
  made.kind = Kind::If;
  do {
    made.expressions.push_back(m_expressions.parse());
    endTag();
    made.bodies.push_back(parseBody({"elif", "else", "endif"}));
    if (!isAtTag({"elif"})) break;
    m_tokens.take();
    m_tokens.take();
  } while (true);
  if (isAtTag({"else"})) {
    m_tokens.take();
    m_tokens.take();
    endTag();
    made.bodies.push_back(parseBody({"endif"}));
  }
  closeBlock("endif");
}

void TemplateParser::parseFor(Statement& made) {
  made.kind = Kind::For;
  const bool inBrackets = m_tokens.skipOperator("(");
  do {
    made.names.push_back(m_tokens.expect(TokenKind::Name, "the name of a loop variable").text);
  } while (m_tokens.skipOperator(","));
  if (inBrackets) m_tokens.expectOperator(")");
  if (!m_tokens.skipName("in")) m_tokens.surprise("'in'");
  made.expressions.push_back(m_expressions.parseWithoutIf());
  made.expressions.push_back(m_tokens.skipName("if") ? m_expressions.parse() : nullptr);
  if (m_tokens.isName("recursive")) {
    fail("TPL-03", "the chat template uses a loop that is not known", made.line, "recursive");
  }
  endTag();
  ++m_loops;
  made.bodies.push_back(parseBody({"else", "endfor"}));
  --m_loops;
  made.bodies.emplace_back();
  if (isAtTag({"else"})) {
    m_tokens.take();
    m_tokens.take();
    endTag();
    made.bodies.back() = parseBody({"endfor"});
  }
  closeBlock("endfor");
}

void TemplateParser::parseSet(Statement& made) {
  made.kind = Kind::Set;
  made.names.push_back(m_tokens.expect(TokenKind::Name, "the name to set").text);
  if (m_tokens.skipOperator(".")) made.names.push_back(m_tokens.expect(TokenKind::Name, "the name to set").text);
  if (m_tokens.isOperator(",") || m_tokens.isOperator("|")) {
    fail("TPL-03", "the chat template uses a form of set that is not known", made.line, m_tokens.now().text);
  }
  if (m_tokens.skipOperator("=")) {
    made.expressions.push_back(m_expressions.parse());
    endTag();
    return;
  }
  endTag();
  made.bodies.push_back(parseBody({"endset"}));
  closeBlock("endset");
}

void TemplateParser::parseMacro(Statement& made) {
  made.kind = Kind::Macro;
  made.text = m_tokens.expect(TokenKind::Name, "the name of the macro").text;
  m_tokens.expectOperator("(");
  while (!m_tokens.isOperator(")")) {
    made.names.push_back(m_tokens.expect(TokenKind::Name, "the name of a parameter").text);
    made.expressions.push_back(m_tokens.skipOperator("=") ? m_expressions.parse() : nullptr);
    if (!m_tokens.skipOperator(",")) break;
  }
  m_tokens.expectOperator(")");
  endTag();
  // A macro runs where it is called, so a loop around its definition is none of its own.
  const int loops = std::exchange(m_loops, 0);
  made.bodies.push_back(parseBody({"endmacro"}));
  m_loops = loops;
  closeBlock("endmacro");
}

void TemplateParser::parseGroup(Statement& made) {
  made.kind = Kind::Group;
  endTag();
  made.bodies.push_back(parseBody({"endgeneration"}));
  closeBlock("endgeneration");
}

}  // namespace patchbay::chat
