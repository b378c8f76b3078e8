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

  /// Asks about all items, of each about the states that `statesOf` gives for its number.
  template <typename StatesOf>
  void count(Decoder& decoder, const std::vector<Item>& items, const StatesOf& statesOf, MeasuredShare& exact,
             MeasuredShare& choice) {
    std::vector<Decoder::Asked> asked;
    for (std::size_t i = 0; i < items.size(); ++i)
      asked.push_back(
          {.states = statesOf(i), .question = items[i].example.question, .choices = items[i].example.choices});
    const auto told = decoder.answerAll(asked, kLongestAnswer, m_context);
    for (std::size_t i = 0; i < items.size(); ++i) {
      const DecoderExample& example = items[i].example;
      if (told[i].chosen) choice.count(example.choices[*told[i].chosen] == example.answer);
      exact.count(isRightAnswer(told[i].text, example.answer));
    }
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
    for (const Item& item : *items)
      if (!item.example.choices.empty())
        figure.chance += 1.0 / static_cast<double>(item.example.choices.size()) / static_cast<double>(items->size());
    const auto at = [&](std::size_t i) -> const DecoderExample& { return (*items)[i].example; };
    const auto own = [&](std::size_t i) { return (*items)[i].states; };
    evaluation.count(*trained, *items, own, figure.exact, figure.choice);
    if (settings.hasControls) {
      const auto zeros = [&](std::size_t i) { return at::zeros_like(own(i)); };
      const auto shuffled = [&](std::size_t i) { return own(otherExample(items->size(), i, at)); };
      evaluation.count(*trained, *items, zeros, figure.zeroExact, figure.zeroChoice);
      evaluation.count(*trained, *items, shuffled, figure.shuffledExact, figure.shuffledChoice);
      evaluation.count(*untrained, *items, own, figure.untrainedExact, figure.untrainedChoice);
    }
    figures.push_back(figure);
    context.progress("Evaluating", "kinds of questions", std::ssize(figures), std::ssize(cells));
  }
  return figures;
}

}  // namespace patchbay
