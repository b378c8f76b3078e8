#include "ui/panels/lens_picture.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <QCoreApplication>

#include "core/data/site.h"
#include "ui/widgets/format.h"

namespace patchbay::ui {
namespace {

/// Ceiling of entropy and KL in bits where the vocabulary is unknown: that of 65 536 tokens.
constexpr double kDefaultBits = 16;

struct MetricFact {
  LensMetric metric;
  const char* name;
  const char* title;
  const char* unit;
};

constexpr std::array<MetricFact, 7> kMetrics = {{
    {LensMetric::TopP, "p", QT_TRANSLATE_NOOP("Lens", "p(top-1)"), ""},
    {LensMetric::TrackedP, "tracked-p", QT_TRANSLATE_NOOP("Lens", "p(tracked)"), ""},
    {LensMetric::Rank, "rank", QT_TRANSLATE_NOOP("Lens", "rank of tracked"), ""},
    {LensMetric::Entropy, "entropy", QT_TRANSLATE_NOOP("Lens", "entropy"), "bit"},
    {LensMetric::Kl, "kl", QT_TRANSLATE_NOOP("Lens", "KL to final"), "bit"},
    {LensMetric::Norm, "norm", QT_TRANSLATE_NOOP("Lens", "norm"), ""},
    {LensMetric::Cos, "cos", QT_TRANSLATE_NOOP("Lens", "cos to final"), ""},
}};

const MetricFact& factOf(LensMetric metric) { return *std::ranges::find(kMetrics, metric, &MetricFact::metric); }

QString words(const char* text) { return QCoreApplication::translate("Lens", text); }

double bitCeiling(int vocabulary) { return vocabulary > 1 ? std::ceil(std::log2(vocabulary)) : kDefaultBits; }

/// Smallest and largest finite value from `firstToken` on.
std::pair<double, double> endsOf(const HostArray& values, int firstToken) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::int64_t layer = 0; layer < values.extent(0); ++layer) {
    for (std::int64_t token = firstToken; token < values.extent(1); ++token) {
      const auto value = static_cast<double>(values.at(layer, token));
      if (!std::isfinite(value)) continue;
      low = std::min(low, value);
      high = std::max(high, value);
    }
  }
  if (low > high) return {0, 1};
  return {low, high > low ? high : low + 1};
}

MapScale scaleOf(const HostArray& values, const LensLook& look, int firstToken) {
  MapScale scale;
  scale.metric = lensMetricTitle(look.metric);
  scale.unit = QLatin1String(factOf(look.metric).unit);
  scale.map = look.map;
  const auto [low, high] = endsOf(values, firstToken);
  switch (look.metric) {
    case LensMetric::TopP:
    case LensMetric::TrackedP: break;
    case LensMetric::Rank:
      scale.isLog = scale.isReversed = true;
      scale.min = 1;
      scale.max = look.vocabulary > 1 ? look.vocabulary : high;
      break;
    case LensMetric::Entropy:
    case LensMetric::Kl: scale.max = bitCeiling(look.vocabulary); break;
    case LensMetric::Norm: scale.max = high; break;
    case LensMetric::Cos:
      scale.min = -1;
      scale.map = MapName::Diverging;
      break;
  }
  if (look.isFitted && look.metric != LensMetric::Cos) {
    scale.min = low;
    scale.max = high;
    scale.isFitted = true;
  }
  return scale;
}

}  // namespace

const std::vector<LensMetric>& allLensMetrics() {
  static const std::vector<LensMetric> kAll = [] {
    std::vector<LensMetric> metrics;
    for (const MetricFact& fact : kMetrics) metrics.push_back(fact.metric);
    return metrics;
  }();
  return kAll;
}

QString lensMetricTitle(LensMetric metric) { return words(factOf(metric).title); }
QString lensMetricName(LensMetric metric) { return QLatin1String(factOf(metric).name); }

LensMetric lensMetricByName(const QString& name) {
  const auto found =
      std::ranges::find_if(kMetrics, [&](const MetricFact& fact) { return name == QLatin1String(fact.name); });
  return found != kMetrics.end() ? found->metric : LensMetric::TopP;
}

QString lensValueText(LensMetric metric, double value) {
  if (!std::isfinite(value)) return QStringLiteral("-");
  switch (metric) {
    case LensMetric::TopP:
    case LensMetric::TrackedP: return formatProbability(value);
    case LensMetric::Rank: return formatCount(static_cast<std::int64_t>(std::llround(value)));
    case LensMetric::Entropy:
    case LensMetric::Kl: return formatNumber(value, 1);
    case LensMetric::Norm: return formatCompact(value);
    case LensMetric::Cos: return formatNumber(value, 2);
  }
  return {};
}

double lensValue(const LensResult& lens, LensMetric metric, int tracked, Cell cell) {
  const auto followed = [&](const HostArray& array) {
    const bool isFollowed = tracked >= 0 && tracked < array.extent(0);
    return isFollowed ? array.at(tracked, cell.row, cell.column) : std::numeric_limits<float>::quiet_NaN();
  };
  float value = 0;
  switch (metric) {
    case LensMetric::TopP: value = lens.topP.at(cell.row, cell.column, 0); break;
    case LensMetric::TrackedP: value = followed(lens.trackedP); break;
    case LensMetric::Rank: value = followed(lens.trackedRank); break;
    case LensMetric::Entropy: value = lens.entropyBits.at(cell.row, cell.column); break;
    case LensMetric::Kl: value = lens.klToFinalBits.at(cell.row, cell.column); break;
    case LensMetric::Norm: value = lens.norm.at(cell.row, cell.column); break;
    case LensMetric::Cos: value = lens.cosToFinal.at(cell.row, cell.column); break;
  }
  return static_cast<double>(value);
}

