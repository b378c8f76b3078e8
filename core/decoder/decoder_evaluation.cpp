#include "core/decoder/decoder_evaluation.h"

#include <algorithm>
#include <cctype>

#include "core/analysis/captured_run.h"
#include "core/decoder/decoder.h"
#include "core/decoder/example_maker.h"
#include "core/decoder/example_stream.h"

namespace patchbay {
namespace {

constexpr int kLongestAnswer = 16;

std::string plainWords(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  while (!text.empty() && (text.back() == '.' || text.back() == ' ' || text.back() == '\n')) text.pop_back();
  text.erase(0, std::min(text.find_first_not_of(" \n"), text.size()));
  return text;
}

/// A question with the states that it is about.
struct Item {
  DecoderExample example;
  at::Tensor states;  // [n, D]
};

class Evaluation {
public:
  Evaluation(LanguageModel& model, const ExampleMaker& maker, std::vector<int> layers, JobContext& context)
      : m_model(model), m_maker(maker), m_layers(std::move(layers)), m_context(context) {}

  Outcome<std::vector<Item>> items(const ExampleMaker::Cell& cell, int count) {
    std::vector<Item> all;
    for (int i = 0; i < count; ++i) {
      auto example = m_maker.example(cell, static_cast<std::uint64_t>(i));
      if (!example) return example.failure<std::vector<Item>>();
      const auto ids = m_model.text.encode(example->prompt);
      if (!ids) return ids.failure<std::vector<Item>>();
      const int layer = m_layers[static_cast<std::size_t>(i) % m_layers.size()];
      const at::Tensor states = statesAt(m_model, {*ids}, layer, m_context);
      const std::int64_t length = example->lastToken - example->firstToken + 1;
      all.push_back({.example = *example, .states = states.narrow(0, example->firstToken, length).clone()});
    }
    return all;
  }

  void count(Decoder& decoder, const Item& item, const at::Tensor& states, MeasuredShare& exact,
             MeasuredShare& choice) {
    Decoder::Reading reading = decoder.read(states, item.example.question, m_context);
    const auto& choices = item.example.choices;
    if (!choices.empty()) {
      const auto scores = decoder.scores(reading, choices, m_context);
      const auto best = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
      choice.hits += choices[best] == item.example.answer ? 1 : 0;
      ++choice.items;
    }
    Sampling greedy;
    greedy.maxNewTokens = kLongestAnswer;
    JobContext quiet = m_context.quiet();
    const Generation said = decoder.answer(std::move(reading), greedy, quiet);
    exact.hits += plainWords(said.text) == plainWords(item.example.answer) ? 1 : 0;
    ++exact.items;
  }

private:
  LanguageModel& m_model;
  const ExampleMaker& m_maker;
  std::vector<int> m_layers;
  JobContext& m_context;
};

/// An item whose answer is another one, for the control of shuffled states.
const Item& otherThan(const std::vector<Item>& items, std::size_t index) {
  for (std::size_t step = 1; step < items.size(); ++step) {
    const Item& other = items[(index + step) % items.size()];
    if (other.example.prompt != items[index].example.prompt && other.example.answer != items[index].example.answer)
      return other;
  }
  return items[(index + 1) % items.size()];
}

}  // namespace

Outcome<std::vector<DecoderFigure>> evaluateDecoder(LanguageModel& model, const Adapter& adapter,
                                                    const DecoderCard& card, const QuestionData& data,
                                                    const EvaluationSettings& settings, JobContext& context) {
  const at::InferenceMode inference;
  auto trained = Decoder::of(model, &adapter, card.recipe.writeLayer);
  if (!trained) return trained.failure<std::vector<DecoderFigure>>();
  auto untrained = Decoder::of(model, nullptr, card.recipe.writeLayer);
  const ExampleMaker maker(data, model.text, settings.seed);
  Evaluation evaluation(model, maker, card.recipe.readLayers, context);
  std::vector<ExampleMaker::Cell> cells = maker.cells();
  std::erase_if(cells, [&](const auto& cell) { return !std::ranges::count(settings.windows, cell.window); });
  std::vector<DecoderFigure> figures;
  for (const ExampleMaker::Cell& cell : cells) {
    const auto items = evaluation.items(cell, settings.items);
    if (!items) return items.failure<std::vector<DecoderFigure>>();
    DecoderFigure figure;
    figure.family = cell.family.empty() ? "passage" : cell.family;
    figure.kind = cell.kind;
    figure.window = cell.window;
    figure.split = cell.split;
    for (std::size_t i = 0; i < items->size(); ++i) {
      const Item& item = (*items)[i];
      if (!item.example.choices.empty())
        figure.chance += 1.0 / static_cast<double>(item.example.choices.size()) / static_cast<double>(items->size());
      evaluation.count(*trained, item, item.states, figure.exact, figure.choice);
      if (!settings.hasControls) continue;
      evaluation.count(*trained, item, at::zeros_like(item.states), figure.zeroExact, figure.zeroChoice);
      evaluation.count(*trained, item, otherThan(*items, i).states, figure.shuffledExact, figure.shuffledChoice);
      evaluation.count(*untrained, item, item.states, figure.untrainedExact, figure.untrainedChoice);
    }
    figures.push_back(figure);
    context.progress("Evaluating", "kinds of questions", std::ssize(figures), std::ssize(cells));
  }
  return figures;
}

}  // namespace patchbay
