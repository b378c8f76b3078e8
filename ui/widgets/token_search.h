#pragma once

#include <QtCore/QString>

#include <span>
#include <utility>
#include <vector>

#include "ui/widgets/token_chip.h"

namespace patchbay::ui {

/// First and last token that a hit touches, both included.
using TokenHit = std::pair<int, int>;

/// Every place of `text` in the joined token texts, case aside, in reading order; none for an empty text.
[[nodiscard]] std::vector<TokenHit> findInTokens(std::span<const TokenChip> chips, const QString& text);
/// The next hit that begins after a token, the first one when there is none. `hits` must not be empty.
[[nodiscard]] TokenHit hitAfter(const std::vector<TokenHit>& hits, int token);
/// The last hit that begins before a token, the last of all when there is none. `hits` must not be empty.
[[nodiscard]] TokenHit hitBefore(const std::vector<TokenHit>& hits, int token);

}  // namespace patchbay::ui
