#include "core/store/exact_json.h"

#include <cmath>
#include <limits>

#include "core/store/store_failure.h"

namespace patchbay {
namespace {

constexpr const char* kNumberKey = "$number";

bool isNonFinite(const Json& json) { return json.is_number_float() && !std::isfinite(json.get<double>()); }

StoreFailure tooLarge(std::string found, std::string expected) {
  return {{.code = "STORE-11",
           .what = "this is too large for a session file",
           .file = {},
           .field = {},
           .found = std::move(found),
           .expected = std::move(expected),
           .advice = "Make the request smaller."}};
}

/// True when a number needs the special form. Also refuses what could not be read again.
bool needsForm(const Json& json, int depth) {
  if (depth > JsonLimits{}.maxDepth) throw tooLarge("nested deeper", std::to_string(JsonLimits{}.maxDepth) + " levels");
  if (!json.is_structured()) return isNonFinite(json);
  bool needs = false;
  for (const Json& part : json) needs = needsForm(part, depth + 1) || needs;
  return needs;
}

void giveForm(Json& json) {
  if (isNonFinite(json)) {
    const double value = json.get<double>();
    json = {{kNumberKey, std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"}};
  } else if (json.is_structured()) {
    for (Json& part : json) giveForm(part);
  }
}

void takeForm(Json& json) {
  if (!json.is_structured()) return;
  if (json.is_object() && json.size() == 1 && json.begin().key() == kNumberKey && json.begin()->is_string()) {
    const auto name = json.begin()->get<std::string>();
    using Limits = std::numeric_limits<double>;
    json = name == "nan" ? Limits::quiet_NaN() : name == "inf" ? Limits::infinity() : -Limits::infinity();
    return;
  }
  for (Json& part : json) takeForm(part);
}

}  // namespace

std::string exactText(const Json& json, std::size_t maxBytes) {
  std::string text;
  if (needsForm(json, 0)) {
    Json formed = json;
    giveForm(formed);
    text = dumpJson(formed);
  } else {
    text = dumpJson(json);
  }
  if (text.size() > maxBytes)
    throw tooLarge(std::to_string(text.size()) + " bytes", "at most " + std::to_string(maxBytes));
  return text;
}

Json exactJson(std::string_view text, const std::string& file, const std::string& field, std::size_t maxBytes) {
  Outcome<Json> parsed = parseJson(text, file, {.maxBytes = maxBytes, .maxDepth = JsonLimits{}.maxDepth});
  if (!parsed) throw damaged(file, field, parsed.error().what + " " + parsed.error().found, "JSON");
  Json json = std::move(parsed).value();
  if (text.find(kNumberKey) != std::string_view::npos) takeForm(json);
  return json;
}

}  // namespace patchbay
