#include <QtGui/QFontMetricsF>
#include <QtTest/QtTest>

#include <cmath>

#include "ui/widgets/format.h"

using namespace patchbay;
using namespace patchbay::ui;

class TestFormat : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void probabilitiesKeepTwoDecimals_data() {
    QTest::addColumn<double>("p");
    QTest::addColumn<QString>("text");
    QTest::newRow("middle") << .437 << ".44";
    QTest::newRow("round up") << .005 << ".01";
    QTest::newRow("too small") << .00499 << "<.01";
    QTest::newRow("nothing") << 0.0 << "<.01";
    QTest::newRow("almost one") << .9949 << ".99";
    QTest::newRow("one from .995") << .995 << "1.0";
    QTest::newRow("one") << 1.0 << "1.0";
    QTest::newRow("unknown") << std::nan("") << "-";
  }
  void probabilitiesKeepTwoDecimals() {
    QFETCH(double, p);
    QFETCH(QString, text);
    QCOMPARE(formatProbability(p), text);
  }

  void chipsShowSmallProbabilities() {
    QCOMPARE(formatChipProbability(.63), QStringLiteral(".63"));
    QCOMPARE(formatChipProbability(.0021), QStringLiteral(".002"));
    QCOMPARE(formatChipProbability(.0001), QStringLiteral("<.001"));
    QCOMPARE(formatChipProbability(std::nan("")), QString(QChar(0x2013)));
  }

  void copiedNumbersParse() {
    for (const double value : {-12.25, -.17, .004, 1.59, 41.2, 0.0, 1234.5}) {
      bool isNumber = false;
      const double back = formatNumber(value, 3).toDouble(&isNumber);
      QVERIFY(isNumber);
      QVERIFY(std::abs(back - value) < 5e-4);
    }
    QCOMPARE(formatNumber(-.0001, 2), QStringLiteral(".00"));
    QCOMPARE(formatSigned(1.59, 2), QStringLiteral("+1.59"));
    QCOMPARE(formatSigned(-.17, 2), QStringLiteral("-.17"));
    QCOMPARE(formatSigned(.001, 2), QStringLiteral("0"));
  }

  void compactNumbersKeepThreeFigures() {
    QCOMPARE(formatCompact(41.23), QStringLiteral("41.2"));
    QCOMPARE(formatCompact(.5), QStringLiteral(".5"));
    QCOMPARE(formatCompact(1.0), QStringLiteral("1"));
    QCOMPARE(formatCompact(-2.0), QStringLiteral("-2"));
    QCOMPARE(formatCompact(100.0), QStringLiteral("100"));
    QCOMPARE(formatCompact(1.24e6), QStringLiteral("1.2e6"));
    QCOMPARE(formatCompact(2e-5), QStringLiteral("2e-5"));
    QCOMPARE(formatCompact(0), QStringLiteral("0"));
  }

  void timesAndSizes() {
    QCOMPARE(formatSeconds(.42), QStringLiteral("0.4 s"));
    QCOMPARE(formatSeconds(.01), QStringLiteral("<0.1 s"));
    QCOMPARE(formatSeconds(9.97), QStringLiteral("10 s"));
    QCOMPARE(formatSeconds(125), QStringLiteral("2 min 5 s"));
    QCOMPARE(formatSeconds(3840), QStringLiteral("1 h 4 min"));
    QCOMPARE(formatBytes(512), QStringLiteral("512 B"));
    QCOMPARE(formatBytes(98e6), QStringLiteral("98 MB"));
    QCOMPARE(formatBytes(1.24e9), QStringLiteral("1.2 GB"));
    QCOMPARE(formatCount(49152), QStringLiteral("49\u2009152"));
    QCOMPARE(formatCount(-1234567), QStringLiteral("-1\u2009234\u2009567"));
    QCOMPARE(formatCount(999), QStringLiteral("999"));
    QCOMPARE(formatPercent(.52), QStringLiteral("52 %"));
    QCOMPARE(formatRange(0, 29), QStringLiteral("0–29"));
    QCOMPARE(formatRange(14, 14), QStringLiteral("14"));
  }

  void tokensShowWhatTheEyeWouldMiss() {
    QCOMPARE(displayToken(QStringLiteral(" Paris")), QStringLiteral("␣Paris"));
    QCOMPARE(displayToken(QStringLiteral("  ")), QStringLiteral("␣␣"));
    QCOMPARE(displayToken(QStringLiteral("New York ")), QStringLiteral("New York␣"));
    QCOMPARE(displayToken(QStringLiteral("a\n\n")), QStringLiteral("a↵↵"));
    QCOMPARE(displayToken(QString(QChar(0x01))), QStringLiteral("<0x01>"));
    QCOMPARE(displayToken(QString()), QStringLiteral("∅"));
  }

  void bytesThatAreNoTextStayBytes() {
    TokenFact token;
    token.text = "\xEF\xBF\xBD";
    token.bytesHex = "e2";
    QCOMPARE(displayToken(token), QStringLiteral("<0xE2>"));
    token.bytesHex = "20 e2 80";
    QCOMPARE(displayToken(token), QStringLiteral("␣<0xE2><0x80>"));
    token.bytesHex = "c3 a9 ff";
    QCOMPARE(displayToken(token), QStringLiteral("é<0xFF>"));
  }

  void longTextsAreElidedInTheMiddle() {
    QCOMPARE(elideMiddle(QStringLiteral("internationalization"), 9), QStringLiteral("inte…tion"));
    QCOMPARE(elideMiddle(QStringLiteral("short"), 9), QStringLiteral("short"));
    QCOMPARE(elideMiddle(QStringLiteral("internationalization"), 9).size(), 9);
  }
};

QTEST_MAIN(TestFormat)
#include "tst_format.moc"
