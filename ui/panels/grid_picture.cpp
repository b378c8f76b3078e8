#include "ui/panels/grid_picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QCoreApplication>

#include "core/data/site.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

using Shared = std::shared_ptr<const PatchGridResult>;

QString words(const char* text) { return QCoreApplication::translate("PatchGrid", text); }

double largestEffect(const PatchGridResult& grid) {
  double largest = 0;
  for (int row = 0; row < static_cast<int>(grid.layers.size()); ++row) {
    for (int column = 0; column < static_cast<int>(grid.columns.size()); ++column) {
      const double effect = std::abs(gridEffect(grid, {row, column}));
      if (effect > largest) largest = effect;  // false for NaN
    }
  }
  return largest;
}

MapScale scaleOf(const PatchGridResult& grid) {
  MapScale scale;
  scale.map = MapName::Diverging;
  // One path carries little of the whole way.
  const bool hasEnds = usesTwoPrompts(grid.mode) && grid.receiver.empty();
  scale.isFitted = !hasEnds;
  double end = hasEnds ? std::abs(static_cast<double>(grid.cleanValue) - grid.corruptValue) : largestEffect(grid);
  if (!(end > 0)) end = 1;
  scale.min = -end;
  scale.max = end;
  scale.metric = words("change of %1").arg(gridMetricName(grid));
  if (grid.metric == GridMetric::Kl) scale.unit = words("bit");
  return scale;
}

QString columnLabel(const PatchGridResult& grid, std::size_t column) {
  const int number = grid.columns[column];
  if (grid.areHeads) return QStringLiteral("H%1").arg(number);
  const auto& tokens = grid.changedTokens();
  return number < static_cast<int>(tokens.size()) ? displayToken(tokens[static_cast<std::size_t>(number)]) : QString();
}

/// A token by its text; while a run that chooses its answers itself has not said which, what it stands for.
QString named(const TokenFact& token, const char* otherwise) {
  return token.text.empty() ? words(otherwise) : displayToken(token);
}

}  // namespace

QString gridMetricName(const PatchGridResult& grid) {
  switch (grid.metric) {
    case GridMetric::LogitDifference: return words("logit difference");
    case GridMetric::Probability: return words("p(%1)").arg(named(grid.answer, "the answer"));
    case GridMetric::Kl: return words("KL from clean");
  }
  return {};
}

QString gridValueText(const PatchGridResult& grid, double value) {
  if (grid.metric == GridMetric::Probability) return formatProbability(value);
  const QString number = formatNumber(value, 2);
  return grid.metric == GridMetric::Kl ? words("%1 bit").arg(number) : number;
}

double gridEffect(const PatchGridResult& grid, Cell cell) {
  return static_cast<double>(grid.values.at(cell.row, cell.column)) - static_cast<double>(grid.baseValue());
}

std::optional<double> gridShare(const PatchGridResult& grid, Cell cell) {
  const double way =
      (static_cast<double>(grid.cleanValue) - grid.corruptValue) * (grid.mode == GridMode::Denoise ? 1 : -1);
  if (!usesTwoPrompts(grid.mode) || way == 0) return std::nullopt;
  return gridEffect(grid, cell) / way;
}

QString gridAddress(const PatchGridResult& grid, Cell cell) {
  const int layer = grid.layers[static_cast<std::size_t>(cell.row)],
            column = grid.columns[static_cast<std::size_t>(cell.column)];
  const auto site = siteByName(grid.site).value_or(Site::ResidPost);
  if (!grid.areHeads) return QString::fromStdString(formatCell(column, layer, site));
  return QStringLiteral("L%1.H%2.head_out").arg(layer).arg(column);
}

QString gridStatement(const PatchGridResult& grid) {
  const QString clean = asData(gridValueText(grid, static_cast<double>(grid.cleanValue)));
  const QString corrupt = asData(gridValueText(grid, static_cast<double>(grid.corruptValue)));
  const QString answer = asData(named(grid.answer, "the answer")), wrong = asData(named(grid.wrong, "the other"));
  const QString what = grid.metric == GridMetric::LogitDifference ? words("logit of %1 less %2").arg(answer, wrong)
                       : grid.metric == GridMetric::Probability   ? words("p(%1)").arg(answer)
                                                                  : words("KL from the clean run");
  const QString path = grid.receiver.empty()
                           ? QString()
                           : words(" · read by %1 alone").arg(asData(QString::fromStdString(grid.receiver)));
  if (usesTwoPrompts(grid.mode)) return words("%1: clean %2, corrupted %3").arg(what, clean, corrupt) + path;
  return words("%1: %2 as it is").arg(what, clean);
}

QString gridTitle(const PatchGridRequest& request) {
  const QString headline = QString::fromStdString(request.clean.headline()).simplified();
  const QString site = QString::fromStdString(request.site);
  if (!request.receiver.empty())
    return words("Paths %1 to %2 · %3").arg(site, QString::fromStdString(request.receiver), headline);
  return (usesTwoPrompts(request.mode) ? words("Patching grid %1 · %2") : words("Knock-out %1 · %2"))
      .arg(site, headline);
}

