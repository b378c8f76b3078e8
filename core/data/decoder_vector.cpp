#include "core/data/decoder_vector.h"

#include <algorithm>
#include <cmath>

#include "core/data/results.h"

namespace patchbay {
namespace {

double meanOf(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

constexpr double kDearest = 2;  ///< times the plain model's perplexity
constexpr double kErrors = 2;   ///< standard errors

}  // namespace

double WishOutcome::meanFulfilment() const { return meanOf(fulfilment); }

double WishOutcome::perplexity() const { return std::exp(meanOf(surprise)); }

const WishOutcome* DecoderVectorResult::outcome(WishArm arm) const {
  const auto found = std::ranges::find(outcomes, arm, &WishOutcome::arm);
  return found == outcomes.end() ? nullptr : &*found;
}

WishVerdict DecoderVectorResult::verdict() const {
  const WishOutcome* wish = outcome(WishArm::Wish);
  const WishOutcome* random = outcome(WishArm::Random);
  const WishOutcome* plain = outcome(WishArm::Plain);
  if (!wish || !random || !plain || wish->fulfilment.size() < 2) return WishVerdict::NotJudged;
  if (random->fulfilment.size() != wish->fulfilment.size()) return WishVerdict::NotJudged;
  std::vector<double> gains;
  for (std::size_t i = 0; i < wish->fulfilment.size(); ++i)
    gains.push_back(wish->fulfilment[i] - random->fulfilment[i]);
  const double gain = meanOf(gains);
  double squares = 0;
  for (const double each : gains) squares += (each - gain) * (each - gain);
  const auto count = static_cast<double>(gains.size());
  const double error = std::sqrt(squares / (count - 1) / count);
  if (!(gain > kErrors * error)) return WishVerdict::NotAboveRandom;
  return wish->perplexity() < kDearest * plain->perplexity() ? WishVerdict::Rises : WishVerdict::RisesAtACost;
}

ResultDocument DecoderVectorResult::toDocument() const {
  ResultDocument document = vector.toDocument();
  document.body = {{"vector", std::move(document.body)},
                   {"adapter", adapter},
                   {"points", points},
                   {"prompts", prompts},
                   {"outcomes", outcomes},
                   {"warnings", warnings},
                   {"cosine", cosine},
                   {"seconds", seconds}};
  return document;
}

Outcome<DecoderVectorResult> DecoderVectorResult::fromDocument(const ResultDocument& document) {
  DecoderVectorResult result;
  ResultDocument inner{.body = {}, .arrays = document.arrays};
  try {
    const Json& body = document.body;
    inner.body = body.at("vector");
    result.adapter = body.value("adapter", std::string());  // those of before are vectors
    body.at("points").get_to(result.points);
    body.at("prompts").get_to(result.prompts);
    body.at("outcomes").get_to(result.outcomes);
    body.at("warnings").get_to(result.warnings);
    body.at("cosine").get_to(result.cosine);
    body.at("seconds").get_to(result.seconds);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  auto vector = SteeringVector::fromDocument(inner);
  if (!vector) return vector.failure<DecoderVectorResult>();
  result.vector = std::move(*vector);
  const std::size_t prompts = result.prompts.size();
  for (const WishOutcome& outcome : result.outcomes) {
    const std::size_t judged = result.outcomes.front().fulfilment.size();
    const bool isWhole = outcome.texts.size() == prompts && (judged == prompts || judged == 0) &&
                         outcome.fulfilment.size() == judged && outcome.surprise.size() == judged;
    if (!isWhole) return damagedResult("outcomes");
  }
  return result;
}

}  // namespace patchbay
