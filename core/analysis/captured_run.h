#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/model/language_model.h"

namespace patchbay {

/// One prompt's residual stream after every block, and the keys and values that continue it.
struct CapturedRun {
  std::vector<std::int32_t> ids;
  at::Tensor embedded;   ///< [T, D]
  at::Tensor residuals;  ///< [L, T, D], resid_post before the final norm
  KvCache cache;
  at::Tensor values;  ///< [L, T, ...] of one more site; undefined when none was asked for

  [[nodiscard]] std::int64_t layers() const { return residuals.size(0); }
  [[nodiscard]] std::int64_t tokens() const { return residuals.size(1); }
  /// The input of a block, resid_pre [T, D].
  [[nodiscard]] at::Tensor before(int layer) const { return layer == 0 ? embedded : residuals[layer - 1]; }
};

/// Whether the keys and values of a run are kept for going on from it, or let go of layer by layer.
enum class Keys { Kept, Dropped };

/// Runs a prompt once, with the edits of `plan`, and keeps resid_post of every block, and one more site of every block
/// where asked. Call under InferenceMode.
/// Cancel   after each block.   Cost  one pass; 4 L T D bytes, those of long prompts on disk (state_storage.h).
[[nodiscard]] CapturedRun captureResiduals(LanguageModel& model, const std::vector<std::int32_t>& ids,
                                           const JobContext& context, std::optional<Site> also = {}, HookPlan plan = {},
                                           Keys keys = Keys::Kept);

/// resid_post of every block of several prompts that share every product: [L, N, D], N the tokens of all prompts, one
/// prompt behind the other. Call under InferenceMode.
/// Cancel   after each block.   Cost  one pass over all tokens; 4 L N D bytes.
[[nodiscard]] at::Tensor captureTogether(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts,
                                         const JobContext& context);

/// resid_post of one block alone, [N, D], likewise. Call under InferenceMode.
/// Cancel   after each block.   Cost  the blocks up to `layer`.
[[nodiscard]] at::Tensor statesAt(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts,
                                  int layer, const JobContext& context);

/// resid_post of each prompt at a block of its own, [T, D] each: those of one block share their way up, on another
/// device than the host all of them. Call under InferenceMode.
/// Cancel   after each block.
[[nodiscard]] std::vector<at::Tensor> statesAtEach(LanguageModel& model,
                                                   const std::vector<std::vector<std::int32_t>>& prompts,
                                                   const std::vector<int>& layers, const JobContext& context);

/// Mean of a site of every block over all tokens but the first of every text, [L, ...]; texts of one token are left
/// out. Call under InferenceMode.
/// Cancel   after each block.   Cost  one pass a text.
[[nodiscard]] at::Tensor meanOverTexts(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& texts,
                                       Site site, const JobContext& context);

/// Turns a token index that may count from the end into one from 0.
/// Errors   PLACE-02 outside the prompt, with its length.
[[nodiscard]] Outcome<int> resolveToken(int token, std::size_t count, const char* field);
/// Errors   PLACE-03 outside the model.
[[nodiscard]] Outcome<int> resolveLayer(int layer, int layers, const char* field);
/// All layers when the list is empty.
[[nodiscard]] Outcome<std::vector<int>> resolveLayers(const std::vector<int>& layers, int count, const char* field);

}  // namespace patchbay
