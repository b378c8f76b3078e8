#include "core/decoder/example_stream.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <span>

#include "core/analysis/captured_run.h"
#include "core/base/sha256.h"
#include "core/base/shuffle.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

/// Groups that are made, read and shuffled together.
constexpr std::uint64_t kBlockGroups = 64;

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
                             StateRecall recall, std::uint64_t seed)
    : m_model(model),
      m_maker(std::move(maker)),
      m_frame(std::move(frame)),
      m_layers(std::move(layers)),
      m_recall(std::move(recall)),
      m_seed(seed) {}

void ExampleStream::goTo(Place place) {
  if (place.block != m_place.block) m_sequences.clear();
  m_place = place;
}

struct ExampleStream::Block {
  std::vector<std::vector<std::int32_t>> prompts;
  std::vector<std::vector<DecoderExample>> groups;
  std::vector<int> layers;
};

Outcome<ExampleStream::Block> ExampleStream::drawn(std::mt19937_64& random) const {
  Block block;
  for (std::uint64_t i = 0; i < kBlockGroups; ++i) {
    auto group = m_maker.group(m_place.block * kBlockGroups + i);
    if (!group) return group.failure<Block>();
    auto ids = m_model.text.encode(group->front().prompt);
    if (!ids) return ids.failure<Block>();
    if (const auto fits = checkContext(m_model, std::ssize(*ids)); !fits) return fits.failure<Block>();
    block.layers.push_back(m_layers[static_cast<std::size_t>(random() % m_layers.size())]);
    block.prompts.push_back(std::move(*ids));
    block.groups.push_back(std::move(*group));
  }
  return block;
}

std::string ExampleStream::keyOf(const Block& block) const {
  Sha256 digest;
  const auto add = [&digest](const auto& numbers) { digest.add(std::as_bytes(std::span(numbers))); };
  const at::TensorOptions options = m_model.transformer->options();
  digest.add("states 1 " + m_model.card.ref.fingerprint + " " + m_model.card.dtype + " " + options.device().str());
  add(block.layers);
  for (std::size_t i = 0; i < block.groups.size(); ++i) {
    add(std::array{std::ssize(block.prompts[i]), std::ssize(block.groups[i])});
    add(block.prompts[i]);
    for (const DecoderExample& example : block.groups[i]) add(std::array{example.firstToken, example.lastToken});
  }
  return digest.hex();
}

at::Tensor ExampleStream::statesOf(const Block& block, const JobContext& context) {
  std::int64_t rows = 0;
  for (const auto& group : block.groups)
    for (const DecoderExample& example : group) rows += example.lastToken - example.firstToken + 1;
  const std::string key = keyOf(block);
  if (auto kept = m_cache.find(key, rows, m_model.card.width)) return kept->to(m_model.transformer->options().device());
  const std::vector<at::Tensor> states = statesAtEach(m_model, block.prompts, block.layers, context);
  std::vector<at::Tensor> parts;
  for (std::size_t i = 0; i < block.groups.size(); ++i)
    for (const DecoderExample& example : block.groups[i])
      parts.push_back(states[i].narrow(0, example.firstToken, example.lastToken - example.firstToken + 1));
  at::Tensor all = at::cat(parts).to(at::kHalf);
  m_cache.keep(key, all);
  return all;
}

Outcome<Done> ExampleStream::fill(const JobContext& context) {
  const at::InferenceMode inference;
  std::mt19937_64 random(m_seed * 0x2545f4914f6cdd1dULL + m_place.block);
  const auto block = drawn(random);
  if (!block) return block.failure<Done>();
  const at::Tensor states = statesOf(*block, context);
  m_sequences.clear();
  // The order of a block is that of its layers before it is shuffled.
  std::vector<std::size_t> order(block->groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return block->layers[i]; });
  std::vector<std::int64_t> firsts;
  std::int64_t row = 0;
  for (const auto& group : block->groups) {
    firsts.push_back(row);
    for (const DecoderExample& example : group) row += example.lastToken - example.firstToken + 1;
  }
  for (const std::size_t i : order) {
    std::int64_t first = firsts[i];
    for (const DecoderExample& example : block->groups[i]) {
      const std::int64_t count = example.lastToken - example.firstToken + 1;
      m_sequences.push_back(
          trainingSequence(m_frame, example, m_recall(states.narrow(0, first, count), block->layers[i])));
      first += count;
    }
  }
  shuffle(m_sequences, random);
  return Done{};
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
