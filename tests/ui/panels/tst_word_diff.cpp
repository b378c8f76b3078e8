#include <QTest>

#include "ui/panels/layer_list.h"
#include "ui/panels/word_diff.h"

using namespace patchbay::ui;

namespace {

QStringList spansOf(const QString& text, const std::vector<TextSpan>& spans) {
  QStringList words;
  for (const TextSpan& span : spans) words << text.mid(span.start, span.length);
  return words;
}

}  // namespace

class TestWordDiff : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void equalTextsDoNotDiffer() {
    const WordDiff diff = wordDiff(QStringLiteral("a b\nc"), QStringLiteral("a  b c"));
    QVERIFY(diff.removed.empty());
    QVERIFY(diff.added.empty());
  }

  void neighbouringWordsJoin() {
    const QString before = QStringLiteral("Sure! Here's how to make great coffee");
    const QString after = QStringLiteral("Certainly, how to make excellent strong coffee");
    const WordDiff diff = wordDiff(before, after);
    QCOMPARE(spansOf(before, diff.removed), QStringList({QStringLiteral("Sure! Here's"), QStringLiteral("great")}));
    QCOMPARE(spansOf(after, diff.added),
             QStringList({QStringLiteral("Certainly,"), QStringLiteral("excellent strong")}));
  }

  void emptyAgainstWordsIsAllAdded() {
    const WordDiff diff = wordDiff(QString(), QStringLiteral(" one two "));
    QVERIFY(diff.removed.empty());
    QCOMPARE(diff.added, std::vector<TextSpan>({{1, 7}}));
  }

  void parsesLayers_data() {
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("isUnderstood");
    QTest::addColumn<QString>("normal");
    QTest::newRow("one") << "24" << true << "24";
    QTest::newRow("range") << "0-28" << true << "0-28";
    QTest::newRow("mixed") << "9, 3-7,5" << true << "3-7, 9";
    QTest::newRow("step") << "0-28/14" << true << "0, 14, 28";
    QTest::newRow("last") << "-1" << true << "29";
    QTest::newRow("beyond") << "30" << false << "";
    QTest::newRow("backwards") << "7-3" << false << "";
    QTest::newRow("words") << "all" << false << "";
    QTest::newRow("nothing") << "" << false << "";
    QTest::newRow("long") << "99999999999999" << false << "";
  }

  void parsesLayers() {
    QFETCH(QString, text);
    QFETCH(bool, isUnderstood);
    QFETCH(QString, normal);
    const auto layers = parseLayers(text, 30);
    QCOMPARE(layers.has_value(), isUnderstood);
    if (layers) QCOMPARE(formatLayers(*layers), normal);
  }
};

QTEST_APPLESS_MAIN(TestWordDiff)
#include "tst_word_diff.moc"
