#pragma once

#include <cstdint>
#include <vector>

#include "core/data/decoder_card.h"
#include "core/data/training_curve.h"
#include "core/decoder/example_stream.h"
#include "core/train/sequence_loss.h"

namespace patchbay {

/// Watches a training by questions that it never learns from, always the same ones: their loss with the states that
/// they are about and with those of another prompt, and what the decoder answers to some of them.
///
/// Thread   that of the training.
class TrainingMonitor {
public:
  /// The model must outlive this. Without held-out questions it has nothing to ask.
  /// Errors   those of ExampleMaker::example and exampleStates.   Cancel  between blocks of the model.
  [[nodiscard]] static Outcome<TrainingMonitor> of(LanguageModel& model, const ExampleMaker& maker,
                                                   const DecoderFrame& frame, const DecoderRecipe& recipe,
                                                   const StateRecall& recall, const JobContext& context);

  [[nodiscard]] bool isEmpty() const { return m_items.empty(); }
  /// Adds how the adapter stands after `step` steps.
  /// Cancel   after each block and each token.
  void check(std::int64_t step, const SequenceLearner& learner, const Adapter& adapter, JobContext& context,
             TrainingCurves& curves) const;

private:
  struct Item {
    DecoderExample example;
    std::string about;
    at::Tensor states, others;  // of its own prompt, and of another one; as the decoder gets them
    TrainingSequence sequence, shuffled;
  };
  /// What the decoder says to the first of them.
  [[nodiscard]] std::vector<SampleAnswer> answers(const Adapter& adapter, JobContext& context) const;
  explicit TrainingMonitor(LanguageModel& model, int writeLayer) : m_model(&model), m_writeLayer(writeLayer) {}

  LanguageModel* m_model;
  int m_writeLayer;
  std::vector<Item> m_items;
};

}  // namespace patchbay
