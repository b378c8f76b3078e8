#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/text/template_run.h"
#include "core/text/template_tree.h"

namespace patchbay::chat {

/// Runs a template's statements and expressions.
///
/// Names live in scopes: a for loop and a macro open one, `if` does not; `set` changes the innermost one.
/// Errors   throws Failure TPL-03 to TPL-08.
class Evaluator {
public:
  using Scope = std::map<std::string, Value>;

  Evaluator(Run& run, Scope globals) : m_run(run) { m_scopes.push_back(std::move(globals)); }

  [[nodiscard]] std::string render(const Body& body);

private:
  enum class Flow { Next, Break, Continue };

  Flow execute(const Body& body);
  Flow execute(const Statement& statement);
  Flow executeIf(const Statement& statement);
  Flow executeFor(const Statement& statement);
  void executeSet(const Statement& statement);
  void bindLoopNames(const Statement& statement, const Value& item);
  std::vector<Value> loopItems(const Statement& statement);
  [[nodiscard]] Value loopFacts(const std::vector<Value>& items, std::size_t index);
  void write(const std::string& text);
  [[nodiscard]] std::string captured(const Body& body);

  Value evaluate(const Expression& node);
  Value evaluateKind(const Expression& node);
  Value evaluateAttribute(const Expression& node);
  Value evaluateSlice(const Expression& node);
  Value evaluateCall(const Expression& node);
  Value evaluateDict(const Expression& node);
  Value evaluateCompare(const Expression& node);
  Value evaluateNegate(const Expression& node);
  Value callMacro(const Statement& macro, const Arguments& arguments);
  [[nodiscard]] Arguments argumentsOf(const Expression& node);
  [[nodiscard]] Value lookUp(const std::string& name) const;

  Run& m_run;
  std::vector<Scope> m_scopes;
  std::string m_output;
};

}  // namespace patchbay::chat
