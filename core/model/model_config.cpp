#include "core/model/model_config.h"

#include <cmath>

namespace patchbay {
namespace {

/// Reads numbers out of a JSON object and remembers the first mistake.
class FieldReader {
public:
  FieldReader(const Json& json, std::string file) : m_json(json), m_file(std::move(file)) {}

  [[nodiscard]] bool has(const std::string& name) const { return m_json.contains(name) && !m_json.at(name).is_null(); }

  int count(const std::string& name, std::int64_t low, std::int64_t high, std::optional<int> absent = {}) {
    if (!has(name)) return absent ? *absent : missing(name, "a whole number");
    const Json& value = m_json.at(name);
    const std::string range = "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
    if (!value.is_number_integer()) return wrong(name, value, range);
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(high))
      return wrong(name, value, range);
    const auto number = value.get<std::int64_t>();
    if (number < low || number > high) return wrong(name, value, range);
    return static_cast<int>(number);
  }

  double real(const std::string& name, double low, double high, std::optional<double> absent = {}) {
    if (!has(name)) return absent ? *absent : missing(name, "a number");
    const Json& value = m_json.at(name);
    const auto number = value.is_number() ? value.get<double>() : std::nan("");
    if (!(number >= low && number <= high))
      return wrong(name, value, "a number from " + trimmed(low) + " to " + trimmed(high));
    return number;
  }

  bool flag(const std::string& name, bool absent) {
    if (!has(name)) return absent;
    const Json& value = m_json.at(name);
    if (!value.is_boolean()) return wrong(name, value, "true or false") != 0;
    return value.get<bool>();
  }

  std::string word(const std::string& name, const std::string& absent) {
    if (!has(name)) return absent;
    const Json& value = m_json.at(name);
    if (value.is_string()) return value.get<std::string>();
    wrong(name, value, "a string");
    return absent;
  }

  void fail(std::string code, std::string what, std::string field, std::string found, std::string expected) {
    if (m_error) return;
    m_error = Error{.code = std::move(code),
                    .what = std::move(what),
                    .file = m_file,
                    .field = std::move(field),
                    .found = std::move(found),
                    .expected = std::move(expected),
                    .advice = "Check the model's configuration or download it again."};
  }

  [[nodiscard]] const std::optional<Error>& error() const { return m_error; }
  void adopt(const FieldReader& other) {
    if (!m_error) m_error = other.m_error;
  }
  [[nodiscard]] const Json& json() const { return m_json; }
  [[nodiscard]] const std::string& file() const { return m_file; }

private:
  static std::string trimmed(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    if (text.ends_with('.')) text.pop_back();
    return text;
  }
  int missing(const std::string& name, const std::string& expected) {
    fail("CONF-01", "the model's configuration lacks a field", name, "nothing", expected);
    return 0;
  }
  int wrong(const std::string& name, const Json& value, const std::string& expected) {
    fail("CONF-02", "the model's configuration has an impossible value", name, dumpJson(value).substr(0, 80), expected);
    return 0;
  }

