#pragma once

#include "core/data/requests.h"
#include "core/data/run_record.h"

namespace patchbay::ui {

/// A lens over a run that states of others were written into.
[[nodiscard]] inline bool isPatchedLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind && !record.request.value("patches", Json::array()).empty();
}

/// A lens over a run that a vector was at work in.
[[nodiscard]] inline bool isSteeredLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind &&
         !record.request.value("steering", Json::object()).value("vectorHash", std::string()).empty();
}

/// A lens of a prompt as it is: nothing was written into its run, and it reads the next token of the prompt's tokens
/// alone.
[[nodiscard]] inline bool isPlainLens(const RunRecord& record) {
  return record.kind == LensRequest::kKind && !isPatchedLens(record) && !isSteeredLens(record) &&
         record.request.value("continueTokens", 0) == 0 && record.request.value("ahead", 0) == 0;
}

}  // namespace patchbay::ui
