#include "ui/panels/attention_picture.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <QCoreApplication>

#include "ui/plots/colour_maps.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

/// Shares that the view scores and draws without a wait, 16 MB.
constexpr std::int64_t kShownShares = std::int64_t{1} << 22;

/// Most pixels of a thumbnail's side.
constexpr int kThumbnail = 112;

QString words(const char* text) { return QCoreApplication::translate("Attention", text); }

QString scoreText(HeadScore score, float value) {
  if (std::isnan(value)) return QStringLiteral("–");
  return score == HeadScore::Entropy ? words("%1 bit").arg(formatNumber(static_cast<double>(value), 2))
                                     : formatProbability(static_cast<double>(value));
}

double largestOf(const AttentionResult& attention, HeadPlace place, AttentionWeight weight) {
  double largest = 0;
  for (int query = 0; query < attention.tokenCount(); ++query)
    for (int key = 0; key <= query; ++key)
      largest = std::max(largest, patternValue(attention, place, weight, query, key));
  return largest;
}

}  // namespace

std::vector<int> attentionLayers(const ModelCard& card, std::int64_t tokens, int around) {
  const std::int64_t ofLayer = std::max<std::int64_t>(1, card.heads * tokens * tokens);
  const auto most = static_cast<int>(std::min<std::int64_t>(card.layers, kShownShares / ofLayer));
  if (most >= card.layers) return {};
  const int middle = std::clamp(around, 0, card.layers - 1), count = std::max(1, most);
  const int first = std::clamp(middle - count / 2, 0, card.layers - count);
  std::vector<int> layers;
  for (int layer = first; layer < first + count; ++layer) layers.push_back(layer);
  return layers;
}

QString headScoreName(HeadScore score) {
  switch (score) {
    case HeadScore::Entropy: return words("entropy");
    case HeadScore::Sink: return words("share of token 0");
    case HeadScore::Previous: return words("share of the previous token");
    case HeadScore::Induction: return words("induction share");
  }
  return {};
}

QString headAddress(const AttentionResult& attention, HeadPlace place) {
  return QStringLiteral("L%1.H%2").arg(attention.layers[static_cast<std::size_t>(place.layerIndex)]).arg(place.head);
}

QString headFacts(const AttentionResult& attention, HeadPlace place) {
  const auto fact = [&](const char* name, HeadScore score) {
    return words(name).arg(scoreText(score, headScore(attention, score, place.layerIndex, place.head)));
  };
  return QStringList{fact("entropy %1", HeadScore::Entropy), fact("token 0 %1", HeadScore::Sink),
                     fact("previous %1", HeadScore::Previous), fact("induction %1", HeadScore::Induction)}
      .join(QStringLiteral(" · "));
}

std::shared_ptr<const HeatMapData> headsMap(const SharedAttention& attention, HeadScore score, MapName map) {
  auto data = std::make_shared<HeatMapData>();
  const int layers = static_cast<int>(attention->layers.size()), heads = attention->heads();
  std::vector<float> values;
  for (int layer = 0; layer < layers; ++layer)
    for (int head = 0; head < heads; ++head) values.push_back(headScore(*attention, score, layer, head));
  double most = 1;
  if (score == HeadScore::Entropy) most = std::max(1.0, std::log2(static_cast<double>(attention->tokenCount())));
  data->values =
      HostArray({layers, heads}, {"layer", "head"}, score == HeadScore::Entropy ? "bit" : "share", std::move(values));
  data->word = [attention, score, data = data.get()](Cell cell) { return scoreText(score, data->value(cell)); };
  if (score == HeadScore::Entropy)
    data->word = [data = data.get()](Cell cell) { return formatNumber(static_cast<double>(data->value(cell)), 1); };
  for (const int layer : attention->layers) data->rowLabels << QStringLiteral("L%1").arg(layer);
  for (int head = 0; head < heads; ++head) data->columnLabels << QStringLiteral("H%1").arg(head);
  data->columnName = words("head");
  data->areShares = score != HeadScore::Entropy;
  data->scale.max = most;
  data->scale.metric = headScoreName(score);
  data->scale.unit = score == HeadScore::Entropy ? words("bit") : QString();
  data->scale.map = map;
  return data;
}

int patternRow(const AttentionResult& attention, int query) { return attention.tokenCount() - 1 - query; }

double patternValue(const AttentionResult& attention, HeadPlace place, AttentionWeight weight, int query, int key) {
  if (weight == AttentionWeight::Value)
    return static_cast<double>(attention.weighted(place.layerIndex, place.head, query, key));
  return static_cast<double>(attention.shares(place.layerIndex, place.head, query)[static_cast<std::size_t>(key)]);
}

