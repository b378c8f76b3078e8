#pragma once

#include <memory>

#include "core/data/multi_hop.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

using SharedHops = std::shared_ptr<const MultiHopResult>;

/// What the colours of the grid say: the share that is right with the patch, with the wrong state, or the first less
/// the second.
enum class HopArm { Patch, Wrong, Difference };

/// Source layers upwards, target layers to the right.
[[nodiscard]] std::shared_ptr<const HeatMapData> hopMap(const SharedHops& result, HopArm arm, MapName map);
/// All shares in one sentence, each beside what it is held against.
[[nodiscard]] QString hopStatement(const MultiHopResult& result);
/// What to think of "any pair".
[[nodiscard]] QString hopCaveat(const MultiHopResult& result);
/// Every item: what the model says in one sentence, step by step, and with the patch at a pair of layers (places among
/// the result's).
[[nodiscard]] ResultTable hopItems(const SharedHops& result, const HopList& list, int source, int target);
/// Every pair of layers with its shares.
[[nodiscard]] ResultTable hopTable(const SharedHops& result);

}  // namespace patchbay::ui
