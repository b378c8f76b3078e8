#include "ui/panels/curve_picture.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QCoreApplication>

#include "core/base/each_once.h"
#include "ui/panels/layer_list.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr std::size_t kMostLines = 4;
constexpr LineRole kRoles[kMostLines] = {LineRole::ThisRun, LineRole::Series2, LineRole::Series3, LineRole::Series4};

QString words(const char* text) { return QCoreApplication::translate("Curve", text); }

/// A point of the picture: where it stands on the axis, and what tells its line apart.
struct Place {
  std::int64_t questions = 0;
  CurveKey key;

  [[nodiscard]] std::int64_t along(CurveAxis axis) const {
    return axis == CurveAxis::Questions ? questions : axis == CurveAxis::Rank ? key.rank : key.layer;
  }
  void clear(CurveAxis axis) {
    if (axis == CurveAxis::Questions) questions = 0;
    if (axis == CurveAxis::Rank) key.rank = 0;
    if (axis == CurveAxis::Layer) key.layer = -1;
  }
  bool operator==(const Place&) const = default;
};

Place placeOf(const CurvePoint& point) { return {.questions = point.examples, .key = point.key}; }

/// The different values on an axis, from low to high.
std::vector<std::int64_t> valuesOn(const LearningCurveResult& result, CurveAxis axis) {
  std::vector<std::int64_t> values;
  for (const CurvePoint& point : result.points) values.push_back(placeOf(point).along(axis));
  std::ranges::sort(values);
  values.erase(std::ranges::unique(values).begin(), values.end());
  return values;
}

QString layerWords(const LearningCurveResult& result, int layer) {
  return QLatin1Char('L') + formatLayers(result.layersOf({.layer = layer}));
}

QString valueWords(const LearningCurveResult& result, CurveAxis axis, std::int64_t value) {
  return axis == CurveAxis::Layer ? layerWords(result, static_cast<int>(value)) : formatCount(value);
}

/// What tells a line from the others, of what was varied.
QString lineName(const LearningCurveResult& result, CurveAxis axis, const Place& line) {
  QStringList parts;
  if (axis != CurveAxis::Questions && valuesOn(result, CurveAxis::Questions).size() > 1)
    parts << words("%1 questions").arg(formatCount(line.questions));
  if (axis != CurveAxis::Rank && valuesOn(result, CurveAxis::Rank).size() > 1)
    parts << words("rank %1").arg(line.key.rank);
  if (axis != CurveAxis::Layer && valuesOn(result, CurveAxis::Layer).size() > 1)
    parts << layerWords(result, line.key.layer);
  return parts.isEmpty() ? words("own states") : parts.join(QStringLiteral(", "));
}

double valueOf(const CurvePoint& point, CurveMeasure measure, bool isShuffled) {
  if (measure == CurveMeasure::Loss) return isShuffled ? point.shuffledLoss : point.loss;
  return (isShuffled ? point.shuffledChoice : point.choice).share();
}

/// The mean over all points that `isMeant` at each place of the axis; NaN where there is none.
template <typename IsMeant>
LineSeries lineOf(const LearningCurveResult& result, CurveAxis axis, CurveMeasure measure, bool isShuffled,
                  const IsMeant& isMeant) {
  LineSeries line;
  const auto values = valuesOn(result, axis);
  for (std::size_t x = 0; x < values.size(); ++x) {
    double sum = 0;
    int count = 0;
    for (const CurvePoint& point : result.points) {
      if (placeOf(point).along(axis) != values[x] || !isMeant(point)) continue;
      sum += valueOf(point, measure, isShuffled);
      ++count;
    }
    line.x.push_back(static_cast<double>(x));
    line.y.push_back(count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN());
  }
  return line;
}

std::vector<Place> linesOf(const LearningCurveResult& result, CurveAxis axis) {
  std::vector<Place> lines;
  for (const CurvePoint& point : result.points) {
    lines.push_back(placeOf(point));
    lines.back().clear(axis);
  }
  return eachOnce(lines);
}

}  // namespace

QString curveAxisName(CurveAxis axis) {
  switch (axis) {
    case CurveAxis::Questions: return words("By questions");
    case CurveAxis::Rank: return words("By rank");
    case CurveAxis::Layer: return words("By layer");
  }
  return {};
}

QString curveMeasureName(CurveMeasure measure) {
  return measure == CurveMeasure::Choice ? words("Right choices") : words("Loss");
}

CurveAxis widestAxis(const LearningCurveResult& result) {
  CurveAxis widest = CurveAxis::Questions;
  for (const CurveAxis axis : {CurveAxis::Rank, CurveAxis::Layer})
    if (valuesOn(result, axis).size() > valuesOn(result, widest).size()) widest = axis;
  return widest;
}

