#include "core/data/decoder_requests.h"

namespace patchbay {

Outcome<TrainDecoderResult> TrainDecoderResult::fromDocument(const ResultDocument& document) {
  auto result = fromJson<TrainDecoderResult>(document.body, "session");
  if (!result) return damagedResult(result.isError() ? result.error().found : std::string());
  return result;
}

}  // namespace patchbay
