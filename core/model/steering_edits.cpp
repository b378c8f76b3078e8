#include "core/model/steering_edits.h"

#include "core/data/steered_range.h"
#include "core/tensor/host_copy.h"

namespace patchbay {

Outcome<Done> addSteering(HookPlan& plan, const LanguageModel& model, const SteeringVector& vector,
                          const SteerSetting& setting, std::int64_t promptLength) {
  if (vector.width() != model.card.width || vector.layers() != model.card.layers) {
    return Error{.code = "VEC-03",
                 .what = "the vector does not fit this model; it was made for " + vector.model.name,
                 .file = vector.name,
                 .field = "shape",
                 .found = std::to_string(vector.layers()) + " layers of width " + std::to_string(vector.width()),
                 .expected = std::to_string(model.card.layers) + " layers of width " + std::to_string(model.card.width),
                 .advice = "Load the model it was made for, or make a vector here."};
  }
  const auto [first, last] = steeredRange(setting.tokens, promptLength);
  const at::Tensor rows = toTensor(vector.rows);
  for (const int layer : setting.layers) {
    const int resolved = layer < 0 ? layer + vector.layers() : layer;
    if (resolved < 0 || resolved >= vector.layers()) {
      return Error{.code = "PLACE-03",
                   .what = "the layer is outside the model",
                   .file = {},
                   .field = "steering layers",
                   .found = std::to_string(layer),
                   .expected = "0 to " + std::to_string(vector.layers() - 1),
                   .advice = "Choose a layer of this model."};
    }
    if (setting.strength == 0) continue;
    plan.addEdit({.site = Site::ResidPost,
                  .layer = resolved,
                  .firstToken = first,
                  .lastToken = last,
                  .head = {},
                  .apply = edits::addScaled(rows[resolved].clone(), setting.strength, setting.keepNorm)});
  }
  return Done{};
}

Outcome<Done> addSteering(HookPlan& plan, const LanguageModel& model, const Steering& steering,
                          std::int64_t promptLength) {
  if (steering.isEmpty()) return Done{};
  if (!steering.vector) return missingVector(steering.vectorName);
  return addSteering(plan, model, *steering.vector, steering.setting, promptLength);
}

Error missingVector(const std::string& name) {
  return {.code = "VEC-04",
          .what = "the steering vector is not in this session",
          .file = {},
          .field = "vector",
          .found = "'" + name + "'",
          .expected = "a vector",
          .advice = "Make or import the vector first."};
}

}  // namespace patchbay
