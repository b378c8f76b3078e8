#pragma once

#include <cstdint>
#include <vector>

#include "core/data/requests.h"
#include "core/model/language_model.h"

namespace patchbay {

/// A place of a prompt, resolved: token and layer counted from 0.
struct StatePlace {
  std::vector<std::int32_t> ids;
  Site site = Site::ResidPost;
  int token = 0;
  int layer = 0;
};

/// The site of a patch by name.
/// Errors   PATCH-01 when it is none of resid_post, attn_out, mlp_out.
[[nodiscard]] Outcome<Site> patchableSite(const std::string& name);
/// Token and layer of a prompt's ids; `what` names the side for messages ("source").
/// Errors   PLACE-02, PLACE-03.
[[nodiscard]] Outcome<StatePlace> placeIn(const LanguageModel& model, std::vector<std::int32_t> ids, Site site,
                                          int token, int layer, const std::string& what);
/// The value at a place in a run of its prompt, [D], and the prompt's own last hidden state there before the final
/// norm. Call under InferenceMode.
[[nodiscard]] std::pair<at::Tensor, at::Tensor> readState(LanguageModel& model, const StatePlace& place,
                                                          const JobContext& context);
/// The edit that writes a state, [D], at a place.
[[nodiscard]] Edit writeAt(const StatePlace& place, const at::Tensor& state);
/// Edits that write the states of `patches` into a run of `ids`. Call under InferenceMode.
/// Errors   PATCH-01, PLACE-02, PLACE-03, those of encoding.   Cost  one pass a patch, of its source.
[[nodiscard]] Outcome<HookPlan> patchPlan(LanguageModel& model, const std::vector<StatePatch>& patches,
                                          const std::vector<std::int32_t>& ids, const JobContext& context);

}  // namespace patchbay
