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

/// Numbers of the cells, ascending, each once.
std::vector<int> numbersOf(const PatchscopeResult& result, int PatchscopeCell::*number) {
  std::set<int> found;
  for (const PatchscopeCell& cell : result.cells) found.insert(cell.*number);
  return {found.begin(), found.end()};
}

/// What the rows and the columns of a grid are.
struct Axes {
  int PatchscopeCell::*row;
  int PatchscopeCell::*column;
};

Axes axesOf(const PatchscopeResult& result) {
  if (formOf(result) == PatchscopeForm::Tokens) return {&PatchscopeCell::sourceLayer, &PatchscopeCell::sourceToken};
  return {&PatchscopeCell::targetLayer, &PatchscopeCell::sourceLayer};
}

int placeIn(const std::vector<int>& numbers, int number) {
  return static_cast<int>(std::ranges::lower_bound(numbers, number) - numbers.begin());
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
  if (numbersOf(result, &PatchscopeCell::sourceToken).size() > 1) return PatchscopeForm::Tokens;
  return numbersOf(result, &PatchscopeCell::sourceLayer).size() == result.cells.size() ? PatchscopeForm::Column
                                                                                       : PatchscopeForm::Grid;
}

const PatchscopeCell* lensOf(const PatchscopeResult& result, const PatchscopeCell& cell) {
  const auto found = std::ranges::find_if(result.lens, [&](const PatchscopeCell& lens) {
    return lens.sourceLayer == cell.sourceLayer && lens.sourceToken == cell.sourceToken;
  });
  return found != result.lens.end() ? &*found : nullptr;
}

QString controlWords(const PatchscopeResult& result) {
  const auto said = [](const RankedToken& word) {
    return QStringLiteral("%1 %2").arg(asData(displayToken(word.token)),
                                       asData(formatProbability(static_cast<double>(word.p))));
  };
  QStringList facts;
  if (!result.unpatched.empty()) {
    QString plain = words("without the patch the target says %1").arg(said(result.unpatched.front()));
    for (std::size_t i = 0; i < result.asked.size() && i < result.askedUnpatched.size(); ++i)
      plain += QStringLiteral(", ") + said({.token = result.asked[i], .p = result.askedUnpatched[i]});
    facts << plain;
  }
  if (!result.sourceNext.empty()) facts << words("the source itself says %1").arg(said(result.sourceNext.front()));
  return facts.isEmpty() ? QString() : words("Control: %1").arg(facts.join(QStringLiteral(" · ")));
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
  const PatchscopeForm form = formOf(*result);
  const bool isGrid = form == PatchscopeForm::Grid;
  if (form == PatchscopeForm::Tokens)
    table.columns.push_back({words("token"), {}, [result](int row) {
                               const auto token = static_cast<std::size_t>(result->tokenOf(rowCell(*result, row)));
                               const QString word = token < result->sourceTokens.size()
                                                        ? displayToken(result->sourceTokens[token])
                                                        : QString();
                               return QVariant(QStringLiteral("t%1 %2").arg(token).arg(word));
                             }});
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
  const auto lens = [result](int row) { return lensOf(*result, rowCell(*result, row)); };
  table.columns.push_back({words("logit lens"), {}, [lens](int row) { return wordOf(lens(row)); }});
  table.columns.push_back({words("p"), {}, [lens](int row) { return chanceOf(lens(row)); }, 2});
  table.columns.push_back({answerName, {}, [result](int row) { return wordOf(&rowCell(*result, row)); }});
  table.columns.push_back({words("p"), {}, [result](int row) { return chanceOf(&rowCell(*result, row)); }, 2});
  for (std::size_t i = 0; i < result->asked.size(); ++i)
    table.columns.push_back({words("p(%1)").arg(displayToken(result->asked[i])),
                             {},
                             [result, i](int row) {
                               const auto& asked = rowCell(*result, row).asked;
                               return i < asked.size() ? QVariant(static_cast<double>(asked[i])) : QVariant();
                             },
                             3});
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
  for (std::size_t i = 0; i < result.asked.size(); ++i) {
    constexpr LineRole kRoles[] = {LineRole::Series3, LineRole::Series4, LineRole::Control};
    LineSeries series{words("p(%1)").arg(displayToken(result.asked[i])), kRoles[i % std::size(kRoles)], {}, {}};
    for (const PatchscopeCell& cell : result.cells) {
      if (i >= cell.asked.size()) continue;
      series.x.push_back(cell.sourceLayer);
      series.y.push_back(static_cast<double>(cell.asked[i]));
    }
    plot->series.push_back(std::move(series));
  }
  return plot;
}

