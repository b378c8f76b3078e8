#include "ui/plots/colour_vision.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace patchbay::ui {
namespace {

using Row = std::array<double, 3>;
constexpr std::array<std::array<Row, 3>, 3> kMissing = {{
    {{{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}}},
    {{{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}}},
    {{{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}}},
}};

double toLinear(double value) { return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4); }

double toDisplay(double value) {
  const double inside = std::clamp(value, 0.0, 1.0);
  return inside <= 0.0031308 ? inside * 12.92 : 1.055 * std::pow(inside, 1 / 2.4) - 0.055;
}

}  // namespace

QColor asSeen(const QColor& colour, ColourVision vision) {
  if (vision == ColourVision::Full) return colour;
  const auto& matrix = kMissing[static_cast<std::size_t>(vision) - 1];
  const Row linear = {toLinear(colour.redF()), toLinear(colour.greenF()), toLinear(colour.blueF())};
  Row seen{};
  for (std::size_t i = 0; i < 3; ++i)
    seen[i] = toDisplay(matrix[i][0] * linear[0] + matrix[i][1] * linear[1] + matrix[i][2] * linear[2]);
  return QColor::fromRgbF(static_cast<float>(seen[0]), static_cast<float>(seen[1]), static_cast<float>(seen[2]),
                          static_cast<float>(colour.alphaF()));
}

}  // namespace patchbay::ui
