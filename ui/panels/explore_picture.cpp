#include "ui/panels/explore_picture.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "core/data/site.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("Explore", text); }

QString layerName(double layer) { return QStringLiteral("L%1").arg(static_cast<int>(std::lround(layer))); }

/// Numbers of the places of a group.
std::vector<int> membersOf(const ExploreResult& result, bool isOther) {
  std::vector<int> members;
  for (int place = 0; place < result.placeCount(); ++place)
    if (result.isOther(place) == isOther) members.push_back(place);
  return members;
}

QString wordOf(const ExploreResult& result, int place) { return displayToken(result.tokenOf(place)); }

}  // namespace

QString placeName(const ExploreResult& result, int place) {
  const ExploredPlace& at = result.places[static_cast<std::size_t>(place)];
  const QString token = QStringLiteral("t%1 %2").arg(at.token).arg(wordOf(result, place));
  return result.texts.size() > 1 ? words("text %1, %2").arg(at.text + 1).arg(token) : token;
}

std::string textUpTo(const ExploreResult& result, int place) {
  const ExploredPlace& at = result.places[static_cast<std::size_t>(place)];
  const auto& tokens = result.texts[static_cast<std::size_t>(at.text)].tokens;
  std::string text;
  for (int i = 0; i <= at.token; ++i) {
    const TokenFact& token = tokens[static_cast<std::size_t>(i)];
    if (i == 0 && token.isSpecial) continue;  // the tokenizer puts it there again
    // A character may be spread over several tokens: their bytes are what stands there.
    text += token.bytesHex.empty() ? token.text
                                   : QByteArray::fromHex(QByteArray::fromStdString(token.bytesHex)).toStdString();
  }
  return text;
}

std::shared_ptr<const HeatMapData> normMap(const SharedExplore& result, MapName mapName) {
  auto map = std::make_shared<HeatMapData>();
  map->values = result->norms;
  map->word = [values = map->values](Cell cell) {
    return formatCompact(static_cast<double>(values.at(cell.row, cell.column)));
  };
  for (int layer = 0; layer < result->layers(); ++layer) map->rowLabels << layerName(layer);
  for (int place = 0; place < result->placeCount(); ++place) map->columnLabels << wordOf(*result, place);
  map->columnName = words("place");
  map->scale.map = mapName;
  map->scale.metric = words("norm");
  const auto values = map->values.values();
  map->scale.max = static_cast<double>(*std::ranges::max_element(values));
  map->scale.isFitted = true;
  return map;
}

std::shared_ptr<const LinePlotData> normCurve(const SharedExplore& result, std::optional<int> place) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("Length of %1 by layer").arg(asData(QString::fromStdString(result->site)));
  plot->xLabel = layerName;
  std::vector<double> layers;
  for (int layer = 0; layer < result->layers(); ++layer) layers.push_back(layer);
  const auto line = [&](const QString& name, LineRole role, const std::function<double(int)>& value) {
    LineSeries series{.name = name, .role = role, .x = layers, .y = {}};
    for (int layer = 0; layer < result->layers(); ++layer) series.y.push_back(value(layer));
    plot->series.push_back(std::move(series));
  };
  const auto normAt = [&](int layer, int at) { return static_cast<double>(result->norms.at(layer, at)); };
  if (place) line(asData(wordOf(*result, *place)), LineRole::ThisRun, [&](int layer) { return normAt(layer, *place); });
  const auto quantile = [&](const std::vector<int>& members, int layer, double share) {
    std::vector<double> values;
    for (const int at : members) values.push_back(normAt(layer, at));
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
    std::ranges::nth_element(values, middle);
    return *middle;
  };
  const std::vector<int> first = membersOf(*result, false), second = membersOf(*result, true);
  const std::vector<int>& main = first.empty() ? second : first;
  const bool areTwo = !first.empty() && !second.empty();
  line(areTwo ? words("median, group 1") : words("median"), place ? LineRole::Series3 : LineRole::ThisRun,
       [&](int layer) { return quantile(main, layer, 0.5); });
  if (areTwo) {
    line(words("median, group 2"), LineRole::Series2, [&](int layer) { return quantile(second, layer, 0.5); });
  } else if (main.size() > 2) {
    line(words("largest"), LineRole::Control, [&](int layer) { return quantile(main, layer, 1); });
    line(words("least"), LineRole::Control, [&](int layer) { return quantile(main, layer, 0); });
  }
  return plot;
}

