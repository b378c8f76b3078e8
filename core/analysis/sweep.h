#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/analysis/captured_run.h"
#include "core/model/hook_plan.h"
#include "core/tensor/distribution.h"

namespace patchbay {

/// One variant of a base run: edits of the forward pass that act together. At least one. Sites from `embed` to
/// `resid_post`; their rows of the batch (`Edit::row`) are the sweep's own business.
struct Variant {
  std::vector<Edit> edits;
  std::size_t base = 0;  ///< which of the base runs it is a variant of
};

/// What is read from a variant's last token.
struct SweepReadOut {
  int topK = 0;                     ///< likeliest tokens; 0: none
  std::vector<std::int32_t> asked;  ///< tokens whose logits are wanted
  bool distribution = false;        ///< also log-sum-exp and KL; comes with topK
  at::Tensor reference;             ///< [D], the last residual that KL is taken against; undefined: the base run's
};

/// A variant's answer.
///
/// Units   logits and logSumExp in nats; klBits is KL(reference || variant) in bits.
struct SweptCell {
  std::size_t variant = 0;
  std::vector<Ranked> top;
  std::vector<float> askedLogits;
  double logSumExp = 0;
  float klBits = 0;
};

/// Variants that are final, in any order; each comes once.
using SweepSink = std::function<void(std::vector<SweptCell>)>;

/// What is left to go on from, in the order of the variants.
struct SweptCaches {
  at::Tensor last;  ///< [B, 1, D], resid_post of the last block at the last token
  KvCache cache;
};

/// Computes many variants of one base run, and of each only what its edits can change (design section 6): tokens before
/// its first edited one share their keys and values with the base run, layers below its lowest edit are the base run's,
/// and all variants go up the layers together as one batch, which each joins at its own layer. Only the last token
/// reaches the unembedding.
///
/// Variants go in a few walks: the cheap ones of the top layers first, so that a picture begins at once, and never more
/// rows than a bounded memory holds (about 250 MB).
/// Precision  as one pass a variant, up to the order of sums (1e-4).
/// Cancel     after each part of a block and each tile of the vocabulary; finished walks have been delivered.
/// Cost       a variant edited from token t on at layer l: (L - 1 - l) blocks of T - t rows.
void sweep(LanguageModel& model, std::span<const CapturedRun> bases, const std::vector<Variant>& variants,
           const SweepReadOut& readOut, JobContext& context, const SweepSink& sink);

/// One walk that also leaves what decoding needs. All variants are of one base run and begin at one token.
[[nodiscard]] SweptCaches sweepToContinue(LanguageModel& model, const CapturedRun& base,
                                          const std::vector<Variant>& variants, JobContext& context);

/// The first token and the layer at which an edit can first change anything.
[[nodiscard]] std::int64_t firstTokenOf(const Variant& variant);
[[nodiscard]] int lowestLayerOf(const Variant& variant);

}  // namespace patchbay
