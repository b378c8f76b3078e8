#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "core/decoder/decoder_frame.h"
#include "core/decoder/example_maker.h"
#include "core/decoder/state_cache.h"
#include "core/decoder/state_recall.h"
#include "core/jobs/job_context.h"
#include "core/train/sequence_loss.h"

namespace patchbay {

/// An example as a decoder learns it: its prompt with the answer behind it, and the states that it gets.
[[nodiscard]] TrainingSequence trainingSequence(const DecoderFrame& frame, const DecoderExample& example,
                                                at::Tensor states);

/// The states of the places that an example hands over, of one layer, as the model has them, [n, D]. Call under
/// InferenceMode. Errors   those of ModelText::encode, GEN-01.   Cancel  between blocks of the model.
[[nodiscard]] Outcome<at::Tensor> exampleStates(LanguageModel& model, const DecoderExample& example, int layer,
                                                const JobContext& context);

/// The sequences of a training, one behind the other, made as they are needed: block after block of groups, each block
/// shuffled by the seed. States that another training read of the same prompts are taken from disk.
///
/// Thread   that of the training.
class ExampleStream {
public:
  struct Place {
    std::uint64_t block = 0;
    std::int64_t offset = 0;  ///< sequences of the block that were taken
    bool operator==(const Place&) const = default;
  };

  /// The model must outlive this. `layers` are drawn from for each prompt; what is read goes through `recall`.
  ExampleStream(LanguageModel& model, ExampleMaker maker, DecoderFrame frame, std::vector<int> layers,
                StateRecall recall, std::uint64_t seed);

  /// The next sequences.
  /// Cancel   between blocks of the model.
  [[nodiscard]] Outcome<std::vector<TrainingSequence>> next(int count, const JobContext& context);

  [[nodiscard]] Place place() const { return m_place; }
  void goTo(Place place);

private:
  struct Block;
  [[nodiscard]] Outcome<Done> fill(const JobContext& context);
  /// Groups of examples with their prompts, and the layer that each is read at.
  [[nodiscard]] Outcome<Block> drawn(std::mt19937_64& random) const;
  /// What all examples of a block read, one behind the other, [rows, D] in float16.
  [[nodiscard]] at::Tensor statesOf(const Block& block, const JobContext& context);
  /// The name of everything that these states depend on.
  [[nodiscard]] std::string keyOf(const Block& block) const;

  LanguageModel& m_model;
  ExampleMaker m_maker;
  DecoderFrame m_frame;
  std::vector<int> m_layers;
  StateRecall m_recall;
  StateCache m_cache;
  std::uint64_t m_seed;
  Place m_place;
  std::vector<TrainingSequence> m_sequences;  // of the block at hand; empty until it is needed
};

}  // namespace patchbay
