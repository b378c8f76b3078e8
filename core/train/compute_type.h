#pragma once

#include "core/data/training_settings.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// Whether the processor has products of bfloat16 with sums in float32.
[[nodiscard]] bool multipliesBFloat16();

/// The kind itself, and for the fastest the one that this processor is fastest in.
[[nodiscard]] ComputeKind resolved(ComputeKind kind);
[[nodiscard]] at::ScalarType scalarTypeOf(ComputeKind kind);

}  // namespace patchbay
