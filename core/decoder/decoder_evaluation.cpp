#include "core/decoder/decoder_evaluation.h"

#include <algorithm>
#include <cctype>

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
      const int layer = m_layers[static_cast<std::size_t>(i) % m_layers.size()];
      auto states = exampleStates(m_model, *example, layer, m_context);
      if (!states) return states.failure<std::vector<Item>>();
      all.push_back({.example = std::move(*example), .states = std::move(*states)});
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
      choice.count(choices[best] == item.example.answer);
    }
    Sampling greedy;
    greedy.maxNewTokens = kLongestAnswer;
    JobContext quiet = m_context.quiet();
    const Generation said = decoder.answer(std::move(reading), greedy, quiet);
    exact.count(isRightAnswer(said.text, item.example.answer));
  }

private:
  LanguageModel& m_model;
  const ExampleMaker& m_maker;
  std::vector<int> m_layers;
  JobContext& m_context;
};

}  // namespace

bool isRightAnswer(const std::string& said, const std::string& answer) {
  return plainWords(said) == plainWords(answer);
}

std::size_t otherExample(std::size_t count, std::size_t index,
                         const std::function<const DecoderExample&(std::size_t)>& at) {
  const DecoderExample& example = at(index);
  std::size_t found = index;
  for (std::size_t step = 1; step < count; ++step) {
    const std::size_t other = (index + step) % count;
    if (at(other).prompt == example.prompt) continue;
    if (at(other).answer != example.answer) return other;
    if (found == index) found = other;
  }
  return found;
}

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
      const std::size_t other =
          otherExample(items->size(), i, [&](std::size_t at) -> const DecoderExample& { return (*items)[at].example; });
      evaluation.count(*trained, item, at::zeros_like(item.states), figure.zeroExact, figure.zeroChoice);
      evaluation.count(*trained, item, (*items)[other].states, figure.shuffledExact, figure.shuffledChoice);
      evaluation.count(*untrained, item, item.states, figure.untrainedExact, figure.untrainedChoice);
    }
    figures.push_back(figure);
    context.progress("Evaluating", "kinds of questions", std::ssize(figures), std::ssize(cells));
  }
  return figures;
}

}  // namespace patchbay
