#pragma once

#include <string>

#include "core/data/decoder_card.h"
#include "core/decoder/state_recall.h"
#include "core/model/language_model.h"
#include "core/model/low_rank.h"

namespace patchbay {

/// A decoder on disk: a folder as PEFT keeps adapters, with `decoder.json`, its card, beside them, and the recall of
/// the states it gets where there is one.
struct StoredDecoder {
  DecoderCard card;
  Adapter adapter;
  StateRecall recall = {};
};

/// Writes the folder; the adapter as float32 or bfloat16.
/// Errors   OUT-01.
[[nodiscard]] Outcome<Done> writeDecoder(const std::string& folder, const StoredDecoder& decoder,
                                         TensorType type = TensorType::F32);

/// Writes the card anew; the adapter stays as it is. Errors OUT-01.
[[nodiscard]] Outcome<Done> writeDecoderCard(const std::string& folder, const DecoderCard& card);

/// The card alone. Errors those of the JSON readers; DEC-02 the folder holds no decoder.
[[nodiscard]] Outcome<DecoderCard> readDecoderCard(const std::string& folder);

/// The recall of a decoder's states, in its folder. Errors OUT-01.
[[nodiscard]] Outcome<Done> writeRecall(const std::string& folder, const StateRecall& recall);
/// Whether it lies there; and takes it away.
[[nodiscard]] bool hasRecall(const std::string& folder);
void removeRecall(const std::string& folder);
/// Errors   those of the safetensors reader; DEC-02.
[[nodiscard]] Outcome<StateRecall> readRecall(const std::string& folder, const std::vector<int>& layers,
                                              const LanguageModel& model);

/// SHA-256 of the adapter's weights and the recall, in hexadecimal digits. Errors those of MappedFile.
[[nodiscard]] Outcome<std::string> decoderDigest(const std::string& folder);

/// The same where it is the one that is wanted; any is where `wanted` is empty.
/// Errors   as above; DEC-04 another adapter lies there.
[[nodiscard]] Outcome<std::string> checkDecoder(const std::string& folder, const std::string& wanted);

/// Card, adapter and recall, for this model.
/// Errors   those of readDecoderCard and readAdapter; DEC-03 the decoder belongs to another model, with both
///          fingerprints.
[[nodiscard]] Outcome<StoredDecoder> readDecoder(const std::string& folder, const LanguageModel& model);

}  // namespace patchbay
