#pragma once

#include "core/analysis/captured_run.h"
#include "core/analysis/sweep.h"
#include "core/data/patch_grid.h"

namespace patchbay {

/// A change of what a part writes into the stream of the base run: at one token, or at all from the first on.
struct PathChange {
  int layer = 0;
  bool isAttention = false;  ///< written by the attention of its block, which the block's MLP still reads
  std::int64_t firstToken = 0;
  at::Tensor delta;  ///< [t, D], for t tokens from `firstToken` on
};

/// Edits that give a receiver's output the value it has when it alone reads the changes, each directly: everything
/// between sender and receiver writes what it wrote in the base run. One variant a change, in their order; none for a
/// change that stands above the receiver.
///
/// The receiver is a head or an MLP. Cancel  between parts of the block.   Cost  one block of all tokens a change.
[[nodiscard]] std::vector<std::optional<Variant>> pathVariants(LanguageModel& model, const CapturedRun& base,
                                                               const PathReceiver& receiver,
                                                               const std::vector<PathChange>& changes,
                                                               const JobContext& context);

}  // namespace patchbay
