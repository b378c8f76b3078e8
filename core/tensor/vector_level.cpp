#include "core/tensor/vector_level.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "core/tensor/panel_kernel.h"

namespace patchbay {
namespace {

VectorLevel ofProcessor() {
#ifdef PB_HAS_VECTORS
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq"))
    return VectorLevel::Avx512;
  // Every processor with AVX2 and FMA converts half floats too.
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return VectorLevel::Avx2;
#endif
  return VectorLevel::None;
}

VectorLevel asked() {
  const char* word = std::getenv("PATCHBAY_VECTORS");
  if (word == nullptr) return VectorLevel::Avx512;
  if (std::string_view(word) == "none") return VectorLevel::None;
  return std::string_view(word) == "avx2" ? VectorLevel::Avx2 : VectorLevel::Avx512;
}

}  // namespace

VectorLevel vectorLevel() {
  static const VectorLevel level = std::min(ofProcessor(), asked());
  return level;
}

}  // namespace patchbay
