#pragma once

#include <QtCore/QRectF>
#include <QtCore/QString>
#include <QtGui/QFontMetricsF>

#include <limits>
#include <vector>

#include "core/data/prompt.h"

class QPainter;

namespace patchbay::ui {

/// Height of a chip at the plain text size, in pixels.
inline constexpr int kChipHeight = 26;

/// One token of a strip with what is known about it.
struct TokenChip {
  TokenFact token;
  float p = std::numeric_limits<float>::quiet_NaN();            ///< given the tokens before it; NaN when unknown
  int rank = 0;                                                 ///< 1 is the likeliest; 0 when unknown
  float entropyBits = std::numeric_limits<float>::quiet_NaN();  ///< of the distribution it came from; NaN when unknown
};

/// Chips without probabilities.
[[nodiscard]] std::vector<TokenChip> chipsOf(const std::vector<TokenFact>& tokens);

/// How a chip stands in its strip.
struct ChipFace {
  bool isSelected = false;
  bool isAlone = false;  ///< selected, and no other is
  bool isPinned = false;
  bool isHovered = false;
  bool isMarked = false;  ///< by a search or a template
  bool hasValue = false;  ///< its p stands at the right
};

/// Widths of chips in the present text size. Make one for a whole strip: its font measures are not free.
class ChipRuler {
public:
  /// `hasValues`: every chip but special ones has room for its p.
  explicit ChipRuler(bool hasValues);
  [[nodiscard]] int width(const TokenChip& chip) const;

private:
  bool m_hasValues;
  QFontMetricsF m_text;
  qreal m_textAdvance;
  qreal m_valueAdvance;
};

/// Everything known of the token at `position` in one line.
[[nodiscard]] QString describeChip(const TokenChip& chip, int position);
/// What a screen reader says of it: "token 4 ' France', id 4881".
[[nodiscard]] QString spokenChip(const TokenChip& chip, int position);

/// Paints a chip in the present theme.
void paintChip(QPainter& painter, const QRectF& area, const TokenChip& chip, const ChipFace& face);

}  // namespace patchbay::ui
