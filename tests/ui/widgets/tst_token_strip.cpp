#include <QtGui/QAccessible>
#include <QtTest/QtTest>
#include <QtWidgets/QApplication>

#include <QtCore/QElapsedTimer>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"

using namespace patchbay;
using namespace patchbay::ui;

namespace {

std::vector<TokenChip> chips(int count) {
  std::vector<TokenChip> result;
  for (int i = 0; i < count; ++i)
    result.push_back({{i, i % 7 == 3 ? " needle" : " word" + std::to_string(i), {}, false}, .1F, i + 1});
  return result;
}

}  // namespace

class TestTokenStrip : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void clickSelectsAndDragBrushes() {
    TokenStrip strip;
    strip.setChips(chips(5));
    strip.resize(700, 26);
    strip.show();
    QSignalSpy clicked(&strip, &TokenStrip::tokenClicked);
    QSignalSpy brushed(&strip, &TokenStrip::rangeBrushed);
    QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.chipRect(2).center().toPoint());
    QCOMPARE(clicked.size(), 1);
    QCOMPARE(clicked[0][0].toInt(), 2);
    QTest::mousePress(&strip, Qt::LeftButton, {}, strip.chipRect(1).center().toPoint());
    QTest::mouseMove(&strip, strip.chipRect(3).center().toPoint());
    QTest::mouseRelease(&strip, Qt::LeftButton, {}, strip.chipRect(3).center().toPoint());
    QVERIFY(brushed.size() >= 1);
    QCOMPARE(strip.selection(), std::optional(std::pair(1, 3)));
  }

  void chipsUnderTheSignOfAnEndAreNotOffered() {
    TokenStrip strip;
    strip.setChips(chips(40));
    // The sign begins in the middle of the fourth chip.
    strip.resize(static_cast<int>(strip.chipRect(3).center().x()) + 18, 26);
    strip.show();
    QSignalSpy clicked(&strip, &TokenStrip::tokenClicked);
    QTest::mouseClick(&strip, Qt::LeftButton, {}, QPoint(static_cast<int>(strip.chipRect(3).left()) + 2, 13));
    QCOMPARE(clicked.size(), 0);
    QTest::mouseClick(&strip, Qt::LeftButton, {}, strip.chipRect(2).center().toPoint());
    QCOMPARE(clicked.size(), 1);
  }

  void keysReachEveryToken() {
    TokenStrip strip;
    strip.setChips(chips(5));
    strip.resize(300, 26);
    strip.show();
    QTest::keyClick(&strip, Qt::Key_Home);
    QCOMPARE(strip.selection(), std::optional(std::pair(0, 0)));
    for (int i = 1; i < 5; ++i) {
      QTest::keyClick(&strip, Qt::Key_Right);
      QCOMPARE(strip.selection(), std::optional(std::pair(i, i)));
      QVERIFY(strip.accessibleDescription().contains(QStringLiteral("token %1").arg(i)));
      const QRectF area = strip.chipRect(i);
      QVERIFY(area.left() >= 0 && area.right() <= strip.width());
    }
    QTest::keyClick(&strip, Qt::Key_Left, Qt::ShiftModifier);
    QTest::keyClick(&strip, Qt::Key_Left, Qt::ShiftModifier);
    QCOMPARE(strip.selection(), std::optional(std::pair(2, 4)));
    QTest::keyClick(&strip, Qt::Key_End);
    QCOMPARE(strip.selection(), std::optional(std::pair(4, 4)));
  }

  void settingTheSelectionIsSilent() {
    TokenStrip strip;
    strip.setChips(chips(5));
    QSignalSpy clicked(&strip, &TokenStrip::tokenClicked);
    strip.setSelection(std::pair(1, 1));
    QCOMPARE(clicked.size(), 0);
    strip.setSelection(std::pair(3, 9));
    QVERIFY(!strip.selection());
    strip.setSelection(std::pair(4, 4));
    strip.setChips(chips(3));
    QVERIFY(!strip.selection());
  }

  void findGoesRoundTheHits() {
    TokenStrip strip;
    strip.setChips(chips(20));
    strip.resize(200, 26);
    QCOMPARE(strip.find(QStringLiteral("needle")), 3);
    QCOMPARE(strip.selection()->first, 3);
    strip.find(QStringLiteral("needle"));
    QCOMPARE(strip.selection()->first, 10);
    strip.find(QStringLiteral("needle"));
    strip.find(QStringLiteral("needle"));
    QCOMPARE(strip.selection()->first, 3);
    strip.find(QStringLiteral("needle"), false);
    QCOMPARE(strip.selection()->first, 17);
    QCOMPARE(strip.find(QStringLiteral("absent")), 0);
  }

  void aHitMayCrossTokens() {
    TokenStrip strip;
    strip.setChips(chipsOf({{0, "New", {}, false}, {1, " York", {}, false}, {2, " is", {}, false}}));
    QCOMPARE(strip.find(QStringLiteral("w yo")), 1);
    QCOMPARE(strip.selection(), std::optional(std::pair(0, 1)));
  }

  void thousandsOfTokensPaintFast() {
    TokenStrip strip;
    strip.setChips(chips(8000));
    strip.resize(1000, 26);
    strip.setSelection(std::pair(4000, 4000));
    QVERIFY(strip.chipRect(4000).left() >= 0);
    strip.grab();
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < 20; ++i) strip.grab();
    QVERIFY2(clock.nsecsElapsed() / 20 < 16'000'000, qPrintable(QString::number(clock.nsecsElapsed() / 20)));
  }

  void screenReadersSeeAListOfChips() {
    TokenStrip strip;
    strip.setChips(chips(5));
    strip.resize(700, 26);
    strip.show();
    QAccessibleInterface* list = QAccessible::queryAccessibleInterface(&strip);
    QCOMPARE(list->role(), QAccessible::List);
    QCOMPARE(list->childCount(), 5);
    QCOMPARE(list->text(QAccessible::Name), QStringLiteral("tokens, 5"));
    QAccessibleInterface* chip = list->child(2);
    QCOMPARE(chip->role(), QAccessible::ListItem);
    QCOMPARE(chip->text(QAccessible::Name), QStringLiteral("token 2 ' word2', id 2"));
    QCOMPARE(chip->parent(), list);
    QCOMPARE(list->indexOfChild(chip), 2);
    QCOMPARE(list->childAt(chip->rect().center().x(), chip->rect().center().y()), chip);
    QVERIFY(!list->child(5) && !list->child(-1));
    QVERIFY(!chip->state().selected);
    strip.activateWindow();
    strip.setFocus();
    QTRY_VERIFY(strip.hasFocus());
    QVERIFY(!list->focusChild());
    QTest::keyClick(&strip, Qt::Key_Home);
    QTest::keyClick(&strip, Qt::Key_Right, Qt::ShiftModifier);
    QTest::keyClick(&strip, Qt::Key_Right, Qt::ShiftModifier);
    QCOMPARE(list->focusChild(), chip);
    QVERIFY(chip->state().focused && chip->state().selected && list->child(1)->state().selected);
    QSignalSpy clicked(&strip, &TokenStrip::tokenClicked);
    list->child(4)->actionInterface()->doAction(QAccessibleActionInterface::pressAction());
    QCOMPARE(clicked.size(), 1);
    QCOMPARE(clicked[0][0].toInt(), 4);
    strip.setChips(chips(2));
    QVERIFY(!chip->isValid());
    QCOMPARE(chip->text(QAccessible::Name), QString());
    QCOMPARE(list->childCount(), 2);
  }

  void theMenuIsOfTheTokenUnderThePointerOrTheSelectedOne() {
    TokenStrip strip;
    strip.setChips(chips(5));
    strip.resize(700, 26);
    strip.show();
    QSignalSpy asked(&strip, &TokenStrip::tokenContextMenu);
    const QPoint at = strip.chipRect(2).center().toPoint();
    QContextMenuEvent byMouse(QContextMenuEvent::Mouse, at, strip.mapToGlobal(at));
    QCoreApplication::sendEvent(&strip, &byMouse);
    QCOMPARE(asked.size(), 1);
    QCOMPARE(strip.selection(), std::optional(std::pair(2, 2)));
    QTest::keyClick(&strip, Qt::Key_F10, Qt::ShiftModifier);
    QCOMPARE(asked.size(), 2);
    QCOMPARE(asked[1][0].toInt(), 2);
    strip.setSelection(std::pair(1, 3));
    QCoreApplication::sendEvent(&strip, &byMouse);
    QCOMPARE(strip.selection(), std::optional(std::pair(1, 3)));
  }

  void aChipSaysHowTheModelSawItComing() {
    TokenChip chip{.token = {.id = 260, .text = " the", .bytesHex = {}, .isSpecial = false}};
    QVERIFY(!describeChip(chip, 2).contains(QStringLiteral("rank")));
    QVERIFY(!describeChip(chip, 2).contains(QStringLiteral("entropy")));
    chip.p = 0.25F;
    chip.rank = 12;
    chip.entropyBits = 5.26F;
    const QString said = describeChip(chip, 2);
    for (const char* fact : {"token 2", "id 260", "bytes 20 74 68 65", "p .25", "surprise 2.0 bit", "rank 12",
                             "entropy before it 5.3 bit"})
      QVERIFY2(said.contains(QString::fromLatin1(fact)), qPrintable(said));
  }
};

QTEST_MAIN(TestTokenStrip)
#include "tst_token_strip.moc"
