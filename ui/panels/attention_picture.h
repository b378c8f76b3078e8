#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <QImage>
#include <QString>

#include "core/data/attention.h"
#include "core/data/model_card.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

/// The layers of a picture that is scored and drawn without a wait at so many tokens, those around the one of interest;
/// empty for all.
[[nodiscard]] std::vector<int> attentionLayers(const ModelCard& card, std::int64_t tokens, int around);

/// What the cells of a pattern say: the share of each key, or the share times the length of its value.
enum class AttentionWeight { Share, Value };

/// A head of a result: its place among the layers that were measured, and its number.
struct HeadPlace {
  int layerIndex = 0;
  int head = 0;
  bool operator==(const HeadPlace&) const = default;
};

using SharedAttention = std::shared_ptr<const AttentionResult>;

/// The four scores as the menu names them: "entropy", "share of token 0", ...; the unit of entropy is bit.
[[nodiscard]] QString headScoreName(HeadScore score);
/// "L12.H3".
[[nodiscard]] QString headAddress(const AttentionResult& attention, HeadPlace place);
/// "entropy 1.2 bit · token 0 .63 · previous .02 · induction .00" of one head.
[[nodiscard]] QString headFacts(const AttentionResult& attention, HeadPlace place);

/// Every head, layers by heads, coloured by a score.
[[nodiscard]] std::shared_ptr<const HeatMapData> headsMap(const SharedAttention& attention, HeadScore score,
                                                          MapName map);
/// The pattern of one head: queries from above, keys from the left.
[[nodiscard]] std::shared_ptr<const HeatMapData> patternMap(const SharedAttention& attention, HeadPlace place,
                                                            AttentionWeight weight, MapName map);
/// Row of a query in that map, which counts from below; and back.
[[nodiscard]] int patternRow(const AttentionResult& attention, int query);
/// The weight of one query and key, as the map shows it.
[[nodiscard]] double patternValue(const AttentionResult& attention, HeadPlace place, AttentionWeight weight, int query,
                                  int key);
/// A thumbnail of a pattern, at most a pixel a cell, queries from above.
[[nodiscard]] QImage patternImage(const AttentionResult& attention, HeadPlace place, AttentionWeight weight,
                                  MapName map);

/// Every head with its four scores.
[[nodiscard]] ResultTable headTable(const SharedAttention& attention);

}  // namespace patchbay::ui
