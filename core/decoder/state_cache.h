#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/kept_states.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// Keeps states of training prompts on disk, so that a training of the same questions with another rank, rate or write
/// layer does not run the model over them again. Entries are named by what they were computed from; one that is damaged
/// or of another size is computed again.
///
/// Memory   on disk, at most the budget: what was used longest ago is deleted first.
/// Thread   any, and several programs at once.
class StateCache {
public:
  explicit StateCache(std::filesystem::path folder = keptStatesFolder(), std::int64_t budget = kKeptStatesBytes)
      : m_folder(std::move(folder)), m_budget(budget) {}

  /// States [rows, width] in float16; nothing when there are none.
  [[nodiscard]] std::optional<at::Tensor> find(const std::string& key, std::int64_t rows, std::int64_t width) const;
  /// Keeps states [rows, width] of float16. Without room or a writable folder nothing is kept, which the log says once.
  void keep(const std::string& key, const at::Tensor& states) const;

private:
  void makeRoom(std::int64_t bytes) const;

  std::filesystem::path m_folder;
  std::int64_t m_budget;
};

}  // namespace patchbay
