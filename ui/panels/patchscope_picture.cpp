#include "ui/panels/patchscope_picture.h"

#include <algorithm>
#include <limits>
#include <set>

#include <QCoreApplication>

#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

using Shared = std::shared_ptr<const PatchscopeResult>;

QString words(const char* text) { return QCoreApplication::translate("Patchscope", text); }

/// Layers of one side, ascending, each once.
std::vector<int> layersOf(const PatchscopeResult& result, int PatchscopeCell::*layer) {
  std::set<int> found;
  for (const PatchscopeCell& cell : result.cells) found.insert(cell.*layer);
  return {found.begin(), found.end()};
}

QVariant wordOf(const PatchscopeCell* cell) {
  return cell && !cell->top.empty() ? QVariant(displayToken(cell->top.front().token)) : QVariant();
}

QVariant chanceOf(const PatchscopeCell* cell) {
  return cell && !cell->top.empty() ? QVariant(static_cast<double>(cell->top.front().p)) : QVariant();
}

const PatchscopeCell& rowCell(const PatchscopeResult& result, int row) {
  return result.cells[static_cast<std::size_t>(cellOfRow(result, row))];
}

}  // namespace

PatchscopeForm formOf(const PatchscopeResult& result) {
  if (result.cells.size() <= 1) return PatchscopeForm::Cell;
  return layersOf(result, &PatchscopeCell::sourceLayer).size() == result.cells.size() ? PatchscopeForm::Column
                                                                                      : PatchscopeForm::Grid;
}

const PatchscopeCell* lensOf(const PatchscopeResult& result, int sourceLayer) {
  const auto found = std::ranges::find(result.lens, sourceLayer, &PatchscopeCell::sourceLayer);
  return found != result.lens.end() ? &*found : nullptr;
}

int cellOfRow(const PatchscopeResult& result, int row) { return static_cast<int>(result.cells.size()) - 1 - row; }

int rowOfLayer(const PatchscopeResult& result, int layer) {
  const auto found = std::ranges::find(result.cells, layer, &PatchscopeCell::sourceLayer);
  if (found == result.cells.end()) return -1;
  return cellOfRow(result, static_cast<int>(found - result.cells.begin()));
}

ResultTable patchscopeTable(const Shared& result, const QString& answerName) {
  ResultTable table;
  table.rows = static_cast<int>(result->cells.size());
  const bool isGrid = formOf(*result) == PatchscopeForm::Grid;
  table.columns.push_back(
      {isGrid ? words("source layer") : words("layer"),
       {},
       [result](int row) { return QVariant(static_cast<double>(rowCell(*result, row).sourceLayer)); },
       0});
  if (isGrid) {
    table.columns.push_back(
        {words("target layer"),
         {},
         [result](int row) { return QVariant(static_cast<double>(rowCell(*result, row).targetLayer)); },
         0});
  }
  const auto lens = [result](int row) { return lensOf(*result, rowCell(*result, row).sourceLayer); };
  table.columns.push_back({words("logit lens"), {}, [lens](int row) { return wordOf(lens(row)); }});
  table.columns.push_back({words("p"), {}, [lens](int row) { return chanceOf(lens(row)); }, 2});
  table.columns.push_back({answerName, {}, [result](int row) { return wordOf(&rowCell(*result, row)); }});
  table.columns.push_back({words("p"), {}, [result](int row) { return chanceOf(&rowCell(*result, row)); }, 2});
  table.columns.push_back({words("generated text"), {}, [result](int row) {
                             return QVariant(oneLine(rowCell(*result, row).generation.text));
                           }});
  return table;
}

