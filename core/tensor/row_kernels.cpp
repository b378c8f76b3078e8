#include "core/tensor/row_kernels.h"

#include <cmath>

#include "core/tensor/cpu_kernel.h"

namespace patchbay {
namespace {

PB_CPU_CLONES void normRow(const float* x, const float* weight, float* out, std::int64_t width, float eps) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (std::int64_t i = 0; i < width; ++i) sum += x[i] * x[i];
  const float scale = 1.0F / std::sqrt(sum / static_cast<float>(width) + eps);
  for (std::int64_t i = 0; i < width; ++i) out[i] = x[i] * scale * weight[i];
}

PB_CPU_CLONES void siluRow(const float* gate, const float* up, float* out, std::int64_t width) {
  for (std::int64_t i = 0; i < width; ++i) out[i] = gate[i] / (1.0F + fastExp(-gate[i])) * up[i];
}

PB_CPU_CLONES void rotateRow(const float* x, const float* cosines, const float* sines, float* out, std::int64_t half) {
  for (std::int64_t i = 0; i < half; ++i) {
    out[i] = x[i] * cosines[i] - x[i + half] * sines[i];
    out[i + half] = x[i + half] * cosines[i] + x[i] * sines[i];
  }
}

}  // namespace

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) {
  if (!isFastFloat(x) || !isFastFloat(weight)) {
    const at::Tensor wide = x.to(at::kFloat);
    const at::Tensor scale = at::rsqrt(wide.pow(2).mean(-1, true) + eps);
    return (wide * scale).to(x.scalar_type()) * weight;
  }
  const std::int64_t width = x.size(-1);
  at::Tensor out = at::empty_like(x);
  const float* in = x.const_data_ptr<float>();
  const float* scale = weight.const_data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, x.numel() / width, rowGrain(width), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      normRow(in + row * width, scale, to + row * width, width, static_cast<float>(eps));
  });
  return out;
}

at::Tensor siluTimesUp(const at::Tensor& gateUp) {
  const std::int64_t width = gateUp.size(-1) / 2;
  if (!isFastFloat(gateUp)) return at::silu(gateUp.narrow(-1, 0, width)) * gateUp.narrow(-1, width, width);
  auto shape = gateUp.sizes().vec();
  shape.back() = width;
  at::Tensor out = at::empty(shape, gateUp.options());
  const float* in = gateUp.const_data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, out.numel() / width, rowGrain(width * 8), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      siluRow(in + row * 2 * width, in + row * 2 * width + width, to + row * width, width);
  });
  return out;
}

at::Tensor rotate(const at::Tensor& x, const at::Tensor& cosines, const at::Tensor& sines) {
  const std::int64_t half = x.size(-1) / 2;
  if (x.scalar_type() != at::kFloat || !x.device().is_cpu() || x.stride(-1) != 1 || x.stride(-2) != x.size(-1)) {
    const at::Tensor c = cosines.unsqueeze(1).to(x.scalar_type());  // [T, 1, K/2]
    const at::Tensor s = sines.unsqueeze(1).to(x.scalar_type());
    const at::Tensor first = x.narrow(-1, 0, half);
    const at::Tensor second = x.narrow(-1, half, half);
    return at::cat({first * c - second * s, second * c + first * s}, -1);
  }
  const std::int64_t batch = x.size(0), tokens = x.size(1), heads = x.size(2);
  at::Tensor out = at::empty(x.sizes(), x.options());
  const float* in = x.const_data_ptr<float>();
  const float* c = cosines.const_data_ptr<float>();
  const float* s = sines.const_data_ptr<float>();
  float* to = out.data_ptr<float>();
  const std::int64_t batchStride = x.stride(0), tokenStride = x.stride(1);
  at::parallel_for(0, batch * tokens, rowGrain(heads * half * 2), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const std::int64_t token = row % tokens;
      const float* from = in + row / tokens * batchStride + token * tokenStride;
      for (std::int64_t head = 0; head < heads; ++head)
        rotateRow(from + head * 2 * half, c + token * half, s + token * half, to + (row * heads + head) * 2 * half,
                  half);
    }
  });
  return out;
}

}  // namespace patchbay
