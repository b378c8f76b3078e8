#include "core/model/kv_cache.h"

#include <algorithm>

namespace patchbay {

KvCache KvCache::sharing(const KvCache& base, std::int64_t tokens, std::int64_t batch) {
  KvCache cache(static_cast<int>(base.m_layers.size()), batch);
  for (std::size_t layer = 0; layer < base.m_layers.size(); ++layer) {
    const Layer& from = base.m_layers[layer];
    cache.m_layers[layer].sharedKeys = from.keys.select(0, 0).narrow(1, 0, tokens);
    cache.m_layers[layer].sharedValues = from.values.select(0, 0).narrow(1, 0, tokens);
  }
  return cache;
}

KvCache KvCache::repeating(const KvCache& base, std::int64_t times) {
  KvCache cache(static_cast<int>(base.m_layers.size()), base.m_batch * times);
  for (std::size_t layer = 0; layer < base.m_layers.size(); ++layer) {
    const Layer& from = base.m_layers[layer];
    Layer& to = cache.m_layers[layer];
    to.sharedKeys = from.sharedKeys;
    to.sharedValues = from.sharedValues;
    if (!from.keys.defined()) continue;
    to.keys = from.keys.narrow(2, 0, from.count).repeat_interleave(times, 0);
    to.values = from.values.narrow(2, 0, from.count).repeat_interleave(times, 0);
    to.count = from.count;
  }
  return cache;
}

VisibleKeys KvCache::append(int layer, const at::Tensor& keys, const at::Tensor& values) {
  Layer& store = m_layers[static_cast<std::size_t>(layer)];
  const std::int64_t added = keys.size(2);
  if (!store.keys.defined()) {
    // Keep what was computed; room for more is made when the next token comes.
    store.keys = keys.contiguous();
    store.values = values.contiguous();
    store.count = added;
    return visible(layer);
  }
  const std::int64_t needed = store.count + added;
  if (store.keys.size(2) < needed) {
    const std::int64_t capacity = std::max<std::int64_t>(needed + 64, needed + needed / 2);
    const auto grow = [&](const at::Tensor& old, const at::Tensor& like) {
      at::Tensor wider = at::empty({like.size(0), like.size(1), capacity, like.size(3)}, like.options());
      wider.narrow(2, 0, store.count).copy_(old.narrow(2, 0, store.count));
      return wider;
    };
    store.keys = grow(store.keys, keys);
    store.values = grow(store.values, values);
  }
  store.keys.narrow(2, store.count, added).copy_(keys);
  store.values.narrow(2, store.count, added).copy_(values);
  store.count = needed;
  return visible(layer);
}

VisibleKeys KvCache::visible(int layer) const {
  const Layer& store = m_layers[static_cast<std::size_t>(layer)];
  return {.sharedKeys = store.sharedKeys,
          .sharedValues = store.sharedValues,
          .ownKeys = store.keys.narrow(2, 0, store.count),
          .ownValues = store.values.narrow(2, 0, store.count)};
}

void KvCache::setOwn(int layer, at::Tensor keys, at::Tensor values) {
  Layer& store = m_layers[static_cast<std::size_t>(layer)];
  store.count = keys.defined() ? keys.size(2) : 0;
  store.keys = std::move(keys);
  store.values = std::move(values);
}

void KvCache::forget(int layer) { setOwn(layer, {}, {}); }

std::int64_t KvCache::length() const {
  const Layer& first = m_layers.front();
  return first.count + (first.sharedKeys.defined() ? first.sharedKeys.size(1) : 0);
}

void KvCache::truncate(std::int64_t length) {
  for (Layer& store : m_layers) {
    const std::int64_t shared = store.sharedKeys.defined() ? store.sharedKeys.size(1) : 0;
    store.count = std::min(store.count, std::max<std::int64_t>(0, length - shared));
  }
}

}  // namespace patchbay
