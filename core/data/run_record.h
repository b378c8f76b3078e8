#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/json.h"
#include "core/data/model_card.h"

namespace patchbay {

using RunId = std::int64_t;

/// Where a run stands. Recorded: shipped with the program or opened from a shared file, not measured here.
enum class RunStatus { Queued, Running, Done, Failed, Cancelled, Interrupted, Recorded };
NLOHMANN_JSON_SERIALIZE_ENUM(RunStatus, {{RunStatus::Queued, "queued"},
                                         {RunStatus::Running, "running"},
                                         {RunStatus::Done, "done"},
                                         {RunStatus::Failed, "failed"},
                                         {RunStatus::Cancelled, "cancelled"},
                                         {RunStatus::Interrupted, "interrupted"},
                                         {RunStatus::Recorded, "recorded"}})

/// The immutable facts of a run and the person's marks on it. The result is stored beside it.
struct RunRecord {
  RunId id = 0;
  std::optional<RunId> parent;  ///< the run it was derived from
  std::string kind;             ///< Request::kKind
  std::string title;
  Json request;  ///< the request as JSON; enough to repeat the run
  ModelRef model;
  std::string dtype, device, quantisation;
  int threads = 0;
  std::string programVersion;
  std::string library;   ///< "libtorch 2.13.0"
  std::string products;  ///< how matrices were multiplied: "tiles Q4_1"; ModelCard::linearPath
  std::uint64_t seed = 0;
  bool seedIsChosen = false;
  RunStatus status = RunStatus::Queued;
  std::int64_t createdMs = 0;  ///< since 1970, UTC
  double seconds = 0;
  std::vector<std::string> warnings;
  std::optional<Error> error;
  std::string note;
  bool isStarred = false;
  bool isPinned = false;
  bool isTrashed = false;
  bool operator==(const RunRecord&) const = default;
};

}  // namespace patchbay
