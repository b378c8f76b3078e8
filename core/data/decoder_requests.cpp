#include "core/data/decoder_requests.h"

namespace patchbay {

Outcome<TrainDecoderResult> TrainDecoderResult::fromDocument(const ResultDocument& document) {
  auto result = fromJson<TrainDecoderResult>(document.body, "session");
  // Runs of before have points alone.
  if (const auto points = document.body.find("points"); result && points != document.body.end())
    if (auto old = fromJson<std::vector<TrainingPoint>>(*points, "session")) result->curves.points = std::move(*old);
  if (!result) return damagedResult(result.isError() ? result.error().found : std::string());
  return result;
}

}  // namespace patchbay
