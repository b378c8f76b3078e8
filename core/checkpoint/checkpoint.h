#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/outcome.h"
#include "core/checkpoint/checkpoint_parts.h"
#include "core/checkpoint/dequantize.h"
#include "core/checkpoint/tensor_view.h"
#include "core/jobs/job_context.h"

namespace patchbay {

/// A model on disk, opened and checked: its tensors, its configuration and its vocabulary. Immutable.
///
/// Owns the memory mappings, so the spans of its tensors live as long as it does. Nothing of the weights is read
/// on opening beyond the samples of the fingerprint. FORMATS.md lists what is checked.
/// Thread   any.
class Checkpoint {
public:
  /// Opens a .gguf file, a .safetensors file with its config.json beside it, or a Hugging Face folder.
  ///
  /// Errors   CKPT-nn for files and folders, GGUF-nn, ST-nn for the formats: one message naming file and field.
  /// Cancel   between tensors (Stopped).   Cost  the metadata, the vocabulary and 4 KB of each tensor.
  [[nodiscard]] static Outcome<std::shared_ptr<const Checkpoint>> open(const std::string& path, JobContext& context);
  Checkpoint(const Checkpoint&) = delete;
  Checkpoint& operator=(const Checkpoint&) = delete;

  [[nodiscard]] CheckpointFormat format() const { return m_parts.format; }
  /// "GGUF v3", "safetensors", "safetensors, 2 shards".
  [[nodiscard]] const std::string& formatName() const { return m_parts.formatName; }
  /// As it was given to `open`.
  [[nodiscard]] const std::string& path() const { return m_path; }

  /// In file order.
  [[nodiscard]] const std::vector<TensorView>& tensors() const { return m_parts.tensors; }
  /// Null when the file has no tensor of that name.
  [[nodiscard]] const TensorView* find(std::string_view name) const;

  /// config.json of a Hugging Face folder; the metadata of a GGUF file as one object of its keys
  /// ("llama.block_count"), without the tokenizer's arrays. Always an object.
  [[nodiscard]] const Json& config() const { return m_parts.config; }
  [[nodiscard]] const VocabularyFile& vocabulary() const { return m_parts.vocabulary; }

  /// 32 hexadecimal digits that name this model wherever its files lie: SHA-256, shortened, of all headers,
  /// configuration and vocabulary and of 4 KB of each tensor. Two models that differ only in weights outside the
  /// samples share it; whole weights are not read, so that a large model opens at once.
  [[nodiscard]] const std::string& fingerprint() const { return m_fingerprint; }
  /// The type that holds most bytes of the matrices ("Q4_1"), "none" when that is F32, F16 or BF16.
  [[nodiscard]] const std::string& quantisation() const { return m_quantisation; }
  /// Oddities that do not stop the model from being opened, as whole sentences.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return m_parts.warnings; }

private:
  Checkpoint(std::string path, CheckpointParts parts);

  std::string m_path;
  CheckpointParts m_parts;
  std::unordered_map<std::string_view, std::size_t> m_byName;
  std::string m_fingerprint;
  std::string m_quantisation;
};

}  // namespace patchbay
