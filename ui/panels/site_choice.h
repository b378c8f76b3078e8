#pragma once

#include <initializer_list>

#include "core/data/site.h"

namespace patchbay::ui {

class ChoiceBox;

/// Adds parts of a block to choose from, as a person calls them; the data of each item is the site's name.
void addSites(ChoiceBox& box, std::initializer_list<Site> sites);

}  // namespace patchbay::ui
