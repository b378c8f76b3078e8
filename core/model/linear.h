#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/checkpoint/tensor_view.h"
#include "core/jobs/job_context.h"
#include "core/model/tile_product.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// One stored matrix of a product, with what is needed to use it.
struct LinearPart {
  const TensorView* weight = nullptr;  ///< [out, in]
  const TensorView* bias = nullptr;    ///< [out], optional
  /// Row of the file for each output row; empty: the same. GGUF stores the rotary pairs of q and k interleaved.
  std::vector<std::int32_t> order;
};

/// Rows `ids` of a stored matrix [rows, columns] as float32 [ids, columns].
[[nodiscard]] at::Tensor storedRows(const LinearPart& part, std::span<const std::int32_t> ids);

/// What an adapter adds to neighbouring outputs, from `first` on: (x down^T) up^T.
struct LowRankPart {
  std::int64_t first = 0;
  at::Tensor down;  ///< [rank, in]
  at::Tensor up;    ///< [outputs, rank], scaled
};

/// y = x W^T + b, for one matrix or several of the same input side by side (q|k|v, gate|up). Everything the model
/// multiplies goes through here, and here alone a way to do it is chosen, by device, type, processor and number of
/// rows:
/// - a few rows straight from the file's own form with vector registers (stored_product.h);
/// - more rows straight from the file's own form, with tile registers (tile_product.h) or else with vector registers
///   (panel_product.h);
/// - else a dense product of libtorch. Weights that the file holds as aligned float32 are used in place; others are
///   written out once in the computing dtype.
///
/// Thread   one computation at a time.
class Linear {
public:
  /// Rows of activations, made ready once for several products.
  struct Input {
    at::Tensor x;     ///< [M, in]
    SplitRows split;  ///< empty when the product is dense
  };

  Linear() = default;
  /// The views must outlive this. Cost: dequantises, or nothing where the file's own form is multiplied.
  Linear(std::vector<LinearPart> parts, at::TensorOptions options, JobContext& context);

  /// Adds the product of an adapter to every product from now on; the weight stays as it is.
  void addLowRank(LowRankPart part);

  /// x [..., in] -> [..., out of all parts].
  [[nodiscard]] at::Tensor operator()(const at::Tensor& x) const;

  /// x [M, in] for `multiplyRange`, which knows no adapter.
  [[nodiscard]] Input prepare(const at::Tensor& x) const;
  /// Outputs [first, first + out.size(1)) of a Linear of one part without bias, into out [M, count], float32 on the
  /// host.
  void multiplyRange(const Input& input, std::int64_t first, at::Tensor& out) const;
  /// Weight rows `ids` of a single part as they are multiplied, as float32 [ids, in] on the host.
  [[nodiscard]] at::Tensor rows(std::span<const std::int32_t> ids) const;
  /// The weight [out, in] of all parts with its adapter in the computing dtype; written out anew when none is kept.
  [[nodiscard]] at::Tensor dense() const;

  /// [out]; undefined without.
  [[nodiscard]] const at::Tensor& bias() const { return m_bias; }

  [[nodiscard]] std::int64_t inputs() const { return m_in; }
  [[nodiscard]] std::int64_t outputs() const { return m_out; }
  /// Memory this adds to the mapping.
  [[nodiscard]] std::int64_t ownedBytes() const { return m_ownedBytes; }
  /// "tiles Q4_1", "panels Q4_1" or "dense": how rows are multiplied here.
  [[nodiscard]] std::string path() const;

private:
  [[nodiscard]] at::Tensor product(const at::Tensor& x) const;
  [[nodiscard]] at::Tensor multiplyFew(const at::Tensor& x, std::int64_t rows) const;
  [[nodiscard]] at::Tensor multiplyMany(const at::Tensor& x, std::int64_t rows) const;
  /// Outputs [first, first + count) of all parts from the file's own form, to out[m * stride + output - first].
  void multiplyTiled(const SplitRows& x, std::int64_t first, std::int64_t count, float* out, std::int64_t stride) const;
  void multiplyPanels(const at::Tensor& x, std::int64_t first, std::int64_t count, float* out) const;
  [[nodiscard]] at::Tensor emptyProduct(const at::Tensor& x) const;
  void makeDense(at::TensorOptions options, JobContext& context);
  void makeBias(at::TensorOptions options);

  std::vector<LinearPart> m_parts;
  std::vector<at::Tensor> m_dense;  // one written out for all parts, or one in place for each; none where not needed
  at::Tensor m_bias;                // [out], undefined without
  std::vector<LowRankPart> m_lowRank;
  std::int64_t m_in = 0, m_out = 0, m_ownedBytes = 0;
  bool m_canMultiplyStored = false, m_canMultiplyTiles = false;
};

}  // namespace patchbay
