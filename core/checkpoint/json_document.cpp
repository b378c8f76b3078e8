#include "core/checkpoint/json_document.h"

#include <algorithm>

#include "core/checkpoint/file_kind.h"
#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

constexpr std::ptrdiff_t kMostValues = 3'000'000;

Refusal refusal(const char* code, const char* what, const std::string& path, std::string found, std::string expected) {
  return {{.code = code,
           .what = what,
           .file = path,
           .field = {},
           .found = std::move(found),
           .expected = std::move(expected),
           .advice = "The file is damaged or not part of a model; fetch it again."}};
}

}  // namespace

JsonDocument readJsonDocument(const std::string& path, std::size_t maxBytes) {
  auto file = MappedFile::open(path);
  if (!file) throw Refusal{file.error()};
  const std::string_view text = file.value()->text();
  if (text.size() > maxBytes) {
    throw refusal("CKPT-09", "the file is too large", path, std::to_string(text.size()) + " bytes",
                  "at most " + std::to_string(maxBytes));
  }
  // Every value but the first follows one of these, so their number bounds what parsing will allocate.
  const auto marks = std::count_if(text.begin(), text.end(), [](char c) { return c == ',' || c == '[' || c == '{'; });
  if (marks > kMostValues) {
    throw refusal("CKPT-09", "the file has too many values", path, std::to_string(marks),
                  "at most " + std::to_string(kMostValues));
  }
  auto json = parseJson(text, path, {.maxBytes = maxBytes});
  if (!json) {
    const std::string kind = kindOfContent(text);
    const bool isJsonLike = kind == "text" || !isKnownOther(text);
    const std::string mistake = json.error().found.empty() ? json.error().what : json.error().found;
    throw refusal("CKPT-08", "the file is not JSON that can be read", path, isJsonLike ? mistake : kind,
                  "a JSON object");
  }
  if (!json->is_object())
    throw refusal("CKPT-08", "the file holds no JSON object", path, json->type_name(), "a JSON object");
  return {std::move(file).value(), std::move(json).value()};
}

}  // namespace patchbay
