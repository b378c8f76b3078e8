#include "ui/panels/layer_list.h"

#include <set>

#include <QRegularExpression>
#include <QStringList>

namespace patchbay::ui {
namespace {

/// Adds the layers of one part between commas; false when it is not understood.
bool addPart(const QString& part, int layers, std::set<int>& found) {
  static const QRegularExpression kForm(
      QStringLiteral(R"(^(-?\d{1,6})(?:\s*[-–]\s*(\d{1,6}))?(?:\s*/\s*(\d{1,4}))?$)"));
  const QRegularExpressionMatch match = kForm.match(part);
  if (!match.hasMatch()) return false;
  int first = match.captured(1).toInt();
  if (first < 0) first += layers;
  const int last = match.captured(2).isEmpty() ? first : match.captured(2).toInt();
  const int step = match.captured(3).isEmpty() ? 1 : match.captured(3).toInt();
  if (first < 0 || last >= layers || first > last || step < 1) return false;
  for (int layer = first; layer <= last; layer += step) found.insert(layer);
  return true;
}

}  // namespace

std::optional<std::vector<int>> parseLayers(const QString& text, int layers) {
  std::set<int> found;
  for (const QString& part : text.split(QLatin1Char(','))) {
    if (!addPart(part.trimmed(), layers, found)) return std::nullopt;
  }
  return std::vector<int>(found.begin(), found.end());
}

QString formatLayers(const std::vector<int>& layers) {
  QStringList parts;
  for (std::size_t i = 0; i < layers.size();) {
    std::size_t end = i;
    while (end + 1 < layers.size() && layers[end + 1] == layers[end] + 1) ++end;
    parts << (end == i ? QString::number(layers[i]) : QStringLiteral("%1-%2").arg(layers[i]).arg(layers[end]));
    i = end + 1;
  }
  return parts.join(QLatin1String(", "));
}

}  // namespace patchbay::ui
