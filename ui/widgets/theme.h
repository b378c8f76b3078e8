#pragma once

#include <QtGui/QFont>

#include "ui/widgets/theme_tokens.h"

class QApplication;
class QEvent;

namespace patchbay::ui {

/// How the program is dressed. `scale` multiplies fonts only; pixels of layouts follow the screen's own scale.
struct Appearance {
  ThemeKind kind = ThemeKind::Light;
  double fontScale = 1.0;
  bool isRoomy = false;         ///< rows and controls 4 px taller
  bool useSystemFonts = false;  ///< the system's faces instead of Inter and Noto Sans Mono
  bool reduceMotion = false;    ///< no folds, a still arc
  bool operator==(const Appearance&) const = default;
};

/// Dresses the program: style, palette, fonts and style sheet. May be called again at any time; every widget then
/// gets a PaletteChange and repaints.
/// Thread   GUI.
void applyTheme(QApplication& application, const Appearance& appearance);
void applyTheme(QApplication& application, ThemeKind kind);

/// The tokens in force; light before the first `applyTheme`.
[[nodiscard]] const ThemeTokens& theme();
[[nodiscard]] const Appearance& appearance();

/// Dark when the system's window colour is dark. Only meaningful before the first `applyTheme`.
[[nodiscard]] ThemeKind systemThemeKind();

/// Whether a `changeEvent` means that colours or fonts changed and caches must be made again.
[[nodiscard]] bool isThemeChange(const QEvent& event);

/// Interface face at `size` pixels (may be half pixels) and weight 400, 500 or 600.
[[nodiscard]] QFont uiFont(double size = 13, int weight = 400);
/// Data face: tokens, numbers in columns, addresses, codes. Weight 400 or 700.
[[nodiscard]] QFont dataFont(double size = 12, int weight = 400);

/// Height of a row or control in the density in force: `compact` or 4 px more.
[[nodiscard]] int rowHeight(int compact);

}  // namespace patchbay::ui
