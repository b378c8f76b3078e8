#pragma once

#include <QString>

#include "core/data/model_card.h"

namespace patchbay::ui {

class RunBook;

/// What a lens of `tokens` tokens will take.
struct CostEstimate {
  double seconds = 0;
  double bytes = 0;
  int passes = 1;
};

/// From the last lens measured with the model here, else from the number of products.
[[nodiscard]] CostEstimate lensCost(const ModelCard& model, int tokens, const RunBook& runs);

}  // namespace patchbay::ui
