#pragma once

#include <functional>
#include <string>
#include <vector>

#include "tests/support/tiny_model.h"

namespace patchbay::tests {

/// Which part of the program must refuse a damaged model: reading its files, or making a model of them.
enum class RefusedBy { Checkpoint, Model };

/// One damaged or hostile model on disk.
struct HostileCase {
  std::string name;  ///< also the last part of `path`, so that the message must contain it
  std::string path;  ///< a file or a folder
  RefusedBy refusedBy = RefusedBy::Checkpoint;
  std::vector<std::string> words;  ///< what the message must contain: the file and the field
};

/// Writes damaged models into a folder and remembers what each must be refused for.
class HostileFiles {
public:
  explicit HostileFiles(std::string folder) : m_folder(std::move(folder)) {}

  /// One file of these bytes.
  void addFile(const std::string& name, const std::string& bytes, std::vector<std::string> words,
               RefusedBy by = RefusedBy::Checkpoint);
  /// The tiny model as GGUF, changed by `damage`.
  void addGguf(const std::string& name, std::vector<std::string> words, const std::function<void(GgufBuilder&)>& damage,
               RefusedBy by = RefusedBy::Checkpoint);
  /// The tiny model as a folder, changed before it is written.
  void addModel(const std::string& name, std::vector<std::string> words, const std::function<void(TinyModel&)>& damage,
                RefusedBy by = RefusedBy::Model);
  /// The tiny model as a folder of `shards` files, changed after it was written; `damage` gets the folder's path.
  void addFolder(const std::string& name, std::vector<std::string> words,
                 const std::function<void(const std::string&)>& damage, int shards = 1);

  [[nodiscard]] const std::vector<HostileCase>& cases() const { return m_cases; }

private:
  std::string add(const std::string& name, std::vector<std::string> words, RefusedBy by);

  std::string m_folder;
  std::vector<HostileCase> m_cases;
};

/// Wrong kinds of file, truncations, sparse files of absurd size.
void addWrongFiles(HostileFiles& files);
/// GGUF: lying counts, sizes, offsets, types, metadata.
void addHostileGguf(HostileFiles& files);
/// Safetensors folders: headers, shards, the JSON files beside them.
void addHostileFolders(HostileFiles& files);
/// Whole files of models that contradict themselves: configuration, missing and misshapen tensors.
void addHostileModels(HostileFiles& files);

/// Writes every case below `folder`, which must exist: more than 100 of them, some 6 MB on disk.
[[nodiscard]] std::vector<HostileCase> writeHostileFiles(const std::string& folder);

}  // namespace patchbay::tests
