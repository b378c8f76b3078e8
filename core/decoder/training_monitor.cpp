#include "core/decoder/training_monitor.h"

#include <algorithm>
#include <random>
#include <span>

#include "core/base/shuffle.h"
#include "core/decoder/decoder.h"
#include "core/decoder/decoder_evaluation.h"

namespace patchbay {
namespace {

/// How many questions there are of each window, and how many of those are answered in words.
struct Amount {
  ExampleWindow window;
  std::size_t questions, answered;
};
constexpr Amount kAmounts[] = {
    {ExampleWindow::Evidence, 20, 6}, {ExampleWindow::After, 9, 3}, {ExampleWindow::Tail, 3, 1}};
constexpr int kLongestAnswer = 16;  // tokens
constexpr std::uint64_t kSeed = 1;

}  // namespace

Outcome<TrainingMonitor> TrainingMonitor::of(LanguageModel& model, const ExampleMaker& maker, const DecoderFrame& frame,
                                             const DecoderRecipe& recipe, const StateRecall& recall,
                                             const JobContext& context) {
  const at::InferenceMode inference;
  TrainingMonitor monitor(model, recipe.writeLayer);
  std::vector<Item> answered, silent;
  std::mt19937_64 random(kSeed);
  for (const Amount& amount : kAmounts) {
    std::vector<ExampleMaker::Cell> cells = maker.cells();
    std::erase_if(cells, [&](const auto& cell) { return cell.window != amount.window; });
    shuffle(cells, random);
    for (std::size_t i = 0; i < amount.questions && !cells.empty(); ++i) {
      auto example = maker.example(cells[i % cells.size()], i / cells.size());
      if (!example) return example.failure<TrainingMonitor>();
      const int layer = recipe.readLayers[i % recipe.readLayers.size()];
      auto states = exampleStates(model, *example, layer, context);
      if (!states) return states.failure<TrainingMonitor>();
      const auto ids = model.text.encode(example->prompt);
      const auto read = std::span(*ids).subspan(static_cast<std::size_t>(example->firstToken),
                                                static_cast<std::size_t>(example->lastToken - example->firstToken + 1));
      Item item{.example = std::move(*example),
                .about = model.text.tokenizer->decode(read),
                .states = recall(*states, layer),
                .others = {},
                .sequence = {},
                .shuffled = {}};
      (i < amount.answered ? answered : silent).push_back(std::move(item));
    }
  }
  monitor.m_items = std::move(answered);
  std::ranges::move(silent, std::back_inserter(monitor.m_items));
  auto& items = monitor.m_items;
  const auto at = [&](std::size_t i) -> const DecoderExample& { return items[i].example; };
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::size_t other = otherExample(items.size(), i, at);
    items[i].others = other != i ? items[other].states : at::zeros_like(items[i].states);
    items[i].sequence = trainingSequence(frame, items[i].example, items[i].states);
    items[i].shuffled = trainingSequence(frame, items[i].example, items[i].others);
  }
  return monitor;
}

void TrainingMonitor::check(std::int64_t step, const SequenceLearner& learner, const Adapter& adapter,
                            JobContext& context, TrainingCurves& curves) const {
  if (m_items.empty()) return;
  const at::InferenceMode inference;
  std::vector<const TrainingSequence*> right, shuffled;
  for (const Item& item : m_items) {
    right.push_back(&item.sequence);
    shuffled.push_back(&item.shuffled);
  }
  const TrainingCheck found{.step = step,
                            .loss = meanLoss(learner, {.adapter = &adapter}, right, context),
                            .shuffledLoss = meanLoss(learner, {.adapter = &adapter}, shuffled, context)};
  std::vector<SampleAnswer> samples = answers(adapter, context);
  // Only what is whole is shown.
  curves.checks.push_back(found);
  curves.samples = std::move(samples);
}

std::vector<SampleAnswer> TrainingMonitor::answers(const Adapter& adapter, JobContext& context) const {
  // The frame was found when the training began.
  Decoder decoder = Decoder::of(*m_model, &adapter, m_writeLayer).value();
  std::size_t count = 0;
  for (const Amount& amount : kAmounts) count += amount.answered;
  count = std::min(count, m_items.size());
  std::vector<Decoder::Asked> asked;
  for (const Item& item : std::span(m_items).first(count))
    asked.push_back({.states = item.states, .question = item.example.question, .choices = item.example.choices});
  for (const Item& item : std::span(m_items).first(count))
    asked.push_back({.states = item.others, .question = item.example.question, .choices = {}});
  const auto told = decoder.answerAll(asked, kLongestAnswer, context);
  std::vector<SampleAnswer> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const DecoderExample& example = m_items[i].example;
    SampleAnswer sample{.family = example.family,
                        .kind = example.kind,
                        .window = example.window,
                        .split = example.split,
                        .about = m_items[i].about,
                        .question = example.question,
                        .answer = example.answer,
                        .said = told[i].text,
                        .saidShuffled = told[count + i].text};
    if (told[i].chosen) sample.isChosen = example.choices[*told[i].chosen] == example.answer;
    sample.isRight = isRightAnswer(sample.said, example.answer);
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace patchbay
