#pragma once

#include <span>
#include <utility>

#include "core/data/requests.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Changes states that were read before they are written: the f of a Patchscope. Methods section 1.1.
class StateMapper {
public:
  /// The map for these pairs of source and target layer.
  /// Errors   MAP-01 an affine map that was not given, or has none for a pair; MAP-02 widths that do not fit.
  /// Cancel   after each block, for Mean.
  [[nodiscard]] static Outcome<StateMapper> make(LanguageModel& source, const ModelCard& target, StateMap map,
                                                 const MapRef& affine, std::span<const std::pair<int, int>> pairs,
                                                 const JobContext& context);

  /// state [D] of the source layer, or several, [n, D], of Identity and Affine; `replaced` [D*] what stands at the
  /// place it goes to, perhaps on another device; the result is on its device and of its type.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& state, const at::Tensor& replaced, int sourceLayer,
                                      int targetLayer) const;

private:
  StateMap m_map = StateMap::Identity;
  at::Tensor m_means;  // [L, D], of Mean
  std::shared_ptr<const AffineMap> m_affine;
};

/// A map's matrix and offset of one pair on the host, with the map's own memory.
struct AffinePair {
  at::Tensor matrix;  // [D, D*]
  at::Tensor offset;  // [D*]
};
[[nodiscard]] AffinePair affinePair(const AffineMap& map, int pair);

}  // namespace patchbay
