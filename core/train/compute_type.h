#pragma once

#include "core/data/training_settings.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// The kind itself, and for the fastest the one that this device is fastest in.
[[nodiscard]] ComputeKind resolved(ComputeKind kind, at::Device device);
[[nodiscard]] at::ScalarType scalarTypeOf(ComputeKind kind, at::Device device);

}  // namespace patchbay
