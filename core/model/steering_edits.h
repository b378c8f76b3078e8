#pragma once

#include "core/base/outcome.h"
#include "core/data/requests.h"
#include "core/model/hook_plan.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Adds the edits of a steering setting to a run. `promptLength` decides what is prompt and what is generated.
/// Position 0, an attention sink, is left alone unless it is the only token.
/// Errors   VEC-03 width or layers of the vector are not the model's, with both numbers; PLACE-03 a layer outside.
[[nodiscard]] Outcome<Done> addSteering(HookPlan& plan, const LanguageModel& model, const SteeringVector& vector,
                                        const SteerSetting& setting, std::int64_t promptLength);

/// The same for a request that names its vector. Nothing is added where it names none.
/// Errors   as above, VEC-04 the vector is not there.
[[nodiscard]] Outcome<Done> addSteering(HookPlan& plan, const LanguageModel& model, const Steering& steering,
                                        std::int64_t promptLength);

/// VEC-04: a request names a vector that is not there.
[[nodiscard]] Error missingVector(const std::string& name);

}  // namespace patchbay
