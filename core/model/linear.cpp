#include "core/model/linear.h"

#include <algorithm>
#include <atomic>

#include "core/checkpoint/dequantize.h"
#include "core/model/panel_product.h"
#include "core/model/stored_product.h"
#include "core/tensor/cpu_kernel.h"

namespace patchbay {
namespace {

bool isInPlace(const LinearPart& part) {
  return part.weight->type == TensorType::F32 && part.order.empty() &&
         reinterpret_cast<std::uintptr_t>(part.weight->bytes.data()) % alignof(float) == 0;
}

/// Writes output row `row` of a part as float32.
void writeRow(const LinearPart& part, std::int64_t row, float* out) {
  const auto columns = static_cast<std::size_t>(part.weight->shape[1]);
  const std::size_t rowBytes = bytesFor(part.weight->type, columns);
  const auto stored = static_cast<std::size_t>(part.order.empty() ? row : part.order[static_cast<std::size_t>(row)]);
  dequantize(part.weight->type, part.weight->bytes.subspan(stored * rowBytes, rowBytes), {out, columns});
}

/// Writes the rows of all parts, in output order, as float32 [out, in], until `stopped`.
at::Tensor writtenOut(const std::vector<LinearPart>& parts, std::int64_t outputs, const std::atomic<bool>* stopped) {
  const std::int64_t columns = parts.front().weight->shape[1];
  at::Tensor whole = at::empty({outputs, columns}, at::kFloat);
  float* out = whole.data_ptr<float>();
  for (const LinearPart& part : parts) {
    at::parallel_for(0, part.weight->shape[0], 64, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t row = begin; row < end && !(stopped && stopped->load(std::memory_order_relaxed)); ++row)
        writeRow(part, row, out + row * columns);
    });
    out += part.weight->valueCount();
  }
  return whole;
}

/// Calls `multiply(part, its first output, low, high)` for what of the outputs [begin, end) each part has.
template <typename Multiply>
void forParts(const std::vector<LinearPart>& parts, std::int64_t begin, std::int64_t end, const Multiply& multiply) {
  std::int64_t first = 0;
  for (const LinearPart& part : parts) {
    const std::int64_t count = part.weight->shape[0];
    const std::int64_t low = std::max(begin - first, std::int64_t{0}), high = std::min(end - first, count);
    if (low < high) multiply(part, first, low, high);
    first += count;
  }
}

void splitAll(SplitRows& split, const float* x, std::int64_t rows, std::int64_t columns) {
  split.resize(rows, columns);
  at::parallel_for(0, split.tiles(), 4, [&](std::int64_t begin, std::int64_t end) { split.split(x, begin, end); });
}

/// Outputs a thread should take at least: two panels.
constexpr std::int64_t kPanelGrain = 64;
/// Rows whose split form is kept at once.
constexpr std::int64_t kRowsAtOnce = 512;

}  // namespace

at::Tensor storedRows(const LinearPart& part, std::span<const std::int32_t> ids) {
  const std::int64_t columns = part.weight->shape[1];
  at::Tensor rows = at::empty({static_cast<std::int64_t>(ids.size()), columns}, at::kFloat);
  float* out = rows.data_ptr<float>();
  for (std::size_t i = 0; i < ids.size(); ++i) writeRow(part, ids[i], out + static_cast<std::int64_t>(i) * columns);
  return rows;
}

Linear::Linear(std::vector<LinearPart> parts, at::TensorOptions options, JobContext& context)
    : m_parts(std::move(parts)) {
  m_in = m_parts.front().weight->shape[1];
  for (const LinearPart& part : m_parts) m_out += part.weight->shape[0];
  if (options.device().is_cpu() && options.dtype() == at::kFloat) {
    const auto all = [&](auto can) {
      return std::ranges::all_of(m_parts, [&](const LinearPart& part) { return can(part.weight->type, m_in); });
    };
    m_canMultiplyStored = all(canMultiplyStored);
    m_canMultiplyTiles = all(canMultiplyTiles);
  }
  if (!m_canMultiplyTiles && !m_canMultiplyStored) makeDense(options, context);
  makeBias(options);
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
    m_dense.push_back(writtenOut(m_parts, m_out, context.cancelFlag().get()));
    context.checkpoint();
    m_ownedBytes += static_cast<std::int64_t>(m_dense.front().nbytes());
  }
  for (at::Tensor& weight : m_dense) weight = weight.to(options);
}

