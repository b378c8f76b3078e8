#pragma once

#include <functional>
#include <map>

#include "core/analysis/captured_run.h"
#include "core/data/site.h"

namespace patchbay {

/// Gradients of a number that is read from a run's last logits, and the values they belong to, at one site of every
/// block.
///
/// Shapes   values, slopes [L, T, D]; at z [L, T, H, K].
struct SiteGradients {
  at::Tensor values, slopes;
};

/// One backward pass. `read` makes the number from the logits [V] of the last token, in operations that gradients flow
/// through. The site is resid_pre, z, attn_out, resid_mid, mlp_out or resid_post.
///
/// Call outside InferenceMode.   Cancel  after each block.
/// Cost     a forward and a backward pass of float32 products; one block's weights are written out at a time, and each
///          block is computed anew from its input, so that memory holds one block's graph.
[[nodiscard]] SiteGradients siteGradients(LanguageModel& model, const std::vector<std::int32_t>& ids, Site site,
                                          const std::function<at::Tensor(const at::Tensor&)>& read,
                                          JobContext& context);

}  // namespace patchbay
