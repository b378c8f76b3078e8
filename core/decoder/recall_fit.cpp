#include "core/decoder/recall_fit.h"

#include "core/analysis/captured_run.h"
#include "core/decoder/example_maker.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

constexpr std::uint64_t kPrompts = 1536, kTogether = 16;
constexpr std::uint64_t kSeed = 5;

/// Prompts that are read together: of each the rows of its value and of what stands behind it.
struct Portion {
  std::vector<std::vector<std::int32_t>> prompts;
  std::vector<IndexRange> words, behind;
};

Outcome<Portion> portionOf(const LanguageModel& model, const ExampleMaker& maker, std::uint64_t first) {
  Portion portion;
  int before = 0;
  for (std::uint64_t i = first; i < first + kTogether; ++i) {
    auto placed = maker.placed(i);
    if (!placed) return placed.failure<Portion>();
    if (const auto fits = checkContext(model, std::ssize(placed->ids)); !fits) return fits.failure<Portion>();
    const int count = static_cast<int>(placed->ids.size());
    const IndexRange& words = placed->words;
    if (words.last + 1 < count) {
      portion.words.push_back({before + words.first, before + words.last});
      portion.behind.push_back({before + words.last + 1, before + count - 1});
    }
    before += count;
    portion.prompts.push_back(std::move(placed->ids));
  }
  return portion;
}

}  // namespace

Outcome<StateRecall> fitRecall(LanguageModel& model, const QuestionData& data, const std::vector<int>& layers,
                               JobContext& context) {
  const at::InferenceMode inference;
  const ExampleMaker own(data, model.text, kSeed), builtin(builtinQuestionData(), model.text, kSeed);
  const ExampleMaker& maker = own.placedFamilies().empty() ? builtin : own;
  std::map<int, RecallMoments> moments;
  for (std::uint64_t first = 0; first < kPrompts; first += kTogether) {
    context.letOthersThrough();
    context.progress("Reading what tokens recall", "prompts", static_cast<std::int64_t>(first),
                     static_cast<std::int64_t>(kPrompts));
    const auto portion = portionOf(model, maker, first);
    if (!portion) return portion.failure<StateRecall>();
    const at::Tensor residuals = captureTogether(model, portion->prompts, context);  // [L, N, D]
    for (const int layer : layers) {
      const auto rows = [&](const IndexRange& range) {
        return residuals[layer].narrow(0, range.first, range.last - range.first + 1);
      };
      for (std::size_t i = 0; i < portion->words.size(); ++i)
        moments[layer].add(rows(portion->behind[i]), rows(portion->words[i]).mean(0));
    }
  }
  if (moments.empty()) {
    return Error{.code = "TRAIN-05",
                 .what = "there is nothing to recall",
                 .file = {},
                 .field = "recall",
                 .found = "no prompt that goes on behind the value it says",
                 .expected = "one or more",
                 .advice = "Train without recall."};
  }
  return StateRecall(moments);
}

}  // namespace patchbay
