#include "core/data/meta_model.h"

#include <algorithm>
#include <cmath>

#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

constexpr NamedArray<MetaModelResult> kArrays[] = {{"yes", &MetaModelResult::yes},
                                                   {"neither", &MetaModelResult::neither},
                                                   {"probes", &MetaModelResult::probes},
                                                   {"own_yes", &MetaModelResult::ownYes, true},
                                                   {"own_mass", &MetaModelResult::ownMass, true},
                                                   {"losses", &MetaModelResult::losses}};

/// More than any training makes.
constexpr std::int64_t kMostMixes = 64, kMostTests = 64;

/// Where the value of (mix, repeat, arm, item) lies.
std::size_t placeOf(const MetaModelResult& result, int mix, int repeat, MetaArm arm, std::size_t item) {
  const auto arms = kMetaArms.size();
  const std::size_t training =
      static_cast<std::size_t>(mix) * static_cast<std::size_t>(result.repeats()) + static_cast<std::size_t>(repeat);
  return (training * arms + static_cast<std::size_t>(arm)) * result.asked.size() + item;
}

bool isShape(const HostArray& array, std::initializer_list<std::int64_t> shape) {
  return std::ranges::equal(array.shape(), shape);
}

std::string misfit(const MetaModelResult& result) {
  const std::int64_t mixes = std::ssize(result.mixes), items = std::ssize(result.asked), own = std::ssize(result.own);
  const std::int64_t repeats = result.yes.extent(1);
  const auto isTest = [&](const MetaAsked& asked) { return asked.test >= 0 && asked.test < std::ssize(result.tests); };
  if (mixes < 1 || mixes > kMostMixes) return "mixes";
  if (std::ssize(result.tests) > kMostTests) return "tests";
  if (items < 1 || !std::ranges::all_of(result.asked, isTest)) return "asked";
  if (repeats < 1 || !isShape(result.yes, {mixes, repeats, std::ssize(kMetaArms), items})) return "yes";
  if (!isShape(result.neither, {mixes, repeats, std::ssize(kMetaArms), items})) return "neither";
  if (!isShape(result.probes, {std::ssize(kMetaProbes), items})) return "probes";
  if (own > 0 && !isShape(result.ownYes, {mixes, repeats, own})) return "own_yes";
  if (own > 0 && !isShape(result.ownMass, {mixes, repeats, own})) return "own_mass";
  if (result.losses.shape().size() != 3 || result.losses.extent(0) != mixes || result.losses.extent(1) != repeats)
    return "losses";
  return {};
}

}  // namespace

MeasuredShare MetaModelResult::accuracy(int mix, MetaArm arm, int test, bool isYes) const {
  MeasuredShare share;
  for (int repeat = 0; repeat < repeats(); ++repeat) {
    for (std::size_t item = 0; item < asked.size(); ++item) {
      if (asked[item].test != test || asked[item].isYes != isYes) continue;
      share.count((yes.values()[placeOf(*this, mix, repeat, arm, item)] > 0.5F) == isYes);
    }
  }
  return share;
}

double MetaModelResult::balanced(int mix, MetaArm arm, int test) const {
  return (accuracy(mix, arm, test, true).share() + accuracy(mix, arm, test, false).share()) / 2;
}

std::pair<double, double> MetaModelResult::interval(int mix, MetaArm arm, int test) const {
  // Two independent shares: their halves' errors add as squares.
  const MeasuredShare rightYes = accuracy(mix, arm, test, true).ofOne(repeats()),
                      rightNo = accuracy(mix, arm, test, false).ofOne(repeats());
  const double middle = (rightYes.share() + rightNo.share()) / 2;
  const double below = std::hypot(rightYes.share() - rightYes.low(), rightNo.share() - rightNo.low()) / 2;
  const double above = std::hypot(rightYes.high() - rightYes.share(), rightNo.high() - rightNo.share()) / 2;
  return {std::max(0.0, middle - below), std::min(1.0, middle + above)};
}

double MetaModelResult::balanced(MetaProbe probe, int test) const {
  MeasuredShare right[2];
  const std::span<const float> told = probes.row(static_cast<std::int64_t>(probe));
  for (std::size_t item = 0; item < asked.size(); ++item)
    if (asked[item].test == test) right[asked[item].isYes ? 1 : 0].count((told[item] > 0.5F) == asked[item].isYes);
  return (right[0].share() + right[1].share()) / 2;
}

double MetaModelResult::neitherShare(int mix, MetaArm arm, int test) const {
  MeasuredShare share;
  for (int repeat = 0; repeat < repeats(); ++repeat)
    for (std::size_t item = 0; item < asked.size(); ++item)
      if (asked[item].test == test) share.count(neither.values()[placeOf(*this, mix, repeat, arm, item)] > 0.5F);
  return share.share();
}

double MetaModelResult::overTrainings(const HostArray& values, int mix, int question) {
  const std::int64_t repeats = values.extent(1);
  double sum = 0;
  for (std::int64_t repeat = 0; repeat < repeats; ++repeat)
    sum += static_cast<double>(values.at(mix, repeat, question));
  return sum / static_cast<double>(std::max<std::int64_t>(repeats, 1));
}

ResultDocument MetaModelResult::toDocument() const {
  return {.body = {{"mixes", mixes},
                   {"tests", tests},
                   {"layers", layers},
                   {"asked", asked},
                   {"own", own},
                   {"warnings", warnings},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kArrays)};
}

Outcome<MetaModelResult> MetaModelResult::fromDocument(const ResultDocument& document) {
  return resultFrom<MetaModelResult>(document, kArrays, &misfit, [](const Json& body, MetaModelResult& result) {
    body.at("mixes").get_to(result.mixes);
    body.at("tests").get_to(result.tests);
    body.at("layers").get_to(result.layers);
    body.at("asked").get_to(result.asked);
    body.at("own").get_to(result.own);
    result.warnings = body.value("warnings", std::vector<std::string>());
    body.at("seconds").get_to(result.seconds);
  });
}

std::vector<int> metaLayers(int layers) {
  constexpr int kCount = 5;
  std::vector<int> chosen;
  for (int i = 1; i <= kCount; ++i) {
    const int layer = std::min(layers - 1, layers * i / kCount);
    if (chosen.empty() || chosen.back() != layer) chosen.push_back(layer);
  }
  return chosen;
}

std::string mixName(const std::vector<std::string>& mix) {
  std::string name;
  for (const std::string& task : mix) name += (name.empty() ? "" : " + ") + task;
  return name;
}

}  // namespace patchbay
