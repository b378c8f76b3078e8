#pragma once

namespace patchbay::ui {

class TokenStrip;

/// Gives a row of tokens in a view its menu: copy the ids, copy the text. The prompt's own row has a longer one.
void giveTokenMenu(TokenStrip& strip);

}  // namespace patchbay::ui
