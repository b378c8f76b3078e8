#pragma once

#include "core/data/meta_model.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Trains a meta-model on every mix of tasks and asks each about every test, beside probes on the same states.
///
/// Errors   META-01 an unknown task, or one that is never learned in a mix; META-02 nothing to train or to test, or
///          numbers out of range; PLACE-03; those of MetaStates::of; DEC-01; TRAIN-01.
/// Cancel   between blocks.
/// Cost     one pass over every prompt, then for each training `steps` passes forth and back over `batch` questions.
/// Memory   12 bytes for each of the reader's attention weights, and 4 (in bfloat16 6) for each worker.
[[nodiscard]] Outcome<MetaModelResult> runMetaModel(LanguageModel& model, LanguageModel& reader,
                                                    const MetaModelRequest& request, JobContext& context);

}  // namespace patchbay
