#pragma once

#include <functional>

#include "core/data/attention.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Attention patterns of every head of the layers asked for, in one pass, and one row more for each token that the
/// model adds; `stream` is given all there is so far as the text grows.
/// Errors   PLACE-03, GEN-01, GROW-01, those of the prompt; ATTN-01 when the patterns would be too many numbers.
/// Cancel   after each block.   Cost   a pass up to the highest layer, or a whole one and one more a new token;
///          4 N H T T bytes.
[[nodiscard]] Outcome<AttentionResult> runAttention(LanguageModel& model, const AttentionRequest& request,
                                                    JobContext& context,
                                                    const std::function<void(const StreamedTokens&)>& stream = {});

/// What each query head would write into the residual stream for each token alone: v [T, Hkv, K] of a layer times the
/// head's part of W_O, [T, H, D].
[[nodiscard]] at::Tensor writtenValues(const Transformer& transformer, int layer, const at::Tensor& values);

/// The most layers whose patterns of a prompt of this length are kept at once; 0 when not even one fits.
[[nodiscard]] int attentionLayersThatFit(const ModelCard& card, std::int64_t tokens);

}  // namespace patchbay
