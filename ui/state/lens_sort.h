#pragma once

#include "core/data/requests.h"
#include "core/data/run_record.h"
#include "ui/state/kept.h"

namespace patchbay::ui {

/// A lens over a run that states of others were written into.
[[nodiscard]] inline bool isPatchedLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind && !kept<Json>(record.request, "patches").value_or(Json()).empty();
}

/// A lens over a run that a vector was at work in.
[[nodiscard]] inline bool isSteeredLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind &&
         !kept<std::string>(kept<Json>(record.request, "steering").value_or(Json()), "vectorHash")
              .value_or(std::string())
              .empty();
}

/// A lens whose run adds tokens to the prompt.
[[nodiscard]] inline bool isGrowingLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind && kept<int>(record.request, "continueTokens").value_or(0) > 0;
}

/// A lens of a prompt as it is: nothing was written into its run, and it reads the next token of the prompt's tokens
/// alone.
[[nodiscard]] inline bool isPlainLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind && !isPatchedLens(record) && !isSteeredLens(record) &&
         !isGrowingLens(record) && kept<int>(record.request, "ahead").value_or(0) == 0;
}

}  // namespace patchbay::ui
