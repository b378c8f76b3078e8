#include "ui/plots/colour_maps.h"

#include <algorithm>
#include <cmath>

namespace patchbay::ui {

namespace {

constexpr std::array<QRgb, 11> kCividis = {0xFF00224E, 0xFF0C3470, 0xFF35456C, 0xFF4F576C, 0xFF666970, 0xFF7D7C78,
                                           0xFF948E77, 0xFFADA272, 0xFFC8B866, 0xFFE5CF52, 0xFFFEE838};
constexpr std::array<QRgb, 11> kViridis = {0xFF440154, 0xFF482475, 0xFF414487, 0xFF355F8D, 0xFF2A788E, 0xFF21918C,
                                           0xFF22A884, 0xFF44BF70, 0xFF7AD151, 0xFFBDDF26, 0xFFFDE725};
constexpr std::array<QRgb, 11> kMagma = {0xFF000004, 0xFF140E36, 0xFF3B0F70, 0xFF641A80, 0xFF8C2981, 0xFFB73779,
                                         0xFFDE4968, 0xFFF7705C, 0xFFFE9F6D, 0xFFFECF92, 0xFFFCFDBF};
constexpr std::array<QRgb, 2> kGrey = {0xFF1B1B1B, 0xFFF2F2F2};
constexpr std::array<QRgb, 3> kHighContrast = {0xFF000000, 0xFF0060A8, 0xFFFFFF00};
constexpr std::array<QRgb, 9> kDivergingLight = {0xFF0B4A8F, 0xFF3B78B5, 0xFF83ADD6, 0xFFC6D9EA, 0xFFF7F7F5,
                                                 0xFFF5DABD, 0xFFEAAE74, 0xFFCF7722, 0xFF8F4300};
constexpr std::array<QRgb, 9> kDivergingDark = {0xFF8CC4FB, 0xFF4B93D8, 0xFF276096, 0xFF17385A, 0xFF14171B,
                                                0xFF4A3014, 0xFF8A5317, 0xFFD08430, 0xFFFFC070};
constexpr double kInkLimit = 0.179;

std::span<const QRgb> stopsOf(MapName name, ThemeKind kind) {
  switch (name) {
    case MapName::Cividis: return kCividis;
    case MapName::Viridis: return kViridis;
    case MapName::Magma: return kMagma;
    case MapName::Grey: return kGrey;
    case MapName::HighContrast: return kHighContrast;
    case MapName::Diverging: return kind == ThemeKind::Dark ? std::span<const QRgb>(kDivergingDark) : kDivergingLight;
  }
  return kCividis;
}

QRgb mix(QRgb from, QRgb to, double share) {
  const auto channel = [share](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * share)); };
  return qRgb(channel(qRed(from), qRed(to)), channel(qGreen(from), qGreen(to)), channel(qBlue(from), qBlue(to)));
}

}  // namespace

MapName mapByName(const QString& name) {
  if (name == QLatin1String("viridis")) return MapName::Viridis;
  if (name == QLatin1String("magma")) return MapName::Magma;
  if (name == QLatin1String("grey")) return MapName::Grey;
  if (name == QLatin1String("high contrast")) return MapName::HighContrast;
  return MapName::Cividis;
}

ColourMap::ColourMap(MapName name, ThemeKind kind) : m_name(name), m_stops(stopsOf(name, kind)) {
  for (std::size_t i = 0; i < m_levels.size(); ++i) {
    const double at = static_cast<double>(i) / 255.0 * static_cast<double>(m_stops.size() - 1);
    const auto low = std::min(static_cast<std::size_t>(at), m_stops.size() - 2);
    m_levels[i] = mix(m_stops[low], m_stops[low + 1], at - static_cast<double>(low));
  }
}

QRgb ColourMap::rgbAt(double position) const {
  if (std::isnan(position)) return 0;
  return m_levels[static_cast<std::size_t>(std::lround(std::clamp(position, 0.0, 1.0) * 255.0))];
}

QColor ColourMap::at(double position) const { return QColor::fromRgba(rgbAt(position)); }

QColor inkOn(const QColor& cell) { return luminance(cell) > kInkLimit ? QColor(Qt::black) : QColor(Qt::white); }

}  // namespace patchbay::ui
