#include "ui/panels/map_picture.h"

#include <algorithm>

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("AffineMaps", text); }

}  // namespace

QString mapPair(const AffineMap& map, int pair) {
  return QStringLiteral("L%1 to L%2")
      .arg(map.sourceLayers[static_cast<std::size_t>(pair)])
      .arg(map.targetLayers[static_cast<std::size_t>(pair)]);
}

QString mapStatement(const AffineMap& map) {
  const auto [least, most] = std::ranges::minmax(map.heldOutR2);
  const QString models =
      map.source.fingerprint == map.target.fingerprint
          ? QString()
          : words(" from %1 into %2")
                .arg(QString::fromStdString(map.source.name), QString::fromStdString(map.target.name));
  const QString heldOut = map.heldOutSamples > 0 ? words("; held-out R² %1 to %2")
                                                       .arg(asData(formatNumber(static_cast<double>(least), 2)),
                                                            asData(formatNumber(static_cast<double>(most), 2)))
                                                 : words("; no text was held out");
  return words("%1 maps, %2 to %3 wide%4, %5, %6 states%7")
      .arg(map.sourceLayers.size())
      .arg(map.sourceWidth())
      .arg(map.targetWidth())
      .arg(models, QString::fromStdString(map.method), formatCount(map.samples), heldOut);
}

std::shared_ptr<const LinePlotData> mapCurve(const AffineMap& map) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("variance explained (R²) by source layer");
  plot->xName = words("layer");
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->yLabel = [](double y) { return formatCompact(y); };
  LineSeries fit{words("fit"), LineRole::Control, {}, {}}, heldOut{words("held out"), LineRole::ThisRun, {}, {}};
  for (std::size_t pair = 0; pair < map.sourceLayers.size(); ++pair) {
    // A layer with several targets is drawn by its first.
    if (!fit.x.empty() && fit.x.back() == map.sourceLayers[pair]) continue;
    for (LineSeries* series : {&fit, &heldOut}) series->x.push_back(map.sourceLayers[pair]);
    fit.y.push_back(static_cast<double>(map.trainR2[pair]));
    heldOut.y.push_back(static_cast<double>(map.heldOutR2[pair]));
  }
  plot->series = {std::move(heldOut), std::move(fit)};
  return plot;
}

ResultTable mapTable(const SharedMap& map) {
  const auto at = [map](const std::vector<float> AffineMap::*numbers) {
    return [map, numbers](int row) {
      return QVariant(static_cast<double>(((*map).*numbers)[static_cast<std::size_t>(row)]));
    };
  };
  ResultTable table;
  table.rows = static_cast<int>(map->sourceLayers.size());
  table.columns.push_back(
      {words("source layer"),
       {},
       [map](int row) { return QVariant(static_cast<double>(map->sourceLayers[static_cast<std::size_t>(row)])); },
       0});
  table.columns.push_back(
      {words("target layer"),
       {},
       [map](int row) { return QVariant(static_cast<double>(map->targetLayers[static_cast<std::size_t>(row)])); },
       0});
  table.columns.push_back({words("R², fit"), {}, at(&AffineMap::trainR2), 4});
  table.columns.push_back({words("R², held out"), {}, at(&AffineMap::heldOutR2), 4});
  return table;
}

}  // namespace patchbay::ui
