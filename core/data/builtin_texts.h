#pragma once

#include <string>
#include <vector>

#include "core/data/multi_hop.h"
#include "core/data/patchscope_list.h"

namespace patchbay {

/// The texts that come with the program: plain English of many kinds, for means and fitted maps.
[[nodiscard]] const std::vector<std::string>& builtinTexts();
/// So many of them make the mean state that a Patchscope puts in the place of a state, some 1,600 tokens.
inline constexpr std::size_t kMeanStateTexts = 16;

/// The lists of facts that come with the program.
[[nodiscard]] const std::vector<FactList>& builtinLists();
/// By id; null when there is none.
[[nodiscard]] const FactList* builtinList(const std::string& id);

/// The lists of questions in two steps that come with the program.
[[nodiscard]] const std::vector<HopList>& builtinHopLists();
/// By id; null when there is none.
[[nodiscard]] const HopList* builtinHopList(const std::string& id);

}  // namespace patchbay
