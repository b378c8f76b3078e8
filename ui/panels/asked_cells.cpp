#include "ui/panels/asked_cells.h"

#include <algorithm>

#include <QCoreApplication>
#include <QStringList>

namespace patchbay::ui {
namespace {

/// Layers that a person may name in one part.
constexpr int kMostLayers = 1000;

Place placeOf(const AskedSpan& first, int lastLayer) {
  return {.tokens = IndexRange{first.firstToken, first.lastToken},
          .layers = IndexRange{first.layer, lastLayer},
          .head = {},
          .site = Site::ResidPost};
}

}  // namespace

std::optional<std::vector<AskedSpan>> parseCells(const QString& text) {
  std::vector<AskedSpan> spans;
  for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
    std::string words = part.trimmed().toStdString();
    // A cell is of the residual stream unless it says otherwise.
    if (words.find("resid") == std::string::npos && words.find('.') != std::string::npos) words += ".resid_post";
    const auto place = parsePlace(words);
    if (!place || !place->tokens || !place->layers || place->head || place->site != Site::ResidPost)
      return std::nullopt;
    if (place->layers->last - place->layers->first > kMostLayers) return std::nullopt;
    for (int layer = place->layers->first; layer <= place->layers->last; ++layer)
      spans.push_back({place->tokens->first, place->tokens->last, layer});
  }
  if (spans.empty()) return std::nullopt;
  return spans;
}

QString formatCells(const std::vector<AskedSpan>& spans) {
  QStringList parts;
  for (std::size_t first = 0; first < spans.size();) {
    std::size_t last = first;
    const auto follows = [&](std::size_t next) {
      return spans[next].firstToken == spans[first].firstToken && spans[next].lastToken == spans[first].lastToken &&
             spans[next].layer == spans[next - 1].layer + 1;
    };
    while (last + 1 < spans.size() && follows(last + 1)) ++last;
    QString words = QString::fromStdString(formatPlace(placeOf(spans[first], spans[last].layer)));
    words.remove(QStringLiteral(".resid_post"));
    parts << words;
    first = last + 1;
  }
  return parts.join(QStringLiteral(", "));
}

QString stateWords(const std::vector<AskedSpan>& spans) {
  int count = 0;
  for (const AskedSpan& span : spans) {
    // From the start to some place before the end: how many those are is the prompt's to say.
    if ((span.firstToken < 0) != (span.lastToken < 0)) return QCoreApplication::translate("Ask", "the states");
    count += std::abs(span.lastToken - span.firstToken) + 1;
  }
  return count == 1 ? QCoreApplication::translate("Ask", "1 state")
                    : QCoreApplication::translate("Ask", "%1 states").arg(count);
}

std::vector<AskedSpan> cellsOf(const SelectionState& selection) {
  std::vector<AskedSpan> spans;
  if (!selection.tokens || !selection.layers) return spans;
  for (int layer = selection.layers->first; layer <= selection.layers->last; ++layer)
    spans.push_back({selection.tokens->first, selection.tokens->last, layer});
  return spans;
}

}  // namespace patchbay::ui
