#include "tests/support/tiny_model.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <stdexcept>

namespace patchbay::tests {
namespace {

constexpr int kLayers = 2;
constexpr std::int64_t kWidth = 32;
constexpr std::int64_t kHeads = 4;
constexpr std::int64_t kKeyValueHeads = 2;
constexpr std::int64_t kHeadWidth = 8;
constexpr std::int64_t kMlpWidth = 64;

const std::array<std::string, 3> kSpecials{"<|endoftext|>", "<|im_start|>", "<|im_end|>"};
const std::array<std::array<const char*, 2>, 5> kMerges{
    {{"t", "h"}, {"th", "e"}, {"i", "n"}, {"\xC4\xA0", "t"}, {"\xC4\xA0", "a"}}};

const char* const kTemplate =
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/// Random weights that are the same everywhere: the distributions of the standard library are not.
class Weights {
public:
  explicit Weights(std::uint32_t seed) : m_random(seed) {}

  PlainTensor make(std::string name, std::vector<std::int64_t> shape, float centre, float spread) {
    std::int64_t count = 1;
    for (const std::int64_t extent : shape) count *= extent;
    std::string bytes;
    for (std::int64_t i = 0; i < count; ++i) {
      const auto unit = static_cast<float>(m_random() >> 8) / 16'777'216.0f;
      bytes += littleEndian(centre + spread * (2 * unit - 1));
    }
    return {std::move(name), "F32", std::move(shape), std::move(bytes)};
  }
  PlainTensor matrix(std::string name, std::int64_t out, std::int64_t in) {
    return make(std::move(name), {out, in}, 0, 1.7f / std::sqrt(static_cast<float>(in)));
  }
  PlainTensor norm(std::string name) { return make(std::move(name), {kWidth}, 1, 0.2f); }

private:
  std::mt19937 m_random;
};

/// The characters that byte-level BPE writes for the 256 bytes, as UTF-8. Source   GPT-2, encoder.py.
std::vector<std::string> byteCharacters() {
  std::vector<std::string> characters;
  int next = 256;
  for (int byte = 0; byte < 256; ++byte) {
    const bool isPlain = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    const int point = isPlain ? byte : next++;
    if (point < 128)
      characters.emplace_back(1, static_cast<char>(point));
    else
      characters.push_back({static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 63))});
  }
  return characters;
}

std::vector<std::string> allTokens() {
  std::vector<std::string> tokens(kSpecials.begin(), kSpecials.end());
  for (std::string& character : byteCharacters()) tokens.push_back(std::move(character));
  for (const auto& merge : kMerges) tokens.push_back(std::string(merge[0]) + merge[1]);
  return tokens;
}

Json makeTokenizer() {
  Json added = Json::array();
  for (int id = 0; id < static_cast<int>(kSpecials.size()); ++id) {
    added.push_back({{"id", id},
                     {"content", kSpecials[static_cast<std::size_t>(id)]},
                     {"single_word", false},
                     {"lstrip", false},
                     {"rstrip", false},
                     {"normalized", false},
                     {"special", true}});
  }
  Json vocabulary = Json::object();
  int id = 0;
  for (const std::string& token : allTokens()) vocabulary[token] = id++;
  Json merges = Json::array();
  for (const auto& merge : kMerges) merges.push_back(std::string(merge[0]) + " " + merge[1]);
  const Json byteLevel = {
      {"type", "ByteLevel"}, {"add_prefix_space", false}, {"trim_offsets", true}, {"use_regex", true}};
  const Json model = {{"type", "BPE"},
                      {"dropout", nullptr},
                      {"unk_token", nullptr},
                      {"continuing_subword_prefix", nullptr},
                      {"end_of_word_suffix", nullptr},
                      {"fuse_unk", false},
                      {"byte_fallback", false},
                      {"vocab", vocabulary},
                      {"merges", merges}};
  return {{"version", "1.0"},          {"truncation", nullptr}, {"padding", nullptr},
          {"added_tokens", added},     {"normalizer", nullptr}, {"pre_tokenizer", byteLevel},
          {"post_processor", nullptr}, {"decoder", byteLevel},  {"model", model}};
}

Json makeConfig(bool isTied) {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_size", kWidth},
          {"intermediate_size", kMlpWidth},
          {"num_hidden_layers", kLayers},
          {"num_attention_heads", kHeads},
          {"num_key_value_heads", kKeyValueHeads},
          {"vocab_size", allTokens().size()},
          {"max_position_embeddings", 128},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", 10000.0},
          {"rope_scaling", nullptr},
          {"hidden_act", "silu"},
          {"attention_bias", false},
          {"mlp_bias", false},
          {"tie_word_embeddings", isTied},
          {"bos_token_id", 1},
          {"eos_token_id", 2},
          {"torch_dtype", "float32"}};
}

