#include "core/checkpoint/dequantize.h"

#include <cassert>
#include <cstring>

#include "core/checkpoint/quant_blocks.h"

namespace patchbay {
namespace {

using quant::Byte;

/// Blocks one after the other. The restrict keeps the compiler from reloading the block after each value.
template <auto kBlock, std::size_t kBytes, std::size_t kValues>
[[gnu::always_inline]] inline void eachBlock(const Byte* __restrict source, float* __restrict values,
                                             std::size_t count) {
  for (std::size_t block = 0; block < count / kValues; ++block)
    kBlock(source + block * kBytes, values + block * kValues);
}

[[gnu::always_inline]] inline void allBlocks(TensorType type, const Byte* source, float* values, std::size_t count) {
  switch (type) {
    case TensorType::F32: std::memcpy(values, source, count * sizeof(float)); return;
    case TensorType::F16: eachBlock<quant::blockF16, 2, 1>(source, values, count); return;
    case TensorType::BF16: eachBlock<quant::blockBf16, 2, 1>(source, values, count); return;
    case TensorType::Q4_0: eachBlock<quant::blockQ4_0, 18, 32>(source, values, count); return;
    case TensorType::Q4_1: eachBlock<quant::blockQ4_1, 20, 32>(source, values, count); return;
    case TensorType::Q5_0: eachBlock<quant::blockQ5_0, 22, 32>(source, values, count); return;
    case TensorType::Q5_1: eachBlock<quant::blockQ5_1, 24, 32>(source, values, count); return;
    case TensorType::Q8_0: eachBlock<quant::blockQ8_0, 34, 32>(source, values, count); return;
    case TensorType::Q2_K: eachBlock<quant::blockQ2_K, 84, 256>(source, values, count); return;
    case TensorType::Q3_K: eachBlock<quant::blockQ3_K, 110, 256>(source, values, count); return;
    case TensorType::Q4_K: eachBlock<quant::blockQ4_K, 144, 256>(source, values, count); return;
    case TensorType::Q5_K: eachBlock<quant::blockQ5_K, 176, 256>(source, values, count); return;
    case TensorType::Q6_K: eachBlock<quant::blockQ6_K, 210, 256>(source, values, count); return;
  }
}

// The same code for three generations of processors. Not `target_clones`: its resolvers run before the sanitizers
// have started and crash there (g++ 12).
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq")]] void withAvx512(TensorType type, const Byte* source,
                                                                      float* values, std::size_t count) {
  allBlocks(type, source, values, count);
}

[[gnu::target("avx2")]] void withAvx2(TensorType type, const Byte* source, float* values, std::size_t count) {
  allBlocks(type, source, values, count);
}

void withBaseline(TensorType type, const Byte* source, float* values, std::size_t count) {
  allBlocks(type, source, values, count);
}

using Kernel = void (*)(TensorType, const Byte*, float*, std::size_t);

Kernel bestKernel() {
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"))
    return withAvx512;
  if (__builtin_cpu_supports("avx2")) return withAvx2;
  return withBaseline;
}

}  // namespace

void dequantize(TensorType type, std::span<const std::byte> source, std::span<float> values) {
  assert(values.size() % blockSize(type) == 0 && source.size() == bytesFor(type, values.size()));
  if (values.empty()) return;  // an empty span may have no address, which memcpy must not see
  static const Kernel kernel = bestKernel();
  kernel(type, reinterpret_cast<const Byte*>(source.data()), values.data(), values.size());
}

}  // namespace patchbay
