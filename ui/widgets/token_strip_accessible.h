#pragma once

namespace patchbay::ui {

class TokenStrip;

/// Makes every token strip a list of chips for screen readers: each has position, text, id and whether it is selected,
/// and can be pressed. May be called any number of times.
void installTokenStripAccessibility();
/// Tells that the chips of a strip are others now.
void tellNewChips(TokenStrip& strip);
/// Tells which chip is the current one; nothing while the strip has no keyboard focus.
void tellCurrentChip(TokenStrip& strip, int token);

}  // namespace patchbay::ui
