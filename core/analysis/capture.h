#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/analysis/captured_run.h"
#include "core/data/host_array.h"
#include "core/data/site.h"

namespace patchbay {

/// What to keep of a forward pass. Empty lists mean all.
struct CaptureRequest {
  std::vector<std::int32_t> ids;
  std::vector<Site> sites = {Site::ResidPost};
  std::vector<int> layers;
  std::vector<int> tokens;  ///< query positions for attn_pattern
};

/// Values at sites of one forward pass, one array a site, named as the site.
///
/// Shapes   [layers, tokens, width]; with heads [layers, heads, tokens, ...]; sites without layers [tokens, width].
/// Errors   PLACE-02, PLACE-03, GEN-01.   Cancel  after each block.
[[nodiscard]] Outcome<std::map<std::string, HostArray>> captureSites(LanguageModel& model,
                                                                     const CaptureRequest& request,
                                                                     const JobContext& context);

}  // namespace patchbay
