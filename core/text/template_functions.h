#pragma once

#include <string>
#include <string_view>

#include "core/text/template_run.h"

namespace patchbay::chat {

/// `subject | name(arguments)`.
/// Errors   throws Failure TPL-03 for a filter that is not known, TPL-06.
[[nodiscard]] Value applyFilter(const std::string& name, const Value& subject, const Arguments& arguments, Run& run);

/// `subject is name(arguments)`.
/// Errors   throws Failure TPL-03 for a test that is not known, TPL-06.
[[nodiscard]] bool applyTest(const std::string& name, const Value& subject, const Arguments& arguments, Run& run);

/// Whether values of this type have a method of this name.
[[nodiscard]] bool hasMethod(const Value& subject, std::string_view name);
/// `subject.name(arguments)`.
/// Errors   throws Failure TPL-03, TPL-06.
[[nodiscard]] Value callMethod(const Value& subject, const std::string& name, const Arguments& arguments, Run& run);

/// Whether the program provides a function of this name: raise_exception, range, namespace, dict, strftime_now.
[[nodiscard]] bool isBuiltin(std::string_view name);
/// Errors   throws Failure TPL-05 for raise_exception, TPL-06.
[[nodiscard]] Value callBuiltin(const std::string& name, const Arguments& arguments, Run& run);

/// JSON as Python's json.dumps writes it: no ASCII escapes, ", " and ": "; indented when `indent` is not negative.
[[nodiscard]] std::string toJson(const Value& value, int indent, Run& run);

/// Text without the white space, or the given characters, at its ends.
enum class Side { Both, Left, Right };
[[nodiscard]] std::string stripped(const std::string& text, const Value* letters, Side side);
/// The words between white space; after `most` cuts the rest stays whole, unless `most` is negative.
[[nodiscard]] std::vector<std::string> wordsOf(const std::string& text, std::int64_t most);
[[nodiscard]] std::string replaced(const std::string& text, const std::string& from, const std::string& to,
                                   std::int64_t most, Run& run);
enum class Letters { Upper, Lower, Title, Capital };
[[nodiscard]] std::string inLetters(const std::string& text, Letters letters);

}  // namespace patchbay::chat
