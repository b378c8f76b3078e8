#include "core/decoder/example_stream.h"

#include <cmath>
#include <map>
#include <random>

#include "core/analysis/captured_run.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

/// Groups that are made, read and shuffled together.
constexpr std::uint64_t kBlockGroups = 64;
/// Tokens of prompts that go through the model together: bounds what their states take.
constexpr std::size_t kTokensTogether = 8192;

}  // namespace

TrainingSequence trainingSequence(const DecoderFrame& frame, const DecoderExample& example, at::Tensor states) {
  TrainingSequence sequence;
  sequence.ids = frame.prompt(states.size(0), example.question);
  sequence.answerFirst = std::ssize(sequence.ids);
  const auto answer = frame.answer(example.answer);
  sequence.ids.insert(sequence.ids.end(), answer.begin(), answer.end());
  // Neither long nor short answers rule the loss.
  sequence.weight = 1 / std::sqrt(static_cast<double>(answer.size()));
  sequence.writeFirst = frame.firstPlace();
  sequence.states = std::move(states);
  return sequence;
}

Outcome<at::Tensor> exampleStates(LanguageModel& model, const DecoderExample& example, int layer,
                                  const JobContext& context) {
  const auto ids = model.text.encode(example.prompt);
  if (!ids) return ids.failure<at::Tensor>();
  if (const auto fits = checkContext(model, std::ssize(*ids)); !fits) return fits.failure<at::Tensor>();
  const at::Tensor states = statesAt(model, {*ids}, layer, context);  // [T, D]
  return states.narrow(0, example.firstToken, example.lastToken - example.firstToken + 1).clone();
}

ExampleStream::ExampleStream(LanguageModel& model, ExampleMaker maker, DecoderFrame frame, std::vector<int> layers,
                             std::uint64_t seed)
    : m_model(model), m_maker(std::move(maker)), m_frame(std::move(frame)), m_layers(std::move(layers)), m_seed(seed) {}

void ExampleStream::goTo(Place place) {
  if (place.block != m_place.block) m_sequences.clear();
  m_place = place;
}

Outcome<Done> ExampleStream::fill(const JobContext& context) {
  const at::InferenceMode inference;
  std::mt19937_64 random(m_seed * 0x2545f4914f6cdd1dULL + m_place.block);
  // Prompts of one layer share their way up.
  std::map<int, Read> byLayer;
  for (std::uint64_t i = 0; i < kBlockGroups; ++i) {
    auto group = m_maker.group(m_place.block * kBlockGroups + i);
    if (!group) return group.failure<Done>();
    auto ids = m_model.text.encode(group->front().prompt);
    if (!ids) return ids.failure<Done>();
    if (const auto fits = checkContext(m_model, std::ssize(*ids)); !fits) return fits;
    Read& read = byLayer[m_layers[static_cast<std::size_t>(random() % m_layers.size())]];
    read.prompts.push_back(std::move(*ids));
    read.groups.push_back(std::move(*group));
  }
  m_sequences.clear();
  for (const auto& [layer, read] : byLayer) addSequences(layer, read, context);
  for (std::size_t i = m_sequences.size(); i > 1; --i) std::swap(m_sequences[i - 1], m_sequences[random() % i]);
  return Done{};
}

void ExampleStream::addSequences(int layer, const Read& read, const JobContext& context) {
  for (std::size_t begin = 0, end = 0; begin < read.prompts.size(); begin = end) {
    // As many prompts as are short enough together, one at least.
    std::size_t tokens = 0;
    do {
      tokens += read.prompts[end++].size();
    } while (end < read.prompts.size() && tokens + read.prompts[end].size() <= kTokensTogether);
    const std::vector<std::vector<std::int32_t>> prompts(read.prompts.begin() + static_cast<std::ptrdiff_t>(begin),
                                                         read.prompts.begin() + static_cast<std::ptrdiff_t>(end));
    const at::Tensor states = statesAt(m_model, prompts, layer, context);  // [N, D]
    std::int64_t first = 0;
    for (std::size_t i = begin; i < end; ++i) {
      for (const DecoderExample& example : read.groups[i]) {
        const std::int64_t count = example.lastToken - example.firstToken + 1;
        m_sequences.push_back(
            trainingSequence(m_frame, example, states.narrow(0, first + example.firstToken, count).to(at::kHalf)));
      }
      first += std::ssize(read.prompts[i]);
    }
  }
}

Outcome<std::vector<TrainingSequence>> ExampleStream::next(int count, const JobContext& context) {
  std::vector<TrainingSequence> taken;
  while (static_cast<int>(taken.size()) < count) {
    if (m_sequences.empty())
      if (const auto filled = fill(context); !filled) return filled.failure<std::vector<TrainingSequence>>();
    if (m_place.offset < 0 || m_place.offset >= std::ssize(m_sequences)) {
      return Error{.code = "TRAIN-03",
                   .what = "the checkpoint names a question that is not there",
                   .file = {},
                   .field = "offset",
                   .found = std::to_string(m_place.offset),
                   .expected = "below " + std::to_string(m_sequences.size()),
                   .advice = "Train anew, in another folder."};
    }
    taken.push_back(m_sequences[static_cast<std::size_t>(m_place.offset)]);
    if (++m_place.offset < std::ssize(m_sequences)) continue;
    m_sequences.clear();
    m_place = {.block = m_place.block + 1, .offset = 0};
  }
  return taken;
}

}  // namespace patchbay
