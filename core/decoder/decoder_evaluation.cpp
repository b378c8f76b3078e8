#include "core/decoder/decoder_evaluation.h"

#include <algorithm>
#include <cctype>

#include "core/decoder/decoder.h"
#include "core/decoder/example_maker.h"
#include "core/decoder/example_stream.h"
#include "core/decoder/window_probe.h"

namespace patchbay {
namespace {

constexpr int kLongestAnswer = 16;
constexpr std::size_t kCellsTogether = 8;

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
  at::Tensor states;  // [n, D], as the decoder gets them
};

/// A question with the states that one arm asks it about, and where its answer counts.
struct Put {
  const DecoderExample* example = nullptr;
  at::Tensor states;
  MeasuredShare *exact = nullptr, *choice = nullptr;
};

class Evaluation {
public:
  Evaluation(LanguageModel& model, const ExampleMaker& maker, const StoredDecoder& decoder, JobContext& context)
      : m_model(model), m_maker(maker), m_decoder(decoder), m_context(context) {}

  Outcome<std::vector<Item>> items(const ExampleMaker::Cell& cell, int count) {
    std::vector<Item> all;
    for (int i = 0; i < count; ++i) {
      auto example = m_maker.example(cell, static_cast<std::uint64_t>(i));
      if (!example) return example.failure<std::vector<Item>>();
      const std::vector<int>& layers = m_decoder.card.recipe.readLayers;
      const int layer = layers[static_cast<std::size_t>(i) % layers.size()];
      auto states = exampleStates(m_model, *example, layer, m_context);
      if (!states) return states.failure<std::vector<Item>>();
      all.push_back({.example = std::move(*example), .states = m_decoder.recall(*states, layer)});
    }
    return all;
  }

  /// Asks `decoder` all that was put down, and counts what it says.
  void count(Decoder& decoder, const std::vector<Put>& put) {
    std::vector<Decoder::Asked> asked;
    for (const Put& one : put)
      asked.push_back({.states = one.states, .question = one.example->question, .choices = one.example->choices});
    const auto told = decoder.answerAll(asked, kLongestAnswer, m_context);
    for (std::size_t i = 0; i < put.size(); ++i) {
      const DecoderExample& example = *put[i].example;
      if (told[i].chosen) put[i].choice->count(example.choices[*told[i].chosen] == example.answer);
      put[i].exact->count(isRightAnswer(told[i].text, example.answer));
    }
  }

  /// What a probe chooses of the same questions, where their prompts say a value that it could learn.
  Outcome<Done> probe(const ExampleMaker::Cell& cell, const std::vector<Item>& items, MeasuredShare& share) {
    if (cell.kind != "open" || cell.split != ExampleSplit::Unseen) return Done{};
    const auto families = m_maker.placedFamilies();
    const auto family = std::ranges::find(families, cell.family, &QuestionFamily::id);
    if (family == families.end()) return Done{};
    if (!m_probes || m_probed != cell.family) {
      const std::vector<int>& layers = m_decoder.card.recipe.readLayers;
      auto fitted = WindowProbes::fit(m_model, m_maker, **family, layers[layers.size() / 2], m_context);
      if (!fitted) return fitted.failure<Done>();
      m_probes.emplace(std::move(*fitted));
      m_probed = cell.family;
    }
    for (const Item& item : items) {
      const auto states = exampleStates(m_model, item.example, m_probes->layer(), m_context);
      if (!states) return states.failure<Done>();
      const auto chosen = m_probes->choose(cell.window, *states, item.example.choices);
      share.count(chosen && item.example.choices[*chosen] == item.example.answer);
    }
    return Done{};
  }

private:
  LanguageModel& m_model;
  const ExampleMaker& m_maker;
  const StoredDecoder& m_decoder;
  std::optional<WindowProbes> m_probes;  // of the family that was probed last
  std::string m_probed;
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

Outcome<std::vector<DecoderFigure>> evaluateDecoder(LanguageModel& model, const StoredDecoder& decoder,
                                                    const QuestionData& data, const EvaluationSettings& settings,
                                                    JobContext& context) {
  const at::InferenceMode inference;
  auto trained = Decoder::of(model, &decoder.adapter, decoder.card.recipe.writeLayer);
  if (!trained) return trained.failure<std::vector<DecoderFigure>>();
  auto untrained = Decoder::of(model, nullptr, decoder.card.recipe.writeLayer);
  const ExampleMaker maker(data, model.text, settings.seed);
  Evaluation evaluation(model, maker, decoder, context);
  std::vector<ExampleMaker::Cell> cells = maker.cells();
  std::erase_if(cells, [&](const auto& cell) { return !std::ranges::count(settings.windows, cell.window); });
  std::vector<DecoderFigure> figures(cells.size());
  // Questions of one length share every product: the more of them lie together, the more do.
  for (std::size_t begin = 0; begin < cells.size(); begin += kCellsTogether) {
    const std::size_t end = std::min(begin + kCellsTogether, cells.size());
    std::vector<std::vector<Item>> all;
    std::vector<Put> toTrained, toUntrained;
    for (std::size_t i = begin; i < end; ++i) {
      auto items = evaluation.items(cells[i], settings.items);
      if (!items) return items.failure<std::vector<DecoderFigure>>();
      all.push_back(std::move(*items));
    }
    for (std::size_t i = begin; i < end; ++i) {
      const std::vector<Item>& items = all[i - begin];
      DecoderFigure& figure = figures[i];
      figure.family = cells[i].family.empty() ? "passage" : cells[i].family;
      figure.kind = cells[i].kind;
      figure.window = cells[i].window;
      figure.split = cells[i].split;
      const auto at = [&](std::size_t item) -> const DecoderExample& { return items[item].example; };
      for (std::size_t item = 0; item < items.size(); ++item) {
        const auto& [example, states] = items[item];
        if (!example.choices.empty())
          figure.chance += 1.0 / static_cast<double>(example.choices.size()) / static_cast<double>(items.size());
        toTrained.push_back({&example, states, &figure.exact, &figure.choice});
        if (!settings.hasControls) continue;
        toTrained.push_back({&example, at::zeros_like(states), &figure.zeroExact, &figure.zeroChoice});
        toTrained.push_back({&example, items[otherExample(items.size(), item, at)].states, &figure.shuffledExact,
                             &figure.shuffledChoice});
        toUntrained.push_back({&example, states, &figure.untrainedExact, &figure.untrainedChoice});
      }
    }
    evaluation.count(*trained, toTrained);
    evaluation.count(*untrained, toUntrained);
    if (settings.hasControls)
      for (std::size_t i = begin; i < end; ++i)
        if (const auto probed = evaluation.probe(cells[i], all[i - begin], figures[i].probeChoice); !probed)
          return probed.failure<std::vector<DecoderFigure>>();
    context.progress("Evaluating", "kinds of questions", static_cast<std::int64_t>(end), std::ssize(cells));
  }
  return figures;
}

}  // namespace patchbay