std::optional<double> gridCorrelation(const PatchGridResult& a, const PatchGridResult& b) {
  if (a.values.shape() != b.values.shape()) return std::nullopt;
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < a.values.values().size(); ++i) {
    const double left = static_cast<double>(a.values.values()[i]), right = static_cast<double>(b.values.values()[i]);
    if (std::isnan(left) || std::isnan(right)) continue;
    n += 1;
    x += left;
    y += right;
    xx += left * left;
    yy += right * right;
    xy += left * right;
  }
  const double spread = (n * xx - x * x) * (n * yy - y * y);
  return n > 1 && spread > 0 ? std::optional((n * xy - x * y) / std::sqrt(spread)) : std::nullopt;
}

std::shared_ptr<const HeatMapData> gridMap(const Shared& grid) {
  auto map = std::make_shared<HeatMapData>();
  std::vector<float> effects;
  for (const float value : grid->values.values()) effects.push_back(value - grid->baseValue());
  map->values = HostArray(grid->values.shape(), {"layer", grid->areHeads ? "head" : "token"}, {}, std::move(effects));
  map->word = [grid](Cell cell) {
    const double effect = gridEffect(*grid, cell);
    return std::isnan(effect) ? QString() : formatSigned(effect, std::abs(effect) < 10 ? 2 : 1);
  };
  map->spoken = [grid](Cell cell) {
    const double effect = gridEffect(*grid, cell);
    return std::isnan(effect) ? words("%1, not computed").arg(gridAddress(*grid, cell))
                              : words("%1, change %2").arg(gridAddress(*grid, cell), formatSigned(effect, 2));
  };
  for (const int layer : grid->layers) map->rowLabels << QStringLiteral("L%1").arg(layer);
  for (std::size_t column = 0; column < grid->columns.size(); ++column) map->columnLabels << columnLabel(*grid, column);
  map->columnName = grid->areHeads ? words("head") : words("token");
  map->scale = scaleOf(*grid);
  return map;
}

std::shared_ptr<const LinePlotData> gridCurve(const PatchGridResult& grid, int column) {
  auto plot = std::make_shared<LinePlotData>();
  const QString place = grid.areHeads ? asData(columnLabel(grid, static_cast<std::size_t>(column)))
                                      : words("token %1 %2")
                                            .arg(grid.columns[static_cast<std::size_t>(column)])
                                            .arg(asData(columnLabel(grid, static_cast<std::size_t>(column))));
  plot->title = words("change of %1 by layer, %2").arg(gridMetricName(grid), place);
  plot->xName = words("layer");
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->yLabel = [](double y) { return formatCompact(y); };
  LineSeries series{{}, LineRole::ThisRun, {}, {}};
  for (std::size_t row = 0; row < grid.layers.size(); ++row) {
    const double effect = gridEffect(grid, {static_cast<int>(row), column});
    if (std::isnan(effect)) continue;
    series.x.push_back(grid.layers[row]);
    series.y.push_back(effect);
  }
  plot->series.push_back(std::move(series));
  return plot;
}

ResultTable gridTable(const Shared& grid) {
  auto order = std::make_shared<std::vector<Cell>>();
  for (int row = 0; row < static_cast<int>(grid->layers.size()); ++row)
    for (int column = 0; column < static_cast<int>(grid->columns.size()); ++column) order->push_back({row, column});
  std::ranges::stable_sort(*order, std::greater<>(), [&](Cell cell) {
    const double effect = std::abs(gridEffect(*grid, cell));
    return std::isnan(effect) ? -1.0 : effect;
  });
  const auto cellOf = [order](int row) { return (*order)[static_cast<std::size_t>(row)]; };
  const auto number = [](double value) { return std::isnan(value) ? QVariant() : QVariant(value); };
  ResultTable table;
  table.rows = static_cast<int>(order->size());
  table.columns.push_back(
      {words("place"), {}, [grid, cellOf](int row) { return QVariant(gridAddress(*grid, cellOf(row))); }});
  table.columns.push_back({words("layer"),
                           {},
                           [grid, cellOf](int row) {
                             return QVariant(
                                 static_cast<double>(grid->layers[static_cast<std::size_t>(cellOf(row).row)]));
                           },
                           0});
  table.columns.push_back({grid->areHeads ? words("head") : words("token"), {}, [grid, cellOf](int row) {
                             return QVariant(columnLabel(*grid, static_cast<std::size_t>(cellOf(row).column)));
                           }});
  table.columns.push_back({gridMetricName(*grid),
                           {},
                           [grid, cellOf, number](int row) {
                             return number(static_cast<double>(grid->values.at(cellOf(row).row, cellOf(row).column)));
                           },
                           4});
  table.columns.push_back(
      {words("change"), {}, [grid, cellOf, number](int row) { return number(gridEffect(*grid, cellOf(row))); }, 4});
  if (usesTwoPrompts(grid->mode)) {
    table.columns.push_back({words("share of the way"),
                             {},
                             [grid, cellOf, number](int row) {
                               return number(
                                   gridShare(*grid, cellOf(row)).value_or(std::numeric_limits<double>::quiet_NaN()));
                             },
                             3});
  }
  return table;
}

}  // namespace patchbay::ui