  const Json& m_json;
  std::string m_file;
  std::optional<Error> m_error;
};

constexpr std::int64_t kMaxWidth = 1 << 20;

void readFolderRope(FieldReader& fields, RopeConfig& rope) {
  // transformers 5 writes everything into rope_parameters; earlier versions rope_theta and rope_scaling.
  static const Json empty = Json::object();
  const bool isNew = fields.has("rope_parameters");
  const std::string key = isNew ? "rope_parameters" : "rope_scaling";
  if (fields.has(key) && !fields.json().at(key).is_object()) {
    return fields.fail("CONF-02", "the model's configuration has an impossible value", key,
                       dumpJson(fields.json().at(key)).substr(0, 80), "an object");
  }
  const Json& part = fields.has(key) ? fields.json().at(key) : empty;
  FieldReader scaling(part, fields.file());
  rope.theta = isNew && scaling.has("rope_theta") ? scaling.real("rope_theta", 1, 1e12)
                                                  : fields.real("rope_theta", 1, 1e12, 10000.0);
  const std::string type = scaling.word("rope_type", scaling.word("type", "default"));
  if (type == "default")
    rope.scaling = RopeScaling::None;
  else if (type == "linear")
    rope.scaling = RopeScaling::Linear;
  else if (type == "dynamic")
    rope.scaling = RopeScaling::Dynamic;
  else if (type == "yarn")
    rope.scaling = RopeScaling::Yarn;
  else if (type == "llama3")
    rope.scaling = RopeScaling::Llama3;
  else
    fields.fail("CONF-03", "this kind of rotary scaling is not known", key + ".rope_type", "'" + type + "'",
                "default, linear, dynamic, yarn or llama3");
  if (rope.scaling != RopeScaling::None) rope.factor = scaling.real("factor", 1e-3, 1e6);
  rope.originalContext = scaling.real("original_max_position_embeddings", 1, 1e9, rope.originalContext);
  rope.lowFrequencyFactor = scaling.real("low_freq_factor", 1e-3, 1e6, 1.0);
  rope.highFrequencyFactor = scaling.real("high_freq_factor", 1e-3, 1e6, 4.0);
  rope.betaFast = scaling.real("beta_fast", 1e-3, 1e6, 32.0);
  rope.betaSlow = scaling.real("beta_slow", 1e-3, 1e6, 1.0);
  if (scaling.has("attention_factor")) rope.attentionFactor = scaling.real("attention_factor", 1e-3, 1e6);
  fields.adopt(scaling);
}

ModelConfig readFolder(FieldReader& fields) {
  ModelConfig config;
  config.architecture = fields.word("model_type", "");
  if (config.architecture != "llama") {
    fields.fail("CONF-03", "this architecture is not computed by this program", "model_type",
                "'" + config.architecture + "'", "llama");
  }
  const std::string activation = fields.word("hidden_act", "silu");
  if (activation != "silu")
    fields.fail("CONF-03", "this activation is not computed by this program", "hidden_act", "'" + activation + "'",
                "silu");
  config.layers = fields.count("num_hidden_layers", 1, 4096);
  config.width = fields.count("hidden_size", 1, kMaxWidth);
  config.heads = fields.count("num_attention_heads", 1, kMaxWidth);
  config.keyValueHeads = fields.count("num_key_value_heads", 1, kMaxWidth, config.heads);
  config.headWidth = fields.count("head_dim", 2, kMaxWidth, config.heads > 0 ? config.width / config.heads : 0);
  config.mlpWidth = fields.count("intermediate_size", 1, kMaxWidth * 8);
  config.vocabulary = fields.count("vocab_size", 1, 1 << 24);
  config.contextLength = fields.count("max_position_embeddings", 1, 1 << 30, 2048);
  config.normEps = fields.real("rms_norm_eps", 0, 1, 1e-6);
  config.isTied = fields.flag("tie_word_embeddings", false);
  config.hasAttentionBias = fields.flag("attention_bias", false);
  config.hasMlpBias = fields.flag("mlp_bias", false);
  config.rope.originalContext = config.contextLength;
  readFolderRope(fields, config.rope);
  if (!fields.has("head_dim") && config.heads > 0 && config.width % config.heads != 0) {
    fields.fail("CONF-04", "width and heads contradict one another", "num_attention_heads",
                std::to_string(config.heads), "a divisor of hidden_size " + std::to_string(config.width));
  }
  return config;
}

void readGgufRope(FieldReader& fields, const std::string& prefix, RopeConfig& rope) {
  rope.theta = fields.real(prefix + "rope.freq_base", 1, 1e12, 10000.0);
  const std::string type = fields.word(prefix + "rope.scaling.type", "none");
  if (type == "linear")
    rope.scaling = RopeScaling::Linear;
  else if (type == "yarn")
    rope.scaling = RopeScaling::Yarn;
  else if (type != "none")
    fields.fail("CONF-03", "this kind of rotary scaling is not known", prefix + "rope.scaling.type", "'" + type + "'",
                "none, linear or yarn");
  if (rope.scaling != RopeScaling::None) rope.factor = fields.real(prefix + "rope.scaling.factor", 1e-3, 1e6);
  rope.originalContext = fields.real(prefix + "rope.scaling.original_context_length", 1, 1e9, rope.originalContext);
}

ModelConfig readGguf(FieldReader& fields, const Checkpoint& checkpoint) {
  ModelConfig config;
  config.architecture = fields.word("general.architecture", "");
  if (config.architecture != "llama") {
    fields.fail("CONF-03", "this architecture is not computed by this program", "general.architecture",
                "'" + config.architecture + "'", "llama");
  }
  const std::string prefix = "llama.";
  if (fields.has(prefix + "expert_count") && fields.count(prefix + "expert_count", 0, 1 << 20) > 0) {
    fields.fail("CONF-03", "mixtures of experts are not computed by this program", prefix + "expert_count", "experts",
                "none");
  }
  config.layers = fields.count(prefix + "block_count", 1, 4096);
  config.width = fields.count(prefix + "embedding_length", 1, kMaxWidth);
  config.heads = fields.count(prefix + "attention.head_count", 1, kMaxWidth);
  config.keyValueHeads = fields.count(prefix + "attention.head_count_kv", 1, kMaxWidth, config.heads);
  config.headWidth =
      fields.count(prefix + "attention.key_length", 2, kMaxWidth, config.heads > 0 ? config.width / config.heads : 0);
  config.mlpWidth = fields.count(prefix + "feed_forward_length", 1, kMaxWidth * 8);
  config.contextLength = fields.count(prefix + "context_length", 1, 1 << 30, 2048);
  config.normEps = fields.real(prefix + "attention.layer_norm_rms_epsilon", 0, 1);
  if (!fields.has(prefix + "attention.key_length") && config.heads > 0 && config.width % config.heads != 0) {
    fields.fail("CONF-04", "width and heads contradict one another", prefix + "attention.head_count",
                std::to_string(config.heads), "a divisor of the width " + std::to_string(config.width));
  }
  const int rotated = fields.count(prefix + "rope.dimension_count", 2, kMaxWidth, config.headWidth);
  if (rotated != config.headWidth) {
    fields.fail("CONF-03", "partly rotated heads are not computed by this program", prefix + "rope.dimension_count",
                std::to_string(rotated), std::to_string(config.headWidth));
  }
  const TensorView* embedding = checkpoint.find("token_embd.weight");
  const auto known = static_cast<std::int64_t>(checkpoint.vocabulary().tokens.size());
  config.vocabulary =
      fields.count(prefix + "vocab_size", 1, 1 << 24,
                   static_cast<int>(embedding && embedding->shape.size() == 2 ? embedding->shape[0] : known));
  config.isTied = checkpoint.find("output.weight") == nullptr;
  config.hasAttentionBias = checkpoint.find("blk.0.attn_q.bias") != nullptr;
  config.hasMlpBias = checkpoint.find("blk.0.ffn_gate.bias") != nullptr;
  config.rope.originalContext = config.contextLength;
  readGgufRope(fields, prefix, config.rope);
  return config;
}

void checkSizes(FieldReader& fields, const ModelConfig& config, bool isGguf) {
  const auto field = [&](const char* folder, const char* gguf) { return std::string(isGguf ? gguf : folder); };
  const auto contradict = [&](const std::string& name, int found, const std::string& expected) {
    fields.fail("CONF-04", "fields of the configuration contradict one another", name, std::to_string(found), expected);
  };
  if (fields.error()) return;
  if (config.heads % config.keyValueHeads != 0) {
    contradict(field("num_key_value_heads", "llama.attention.head_count_kv"), config.keyValueHeads,
               "a divisor of the " + std::to_string(config.heads) + " heads");
  }
  if (config.headWidth % 2 != 0)
    contradict(field("head_dim", "llama.attention.key_length"), config.headWidth,
               "an even number, as rotary positions need pairs");
  if (static_cast<std::int64_t>(config.heads) * config.headWidth > kMaxWidth)
    contradict(field("num_attention_heads", "llama.attention.head_count"), config.heads,
               "heads times head width up to 1048576");
}

}  // namespace

