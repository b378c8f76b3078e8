#include "ui/panels/hop_picture.h"

#include <QCoreApplication>

#include "core/data/patchscope_list.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("MultiHop", text); }

QString oneLineOf(const std::string& text) { return QString::fromStdString(text).simplified(); }

QString layerName(const MultiHopResult& result, int place) {
  return QStringLiteral("L%1").arg(result.layers[static_cast<std::size_t>(place)]);
}

}  // namespace

std::shared_ptr<const HeatMapData> hopMap(const SharedHops& result, HopArm arm, MapName mapName) {
  auto map = std::make_shared<HeatMapData>();
  const int side = static_cast<int>(result->layers.size());
  std::vector<float> values;
  for (int source = 0; source < side; ++source) {
    for (int target = 0; target < side; ++target) {
      const double patch = result->shareAt(0, source, target), wrong = result->shareAt(1, source, target);
      values.push_back(static_cast<float>(arm == HopArm::Patch ? patch : arm == HopArm::Wrong ? wrong : patch - wrong));
    }
  }
  map->values = HostArray({side, side}, {"source layer", "target layer"}, "share", std::move(values));
  map->word = [values = map->values](Cell cell) {
    return formatPercent(static_cast<double>(values.at(cell.row, cell.column)));
  };
  for (int place = 0; place < side; ++place) {
    map->rowLabels << layerName(*result, place);
    map->columnLabels << layerName(*result, place);
  }
  map->rowName = words("source layer");
  map->columnName = words("target layer");
  map->areShares = arm != HopArm::Difference;
  map->scale.map = arm == HopArm::Difference ? MapName::Diverging : mapName;
  map->scale.min = arm == HopArm::Difference ? -1 : 0;
  map->scale.metric = arm == HopArm::Difference ? words("patch less wrong state") : words("share that is right");
  return map;
}

QString hopStatement(const MultiHopResult& result) {
  const auto share = [](double value) { return asData(formatPercent(value)); };
  const auto [source, target] = result.bestPair();
  return words(
             "%1 items: in one sentence %2, step by step %3, by the patch at its best pair %4 → %5 %6 (wrong state %7)")
      .arg(asData(QString::number(result.items.size())), share(result.plainShare()), share(result.stepsShare()),
           asData(layerName(result, source)), asData(layerName(result, target)),
           share(result.shareAt(0, source, target)), share(result.shareAt(1, source, target)));
}

QString hopCaveat(const MultiHopResult& result) {
  const auto side = result.layers.size();
  return words(
             "Right at any pair: %1, and %2 with the wrong state: the most of %3 tries each, which proves little "
             "by itself.")
      .arg(asData(formatPercent(result.shareOfAny(0))), asData(formatPercent(result.shareOfAny(1))),
           asData(QString::number(side * side)));
}

ResultTable hopItems(const SharedHops& result, const HopList& list, int source, int target) {
  const auto pair = static_cast<std::size_t>(source) * result->layers.size() + static_cast<std::size_t>(target);
  const auto at = [result](int row) -> const HoppedItem& { return result->items[static_cast<std::size_t>(row)]; };
  const auto itemOf = [at, items = list.items](int row) -> const HopItem& {
    return items[static_cast<std::size_t>(at(row).item)];
  };
  const auto mark = [](bool isRight) { return isRight ? words("yes") : QString(); };
  ResultTable table;
  table.rows = static_cast<int>(result->items.size());
  table.columns = {
      {words("step one"), {}, [itemOf](int row) { return QVariant(oneLineOf(itemOf(row).first)); }},
      {words("step two"), {}, [itemOf](int row) { return QVariant(oneLineOf(withBridge(itemOf(row), "x"))); }},
      {words("answer"), {}, [itemOf](int row) { return QVariant(oneLineOf(itemOf(row).answers.front())); }},
      {words("with the patch"), {}, [at, pair](int row) { return QVariant(oneLineOf(at(row).says[pair])); }},
      {words("right"),
       {},
       [at, itemOf, mark, pair](int row) {
         return QVariant(mark(containsAnswer(at(row).says[pair], itemOf(row).answers)));
       }},
      {words("in one sentence"), {}, [at](int row) { return QVariant(oneLineOf(at(row).plainSays)); }},
      {words("right"), {}, [at, mark](int row) { return QVariant(mark(at(row).plainIsRight)); }},
      {words("step by step"), {}, [at](int row) { return QVariant(elideMiddle(oneLineOf(at(row).stepsSays), 60)); }},
      {words("right"), {}, [at, mark](int row) { return QVariant(mark(at(row).stepsIsRight)); }}};
  return table;
}

ResultTable hopTable(const SharedHops& result) {
  const int side = static_cast<int>(result->layers.size());
  const auto layer = [result](int place) {
    return QVariant(static_cast<double>(result->layers[static_cast<std::size_t>(place)]));
  };
  const auto share = [result, side](int arm) {
    return [result, side, arm](int row) { return QVariant(result->shareAt(arm, row / side, row % side)); };
  };
  ResultTable table;
  table.rows = side * side;
  table.columns = {{words("source layer"), {}, [layer, side](int row) { return layer(row / side); }, 0},
                   {words("target layer"), {}, [layer, side](int row) { return layer(row % side); }, 0},
                   {words("right with the patch"), words("share"), share(0), 3},
                   {words("right with the wrong state"), words("share"), share(1), 3}};
  return table;
}

}  // namespace patchbay::ui
