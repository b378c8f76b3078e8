#pragma once

#include "core/tensor/attention_kernel.h"

namespace patchbay {

/// True when `attendPanels` can take these: float32 on a processor with AVX-512, heads of 32, 64, ... values, keys and
/// values of each head side by side, and enough queries to be worth it.
[[nodiscard]] bool canAttendPanels(const at::Tensor& queries, const VisibleKeys& visible);

/// Causal attention as two small matrix products a head, block of queries by block of queries; scores of places that a
/// query may not see are not computed. The queries of all rows of a batch go through the shared prefix together.
///
/// Shapes     as `attend`.   Precision  float32; a query's result does not depend on the rows beside it.
/// Cost       2 T N K products a head, halved by causality; memory one block of scores a thread, and the keys once.
[[nodiscard]] at::Tensor attendPanels(const at::Tensor& queries, const VisibleKeys& visible, double scale);

}  // namespace patchbay
