#pragma once

#include <functional>

#include "core/data/decoder_vector.h"
#include "core/decoder/decoder_file.h"

namespace patchbay {

/// Makes a steering vector by a decoder: descends on -log p(wished answer | states + vector, question), with the
/// divergence from the plain model on its own texts as a penalty, and no longer than the request allows. Then continues
/// prompts that the descent never saw, beside the plain model, a mean difference and a random vector.
///
/// The vector is added to every token but the first. Where the request names a rank, a LoRA of the blocks up to the
/// layer is descended to instead, written as PEFT keeps adapters, and held against vectors that move states as far.
/// Experimental: the result says what its figures allow.
/// Errors   DVEC-01 no question, no answer, or a layer or number out of range; DVEC-02 the loss is not a finite number,
///          with the step; DVEC-03 an adapter lies in the folder; OUT-01; those of the chat template and of generate.
/// Cancel   after each block and each token; `sink` has had what there was.   Memory  the weights as float32 or
/// bfloat16. Source   LatentQA, section 3.3 (STEER), its adapter, or a vector in its place; methods sections 2.4
/// and 2.9.
[[nodiscard]] Outcome<DecoderVectorResult> runDecoderVector(
    LanguageModel& model, const StoredDecoder& decoder, const DecoderVectorRequest& request, JobContext& context,
    const std::function<void(const DecoderVectorResult&)>& sink = {});

}  // namespace patchbay