int cellOfGrid(const PatchscopeResult& result, Cell cell) {
  const Axes axes = axesOf(result);
  const std::vector<int> rows = numbersOf(result, axes.row), columns = numbersOf(result, axes.column);
  if (cell.column < 0 || cell.row < 0 || cell.column >= static_cast<int>(columns.size()) ||
      cell.row >= static_cast<int>(rows.size()))
    return -1;
  const auto found = std::ranges::find_if(result.cells, [&](const PatchscopeCell& other) {
    return other.*axes.column == columns[static_cast<std::size_t>(cell.column)] &&
           other.*axes.row == rows[static_cast<std::size_t>(cell.row)];
  });
  return found == result.cells.end() ? -1 : static_cast<int>(found - result.cells.begin());
}

Cell gridCellOf(const PatchscopeResult& result, const PatchscopeCell& cell) {
  const Axes axes = axesOf(result);
  return {placeIn(numbersOf(result, axes.row), cell.*axes.row),
          placeIn(numbersOf(result, axes.column), cell.*axes.column)};
}

std::shared_ptr<const HeatMapData> patchscopeGrid(const Shared& result, MapName map, int asked) {
  auto grid = std::make_shared<HeatMapData>();
  const bool isOfTokens = formOf(*result) == PatchscopeForm::Tokens;
  const Axes axes = axesOf(*result);
  const std::vector<int> rows = numbersOf(*result, axes.row), columns = numbersOf(*result, axes.column);
  std::vector<float> values(rows.size() * columns.size(), std::numeric_limits<float>::quiet_NaN());
  auto places = std::make_shared<std::vector<int>>(values.size(), -1);
  const auto index = static_cast<std::size_t>(asked);
  const bool isAsked = asked >= 0 && index < result->asked.size();
  for (std::size_t i = 0; i < result->cells.size(); ++i) {
    const PatchscopeCell& cell = result->cells[i];
    const auto row = static_cast<std::size_t>(placeIn(rows, cell.*axes.row));
    const auto column = static_cast<std::size_t>(placeIn(columns, cell.*axes.column));
    (*places)[row * columns.size() + column] = static_cast<int>(i);
    float& value = values[row * columns.size() + column];
    if (isAsked && index < cell.asked.size()) value = cell.asked[index];
    if (!isAsked && !cell.top.empty()) value = cell.top.front().p;
  }
  const auto cellAt = [result, places, width = columns.size()](Cell cell) -> const PatchscopeCell* {
    const int place = (*places)[static_cast<std::size_t>(cell.row) * width + static_cast<std::size_t>(cell.column)];
    return place < 0 ? nullptr : &result->cells[static_cast<std::size_t>(place)];
  };
  grid->values = HostArray({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(columns.size())},
                           isOfTokens ? std::vector<std::string>{"source layer", "source token"}
                                      : std::vector<std::string>{"target layer", "source layer"},
                           {}, std::move(values));
  grid->word = [cellAt](Cell cell) { return wordOf(cellAt(cell)).toString(); };
  grid->valueText = [cellAt, isAsked, index](Cell cell) {
    const PatchscopeCell* found = cellAt(cell);
    if (isAsked)
      return found && index < found->asked.size() ? formatProbability(static_cast<double>(found->asked[index]))
                                                  : QString();
    const QVariant chance = chanceOf(found);
    return chance.isValid() ? formatProbability(chance.toDouble()) : QString();
  };
  for (const int row : rows) grid->rowLabels << QStringLiteral("L%1").arg(row);
  for (const int column : columns) {
    const auto token = static_cast<std::size_t>(column);
    if (isOfTokens)
      grid->columnLabels << (token < result->sourceTokens.size() ? displayToken(result->sourceTokens[token])
                                                                 : QStringLiteral("t%1").arg(column));
    else
      grid->columnLabels << QStringLiteral("L%1").arg(column);
  }
  grid->rowName = isOfTokens ? words("source layer") : words("target layer");
  grid->columnName = isOfTokens ? words("source token") : words("source layer");
  grid->areColumnLabelsOnTop = true;
  grid->areShares = true;
  grid->scale.metric = isAsked ? words("p(%1)").arg(displayToken(result->asked[index])) : words("p(first word)");
  grid->scale.map = map;
  return grid;
}

}  // namespace patchbay::ui