std::shared_ptr<const LinePlotData> curvePlot(const LearningCurveResult& result, CurveAxis axis, CurveMeasure measure) {
  auto plot = std::make_shared<LinePlotData>();
  const bool isChoice = measure == CurveMeasure::Choice;
  const QString names[kCurveAxes] = {words("questions learned from"), words("rank of the LoRA"), words("layer read")};
  plot->xName = names[static_cast<int>(axis)];
  plot->title = words("%1 by %2").arg(curveMeasureName(measure), plot->xName);
  plot->yName = isChoice ? words("right choices") : words("loss");
  if (!isChoice) plot->yUnit = words("nats/√token");
  if (isChoice) plot->yRange = std::pair{0.0, 1.0};
  if (isChoice) plot->yLabel = [](double value) { return value == 0 ? QStringLiteral("0") : formatProbability(value); };
  const auto values = valuesOn(result, axis);
  QStringList labels;
  for (const std::int64_t value : values) labels << valueWords(result, axis, value);
  plot->xLabel = [labels](double x) { return labels.value(static_cast<int>(std::lround(x))); };
  plot->hasMarkers = true;
  const auto lines = linesOf(result, axis);
  if (lines.size() > kMostLines)
    plot->title += words(", %1 of %2 lines (all are in the table)").arg(kMostLines).arg(lines.size());
  for (std::size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) {
    LineSeries line = lineOf(result, axis, measure, false, [&](const CurvePoint& point) {
      Place own = placeOf(point);
      own.clear(axis);
      return own == lines[i];
    });
    line.name = lineName(result, axis, lines[i]);
    line.role = kRoles[i];
    plot->series.push_back(std::move(line));
  }
  const auto all = [](const CurvePoint&) { return true; };
  LineSeries shuffled = lineOf(result, axis, measure, true, all);
  shuffled.name = words("other states");
  shuffled.role = LineRole::Control;
  plot->series.push_back(shuffled);
  if (isChoice) {
    LineSeries chance = shuffled;
    chance.name = words("chance");
    chance.role = LineRole::Pinned;
    std::ranges::fill(chance.y, result.chance);
    plot->series.push_back(std::move(chance));
  }
  return plot;
}

QString curveStatement(const LearningCurveResult& result) {
  std::optional<CurvePoint> best;
  for (const CurveKey& key : result.keys()) {
    for (const std::int64_t examples : result.examples()) {
      const auto point = result.at(key, examples);
      if (point && (!best || point->choice.share() > best->choice.share())) best = point;
    }
  }
  if (!best) return {};
  const int repeats = best->choice.items / std::max(1, result.points.front().choice.items);
  const auto [low, high] = interval(best->choice, repeats);
  QString said =
      words("Best: %1 right (%2 to %3) after %4 questions, rank %5, %6; with other states %7, chance %8")
          .arg(asData(formatProbability(best->choice.share())), asData(formatProbability(low)),
               asData(formatProbability(high)), asData(formatCount(best->examples)),
               asData(QString::number(best->key.rank)), asData(layerWords(result, best->key.layer)),
               asData(formatProbability(best->shuffledChoice.share())), asData(formatProbability(result.chance)));
  if (const auto gain = result.gainOfDoubling(best->key))
    said +=
        words(" · twice the questions: %1%2")
            .arg(*gain >= 0 ? QStringLiteral("+") : QStringLiteral("−"), asData(formatProbability(std::abs(*gain))));
  return said;
}

ResultTable curvePointTable(const SharedCurve& result) {
  const auto at = [result](int row) -> const CurvePoint& { return result->points[static_cast<std::size_t>(row)]; };
  const auto number = [at](const QString& name, const QString& unit, auto value, int decimals) {
    return ResultColumn{name, unit, [at, value](int row) { return QVariant(static_cast<double>(value(at(row)))); },
                        decimals};
  };
  ResultTable table;
  table.rows = static_cast<int>(result->points.size());
  table.columns = {
      number(
          words("questions"), {}, [](const CurvePoint& point) { return point.examples; }, 0),
      number(
          words("rank"), {}, [](const CurvePoint& point) { return point.key.rank; }, 0),
      {words("layers"), {}, [result, at](int row) { return QVariant(layerWords(*result, at(row).key.layer)); }, 0},
      number(
          words("seed"), {}, [](const CurvePoint& point) { return point.seed; }, 0),
      number(
          words("right choices"), {}, [](const CurvePoint& point) { return point.choice.share(); }, 3),
      number(
          words("from"), words("95 %"), [](const CurvePoint& point) { return point.choice.low(); }, 3),
      number(
          words("to"), words("95 %"), [](const CurvePoint& point) { return point.choice.high(); }, 3),
      number(
          words("other states"), {}, [](const CurvePoint& point) { return point.shuffledChoice.share(); }, 3),
      number(
          words("loss"), words("nats/√token"), [](const CurvePoint& point) { return point.loss; }, 3),
      number(
          words("loss, other states"), words("nats/√token"), [](const CurvePoint& point) { return point.shuffledLoss; },
          3),
      number(
          words("training"), words("s"), [](const CurvePoint& point) { return point.seconds; }, 1)};
  return table;
}

}  // namespace patchbay::ui
