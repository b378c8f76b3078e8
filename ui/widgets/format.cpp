#include "ui/widgets/format.h"

#include <QtCore/QByteArray>
#include <QtCore/QCoreApplication>
#include <QtCore/QStringDecoder>
#include <QtGui/QFontMetricsF>

#include <algorithm>
#include <array>
#include <cmath>

namespace patchbay::ui {

namespace {

constexpr QChar kNewLine(0x21B5);  // ↵
constexpr QChar kThinSpace(0x2009);
constexpr QChar kEllipsis(0x2026);
constexpr QChar kEnDash(0x2013);

QString withoutLeadingZero(QString number) {
  if (number.startsWith(QLatin1String("0."))) return number.mid(1);
  if (number.startsWith(QLatin1String("-0."))) return QLatin1Char('-') + number.mid(2);
  return number;
}

QString byteText(unsigned char byte) {
  return QStringLiteral("<0x%1>").arg(QString::number(byte, 16).toUpper().rightJustified(2, QLatin1Char('0')));
}

/// Length of the UTF-8 sequence that begins with this byte; 0 when none does.
int sequenceLength(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

QString displayBytes(const QByteArray& bytes) {
  QString shown;
  for (qsizetype i = 0; i < bytes.size();) {
    const int length = sequenceLength(static_cast<unsigned char>(bytes[i]));
    if (length > 0 && i + length <= bytes.size()) {
      QStringDecoder decoder(QStringDecoder::Utf8);
      const QString text = decoder.decode(QByteArrayView(bytes).sliced(i, length));
      if (!decoder.hasError() && !text.contains(QChar::ReplacementCharacter)) {
        shown += text;
        i += length;
        continue;
      }
    }
    shown += byteText(static_cast<unsigned char>(bytes[i]));
    ++i;
  }
  return shown;
}

}  // namespace

QString formatProbability(double p) {
  if (std::isnan(p)) return QStringLiteral("-");
  if (p < 0.005) return QStringLiteral("<.01");
  if (p >= 0.995) return QStringLiteral("1.0");
  return withoutLeadingZero(QString::number(p, 'f', 2));
}

QString formatChipProbability(double p) {
  if (std::isnan(p)) return QString(kEnDash);
  if (p < 0.0005) return QStringLiteral("<.001");
  if (p < 0.0095) return withoutLeadingZero(QString::number(p, 'f', 3));
  return formatProbability(p);
}

QString formatNumber(double value, int decimals) {
  if (std::isnan(value)) return QStringLiteral("-");
  QString text = QString::number(value, 'f', decimals);
  // A value that rounds to nothing has no sign.
  if (text.startsWith(QLatin1Char('-')) && text.toDouble() == 0.0) text.remove(0, 1);
  return withoutLeadingZero(text);
}

QString formatSigned(double value, int decimals) {
  const QString text = formatNumber(value, decimals);
  if (std::isnan(value)) return text;
  if (text.toDouble() == 0.0) return QStringLiteral("0");
  return value > 0 ? QLatin1Char('+') + text : text;
}

QString formatCompact(double value) {
  if (std::isnan(value)) return QStringLiteral("-");
  if (value == 0.0) return QStringLiteral("0");
  const double size = std::abs(value);
  if (size >= 1e6 || size < 1e-3) {
    QString text = QString::number(value, 'e', 1);
    const qsizetype e = text.indexOf(QLatin1Char('e'));
    return text.left(e).replace(QLatin1String(".0"), QString()) + QLatin1Char('e') +
           QString::number(text.mid(e + 1).toInt());
  }
  const int digits = std::max(0, 2 - static_cast<int>(std::floor(std::log10(size))));
  QString text = QString::number(value, 'f', digits);
  if (text.contains(QLatin1Char('.'))) {
    while (text.endsWith(QLatin1Char('0'))) text.chop(1);
    if (text.endsWith(QLatin1Char('.'))) text.chop(1);
  }
  return withoutLeadingZero(text);
}

QString formatSeconds(double seconds) {
  if (std::isnan(seconds) || seconds < 0) return QStringLiteral("-");
  if (seconds < 0.05) return QStringLiteral("<0.1 s");
  if (seconds < 9.95) return QStringLiteral("%1 s").arg(seconds, 0, 'f', 1);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return QStringLiteral("%1 s").arg(whole);
  if (whole < 3600) return QStringLiteral("%1 min %2 s").arg(whole / 60).arg(whole % 60);
  return QStringLiteral("%1 h %2 min").arg(whole / 3600).arg(whole % 3600 / 60);
}

QString formatBytes(double bytes) {
  constexpr std::array units = {"B", "kB", "MB", "GB", "TB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  // Gigabytes are told apart by their tenths, smaller units by whole numbers.
  const int decimals = unit >= 3 && bytes < 99.95 ? 1 : 0;
  return QStringLiteral("%1 %2").arg(QString::number(bytes, 'f', decimals), QLatin1String(units[unit]));
}

QString formatCount(std::int64_t count) {
  QString digits = QString::number(count);
  const qsizetype first = count < 0 ? 1 : 0;
  for (qsizetype at = digits.size() - 3; at > first; at -= 3) digits.insert(at, kThinSpace);
  return digits;
}

QString formatPercent(double share) {
  if (std::isnan(share)) return QStringLiteral("-");
  return QStringLiteral("%1 %").arg(qRound(share * 100));
}

QString displayToken(const QString& text) {
  if (text.isEmpty()) return QString(QChar(0x2205));
  qsizetype lead = 0;
  while (lead < text.size() && text[lead] == QLatin1Char(' ')) ++lead;
  qsizetype tail = text.size();
  while (tail > lead && text[tail - 1] == QLatin1Char(' ')) --tail;
  QString shown;
  shown.reserve(text.size());
  for (qsizetype i = 0; i < text.size(); ++i) {
    const QChar c = text[i];
    if (c == QLatin1Char(' ') && (i < lead || i >= tail))
      shown += QChar(0x2423);
    else if (c == QLatin1Char('\n'))
      shown += kNewLine;
    else if (c == QLatin1Char('\t'))
      shown += QChar(0x21E5);
    else if (c.unicode() < 0x20 || c.unicode() == 0x7F)
      shown += byteText(static_cast<unsigned char>(c.unicode()));
    else
      shown += c;
  }
  return shown;
}

QString displayToken(const TokenFact& token) {
  if (token.bytesHex.empty()) return displayToken(QString::fromStdString(token.text));
  return displayToken(displayBytes(QByteArray::fromHex(QByteArray::fromStdString(token.bytesHex))));
}

QString oneLine(const std::string& text) { return QString::fromStdString(text).replace(QLatin1Char('\n'), kNewLine); }
std::string fromOneLine(QString text) { return text.replace(kNewLine, QLatin1Char('\n')).toStdString(); }

std::string meantToken(QString typed) { return typed.replace(QChar(0x2423), QLatin1Char(' ')).toStdString(); }

QString typedToken(const std::string& token) {
  QString words = QString::fromStdString(token);
  if (words.startsWith(QLatin1Char(' '))) words.front() = QChar(0x2423);
  return words;
}

QString spokenToken(const QString& displayed) {
  QString text = displayed;
  text.replace(QChar(0x2423), QLatin1Char(' '));
  text.replace(kNewLine, QCoreApplication::translate("Format", "new line"));
  text.replace(QChar(0x21E5), QCoreApplication::translate("Format", "tab"));
  return QLatin1Char('\'') + text + QLatin1Char('\'');
}

QString elideMiddle(const QString& text, int characters) {
  if (text.size() <= characters || characters < 1) return text;
  const int kept = characters - 1;
  const int head = (kept + 1) / 2;
  return text.left(head) + kEllipsis + text.right(kept - head);
}

QString elideMiddle(const QString& text, const QFontMetricsF& metrics, qreal width) {
  return metrics.elidedText(text, Qt::ElideMiddle, width);
}

QString formatRange(int first, int last) {
  return first == last ? QString::number(first) : QString::number(first) + kEnDash + QString::number(last);
}

}  // namespace patchbay::ui
