#include "core/decoder/question_preview.h"

#include <map>
#include <set>

#include "core/decoder/decoder_frame.h"
#include "core/decoder/example_maker.h"

namespace patchbay {
namespace {

HeldCount sizesOf(const HeldApart& texts) {
  return {.seen = std::ssize(texts.seen), .heldOut = std::ssize(texts.heldOut)};
}

void add(HeldCount& sum, const HeldCount& more) {
  sum.seen += more.seen;
  sum.heldOut += more.heldOut;
}

QuestionCount countOf(const QuestionFamily& family) {
  QuestionCount count{.family = family.id,
                      .values = {.seen = std::ssize(family.values), .heldOut = std::ssize(family.heldOutValues)},
                      .prompts = sizesOf(family.wordings),
                      .questions = {}};
  for (const auto* values : {&family.values, &family.heldOutValues})
    for (const QuestionValue& value : *values) add(count.prompts, sizesOf(value.texts));
  for (const auto& [kind, wordings] : family.questions) add(count.questions, sizesOf(wordings));
  return count;
}

}  // namespace

std::vector<QuestionCount> countQuestions(const QuestionData& data) {
  std::vector<QuestionCount> counts;
  std::map<std::string, std::pair<std::set<std::string>, std::set<std::string>>> labels;
  std::map<std::string, QuestionCount> own;
  for (const QuestionItem& item : data.items) {
    QuestionCount& count = own[item.family];
    auto& [seen, heldOut] = labels[item.family];
    (item.isHeldOut ? heldOut : seen).insert(item.label);
    (item.isHeldOut ? count.prompts.heldOut : count.prompts.seen) += 1;
    (item.isHeldOut ? count.questions.heldOut : count.questions.seen) += std::ssize(item.questions);
  }
  for (auto& [family, count] : own) {
    count.family = family;
    count.values = {.seen = std::ssize(labels[family].first), .heldOut = std::ssize(labels[family].second)};
    counts.push_back(count);
  }
  for (const QuestionFamily& family : data.families) counts.push_back(countOf(family));
  if (data.passages.seen.empty()) return counts;
  QuestionCount passages{.family = "passage", .values = {}, .prompts = sizesOf(data.passages), .questions = {}};
  for (const auto& [kind, wordings] : data.questions) add(passages.questions, sizesOf(wordings));
  counts.push_back(passages);
  return counts;
}

Outcome<std::vector<PreviewedExample>> previewExamples(const QuestionData& data, const ModelText& text,
                                                       std::uint64_t seed, int prompts, bool recall) {
  const auto frame = DecoderFrame::of(text);
  if (!frame) return frame.failure<std::vector<PreviewedExample>>();
  const ExampleMaker maker(data, text, seed);
  std::vector<PreviewedExample> previewed;
  for (int i = 0; i < prompts; ++i) {
    auto group = maker.group(static_cast<std::uint64_t>(i));
    if (!group) return group.failure<std::vector<PreviewedExample>>();
    const auto ids = text.encode(group->front().prompt);
    if (!ids) return ids.failure<std::vector<PreviewedExample>>();
    for (DecoderExample& example : *group) {
      const auto first = static_cast<std::size_t>(example.firstToken),
                 end = static_cast<std::size_t>(example.lastToken) + 1;
      const std::span<const std::int32_t> all(*ids);
      const auto words = [&](std::span<const std::int32_t> tokens) { return text.tokenizer->decode(tokens); };
      const auto states = static_cast<std::int64_t>(end - first) * (recall ? 2 : 1);
      previewed.push_back({.example = example,
                           .before = words(all.first(first)),
                           .about = words(all.subspan(first, end - first)),
                           .behind = words(all.subspan(end)),
                           .decoderSees = words(frame->prompt(states, example.question))});
    }
  }
  return previewed;
}

}  // namespace patchbay
