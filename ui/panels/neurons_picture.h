#pragma once

#include <memory>

#include "core/data/neurons.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

using SharedNeurons = std::shared_ptr<const NeuronsResult>;

/// "L20.N1234".
[[nodiscard]] QString neuronAddress(const NeuronsResult& result, int row);
/// Activations of the neurons at every token, the strongest neuron on top; zero in the middle of the colours.
[[nodiscard]] std::shared_ptr<const HeatMapData> neuronsMap(const SharedNeurons& result);
/// Row of the map, which counts from below, of a neuron by rank; and back.
[[nodiscard]] int neuronRow(const NeuronsResult& result, int rank);
/// The words a neuron pushes for and against, a row a rank.
[[nodiscard]] ResultTable neuronWords(const SharedNeurons& result, int rank);
/// Every neuron: activation, what it writes, its first words.
[[nodiscard]] ResultTable neuronTable(const SharedNeurons& result);

}  // namespace patchbay::ui
