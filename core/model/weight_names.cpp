#include "core/model/weight_names.h"

#include <algorithm>
#include <set>

namespace patchbay {
namespace {

struct Names {
  std::string embedding, finalNorm, unembedding, block;
  std::string attnNorm, q, k, v, o, mlpNorm, gate, up, down;
};

const Names kFolderNames{
    "model.embed_tokens", "model.norm",       "lm_head",          "model.layers.",    "input_layernorm",
    "self_attn.q_proj",   "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj", "post_attention_layernorm",
    "mlp.gate_proj",      "mlp.up_proj",      "mlp.down_proj"};
const Names kGgufNames{"token_embd", "output_norm", "output",   "blk.",     "attn_norm", "attn_q",  "attn_k",
                       "attn_v",     "attn_output", "ffn_norm", "ffn_gate", "ffn_up",    "ffn_down"};

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i ? ", " : "") + std::to_string(shape[i]);
  return text + "]";
}

/// Takes tensors by name and collects everything that does not fit.
class Matcher {
public:
  explicit Matcher(const Checkpoint& checkpoint) : m_checkpoint(checkpoint) {}

  const TensorView* take(const std::string& name, std::vector<std::int64_t> shape, bool isNeeded = true) {
    const TensorView* tensor = m_checkpoint.find(name);
    if (!tensor) {
      if (isNeeded) m_missing.push_back(name);
      return nullptr;
    }
    m_taken.insert(name);
    if (tensor->shape != shape)
      m_misshapen.push_back(name + " " + shapeText(tensor->shape) + " instead of " + shapeText(shape));
    return tensor;
  }

  [[nodiscard]] std::optional<Error> verdict() const {
    std::vector<std::string> extra;
    for (const TensorView& tensor : m_checkpoint.tensors())
      if (!m_taken.contains(tensor.name) && !isHarmless(tensor.name)) extra.push_back(tensor.name);
    if (m_missing.empty() && m_misshapen.empty() && extra.empty()) return std::nullopt;
    std::string found = list("missing", m_missing) + list("misshapen", m_misshapen) + list("without a place", extra);
    const std::string field = !m_missing.empty()     ? m_missing.front()
                              : !m_misshapen.empty() ? m_misshapen.front()
                                                     : extra.front();
    return Error{.code = "LOAD-01",
                 .what = "the tensors do not fit the configuration",
                 .file = m_checkpoint.path(),
                 .field = field,
                 .found = std::move(found),
                 .expected = "the tensors of a Llama model of these sizes",
                 .advice = "Check that weights and configuration belong together, or download the model again."};
  }

private:
  /// Buffers that older checkpoints carry although they can be computed.
  static bool isHarmless(const std::string& name) {
    return name.ends_with("rotary_emb.inv_freq") || name == "rope_freqs.weight";
  }

  static std::string list(const std::string& title, const std::vector<std::string>& names) {
    if (names.empty()) return {};
    constexpr std::size_t kShown = 5;
    std::string text = std::to_string(names.size()) + " " + title + ": ";
    for (std::size_t i = 0; i < std::min(kShown, names.size()); ++i) text += (i ? ", " : "") + names[i];
    return text + (names.size() > kShown ? ", ...; " : "; ");
  }

  const Checkpoint& m_checkpoint;
  std::set<std::string> m_taken;
  std::vector<std::string> m_missing, m_misshapen;
};

BlockTensors takeBlock(Matcher& matcher, const Names& names, const ModelConfig& config, int layer) {
  const std::string prefix = names.block + std::to_string(layer) + ".";
  const std::int64_t width = config.width, mlp = config.mlpWidth;
  const std::int64_t queries = std::int64_t{config.heads} * config.headWidth,
                     keys = std::int64_t{config.keyValueHeads} * config.headWidth;
  const auto weight = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    return matcher.take(prefix + name + ".weight", {out, in});
  };
  const auto bias = [&](const std::string& name, std::int64_t out, bool isNeeded) {
    return matcher.take(prefix + name + ".bias", {out}, isNeeded);
  };
  const bool hasBias = config.hasAttentionBias;
  BlockTensors block{};
  block.attnNorm = matcher.take(prefix + names.attnNorm + ".weight", {width});
  block.q = weight(names.q, queries, width);
  block.k = weight(names.k, keys, width);
  block.v = weight(names.v, keys, width);
  block.o = weight(names.o, width, queries);
  block.mlpNorm = matcher.take(prefix + names.mlpNorm + ".weight", {width});
  block.gate = weight(names.gate, mlp, width);
  block.up = weight(names.up, mlp, width);
  block.down = weight(names.down, width, mlp);
  block.qBias = bias(names.q, queries, hasBias);
  block.kBias = bias(names.k, keys, hasBias);
  block.vBias = bias(names.v, keys, hasBias);
  block.oBias = bias(names.o, width, false);
  block.gateBias = bias(names.gate, mlp, config.hasMlpBias);
  block.upBias = bias(names.up, mlp, config.hasMlpBias);
  block.downBias = bias(names.down, width, config.hasMlpBias);
  return block;
}

}  // namespace

Outcome<ModelTensors> matchTensors(const Checkpoint& checkpoint, const ModelConfig& config) {
  const Names& names = checkpoint.format() == CheckpointFormat::Gguf ? kGgufNames : kFolderNames;
  Matcher matcher(checkpoint);
  ModelTensors tensors;
  tensors.embedding = matcher.take(names.embedding + ".weight", {config.vocabulary, config.width});
  tensors.finalNorm = matcher.take(names.finalNorm + ".weight", {config.width});
  // A tied checkpoint may still carry a copy of the head; the configuration decides.
  const TensorView* head =
      matcher.take(names.unembedding + ".weight", {config.vocabulary, config.width}, !config.isTied);
  tensors.unembedding = config.isTied ? tensors.embedding : head;
  for (int layer = 0; layer < config.layers; ++layer) {
    tensors.blocks.push_back(takeBlock(matcher, names, config, layer));
    // An absurd layer count would otherwise be answered with a list of its length.
    if (layer > 4 && !tensors.blocks.back().q && !tensors.blocks.back().down) break;
  }
  if (auto error = matcher.verdict()) return *error;
  return tensors;
}

std::vector<std::int32_t> rotaryRowOrder(int heads, int headWidth) {
  std::vector<std::int32_t> order;
  order.reserve(static_cast<std::size_t>(heads * headWidth));
  const int half = headWidth / 2;
  for (int head = 0; head < heads; ++head)
    for (int row = 0; row < headWidth; ++row) order.push_back(head * headWidth + row % half * 2 + row / half);
  return order;
}

}  // namespace patchbay
