#pragma once

#include <functional>

#include "core/data/asking.h"
#include "core/decoder/decoder.h"
#include "core/decoder/decoder_file.h"
#include "core/model/language_model.h"

namespace patchbay {

/// A decoder ready to be asked, beside the same model without its adapter.
struct LoadedDecoder {
  DecoderCard card;
  std::string digest;  ///< of the adapter's weights and the recall
  Decoder trained, untrained;
  StateRecall recall;
};

/// Reads a decoder of this model from a folder.
/// Errors   those of readDecoder; DEC-04 another adapter lies there than `wanted` names.
[[nodiscard]] Outcome<LoadedDecoder> loadDecoder(const std::string& folder, const std::string& wanted,
                                                 const LanguageModel& reader);

/// Asks a decoder about the states of some cells, and its controls beside it. Where the decoder belongs to another
/// model than the states, these go through the request's map first, those of the controls too.
///
/// reader   the decoder's model, which may be `model`.
/// Streams  by the lanes of core/data/asking.h.
/// Errors   PLACE-02, PLACE-03; ASK-01 no cell, no question, or more states than the reader's context holds; MAP-01,
///          MAP-02 the map is not there, has no part for a layer, or was fitted on other models.
/// Cancel   after each block and each token.   Source  methods sections 2.4 and 2.6.
[[nodiscard]] Outcome<AskResult> runAsk(LanguageModel& model, const LanguageModel& reader, LoadedDecoder& decoder,
                                        const AskRequest& request, JobContext& context,
                                        const std::function<void(const StreamedTokens&)>& stream = {});

}  // namespace patchbay
