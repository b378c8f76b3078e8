#pragma once

#include <string_view>

#include "core/data/results.h"
#include "core/data/run_record.h"

namespace patchbay {

/// A run as it ships with the program: what it was and asked, and what came out.
struct RecordedRun {
  RunRecord record;
  ResultDocument document;
};

/// One run as one JSON text: {"kind", "title", "dtype", "device", "quantisation", "seconds", "createdMs", "request",
/// "body", "arrays": {NAME: {"shape", "axes", "unit", "values"}}}. A value that was not computed is null.
[[nodiscard]] Json recordedRunToJson(const RecordedRun& run);
/// Reads what `recordedRunToJson` wrote. The request is not looked into.
/// Errors   JSON-01 to JSON-04, ARR-01; `file` names the source.
[[nodiscard]] Outcome<RecordedRun> recordedRunFromText(std::string_view text, std::string_view file);

}  // namespace patchbay
