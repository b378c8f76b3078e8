#include "core/model/linear.h"

#include <algorithm>
#include <cstring>

#include "core/checkpoint/dequantize.h"
#include "core/model/stored_product.h"
#include "core/tensor/cpu_kernel.h"

namespace patchbay {
namespace {

bool isInPlace(const LinearPart& part) {
  return part.weight->type == TensorType::F32 && part.order.empty() &&
         reinterpret_cast<std::uintptr_t>(part.weight->bytes.data()) % alignof(float) == 0;
}

/// Writes the rows of one part, in output order, as float32.
void writeRows(const LinearPart& part, float* out, std::int64_t columns, JobContext& context) {
  const std::size_t rowBytes = bytesFor(part.weight->type, static_cast<std::size_t>(columns));
  const auto stopped = context.cancelFlag();
  at::parallel_for(0, part.weight->shape[0], 64, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end && !stopped->load(std::memory_order_relaxed); ++row) {
      const auto stored =
          static_cast<std::size_t>(part.order.empty() ? row : part.order[static_cast<std::size_t>(row)]);
      dequantize(part.weight->type, part.weight->bytes.subspan(stored * rowBytes, rowBytes),
                 {out + row * columns, static_cast<std::size_t>(columns)});
    }
  });
  context.checkpoint();
}

}  // namespace

Linear::Linear(std::vector<LinearPart> parts, at::TensorOptions options, JobContext& context)
    : m_parts(std::move(parts)) {
  m_in = m_parts.front().weight->shape[1];
  for (const LinearPart& part : m_parts) m_out += part.weight->shape[0];
  makeDense(options, context);
  const bool isCpuFloat = options.device().is_cpu() && options.dtype() == at::kFloat;
  m_canMultiplyStored = isCpuFloat && std::ranges::all_of(m_parts, [&](const LinearPart& part) {
                          return canMultiplyStored(part.weight->type, m_in);
                        });
}

void Linear::makeDense(at::TensorOptions options, JobContext& context) {
  const auto host = at::TensorOptions().dtype(at::kFloat);
  if (std::ranges::all_of(m_parts, isInPlace)) {
    for (const LinearPart& part : m_parts) {
      // The mapping is read-only and so is every use of it; from_blob only lacks a const form.
      auto* values = const_cast<std::byte*>(part.weight->bytes.data());
      m_dense.push_back(at::from_blob(values, {part.weight->shape[0], m_in}, host));
    }
  } else {
    at::Tensor whole = at::empty({m_out, m_in}, host);
    float* out = whole.data_ptr<float>();
    for (const LinearPart& part : m_parts) {
      writeRows(part, out, m_in, context);
      out += part.weight->valueCount();
    }
    m_dense.push_back(whole);
    m_ownedBytes += static_cast<std::int64_t>(whole.nbytes());
  }
  if (options.dtype() != at::kFloat || !options.device().is_cpu())
    for (at::Tensor& weight : m_dense) weight = weight.to(options);

  if (std::ranges::any_of(m_parts, [](const LinearPart& part) { return part.bias != nullptr; })) {
    m_bias = at::zeros({m_out}, host);
    float* out = m_bias.data_ptr<float>();
    for (const LinearPart& part : m_parts) {
      if (part.bias) {
        std::vector<float> stored(static_cast<std::size_t>(part.bias->valueCount()));
        dequantize(part.bias->type, part.bias->bytes, stored);
        for (std::size_t row = 0; row < stored.size(); ++row)
          out[row] = part.order.empty() ? stored[row] : stored[static_cast<std::size_t>(part.order[row])];
      }
      out += part.weight->shape[0];
    }
    m_bias = m_bias.to(options);
  }
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  const std::int64_t rows = x.numel() / m_in;
  if (m_canMultiplyStored && rows <= kMaxStoredRows && isFastFloat(x)) return multiplyFew(x, rows);
  if (m_dense.size() == 1) return at::linear(x, m_dense.front(), m_bias);
  std::vector<at::Tensor> products;
  products.reserve(m_dense.size());
  for (const at::Tensor& weight : m_dense) products.push_back(at::linear(x, weight));
  at::Tensor joined = at::cat(products, -1);
  return m_bias.defined() ? joined + m_bias : joined;
}

at::Tensor Linear::multiplyFew(const at::Tensor& x, std::int64_t rows) const {
  auto shape = x.sizes().vec();
  shape.back() = m_out;
  at::Tensor out = at::empty(shape, x.options());
  float* to = out.data_ptr<float>();
  const float* from = x.const_data_ptr<float>();
  const std::int64_t grain = std::max<std::int64_t>(16, 65536 / m_in);
  at::parallel_for(0, m_out, grain, [&](std::int64_t begin, std::int64_t end) {
    std::int64_t first = 0;
    for (const LinearPart& part : m_parts) {
      const std::int64_t count = part.weight->shape[0];
      const std::int64_t low = std::max(begin - first, std::int64_t{0}), high = std::min(end - first, count);
      if (low < high) {
        multiplyStored({.matrix = part.weight,
                        .order = part.order,
                        .x = from,
                        .rows = static_cast<int>(rows),
                        .out = to + first,
                        .outStride = m_out},
                       low, high);
      }
      first += count;
    }
  });
  return m_bias.defined() ? out.add_(m_bias) : out;
}

std::string Linear::path() const {
  return m_canMultiplyStored ? "stored " + std::string(typeName(m_parts.front().weight->type)) : "dense";
}

}  // namespace patchbay
