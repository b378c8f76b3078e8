#include "ui/state/cost_estimate.h"

#include <algorithm>

#include "ui/state/run_book.h"

namespace patchbay::ui {
namespace {

// Products a second to expect before anything was measured here: a cautious two-core processor.
constexpr double kRate = 1e11;

double lensProducts(const ModelCard& model, int tokens) {
  const double pass = 2.0 * static_cast<double>(model.parameters) * tokens;
  const double readOut = 2.0 * model.vocabulary * model.width * static_cast<double>(model.layers) * tokens;
  return pass + readOut;
}

}  // namespace

CostEstimate lensCost(const ModelCard& model, int tokens, const RunBook& runs) {
  CostEstimate estimate;
  const double products = lensProducts(model, tokens);
  estimate.seconds = products / kRate;
  // Residuals of every layer and one tile of logits, in float32.
  estimate.bytes = 4.0 * (static_cast<double>(model.layers) * tokens * model.width + static_cast<double>(model.vocabulary) * tokens);
  for (auto entry = runs.records().rbegin(); entry != runs.records().rend(); ++entry) {
    const RunRecord& record = entry->second;
    if (record.kind != LensRequest::kKind || record.status != RunStatus::Done || record.model.fingerprint != model.ref.fingerprint) continue;
    const auto result = runs.peek<LensResult>(record.id);
    if (!result || result->tokenCount() == 0) continue;
    estimate.seconds = record.seconds * tokens / result->tokenCount();
    break;
  }
  estimate.seconds = std::max(estimate.seconds, 0.01);
  return estimate;
}

}  // namespace patchbay::ui