std::shared_ptr<const LinePlotData> patchscopeCurve(const PatchscopeResult& result, const QString& answerName) {
  auto plot = std::make_shared<LinePlotData>();
  if (result.sourceNext.empty()) return plot;
  plot->title = words("p(%1) by layer read, at token %2")
                    .arg(asData(displayToken(result.sourceNext.front().token)))
                    .arg(result.sourceToken);
  plot->xName = words("layer");
  plot->yRange = {0.0, 1.0};
  plot->xLabel = [](double x) { return QStringLiteral("L%1").arg(qRound(x)); };
  plot->yLabel = [](double y) { return formatCompact(y); };
  const auto line = [&result](const QString& name, LineRole role, const std::vector<float>& values) {
    LineSeries series{name, role, {}, {}};
    for (std::size_t i = 0; i < values.size() && i < result.lens.size(); ++i) {
      series.x.push_back(result.lens[i].sourceLayer);
      series.y.push_back(static_cast<double>(values[i]));
    }
    return series;
  };
  plot->series.push_back(line(answerName, LineRole::ThisRun, result.finalTokenP));
  plot->series.push_back(line(words("logit lens"), LineRole::Series2, result.finalTokenLensP));
  return plot;
}

int cellOfGrid(const PatchscopeResult& result, Cell cell) {
  const std::vector<int> sources = layersOf(result, &PatchscopeCell::sourceLayer);
  const std::vector<int> targets = layersOf(result, &PatchscopeCell::targetLayer);
  if (cell.column < 0 || cell.row < 0 || cell.column >= static_cast<int>(sources.size()) ||
      cell.row >= static_cast<int>(targets.size()))
    return -1;
  const auto found = std::ranges::find_if(result.cells, [&](const PatchscopeCell& other) {
    return other.sourceLayer == sources[static_cast<std::size_t>(cell.column)] &&
           other.targetLayer == targets[static_cast<std::size_t>(cell.row)];
  });
  return found == result.cells.end() ? -1 : static_cast<int>(found - result.cells.begin());
}

std::shared_ptr<const HeatMapData> patchscopeGrid(const Shared& result, MapName map) {
  auto grid = std::make_shared<HeatMapData>();
  const std::vector<int> sources = layersOf(*result, &PatchscopeCell::sourceLayer);
  const std::vector<int> targets = layersOf(*result, &PatchscopeCell::targetLayer);
  std::vector<float> values(sources.size() * targets.size(), std::numeric_limits<float>::quiet_NaN());
  auto places = std::make_shared<std::vector<int>>(values.size(), -1);
  for (std::size_t i = 0; i < result->cells.size(); ++i) {
    const PatchscopeCell& cell = result->cells[i];
    const auto row = static_cast<std::size_t>(std::ranges::lower_bound(targets, cell.targetLayer) - targets.begin());
    const auto column = static_cast<std::size_t>(std::ranges::lower_bound(sources, cell.sourceLayer) - sources.begin());
    (*places)[row * sources.size() + column] = static_cast<int>(i);
    if (!cell.top.empty()) values[row * sources.size() + column] = cell.top.front().p;
  }
  const auto cellAt = [result, places, width = sources.size()](Cell cell) -> const PatchscopeCell* {
    const int place = (*places)[static_cast<std::size_t>(cell.row) * width + static_cast<std::size_t>(cell.column)];
    return place < 0 ? nullptr : &result->cells[static_cast<std::size_t>(place)];
  };
  grid->values = HostArray({static_cast<std::int64_t>(targets.size()), static_cast<std::int64_t>(sources.size())},
                           {"target layer", "source layer"}, {}, std::move(values));
  grid->word = [cellAt](Cell cell) { return wordOf(cellAt(cell)).toString(); };
  grid->valueText = [cellAt](Cell cell) {
    const QVariant chance = chanceOf(cellAt(cell));
    return chance.isValid() ? formatProbability(chance.toDouble()) : QString();
  };
  for (const int layer : targets) grid->rowLabels << QStringLiteral("L%1").arg(layer);
  for (const int layer : sources) grid->columnLabels << QStringLiteral("L%1").arg(layer);
  grid->rowName = words("target layer");
  grid->columnName = words("source layer");
  grid->areColumnLabelsOnTop = true;
  grid->areShares = true;
  grid->scale.metric = words("p(first word)");
  grid->scale.map = map;
  return grid;
}

}  // namespace patchbay::ui
