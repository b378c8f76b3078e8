#include "tests/fuzz/hostile_files.h"

namespace patchbay::tests {

std::string HostileFiles::add(const std::string& name, std::vector<std::string> words, RefusedBy by) {
  words.push_back(name);
  m_cases.push_back({.name = name, .path = m_folder + "/" + name, .refusedBy = by, .words = std::move(words)});
  return m_cases.back().path;
}

void HostileFiles::addFile(const std::string& name, const std::string& bytes, std::vector<std::string> words,
                           RefusedBy by) {
  writeFile(add(name, std::move(words), by), bytes);
}

void HostileFiles::addGguf(const std::string& name, std::vector<std::string> words,
                           const std::function<void(GgufBuilder&)>& damage, RefusedBy by) {
  GgufBuilder file = ggufOf(makeTinyModel());
  damage(file);
  writeFile(add(name, std::move(words), by), file.build());
}

void HostileFiles::addModel(const std::string& name, std::vector<std::string> words,
                            const std::function<void(TinyModel&)>& damage, RefusedBy by) {
  TinyModel model = makeTinyModel();
  damage(model);
  writeHuggingFaceFolder(model, add(name, std::move(words), by));
}

void HostileFiles::addFolder(const std::string& name, std::vector<std::string> words,
                             const std::function<void(const std::string&)>& damage, int shards) {
  const std::string path = add(name, std::move(words), RefusedBy::Checkpoint);
  writeHuggingFaceFolder(makeTinyModel(), path, shards);
  damage(path);
}

void addWrongFiles(HostileFiles& files) {
  files.addFile("picture.gguf", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16), {"content", "PNG"});
  files.addFile("picture.safetensors", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16), {"content", "PNG"});
  files.addFile("empty.gguf", "", {"content", "empty"});
  files.addFile("empty.safetensors", "", {"content", "empty"});
  files.addFile("notes.txt", "These are no weights.\n", {"content", "text"});
  files.addFile("page.gguf", "<!DOCTYPE html><html></html>", {"content", "web page"});
  files.addFile("pointer.gguf", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
                {"content", "Git LFS"});
  files.addFile("pytorch_model.bin", std::string("PK\x03\x04", 4) + std::string(60, 'x'),
                {"content", "PyTorch", "safetensors and GGUF"});
  files.addFile("old.pt", std::string("\x80\x02}q\0.", 6), {"content", "pickle"});
  files.addFile("old.bin", "tjgg" + std::string(60, '\1'), {"content", "before GGUF"});
  files.addFile("session.patchbay", std::string("SQLite format 3\0", 16), {"content", "SQLite"});
  files.addFile("noise.gguf", "\xDE\xAD\xBE\xEF" + std::string(200, '\xA5'), {"magic", "GGUF"});

  const std::string whole = ggufOf(makeTinyModel()).build();
  for (const std::size_t size :
       {std::size_t{4}, std::size_t{7}, std::size_t{12}, std::size_t{23}, std::size_t{24}, std::size_t{200},
        std::size_t{1'500}, std::size_t{6'000}, whole.size() / 2, whole.size() - 1}) {
    files.addFile("cut-to-" + std::to_string(size) + ".gguf", whole.substr(0, size), {"GGUF-"});
  }
}

std::vector<HostileCase> writeHostileFiles(const std::string& folder) {
  HostileFiles files(folder);
  addWrongFiles(files);
  addHostileGguf(files);
  addHostileFolders(files);
  addHostileModels(files);
  return files.cases();
}

}  // namespace patchbay::tests
