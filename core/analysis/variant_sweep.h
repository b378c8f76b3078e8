#pragma once

#include <cstdint>
#include <vector>

#include "core/analysis/captured_run.h"

namespace patchbay {

/// One variant of a base run: at `layer`, the residual of the swept token is replaced by `state`.
struct Variant {
  int layer = 0;
  at::Tensor state;  // [D]
};

/// What a sweep leaves: the last residual of every variant, and a cache from which each can be continued.
struct SweptVariants {
  at::Tensor last;  ///< [B, 1, D], resid_post of the last block at the last token, in the order of the variants
  KvCache cache;
};

/// Replaces `resid_post` of one token in many variants at once, computing only what an edit can change: tokens before
/// the edited one share their keys and values with the base run, and each variant joins the walk over the layers
/// where it was edited. Design section 6.
///
/// Shapes   B variants over R = T - token rows each.   Cancel  after each block.
/// Cost     sum over variants of (L - 1 - layer) blocks of R rows.
[[nodiscard]] SweptVariants sweepVariants(LanguageModel& model, const CapturedRun& base, std::int64_t token,
                                          const std::vector<Variant>& variants, const JobContext& context);

}  // namespace patchbay
