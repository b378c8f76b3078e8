#include "tests/support/strict_device/strict_device.h"

#include <bit>
#include <cstdlib>
#include <map>
#include <mutex>
#include <set>
#include <vector>

#include <ATen/ATen.h>
#include <ATen/EmptyTensor.h>
#include <ATen/detail/PrivateUse1HooksInterface.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/view_native.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <sys/mman.h>
#include <torch/library.h>
#include <unistd.h>

namespace patchbay::tests {
namespace {

constexpr auto kType = c10::DeviceType::PrivateUse1;
constexpr auto kKey = c10::DispatchKey::PrivateUse1;

/// Memory that is mapped twice: where tensors say it is, nobody may touch it; operations use the other place.
class Memory : public c10::Allocator {
public:
  static Memory& instance() {
    static Memory memory;
    return memory;
  }

  c10::DataPtr allocate(std::size_t bytes) override {
    const std::lock_guard lock(m_mutex);
    const std::size_t size = std::bit_ceil(std::max<std::size_t>(bytes, 64));
    std::vector<std::size_t>& free = m_free[size];
    std::size_t place = m_end;
    if (free.empty()) {
      m_end += size;
      TORCH_CHECK(m_end <= kBytes, "the strict device's memory is full");
    } else {
      place = free.back();
      free.pop_back();
    }
    char* data = m_shown + place;
    m_sizes[data] = size;
    return {data, data, &give, c10::Device(kType, 0)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &give; }
  void copy_data(void* to, const void* from, std::size_t count) const override {
    std::memcpy(usable(to), usable(from), count);
  }

  [[nodiscard]] void* usable(const void* shown) const {
    return shown ? m_used + (static_cast<const char*>(shown) - m_shown) : nullptr;
  }

private:
  static constexpr std::size_t kBytes = std::size_t{16} << 30;  // of addresses; memory is taken as it is used

  Memory() {
    const int file = memfd_create("strict device", 0);
    TORCH_CHECK(file >= 0 && ftruncate(file, static_cast<off_t>(kBytes)) == 0, "no memory file");
    m_shown = static_cast<char*>(mmap(nullptr, kBytes, PROT_NONE, MAP_SHARED | MAP_NORESERVE, file, 0));
    m_used = static_cast<char*>(mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file, 0));
    TORCH_CHECK(m_shown != MAP_FAILED && m_used != MAP_FAILED, "the memory file cannot be mapped");
    close(file);
  }

  static void give(void* data) {
    Memory& memory = instance();
    const std::lock_guard lock(memory.m_mutex);
    const auto known = memory.m_sizes.find(data);
    if (known == memory.m_sizes.end()) return;
    memory.m_free[known->second].push_back(static_cast<std::size_t>(static_cast<char*>(data) - memory.m_shown));
    memory.m_sizes.erase(known);
  }

