#include "tests/fuzz/hostile_files.h"

namespace patchbay::tests {
namespace {

/// Folders whose files are whole and whose config.json contradicts itself or the weights.
void addContradictions(HostileFiles& files) {
  const auto set = [&files](const char* name, const char* field, const Json& value) {
    files.addModel(name, {field}, [&](TinyModel& model) { model.config[field] = value; });
  };
  set("width-0", "hidden_size", 0);
  set("width-negative", "hidden_size", -32);
  set("width-huge", "hidden_size", std::int64_t{1} << 40);
  set("width-beyond", "hidden_size", ~std::uint64_t{0});
  set("width-text", "hidden_size", "32");
  set("width-fraction", "hidden_size", 32.5);
  set("width-null", "hidden_size", nullptr);
  set("heads-5", "num_attention_heads", 5);
  set("heads-0", "num_attention_heads", 0);
  set("heads-negative", "num_attention_heads", -4);
  set("heads-list", "num_attention_heads", {4, 4});
  set("keyvalue-heads-3", "num_key_value_heads", 3);
  set("keyvalue-heads-0", "num_key_value_heads", 0);
  set("layers-0", "num_hidden_layers", 0);
  set("layers-huge", "num_hidden_layers", 1'000'000'000);
  set("layers-negative", "num_hidden_layers", -1);
  set("mlp-text", "intermediate_size", "64");
  set("mlp-negative", "intermediate_size", -64);
  set("vocabulary-0", "vocab_size", 0);
  set("vocabulary-huge", "vocab_size", std::int64_t{1} << 50);
  set("epsilon-text", "rms_norm_eps", "small");
  set("epsilon-negative", "rms_norm_eps", -1.0);
  set("theta-0", "rope_theta", 0);
  set("theta-text", "rope_theta", "high");
  set("context-0", "max_position_embeddings", 0);
  set("activation-unknown", "hidden_act", "nonsense");
  set("family-unknown", "model_type", "nonsense");
  set("scaling-unknown", "rope_scaling", {{"rope_type", "nonsense"}, {"factor", 2.0}});
  files.addModel("width-missing", {"hidden_size"}, [](TinyModel& model) { model.config.erase("hidden_size"); });
}

/// Weights that do not fit the configuration; the message names the tensor.
void addWrongTensors(HostileFiles& files) {
  const std::string query = "model.layers.1.self_attn.q_proj.weight";
  const std::string norm = "model.layers.0.input_layernorm.weight";
  const auto misshape = [&files](const char* name, const std::string& tensor, const std::vector<std::int64_t>& shape) {
    files.addModel(name, {tensor}, [&](TinyModel& model) {
      std::int64_t count = 1;
      for (const std::int64_t extent : shape) count *= extent;
      model.tensor(tensor).shape = shape;
      model.tensor(tensor).bytes.resize(static_cast<std::size_t>(count) * sizeof(float));
    });
  };
  for (const char* lost : {"model.embed_tokens.weight", "model.norm.weight", "model.layers.0.mlp.down_proj.weight"}) {
    files.addModel(std::string("lost-") + lost, {lost}, [lost](TinyModel& model) { model.removeTensor(lost); });
  }
  files.addModel("lost-query", {query}, [&](TinyModel& model) { model.removeTensor(query); });
  files.addModel("lost-head", {"lm_head.weight"},
                 [](TinyModel& model) { model.config["tie_word_embeddings"] = false; });
  files.addModel("lost-layer", {"model.layers.2."}, [](TinyModel& model) { model.config["num_hidden_layers"] = 3; });
  misshape("query-wide", query, {32, 33});
  misshape("query-flat", query, {1'024});
  misshape("query-deep", query, {2, 16, 32});
  misshape("query-empty", query, {0, 32});
  misshape("norm-short", norm, {31});
  misshape("norm-square", norm, {32, 32});
  misshape("norm-scalar", norm, {});
  misshape("embedding-turned", "model.embed_tokens.weight", {32, 264});
  files.addModel("mlp-other", {"model.layers.0.mlp."},
                 [](TinyModel& model) { model.config["intermediate_size"] = 65; });
  files.addModel("vocabulary-small", {"model.embed_tokens.weight"},
                 [](TinyModel& model) { model.config["vocab_size"] = 100; });
}

/// GGUF files whose metadata contradicts itself or the tensors.
void addContradictoryGguf(HostileFiles& files) {
  const auto set = [&files](const char* name, const char* key, std::uint32_t value) {
    files.addGguf(
        name, {key},
        [&](GgufBuilder& f) {
          f.remove(key);
          f.addU32(key, value);
        },
        RefusedBy::Model);
  };
  set("gguf-width-0.gguf", "llama.embedding_length", 0);
  set("gguf-width-most.gguf", "llama.embedding_length", 0xFFFFFFFFU);
  set("gguf-heads-5.gguf", "llama.attention.head_count", 5);
  set("gguf-heads-0.gguf", "llama.attention.head_count", 0);
  set("gguf-keyvalue-heads-3.gguf", "llama.attention.head_count_kv", 3);
  set("gguf-layers-0.gguf", "llama.block_count", 0);
  set("gguf-layers-most.gguf", "llama.block_count", 0xFFFFFFFFU);
  const auto without = [&files](const char* name, const char* key) {
    files.addGguf(
        name, {key}, [key](GgufBuilder& f) { f.remove(key); }, RefusedBy::Model);
  };
  without("gguf-no-architecture.gguf", "general.architecture");
  without("gguf-no-width.gguf", "llama.embedding_length");
  without("gguf-no-layers.gguf", "llama.block_count");
  files.addGguf(
      "gguf-family.gguf", {"general.architecture", "nonsense"},
      [](GgufBuilder& f) {
        f.remove("general.architecture");
        f.addText("general.architecture", "nonsense");
      },
      RefusedBy::Model);
  files.addGguf(
      "gguf-width-text.gguf", {"llama.embedding_length"},
      [](GgufBuilder& f) {
        f.remove("llama.embedding_length");
        f.addText("llama.embedding_length", "32");
      },
      RefusedBy::Model);
  files.addGguf(
      "gguf-lost.gguf", {"blk.1.attn_v.weight"},
      [](GgufBuilder& f) {
        std::erase_if(f.tensors, [](const GgufTensor& tensor) { return tensor.name == "blk.1.attn_v.weight"; });
      },
      RefusedBy::Model);
  files.addGguf(
      "gguf-turned.gguf", {"blk.1.ffn_up.weight"},
      [](GgufBuilder& f) {
        f.tensor("blk.1.ffn_up.weight").dimensions = {64, 32};
      },
      RefusedBy::Model);
}

}  // namespace

void addHostileModels(HostileFiles& files) {
  addContradictions(files);
  addWrongTensors(files);
  addContradictoryGguf(files);
}

}  // namespace patchbay::tests
