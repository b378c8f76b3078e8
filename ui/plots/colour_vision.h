#pragma once

#include <QtGui/QColor>

namespace patchbay::ui {

/// Full colour vision, and the three in which one kind of cone is missing.
enum class ColourVision { Full, Protanopia, Deuteranopia, Tritanopia };

/// The colour that a person with this vision takes `colour` for.
/// Source   Machado, Oliveira, Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision
///          Deficiency", IEEE TVCG 15(6), table 1, severity 1; applied to linear sRGB.
[[nodiscard]] QColor asSeen(const QColor& colour, ColourVision vision);

}  // namespace patchbay::ui
