#include <utility>

#include "core/text/template_evaluator.h"
#include "core/text/template_functions.h"
#include "core/text/template_operators.h"

namespace patchbay::chat {

using Kind = Expression::Kind;

Value Evaluator::evaluate(const Expression& node) {
  m_run.setLine(node.line);
  m_run.spendStep();
  m_run.enter();
  Value value = evaluateKind(node);
  m_run.leave();
  return value;
}

Value Evaluator::evaluateKind(const Expression& node) {
  const auto part = [&](std::size_t i) { return evaluate(*node.parts[i]); };
  switch (node.kind) {
    case Kind::Literal: return node.value;
    case Kind::Variable: {
      Value found = lookUp(node.name);
      return found.isUndefined() && isBuiltin(node.name) ? Value(Builtin{node.name}) : found;
    }
    case Kind::List: {
      std::vector<Value> items;
      for (const ExpressionPtr& item : node.parts) items.push_back(evaluate(*item));
      return m_run.list(std::move(items));
    }
    case Kind::Dict: return evaluateDict(node);
    case Kind::Attribute: return evaluateAttribute(node);
    case Kind::Item: {
      const Value subject = part(0);
      return itemAt(subject, part(1), m_run);
    }
    case Kind::Slice: return evaluateSlice(node);
    case Kind::Call: return evaluateCall(node);
    case Kind::Filter: {
      const Value subject = part(0);
      return applyFilter(node.name, subject, argumentsOf(node), m_run);
    }
    case Kind::Test: {
      const Value subject = part(0);
      return Value(applyTest(node.name, subject, argumentsOf(node), m_run) != node.isNegated);
    }
    case Kind::Not: return Value(!part(0).isTrue());
    case Kind::Negate: return evaluateNegate(node);
    case Kind::Plus: return part(0);
    case Kind::And: {
      Value left = part(0);
      return left.isTrue() ? part(1) : left;
    }
    case Kind::Or: {
      Value left = part(0);
      return left.isTrue() ? left : part(1);
    }
    case Kind::Compare: return evaluateCompare(node);
    case Kind::Binary: {
      const Value left = part(0);
      return calculate(node.name, left, part(1), m_run);
    }
    case Kind::Conditional:
      if (part(1).isTrue()) return part(0);
      return node.parts[2] ? part(2) : Value();
  }
  return {};
}

Value Evaluator::evaluateDict(const Expression& node) {
  std::vector<std::pair<std::string, Value>> items;
  for (std::size_t i = 0; i + 1 < node.parts.size(); i += 2) {
    const Value key = evaluate(*node.parts[i]);
    if (key.text() == nullptr)
      m_run.mistake("a mapping of the chat template has a key that is no text", key.typeName());
    items.emplace_back(*key.text(), evaluate(*node.parts[i + 1]));
  }
  return m_run.dict(std::move(items));
}

/// Jinja looks for a method first and then for an entry of that name.
Value Evaluator::evaluateAttribute(const Expression& node) {
  Value subject = evaluate(*node.parts[0]);
  if (hasMethod(subject, node.name)) {
    return Value(BoundMethod{std::make_shared<const Value>(std::move(subject)), node.name});
  }
  return itemAt(subject, Value::ofText(node.name), m_run);
}

Value Evaluator::evaluateSlice(const Expression& node) {
  const Value subject = evaluate(*node.parts[0]);
  const auto bound = [&](std::size_t i) { return node.parts[i] ? evaluate(*node.parts[i]) : Value(); };
  const Value start = bound(1);
  const Value stop = bound(2);
  return sliceOf(subject, start, stop, bound(3), m_run);
}

Value Evaluator::evaluateCompare(const Expression& node) {
  Value left = evaluate(*node.parts[0]);
  for (std::size_t i = 0; i < node.names.size(); ++i) {
    Value right = evaluate(*node.parts[i + 1]);
    if (!compare(node.names[i], left, right, m_run)) return Value(false);
    left = std::move(right);
  }
  return Value(true);
}

Value Evaluator::evaluateNegate(const Expression& node) {
  const Value value = evaluate(*node.parts[0]);
  return calculate("-", Value(std::int64_t{0}), value, m_run);
}

Arguments Evaluator::argumentsOf(const Expression& node) {
  Arguments arguments;
  for (std::size_t i = 0; i < node.names.size(); ++i) {
    Value value = evaluate(*node.parts[i + 1]);
    if (node.names[i].empty())
      arguments.positional.push_back(std::move(value));
    else
      arguments.named.emplace_back(node.names[i], std::move(value));
  }
  return arguments;
}

Value Evaluator::evaluateCall(const Expression& node) {
  const Value callee = evaluate(*node.parts[0]);
  const Arguments arguments = argumentsOf(node);
  m_run.setLine(node.line);
  if (const auto* method = callee.get<BoundMethod>()) return callMethod(*method->self, method->name, arguments, m_run);
  if (const auto* builtin = callee.get<Builtin>()) return callBuiltin(builtin->name, arguments, m_run);
  if (const auto* macro = callee.get<Value::Macro>()) return callMacro(**macro, arguments);
  const Expression& named = *node.parts[0];
  m_run.unknown("function", named.name.empty() ? callee.typeName() : named.name);
}

/// A macro sees the outermost names and its own parameters, not those of its caller.
Value Evaluator::callMacro(const Statement& macro, const Arguments& arguments) {
  std::vector<Scope> callers(std::make_move_iterator(m_scopes.begin() + 1), std::make_move_iterator(m_scopes.end()));
  m_scopes.resize(1);
  m_scopes.emplace_back();
  for (std::size_t i = 0; i < macro.names.size(); ++i) {
    const Value* given = arguments.find(i, macro.names[i]);
    Value value(Undefined{macro.names[i]});
    if (given != nullptr)
      value = *given;
    else if (macro.expressions[i])
      value = evaluate(*macro.expressions[i]);
    m_scopes.back()[macro.names[i]] = std::move(value);
  }
  std::string text = captured(macro.bodies.front());
  m_scopes.resize(1);
  for (Scope& scope : callers) m_scopes.push_back(std::move(scope));
  return m_run.text(std::move(text));
}

}  // namespace patchbay::chat
