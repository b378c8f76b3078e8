#pragma once

#include <vector>

#include <QString>

#include "ui/state/action_registry.h"

namespace patchbay::ui {

/// How well `typed` fits `text`: 0 not at all; letters must appear in order, starts of words and runs of letters count
/// more. Case and accents do not matter.
[[nodiscard]] int fuzzyScore(const QString& typed, const QString& text);

/// The actions that fit what was typed, best first; all in order of adding when nothing was typed.
[[nodiscard]] std::vector<const Action*> matchActions(const ActionRegistry& actions, const QString& typed);

}  // namespace patchbay::ui