std::shared_ptr<const ScatterPlotData> componentPlot(const SharedExplore& result, int layer, int across, int up) {
  auto plot = std::make_shared<ScatterPlotData>();
  const auto axis = [&](int component) {
    return words("component %1 · %2 of the variance")
        .arg(component + 1)
        .arg(formatPercent(static_cast<double>(result->explained.at(layer, component))));
  };
  plot->title = words("%1 at %2 along its principal components")
                    .arg(asData(QString::fromStdString(result->site)), asData(layerName(layer)));
  plot->xName = axis(across);
  plot->yName = axis(up);
  plot->firstName = words("group 1");
  if (!membersOf(*result, true).empty() && !membersOf(*result, false).empty()) plot->secondName = words("group 2");
  for (int place = 0; place < result->placeCount(); ++place) {
    plot->points.push_back({static_cast<double>(result->points.at(layer, place, across)),
                            static_cast<double>(result->points.at(layer, place, up)), wordOf(*result, place),
                            result->isOther(place)});
  }
  return plot;
}

std::shared_ptr<const HeatMapData> cosineMap(const SharedExplore& result, int layer) {
  auto map = std::make_shared<HeatMapData>();
  const auto count = std::ssize(result->compared);
  const auto values = result->cosines.row(layer);
  // The first place stands on top: rows of a map count from below.
  std::vector<float> rows;
  for (std::int64_t row = count - 1; row >= 0; --row)
    rows.insert(rows.end(), values.begin() + row * count, values.begin() + (row + 1) * count);
  map->values = HostArray({count, count}, {"place", "place"}, "", std::move(rows));
  map->word = [values = map->values](Cell cell) {
    return formatNumber(static_cast<double>(values.at(cell.row, cell.column)), 2);
  };
  for (std::int64_t place = 0; place < count; ++place) {
    map->columnLabels << wordOf(*result, result->compared[static_cast<std::size_t>(place)]);
    map->rowLabels << wordOf(*result, result->compared[static_cast<std::size_t>(count - 1 - place)]);
  }
  map->rowName = map->columnName = words("place");
  map->scale.map = MapName::Diverging;
  map->scale.min = -1;
  map->scale.metric = words("cosine");
  return map;
}

std::shared_ptr<const HeatMapData> channelMap(const SharedExplore& result, MapName mapName) {
  auto map = std::make_shared<HeatMapData>();
  map->values = result->channelShare;
  map->word = [result](Cell cell) {
    return QStringLiteral("c%1").arg(static_cast<int>(result->channels.at(cell.row, cell.column)));
  };
  map->valueText = [result](Cell cell) {
    return formatPercent(static_cast<double>(result->channelShare.at(cell.row, cell.column)));
  };
  for (int layer = 0; layer < result->layers(); ++layer) map->rowLabels << layerName(layer);
  for (std::int64_t rank = 0; rank < result->channels.extent(1); ++rank)
    map->columnLabels << words("no. %1").arg(rank + 1);
  map->columnName = words("rank");
  map->scale.map = mapName;
  map->scale.metric = words("share of the length");
  return map;
}

ResultTable exploreTable(const SharedExplore& result) {
  const int places = result->placeCount();
  const auto layerOf = [places](int row) { return row / places; };
  const auto placeOf = [places](int row) { return row % places; };
  ResultTable table;
  table.rows = places * result->layers();
  table.columns = {
      {words("layer"), {}, [=](int row) { return QVariant(static_cast<double>(layerOf(row))); }, 0},
      {words("place"), {}, [=](int row) { return QVariant(placeName(*result, placeOf(row))); }},
      {words("group"), {}, [=](int row) { return QVariant(result->isOther(placeOf(row)) ? 2.0 : 1.0); }, 0},
      {words("norm"), words("residual units"),
       [=](int row) { return QVariant(static_cast<double>(result->norms.at(layerOf(row), placeOf(row)))); }, 3}};
  for (int component = 0; component < 3; ++component)
    table.columns.push_back({words("component %1").arg(component + 1), words("residual units"),
                             [=](int row) {
                               return QVariant(
                                   static_cast<double>(result->points.at(layerOf(row), placeOf(row), component)));
                             },
                             3});
  return table;
}

ResultTable channelTable(const SharedExplore& result) {
  const int ranks = static_cast<int>(result->channels.extent(1));
  const auto value = [result, ranks](const HostArray ExploreResult::*array) {
    return [=](int row) { return QVariant(static_cast<double>(((*result).*array).at(row / ranks, row % ranks))); };
  };
  ResultTable table;
  table.rows = ranks * result->layers();
  table.columns = {{words("layer"), {}, [ranks](int row) { return QVariant(static_cast<double>(row / ranks)); }, 0},
                   {words("rank"), {}, [ranks](int row) { return QVariant(static_cast<double>(row % ranks + 1)); }, 0},
                   {words("channel"), {}, value(&ExploreResult::channels), 0},
                   {words("share of the length"), {}, value(&ExploreResult::channelShare), 4},
                   {words("mean"), words("residual units"), value(&ExploreResult::channelMean), 3}};
  return table;
}

}  // namespace patchbay::ui
