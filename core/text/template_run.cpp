#include "core/text/template_run.h"

#include <algorithm>

namespace patchbay::chat {

void fail(std::string code, std::string what, int line, std::string found) {
  throw Failure{{.code = std::move(code),
                 .what = std::move(what),
                 .file = {},
                 .field = "line " + std::to_string(line),
                 .found = std::move(found),
                 .expected = {},
                 .advice = "Write the prompt as plain text, or correct the model's chat template."}};
}

const Value* Arguments::find(std::size_t index, const std::string& name) const {
  if (index < positional.size()) return &positional[index];
  const auto found = std::find_if(named.begin(), named.end(), [&](const auto& entry) { return entry.first == name; });
  return found == named.end() ? nullptr : &found->second;
}

void Run::spendStep() {
  if (++m_steps > kMaxSteps) fail("TPL-07", "the chat template takes too many steps", m_line);
}

void Run::spendBytes(std::size_t bytes) {
  // Each term is at most kMaxTotalBytes, so the sum cannot wrap around.
  if (bytes > kMaxTextBytes || m_bytes + bytes > kMaxTotalBytes) {
    fail("TPL-08", "the chat template makes too much text", m_line);
  }
  m_bytes += bytes;
}

void Run::enter() {
  if (++m_depth > kMaxRunDepth) fail("TPL-04", "the chat template is nested too deep", m_line);
}

Value Run::text(std::string made) {
  spendBytes(made.size());
  return Value::ofText(std::move(made));
}

Value Run::list(std::vector<Value> items) {
  spendBytes(items.size() * sizeof(Value));
  auto data = std::make_shared<ListData>();
  for (const Value& item : items) {
    data->depth = std::max(data->depth, item.depth() + 1);
    data->weight += item.weight() + 1;
  }
  // A list may hold another many times: written out it would be far larger than in memory.
  if (data->weight > kMaxTextBytes) spendBytes(data->weight);
  checkDepth(data->depth);
  data->items = std::move(items);
  return Value(Value::List(std::move(data)));
}

Value Run::dict(std::vector<std::pair<std::string, Value>> items) {
  spendBytes(items.size() * sizeof(std::pair<std::string, Value>));
  return facts(std::move(items));
}

Value Run::facts(std::vector<std::pair<std::string, Value>> items) {
  auto data = std::make_shared<DictData>();
  for (auto& [key, value] : items) {
    data->weight += key.size() + value.weight() + 1;
    data->set(key, std::move(value));
  }
  if (data->weight > kMaxTextBytes) spendBytes(data->weight);
  checkDepth(data->depth);
  return Value(Value::Dict(std::move(data)));
}

Value::Namespace Run::makeNamespace() {
  spendBytes(sizeof(DictData));
  m_namespaces.push_back(std::make_unique<DictData>());
  return m_namespaces.back().get();
}

void Run::checkDepth(int depth) const {
  if (depth > kMaxValueDepth) fail("TPL-04", "the chat template makes lists that are nested too deep", m_line);
}

void Run::mistake(std::string what, std::string found) const {
  fail("TPL-06", std::move(what), m_line, std::move(found));
}

void Run::unknown(const std::string& kind, const std::string& name) const {
  fail("TPL-03", "the chat template uses a " + kind + " that is not known", m_line, name);
}

void Run::refuse(std::string words) const { fail("TPL-05", std::move(words), m_line); }

}  // namespace patchbay::chat
