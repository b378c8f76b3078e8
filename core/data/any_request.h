#pragma once

#include <string>
#include <variant>

#include "core/data/affine_map.h"
#include "core/data/asking.h"
#include "core/data/attention.h"
#include "core/data/attribution.h"
#include "core/data/decoder_requests.h"
#include "core/data/decoder_vector.h"
#include "core/data/explore.h"
#include "core/data/learning_curve.h"
#include "core/data/meta_model.h"
#include "core/data/multi_hop.h"
#include "core/data/neurons.h"
#include "core/data/patch_grid.h"
#include "core/data/patchscope_list.h"
#include "core/data/probe.h"
#include "core/data/requests.h"
#include "core/data/soft_prompt.h"

namespace patchbay {

/// Any request that makes a run.
using AnyRequest =
    std::variant<LensRequest, PatchscopeRequest, PatchRequest, PatchGridRequest, PatchscopeListRequest,
                 AttentionRequest, AttributionRequest, NeuronsRequest, ExploreRequest, MultiHopRequest, ProbeRequest,
                 AskRequest, TrainDecoderRequest, LearningCurveRequest, DecoderVectorRequest, MetaModelRequest,
                 FitMapRequest, LearnPromptRequest, MakeVectorRequest, SteerRequest, GenerateRequest>;

/// Learns by gradient, for minutes to hours: it lets other runs through.
template <typename Request>
inline constexpr bool kIsTraining =
    kIsAmong<Request, std::variant<TrainDecoderRequest, DecoderVectorRequest, MetaModelRequest, LearningCurveRequest,
                                   LearnPromptRequest>>;
/// Reads texts of its own instead of the prompt above.
template <typename Request>
inline constexpr bool kBringsTexts =
    kIsTraining<Request> ||
    kIsAmong<Request, std::variant<FitMapRequest, PatchscopeListRequest, MultiHopRequest, ProbeRequest>>;

/// RUN-01: no run of this program is of this kind.
[[nodiscard]] Error unknownKind(const std::string& kind);
/// The request of a stored run.
/// Errors   RUN-01 when the kind is unknown, JSON-04.
[[nodiscard]] Outcome<AnyRequest> requestFromJson(const std::string& kind, const Json& json);

/// The prompt the top strip shows for a run: the source of a Patchscope, the target of a patch, the clean prompt of
/// a grid, the first positive text of a vector, else the prompt itself.
[[nodiscard]] Prompt promptOf(const AnyRequest& request);
[[nodiscard]] const ModelRef& modelOf(const AnyRequest& request);
[[nodiscard]] bool isTraining(const AnyRequest& request);

}  // namespace patchbay
