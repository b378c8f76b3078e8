#pragma once

#include <cstdint>
#include <optional>

#include "core/base/outcome.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// States of more bytes than this lie in a file, not in memory: 512 tokens of the default model are 35 MB.
inline constexpr std::int64_t kStatesInMemory = std::int64_t{96} << 20;
/// The most that the states of one run may take on disk.
inline constexpr std::int64_t kStatesOnDisk = std::int64_t{8} << 30;

/// Room for the states of every layer, [L, T, ...], not yet written. Large ones on the processor lie in a file without
/// a name in the program's cache folder, which is gone with the tensor: the system keeps of it in memory what is in
/// use. Where no file can be made, they lie in memory.
[[nodiscard]] at::Tensor newStates(at::IntArrayRef sizes, const at::TensorOptions& options);

/// Says that a layer of `newStates` is not needed for now: what lies in a file leaves the program's memory.
void restLayer(const at::Tensor& states, std::int64_t layer);

/// MEM-03 with both numbers when states of so many bytes are more than the budget, or than the disk has free.
[[nodiscard]] std::optional<Error> refuseStates(std::int64_t bytes);

}  // namespace patchbay
