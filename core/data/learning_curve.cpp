#include "core/data/learning_curve.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/each_once.h"

namespace patchbay {
namespace {

constexpr int kMostDepth = 10'000;

std::int64_t atLeastOne(const std::vector<int>& values) {
  return std::max<std::int64_t>(1, std::ssize(eachOnce(values)));
}

bool isSound(const MeasuredShare& share) {
  return share.items >= 0 && share.items <= LearningCurveRequest::kMostItems && share.hits >= 0 &&
         share.hits <= share.items;
}

bool isSound(const CurvePoint& point) {
  return point.examples > 0 && point.examples <= LearningCurveRequest::kMostQuestions && point.key.rank > 0 &&
         point.key.rank <= LearningCurveRequest::kMostRank && point.key.layer >= -1 && point.key.layer < kMostDepth &&
         isSound(point.choice) && isSound(point.shuffledChoice);
}

std::string misfit(const LearningCurveResult& result) {
  const auto isLayer = [](int layer) { return layer >= 0 && layer < kMostDepth; };
  const bool hasCount = !result.points.empty() && std::ssize(result.points) <= LearningCurveRequest::kMostTrainings;
  if (!hasCount || !std::ranges::all_of(result.points, [](const CurvePoint& point) { return isSound(point); }))
    return "points";
  if (std::ssize(result.layers) > kMostDepth || !std::ranges::all_of(result.layers, isLayer)) return "layers";
  if (!(result.chance >= 0) || result.chance > 1) return "chance";
  return {};
}

}  // namespace

std::int64_t LearningCurveRequest::trainings() const {
  return std::ssize(eachOnce(examples)) * atLeastOne(ranks) * atLeastOne(layers) * repeats;
}

double LearningCurveRequest::allExamples() const {
  const std::vector<std::int64_t> once = eachOnce(examples);
  const double sum = std::accumulate(once.begin(), once.end(), 0.0);
  return sum * static_cast<double>(atLeastOne(ranks) * atLeastOne(layers) * repeats);
}

std::vector<CurveKey> LearningCurveResult::keys() const {
  std::vector<CurveKey> all;
  for (const CurvePoint& point : points) all.push_back(point.key);
  return eachOnce(all);
}

std::vector<std::int64_t> LearningCurveResult::examples() const {
  std::vector<std::int64_t> all;
  for (const CurvePoint& point : points) all.push_back(point.examples);
  return eachOnce(all);
}

std::vector<int> LearningCurveResult::layersOf(const CurveKey& key) const {
  return key.layer < 0 ? layers : std::vector{key.layer};
}

std::optional<CurvePoint> LearningCurveResult::at(const CurveKey& key, std::int64_t examples) const {
  CurvePoint sum{.key = key, .examples = examples};
  int count = 0;
  for (const CurvePoint& point : points) {
    if (point.key != key || point.examples != examples) continue;
    ++count;
    sum.loss += point.loss;
    sum.shuffledLoss += point.shuffledLoss;
    sum.seconds += point.seconds;
    sum.choice += point.choice;
    sum.shuffledChoice += point.shuffledChoice;
  }
  if (count == 0) return std::nullopt;
  sum.loss /= count;
  sum.shuffledLoss /= count;
  return sum;
}

std::optional<double> LearningCurveResult::gainOfDoubling(const CurveKey& key) const {
  double count = 0, x = 0, y = 0, xx = 0, xy = 0;
  for (const CurvePoint& point : points) {
    if (point.key != key) continue;
    const double doublings = std::log2(static_cast<double>(point.examples)), share = point.choice.share();
    ++count;
    x += doublings;
    y += share;
    xx += doublings * doublings;
    xy += doublings * share;
  }
  const double spread = count * xx - x * x;
  if (spread <= 1e-9) return std::nullopt;
  return (count * xy - x * y) / spread;
}

Outcome<LearningCurveResult> LearningCurveResult::fromDocument(const ResultDocument& document) {
  auto result = fromJson<LearningCurveResult>(document.body, "session");
  if (!result) return damagedResult(result.isError() ? result.error().found : std::string());
  if (const std::string field = misfit(*result); !field.empty()) return damagedResult(field);
  return result;
}

std::pair<double, double> interval(const MeasuredShare& share, int repeats) {
  const MeasuredShare one = share.ofOne(repeats);
  return {one.low(), one.high()};
}

}  // namespace patchbay
