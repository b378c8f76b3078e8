#include "ui/shell/lens_lookup.h"

#include "ui/state/lens_sort.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"

namespace patchbay::ui {

std::shared_ptr<const LensResult> lensOf(const Workbench& bench, const Prompt& prompt) {
  const Json wanted(prompt);
  const ModelCard* model = bench.models->current();
  const auto& records = bench.runs->records();
  // Recorded runs come first in the map and count least.
  for (auto entry = records.rbegin(); entry != records.rend(); ++entry) {
    const RunRecord& record = entry->second;
    const bool isKnown = record.status == RunStatus::Done || record.status == RunStatus::Recorded;
    // The strip tells of the prompt as it is.
    if (!isKnown || !isPlainLens(record) || record.request.value("prompt", Json()) != wanted) continue;
    if (model && record.status == RunStatus::Done && record.model.fingerprint != model->ref.fingerprint) continue;
    return bench.runs->result<LensResult>(record.id);
  }
  return nullptr;
}

std::optional<LensRequest> lensRequest(const Workbench& bench) {
  const ModelCard* model = bench.models->current();
  if (!model) return std::nullopt;
  LensRequest request;
  request.model = model->ref;
  request.prompt = bench.prompt->prompt();
  return request;
}

std::optional<Prompt> promptOfRun(const Workbench& bench, RunId run) {
  if (!bench.runs->record(run)) return std::nullopt;
  const auto request = bench.runs->request(run);
  if (!request) return std::nullopt;
  return promptOf(*request);
}

}  // namespace patchbay::ui
