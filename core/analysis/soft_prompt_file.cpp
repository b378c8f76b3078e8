#include "core/analysis/soft_prompt_trainer.h"
#include "core/checkpoint/array_file.h"
#include "core/data/results.h"

namespace patchbay {
namespace {

constexpr const char* kFormat = "patchbay-soft-prompt-1";

Error notAPrompt(const std::string& path, std::string field, std::string found, std::string expected) {
  return {.code = "SOFT-03",
          .what = "this is not a file of a learned prompt",
          .file = path,
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Choose a file that was saved as a learned prompt."};
}

}  // namespace

Outcome<Done> writeSoftPrompt(const std::string& path, const SoftPrompt& prompt) {
  // The file holds what the session holds, in the same words.
  ResultDocument document = prompt.toDocument();
  return writeSafetensors(path, {.arrays = std::move(document.arrays),
                                 .metadata = {{"format", kFormat}, {"prompt", dumpJson(document.body)}}});
}

Outcome<SoftPrompt> readSoftPrompt(const std::string& path) {
  auto file = readSafetensors(path);
  if (!file) return file.failure<SoftPrompt>();
  const auto text = [&](const char* key) {
    const auto found = file->metadata.find(key);
    return found != file->metadata.end() ? found->second : std::string();
  };
  if (text("format") != kFormat) return notAPrompt(path, "format", "'" + text("format").substr(0, 60) + "'", kFormat);
  auto body = parseJson(text("prompt"), path);
  if (!body) return body.failure<SoftPrompt>();
  auto prompt = SoftPrompt::fromDocument({.body = std::move(*body), .arrays = std::move(file->arrays)});
  // Files of arrays do not name axes.
  const auto named = [](HostArray& array, std::vector<std::string> axes, const char* unit) {
    if (array.isEmpty()) return;
    array = HostArray(array.shape(), std::move(axes), unit, {array.values().begin(), array.values().end()});
  };
  if (prompt) named(prompt->embeddings, {"place", "width"}, "residual units");
  if (prompt) named(prompt->right, {"arm", "layer", "ahead"}, "share");
  if (prompt.isError()) return notAPrompt(path, "prompt", prompt.error().found, "a learned prompt that holds together");
  return prompt;
}

}  // namespace patchbay
