#include "ui/panels/compare_picture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QCoreApplication>

#include "ui/panels/attention_picture.h"
#include "ui/panels/attribution_picture.h"
#include "ui/panels/grid_picture.h"
#include "ui/panels/patchscope_picture.h"
#include "ui/widgets/format.h"

namespace patchbay::ui {
namespace {

constexpr qsizetype kLongestValue = 160;
constexpr float kNotComputed = std::numeric_limits<float>::quiet_NaN();

QString words(const char* text) { return QCoreApplication::translate("Compare", text); }

std::vector<int> matchedLabels(const QStringList& b, const QStringList& a) {
  std::vector<int> places;
  for (const QString& label : b) places.push_back(static_cast<int>(a.indexOf(label)));
  return places;
}

/// For each column of b that of a: tokens by their place in both prompts, others by name.
std::vector<int> matchedColumns(const ComparedMap& a, const ComparedMap& b) {
  if (!a.tokenIds.empty() && !b.tokenIds.empty()) return alignTokens(b.tokenIds, a.tokenIds);
  return matchedLabels(b.data->columnLabels, a.data->columnLabels);
}

std::shared_ptr<HeatMapData> withScale(const HeatMapData& data, double min, double max) {
  auto scaled = std::make_shared<HeatMapData>(data);
  scaled->scale.min = min;
  scaled->scale.max = max;
  // Words of a copy must not read the original, which may go: values say themselves.
  scaled->word = [values = data.values](Cell cell) {
    const double value = static_cast<double>(values.at(cell.row, cell.column));
    return std::isnan(value) ? QString() : formatCompact(value);
  };
  scaled->spoken = nullptr;
  scaled->valueText = nullptr;
  return scaled;
}

std::vector<std::int32_t> columnTokens(const PatchGridResult& grid) {
  std::vector<std::int32_t> ids;
  if (grid.areHeads) return ids;
  for (const int column : grid.columns) ids.push_back(grid.changedTokens()[static_cast<std::size_t>(column)].id);
  return ids;
}

QString valueOf(const Json& json) {
  const QString text = QString::fromStdString(dumpJson(json));
  return text.size() > kLongestValue ? text.left(kLongestValue) + QStringLiteral("…") : text;
}

void collect(const QString& field, const Json& a, const Json& b, std::vector<FieldDifference>& found) {
  if (a == b) return;
  if (a.is_object() && b.is_object()) {
    Json names = a;
    names.update(b);
    for (const auto& [name, unused] : names.items()) {
      const QString inner =
          field.isEmpty() ? QString::fromStdString(name) : field + QLatin1Char('.') + QString::fromStdString(name);
      collect(inner, a.contains(name) ? a[name] : Json(), b.contains(name) ? b[name] : Json(), found);
    }
  } else if (a.is_array() && b.is_array()) {
    const auto at = [](const Json& list, std::size_t i) { return i < list.size() ? list[i] : Json(); };
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i)
      collect(QStringLiteral("%1[%2]").arg(field).arg(i), at(a, i), at(b, i), found);
  } else {
    found.push_back({field, valueOf(a), valueOf(b)});
  }
}

}  // namespace

bool canCompareMaps(const std::string& kind) {
  return kind == LensRequest::kKind || kind == PatchGridRequest::kKind || kind == PatchscopeRequest::kKind ||
         kind == AttentionRequest::kKind || kind == AttributionRequest::kKind;
}

std::optional<ComparedMap> comparedMap(RunBook& runs, RunId run, const LensLook& look) {
  const RunRecord* record = runs.record(run);
  if (!record) return std::nullopt;
  if (record->kind == LensRequest::kKind) {
    if (const auto lens = runs.result<LensResult>(run))
      return ComparedMap{lensGrid(lens, look, 0), idsOf(lens->tokens), lensMetricTitle(look.metric)};
  } else if (record->kind == PatchGridRequest::kKind) {
    if (const auto grid = runs.result<PatchGridResult>(run))
      return ComparedMap{gridMap(grid), columnTokens(*grid), words("change of %1").arg(gridMetricName(*grid))};
  } else if (record->kind == PatchscopeRequest::kKind) {
    if (const auto scope = runs.result<PatchscopeResult>(run))
      return formOf(*scope) == PatchscopeForm::Tokens
                 ? ComparedMap{patchscopeGrid(scope, look.map), idsOf(scope->sourceTokens), words("p(first word)")}
                 : ComparedMap{patchscopeGrid(scope, look.map), {}, words("p(first word)")};
  } else if (record->kind == AttentionRequest::kKind) {
    if (const auto attention = runs.result<AttentionResult>(run))
      return ComparedMap{headsMap(attention, HeadScore::Entropy, look.map), {}, headScoreName(HeadScore::Entropy)};
  } else if (record->kind == AttributionRequest::kKind) {
    if (const auto parts = runs.result<AttributionResult>(run))
      return ComparedMap{attributionMap(parts), {}, words("part of the logit")};
  }
  return std::nullopt;
}

