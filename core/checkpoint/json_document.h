#pragma once

#include <memory>
#include <string>

#include "core/checkpoint/mapped_file.h"
#include "core/data/json.h"

namespace patchbay {

/// A JSON file beside the weights, with the file it came from.
struct JsonDocument {
  std::shared_ptr<const MappedFile> file;
  Json json;  ///< always an object
};

/// Reads one of the small files of a Hugging Face folder.
///
/// Before anything is built the text is measured: at most `maxBytes` long and three million values, so that a
/// hostile file cannot grow past some 600 MB in memory.
/// Errors   throws Refusal: those of MappedFile, CKPT-08 not a JSON object, CKPT-09 too large.
[[nodiscard]] JsonDocument readJsonDocument(const std::string& path, std::size_t maxBytes = std::size_t{16} << 20);

}  // namespace patchbay
