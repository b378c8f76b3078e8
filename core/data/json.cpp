#include "core/data/json.h"

#include <algorithm>

namespace patchbay {
namespace {

/// The most brackets and braces open at once outside strings. Exact for JSON; for other text parsing says what is
/// wrong.
int depthOf(std::string_view text) {
  int depth = 0;
  int deepest = 0;
  bool isInString = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char letter = text[i];
    if (isInString) {
      if (letter == '\\') ++i;
      isInString = letter != '"';
    } else if (letter == '"') {
      isInString = true;
    } else if (letter == '[' || letter == '{') {
      deepest = std::max(deepest, ++depth);
    } else if (letter == ']' || letter == '}') {
      --depth;
    }
  }
  return deepest;
}

}  // namespace

Outcome<Json> parseJson(std::string_view text, std::string_view file, JsonLimits limits) {
  Error error{
      .code = {}, .what = {}, .file = std::string(file), .field = {}, .found = {}, .expected = {}, .advice = {}};
  if (text.size() > limits.maxBytes) {
    error.code = "JSON-01";
    error.what = "the JSON text is too large";
    error.found = std::to_string(text.size()) + " bytes";
    error.expected = "at most " + std::to_string(limits.maxBytes);
    return error;
  }
  // Measured beforehand: the library's parse callback would walk all siblings after each object, which takes hours
  // for a list of a million of them (nlohmann-json 3.11).
  if (depthOf(text) > limits.maxDepth) {
    error.code = "JSON-02";
    error.what = "the JSON text is nested too deep";
    error.expected = "at most " + std::to_string(limits.maxDepth) + " levels";
    return error;
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& failure) {
    error.code = "JSON-03";
    error.what = "the text is not JSON";
    error.found = "a mistake at byte " + std::to_string(failure.byte);
    error.expected = "a JSON document";
  } catch (const Json::exception& failure) {
    error.code = "JSON-03";
    error.what = "the text is not JSON";
    error.found = failure.what();
  }
  return error;
}

std::string dumpJson(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace patchbay
