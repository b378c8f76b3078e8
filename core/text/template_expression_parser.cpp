#include "core/text/template_expression_parser.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

namespace patchbay::chat {

using Kind = Expression::Kind;

namespace {

std::vector<ExpressionPtr> partsOf(ExpressionPtr first, ExpressionPtr second = nullptr) {
  std::vector<ExpressionPtr> parts;
  parts.push_back(std::move(first));
  if (second) parts.push_back(std::move(second));
  return parts;
}

}  // namespace

ExpressionPtr ExpressionParser::make(Kind kind, std::vector<ExpressionPtr> parts, std::string name) const {
  auto node = std::make_unique<Expression>();
  node->kind = kind;
  node->line = m_tokens.now().line;
  node->name = std::move(name);
  for (const ExpressionPtr& part : parts) {
    if (part) node->depth = std::max(node->depth, part->depth + 1);
  }
  // A long chain of operators is a deep tree although the parser itself does not nest.
  if (node->depth > kMaxTreeDepth) fail("TPL-04", "the chat template is nested too deep", node->line);
  node->parts = std::move(parts);
  return node;
}

ExpressionPtr ExpressionParser::binary(ExpressionPtr left, ExpressionPtr right, std::string name) const {
  return make(Kind::Binary, partsOf(std::move(left), std::move(right)), std::move(name));
}

ExpressionPtr ExpressionParser::literal(Value value) const {
  ExpressionPtr node = make(Kind::Literal, {});
  node->value = std::move(value);
  return node;
}

ExpressionPtr ExpressionParser::parse() {
  const Nesting nesting(m_depth, m_tokens.now().line);
  ExpressionPtr value = parseOr();
  while (m_tokens.skipName("if")) {
    std::vector<ExpressionPtr> parts = partsOf(std::move(value), parseOr());
    parts.push_back(m_tokens.skipName("else") ? parse() : nullptr);
    value = make(Kind::Conditional, std::move(parts));
  }
  return value;
}

ExpressionPtr ExpressionParser::parseOr() {
  ExpressionPtr left = parseAnd();
  while (m_tokens.skipName("or")) left = make(Kind::Or, partsOf(std::move(left), parseAnd()));
  return left;
}

ExpressionPtr ExpressionParser::parseAnd() {
  ExpressionPtr left = parseNot();
  while (m_tokens.skipName("and")) left = make(Kind::And, partsOf(std::move(left), parseNot()));
  return left;
}

ExpressionPtr ExpressionParser::parseNot() {
  const Nesting nesting(m_depth, m_tokens.now().line);
  if (m_tokens.skipName("not")) return make(Kind::Not, partsOf(parseNot()));
  return parseCompare();
}

std::string ExpressionParser::comparison() {
  for (const char* known : {"==", "!=", "<=", ">=", "<", ">"}) {
    if (m_tokens.skipOperator(known)) return known;
  }
  if (m_tokens.skipName("in")) return "in";
  const Token& next = m_tokens.later(1);
  if (m_tokens.isName("not") && next.kind == TokenKind::Name && next.text == "in") {
    m_tokens.take();
    m_tokens.take();
    return "not in";
  }
  return {};
}

ExpressionPtr ExpressionParser::parseCompare() {
  std::vector<ExpressionPtr> parts = partsOf(parseSum());
  std::vector<std::string> names;
  for (std::string name = comparison(); !name.empty(); name = comparison()) {
    names.push_back(std::move(name));
    parts.push_back(parseSum());
  }
  if (names.empty()) return std::move(parts.front());
  ExpressionPtr node = make(Kind::Compare, std::move(parts));
  node->names = std::move(names);
  return node;
}

ExpressionPtr ExpressionParser::parseSum() {
  ExpressionPtr left = parseJoin();
  while (m_tokens.isOperator("+") || m_tokens.isOperator("-")) {
    std::string name = m_tokens.take().text;
    left = binary(std::move(left), parseJoin(), std::move(name));
  }
  return left;
}

ExpressionPtr ExpressionParser::parseJoin() {
  ExpressionPtr left = parseProduct();
  while (m_tokens.skipOperator("~")) left = binary(std::move(left), parseProduct(), "~");
  return left;
}

ExpressionPtr ExpressionParser::parseProduct() {
  ExpressionPtr left = parsePower();
  while (m_tokens.isOperator("*") || m_tokens.isOperator("/") || m_tokens.isOperator("//") ||
         m_tokens.isOperator("%")) {
    std::string name = m_tokens.take().text;
    left = binary(std::move(left), parsePower(), std::move(name));
  }
  return left;
}

ExpressionPtr ExpressionParser::parsePower() {
  ExpressionPtr left = parseUnary(true);
  while (m_tokens.skipOperator("**")) left = binary(std::move(left), parseUnary(true), "**");
  return left;
}

ExpressionPtr ExpressionParser::parseUnary(bool withFilters) {
  const Nesting nesting(m_depth, m_tokens.now().line);
  ExpressionPtr value;
  if (m_tokens.skipOperator("-"))
    value = make(Kind::Negate, partsOf(parseUnary(false)));
  else if (m_tokens.skipOperator("+"))
    value = make(Kind::Plus, partsOf(parseUnary(false)));
  else
    value = parsePrimary();
  value = parsePostfix(std::move(value));
  return withFilters ? parseFilters(std::move(value)) : std::move(value);
}

ExpressionPtr ExpressionParser::parsePrimary() {
  if (m_tokens.isOperator("(") || m_tokens.isOperator("[")) return parseBrackets();
  if (m_tokens.isOperator("{")) return parseMapping();
  if (m_tokens.isAt(TokenKind::Quoted)) {
    std::string text = m_tokens.take().text;
    while (m_tokens.isAt(TokenKind::Quoted)) text += m_tokens.take().text;
    return literal(Value::ofText(std::move(text)));
  }
  if (m_tokens.isAt(TokenKind::Integer)) {
    const std::string digits = m_tokens.now().text;
    std::int64_t number = 0;
    const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (failure != std::errc() || end != digits.data() + digits.size())
      m_tokens.surprise("a number of at most 18 digits");
    m_tokens.take();
    return literal(Value(number));
  }
  if (m_tokens.isAt(TokenKind::Real)) {
    const std::string digits = m_tokens.take().text;
    double number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return literal(Value(number));
  }
  const std::string name = m_tokens.expect(TokenKind::Name, "a value").text;
  if (name == "true" || name == "True") return literal(Value(true));
  if (name == "false" || name == "False") return literal(Value(false));
  if (name == "none" || name == "None") return literal(Value::none());
  return make(Kind::Variable, {}, name);
}

/// "(a)" is a, "(a, b)" and "[a, b]" are lists.
ExpressionPtr ExpressionParser::parseBrackets() {
  const bool isTuple = m_tokens.take().text == "(";
  const std::string_view close = isTuple ? ")" : "]";
  std::vector<ExpressionPtr> items;
  bool sawComma = false;
  while (!m_tokens.isOperator(close)) {
    items.push_back(parse());
    if (!m_tokens.skipOperator(",")) break;
    sawComma = true;
  }
  m_tokens.expectOperator(close);
  if (isTuple && items.size() == 1 && !sawComma) return std::move(items.front());
  return make(Kind::List, std::move(items));
}

ExpressionPtr ExpressionParser::parseMapping() {
  m_tokens.take();
  std::vector<ExpressionPtr> parts;
  while (!m_tokens.isOperator("}")) {
    parts.push_back(parse());
    m_tokens.expectOperator(":");
    parts.push_back(parse());
    if (!m_tokens.skipOperator(",")) break;
  }
  m_tokens.expectOperator("}");
  return make(Kind::Dict, std::move(parts));
}

ExpressionPtr ExpressionParser::parsePostfix(ExpressionPtr subject) {
  while (true) {
    if (m_tokens.skipOperator(".")) {
      if (m_tokens.isAt(TokenKind::Integer)) {
        const std::string digits = m_tokens.take().text;
        subject =
            make(Kind::Item, partsOf(std::move(subject), literal(Value(std::int64_t{std::atoi(digits.c_str())}))));
      } else {
        std::string name = m_tokens.expect(TokenKind::Name, "a name after '.'").text;
        subject = make(Kind::Attribute, partsOf(std::move(subject)), std::move(name));
      }
    } else if (m_tokens.skipOperator("[")) {
      subject = parseSubscript(std::move(subject));
    } else if (m_tokens.isOperator("(")) {
      ExpressionPtr call = make(Kind::Call, partsOf(std::move(subject)));
      parseArguments(*call);
      subject = std::move(call);
    } else {
      return subject;
    }
  }
}

ExpressionPtr ExpressionParser::parseSubscript(ExpressionPtr subject) {
  std::vector<ExpressionPtr> parts = partsOf(std::move(subject));
  bool isSlice = false;
  ExpressionPtr bound;
  while (!m_tokens.isOperator("]")) {
    if (m_tokens.skipOperator(":")) {
      isSlice = true;
      parts.push_back(std::move(bound));
      if (parts.size() > 3) break;
    } else if (!bound) {
      bound = parse();
    } else {
      m_tokens.surprise("']'");
    }
  }
  if (!isSlice && !bound) m_tokens.surprise("an index");
  if (parts.size() < 4) parts.push_back(std::move(bound));
  m_tokens.expectOperator("]");
  if (!isSlice) return make(Kind::Item, std::move(parts));
  parts.resize(4);
  return make(Kind::Slice, std::move(parts));
}

void ExpressionParser::parseArguments(Expression& call) {
  m_tokens.expectOperator("(");
  while (!m_tokens.isOperator(")")) {
    std::string name;
    const Token& next = m_tokens.later(1);
    if (m_tokens.isAt(TokenKind::Name) && next.kind == TokenKind::Operator && next.text == "=") {
      name = m_tokens.take().text;
      m_tokens.take();
    }
    ExpressionPtr argument = parse();
    call.depth = std::max(call.depth, argument->depth + 1);
    call.names.push_back(std::move(name));
    call.parts.push_back(std::move(argument));
    if (!m_tokens.skipOperator(",")) break;
  }
  m_tokens.expectOperator(")");
}

ExpressionPtr ExpressionParser::parseFilters(ExpressionPtr subject) {
  while (true) {
    if (m_tokens.skipOperator("|")) {
      std::string name = m_tokens.expect(TokenKind::Name, "the name of a filter").text;
      subject = make(Kind::Filter, partsOf(std::move(subject)), std::move(name));
      if (m_tokens.isOperator("(")) parseArguments(*subject);
    } else if (m_tokens.skipName("is")) {
      subject = parseTest(std::move(subject));
    } else if (m_tokens.isOperator("(")) {
      subject = make(Kind::Call, partsOf(std::move(subject)));
      parseArguments(*subject);
    } else {
      return subject;
    }
  }
}

ExpressionPtr ExpressionParser::parseTest(ExpressionPtr subject) {
  const bool isNegated = m_tokens.skipName("not");
  std::string name = m_tokens.expect(TokenKind::Name, "the name of a test").text;
  ExpressionPtr test = make(Kind::Test, partsOf(std::move(subject)), std::move(name));
  test->isNegated = isNegated;
  const bool isWord = m_tokens.isName("else") || m_tokens.isName("or") || m_tokens.isName("and") ||
                      m_tokens.isName("if") || m_tokens.isName("is") || m_tokens.isName("in") || m_tokens.isName("not");
  const bool beginsValue = m_tokens.isAt(TokenKind::Name) || m_tokens.isAt(TokenKind::Quoted) ||
                           m_tokens.isAt(TokenKind::Integer) || m_tokens.isAt(TokenKind::Real) ||
                           m_tokens.isOperator("[") || m_tokens.isOperator("{");
  if (m_tokens.isOperator("(")) {
    parseArguments(*test);
  } else if (beginsValue && !isWord) {
    ExpressionPtr argument = parsePostfix(parsePrimary());
    test->depth = std::max(test->depth, argument->depth + 1);
    test->names.emplace_back();
    test->parts.push_back(std::move(argument));
  }
  return test;
}

}  // namespace patchbay::chat
