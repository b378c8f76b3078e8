#include "core/decoder/decoder.h"

#include <algorithm>
#include <cmath>

namespace patchbay {

Outcome<Decoder> Decoder::of(const LanguageModel& model, const Adapter* adapter, int writeLayer) {
  auto frame = DecoderFrame::of(model.text);
  if (!frame) return frame.failure<Decoder>();
  const Transformer& plain = *model.transformer;
  TransformerWeights weights = adapter ? withAdapter(plain.weights(), plain.config(), *adapter) : plain.weights();
  LanguageModel own{.checkpoint = model.checkpoint,
                    .transformer = std::make_unique<Transformer>(plain.config(), std::move(weights), plain.options()),
                    .text = model.text,
                    .card = model.card};
  return Decoder(std::move(own), std::move(*frame), writeLayer);
}

Decoder::Reading Decoder::read(const at::Tensor& states, const std::string& question, const JobContext& context) {
  const std::int64_t count = states.defined() ? states.size(0) : 0;
  HookPlan plan;
  if (count > 0) {
    plan.addEdit({.site = Site::ResidPost,
                  .layer = m_writeLayer,
                  .firstToken = m_frame.firstPlace(),
                  .lastToken = m_frame.firstPlace() + count - 1,
                  .apply = edits::replaceBy(states.to(m_model.transformer->options()))});
  }
  Reading reading{.cache = m_model.transformer->newCache(), .last = {}};
  const at::Tensor x = m_model.transformer->run({m_frame.prompt(count, question)}, reading.cache, plan, context);
  reading.last = x.narrow(1, x.size(1) - 1, 1);
  return reading;
}

Generation Decoder::answer(Reading reading, const Sampling& sampling, JobContext& context, const GenerationSink& sink) {
  return continueFrom(m_model, reading.cache, reading.last, sampling, {}, context, sink).generation;
}

std::vector<double> Decoder::scores(const Reading& reading, std::span<const std::string> choices,
                                    const JobContext& context) {
  if (choices.empty()) return {};
  Transformer& transformer = *m_model.transformer;
  std::vector<std::vector<std::int32_t>> answers, fed;
  std::size_t longest = 1;
  for (const std::string& choice : choices) {
    answers.push_back(m_frame.answer(choice));
    longest = std::max(longest, answers.back().size() - 1);
  }
  // What is fed is each answer without its last token; what pads comes behind it, where nothing looks.
  for (const auto& answer : answers) {
    fed.emplace_back(answer.begin(), answer.end() - 1);
    fed.back().resize(longest, answer.back());
  }
  KvCache cache = KvCache::sharing(reading.cache, reading.cache.length(), std::ssize(choices));
  const at::Tensor first =
      at::log_softmax(transformer.readOut(reading.last, 0, {}).flatten().to(at::kFloat), -1);  // [V]
  const at::Tensor x = transformer.run(fed, cache, {}, context);                               // [C, T, D]
  const at::Tensor later = at::log_softmax(transformer.readOut(x, 0, {}).to(at::kFloat), -1);  // [C, T, V]
  std::vector<double> scores;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    const auto& answer = answers[i];
    double sum = first[answer.front()].item<double>();
    for (std::size_t t = 1; t < answer.size(); ++t)
      sum += later[static_cast<std::int64_t>(i)][static_cast<std::int64_t>(t - 1)][answer[t]].item<double>();
    scores.push_back(sum);
  }
  return scores;
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