std::string ggufName(const std::string& name) {
  static const std::map<std::string, std::string> kNames{{"model.embed_tokens.weight", "token_embd.weight"},
                                                         {"model.norm.weight", "output_norm.weight"},
                                                         {"lm_head.weight", "output.weight"},
                                                         {"input_layernorm", "attn_norm"},
                                                         {"self_attn.q_proj", "attn_q"},
                                                         {"self_attn.k_proj", "attn_k"},
                                                         {"self_attn.v_proj", "attn_v"},
                                                         {"self_attn.o_proj", "attn_output"},
                                                         {"post_attention_layernorm", "ffn_norm"},
                                                         {"mlp.gate_proj", "ffn_gate"},
                                                         {"mlp.up_proj", "ffn_up"},
                                                         {"mlp.down_proj", "ffn_down"}};
  const std::string prefix = "model.layers.";
  if (!name.starts_with(prefix)) return kNames.at(name);
  const std::size_t dot = name.find('.', prefix.size());
  const std::string layer = name.substr(prefix.size(), dot - prefix.size());
  return "blk." + layer + "." + kNames.at(name.substr(dot + 1, name.size() - dot - 1 - std::strlen(".weight"))) +
         ".weight";
}

/// Rows of one head in the order llama.cpp rotates them: the two halves interleaved.
/// Source   convert_hf_to_gguf.py, LlamaModel.permute.
std::string permuted(const PlainTensor& tensor, std::int64_t heads) {
  const std::int64_t rows = tensor.shape[0] / heads;
  const auto rowBytes = static_cast<std::size_t>(tensor.shape[1]) * sizeof(float);
  std::string bytes;
  for (std::int64_t head = 0; head < heads; ++head) {
    for (std::int64_t row = 0; row < rows; ++row) {
      const std::int64_t source = head * rows + row % 2 * (rows / 2) + row / 2;
      bytes += tensor.bytes.substr(static_cast<std::size_t>(source) * rowBytes, rowBytes);
    }
  }
  return bytes;
}

}  // namespace

PlainTensor& TinyModel::tensor(std::string_view name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [name](const PlainTensor& tensor) { return tensor.name == name; });
  if (found == tensors.end()) throw std::logic_error("the test names a tensor that is not there: " + std::string(name));
  return *found;
}

void TinyModel::removeTensor(std::string_view name) {
  if (std::erase_if(tensors, [name](const PlainTensor& tensor) { return tensor.name == name; }) == 0) {
    throw std::logic_error("the test names a tensor that is not there: " + std::string(name));
  }
}

TinyModel makeTinyModel(bool isTied, std::uint32_t seed) {
  TinyModel model;
  model.config = makeConfig(isTied);
  model.tokenizer = makeTokenizer();
  model.tokenizerConfig = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                           {"bos_token", kSpecials[1]},
                           {"eos_token", kSpecials[2]},
                           {"unk_token", kSpecials[0]},
                           {"pad_token", kSpecials[2]},
                           {"add_bos_token", false},
                           {"clean_up_tokenization_spaces", false},
                           {"model_max_length", 128},
                           {"chat_template", kTemplate}};
  model.generationConfig = {{"bos_token_id", 1}, {"eos_token_id", {2, 0}}};
  Weights weights(seed);
  const auto vocabulary = static_cast<std::int64_t>(allTokens().size());
  model.tensors.push_back(weights.matrix("model.embed_tokens.weight", vocabulary, kWidth));
  for (int layer = 0; layer < kLayers; ++layer) {
    const std::string block = "model.layers." + std::to_string(layer) + ".";
    model.tensors.push_back(weights.norm(block + "input_layernorm.weight"));
    model.tensors.push_back(weights.matrix(block + "self_attn.q_proj.weight", kHeads * kHeadWidth, kWidth));
    model.tensors.push_back(weights.matrix(block + "self_attn.k_proj.weight", kKeyValueHeads * kHeadWidth, kWidth));
    model.tensors.push_back(weights.matrix(block + "self_attn.v_proj.weight", kKeyValueHeads * kHeadWidth, kWidth));
    model.tensors.push_back(weights.matrix(block + "self_attn.o_proj.weight", kWidth, kHeads * kHeadWidth));
    model.tensors.push_back(weights.norm(block + "post_attention_layernorm.weight"));
    model.tensors.push_back(weights.matrix(block + "mlp.gate_proj.weight", kMlpWidth, kWidth));
    model.tensors.push_back(weights.matrix(block + "mlp.up_proj.weight", kMlpWidth, kWidth));
    model.tensors.push_back(weights.matrix(block + "mlp.down_proj.weight", kWidth, kMlpWidth));
  }
  model.tensors.push_back(weights.norm("model.norm.weight"));
  if (!isTied) model.tensors.push_back(weights.matrix("lm_head.weight", vocabulary, kWidth));
  return model;
}