HostArray lensValues(const LensResult& lens, LensMetric metric, int tracked) {
  switch (metric) {
    case LensMetric::Entropy: return lens.entropyBits;
    case LensMetric::Kl: return lens.klToFinalBits;
    case LensMetric::Norm: return lens.norm;
    case LensMetric::Cos: return lens.cosToFinal;
    case LensMetric::TopP:
    case LensMetric::TrackedP:
    case LensMetric::Rank: break;
  }
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(lens.layers) * lens.tokens.size());
  for (int layer = 0; layer < lens.layers; ++layer) {
    for (int token = 0; token < lens.tokenCount(); ++token)
      values.push_back(static_cast<float>(lensValue(lens, metric, tracked, {layer, token})));
  }
  return HostArray({lens.layers, lens.tokenCount()}, {"layer", "token"}, {}, std::move(values));
}

bool isRead(const LensResult& lens, Cell cell) { return !std::isnan(lens.topP.at(cell.row, cell.column, 0)); }

std::vector<float> lensCourse(const LensResult& lens, LensMetric metric, int tracked, int token) {
  std::vector<float> course;
  if (token < 0 || token >= lens.tokenCount()) return course;
  for (int layer = 0; layer < lens.layers; ++layer)
    course.push_back(static_cast<float>(lensValue(lens, metric, tracked, {layer, token})));
  return course;
}

bool leavesOutSink(const LensResult& lens, const LensLook& look) {
  return look.metric == LensMetric::Norm && lens.tokenCount() > 1;
}

std::shared_ptr<const HeatMapData> lensGrid(const std::shared_ptr<const LensResult>& lens, const LensLook& look,
                                            int tracked) {
  auto grid = std::make_shared<HeatMapData>();
  grid->values = lensValues(*lens, look.metric, tracked);
  grid->scale = scaleOf(grid->values, look, leavesOutSink(*lens, look) ? 1 : 0);
  grid->word = [lens](Cell cell) {
    return isRead(*lens, cell) ? displayToken(lens->ranked(cell.row, cell.column, 0).token) : QString();
  };
  grid->valueText = [values = grid->values, metric = look.metric](Cell cell) {
    return lensValueText(metric, static_cast<double>(values.at(cell.row, cell.column)));
  };
  grid->areShares = look.metric == LensMetric::TopP;  // only there the value is that of the word
  for (int layer = 0; layer < lens->layers; ++layer) grid->rowLabels << QStringLiteral("L%1").arg(layer);
  for (const TokenFact& token : lens->tokens) grid->columnLabels << displayToken(token);
  return grid;
}

QString trackedText(const LensResult& lens, int tracked) {
  if (tracked < 0 || tracked >= static_cast<int>(lens.trackedIds.size())) return {};
  const std::int32_t id = lens.trackedIds[static_cast<std::size_t>(tracked)];
  const auto found = lens.texts.find(id);
  return found != lens.texts.end() ? displayToken(found->second) : QStringLiteral("#%1").arg(id);
}

ResultTable lensTable(const std::shared_ptr<const LensResult>& lens, int tracked) {
  const int layers = lens->layers;
  const auto layerOf = [layers](int row) { return row % layers; };
  const auto tokenOf = [layers](int row) { return row / layers; };
  const Site site = siteByName(lens->site).value_or(Site::ResidPost);
  ResultTable table;
  table.rows = layers * lens->tokenCount();
  table.columns.push_back({words("cell"), {}, [=](int row) {
                             return QVariant(QString::fromStdString(formatCell(tokenOf(row), layerOf(row), site)));
                           }});
  table.columns.push_back({words("token"), {}, [=](int row) {
                             return QVariant(displayToken(lens->tokens[static_cast<std::size_t>(tokenOf(row))]));
                           }});
  table.columns.push_back(
      {words("layer"), {}, [=](int row) { return QVariant(static_cast<double>(layerOf(row))); }, 0});
  for (int k = 0; k < std::min(lens->topCount(), 5); ++k) {
    table.columns.push_back({words("top-%1").arg(k + 1), {}, [=](int row) {
                               if (!isRead(*lens, {layerOf(row), tokenOf(row)})) return QVariant();
                               return QVariant(displayToken(lens->ranked(layerOf(row), tokenOf(row), k).token));
                             }});
    table.columns.push_back(
        {words("p(top-%1)").arg(k + 1),
         {},
         [=](int row) { return QVariant(static_cast<double>(lens->topP.at(layerOf(row), tokenOf(row), k))); },
         4});
  }
  const QString followed = trackedText(*lens, tracked);
  for (const LensMetric metric : allLensMetrics()) {
    if (metric == LensMetric::TopP) continue;
    const bool isTracked = metric == LensMetric::TrackedP || metric == LensMetric::Rank;
    if (isTracked && followed.isEmpty()) continue;
    QString title = lensMetricTitle(metric);
    if (metric == LensMetric::TrackedP) title = words("p(%1)").arg(followed);
    if (metric == LensMetric::Rank) title = words("rank of %1").arg(followed);
    table.columns.push_back({title, QLatin1String(factOf(metric).unit),
                             [=](int row) {
                               return QVariant(lensValue(*lens, metric, tracked, {layerOf(row), tokenOf(row)}));
                             },
                             metric == LensMetric::Rank ? 0 : 4});
  }
  return table;
}

}  // namespace patchbay::ui
