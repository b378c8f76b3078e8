#include "ui/widgets/theme_tokens.h"

#include <algorithm>
#include <cmath>

namespace patchbay::ui {

namespace {

ThemeTokens lightTokens() {
  ThemeTokens t;
  t.kind = ThemeKind::Light;
  t.window = 0xE9ECF0;
  t.panel = 0xF5F6F8;
  t.raised = 0xFFFFFF;
  t.sunken = 0xEEF0F3;
  t.border = 0xD3D8DF;
  t.hair = 0xE4E7EC;
  t.text = 0x1A1E26;
  t.muted = 0x586170;
  t.faint = 0x828B9A;
  t.accent = 0x5A48D0;
  t.onAccent = 0xFFFFFF;
  t.accentSoft = 0xECE9FB;
  t.selection = 0xDFDAF8;
  t.accentHover = 0x4F3FBA;
  t.accentPressed = 0x4536A0;
  t.hover = 0xE3E6EB;
  t.pressed = 0xD5D9E0;
  t.reference = 0x0B7A83;
  t.success = 0x1E7A4C;
  t.warning = 0x8F5B00;
  t.warningGround = 0xFBF0D9;
  t.error = 0xB3261E;
  t.errorGround = 0xFBE9E7;
  t.data = 0x4C6FA0;
  t.data2 = 0x8393AA;
  t.series2 = 0xA9611A;
  t.series3 = 0x3D7F63;
  t.series4 = 0x8A4F8F;
  t.grid = 0xE8EBEF;
  t.casing = 0xFFFFFF;
  return t;
}

ThemeTokens darkTokens() {
  ThemeTokens t;
  t.kind = ThemeKind::Dark;
  t.window = 0x121418;
  t.panel = 0x191C21;
  t.raised = 0x1F2329;
  t.sunken = 0x15181C;
  t.border = 0x343A44;
  t.hair = 0x292E36;
  t.text = 0xE3E6EB;
  t.muted = 0x9CA5B3;
  t.faint = 0x757E8C;
  t.accent = 0xA597FF;
  t.onAccent = 0x14121F;
  t.accentSoft = 0x2B2747;
  t.selection = 0x3A3468;
  t.accentHover = 0xB1A5FF;
  t.accentPressed = 0x8B7FD6;
  t.hover = 0x282D35;
  t.pressed = 0x313740;
  t.reference = 0x45C0C9;
  t.success = 0x58C48A;
  t.warning = 0xE3B04B;
  t.warningGround = 0x3A2F17;
  t.error = 0xFF8A80;
  t.errorGround = 0x3F1F1D;
  t.data = 0x7FA3D6;
  t.data2 = 0x6C788C;
  t.series2 = 0xDFA05A;
  t.series3 = 0x6FC0A0;
  t.series4 = 0xC791CC;
  t.grid = 0x2A2F37;
  t.casing = 0x0B0D10;
  return t;
}

/// sRGB to linear light (IEC 61966-2-1).
double linear(double channel) {
  return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

}  // namespace

const ThemeTokens& tokensOf(ThemeKind kind) {
  static const ThemeTokens light = lightTokens();
  static const ThemeTokens dark = darkTokens();
  return kind == ThemeKind::Dark ? dark : light;
}

double luminance(const QColor& colour) {
  return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) + 0.0722 * linear(colour.blueF());
}

double contrast(const QColor& a, const QColor& b) {
  const double first = luminance(a);
  const double second = luminance(b);
  return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

QColor mixed(const QColor& ground, const QColor& over, double share) {
  const auto mix = [share](float from, float to) { return from + (to - from) * static_cast<float>(share); };
  return QColor::fromRgbF(mix(ground.redF(), over.redF()), mix(ground.greenF(), over.greenF()),
                          mix(ground.blueF(), over.blueF()));
}

}  // namespace patchbay::ui
