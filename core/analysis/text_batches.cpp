#include "core/analysis/text_batches.h"

#include <algorithm>
#include <map>

#include "core/data/patchscope_list.h"
#include "core/model/parallel_decoder.h"

namespace patchbay {
namespace {

/// What one pass over several prompts holds at most.
constexpr std::size_t kPassTokens = 4096, kPassPrompts = 64;

/// Prompts of one length, which share a pass: the length, and their numbers.
using LengthGroups = std::vector<std::pair<std::size_t, std::vector<std::size_t>>>;

LengthGroups byLength(const std::vector<std::vector<std::int32_t>>& prompts) {
  std::map<std::size_t, std::vector<std::size_t>> all;
  for (std::size_t i = 0; i < prompts.size(); ++i) all[prompts[i].size()].push_back(i);
  LengthGroups groups;
  for (const auto& [length, numbers] : all) {
    const std::size_t most = std::clamp<std::size_t>(kPassTokens / length, 1, kPassPrompts);
    for (std::size_t begin = 0; begin < numbers.size(); begin += most) {
      const auto first = numbers.begin() + static_cast<std::ptrdiff_t>(begin);
      groups.emplace_back(
          length,
          std::vector<std::size_t>(first, first + static_cast<std::ptrdiff_t>(std::min(most, numbers.size() - begin))));
    }
  }
  return groups;
}

std::vector<std::vector<std::int32_t>> chosen(const std::vector<std::vector<std::int32_t>>& all,
                                              const std::vector<std::size_t>& numbers) {
  std::vector<std::vector<std::int32_t>> some;
  for (const std::size_t number : numbers) some.push_back(all[number]);
  return some;
}

}  // namespace

std::vector<std::string> continueTogether(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts,
                                          int tokens, const char* title, JobContext& context) {
  std::vector<std::string> answers(prompts.size());
  std::int64_t done = 0;
  for (const auto& [length, numbers] : byLength(prompts)) {
    KvCache cache = model.transformer->newCache(std::ssize(numbers));
    const at::Tensor x = model.transformer->run(chosen(prompts, numbers), cache, {}, context);
    const std::vector<Generation> texts =
        decodeRows(model, cache, x.narrow(1, static_cast<std::int64_t>(length) - 1, 1), tokens, context).texts;
    for (std::size_t i = 0; i < numbers.size(); ++i) answers[numbers[i]] = texts[i].text;
    context.progress(title, "items", done += std::ssize(numbers), std::ssize(prompts));
  }
  return answers;
}

at::Tensor lastStates(LanguageModel& model, const std::vector<std::vector<std::int32_t>>& prompts,
                      const JobContext& context) {
  const at::Tensor states =
      at::empty({std::ssize(prompts), model.card.layers, model.card.width}, model.transformer->options());
  for (const auto& [length, numbers] : byLength(prompts)) {
    HookPlan watch;
    for (int layer = 0; layer < model.card.layers; ++layer) {
      watch.observe(Site::ResidPost, layer, [&states, &numbers = numbers, layer](const Observation& seen) {
        for (std::size_t i = 0; i < numbers.size(); ++i)
          states[static_cast<std::int64_t>(numbers[i])][layer].copy_(seen.value[static_cast<std::int64_t>(i)][-1]);
      });
    }
    KvCache cache = model.transformer->newCache(std::ssize(numbers));
    (void)model.transformer->run(chosen(prompts, numbers), cache, watch, context);
  }
  return states;
}

OtherItems otherItems(const std::vector<std::vector<std::string>>& answers, std::uint64_t seed) {
  const std::size_t count = answers.size();
  const auto sharesAnswer = [&](std::size_t a, std::size_t b) {
    return std::ranges::any_of(answers[a],
                               [&](const std::string& answer) { return containsAnswer(answer, answers[b]); });
  };
  const std::size_t step = 1 + seed % std::max<std::size_t>(1, count - 1);
  OtherItems found;
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t other = (i + step) % count;
    for (std::size_t tries = 0; tries < count && sharesAnswer(i, other); ++tries) other = (other + 1) % count;
    found.others.push_back(other);
  }
  found.areUnrelated = count == 0 || !sharesAnswer(0, found.others.front());
  return found;
}

Decoded decodeRows(LanguageModel& model, KvCache& cache, const at::Tensor& last, int tokens,
                   const JobContext& context) {
  const Transformer& transformer = *model.transformer;
  const at::Tensor logits = transformer.unembed(transformer.finalNorm(last)).flatten(0, 1);  // [B, V]
  Decoded decoded;
  for (std::int64_t row = 0; row < logits.size(0); ++row) {
    context.checkpoint();
    decoded.firsts.emplace_back(logits[row]);
  }
  decoded.texts.resize(decoded.firsts.size());
  if (tokens > 0) {
    JobContext quiet = context.quiet();
    decoded.texts = decodeTogether(model, cache, decoded.firsts, tokens, quiet);
  }
  return decoded;
}

}  // namespace patchbay
