#pragma once

#include <string>

#include "core/text/template_run.h"

namespace patchbay::chat {

/// Python's + - * / // % ** and Jinja's ~.
/// Errors   throws Failure TPL-06 for types that do not go together.
[[nodiscard]] Value calculate(const std::string& name, const Value& left, const Value& right, Run& run);
/// == != < <= > >= in, not in.
[[nodiscard]] bool compare(const std::string& name, const Value& left, const Value& right, Run& run);
/// Python's `in`.
[[nodiscard]] bool contains(const Value& whole, const Value& part, Run& run);
/// What a for loop walks over: items, keys of a mapping, characters of a text.
[[nodiscard]] std::vector<Value> itemsOf(const Value& value, Run& run);
/// `subject[index]`, undefined when there is nothing.
[[nodiscard]] Value itemAt(const Value& subject, const Value& index, Run& run);
/// `subject[start:stop:step]`; undefined bounds are open.
[[nodiscard]] Value sliceOf(const Value& subject, const Value& start, const Value& stop, const Value& step, Run& run);
/// Number of items, entries or characters.
[[nodiscard]] std::int64_t lengthOf(const Value& value, Run& run);
/// A whole number argument.
[[nodiscard]] std::int64_t wholeNumber(const Value& value, Run& run);

}  // namespace patchbay::chat
