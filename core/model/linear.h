#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/checkpoint/tensor_view.h"
#include "core/jobs/job_context.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// One stored matrix of a product, with what is needed to use it.
struct LinearPart {
  const TensorView* weight = nullptr;  ///< [out, in]
  const TensorView* bias = nullptr;    ///< [out], optional
  /// Row of the file for each output row; empty: the same. GGUF stores the rotary pairs of q and k interleaved.
  std::vector<std::int32_t> order;
};

/// y = x W^T + b, for one matrix or several of the same input side by side (q|k|v, gate|up). Everything the model
/// multiplies goes through here, and here alone a way to do it is chosen, by device, type and number of rows:
/// a few rows straight from the file's own form where that has a loop, else a dense product.
///
/// Weights that the file holds as aligned float32 are used in place; others are written out once as float32.
/// Thread   one computation at a time.
class Linear {
public:
  Linear() = default;
  /// The views must outlive this. Cost: dequantises, or nothing for float32.
  Linear(std::vector<LinearPart> parts, at::TensorOptions options, JobContext& context);

  /// x [..., in] -> [..., out of all parts].
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

  [[nodiscard]] std::int64_t inputs() const { return m_in; }
  [[nodiscard]] std::int64_t outputs() const { return m_out; }
  /// The dense weight [out, in] of a single part or of parts written out together; lenses tile over it.
  [[nodiscard]] const at::Tensor& dense() const { return m_dense.front(); }
  /// Memory this adds to the mapping.
  [[nodiscard]] std::int64_t ownedBytes() const { return m_ownedBytes; }
  /// "stored Q4_1" when few rows are multiplied from the file's form, else "dense".
  [[nodiscard]] std::string path() const;

private:
  [[nodiscard]] at::Tensor multiplyFew(const at::Tensor& x, std::int64_t rows) const;
  void makeDense(at::TensorOptions options, JobContext& context);

  std::vector<LinearPart> m_parts;
  std::vector<at::Tensor> m_dense;  // one written out for all parts, or one in place for each
  at::Tensor m_bias;                // [out], undefined without
  std::int64_t m_in = 0, m_out = 0, m_ownedBytes = 0;
  bool m_canMultiplyStored = false;
};

}  // namespace patchbay
