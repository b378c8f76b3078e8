#pragma once

#include <QString>

#include "core/data/any_request.h"
#include "core/data/model_card.h"

namespace patchbay::ui {

class RunBook;

/// What a run will take.
struct CostEstimate {
  enum class Work { Passes, Cells, Tokens };
  double seconds = 0;
  double bytes = 0;
  int count = 1;
  Work work = Work::Passes;
};

/// From the last lens measured with the model here, else from the number of products.
[[nodiscard]] CostEstimate lensCost(const ModelCard& model, int tokens, const RunBook& runs);

/// What `request` will take with a prompt of `tokens` tokens: from the last run of its kind with the model, else from
/// the number of products. Passes are counted for a lens, cells for a Patchscope, tokens for what writes text.
[[nodiscard]] CostEstimate requestCost(const ModelCard& model, const AnyRequest& request, int tokens,
                                       const RunBook& runs);

}  // namespace patchbay::ui