Outcome<ModelConfig> readConfig(const Checkpoint& checkpoint) {
  const bool isGguf = checkpoint.format() == CheckpointFormat::Gguf;
  FieldReader fields(checkpoint.config(), isGguf ? checkpoint.path() : checkpoint.path() + " config.json");
  ModelConfig config = isGguf ? readGguf(fields, checkpoint) : readFolder(fields);
  checkSizes(fields, config, isGguf);
  if (fields.error()) return *fields.error();
  if (const TensorView* factors = checkpoint.find("rope_freqs.weight")) {
    if (factors->type != TensorType::F32 || factors->valueCount() != config.headWidth / 2) {
      return Error{.code = "CONF-04",
                   .what = "the rotary factors do not fit the heads",
                   .file = checkpoint.path(),
                   .field = factors->name,
                   .found = std::to_string(factors->valueCount()) + " " + std::string(typeName(factors->type)),
                   .expected = std::to_string(config.headWidth / 2) + " F32",
                   .advice = "Download the model again."};
    }
    config.rope.divisors.resize(static_cast<std::size_t>(config.headWidth / 2));
    dequantize(factors->type, factors->bytes, config.rope.divisors);
    for (const float divisor : config.rope.divisors) {
      if (!(divisor > 0)) {
        return Error{.code = "CONF-02",
                     .what = "a rotary factor is not positive",
                     .file = checkpoint.path(),
                     .field = factors->name,
                     .found = std::to_string(divisor),
                     .expected = "numbers above 0",
                     .advice = "Download the model again."};
      }
    }
    config.rope.scaling = RopeScaling::Factors;
  }
  return config;
}

}  // namespace patchbay
