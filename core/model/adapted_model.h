#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/model/language_model.h"
#include "core/model/low_rank.h"

namespace patchbay {

/// Whether a folder holds an adapter of a model, as PEFT keeps it, and no model of its own.
[[nodiscard]] bool isAdapterFolder(const std::string& path);

/// The file or folder of the plain model that an adapter was trained on: what its configuration names, looked for as a
/// path, beside the adapter's folder, and among `known` models by its name, whose ending may be another.
/// Errors   those of the JSON reader; MODEL-04 it is nowhere there, or is an adapter itself.
[[nodiscard]] Outcome<std::string> plainModelOf(const std::string& folder, const std::vector<std::string>& known);

/// A model with an adapter beside its weights, none where null; it shares them, the words and the card.
[[nodiscard]] LanguageModel adapted(const LanguageModel& plain, const Adapter* adapter);

/// The same model with the adapter of a folder beside its weights, as a model of its own: another fingerprint, and the
/// folder's name.
/// Errors   those of readAdapter.
[[nodiscard]] Outcome<Done> adapt(LanguageModel& model, const std::string& folder);
/// The card alone: the adapter's facts, its tensors unread. Errors those of the file readers.
[[nodiscard]] Outcome<Done> adaptCard(ModelCard& card, const std::string& folder);

}  // namespace patchbay
