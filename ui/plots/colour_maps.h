#pragma once

#include <QString>
#include <QtGui/QColor>

#include <array>
#include <span>

#include "ui/widgets/theme_tokens.h"

namespace patchbay::ui {

enum class MapName { Cividis, Viridis, Magma, Grey, HighContrast, Diverging };

/// The map of a settings name: "cividis", "viridis", "magma", "grey", "high contrast"; cividis for another.
[[nodiscard]] MapName mapByName(const QString& name);

/// A map of values to colours: stops at equal distances, mixed in RGB, 256 levels.
class ColourMap {
public:
  /// `Diverging` has one form a theme; the others are the same in both.
  explicit ColourMap(MapName name = MapName::Cividis, ThemeKind kind = ThemeKind::Light);

  /// Colour at `position` in [0, 1]; beyond the ends the end colour.
  [[nodiscard]] QColor at(double position) const;
  [[nodiscard]] QRgb rgbAt(double position) const;
  [[nodiscard]] std::span<const QRgb> stops() const { return m_stops; }
  [[nodiscard]] MapName name() const { return m_name; }

private:
  MapName m_name;
  std::span<const QRgb> m_stops;
  std::array<QRgb, 256> m_levels{};
};

/// Ink that reads on a cell: black where the relative luminance is above 0.179, else white.
[[nodiscard]] QColor inkOn(const QColor& cell);

}  // namespace patchbay::ui