std::shared_ptr<const HeatMapData> patternMap(const SharedAttention& attention, HeadPlace place, AttentionWeight weight,
                                              MapName map) {
  auto data = std::make_shared<HeatMapData>();
  const int tokens = attention->tokenCount();
  std::vector<float> values(static_cast<std::size_t>(tokens) * static_cast<std::size_t>(tokens),
                            std::numeric_limits<float>::quiet_NaN());
  for (int query = 0; query < tokens; ++query) {
    for (int key = 0; key <= query; ++key) {
      const auto at = static_cast<std::size_t>(patternRow(*attention, query)) * static_cast<std::size_t>(tokens) +
                      static_cast<std::size_t>(key);
      values[at] = static_cast<float>(patternValue(*attention, place, weight, query, key));
    }
  }
  data->values = HostArray({tokens, tokens}, {"query", "key"},
                           weight == AttentionWeight::Share ? "share" : "residual units", std::move(values));
  data->word = [data = data.get(), weight](Cell cell) {
    const double value = static_cast<double>(data->value(cell));
    if (std::isnan(value)) return QString();
    return weight == AttentionWeight::Share ? formatProbability(value) : formatCompact(value);
  };
  data->spoken = [attention, data = data.get()](Cell cell) {
    const int query = patternRow(*attention, cell.row);
    if (cell.column > query) return words("after the query");
    return words("query %1 %2 reads %3 %4, %5")
        .arg(query)
        .arg(displayToken(attention->tokens[static_cast<std::size_t>(query)]))
        .arg(cell.column)
        .arg(displayToken(attention->tokens[static_cast<std::size_t>(cell.column)]),
             formatNumber(static_cast<double>(data->value(cell)), 3));
  };
  for (int row = 0; row < tokens; ++row)
    data->rowLabels << displayToken(attention->tokens[static_cast<std::size_t>(patternRow(*attention, row))]);
  for (const TokenFact& token : attention->tokens) data->columnLabels << displayToken(token);
  data->isHatched = false;  // a query cannot see what comes after it
  data->rowName = words("query");
  data->columnName = words("key");
  data->areShares = weight == AttentionWeight::Share;
  data->scale.metric = weight == AttentionWeight::Share ? words("share of the query") : words("share x |W_O v|");
  data->scale.map = map;
  if (weight == AttentionWeight::Value) {
    data->scale.max = std::max(largestOf(*attention, place, weight), 1e-6);
    data->scale.isFitted = true;
  }
  return data;
}

QImage patternImage(const AttentionResult& attention, HeadPlace place, AttentionWeight weight, MapName map) {
  const int tokens = attention.tokenCount();
  const ColourMap colours(map, theme().kind);
  const double most = weight == AttentionWeight::Share ? 1 : std::max(largestOf(attention, place, weight), 1e-6);
  // Neighbours share a pixel by their largest value where there are more tokens than pixels.
  const int step = (tokens + kThumbnail - 1) / kThumbnail, side = (tokens + step - 1) / step;
  std::vector<double> pooled(static_cast<std::size_t>(side) * static_cast<std::size_t>(side), -1);
  for (int query = 0; query < tokens; ++query) {
    for (int key = 0; key <= query; ++key) {
      double& pixel = pooled[static_cast<std::size_t>(query / step) * static_cast<std::size_t>(side) +
                             static_cast<std::size_t>(key / step)];
      pixel = std::max(pixel, patternValue(attention, place, weight, query, key));
    }
  }
  QImage image(side, side, QImage::Format_RGB32);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double value =
          pooled[static_cast<std::size_t>(y) * static_cast<std::size_t>(side) + static_cast<std::size_t>(x)];
      image.setPixel(x, y, value < 0 ? theme().panel.rgb() : colours.rgbAt(value / most));
    }
  }
  return image;
}

ResultTable headTable(const SharedAttention& attention) {
  constexpr std::array kScores{HeadScore::Entropy, HeadScore::Sink, HeadScore::Previous, HeadScore::Induction};
  const int heads = attention->heads();
  const auto placeOf = [heads](int row) { return HeadPlace{row / heads, row % heads}; };
  ResultTable table;
  table.rows = static_cast<int>(attention->layers.size()) * heads;
  table.columns.push_back(
      {words("head"), {}, [attention, placeOf](int row) { return QVariant(headAddress(*attention, placeOf(row))); }});
  for (const HeadScore score : kScores) {
    table.columns.push_back({headScoreName(score), score == HeadScore::Entropy ? words("bit") : QString(),
                             [attention, placeOf, score](int row) {
                               const float value =
                                   headScore(*attention, score, placeOf(row).layerIndex, placeOf(row).head);
                               return std::isnan(value) ? QVariant() : QVariant(static_cast<double>(value));
                             },
                             4});
  }
  return table;
}

}  // namespace patchbay::ui
