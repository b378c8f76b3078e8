#include "ui/panels/list_picture.h"

#include <array>
#include <cmath>
#include <numeric>
#include <tuple>

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("PatchscopeList", text); }

const HostArray& measureOf(const PatchscopeListResult& list, ListMeasure measure) {
  switch (measure) {
    case ListMeasure::Contains: return list.contains;
    case ListMeasure::FirstToken: return list.firstP;
    case ListMeasure::Surprisal: return list.surprisal;
  }
  return list.firstP;
}

double meanOf(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

QString valueText(ListMeasure measure, double value) {
  if (std::isnan(value)) return QStringLiteral("–");
  if (value == 0) return QStringLiteral("0");  // none at all, not few
  return measure == ListMeasure::Surprisal ? words("%1 bit").arg(formatNumber(value, 1)) : formatProbability(value);
}

QString armName(ListArm arm) {
  switch (arm) {
    case ListArm::Patched: return words("patched");
    case ListArm::Random: return words("random direction");
    case ListArm::Unrelated: return words("unrelated item");
  }
  return {};
}

QString joined(const std::vector<std::string>& answers) {
  QStringList all;
  for (const std::string& answer : answers) all << QString::fromStdString(answer);
  return all.join(QStringLiteral(", "));
}

}  // namespace

QString listMeasureName(ListMeasure measure) {
  switch (measure) {
    case ListMeasure::Contains: return words("contains the answer");
    case ListMeasure::FirstToken: return words("precision@1");
    case ListMeasure::Surprisal: return words("surprisal");
  }
  return {};
}

bool hasText(const PatchscopeListResult& list) {
  return !list.contains.isEmpty() && !std::isnan(list.contains.values().front());
}

double listMean(const PatchscopeListResult& list, ListMeasure measure, ListArm arm, int layerIndex) {
  return meanOf(measureOf(list, measure).row(static_cast<std::int64_t>(arm), layerIndex));
}

double textOnlyMean(const PatchscopeListResult& list, ListMeasure measure) {
  constexpr std::array kRows{std::pair{ListMeasure::FirstToken, 0}, std::pair{ListMeasure::Surprisal, 1},
                             std::pair{ListMeasure::Contains, 2}};
  for (const auto& [known, row] : kRows)
    if (known == measure) return meanOf(list.textOnly.row(row));
  return 0;
}

int bestLayer(const PatchscopeListResult& list, ListMeasure measure) {
  int best = 0;
  const double sign = measure == ListMeasure::Surprisal ? -1 : 1;
  for (int place = 0; place < static_cast<int>(list.layers.size()); ++place)
    if (sign * listMean(list, measure, ListArm::Patched, place) >
        sign * listMean(list, measure, ListArm::Patched, best))
      best = place;
  return best;
}

QString listStatement(const PatchscopeListResult& list, ListMeasure measure) {
  const int best = bestLayer(list, measure);
  const auto mean = [&](ListArm arm) { return asData(valueText(measure, listMean(list, measure, arm, best))); };
  const QString layer = asData(QStringLiteral("L%1").arg(list.layers[static_cast<std::size_t>(best)]));
  return words("%1 of %2 items. Best at %3: %4 %5; random direction %6, unrelated item %7, text alone %8")
      .arg(list.items.size())
      .arg(list.items.size() + list.unknown.size())
      .arg(layer, listMeasureName(measure), mean(ListArm::Patched), mean(ListArm::Random), mean(ListArm::Unrelated),
           asData(valueText(measure, textOnlyMean(list, measure))));
}