  std::mutex m_mutex;
  char *m_shown = nullptr, *m_used = nullptr;
  std::size_t m_end = 0;
  std::map<std::size_t, std::vector<std::size_t>> m_free;  // by size
  std::map<void*, std::size_t> m_sizes;
};

/// One device, one stream.
struct Guard final : c10::impl::DeviceGuardImplInterface {
  [[nodiscard]] c10::DeviceType type() const override { return kType; }
  [[nodiscard]] c10::Device exchangeDevice(c10::Device) const override { return {kType, 0}; }
  [[nodiscard]] c10::Device getDevice() const override { return {kType, 0}; }
  void setDevice(c10::Device) const override {}
  void uncheckedSetDevice(c10::Device) const noexcept override {}
  [[nodiscard]] c10::Stream getStream(c10::Device device) const override {
    return c10::Stream(c10::Stream::DEFAULT, c10::Device(kType, std::max<c10::DeviceIndex>(device.index(), 0)));
  }
  [[nodiscard]] c10::Stream getDefaultStream(c10::Device device) const override { return getStream(device); }
  [[nodiscard]] c10::Stream exchangeStream(c10::Stream stream) const override { return stream; }
  [[nodiscard]] c10::DeviceIndex deviceCount() const noexcept override { return 1; }
  void record(void**, const c10::Stream&, c10::DeviceIndex, c10::EventFlag) const override {}
  void block(void*, const c10::Stream&) const override {}
  [[nodiscard]] bool queryEvent(void*) const override { return true; }
  void destroyEvent(void*, c10::DeviceIndex) const noexcept override {}
  [[nodiscard]] bool queryStream(const c10::Stream&) const override { return true; }
  void synchronizeStream(const c10::Stream&) const override {}
  void synchronizeEvent(void*) const override {}
  void recordDataPtrOnStream(const c10::DataPtr&, const c10::Stream&) const override {}
};

struct Hooks final : at::PrivateUse1HooksInterface {
  [[nodiscard]] bool isBuilt() const override { return true; }
  [[nodiscard]] bool isAvailable() const override { return true; }
  [[nodiscard]] bool hasPrimaryContext(c10::DeviceIndex) const override { return true; }
  [[nodiscard]] c10::DeviceIndex deviceCount() const override { return 1; }
  [[nodiscard]] c10::DeviceIndex getCurrentDevice() const override { return 0; }
};

bool isHere(const at::Tensor& tensor) { return tensor.defined() && tensor.device().type() == kType; }

/// The same values, strides and memory as a tensor of the host.
at::Tensor asHost(const at::Tensor& tensor) {
  if (!isHere(tensor)) return tensor;
  const auto bytes = static_cast<std::int64_t>(tensor.itemsize());
  char* data = static_cast<char*>(Memory::instance().usable(tensor.storage().data())) + tensor.storage_offset() * bytes;
  const c10::impl::ExcludeDispatchKeyGuard plain(c10::autograd_dispatch_keyset);
  return at::from_blob(data, tensor.sizes(), tensor.strides(), at::TensorOptions().dtype(tensor.dtype()));
}

at::Tensor emptyHere(at::IntArrayRef sizes, std::optional<at::ScalarType> type, std::optional<at::Layout>,
                     std::optional<at::Device>, std::optional<bool>, std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(sizes, &Memory::instance(), c10::DispatchKeySet(kKey), c10::dtype_or_default(type),
                                   format);
}

at::Tensor emptyStridedHere(at::IntArrayRef sizes, at::IntArrayRef strides, std::optional<at::ScalarType> type,
                            std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(sizes, strides, &Memory::instance(), c10::DispatchKeySet(kKey),
                                           c10::dtype_or_default(type));
}

at::Tensor copyFrom(const at::Tensor& from, const at::Tensor& to, bool) {
  asHost(to).copy_(asHost(from));
  return to;
}

const at::Tensor& resizeHere(const at::Tensor& tensor, at::IntArrayRef sizes, std::optional<at::MemoryFormat>) {
  const std::size_t bytes = static_cast<std::size_t>(c10::multiply_integers(sizes)) * tensor.itemsize();
  if (tensor.storage().nbytes() < bytes) {
    TORCH_CHECK(tensor.numel() == 0, "an operation on the device would have to make a tensor longer");
    const c10::Storage& storage = tensor.storage();
    storage.set_data_ptr_noswap(Memory::instance().allocate(bytes));
    storage.set_nbytes(bytes);
  }
  tensor.unsafeGetTensorImpl()->set_sizes_contiguous(sizes);
  return tensor;
}

at::Scalar scalarOf(const at::Tensor& tensor) { return at::_local_scalar_dense(asHost(tensor)); }

at::Tensor here(const at::Tensor& host) {
  if (!host.defined() || isHere(host)) return host;
  at::Tensor tensor = emptyStridedHere(host.sizes(), host.strides(), host.scalar_type(), {}, {}, {});
  asHost(tensor).copy_(host);
  return tensor;
}

/// Operations that take indices of the host on other devices too.
bool takesHostIndices(const std::string& name) { return name == "aten::index" || name == "aten::index_put_"; }

/// Every operation without a kernel of its own: the host's, on the same memory.
void computeOnHost(const c10::OperatorHandle& op, c10::DispatchKeySet, torch::jit::Stack* stack) {
  const c10::FunctionSchema& schema = op.schema();
  const std::size_t count = schema.arguments().size();
  const std::size_t first = stack->size() - count;
  const std::string name = schema.name();
  std::vector<std::pair<at::Tensor, at::Tensor>> mapped;  // the device's, and the host's view of it
  bool isMixed = false;
  const auto take = [&](const at::Tensor& tensor) {
    if (tensor.defined() && !isHere(tensor) && tensor.dim() > 0) isMixed = true;
    // An empty result becomes as long as it must.
    const bool isEmptyHere = isHere(tensor) && tensor.numel() == 0;
    const at::Tensor host = isEmptyHere ? at::empty(tensor.sizes(), tensor.scalar_type()) : asHost(tensor);
    if (isHere(tensor)) mapped.emplace_back(tensor, host);
    return host;
  };
  for (std::size_t i = 0; i < count; ++i) {
    c10::IValue& value = (*stack)[first + i];
    if (value.isTensor()) {
      value = take(value.toTensor());
    } else if (value.isTensorList()) {
      c10::List<at::Tensor> hosts;
      for (const at::Tensor& tensor : value.toTensorVector()) hosts.push_back(take(tensor));
      value = hosts;
    } else if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> hosts;
      for (const std::optional<at::Tensor>& tensor : value.toOptionalTensorVector())
        hosts.push_back(tensor ? std::optional(take(*tensor)) : std::nullopt);
      value = hosts;
    } else if (value.isDevice()) {
      value = c10::Device(c10::kCPU);
    }
  }
  TORCH_CHECK(!(isMixed && !mapped.empty()) || takesHostIndices(name), name,
              ": tensors of the host meet tensors of the device");
  op.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack);
  for (const auto& [device, host] : mapped) {
    if (host.sizes() == device.sizes()) continue;
    resizeHere(device, host.sizes(), {});
    asHost(device).copy_(host);
  }
  const auto back = [&](const at::Tensor& result) {
    for (const auto& [device, host] : mapped)
      if (host.is_same(result)) return device;
    return here(result);
  };
  const std::size_t results = schema.returns().size();
  for (std::size_t i = stack->size() - results; i < stack->size(); ++i) {
    c10::IValue& value = (*stack)[i];
    if (value.isTensor()) {
      value = back(value.toTensor());
    } else if (value.isTensorList()) {
      c10::List<at::Tensor> all;
      for (const at::Tensor& tensor : value.toTensorVector()) all.push_back(back(tensor));
      value = all;
    }
  }
}

