#include "core/train/compute_type.h"

namespace patchbay {
namespace {

/// Whether the processor has products of bfloat16 with sums in float32.
bool multipliesBFloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16") || __builtin_cpu_supports("amx-bf16");
#else
  return false;
#endif
}

}  // namespace

ComputeKind resolved(ComputeKind kind, at::Device device) {
  if (kind != ComputeKind::Fastest) return kind;
  return !device.is_cpu() || multipliesBFloat16() ? ComputeKind::BFloat16 : ComputeKind::Float32;
}

at::ScalarType scalarTypeOf(ComputeKind kind, at::Device device) {
  return resolved(kind, device) == ComputeKind::BFloat16 ? at::kBFloat16 : at::kFloat;
}

}  // namespace patchbay
