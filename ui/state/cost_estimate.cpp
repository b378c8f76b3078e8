#include "ui/state/cost_estimate.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "core/data/builtin_texts.h"
#include "core/data/meta_task.h"
#include "ui/state/lens_sort.h"
#include "ui/state/run_book.h"

namespace patchbay::ui {
namespace {

// Products a second to expect before anything was measured here: a cautious two-core processor.
constexpr double kRate = 1e11;
/// Every value of a step on its way forward, for the way back.
constexpr double kGradientBytes = 1e9;
/// What a step of a lens's descent costs, in tokens of a plain pass: three products with the unembedding for each
/// layer.
constexpr int kStepTokens = 3000;
/// The most that one walk of a sweep holds.
constexpr double kSweepBytes = 2.5e8;

double lensProducts(const ModelCard& model, int tokens) {
  const double pass = 2.0 * static_cast<double>(model.parameters) * tokens;
  const double readOut = 2.0 * model.vocabulary * model.width * static_cast<double>(model.layers) * tokens;
  return pass + readOut;
}

/// How often the model is asked for one token's sake, and in how many texts at once.
struct Texts {
  int lanes = 1;
  int tokens = 1;
};

/// Some four letters a token.
int tokensOf(const std::vector<std::string>& texts) {
  std::size_t letters = 0;
  for (const std::string& text : texts) letters += text.size();
  return static_cast<int>(letters / 4);
}

/// Tokens of all trainings of meta-models and of their questions; those of the prompts that are read are few beside
/// them.
int metaTokens(const MetaModelRequest& request) {
  // There and back costs three ways there.
  constexpr double kQuestionTokens = 40, kWays = 3, kMost = 1e9;
  const auto& tasks = builtinMetaTasks();
  const auto learned = std::ranges::count_if(tasks, &MetaTask::isLearned);
  const auto mixes = request.mixes.empty() ? learned : std::ssize(request.mixes);
  const auto tests = request.tests.empty() ? std::ssize(tasks) : std::ssize(request.tests);
  const double trained = kWays * request.steps * request.batch;
  const double asked = static_cast<double>(kMetaArms.size()) * static_cast<double>(tests) * request.items;
  const double all = static_cast<double>(mixes) * request.repeats * (trained + asked) * kQuestionTokens;
  return static_cast<int>(std::min(all, kMost));
}

/// Tokens of all trainings of a learning curve, and of what each is asked.
int curveTokens(const LearningCurveRequest& request) {
  constexpr double kQuestionTokens = 30, kWays = 3, kMost = 1e9;
  const double asked = 4.0 * static_cast<double>(request.trainings()) * request.items;
  return static_cast<int>(std::min((kWays * request.allExamples() + asked) * kQuestionTokens, kMost));
}

/// Tokens of a learned prompt's texts, of its steps, forward and backward, and of the states that it is measured on.
int promptTokens(const LearnPromptRequest& request, const ModelCard& model, int length, int texts) {
  constexpr double kMeasuredStates = 64, kArms = 3, kWays = 3, kMost = 1e9;
  const double steps = kWays * request.steps * request.batch * (length + request.ahead + 1);
  const double layers = request.layers.empty() ? model.layers : static_cast<double>(request.layers.size());
  return static_cast<int>(std::min(texts + steps + kArms * kMeasuredStates * layers * (request.ahead + 1), kMost));
}

Texts textsOf(const AnyRequest& request, const ModelCard& model, int tokens) {
  if (const auto* chat = std::get_if<GenerateRequest>(&request)) return {1, chat->sampling.maxNewTokens};
  if (const auto* steering = std::get_if<SteerRequest>(&request)) return {2, steering->sampling.maxNewTokens};
  if (const auto* patchscope = std::get_if<PatchscopeRequest>(&request)) {
    const std::size_t sources =
        patchscope->sourceLayers.empty() ? static_cast<std::size_t>(model.layers) : patchscope->sourceLayers.size();
    const std::size_t columns = patchscope->everyToken ? static_cast<std::size_t>(std::max(1, tokens))
                                                       : std::max<std::size_t>(1, patchscope->targetLayers.size());
    return {static_cast<int>(sources * columns), patchscope->generateTokens + 1};
  }
  if (const auto* grid = std::get_if<PatchGridRequest>(&request)) {
    const std::size_t layers = grid->layers.empty() ? static_cast<std::size_t>(model.layers) : grid->layers.size();
    const auto every = static_cast<std::size_t>(std::max(1, tokens));
    const std::size_t columns = grid->site == "head_out" ? static_cast<std::size_t>(model.heads)
                                : grid->tokens.empty()   ? every
                                                         : grid->tokens.size();
    return {static_cast<int>(layers * columns), 1};
  }
  if (const auto* list = std::get_if<PatchscopeListRequest>(&request)) {
    const std::size_t layers = list->layers.empty() ? static_cast<std::size_t>(model.layers) : list->layers.size();
    return {static_cast<int>(kListArms.size() * layers * list->list.items.size()), list->generateTokens + 1};
  }
  if (const auto* hops = std::get_if<MultiHopRequest>(&request)) {
    // Without a choice every third layer is read, and written at.
    const std::size_t layers =
        hops->layers.empty() ? static_cast<std::size_t>((model.layers + 2) / 3) : hops->layers.size();
    return {static_cast<int>(2 * layers * layers * hops->list.items.size()), hops->generateTokens + 1};
  }
  if (const auto* asked = std::get_if<AskRequest>(&request)) {
    // An answer is a few words, whatever it may be at most.
    constexpr int kAnswerTokens = 8;
    const int lanes = asked->atAllLayers ? model.layers : asked->hasControls ? 1 + std::ssize(kAskControls) : 1;
    return {lanes, kAnswerTokens};
  }
  if (const auto* explored = std::get_if<ExploreRequest>(&request);
      explored && !(explored->texts.empty() && explored->others.empty()))
    return {1, tokensOf(explored->texts) + tokensOf(explored->others)};
  if (const auto* probe = std::get_if<ProbeRequest>(&request)) {
    int all = 0;
    for (const LabelledText& item : probe->list.items) all += tokensOf({item.text});
    return {1, all};
  }
  if (const auto* wish = std::get_if<DecoderVectorRequest>(&request)) {
    // Tokens of a step, forward and backward, and of the texts that are written before and after.
    constexpr int kWishStepTokens = 3 * 600, kWrittenTexts = 24 + 4 * 20;
    return {1, wish->steps * kWishStepTokens + kWrittenTexts * wish->generateTokens};
  }
  if (const auto* meta = std::get_if<MetaModelRequest>(&request)) return {1, metaTokens(*meta)};
  if (const auto* curve = std::get_if<LearningCurveRequest>(&request)) return {1, curveTokens(*curve)};
  if (const auto* learned = std::get_if<LearnPromptRequest>(&request)) {
    return {1, promptTokens(*learned, model, tokensOf({learned->text}),
                            tokensOf(learned->texts.empty() ? builtinTexts() : learned->texts))};
  }
  if (const auto* fit = std::get_if<FitMapRequest>(&request)) {
    const std::vector<std::string>& texts = fit->texts.empty() ? builtinTexts() : fit->texts;
    return {1, tokensOf(texts) + (fit->method == MapMethod::Kl ? fit->steps * kStepTokens : 0)};
  }
  return {};
}

/// Seconds for each token of each text in the last finished run of the kind; nothing when there was none.
std::optional<double> measuredPace(const ModelCard& model, const std::string& kind, int tokens, const RunBook& runs) {
  for (auto entry = runs.records().rbegin(); entry != runs.records().rend(); ++entry) {
    const RunRecord& record = entry->second;
    if (record.kind != kind || record.status != RunStatus::Done || record.model.fingerprint != model.ref.fingerprint)
      continue;
    const auto request = requestFromJson(record.kind, record.request);
    if (!request) continue;
    // A text that went on has written, too.
    if (const auto* explored = std::get_if<ExploreRequest>(&*request); explored && explored->continueTokens > 0)
      continue;
    // A grid's own tokens are in its result; without it the run says nothing of another length.
    const auto grid = runs.peek<PatchGridResult>(record.id);
    if (kind == PatchGridRequest::kKind && !grid) continue;
    const Texts texts = textsOf(*request, model, grid ? static_cast<int>(grid->changedTokens().size()) : tokens);
    return record.seconds / std::max(1, texts.lanes * texts.tokens);
  }
  return std::nullopt;
}

}  // namespace

CostEstimate lensCost(const ModelCard& model, int tokens, const RunBook& runs) {
  CostEstimate estimate;
  const double products = lensProducts(model, tokens);
  estimate.seconds = products / kRate;
  // Residuals of every layer and one tile of logits, in float32.
  estimate.bytes =
      4.0 * (static_cast<double>(model.layers) * tokens * model.width + static_cast<double>(model.vocabulary) * tokens);
  for (auto entry = runs.records().rbegin(); entry != runs.records().rend(); ++entry) {
    const RunRecord& record = entry->second;
    // A patched one has run its sources too, one that grew has written text.
    if (record.status != RunStatus::Done || record.model.fingerprint != model.ref.fingerprint || !isPlainLens(record))
      continue;
    const auto result = runs.peek<LensResult>(record.id);
    if (!result || result->tokenCount() == 0) continue;
    estimate.seconds = record.seconds * tokens / result->tokenCount();
    break;
  }
  estimate.seconds = std::max(estimate.seconds, 0.01);
  return estimate;
}

CostEstimate requestCost(const ModelCard& model, const AnyRequest& request, int tokens, const RunBook& runs) {
  if (const auto* lens = std::get_if<LensRequest>(&request)) {
    CostEstimate estimate = lensCost(model, tokens + lens->continueTokens, runs);
    // Every state of a future lens is a text of its own.
    estimate.seconds += 2.0 * static_cast<double>(model.parameters) * model.layers * tokens *
                        (lens->ahead > 0 ? lens->ahead + 0.5 : 0.0) / kRate;
    return estimate;
  }
  if (const auto* explored = std::get_if<ExploreRequest>(&request)) tokens += explored->continueTokens;
  const Texts texts = textsOf(request, model, tokens);
  const bool isGrid =
      std::holds_alternative<PatchscopeRequest>(request) || std::holds_alternative<PatchGridRequest>(request) ||
      std::holds_alternative<PatchscopeListRequest>(request) || std::holds_alternative<MultiHopRequest>(request);
  const bool isPass =
      std::holds_alternative<AttentionRequest>(request) || std::holds_alternative<AttributionRequest>(request) ||
      std::holds_alternative<NeuronsRequest>(request) || std::holds_alternative<ExploreRequest>(request);
  CostEstimate estimate;
  estimate.work = isPass ? CostEstimate::Work::Passes : isGrid ? CostEstimate::Work::Cells : CostEstimate::Work::Tokens;
  estimate.count = isGrid ? texts.lanes : texts.tokens;
  // Keys and values of every text, and one row of logits for each, in float32.
  const double kept =
      2.0 * model.layers * model.keyValueHeads * model.headWidth * (tokens + texts.tokens) + model.vocabulary;
  estimate.bytes = 4.0 * texts.lanes * kept;
  // Patches of a list go in bounded batches; a fit keeps sums, not states; patterns are kept for all pairs of tokens.
  if (std::holds_alternative<PatchscopeListRequest>(request)) estimate.bytes = 4.0 * 512 * kept;
  if (std::holds_alternative<MultiHopRequest>(request)) estimate.bytes = 4.0 * 256 * kept;
  if (const auto* fit = std::get_if<FitMapRequest>(&request)) {
    const double layers = fit->layers.empty() ? model.layers : static_cast<double>(fit->layers.size());
    estimate.bytes = layers * model.width * model.width * (4 * 8.0 + 4.0);
  }
  if (const auto* training = std::get_if<TrainDecoderRequest>(&request)) {
    // The weights written out, an adapter with its optimiser, and every value of a step on its way forward.
    estimate.bytes = 4.0 * static_cast<double>(model.parameters) + kGradientBytes;
    estimate.seconds = training->minutes * 60;
    estimate.count = 0;  // as much as goes into that time
    return estimate;
  }
  if (std::holds_alternative<DecoderVectorRequest>(request) || std::holds_alternative<LearningCurveRequest>(request) ||
      std::holds_alternative<LearnPromptRequest>(request))
    estimate.bytes = 4.0 * static_cast<double>(model.parameters) + kGradientBytes;
  if (std::holds_alternative<MetaModelRequest>(request)) {
    // The weights written out, attention weights with their optimiser and the gradients of every core, and every value
    // of a step.
    const double ofWeight = 12.0 + 6.0 * std::max(1U, std::thread::hardware_concurrency());
    const double attention = 2.0 * model.layers * model.width * model.headWidth * (model.heads + model.keyValueHeads);
    estimate.bytes = 4.0 * static_cast<double>(model.parameters) + ofWeight * attention + kGradientBytes;
  }
  if (const auto* probe = std::get_if<ProbeRequest>(&request))
    estimate.bytes = 4.0 * model.layers * model.width * static_cast<double>(probe->list.items.size());
  if (const auto* heads = std::get_if<AttentionRequest>(&request))
    estimate.bytes = 4.0 * model.heads *
                     (heads->layers.empty() ? model.layers : static_cast<double>(heads->layers.size())) * tokens *
                     tokens;
  // Next tokens alone are swept: no keys are kept, and a walk holds no more than this (core/analysis/sweep.h).
  const auto* patchscope = std::get_if<PatchscopeRequest>(&request);
  if (isGrid && (!patchscope || patchscope->generateTokens == 0))
    estimate.bytes = std::min(estimate.bytes, kSweepBytes);
  const std::string kind = std::visit([](const auto& asked) { return std::string(asked.kKind); }, request);
  const auto pace = measuredPace(model, kind, tokens, runs);
  const double work = static_cast<double>(texts.lanes) * texts.tokens;
  estimate.seconds = pace ? *pace * work : 2.0 * static_cast<double>(model.parameters) * (tokens + work) / kRate;
  estimate.seconds = std::max(estimate.seconds, 0.01);
  return estimate;
}

}  // namespace patchbay::ui
