#pragma once

#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// A float32 copy of a tensor in host memory, with named axes. The one way numbers leave libtorch.
/// Shapes   as the tensor; `axes` has one name a dimension.
[[nodiscard]] HostArray toHost(const at::Tensor& tensor, std::vector<std::string> axes, std::string unit);

/// A tensor that shares the array's values; keep the array alive while it is used.
[[nodiscard]] at::Tensor toTensor(const HostArray& array);

}  // namespace patchbay
