#include "core/analysis/greedy_growth.h"

#include <string>

#include "core/model/generator.h"

namespace patchbay {
namespace {

constexpr int kMostGrown = 1000;
constexpr std::int64_t kShownEachTime = 512, kEvery = 16;

}  // namespace

std::optional<Error> refuseGrowth(int tokens) {
  if (tokens >= 0 && tokens <= kMostGrown) return std::nullopt;
  return Error{.code = "GROW-01",
               .what = "a picture does not grow that far",
               .file = {},
               .field = "continueTokens",
               .found = std::to_string(tokens),
               .expected = "0 to " + std::to_string(kMostGrown),
               .advice = "Continue by fewer tokens."};
}

void growGreedily(LanguageModel& model, KvCache& cache, const at::Tensor& lastResidual, int tokens,
                  const HookPlan& plan, JobContext& context, const std::function<void(std::int32_t id)>& next) {
  std::int32_t last = -1;
  const Sampling greedy{.maxNewTokens = tokens};
  (void)continueFrom(model, cache, lastResidual.view({1, 1, -1}), greedy, plan, context, [&](const Generation& soFar) {
    last = soFar.tokens.back().token.id;
    next(last);
  });
  if (last >= 0) (void)model.transformer->run({{last}}, cache, plan, context);
}

bool isShownWhileItGrows(std::int64_t tokens) { return tokens < kShownEachTime || tokens % kEvery == 0; }

}  // namespace patchbay