std::int64_t composedAttention(const at::Tensor&, const at::Tensor&, const at::Tensor&,
                               const std::optional<at::Tensor>&, double, bool, std::optional<double>, bool) {
  return 0;  // the plain composition of products and a softmax
}

at::Tensor asStrided(const at::Tensor& tensor, at::IntArrayRef sizes, at::IntArrayRef strides,
                     std::optional<std::int64_t> offset) {
  return at::native::as_strided_tensorimpl(tensor, sizes, strides, offset);
}

C10_REGISTER_GUARD_IMPL(PrivateUse1, Guard);

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&computeOnHost>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", &emptyHere);
  library.impl("empty_strided", &emptyStridedHere);
  library.impl("_copy_from", &copyFrom);
  library.impl("resize_", &resizeHere);
  library.impl("_local_scalar_dense", &scalarOf);
  library.impl("as_strided", &asStrided);
  library.impl("view", &at::native::view);
  library.impl("_reshape_alias", &at::native::_reshape_alias);
  library.impl("_fused_sdp_choice", &composedAttention);
}

}  // namespace

std::string addStrictDevice() {
  static Hooks hooks;
  static const bool isKnown = [] {
    at::RegisterPrivateUse1HooksInterface(&hooks);
    c10::register_privateuse1_backend("strict");
    return true;
  }();
  return isKnown ? "strict:0" : "";
}

}  // namespace patchbay::tests
