#include "core/steering/steer.h"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <set>
#include <string>

#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

/// First and last position that a setting touches; last absent: to the end.
std::pair<std::int64_t, std::optional<std::int64_t>> steeredRange(SteerTokens tokens, std::int64_t promptLength) {
  const std::int64_t first = promptLength > 1 ? 1 : 0;
  switch (tokens) {
    case SteerTokens::All: return {first, std::nullopt};
    case SteerTokens::PromptOnly: return {first, promptLength - 1};
    case SteerTokens::GeneratedOnly: return {promptLength, std::nullopt};
    case SteerTokens::LastOnly: return {promptLength - 1, std::nullopt};
  }
  return {first, std::nullopt};
}

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
  const at::Tensor ids = at::tensor(at::ArrayRef<std::int32_t>(chosen)).to(at::kLong).unsqueeze(1);
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

Outcome<Done> addSteering(HookPlan& plan, const LanguageModel& model, const SteeringVector& vector,
                          const SteerSetting& setting, std::int64_t promptLength) {
  if (vector.width() != model.card.width || vector.layers() != model.card.layers) {
    return Error{.code = "VEC-03",
                 .what = "the vector does not fit this model; it was made for " + vector.model.name,
                 .file = vector.name,
                 .field = "shape",
                 .found = std::to_string(vector.layers()) + " layers of width " + std::to_string(vector.width()),
                 .expected = std::to_string(model.card.layers) + " layers of width " + std::to_string(model.card.width),
                 .advice = "Load the model it was made for, or make a vector here."};
  }
  const auto [first, last] = steeredRange(setting.tokens, promptLength);
  const at::Tensor rows = toTensor(vector.rows);
  for (const int layer : setting.layers) {
    const int resolved = layer < 0 ? layer + vector.layers() : layer;
    if (resolved < 0 || resolved >= vector.layers()) {
      return Error{.code = "PLACE-03",
                   .what = "the layer is outside the model",
                   .file = {},
                   .field = "steering layers",
                   .found = std::to_string(layer),
                   .expected = "0 to " + std::to_string(vector.layers() - 1),
                   .advice = "Choose a layer of this model."};
    }
    if (setting.strength == 0) continue;
    plan.addEdit({.site = Site::ResidPost,
                  .layer = resolved,
                  .firstToken = first,
                  .lastToken = last,
                  .head = {},
                  .apply = edits::addScaled(rows[resolved].clone(), setting.strength, setting.keepNorm)});
  }
  return Done{};
}

Outcome<SteerResult> runSteer(LanguageModel& model, const SteerRequest& request, JobContext& context,
                              std::optional<PlainContinuation>& plain,
                              const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  if (!request.vector) {
    return Error{.code = "VEC-04",
                 .what = "the steering vector is not in this session",
                 .file = {},
                 .field = "vector",
                 .found = "'" + request.vectorName + "'",
                 .expected = "a vector",
                 .advice = "Make or import the vector first."};
  }
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
