#pragma once

#include <functional>

#include "core/base/outcome.h"
#include "core/data/requests.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Moves the value at one place of the source run into one place of the target run and compares the target's
/// next-token distribution and continuation with and without it.
///
/// Errors   PLACE-02, PLACE-03; PATCH-01 a site that cannot be patched; those of ModelText::encode.
/// Cancel   after each block and each token.   Source  Vig et al. 2020; methods section 1.1 (T = S as a special case).
/// Lanes of `stream`: 0 plain, 1 patched.
[[nodiscard]] Outcome<PatchResult> runPatch(LanguageModel& model, const PatchRequest& request, JobContext& context,
                                            const std::function<void(const StreamedTokens&)>& stream = {});

}  // namespace patchbay
