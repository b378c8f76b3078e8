#include "ui/state/patchscope_cells.h"

namespace patchbay::ui {

std::vector<PatchscopeCell> emptyCells(const PatchscopeRequest& request, int tokens, int layers, int targetLayers) {
  std::vector<int> sources = request.sourceLayers;
  for (int layer = 0; request.sourceLayers.empty() && layer < layers; ++layer) sources.push_back(layer);
  std::vector<PatchscopeCell> cells;
  const int last = request.everyToken ? tokens - 1 : -1;
  for (int token = request.everyToken ? 0 : -1; token <= last; ++token)
    for (const int source : sources)
      for (const int target : request.targetLayers.empty() ? std::vector<int>{sameDepth(source, layers, targetLayers)}
                                                           : request.targetLayers)
        cells.push_back(
            {.sourceLayer = source, .targetLayer = target, .top = {}, .generation = {}, .sourceToken = token});
  return cells;
}

}  // namespace patchbay::ui
