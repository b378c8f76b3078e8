#include "core/data/probe.h"

#include <algorithm>
#include <cmath>

#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

constexpr NamedArray<ProbeResult> kArrays[] = {{"told", &ProbeResult::told}};

std::string misfit(const ProbeResult& result) {
  const std::int64_t texts = std::ssize(result.truth);
  const auto isLabel = [&](int label) { return label >= 0 && static_cast<std::size_t>(label) < result.labels.size(); };
  if (result.labels.size() < 2) return "labels";
  if (texts < 1 || !std::ranges::all_of(result.truth, isLabel)) return "truth";
  if (std::ssize(result.shuffled) != texts || !std::ranges::all_of(result.shuffled, isLabel)) return "shuffled";
  if (std::ssize(result.tokens) != texts) return "tokens";
  const auto isTold = [&](float label) {
    return label >= 0 && label < static_cast<float>(result.labels.size()) && label == std::floor(label);
  };
  const bool isShaped = result.told.shape().size() == 3 && result.told.extent(0) == kProbeArms &&
                        result.told.extent(1) > 0 && result.told.extent(2) == texts;
  if (!isShaped || !std::ranges::all_of(result.told.values(), isTold)) return "told";
  return {};
}

}  // namespace

int ProbeResult::toldOf(ProbeArm arm, int layer, int text) const {
  return static_cast<int>(told.row(static_cast<std::int64_t>(arm), layer)[static_cast<std::size_t>(text)]);
}

MeasuredShare ProbeResult::accuracy(ProbeArm arm, int layer) const {
  const std::vector<int>& right = arm == ProbeArm::Shuffled ? shuffled : truth;
  MeasuredShare share;
  for (int text = 0; text < textCount(); ++text)
    share.count(toldOf(arm, layer, text) == right[static_cast<std::size_t>(text)]);
  return share;
}

MeasuredShare ProbeResult::accuracy(ProbeArm arm, int layer, int label) const {
  const std::vector<int>& right = arm == ProbeArm::Shuffled ? shuffled : truth;
  MeasuredShare share;
  for (int text = 0; text < textCount(); ++text)
    if (right[static_cast<std::size_t>(text)] == label) share.count(toldOf(arm, layer, text) == label);
  return share;
}

double ProbeResult::balancedAccuracy(ProbeArm arm, int layer) const {
  double sum = 0;
  for (int label = 0; label < static_cast<int>(labels.size()); ++label) sum += accuracy(arm, layer, label).share();
  return sum / static_cast<double>(labels.size());
}

double ProbeResult::chance() const {
  std::vector<int> counts(labels.size());
  for (const int label : truth) ++counts[static_cast<std::size_t>(label)];
  return static_cast<double>(*std::ranges::max_element(counts)) / static_cast<double>(truth.size());
}

int ProbeResult::bestLayer(ProbeArm arm) const {
  int best = 0;
  for (int layer = 1; layer < layers(); ++layer)
    if (accuracy(arm, layer).hits > accuracy(arm, best).hits) best = layer;
  return best;
}

ResultDocument ProbeResult::toDocument() const {
  return {.body = {{"labels", labels},
                   {"truth", truth},
                   {"shuffled", shuffled},
                   {"tokens", tokens},
                   {"site", site},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kArrays)};
}

Outcome<ProbeResult> ProbeResult::fromDocument(const ResultDocument& document) {
  return resultFrom<ProbeResult>(document, kArrays, &misfit, [](const Json& body, ProbeResult& result) {
    body.at("labels").get_to(result.labels);
    body.at("truth").get_to(result.truth);
    body.at("shuffled").get_to(result.shuffled);
    body.at("tokens").get_to(result.tokens);
    body.at("site").get_to(result.site);
    body.at("seconds").get_to(result.seconds);
  });
}

}  // namespace patchbay
