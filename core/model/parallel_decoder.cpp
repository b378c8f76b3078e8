#include "core/model/parallel_decoder.h"

#include <algorithm>

namespace patchbay {

std::vector<Generation> decodeTogether(LanguageModel& model, KvCache& cache, const std::vector<Distribution>& firsts,
                                       int maxNewTokens, JobContext& context,
                                       const std::function<void(std::size_t, const Generation&)>& sink) {
  Transformer& transformer = *model.transformer;
  const HookPlan none;
  std::vector<GenerationBuilder> rows(firsts.size(), GenerationBuilder(model.text));
  std::vector<std::vector<std::int32_t>> next(firsts.size(), std::vector<std::int32_t>(1));
  const auto take = [&](std::size_t row, const Distribution& distribution) {
    const std::int32_t id = distribution.best();
    next[row][0] = id;
    if (rows[row].generation().endedItself) return;
    rows[row].add(id, distribution);
    rows[row].generation().endedItself = model.text.tokenizer->isEnd(id);
    if (sink) sink(row, rows[row].generation());
  };
  for (std::size_t row = 0; row < firsts.size(); ++row) take(row, firsts[row]);
  for (int step = 1; step < maxNewTokens; ++step) {
    context.progress("Generating", "tokens", step, maxNewTokens);
    if (std::ranges::all_of(rows, [](const GenerationBuilder& row) { return row.generation().endedItself; })) break;
    const at::Tensor x = transformer.run(next, cache, none, context);                             // [B, 1, D]
    const at::Tensor logits = transformer.unembed(transformer.finalNorm(x)).flatten(0, 1).cpu();  // [B, V]
    for (std::size_t row = 0; row < rows.size(); ++row) {
      context.checkpoint();
      take(row, Distribution(logits[static_cast<std::int64_t>(row)]));
    }
  }
  context.progress("Generating", "tokens", maxNewTokens, maxNewTokens);
  std::vector<Generation> texts;
  texts.reserve(rows.size());
  for (GenerationBuilder& row : rows) texts.push_back(std::move(row.generation()));
  return texts;
}

}  // namespace patchbay
