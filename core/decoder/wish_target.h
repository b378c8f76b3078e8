#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/train/optimizer.h"
#include "core/train/sequence_loss.h"

namespace patchbay {

/// A prompt with the plain model's own text behind it, and its states at the layer of a wish.
struct OwnText {
  TrainingSequence sequence;  ///< the own text is what is predicted; states [T, D] of all tokens
  double plainLoss = 0;       ///< nats a token, without anything changed
};

/// What a wish changes in a model so that its states at one layer become others.
class WishTarget {
public:
  using Texts = std::span<const OwnText* const>;

  virtual ~WishTarget() = default;
  /// The states of texts as they are changed, [T, D] each.
  /// Cancel   after each block.
  [[nodiscard]] virtual std::vector<at::Tensor> states(Texts texts, const JobContext& context) = 0;
  /// One step down the slopes [T, D] at those states, not beyond the largest norm.
  /// Cancel   after each block.
  virtual void descend(std::span<const at::Tensor> slopes, double rate, const JobContext& context) = 0;
  /// After the last step: measures all texts, and takes back what goes beyond the largest norm.
  /// Cancel   after each block.
  virtual void settle(std::span<const OwnText> texts, const JobContext& context);
  /// How far states are moved, residual-stream units: all of them, or those measured last in the mean.
  [[nodiscard]] virtual double norm() const = 0;
  /// Where to in the mean, [D].
  [[nodiscard]] virtual at::Tensor shift() const = 0;
  /// The adapter that does it; null where a vector does.
  [[nodiscard]] virtual const Adapter* adapter() const { return nullptr; }

protected:
  WishTarget() = default;
};

/// A vector added to the states of all tokens but the first, an attention sink.
[[nodiscard]] std::unique_ptr<WishTarget> vectorTarget(const at::TensorOptions& options, std::int64_t width,
                                                       double largestNorm);

/// A LoRA of every linear map of the blocks up to `layer`. The learner must outlive it.
[[nodiscard]] std::unique_ptr<WishTarget> adapterTarget(const SequenceLearner& learner, int layer, int rank,
                                                        double largestNorm, std::uint64_t seed);

}  // namespace patchbay
