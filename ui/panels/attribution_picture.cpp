#include "ui/panels/attribution_picture.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("Attribution", text); }

double largest(std::span<const float> values) {
  double most = 0;
  for (const float value : values) most = std::max(most, std::abs(static_cast<double>(value)));
  return most > 0 ? most : 1;
}

MapScale symmetric(double end, const QString& metric) {
  MapScale scale;
  scale.map = MapName::Diverging;
  scale.isFitted = true;
  scale.min = -end;
  scale.max = end;
  scale.metric = metric;
  return scale;
}

double sumOf(std::span<const float> values) { return std::accumulate(values.begin(), values.end(), 0.0); }

QString target(const AttributionResult& result) {
  const QString answer = asData(displayToken(result.answer));
  return result.isDifference ? words("logit of %1 less %2").arg(answer, asData(displayToken(result.against)))
                             : words("logit of %1").arg(answer);
}

}  // namespace

float attributionPart(const AttributionResult& result, Cell cell) {
  return cell.column < result.headCount() ? result.heads.at(cell.row, cell.column) : result.mlps.at(cell.row);
}

QString attributionAddress(const AttributionResult& result, Cell cell) {
  return cell.column < result.headCount() ? QStringLiteral("L%1.H%2").arg(cell.row).arg(cell.column)
                                          : QStringLiteral("L%1.mlp").arg(cell.row);
}

QString attributionStatement(const AttributionResult& result) {
  const auto number = [](double value) { return asData(formatNumber(value, 2)); };
  const double attention = sumOf(result.heads.values()) + sumOf(result.attentionBias.values());
  return words("%1: %2 = embedding %3, attention %4, MLPs %5")
      .arg(target(result), number(static_cast<double>(result.total)), number(static_cast<double>(result.embedding)),
           number(attention), number(sumOf(result.mlps.values())));
}

std::shared_ptr<const HeatMapData> attributionMap(const SharedAttribution& result) {
  auto map = std::make_shared<HeatMapData>();
  std::vector<float> parts;
  const int columns = result->headCount() + 1;
  for (int row = 0; row < result->layers(); ++row)
    for (int column = 0; column < columns; ++column) parts.push_back(attributionPart(*result, {row, column}));
  map->scale = symmetric(largest(parts), words("nats"));
  map->values = HostArray({result->layers(), columns}, {"layer", "part"}, "nat", std::move(parts));
  map->word = [result](Cell cell) { return formatSigned(static_cast<double>(attributionPart(*result, cell)), 2); };
  map->spoken = [result](Cell cell) {
    return words("%1 adds %2")
        .arg(attributionAddress(*result, cell), formatSigned(static_cast<double>(attributionPart(*result, cell)), 3));
  };
  for (int layer = 0; layer < result->layers(); ++layer) map->rowLabels << QStringLiteral("L%1").arg(layer);
  for (int head = 0; head < result->headCount(); ++head) map->columnLabels << QStringLiteral("H%1").arg(head);
  map->columnLabels << words("MLP");
  map->columnName = words("part");
  return map;
}

std::shared_ptr<const LinePlotData> attributionCurve(const AttributionResult& result) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("%1 by layer").arg(target(result));
  plot->xName = words("layer");
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->yLabel = [](double y) { return formatCompact(y); };
  LineSeries sum{words("sum so far"), LineRole::ThisRun, {}, {}},
      attention{words("attention"), LineRole::Series2, {}, {}}, mlp{words("MLP"), LineRole::Series3, {}, {}};
  double sumSoFar = static_cast<double>(result.embedding);
  for (int layer = 0; layer < result.layers(); ++layer) {
    for (LineSeries* series : {&sum, &attention, &mlp}) series->x.push_back(layer);
    sumSoFar += static_cast<double>(result.attention(layer)) + static_cast<double>(result.mlps.at(layer));
    sum.y.push_back(sumSoFar);
    attention.y.push_back(static_cast<double>(result.attention(layer)));
    mlp.y.push_back(static_cast<double>(result.mlps.at(layer)));
  }
  plot->series = {std::move(sum), std::move(attention), std::move(mlp)};
  return plot;
}

std::shared_ptr<const HeatMapData> attributionTokens(const SharedAttribution& result, std::optional<Cell> head) {
  auto map = std::make_shared<HeatMapData>();
  const auto tokens = result->tokens.size();
  std::vector<float> parts(tokens, 0);
  if (head) {
    const auto read = result->headTokens.row(head->row, head->column);
    std::ranges::copy(read, parts.begin());
  } else {
    const auto all = result->headTokens.values();
    for (std::size_t i = 0; i < all.size(); ++i) parts[i % tokens] += all[i];
  }
  const QString who = head ? attributionAddress(*result, *head) : words("all heads");
  map->scale = symmetric(largest(parts), words("read by %1").arg(who));
  map->values = HostArray({1, static_cast<std::int64_t>(tokens)}, {"part", "token"}, "nat", std::move(parts));
  map->word = [data = map.get()](Cell cell) { return formatSigned(static_cast<double>(data->value(cell)), 2); };
  map->spoken = [result, data = map.get()](Cell cell) {
    return words("from token %1 %2: %3")
        .arg(cell.column)
        .arg(displayToken(result->tokens[static_cast<std::size_t>(cell.column)]),
             formatSigned(static_cast<double>(data->value(cell)), 3));
  };
  map->rowLabels << (head ? who : words("heads"));
  for (const TokenFact& token : result->tokens) map->columnLabels << displayToken(token);
  return map;
}

ResultTable attributionTable(const SharedAttribution& result) {
  auto order = std::make_shared<std::vector<Cell>>();
  for (int row = 0; row < result->layers(); ++row)
    for (int column = 0; column <= result->headCount(); ++column) order->push_back({row, column});
  std::ranges::stable_sort(*order, std::greater<>(),
                           [&](Cell cell) { return std::abs(attributionPart(*result, cell)); });
  const auto cellOf = [order](int row) { return (*order)[static_cast<std::size_t>(row)]; };
  ResultTable table;
  table.rows = static_cast<int>(order->size());
  table.columns.push_back(
      {words("part"), {}, [result, cellOf](int row) { return QVariant(attributionAddress(*result, cellOf(row))); }});
  table.columns.push_back(
      {words("layer"), {}, [cellOf](int row) { return QVariant(static_cast<double>(cellOf(row).row)); }, 0});
  table.columns.push_back(
      {words("adds"), words("nat"),
       [result, cellOf](int row) { return QVariant(static_cast<double>(attributionPart(*result, cellOf(row)))); }, 4});
  table.columns.push_back(
      {words("reads most from"), {}, [result, cellOf](int row) {
         const Cell cell = cellOf(row);
         if (cell.column >= result->headCount()) return QVariant();
         const auto read = result->headTokens.row(cell.row, cell.column);
         const auto most = std::ranges::max_element(read, {}, [](float part) { return std::abs(part); }) - read.begin();
         return QVariant(
             QStringLiteral("t%1 %2").arg(most).arg(displayToken(result->tokens[static_cast<std::size_t>(most)])));
       }});
  return table;
}

}  // namespace patchbay::ui
