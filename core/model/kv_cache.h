#pragma once

#include <cstdint>
#include <vector>

#include "core/tensor/attention_kernel.h"

namespace patchbay {

/// Keys and values of the tokens already seen, for each layer.
///
/// A cache has an optional prefix that all rows of the batch share, and places of each row's own behind it.
/// Shapes   keys and values [B, Hkv, N, K] a layer. Cost  grows in steps; appending one token copies one token.
class KvCache {
public:
  KvCache(int layers, std::int64_t batch) : m_layers(static_cast<std::size_t>(layers)), m_batch(batch) {}

  /// A cache for `batch` rows that all begin with the first `tokens` places of `base` (whose batch is 1).
  [[nodiscard]] static KvCache sharing(const KvCache& base, std::int64_t tokens, std::int64_t batch);

  /// The same places for `times` rows of each, one behind the other.   Cost  copies all places.
  [[nodiscard]] static KvCache repeating(const KvCache& base, std::int64_t times);

  /// Adds the keys and values of new tokens, [B, Hkv, T, K], and returns all that queries at this layer may see.
  VisibleKeys append(int layer, const at::Tensor& keys, const at::Tensor& values);

  /// All that a layer holds.
  [[nodiscard]] VisibleKeys visible(int layer) const;
  /// Puts whole own keys and values in place for a layer: a sweep that gathered them elsewhere.
  void setOwn(int layer, at::Tensor keys, at::Tensor values);

  /// Lets go of a layer's own keys and values: a sweep that has walked past it.
  void forget(int layer);

  /// Tokens seen, shared and own.
  [[nodiscard]] std::int64_t length() const;
  [[nodiscard]] std::int64_t batch() const { return m_batch; }
  /// Forgets own places from `length` on.
  void truncate(std::int64_t length);

private:
  struct Layer {
    at::Tensor sharedKeys, sharedValues;  // [Hkv, P, K]
    at::Tensor keys, values;              // [B, Hkv, capacity, K]
    std::int64_t count = 0;
  };
  std::vector<Layer> m_layers;
  std::int64_t m_batch;
};

}  // namespace patchbay
