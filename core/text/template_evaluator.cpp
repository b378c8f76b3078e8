#include "core/text/template_evaluator.h"

#include <utility>

#include "core/text/template_operators.h"

namespace patchbay::chat {

using Kind = Statement::Kind;

std::string Evaluator::render(const Body& body) {
  static_cast<void>(execute(body));
  return std::move(m_output);
}

void Evaluator::write(const std::string& text) {
  m_run.spendBytes(text.size());
  if (m_output.size() + text.size() > kMaxTextBytes) m_run.spendBytes(kMaxTextBytes + 1);
  m_output += text;
}

std::string Evaluator::captured(const Body& body) {
  std::string before = std::exchange(m_output, {});
  static_cast<void>(execute(body));
  return std::exchange(m_output, std::move(before));
}

Evaluator::Flow Evaluator::execute(const Body& body) {
  m_run.enter();
  Flow flow = Flow::Next;
  for (const auto& statement : body) {
    flow = execute(*statement);
    if (flow != Flow::Next) break;
  }
  m_run.leave();
  return flow;
}

Evaluator::Flow Evaluator::execute(const Statement& statement) {
  m_run.setLine(statement.line);
  m_run.spendStep();
  switch (statement.kind) {
    case Kind::Text: write(statement.text); break;
    case Kind::Output: write(evaluate(*statement.expressions.front()).printed()); break;
    case Kind::If: return executeIf(statement);
    case Kind::For: return executeFor(statement);
    case Kind::Set: executeSet(statement); break;
    case Kind::Macro: m_scopes.back()[statement.text] = Value(Value::Macro(&statement)); break;
    case Kind::Group: return execute(statement.bodies.front());
    case Kind::Break: return Flow::Break;
    case Kind::Continue: return Flow::Continue;
  }
  return Flow::Next;
}

Evaluator::Flow Evaluator::executeIf(const Statement& statement) {
  for (std::size_t i = 0; i < statement.bodies.size(); ++i) {
    if (i == statement.expressions.size() || evaluate(*statement.expressions[i]).isTrue()) {
      return execute(statement.bodies[i]);
    }
  }
  return Flow::Next;
}

void Evaluator::bindLoopNames(const Statement& statement, const Value& item) {
  if (statement.names.size() == 1) {
    m_scopes.back()[statement.names.front()] = item;
    return;
  }
  if (item.list() == nullptr || item.list()->size() != statement.names.size()) {
    m_run.mistake("a loop of the chat template has more names than its items have parts", item.typeName());
  }
  for (std::size_t i = 0; i < statement.names.size(); ++i) m_scopes.back()[statement.names[i]] = (*item.list())[i];
}

std::vector<Value> Evaluator::loopItems(const Statement& statement) {
  std::vector<Value> items = itemsOf(evaluate(*statement.expressions[0]), m_run);
  if (!statement.expressions[1]) return items;
  std::vector<Value> kept;
  m_scopes.emplace_back();
  for (const Value& item : items) {
    bindLoopNames(statement, item);
    if (evaluate(*statement.expressions[1]).isTrue()) kept.push_back(item);
  }
  m_scopes.pop_back();
  return kept;
}

Value Evaluator::loopFacts(const std::vector<Value>& items, std::size_t index) {
  const auto place = static_cast<std::int64_t>(index);
  const auto count = static_cast<std::int64_t>(items.size());
  std::vector<std::pair<std::string, Value>> facts{
      {"index", Value(place + 1)},        {"index0", Value(place)},
      {"revindex", Value(count - place)}, {"revindex0", Value(count - place - 1)},
      {"first", Value(place == 0)},       {"last", Value(place + 1 == count)},
      {"length", Value(count)},           {"depth", Value(std::int64_t{1})}};
  if (index > 0) facts.emplace_back("previtem", items[index - 1]);
  if (index + 1 < items.size()) facts.emplace_back("nextitem", items[index + 1]);
  return m_run.facts(std::move(facts));
}

Evaluator::Flow Evaluator::executeFor(const Statement& statement) {
  const std::vector<Value> items = loopItems(statement);
  // Jinja runs the else unless one round came to its end: also after a break in the first round.
  bool cameToAnEnd = false;
  for (std::size_t i = 0; i < items.size(); ++i) {
    m_run.spendStep();
    m_scopes.emplace_back();
    m_scopes.back()["loop"] = loopFacts(items, i);
    bindLoopNames(statement, items[i]);
    const Flow flow = execute(statement.bodies[0]);
    m_scopes.pop_back();
    cameToAnEnd = cameToAnEnd || flow == Flow::Next;
    if (flow == Flow::Break) break;
  }
  return cameToAnEnd ? Flow::Next : execute(statement.bodies[1]);
}

void Evaluator::executeSet(const Statement& statement) {
  Value value = statement.expressions.empty() ? m_run.text(captured(statement.bodies.front()))
                                              : evaluate(*statement.expressions.front());
  const std::string& name = statement.names.front();
  if (statement.names.size() == 1) {
    m_scopes.back()[name] = std::move(value);
    return;
  }
  const Value holder = lookUp(name);
  const auto* space = holder.get<Value::Namespace>();
  if (space == nullptr) m_run.mistake("the chat template sets a part of something that is no namespace", name);
  (*space)->set(statement.names[1], std::move(value));
}

Value Evaluator::lookUp(const std::string& name) const {
  for (auto scope = m_scopes.rbegin(); scope != m_scopes.rend(); ++scope) {
    if (const auto found = scope->find(name); found != scope->end()) return found->second;
  }
  return Value(Undefined{name});
}

}  // namespace patchbay::chat
