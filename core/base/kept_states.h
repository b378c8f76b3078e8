#pragma once

#include <cstdint>
#include <filesystem>

/// The states of training prompts that are kept on disk between trainings (core/decoder/state_cache.h), as settings and
/// the command line see them: one folder, and how much of it there may be.
namespace patchbay {

/// The most that they take; what was used longest ago goes first.
inline constexpr std::int64_t kKeptStatesBytes = std::int64_t{2} << 30;

[[nodiscard]] std::filesystem::path keptStatesFolder();
/// Bytes on disk now.
[[nodiscard]] std::int64_t keptStatesSize();
/// Deletes them all; the next training computes them again.
void deleteKeptStates();

}  // namespace patchbay