void Linear::makeBias(at::TensorOptions options) {
  if (std::ranges::none_of(m_parts, [](const LinearPart& part) { return part.bias != nullptr; })) return;
  m_bias = at::zeros({m_out}, at::kFloat);
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

void Linear::addLowRank(LowRankPart part) {
  const auto options = m_dense.empty() ? at::TensorOptions().dtype(at::kFloat) : m_dense.front().options();
  m_lowRank.push_back({part.first, part.down.to(options), part.up.to(options)});
}

at::Tensor Linear::dense() const {
  at::Tensor whole = m_dense.empty()       ? writtenOut(m_parts, m_out, nullptr)
                     : m_dense.size() == 1 ? m_dense.front()
                                           : at::cat(m_dense);
  if (m_lowRank.empty()) return whole;
  whole = whole.clone();
  for (const LowRankPart& part : m_lowRank) whole.narrow(0, part.first, part.up.size(0)).addmm_(part.up, part.down);
  return whole;
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  at::Tensor y = product(x);
  if (m_lowRank.empty()) return y;
  const at::Tensor rows = x.reshape({-1, m_in}), out = y.view({-1, m_out});
  for (const LowRankPart& part : m_lowRank)
    out.narrow(1, part.first, part.up.size(0)).addmm_(at::mm(rows, part.down.t()), part.up.t());
  return y;
}

at::Tensor Linear::product(const at::Tensor& x) const {
  const std::int64_t rows = x.numel() / m_in;
  if (m_canMultiplyStored && rows <= kMaxStoredRows && isFastFloat(x)) return multiplyFew(x, rows);
  if (m_canMultiplyTiles || m_canMultiplyStored) return multiplyMany(x.to(at::kFloat).contiguous(), rows);
  if (m_dense.size() == 1) return at::linear(x, m_dense.front(), m_bias);
  std::vector<at::Tensor> products;
  products.reserve(m_dense.size());
  for (const at::Tensor& weight : m_dense) products.push_back(at::linear(x, weight));
  at::Tensor joined = at::cat(products, -1);
  return m_bias.defined() ? joined + m_bias : joined;
}

at::Tensor Linear::rows(std::span<const std::int32_t> ids) const {
  if (m_dense.empty()) return storedRows(m_parts.front(), ids);
  const at::Tensor wanted = at::tensor(at::ArrayRef<std::int32_t>(ids.data(), ids.size())).to(m_dense.front().device());
  return m_dense.front().index_select(0, wanted).to(at::kFloat).cpu();
}

at::Tensor Linear::emptyProduct(const at::Tensor& x) const {
  auto shape = x.sizes().vec();
  shape.back() = m_out;
  return at::empty(shape, x.options());
}

at::Tensor Linear::multiplyFew(const at::Tensor& x, std::int64_t rows) const {
  at::Tensor out = emptyProduct(x);
  float* to = out.data_ptr<float>();
  const float* from = x.const_data_ptr<float>();
  const std::int64_t grain = std::max<std::int64_t>(16, 65536 / m_in);
  at::parallel_for(0, m_out, grain, [&](std::int64_t begin, std::int64_t end) {
    forParts(m_parts, begin, end, [&](const LinearPart& part, std::int64_t first, std::int64_t low, std::int64_t high) {
      multiplyStored({.matrix = part.weight,
                      .order = part.order,
                      .x = from,
                      .rows = static_cast<int>(rows),
                      .out = to + first,
                      .outStride = m_out},
                     low, high);
    });
  });
  return m_bias.defined() ? out.add_(m_bias) : out;
}

void Linear::multiplyTiled(const SplitRows& x, std::int64_t first, std::int64_t count, float* out,
                           std::int64_t stride) const {
  at::parallel_for(first, first + count, kPanelGrain, [&](std::int64_t begin, std::int64_t end) {
    forParts(m_parts, begin, end,
             [&](const LinearPart& part, std::int64_t ofPart, std::int64_t low, std::int64_t high) {
               multiplyTiles({.matrix = part.weight,
                              .order = part.order,
                              .x = &x,
                              .out = out + ofPart + low - first,
                              .outStride = stride},
                             low, high);
             });
  });
}

void Linear::multiplyPanels(const at::Tensor& x, std::int64_t first, std::int64_t count, float* out) const {
  // Whole panels for each thread, so that none is decoded twice.
  const std::int64_t panels = (count + kPanelGrain - 1) / kPanelGrain;
  at::parallel_for(0, panels, 1, [&](std::int64_t firstPanel, std::int64_t lastPanel) {
    const std::int64_t begin = first + firstPanel * kPanelGrain;
    const std::int64_t end = std::min(first + lastPanel * kPanelGrain, first + count);
    forParts(m_parts, begin, end,
             [&](const LinearPart& part, std::int64_t ofPart, std::int64_t low, std::int64_t high) {
               multiplyDecoded({.matrix = part.weight,
                                .order = part.order,
                                .x = x.const_data_ptr<float>(),
                                .rows = x.numel() / m_in,
                                .out = out + ofPart + low - first,
                                .outStride = count},
                               low, high);
             });
  });
}

at::Tensor Linear::multiplyMany(const at::Tensor& x, std::int64_t rows) const {
  at::Tensor out = emptyProduct(x);
  thread_local SplitRows split;  // keeps its memory from product to product
  if (!m_canMultiplyTiles) multiplyPanels(x, 0, m_out, out.data_ptr<float>());
  for (std::int64_t row = 0; m_canMultiplyTiles && row < rows; row += kRowsAtOnce) {
    splitAll(split, x.const_data_ptr<float>() + row * m_in, std::min(kRowsAtOnce, rows - row), m_in);
    multiplyTiled(split, 0, m_out, out.data_ptr<float>() + row * m_out, m_out);
  }
  return m_bias.defined() ? out.add_(m_bias) : out;
}

Linear::Input Linear::prepare(const at::Tensor& x) const {
  Input input{.x = x.contiguous(), .split = {}};
  if (m_canMultiplyTiles) splitAll(input.split, input.x.const_data_ptr<float>(), x.size(0), m_in);
  return input;
}

void Linear::multiplyRange(const Input& input, std::int64_t first, at::Tensor& out) const {
  const std::int64_t count = out.size(1);
  if (m_canMultiplyTiles) return multiplyTiled(input.split, first, count, out.data_ptr<float>(), count);
  if (m_canMultiplyStored) return multiplyPanels(input.x, first, count, out.data_ptr<float>());
  const at::Tensor weight = m_dense.front().narrow(0, first, count).to(at::kFloat);
  if (!weight.device().is_cpu()) return void(out.copy_(at::mm(input.x, weight.t())));
  at::mm_out(out, input.x, weight.t());
}

std::string Linear::path() const {
  const std::string type(typeName(m_parts.front().weight->type));
  if (m_canMultiplyTiles) return "tiles " + type;
  return m_canMultiplyStored ? "panels " + type : "dense";
}

}  // namespace patchbay
