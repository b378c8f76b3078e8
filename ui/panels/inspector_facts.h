#pragma once

#include <vector>

#include <QString>

#include "core/data/prompt.h"
#include "ui/state/selection.h"
#include "ui/state/workbench.h"

namespace patchbay::ui {

/// One value with its course over the layers.
struct CourseFact {
  QString label;  ///< may hold `asData` parts
  std::vector<float> course;
  QString value;  ///< with unit
};

/// What the inspector says about a selection.
struct InspectorFacts {
  QString address;               ///< "t4.L24.resid_post"; empty: nothing to say
  QString words;                 ///< "token ‘␣is’ · layer 24 of 0–29 · run #14", may hold `asData` parts
  QString more = {};             ///< a second line, wrapped where it is long; plain text
  std::vector<RankedToken> top;  ///< the likeliest tokens there, at most five
  std::vector<CourseFact> courses;
  int layer = -1;       ///< of the dots on the courses
  int layers = 0;       ///< of the model
  bool isCell = false;  ///< a state that can be read: the verbs apply
};

/// Facts about a cell of a lens or a Patchscope, or about a token of a continuation, from memory only.
[[nodiscard]] InspectorFacts inspectorFacts(const Workbench& bench, const SelectionState& state);

}  // namespace patchbay::ui