void writeHuggingFaceFolder(const TinyModel& model, const std::string& folder, int shards) {
  std::filesystem::create_directories(folder);
  writeFile(folder + "/config.json", model.config.dump(2));
  writeFile(folder + "/tokenizer.json", model.tokenizer.dump());
  writeFile(folder + "/tokenizer_config.json", model.tokenizerConfig.dump(2));
  writeFile(folder + "/generation_config.json", model.generationConfig.dump(2));
  if (shards == 1) {
    writeFile(folder + "/model.safetensors", safetensorsFile(model.tensors));
    return;
  }
  std::vector<std::vector<PlainTensor>> parts(static_cast<std::size_t>(shards));
  Json places = Json::object();
  const auto nameOf = [shards](std::size_t part) {
    std::array<char, 64> name{};
    std::snprintf(name.data(), name.size(), "model-%05zu-of-%05d.safetensors", part + 1, shards);
    return std::string(name.data());
  };
  for (std::size_t i = 0; i < model.tensors.size(); ++i) {
    const std::size_t part = i * parts.size() / model.tensors.size();
    parts[part].push_back(model.tensors[i]);
    places[model.tensors[i].name] = nameOf(part);
  }
  for (std::size_t part = 0; part < parts.size(); ++part)
    writeFile(folder + "/" + nameOf(part), safetensorsFile(parts[part]));
  writeFile(folder + "/model.safetensors.index.json",
            Json{{"metadata", {{"total_size", 0}}}, {"weight_map", places}}.dump(2));
}

GgufBuilder ggufOf(const TinyModel& model) {
  GgufBuilder file;
  file.addText("general.architecture", "llama");
  file.addText("general.name", "Tiny");
  file.addU32("llama.block_count", kLayers);
  file.addU32("llama.context_length", 128);
  file.addU32("llama.embedding_length", kWidth);
  file.addU32("llama.feed_forward_length", kMlpWidth);
  file.addU32("llama.attention.head_count", kHeads);
  file.addU32("llama.attention.head_count_kv", kKeyValueHeads);
  file.addF32("llama.rope.freq_base", 10000.0f);
  file.addF32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  file.addU32("llama.rope.dimension_count", kHeadWidth);
  const std::vector<std::string> tokens = allTokens();
  file.addU32("llama.vocab_size", static_cast<std::uint32_t>(tokens.size()));
  file.addText("tokenizer.ggml.model", "gpt2");
  file.addText("tokenizer.ggml.pre", "gpt-2");
  file.addTexts("tokenizer.ggml.tokens", tokens);
  std::vector<std::int32_t> types(tokens.size(), 1);
  std::fill_n(types.begin(), kSpecials.size(), 3);  // control tokens
  file.addI32s("tokenizer.ggml.token_type", types);
  std::vector<std::string> merges;
  for (const auto& merge : kMerges) merges.push_back(std::string(merge[0]) + " " + merge[1]);
  file.addTexts("tokenizer.ggml.merges", merges);
  file.addU32("tokenizer.ggml.bos_token_id", 1);
  file.addU32("tokenizer.ggml.eos_token_id", 2);
  file.addBool("tokenizer.ggml.add_bos_token", false);
  file.addText("tokenizer.chat_template", kTemplate);
  for (const PlainTensor& tensor : model.tensors) {
    const std::string name = ggufName(tensor.name);
    const bool isQuery = name.ends_with("attn_q.weight");
    const bool isPermuted = isQuery || name.ends_with("attn_k.weight");
    file.tensors.push_back({name,
                            {tensor.shape.rbegin(), tensor.shape.rend()},
                            0,
                            isPermuted ? permuted(tensor, isQuery ? kHeads : kKeyValueHeads) : tensor.bytes,
                            std::nullopt});
  }
  return file;
}

}  // namespace patchbay::tests
