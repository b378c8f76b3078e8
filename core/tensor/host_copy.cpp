#include "core/tensor/host_copy.h"

namespace patchbay {

HostArray toHost(const at::Tensor& tensor, std::vector<std::string> axes, std::string unit) {
  const at::Tensor flat = tensor.to(at::kCPU, at::kFloat).contiguous();
  const float* first = flat.const_data_ptr<float>();
  return {tensor.sizes().vec(), std::move(axes), std::move(unit), std::vector<float>(first, first + flat.numel())};
}

at::Tensor toTensor(const HostArray& array) {
  // from_blob wants a pointer it could write through; nothing in the program writes to a tensor it did not make.
  auto* values = const_cast<float*>(array.values().data());
  return at::from_blob(values, array.shape(), at::TensorOptions().dtype(at::kFloat));
}

}  // namespace patchbay
