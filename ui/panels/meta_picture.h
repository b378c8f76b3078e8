#pragma once

#include <memory>
#include <optional>

#include "core/data/meta_model.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"

namespace patchbay::ui {

using SharedMeta = std::shared_ptr<const MetaModelResult>;

/// What the colours of the grid say: the balanced accuracy of an arm, or how often own states are answered with neither
/// yes nor no. The arms stand as in `MetaArm`.
enum class MetaShown { Own, Shuffled, Nonsense, Neither };
inline constexpr int kMetaShown = 4;

/// A cell: a row of the grid from above, mixes first and the probes below them, and a test.
struct MetaPlace {
  int row = 0, test = 0;
  bool operator==(const MetaPlace&) const = default;
};

/// What the figures of a mix and a test allow to say.
/// Told     better than chance, and than states of another text.
/// AnyText  better than chance, but not than states of another text.
/// Chance   no better than chance allows.
enum class MetaVerdict { Told, AnyText, Chance };

[[nodiscard]] QString metaShownName(MetaShown shown);
/// The probe of a row; nothing where a mix stands.
[[nodiscard]] std::optional<MetaProbe> metaProbe(const MetaModelResult& result, int row);
/// Probes have a row for own states alone.
[[nodiscard]] int metaRows(const MetaModelResult& result, MetaShown shown);
[[nodiscard]] QString metaRowName(const MetaModelResult& result, int row);
[[nodiscard]] QString metaTestName(const MetaModelResult& result, int test);

/// Mixes downwards, tests to the right; accuracies on one scale with chance in its middle.
[[nodiscard]] std::shared_ptr<const HeatMapData> metaMap(const SharedMeta& result, MetaShown shown, MapName map);

[[nodiscard]] MetaVerdict metaVerdict(const MetaModelResult& result, int mix, int test);
/// A question without a meaning is answered about as well, and better than chance allows.
[[nodiscard]] bool isQuestionIdle(const MetaModelResult& result, int mix, int test);

/// How many cells are told from the states, and what stands behind each.
[[nodiscard]] QString metaStatement(const MetaModelResult& result);
/// "language + topic, asked about Deception".
[[nodiscard]] QString metaHeading(const MetaModelResult& result, MetaPlace place);
/// The accuracy of a cell with its interval, beside the controls.
[[nodiscard]] QString metaFigures(const MetaModelResult& result, MetaPlace place);
/// What they allow to say; empty for a probe.
[[nodiscard]] QString metaVerdictWords(const MetaModelResult& result, MetaPlace place);
/// What figures of the test do not show; empty where there is nothing of note.
[[nodiscard]] QString metaCaveat(const MetaModelResult& result, int test);

/// One row an arm and a probe, for a cell.
[[nodiscard]] ResultTable metaArmTable(const SharedMeta& result, MetaPlace place);
/// The person's own questions: one row a question and mix, the mean of its trainings.
[[nodiscard]] ResultTable metaOwnTable(const SharedMeta& result);
/// Every mix and test: accuracies with their intervals.
[[nodiscard]] ResultTable metaTable(const SharedMeta& result);

}  // namespace patchbay::ui
