#include <sys/stat.h>

#include <filesystem>
#include <stdexcept>

#include "tests/fuzz/hostile_files.h"

namespace patchbay::tests {
namespace {

namespace fs = std::filesystem;

const std::string kUp = "model.layers.1.mlp.up_proj.weight";

/// The weights file with its header changed as JSON.
void changeHeader(const std::string& folder, const std::function<void(Json&)>& damage) {
  const TinyModel model = makeTinyModel();
  Json header = safetensorsHeader(model.tensors);
  damage(header);
  writeFile(folder + "/model.safetensors", safetensorsFile(header.dump(), safetensorsData(model.tensors)));
}

void addLyingHeaders(HostileFiles& files) {
  const auto lie = [&files](const char* name, std::vector<std::string> words,
                            const std::function<void(Json&)>& damage) {
    words.emplace_back("model.safetensors");
    files.addFolder(name, std::move(words), [&damage](const std::string& folder) { changeHeader(folder, damage); });
  };
  lie("st-dtype-unknown", {kUp, "dtype", "F31"}, [](Json& h) { h[kUp]["dtype"] = "F31"; });
  lie("st-dtype-other", {kUp, "F16"}, [](Json& h) { h[kUp]["dtype"] = "F16"; });
  lie("st-dtype-fp8", {kUp, "F8_E4M3"}, [](Json& h) { h[kUp]["dtype"] = "F8_E4M3"; });
  lie("st-dtype-number", {kUp, "dtype"}, [](Json& h) { h[kUp]["dtype"] = 32; });
  lie("st-dtype-missing", {kUp, "dtype"}, [](Json& h) { h[kUp].erase("dtype"); });
  lie("st-shape-missing", {kUp, "shape"}, [](Json& h) { h[kUp].erase("shape"); });
  lie("st-shape-negative", {kUp, "shape"}, [](Json& h) { h[kUp]["shape"] = {-64, 32}; });
  lie("st-shape-overflow", {kUp, "shape"}, [](Json& h) { h[kUp]["shape"] = {1ULL << 40, 1ULL << 40}; });
  lie("st-shape-other", {kUp, "data_offsets"}, [](Json& h) { h[kUp]["shape"] = {64, 33}; });
  lie("st-shape-text", {kUp, "shape"}, [](Json& h) { h[kUp]["shape"] = "64x32"; });
  lie("st-shape-deep", {kUp, "shape"}, [](Json& h) { h[kUp]["shape"] = {{64}, {32}}; });
  lie("st-offsets-reversed", {kUp, "data_offsets"}, [](Json& h) { h[kUp]["data_offsets"] = {8'192, 0}; });
  lie("st-offsets-outside", {kUp, "data_offsets"}, [](Json& h) {
    h[kUp]["data_offsets"] = {1ULL << 40, (1ULL << 40) + 8'192};
  });
  lie("st-offsets-shared", {"data_offsets", "share"}, [](Json& h) { h[kUp]["data_offsets"] = {0, 8'192}; });
  lie("st-offsets-missing", {kUp, "data_offsets"}, [](Json& h) { h[kUp].erase("data_offsets"); });
  lie("st-offsets-three", {kUp, "offsets"}, [](Json& h) { h[kUp]["data_offsets"] = {0, 1, 2}; });
  lie("st-entry-number", {kUp}, [](Json& h) { h[kUp] = 7; });
  lie("st-metadata-list", {"__metadata__"}, [](Json& h) { h["__metadata__"] = Json::array({1}); });
  lie("st-hole", {"data_offsets", "belong to nothing"}, [](Json& h) { h.erase("model.layers.0.mlp.up_proj.weight"); });
}

void addBrokenWeights(HostileFiles& files) {
  const auto replaced = [&files](const char* name, std::vector<std::string> words,
                                 const std::function<std::string(std::string)>& damage) {
    words.emplace_back("model.safetensors");
    files.addFolder(name, std::move(words), [&damage](const std::string& folder) {
      writeFile(folder + "/model.safetensors", damage(readFile(folder + "/model.safetensors")));
    });
  };
  replaced("st-cut-8", {"8 bytes"}, [](const std::string& whole) { return whole.substr(0, 8); });
  replaced("st-cut-header", {"header"}, [](const std::string& whole) { return whole.substr(0, 100); });
  replaced("st-cut-data", {"data_offsets"}, [](const std::string& whole) { return whole.substr(0, whole.size() / 2); });
  replaced("st-cut-last", {"data_offsets"}, [](const std::string& whole) { return whole.substr(0, whole.size() - 1); });
  replaced("st-longer", {"file size"}, [](const std::string& whole) { return whole + "x"; });
  replaced("st-length-most", {"header length"}, [](std::string whole) { return whole.replace(0, 8, 8, '\xFF'); });
  replaced("st-length-1", {"header"},
           [](std::string whole) { return whole.replace(0, 8, std::string("\1\0\0\0\0\0\0\0", 8)); });
  replaced("st-header-noise", {"header"}, [](std::string whole) { return whole.replace(40, 20, 20, '\xF5'); });
  replaced("st-header-empty", {"file size"}, [](const std::string&) { return safetensorsFile("{}", "12345678"); });
  replaced("st-no-tensors", {"header"}, [](const std::string&) { return safetensorsFile("{}", ""); });
  replaced("st-header-deep", {"header"},
           [](const std::string&) { return safetensorsFile("{\"a\":" + std::string(1'000'000, '['), ""); });
  replaced("st-name-twice", {"tensor a", "twice"}, [](const std::string&) {
    const std::string entry = R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
    return safetensorsFile("{" + entry + "," + entry + "}", "1234");
  });
  replaced("st-a-picture", {"content", "PNG"}, [](const std::string&) { return std::string("\x89PNG\r\n"); });
  files.addFolder("st-weights-folder", {"model.safetensors", "folder"}, [](const std::string& folder) {
    fs::remove(folder + "/model.safetensors");
    fs::create_directory(folder + "/model.safetensors");
  });
  files.addFolder("st-weights-link-to-nothing", {"model.safetensors"}, [](const std::string& folder) {
    fs::remove(folder + "/model.safetensors");
    fs::create_symlink("nowhere", folder + "/model.safetensors");
  });
  files.addFolder("st-weights-pipe", {"model.safetensors", "pipe"}, [](const std::string& folder) {
    fs::remove(folder + "/model.safetensors");
    if (::mkfifo((folder + "/model.safetensors").c_str(), 0600) != 0)
      throw std::runtime_error("the test cannot make a pipe");
  });
}

void addBrokenTexts(HostileFiles& files) {
  const auto text = [&files](const char* name, const char* file, std::vector<std::string> words,
                             const std::string& content) {
    words.emplace_back(file);
    files.addFolder(name, std::move(words),
                    [&](const std::string& folder) { writeFile(folder + "/" + file, content); });
  };
  text("config-empty", "config.json", {"JSON"}, "");
  text("config-cut", "config.json", {"byte"}, "{\"hidden_size\": 32,");
  text("config-list", "config.json", {"array"}, "[1, 2, 3]");
  text("config-nan", "config.json", {"byte"}, "{\"hidden_size\": NaN}");
  text("config-deep", "config.json", {"deep"}, "{\"a\":" + std::string(500'000, '[') + std::string(500'000, ']') + "}");
  text("config-huge", "config.json", {"too large"}, "{\"a\":\"" + std::string(std::size_t{17} << 20, 'x') + "\"}");
  text("config-noise", "config.json", {"JSON"}, std::string(300, '\xFE'));
  text("config-end-text", "generation_config.json", {"eos_token_id"}, R"({"eos_token_id": "end"})");
  text("config-end-negative", "generation_config.json", {"eos_token_id", "-3"}, R"({"eos_token_id": [2, -3]})");
  text("tokenizer-picture", "tokenizer.json", {"PNG"}, "\x89PNG\r\n");
  text("tokenizer-pointer", "tokenizer.json", {"Git LFS"}, "version https://git-lfs.github.com/spec/v1\n");
  std::string values = "{\"a\":[{}";
  for (int i = 0; i < 5'000'000; ++i) values += ",{}";
  text("tokenizer-values", "tokenizer.json", {"too many values"}, values + "]}");
  std::string objects = "{\"a\":[{\"b\":0}";
  for (int i = 0; i < 900'000; ++i) objects += ",{\"b\":0}";
  text("config-of-objects", "generation_config.json", {"eos_token_id"}, objects + "],\"eos_token_id\":\"end\"}");
  text("tokenizer-config-cut", "tokenizer_config.json", {"JSON"}, "{\"chat_template\": \"");
  text("template-number", "tokenizer_config.json", {"chat_template"}, R"({"chat_template": 5})");
  text("template-nameless", "tokenizer_config.json", {"chat_template"}, R"({"chat_template": [{"template": "x"}]})");
  text("template-huge", "chat_template.jinja", {"chat_template"}, std::string(std::size_t{2} << 20, 'x'));
  files.addFolder("config-missing", {"config.json"},
                  [](const std::string& folder) { fs::remove(folder + "/config.json"); });
  files.addFolder("tokenizer-missing", {"tokenizer.json"},
                  [](const std::string& folder) { fs::remove(folder + "/tokenizer.json"); });
  files.addFolder("weights-missing", {"model.safetensors"},
                  [](const std::string& folder) { fs::remove(folder + "/model.safetensors"); });
  files.addFolder("weights-pickle", {"pytorch_model.bin", "safetensors and GGUF"}, [](const std::string& folder) {
    fs::rename(folder + "/model.safetensors", folder + "/pytorch_model.bin");
  });
}

void addBrokenShards(HostileFiles& files) {
  const std::string index = "model.safetensors.index.json";
  const auto lie = [&](const char* name, std::vector<std::string> words, const std::function<void(Json&)>& damage) {
    words.push_back(index);
    files.addFolder(
        name, std::move(words),
        [&](const std::string& folder) {
          Json json = Json::parse(readFile(folder + "/" + index));
          damage(json["weight_map"]);
          writeFile(folder + "/" + index, json.dump());
        },
        2);
  };
  lie("shards-parent", {kUp, "outside"}, [](Json& map) { map[kUp] = "../other.safetensors"; });
  lie("shards-absolute", {kUp, "outside"}, [](Json& map) { map[kUp] = "/dev/zero.safetensors"; });
  lie("shards-number", {kUp}, [](Json& map) { map[kUp] = 7; });
  lie("shards-no-map", {"weight_map"}, [](Json& map) { map = nullptr; });
  lie("shards-absent", {"model-00007-of-00007.safetensors"},
      [](Json& map) { map[kUp] = "model-00007-of-00007.safetensors"; });
  lie("shards-other", {kUp}, [](Json& map) { map[kUp] = "model-00001-of-00002.safetensors"; });
  lie("shards-ghost", {"ghost.weight"}, [](Json& map) { map["ghost.weight"] = "model-00001-of-00002.safetensors"; });
  lie("shards-many", {"weight_map"}, [](Json& map) {
    for (int i = 0; i < 5'000; ++i) map["t" + std::to_string(i)] = "model-" + std::to_string(i) + ".safetensors";
  });
  const std::string second = "model-00002-of-00002.safetensors";
  files.addFolder(
      "shards-lost", {second}, [&](const std::string& folder) { fs::remove(folder + "/" + second); }, 2);
  files.addFolder(
      "shards-cut", {second}, [&](const std::string& folder) { fs::resize_file(folder + "/" + second, 500); }, 2);
  files.addFolder(
      "shards-twice", {second},
      [&](const std::string& folder) { writeFile(folder + "/" + second, safetensorsFile(makeTinyModel().tensors)); },
      2);
}

}  // namespace

void addHostileFolders(HostileFiles& files) {
  addLyingHeaders(files);
  addBrokenWeights(files);
  addBrokenTexts(files);
  addBrokenShards(files);
}

}  // namespace patchbay::tests
