#pragma once

#include <QtGui/QColor>

namespace patchbay::ui {

enum class ThemeKind { Light, Dark };

/// Every colour of the window but those of data maps. One instance a theme; no other file holds a colour value.
struct ThemeTokens {
  ThemeKind kind = ThemeKind::Light;
  QColor window, panel, raised, sunken;
  QColor border, hair;
  QColor text, muted, faint;
  QColor accent, onAccent, accentSoft, selection;
  QColor accentHover, accentPressed;  ///< grounds of the one filled button
  QColor hover, pressed;
  QColor reference, success;
  QColor warning, warningGround, error, errorGround;
  QColor data, data2, series2, series3, series4;
  QColor grid, casing;
};

[[nodiscard]] const ThemeTokens& tokensOf(ThemeKind kind);

/// Contrast of two opaque colours, 1 to 21 (WCAG 2.1, contrast ratio).
[[nodiscard]] double contrast(const QColor& a, const QColor& b);
/// Relative luminance, 0 to 1 (WCAG 2.1).
[[nodiscard]] double luminance(const QColor& colour);
/// `over` at `share` of 1 upon `ground`, opaque.
[[nodiscard]] QColor mixed(const QColor& ground, const QColor& over, double share);

}  // namespace patchbay::ui
