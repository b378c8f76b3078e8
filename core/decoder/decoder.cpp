#include "core/decoder/decoder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "core/model/adapted_model.h"
#include "core/model/parallel_decoder.h"

namespace patchbay {
namespace {

/// Questions that go through the model together: the places of each are kept once for each of its choices.
constexpr std::size_t kTogether = 16;

}  // namespace

Outcome<Decoder> Decoder::of(const LanguageModel& model, const Adapter* adapter, int writeLayer) {
  auto frame = DecoderFrame::of(model.text);
  if (!frame) return frame.failure<Decoder>();
  return Decoder(adapted(model, adapter), std::move(*frame), writeLayer);
}

Decoder::Reading Decoder::read(const at::Tensor& states, const std::string& question, const JobContext& context) {
  const Asked asked{.states = states, .question = question, .choices = {}};
  const Asked* one = &asked;
  return readTogether({&one, 1}, context);
}

Decoder::Reading Decoder::readTogether(std::span<const Asked* const> questions, const JobContext& context) {
  const at::Tensor& first = questions.front()->states;
  const std::int64_t count = first.defined() ? first.size(0) : 0;
  std::vector<std::vector<std::int32_t>> prompts;
  std::vector<at::Tensor> states;
  for (const Asked* asked : questions) {
    prompts.push_back(m_frame.prompt(count, asked->question));
    if (count > 0) states.push_back(asked->states.to(m_model.transformer->options()));
  }
  HookPlan plan;
  if (count > 0) {
    plan.addEdit({.site = Site::ResidPost,
                  .layer = m_writeLayer,
                  .firstToken = m_frame.firstPlace(),
                  .lastToken = m_frame.firstPlace() + count - 1,
                  .apply = edits::replaceBy(at::stack(states))});
  }
  Reading reading{.cache = m_model.transformer->newCache(std::ssize(prompts)), .last = {}};
  const at::Tensor x = m_model.transformer->run(prompts, reading.cache, plan, context);
  reading.last = x.narrow(1, x.size(1) - 1, 1);
  return reading;
}

Generation Decoder::answer(Reading reading, const Sampling& sampling, JobContext& context, const GenerationSink& sink) {
  return continueFrom(m_model, reading.cache, reading.last, sampling, {}, context, sink).generation;
}

std::vector<double> Decoder::scores(const Reading& reading, std::span<const std::string> choices,
                                    const JobContext& context) {
  if (choices.empty()) return {};
  return scoresTogether(reading, {&choices, 1}, context).front();
}

std::vector<std::vector<double>> Decoder::scoresTogether(const Reading& reading,
                                                         std::span<const std::span<const std::string>> choices,
                                                         const JobContext& context) {
  Transformer& transformer = *m_model.transformer;
  const std::size_t each = choices.front().size();
  std::vector<std::vector<std::int32_t>> answers, fed;
  std::size_t longest = 1;
  for (const std::span<const std::string> row : choices) {
    for (const std::string& choice : row) {
      answers.push_back(m_frame.answer(choice));
      longest = std::max(longest, answers.back().size() - 1);
    }
  }
  // What is fed is each answer without its last token; what pads comes behind it, where nothing looks.
  at::Tensor next = at::zeros({std::ssize(answers), static_cast<std::int64_t>(longest), 1}, at::kLong);
  for (const auto& answer : answers) {
    for (std::size_t t = 1; t < answer.size(); ++t) next[std::ssize(fed)][static_cast<std::int64_t>(t - 1)] = answer[t];
    fed.emplace_back(answer.begin(), answer.end() - 1);
    fed.back().resize(longest, answer.back());
  }
  KvCache cache = choices.size() == 1
                      ? KvCache::sharing(reading.cache, reading.cache.length(), static_cast<std::int64_t>(each))
                      : KvCache::repeating(reading.cache, static_cast<std::int64_t>(each));
  const at::Tensor last = transformer.readOut(reading.last, 0, {}).flatten(0, 1);              // [B, V]
  const at::Tensor first = at::log_softmax(last.to(at::kFloat), -1).cpu();                     // [B, V]
  const at::Tensor x = transformer.run(fed, cache, {}, context);                               // [B C, T, D]
  const at::Tensor later = at::log_softmax(transformer.readOut(x, 0, {}).to(at::kFloat), -1);  // [B C, T, V]
  const at::Tensor behind = later.gather(2, next.to(later.device())).squeeze(2).cpu();         // [B C, T]
  std::vector<std::vector<double>> scores(choices.size());
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i);
    double sum = first[row / static_cast<std::int64_t>(each)][answers[i].front()].item<double>();
    for (std::size_t t = 1; t < answers[i].size(); ++t)
      sum += behind[row][static_cast<std::int64_t>(t - 1)].item<double>();
    scores[i / each].push_back(sum);
  }
  return scores;
}

std::vector<Decoder::Told> Decoder::answerAll(std::span<const Asked> questions, int longestAnswer,
                                              JobContext& context) {
  // Of one number of states, one length, and one number of choices.
  std::map<std::tuple<std::int64_t, std::size_t, std::size_t>, std::vector<std::size_t>> byLength;
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const at::Tensor& states = questions[i].states;
    const std::int64_t count = states.defined() ? states.size(0) : 0;
    byLength[{count, m_frame.prompt(count, questions[i].question).size(), questions[i].choices.size()}].push_back(i);
  }
  std::vector<Told> told(questions.size());
  JobContext quiet = context.quiet();
  for (const auto& [length, all] : byLength) {
    for (std::size_t begin = 0; begin < all.size(); begin += kTogether) {
      const auto numbers = std::span(all).subspan(begin, std::min(kTogether, all.size() - begin));
      std::vector<const Asked*> asked;
      for (const std::size_t number : numbers) asked.push_back(&questions[number]);
      Reading reading = readTogether(asked, context);
      std::vector<Distribution> firsts;
      const at::Tensor logits = m_model.transformer->readOut(reading.last, 0, {}).flatten(0, 1).cpu();  // [B, V]
      for (std::size_t row = 0; row < asked.size(); ++row) firsts.emplace_back(logits[static_cast<std::int64_t>(row)]);
      if (!asked.front()->choices.empty()) {
        std::vector<std::span<const std::string>> choices;
        for (const Asked* one : asked) choices.emplace_back(one->choices);
        const auto scores = scoresTogether(reading, choices, context);
        for (std::size_t row = 0; row < asked.size(); ++row)
          told[numbers[row]].chosen =
              static_cast<std::size_t>(std::ranges::max_element(scores[row]) - scores[row].begin());
      }
      const auto answers = decodeTogether(m_model, reading.cache, firsts, longestAnswer, quiet);
      for (std::size_t row = 0; row < asked.size(); ++row) told[numbers[row]].text = answers[row].text;
    }
  }
  return told;
}

std::vector<float> sharesOf(std::span<const double> logProbabilities) {
  if (logProbabilities.empty()) return {};
  const double most = *std::ranges::max_element(logProbabilities);
  double total = 0;
  for (const double value : logProbabilities) total += std::exp(value - most);
  std::vector<float> shares;
  for (const double value : logProbabilities) shares.push_back(static_cast<float>(std::exp(value - most) / total));
  return shares;
}

}  // namespace patchbay
