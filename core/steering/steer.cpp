#include "core/steering/steer.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <set>
#include <string>

#include "core/model/steering_edits.h"

namespace patchbay {
namespace {

/// exp of the mean surprise of a continuation under the plain model.
float plainPerplexity(LanguageModel& model, const std::vector<std::int32_t>& prompt, const Generation& generation,
                      JobContext& context) {
  if (generation.tokens.empty()) return std::numeric_limits<float>::quiet_NaN();
  std::vector<std::int32_t> all = prompt;
  for (const GeneratedToken& token : generation.tokens) all.push_back(token.token.id);
  KvCache cache = model.transformer->newCache();
  const at::Tensor x = model.transformer->run({all}, cache, {}, context);
  const auto count = static_cast<std::int64_t>(generation.tokens.size());
  const at::Tensor rows = x[0].narrow(0, static_cast<std::int64_t>(prompt.size()) - 1, count);
  const at::Tensor logits = model.transformer->unembed(model.transformer->finalNorm(rows)).to(at::kFloat);  // [N, V]
  const std::vector<std::int32_t> chosen(all.begin() + static_cast<std::ptrdiff_t>(prompt.size()), all.end());
  const at::Tensor ids = at::tensor(at::ArrayRef<std::int32_t>(chosen)).to(logits.device(), at::kLong).unsqueeze(1);
  const at::Tensor surprise = logits.logsumexp(-1) - logits.gather(1, ids).squeeze(1);
  return std::exp(surprise.mean().item<float>());
}

float shareOfNorm(const SteeringVector& vector, const SteerSetting& setting) {
  if (setting.layers.empty()) return 0;
  const int layer = setting.layers.front() < 0 ? setting.layers.front() + vector.layers() : setting.layers.front();
  const float norm = vector.meanNorms.extent(0) > layer ? vector.meanNorms.at(layer) : 0;
  return norm > 0 ? static_cast<float>(std::abs(setting.strength) * vector.norm(layer)) / norm : 0;
}

/// Share of the runs of three tokens that were there before; 0 for less than four tokens.
double repeatedShare(const Generation& generation) {
  const auto& tokens = generation.tokens;
  if (tokens.size() < 4) return 0;
  std::set<std::array<std::int32_t, 3>> seen;
  for (std::size_t i = 0; i + 2 < tokens.size(); ++i)
    seen.insert({tokens[i].token.id, tokens[i + 1].token.id, tokens[i + 2].token.id});
  return 1 - static_cast<double>(seen.size()) / static_cast<double>(tokens.size() - 2);
}

/// Steered text counts as repetitive from this share on, when the plain text is that much better.
constexpr double kRepetitive = 0.5, kWorseThanPlain = 0.25;
/// Steered text counts as unlikely from this multiple of the plain text's perplexity on.
constexpr float kUnlikely = 10;

/// What steering did to the language itself; empty while the text is as fluent as the plain one.
std::string fluencyWarning(const SteerResult& result) {
  const double repeated = repeatedShare(result.steered);
  const bool isRepetitive = repeated >= kRepetitive && repeated >= repeatedShare(result.plain) + kWorseThanPlain;
  const bool isUnlikely = result.steeredPerplexity > kUnlikely * result.plainPerplexity;
  if (!isRepetitive && !isUnlikely) return {};
  std::array<char, 160> text{};
  std::snprintf(text.data(), text.size(),
                "The steered text became %s (perplexity %.3g to %.3g). A smaller strength keeps it fluent.",
                isRepetitive ? "repetitive" : "unlikely to the plain model",
                static_cast<double>(result.plainPerplexity), static_cast<double>(result.steeredPerplexity));
  return text.data();
}

}  // namespace

Outcome<SteerResult> runSteer(LanguageModel& model, const SteerRequest& request, JobContext& context,
                              std::optional<PlainContinuation>& plain,
                              const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  if (!request.vector) return missingVector(request.vectorName);
  const auto lane = [&](int number) {
    return [&stream, number](const Generation& soFar) {
      if (stream) stream({number, soFar});
    };
  };
  if (!plain || plain->prompt != request.prompt || plain->sampling != request.sampling) {
    plain.reset();
    const auto ids = model.text.encode(request.prompt);
    if (!ids) return ids.failure<SteerResult>();
    Outcome<Continuation> made = generate(model, *ids, request.sampling, {}, context, lane(0));
    if (!made) return made.failure<SteerResult>();
    plain = PlainContinuation{request.prompt, request.sampling, *ids, std::move(made).value()};
  } else {
    lane(0)(plain->continuation.generation);
  }
  HookPlan plan;
  const auto added =
      addSteering(plan, model, *request.vector, request.setting, static_cast<std::int64_t>(plain->ids.size()));
  if (!added) return added.failure<SteerResult>();
  Outcome<Continuation> steered = generate(model, plain->ids, request.sampling, plan, context, lane(1));
  if (!steered) return steered.failure<SteerResult>();

  SteerResult result;
  result.promptTokens = model.text.facts(plain->ids);
  result.klFirstBits = plain->continuation.first.klBits(steered->first);
  result.plain = plain->continuation.generation;
  result.steered = std::move(steered->generation);
  result.plainPerplexity = plainPerplexity(model, plain->ids, result.plain, context);
  result.steeredPerplexity = plainPerplexity(model, plain->ids, result.steered, context);
  result.shareOfNorm = shareOfNorm(*request.vector, request.setting);
  if (request.vector->model.fingerprint != model.card.ref.fingerprint) {
    result.warnings.push_back("The vector was made for another model, " + request.vector->model.name +
                              ", of the same shape.");
  }
  if (std::string warning = fluencyWarning(result); !warning.empty()) result.warnings.push_back(std::move(warning));
  result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
