#pragma once

#include <memory>

#include <QString>
#include <QStringList>

#include "core/data/results.h"
#include "ui/models/result_table.h"
#include "ui/plots/heat_map_data.h"
#include "ui/plots/line_plot.h"

namespace patchbay::ui {

/// What the colours of the lens grid say.
enum class LensMetric { TopP, TrackedP, Rank, Entropy, Kl, Norm, Cos };

/// How a lens grid is drawn.
struct LensLook {
  LensMetric metric = LensMetric::TopP;
  MapName map = MapName::Cividis;
  bool isFitted = false;  ///< ends of the scale fitted to the values
  int vocabulary = 0;     ///< for the worst rank and the largest entropy; 0 when unknown
};

/// Every metric in the order of the drop-down.
[[nodiscard]] const std::vector<LensMetric>& allLensMetrics();
/// "p(top-1)"
[[nodiscard]] QString lensMetricTitle(LensMetric metric);
/// Name in settings and view state: "p", "tracked-p", "rank", "entropy", "kl", "norm", "cos".
[[nodiscard]] QString lensMetricName(LensMetric metric);
/// The metric of that name, the first one for an unknown name.
[[nodiscard]] LensMetric lensMetricByName(const QString& name);

/// One value of a lens with its unit, as hover card, grid and inspector show it.
[[nodiscard]] QString lensValueText(LensMetric metric, double value);

/// One value of a metric; NaN where it was not computed.
[[nodiscard]] double lensValue(const LensResult& lens, LensMetric metric, int tracked, Cell cell);

/// Whether a cell was read: a lens that is still growing has columns without words.
[[nodiscard]] bool isRead(const LensResult& lens, Cell cell);

/// Values [L, T] of a metric. `tracked` is the index of the followed token.
[[nodiscard]] HostArray lensValues(const LensResult& lens, LensMetric metric, int tracked);

/// The values of one token over the layers.
[[nodiscard]] std::vector<float> lensCourse(const LensResult& lens, LensMetric metric, int tracked, int token);

/// Whether the scale leaves out token 0, an attention sink with a norm far above all others.
[[nodiscard]] bool leavesOutSink(const LensResult& lens, const LensLook& look);

/// The grid, layer 0 at the bottom. Shares the result; nothing is copied but the values of the metric.
[[nodiscard]] std::shared_ptr<const HeatMapData> lensGrid(const std::shared_ptr<const LensResult>& lens,
                                                          const LensLook& look, int tracked);

/// The followed token as text; "" when there is none.
[[nodiscard]] QString trackedText(const LensResult& lens, int tracked);

/// Every number of a lens: one row a cell, tokens outermost.
[[nodiscard]] ResultTable lensTable(const std::shared_ptr<const LensResult>& lens, int tracked);

}  // namespace patchbay::ui