std::shared_ptr<const LinePlotData> listCurve(const PatchscopeListResult& list, ListMeasure measure) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("%1 by source layer, mean of %2 items").arg(listMeasureName(measure)).arg(list.items.size());
  plot->xName = words("layer");
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  if (measure != ListMeasure::Surprisal) {
    plot->yRange = {0, 1};
    plot->yLabel = [](double y) { return formatCompact(y); };
  } else {
    plot->yUnit = words("bit");
  }
  constexpr std::array kRoles{std::pair{ListArm::Patched, LineRole::ThisRun},
                              std::pair{ListArm::Random, LineRole::Control},
                              std::pair{ListArm::Unrelated, LineRole::Series2}};
  for (const auto& [arm, role] : kRoles) {
    LineSeries series{armName(arm), role, {}, {}};
    for (std::size_t place = 0; place < list.layers.size(); ++place) {
      series.x.push_back(list.layers[place]);
      series.y.push_back(listMean(list, measure, arm, static_cast<int>(place)));
    }
    plot->series.push_back(std::move(series));
  }
  LineSeries alone{words("text alone"), LineRole::Series3, {}, {}};
  for (const int layer : list.layers) {
    alone.x.push_back(layer);
    alone.y.push_back(textOnlyMean(list, measure));
  }
  plot->series.push_back(std::move(alone));
  return plot;
}

ResultTable listItems(const SharedList& list, const FactList& facts, int layerIndex) {
  const auto shared = std::make_shared<const FactList>(facts);
  const auto fact = [list, shared](int row) -> const FactItem& {
    return shared->items[static_cast<std::size_t>(list->items[static_cast<std::size_t>(row)].item)];
  };
  const auto mark = [list, layerIndex](const HostArray& measure, int row) {
    const float value = measure.at(static_cast<std::int64_t>(ListArm::Patched), layerIndex, row);
    return std::isnan(value) ? QVariant() : QVariant(static_cast<double>(value));
  };
  ResultTable table;
  table.rows = static_cast<int>(list->items.size());
  table.columns.push_back(
      {words("subject"), {}, [fact](int row) { return QVariant(QString::fromStdString(fact(row).subject)); }});
  table.columns.push_back({words("answer"), {}, [fact](int row) { return QVariant(joined(fact(row).answers)); }});
  table.columns.push_back(
      {words("says"), {}, [list, layerIndex](int row) {
         return QVariant(
             oneLine(list->items[static_cast<std::size_t>(row)].says[static_cast<std::size_t>(layerIndex)]));
       }});
  if (hasText(*list))
    table.columns.push_back({words("contains"), {}, [list, mark](int row) { return mark(list->contains, row); }, 0});
  table.columns.push_back({words("first token"), {}, [list, mark](int row) { return mark(list->firstP, row); }, 0});
  table.columns.push_back(
      {words("surprisal"), words("bit"), [list, mark](int row) { return mark(list->surprisal, row); }, 1});
  table.columns.push_back({words("plain answer"), {}, [list](int row) {
                             return QVariant(oneLine(list->items[static_cast<std::size_t>(row)].plainAnswer));
                           }});
  return table;
}

ResultTable listTable(const SharedList& list) {
  ResultTable table;
  table.rows = static_cast<int>(list->layers.size());
  table.columns.push_back(
      {words("layer"),
       {},
       [list](int row) { return QVariant(static_cast<double>(list->layers[static_cast<std::size_t>(row)])); },
       0});
  for (const ListMeasure measure : {ListMeasure::Contains, ListMeasure::FirstToken, ListMeasure::Surprisal}) {
    if (measure == ListMeasure::Contains && !hasText(*list)) continue;
    for (const ListArm arm : kListArms) {
      table.columns.push_back({QStringLiteral("%1, %2").arg(listMeasureName(measure), armName(arm)),
                               measure == ListMeasure::Surprisal ? words("bit") : QString(),
                               [list, measure, arm](int row) { return QVariant(listMean(*list, measure, arm, row)); },
                               3});
    }
    table.columns.push_back({words("%1, text alone").arg(listMeasureName(measure)),
                             measure == ListMeasure::Surprisal ? words("bit") : QString(),
                             [list, measure](int) { return QVariant(textOnlyMean(*list, measure)); }, 3});
  }
  return table;
}

}  // namespace patchbay::ui
