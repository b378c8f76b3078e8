#pragma once

#include <QtCore/QString>

#include <cstdint>

#include "core/data/prompt.h"

class QFontMetricsF;

/// Numbers and tokens as text: the one place that decides how they read. Plain hyphen as minus, thin space in
/// thousands.
namespace patchbay::ui {

/// Probability: ".44", "<.01" under .005, "1.0" from .995, "-" for NaN. `decimals` 3 gives ".002" in chips.
[[nodiscard]] QString formatProbability(double p);
/// As in token chips: two decimals, three when that is all there is (".002"), "<.001" below, "–" when unknown.
[[nodiscard]] QString formatChipProbability(double p);
/// Fixed decimals, no leading zero when below one (".93", "-.21"); "-" for NaN.
[[nodiscard]] QString formatNumber(double value, int decimals);
/// Value with a sign: "+4.0", "-.17", "0".
[[nodiscard]] QString formatSigned(double value, int decimals);
/// Three or so significant figures, for axes and values of unknown size: "41.2", ".003", "1.2e6".
[[nodiscard]] QString formatCompact(double value);
/// "0.4 s", "12 s", "2 min 5 s", "1 h 4 min"; under 50 ms "<0.1 s".
[[nodiscard]] QString formatSeconds(double seconds);
/// "512 B", "98 MB", "1.2 GB"; powers of ten.
[[nodiscard]] QString formatBytes(double bytes);
/// "49 152" with thin spaces.
[[nodiscard]] QString formatCount(std::int64_t count);
/// "52 %".
[[nodiscard]] QString formatPercent(double share);

/// Token text for the eye: leading space "␣" (every space of a token of spaces), newline "↵", tab "⇥", control
/// characters and undecodable bytes "<0xE2>". An empty token is "∅".
[[nodiscard]] QString displayToken(const QString& text);
/// As above, bytes included when the text alone is not exact.
[[nodiscard]] QString displayToken(const TokenFact& token);
/// Text on one line: line breaks as "↵".
[[nodiscard]] QString oneLine(const std::string& text);
/// What was typed or shown so.
[[nodiscard]] std::string fromOneLine(QString text);
/// A token typed into a field, in which "␣" stands for a blank: leading blanks are part of a token. And back.
[[nodiscard]] std::string meantToken(QString typed);
[[nodiscard]] QString typedToken(const std::string& token);
/// A displayed token as a screen reader should say it: in quotes, its marks as plain spaces and words.
[[nodiscard]] QString spokenToken(const QString& displayed);
/// Middle-elided to a number of characters; the ellipsis counts as one.
[[nodiscard]] QString elideMiddle(const QString& text, int characters);
/// Middle-elided to a width.
[[nodiscard]] QString elideMiddle(const QString& text, const QFontMetricsF& metrics, qreal width);

/// First and last joined by an en dash ("0–29"), or one number when they are the same.
[[nodiscard]] QString formatRange(int first, int last);

}  // namespace patchbay::ui
