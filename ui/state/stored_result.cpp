#include "ui/state/stored_result.h"

#include "core/data/patch_grid.h"
#include "core/data/requests.h"

namespace patchbay::ui {
namespace {

template <typename Result>
Outcome<StoredResult> restore(const ResultDocument& document) {
  return StoredResult::fromOutcome(Result::fromDocument(document));
}

template <typename Result>
bool write(const StoredResult& result, ResultDocument& document) {
  const auto typed = result.as<Result>();
  if (typed) document = typed->toDocument();
  return typed != nullptr;
}

}  // namespace

ResultDocument toDocument(const StoredResult& result) {
  ResultDocument document;
  (void)(write<LensResult>(result, document) || write<PatchscopeResult>(result, document) || write<PatchResult>(result, document) ||
         write<PatchGridResult>(result, document) ||          write<SteerResult>(result, document) || write<GenerateResult>(result, document) || write<SteeringVector>(result, document));
  return document;
}

Outcome<StoredResult> resultFromDocument(const std::string& kind, const ResultDocument& document) {
  if (kind == LensRequest::kKind) return restore<LensResult>(document);
  if (kind == PatchscopeRequest::kKind) return restore<PatchscopeResult>(document);
  if (kind == PatchRequest::kKind) return restore<PatchResult>(document);
  if (kind == PatchGridRequest::kKind) return restore<PatchGridResult>(document);
  if (kind == SteerRequest::kKind) return restore<SteerResult>(document);
  if (kind == GenerateRequest::kKind) return restore<GenerateResult>(document);
  if (kind == MakeVectorRequest::kKind) return restore<SteeringVector>(document);
  return Error{.code = "RUN-01", .what = "this program does not know the kind of the run", .file = {}, .field = "kind",
               .found = kind, .expected = {}, .advice = "It may have been made by a newer version."};
}

}  // namespace patchbay::ui
