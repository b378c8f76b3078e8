#include <filesystem>

#include "tests/fuzz/hostile_files.h"

namespace patchbay::tests {
namespace {

constexpr std::uint64_t kMost = ~std::uint64_t{0};

std::string array(std::uint32_t type, std::uint64_t count, const std::string& values) {
  return littleEndian(type) + littleEndian(count) + values;
}

void addLyingHeads(HostileFiles& files) {
  files.addGguf("version-0.gguf", {"version", "2 or 3"}, [](GgufBuilder& f) { f.version = 0; });
  files.addGguf("version-1.gguf", {"version", "2 or 3"}, [](GgufBuilder& f) { f.version = 1; });
  files.addGguf("version-99.gguf", {"version", "99"}, [](GgufBuilder& f) { f.version = 99; });
  files.addGguf("big-endian.gguf", {"version", "big-endian"}, [](GgufBuilder& f) { f.version = 0x03000000; });
  files.addGguf("tensors-most.gguf", {"tensor_count"}, [](GgufBuilder& f) { f.statedTensors = kMost; });
  files.addGguf("tensors-million.gguf", {"tensor_count"}, [](GgufBuilder& f) { f.statedTensors = 1'000'000; });
  files.addGguf("tensors-one-more.gguf", {"GGUF-"}, [](GgufBuilder& f) { f.statedTensors = f.tensors.size() + 1; });
  files.addGguf("tensors-none.gguf", {"tensor_count"}, [](GgufBuilder& f) { f.tensors.clear(); });
  files.addGguf("pairs-most.gguf", {"metadata_kv_count"}, [](GgufBuilder& f) { f.statedPairs = kMost; });
  files.addGguf("pairs-one-more.gguf", {"GGUF-"}, [](GgufBuilder& f) { f.statedPairs = 24; });
  files.addGguf("pairs-too-few.gguf", {"GGUF-"}, [](GgufBuilder& f) { f.statedPairs = 3; });
}

void addLyingMetadata(HostileFiles& files) {
  files.addGguf("key-twice.gguf", {"llama.block_count", "twice"},
                [](GgufBuilder& f) { f.addU32("llama.block_count", 2); });
  files.addGguf("text-most.gguf", {"bad"}, [](GgufBuilder& f) { f.add("bad", 8, littleEndian(kMost)); });
  files.addGguf("text-negative.gguf", {"bad"}, [](GgufBuilder& f) { f.add("bad", 8, littleEndian(std::int64_t{-1})); });
  files.addGguf("value-type.gguf", {"bad", "type"}, [](GgufBuilder& f) { f.add("bad", 4'000'000, ""); });
  files.addGguf("bool-seven.gguf", {"bad", "0 or 1"}, [](GgufBuilder& f) { f.add("bad", 7, "\x07"); });
  files.addGguf("array-most.gguf", {"bad"}, [](GgufBuilder& f) { f.add("bad", 9, array(4, kMost, "")); });
  files.addGguf("array-wraps.gguf", {"bad"}, [](GgufBuilder& f) { f.add("bad", 9, array(10, (kMost >> 3) + 2, "")); });
  files.addGguf("array-type.gguf", {"bad", "type"}, [](GgufBuilder& f) { f.add("bad", 9, array(66, 1, "")); });
  files.addGguf("array-deep.gguf", {"bad", "nested"}, [](GgufBuilder& f) {
    std::string value = array(0, 0, "");
    for (int i = 0; i < 10'000; ++i) value = array(9, 1, "") + value;
    f.add("bad", 9, value);
  });
  files.addGguf("array-wide.gguf", {"bad", "too much metadata"}, [](GgufBuilder& f) {
    std::string inner;
    for (int i = 0; i < 300; ++i) inner += array(0, 4'000, std::string(4'000, '\1'));
    f.add("bad", 9, array(9, 300, inner));
  });
  files.addGguf("alignment-0.gguf", {"general.alignment"}, [](GgufBuilder& f) { f.addU32("general.alignment", 0); });
  files.addGguf("alignment-33.gguf", {"general.alignment"}, [](GgufBuilder& f) { f.addU32("general.alignment", 33); });
  files.addGguf("alignment-most.gguf", {"general.alignment"},
                [](GgufBuilder& f) { f.addU32("general.alignment", 0x80000000U); });
  files.addGguf("split.gguf", {"split.count"},
                [](GgufBuilder& f) { f.add("split.count", 2, littleEndian(std::uint16_t{5})); });
  files.addGguf("tokens-none.gguf", {"tokenizer.ggml.tokens"},
                [](GgufBuilder& f) { f.remove("tokenizer.ggml.tokens"); });
  files.addGguf("tokens-numbers.gguf", {"tokenizer.ggml.tokens"}, [](GgufBuilder& f) {
    f.remove("tokenizer.ggml.tokens");
    f.addI32s("tokenizer.ggml.tokens", {1, 2, 3});
  });
  files.addGguf("tokens-most.gguf", {"tokenizer.ggml.tokens"}, [](GgufBuilder& f) {
    f.remove("tokenizer.ggml.tokens");
    f.add("tokenizer.ggml.tokens", 9, array(8, kMost / 8, ""));
  });
  files.addGguf("types-few.gguf", {"tokenizer.ggml.token_type"}, [](GgufBuilder& f) {
    f.remove("tokenizer.ggml.token_type");
    f.addI32s("tokenizer.ggml.token_type", {1, 2, 3});
  });
  files.addGguf("template-number.gguf", {"tokenizer.chat_template"}, [](GgufBuilder& f) {
    f.remove("tokenizer.chat_template");
    f.addU32("tokenizer.chat_template", 9);
  });
}

void addLyingTensors(HostileFiles& files) {
  const auto lie = [&files](const char* name, std::vector<std::string> words,
                            const std::function<void(GgufTensor&)>& damage) {
    words.emplace_back("blk.1.ffn_up.weight");
    files.addGguf(name, std::move(words), [&damage](GgufBuilder& f) { damage(f.tensor("blk.1.ffn_up.weight")); });
  };
  lie("dims-9.gguf", {"at most 4"}, [](GgufTensor& t) { t.dimensions.assign(9, 1); });
  lie("dims-most.gguf", {"dimensions"}, [](GgufTensor& t) { t.dimensions.assign(1'000, 1); });
  lie("extent-0.gguf", {"shape"}, [](GgufTensor& t) { t.dimensions = {0, 64}; });
  lie("extent-most.gguf", {"shape"}, [](GgufTensor& t) { t.dimensions = {kMost, kMost}; });
  lie("extent-overflow.gguf", {"shape"}, [](GgufTensor& t) { t.dimensions = {1ULL << 33, 1ULL << 33}; });
  lie("extent-past-end.gguf", {"offset"}, [](GgufTensor& t) { t.dimensions = {32, 1ULL << 30}; });
  lie("type-iq.gguf", {"type", "IQ4_XS"}, [](GgufTensor& t) { t.type = 23; });
  lie("type-unknown.gguf", {"type", "77777"}, [](GgufTensor& t) { t.type = 77'777; });
  lie("type-blocks.gguf", {"shape", "multiple of 256"}, [](GgufTensor& t) { t.type = 12; });
  lie("offset-odd.gguf", {"offset", "aligned"}, [](GgufTensor& t) { t.offset = 7; });
  lie("offset-past-end.gguf", {"offset"}, [](GgufTensor& t) { t.offset = 1ULL << 40; });
  lie("offset-wraps.gguf", {"offset"}, [](GgufTensor& t) { t.offset = kMost - 31; });
  files.addGguf("name-long.gguf", {"name of tensor 17", "100019"},
                [](GgufBuilder& f) { f.tensor("blk.1.ffn_up.weight").name += std::string(100'000, 'x'); });
  files.addGguf("offset-shared.gguf", {"share"}, [](GgufBuilder& f) { f.tensor("blk.1.ffn_up.weight").offset = 0; });
  files.addGguf("name-twice.gguf", {"blk.0.ffn_up.weight", "twice"},
                [](GgufBuilder& f) { f.tensor("blk.1.ffn_up.weight").name = "blk.0.ffn_up.weight"; });
}

}  // namespace

void addHostileGguf(HostileFiles& files) {
  addLyingHeads(files);
  addLyingMetadata(files);
  addLyingTensors(files);
  // A sparse file of a terabyte whose counts would all fit in it.
  const auto enormous = [&files](const char* name, std::vector<std::string> words,
                                 const std::function<void(GgufBuilder&)>& damage) {
    files.addGguf(name, std::move(words), damage);
    std::filesystem::resize_file(files.cases().back().path, std::uintmax_t{1} << 40);
  };
  enormous("sparse-tensors.gguf", {"tensor_count"}, [](GgufBuilder& f) { f.statedTensors = 1ULL << 34; });
  enormous("sparse-pairs.gguf", {"metadata_kv_count"}, [](GgufBuilder& f) { f.statedPairs = 1ULL << 34; });
  enormous("sparse-tokens.gguf", {"tokenizer.ggml.tokens"}, [](GgufBuilder& f) {
    f.remove("tokenizer.ggml.tokens");
    f.add("tokenizer.ggml.tokens", 9, array(8, 1ULL << 36, ""));
  });
  enormous("sparse-text.gguf", {"bad"}, [](GgufBuilder& f) { f.add("bad", 8, littleEndian(std::uint64_t{1} << 38)); });
}

}  // namespace patchbay::tests