Comparison compare(ComparedMap a, ComparedMap b) {
  Comparison result;
  result.rows = matchedLabels(b.data->rowLabels, a.data->rowLabels);
  result.columns = matchedColumns(a, b);
  const double min = std::min(a.data->scale.min, b.data->scale.min),
               max = std::max(a.data->scale.max, b.data->scale.max);
  auto difference = std::make_shared<HeatMapData>(*withScale(*b.data, min, max));
  std::vector<float> values;
  double most = 0;
  for (int row = 0; row < b.data->rows(); ++row) {
    for (int column = 0; column < b.data->columns(); ++column) {
      const int fromRow = result.rows[static_cast<std::size_t>(row)],
                fromColumn = result.columns[static_cast<std::size_t>(column)];
      const float value = fromRow < 0 || fromColumn < 0
                              ? kNotComputed
                              : b.data->value({row, column}) - a.data->value({fromRow, fromColumn});
      values.push_back(value);
      if (!std::isnan(value)) most = std::max(most, std::abs(static_cast<double>(value)));
    }
  }
  difference->values = HostArray({b.data->rows(), b.data->columns()}, {"row", "column"}, {}, std::move(values));
  difference->word = [values = difference->values](Cell cell) {
    const double value = static_cast<double>(values.at(cell.row, cell.column));
    return std::isnan(value) ? QString() : formatSigned(value, std::abs(value) < 10 ? 2 : 1);
  };
  difference->areShares = false;
  difference->scale = {};
  difference->scale.map = MapName::Diverging;
  difference->scale.isFitted = true;
  difference->scale.max = most > 0 ? most : 1;
  difference->scale.min = -difference->scale.max;
  difference->scale.metric = words("difference");
  difference->scale.unit = b.data->scale.unit;
  a.data = withScale(*a.data, min, max);
  b.data = withScale(*b.data, min, max);
  result.difference = std::move(difference);
  result.a = std::move(a);
  result.b = std::move(b);
  return result;
}

std::vector<FieldDifference> differingFields(const Json& a, const Json& b) {
  std::vector<FieldDifference> found;
  collect({}, a, b, found);
  return found;
}

ResultTable comparisonTable(const std::shared_ptr<const Comparison>& comparison) {
  const int columns = comparison->b.data->columns();
  const auto cellOf = [columns](int row) { return Cell{row / columns, row % columns}; };
  const auto number = [](float value) { return std::isnan(value) ? QVariant() : QVariant(static_cast<double>(value)); };
  ResultTable table;
  table.rows = comparison->b.data->rows() * columns;
  table.columns.push_back({comparison->b.data->rowName, {}, [comparison, cellOf](int row) {
                             return QVariant(comparison->b.data->rowLabels.value(cellOf(row).row));
                           }});
  table.columns.push_back({comparison->b.data->columnName, {}, [comparison, cellOf](int row) {
                             return QVariant(comparison->b.data->columnLabels.value(cellOf(row).column));
                           }});
  table.columns.push_back({words("A"), comparison->b.data->scale.unit,
                           [comparison, cellOf, number](int row) {
                             const Cell cell = cellOf(row);
                             const Cell from{comparison->rows[static_cast<std::size_t>(cell.row)],
                                             comparison->columns[static_cast<std::size_t>(cell.column)]};
                             return from.row < 0 || from.column < 0 ? QVariant()
                                                                    : number(comparison->a.data->value(from));
                           },
                           4});
  table.columns.push_back(
      {words("B"), comparison->b.data->scale.unit,
       [comparison, cellOf, number](int row) { return number(comparison->b.data->value(cellOf(row))); }, 4});
  table.columns.push_back(
      {words("B - A"), comparison->b.data->scale.unit,
       [comparison, cellOf, number](int row) { return number(comparison->difference->value(cellOf(row))); }, 4});
  return table;
}

}  // namespace patchbay::ui
