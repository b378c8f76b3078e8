#include "core/data/json.h"

namespace patchbay {

Outcome<Json> parseJson(std::string_view text, std::string_view file, JsonLimits limits) {
  Error error{.code = {}, .what = {}, .file = std::string(file), .field = {}, .found = {}, .expected = {}, .advice = {}};
  if (text.size() > limits.maxBytes) {
    error.code = "JSON-01";
    error.what = "the JSON text is too large";
    error.found = std::to_string(text.size()) + " bytes";
    error.expected = "at most " + std::to_string(limits.maxBytes);
    return error;
  }
  bool tooDeep = false;
  const auto watchDepth = [&](int depth, Json::parse_event_t, Json&) {
    if (depth > limits.maxDepth) {
      tooDeep = true;
      throw std::length_error("depth");
    }
    return true;
  };
  try {
    return Json::parse(text, watchDepth);
  } catch (const std::length_error&) {
    error.code = tooDeep ? "JSON-02" : "JSON-03";
    error.what = "the JSON text is nested too deep";
    error.expected = "at most " + std::to_string(limits.maxDepth) + " levels";
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
