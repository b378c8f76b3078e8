#pragma once

#include <functional>
#include <string>

#include "core/data/soft_prompt.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Learns the prompt of a future lens; `sink` is given all there is so far after each step.
///
/// What the model says behind a token of a text, and behind each of the `ahead` tokens that follow it, is what the
/// prompt with that token's state is to say, token by token: KL(model || lens). Held out is every seventh text.
/// Errors   SOFT-01 a field of the request, SOFT-03 a file that is none or does not fit, SOFT-02 texts that are too few
/// or too short, TRAIN-01; those of the texts. Cancel   between blocks. Cost     three passes over batch * (K + ahead +
/// 1) tokens a step; the figures at the end are of 64 states a layer. Source   Pal et al. 2023, Future Lens,
/// section 2.4; one prompt for all layers and distances, not one for each.
[[nodiscard]] Outcome<SoftPrompt> runLearnPrompt(LanguageModel& model, const LearnPromptRequest& request,
                                                 JobContext& context,
                                                 const std::function<void(const SoftPrompt&)>& sink = {});

/// A file of one learned prompt: safetensors with its arrays, and what else belongs to it as JSON in the metadata.
[[nodiscard]] Outcome<Done> writeSoftPrompt(const std::string& path, const SoftPrompt& prompt);
/// Errors   SOFT-03 with the field; those of safetensors files.
[[nodiscard]] Outcome<SoftPrompt> readSoftPrompt(const std::string& path);

}  // namespace patchbay
