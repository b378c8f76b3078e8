#include "ui/panels/probe_picture.h"

#include <algorithm>
#include <numeric>

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kTextLetters = 90;
constexpr ProbeArm kArms[] = {ProbeArm::Logistic, ProbeArm::Whitened, ProbeArm::Shuffled};

QString words(const char* text) { return QCoreApplication::translate("Probe", text); }

QString labelName(const ProbeResult& result, int label) {
  return QString::fromStdString(result.labels[static_cast<std::size_t>(label)]);
}

/// What a text counts as under an arm: its label, or the one it was given.
int rightOf(const ProbeResult& result, ProbeArm arm, int text) {
  return (arm == ProbeArm::Shuffled ? result.shuffled : result.truth)[static_cast<std::size_t>(text)];
}

}  // namespace

QString probeName(ProbeArm arm) {
  switch (arm) {
    case ProbeArm::Logistic: return words("logistic");
    case ProbeArm::Whitened: return words("whitened");
    case ProbeArm::Shuffled: return words("shuffled labels");
  }
  return {};
}

std::shared_ptr<const LinePlotData> probeCurve(const ProbeResult& result, ProbeArm arm) {
  auto plot = std::make_shared<LinePlotData>();
  plot->title = words("Share of texts told rightly, by layer");
  plot->xName = words("layer");
  plot->yName = words("accuracy");
  plot->yRange = {0, 1};
  plot->xLabel = [](double layer) { return QStringLiteral("L%1").arg(static_cast<int>(layer)); };
  const auto line = [&](const QString& name, LineRole role, const auto& valueOf) {
    LineSeries series{.name = name, .role = role, .x = {}, .y = {}};
    for (int layer = 0; layer < result.layers(); ++layer) {
      series.x.push_back(layer);
      series.y.push_back(valueOf(layer));
    }
    plot->series.push_back(std::move(series));
  };
  constexpr LineRole kRoles[] = {LineRole::ThisRun, LineRole::Series2, LineRole::Control};
  for (const ProbeArm each : kArms)
    line(probeName(each), kRoles[static_cast<int>(each)],
         [&](int layer) { return result.accuracy(each, layer).share(); });
  line(words("95 %"), LineRole::Series4, [&](int layer) { return result.accuracy(arm, layer).low(); });
  line({}, LineRole::Series4, [&](int layer) { return result.accuracy(arm, layer).high(); });
  return plot;
}

std::shared_ptr<const HeatMapData> confusionMap(const SharedProbe& result, ProbeArm arm, int layer, MapName mapName) {
  auto map = std::make_shared<HeatMapData>();
  const int labels = static_cast<int>(result->labels.size());
  std::vector<float> counts(static_cast<std::size_t>(labels) * static_cast<std::size_t>(labels));
  std::vector<float> totals(static_cast<std::size_t>(labels));
  for (int text = 0; text < result->textCount(); ++text) {
    // Rows go up, and the first label is read first.
    const auto row = static_cast<std::size_t>(labels - 1 - rightOf(*result, arm, text));
    counts[row * static_cast<std::size_t>(labels) + static_cast<std::size_t>(result->toldOf(arm, layer, text))] += 1;
    totals[row] += 1;
  }
  for (std::size_t i = 0; i < counts.size(); ++i)
    counts[i] /= std::max(1.0F, totals[i / static_cast<std::size_t>(labels)]);
  map->values = HostArray({labels, labels}, {"label", "told"}, "share", std::move(counts));
  map->word = [values = map->values](Cell cell) {
    return formatPercent(static_cast<double>(values.at(cell.row, cell.column)));
  };
  for (int label = 0; label < labels; ++label) {
    map->rowLabels << labelName(*result, labels - 1 - label);
    map->columnLabels << labelName(*result, label);
  }
  map->rowName = words("label");
  map->columnName = words("told as");
  map->areShares = true;
  map->scale.map = mapName;
  map->scale.min = 0;
  map->scale.metric = words("share of the label's texts");
  return map;
}

QString probeStatement(const ProbeResult& result, ProbeArm arm) {
  const auto percent = [](double share) { return asData(formatPercent(share)); };
  const int best = result.bestLayer(arm);
  const MeasuredShare share = result.accuracy(arm, best);
  const QString found = words("%1: best at %2, %3 of %4 texts (95 % interval %5 to %6)")
                            .arg(probeName(arm), asData(QStringLiteral("L%1").arg(best)), percent(share.share()),
                                 asData(QString::number(share.items)), percent(share.low()), percent(share.high()));
  const QString against =
      words("there %1 on shuffled labels; the most frequent label is %2")
          .arg(percent(result.accuracy(ProbeArm::Shuffled, best).share()), percent(result.chance()));
  return found + QStringLiteral(" · ") + against;
}

ResultTable probeItems(const SharedProbe& result, const LabelledList& list, ProbeArm arm, int layer) {
  std::vector<int> order(static_cast<std::size_t>(result->textCount()));
  std::iota(order.begin(), order.end(), 0);
  const auto isRight = [result, arm, layer](int text) {
    return result->toldOf(arm, layer, text) == rightOf(*result, arm, text);
  };
  std::ranges::stable_partition(order, [&](int text) { return !isRight(text); });
  const auto name = [result](int label) { return QVariant(labelName(*result, label)); };
  ResultTable table;
  table.rows = result->textCount();
  table.columns = {{words("right"),
                    {},
                    [order, isRight](int row) {
                      return QVariant(isRight(order[static_cast<std::size_t>(row)]) ? words("yes") : words("no"));
                    }},
                   {words("label"),
                    {},
                    [order, result, arm, name](int row) {
                      return name(rightOf(*result, arm, order[static_cast<std::size_t>(row)]));
                    }},
                   {words("told as"),
                    {},
                    [order, result, arm, layer, name](int row) {
                      return name(result->toldOf(arm, layer, order[static_cast<std::size_t>(row)]));
                    }},
                   {words("text"), {}, [order, items = list.items](int row) {
                      const auto text = static_cast<std::size_t>(order[static_cast<std::size_t>(row)]);
                      return QVariant(elideMiddle(QString::fromStdString(items[text].text).simplified(), kTextLetters));
                    }}};
  return table;
}

ResultTable probeTable(const SharedProbe& result) {
  ResultTable table;
  table.rows = result->layers();
  table.columns = {{words("layer"), {}, [](int row) { return QVariant(static_cast<double>(row)); }, 0}};
  for (const ProbeArm arm : kArms) {
    const QString name = probeName(arm);
    const QString unit = words("share");
    table.columns.push_back(
        {name, unit, [result, arm](int row) { return QVariant(result->accuracy(arm, row).share()); }, 3});
    table.columns.push_back({words("%1, low").arg(name), unit,
                             [result, arm](int row) { return QVariant(result->accuracy(arm, row).low()); }, 3});
    table.columns.push_back({words("%1, high").arg(name), unit,
                             [result, arm](int row) { return QVariant(result->accuracy(arm, row).high()); }, 3});
    table.columns.push_back({words("%1, mean of labels").arg(name), unit,
                             [result, arm](int row) { return QVariant(result->balancedAccuracy(arm, row)); }, 3});
  }
  return table;
}

}  // namespace patchbay::ui
