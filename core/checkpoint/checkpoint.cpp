#include "core/checkpoint/checkpoint.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>

#include "core/checkpoint/file_kind.h"
#include "core/checkpoint/fingerprint.h"
#include "core/checkpoint/gguf_reader.h"
#include "core/checkpoint/hugging_face_folder.h"
#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

namespace fs = std::filesystem;

std::string mostUsedType(const std::vector<TensorView>& tensors) {
  std::array<std::size_t, 13> bytes{};
  for (const TensorView& tensor : tensors) {
    if (tensor.shape.size() >= 2) bytes[static_cast<std::size_t>(tensor.type)] += tensor.bytes.size();
  }
  const auto type = static_cast<TensorType>(std::max_element(bytes.begin(), bytes.end()) - bytes.begin());
  return isQuantised(type) ? std::string(typeName(type)) : "none";
}

std::string folderOf(const fs::path& file) {
  const std::string folder = file.parent_path().string();
  return folder.empty() ? "." : folder;
}

CheckpointParts readFile(const std::string& path, const JobContext& context) {
  auto file = MappedFile::open(path);
  if (!file) throw Refusal{file.error()};
  const std::string_view text = file.value()->text();
  if (text.starts_with("GGUF")) return readGguf(std::move(file).value(), context);
  if (path.ends_with(".safetensors.index.json")) return readHuggingFaceFolder(folderOf(path), {}, context);
  // A damaged file of a known name is told what is wrong in it; one that is plainly something else, that it is.
  const bool isNamedSafetensors = path.ends_with(".safetensors") && !isKnownOther(text);
  if (looksLikeSafetensors(text) || isNamedSafetensors) return readHuggingFaceFolder(folderOf(path), path, context);
  if (path.ends_with(".gguf") && !isKnownOther(text)) return readGguf(std::move(file).value(), context);
  throw notAModel(*file.value());
}

CheckpointParts readAny(const std::string& path, const JobContext& context) {
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) return readHuggingFaceFolder(path, {}, context);
  return readFile(path, context);
}

}  // namespace

Outcome<std::shared_ptr<const Checkpoint>> Checkpoint::open(const std::string& path, JobContext& context) {
  try {
    return std::shared_ptr<const Checkpoint>(new Checkpoint(path, readAny(path, context)));
  } catch (const Refusal& refusal) {
    return refusal.error;
  } catch (const std::bad_alloc&) {
    return Error{.code = "CKPT-11",
                 .what = "there is not enough memory to read the model's description",
                 .file = path,
                 .field = {},
                 .found = {},
                 .expected = {},
                 .advice = "Close other programs."};
  }
}

Checkpoint::Checkpoint(std::string path, CheckpointParts parts)
    : m_path(std::move(path)),
      m_parts(std::move(parts)),
      m_fingerprint(fingerprintOf(m_parts)),
      m_quantisation(mostUsedType(m_parts.tensors)) {
  for (std::size_t i = 0; i < m_parts.tensors.size(); ++i) m_byName.emplace(m_parts.tensors[i].name, i);
}

const TensorView* Checkpoint::find(std::string_view name) const {
  const auto found = m_byName.find(name);
  return found == m_byName.end() ? nullptr : &m_parts.tensors[found->second];
}

}  // namespace patchbay
