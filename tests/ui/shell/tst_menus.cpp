#include <set>

#include <QLineEdit>
#include <QListWidget>
#include <QMenuBar>

#include "tests/ui/shell/window_fixture.h"
#include "ui/models/action_match.h"
#include "ui/shell/action_binder.h"
#include "ui/state/selection.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowFixture;

namespace {

void collect(const QMenu& menu, std::multiset<QString>& ids) {
  for (const QAction* action : menu.actions()) {
    if (action->menu()) {
      collect(*action->menu(), ids);
    } else if (!action->isSeparator()) {
      ids.insert(action->objectName());
    }
  }
}

}  // namespace

class MenusTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void menusHoldExactlyWhatTheRegistryNames() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    std::multiset<QString> shown;
    for (const QAction* menu : fixture.find<QMenuBar>("menuBar")->actions()) collect(*menu->menu(), shown);
    for (const Action& action : fixture.bench().actions->all()) {
      const std::size_t wanted = action.menu == Menu::None ? 0 : 1;
      QVERIFY2(shown.count(action.id) == wanted, qPrintable(action.id));
      shown.erase(action.id);
    }
    QVERIFY2(shown.empty(), shown.empty() ? "" : qPrintable(*shown.begin()));
    QVERIFY(fixture.stop());
  }

  void idsAndKeysAreDistinctAndWordsAreSentenceCase() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    std::set<QString> keys;
    for (const Action& action : fixture.bench().actions->all()) {
      QVERIFY2(action.id.contains(QLatin1Char('.')), qPrintable(action.id));
      QVERIFY2(action.text.at(0).isUpper(), qPrintable(action.id));
      QVERIFY2(action.trigger, qPrintable(action.id));
      for (const QString& key : action.shortcuts)
        QVERIFY2(keys.insert(key).second, qPrintable(key + QLatin1Char(' ') + action.id));
    }
    QVERIFY(fixture.stop());
  }

  void everyActionIsReachableFromThePalette() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    for (const Action& action : fixture.bench().actions->all()) {
      const auto matched = matchActions(*fixture.bench().actions, action.text);
      QVERIFY2(!matched.empty(), qPrintable(action.text));
      const bool isNear = std::find(matched.begin(), matched.begin() + std::min<std::ptrdiff_t>(5, std::ssize(matched)),
                                    &action) != matched.begin() + std::min<std::ptrdiff_t>(5, std::ssize(matched));
      QVERIFY2(isNear, qPrintable(action.text));
    }
    QVERIFY(fixture.stop());
  }

  void thePaletteRunsWhatIsChosen() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    fixture.bench().actions->trigger(QStringLiteral("view.palette"));
    auto* field = fixture.find<QLineEdit>("paletteField");
    QVERIFY(field->isVisible());
    QTest::keyClicks(field, QStringLiteral("about"));
    QCOMPARE(fixture.find<QListWidget>("paletteList")->currentItem()->text(), QStringLiteral("About Patchbay"));
    QTest::keyClick(field, Qt::Key_Return);
    QTRY_VERIFY(fixture.find("aboutDialog"));
    QVERIFY(!field->isVisible());
    QTest::keyClick(fixture.find("aboutDialog"), Qt::Key_Escape);
    QTRY_VERIFY(!fixture.find("aboutDialog"));
    QVERIFY(fixture.stop());
  }

  void thePaletteGoesToAPlace() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    const Selection& selection = *fixture.bench().selection;
    for (const auto& [words, address] :
         {std::pair{"t1.L2", "t1.L2.resid_post"}, std::pair{"t0.L1.resid_post", "t0.L1.resid_post"},
          std::pair{"blocks.0.hook_resid_post", "L0.resid_post"}}) {
      fixture.bench().actions->trigger(QStringLiteral("view.palette"));
      auto* field = fixture.find<QLineEdit>("paletteField");
      QTest::keyClicks(field, QString::fromLatin1(words));
      QCOMPARE(fixture.find<QListWidget>("paletteList")->currentItem()->text(),
               QStringLiteral("Go to ") + QLatin1String(address));
      QTest::keyClick(field, Qt::Key_Return);
      QCOMPARE(selection.state().address(), QString::fromLatin1(address));
    }
    // Words that only look like a place are words.
    fixture.bench().actions->trigger(QStringLiteral("view.palette"));
    auto* field = fixture.find<QLineEdit>("paletteField");
    QTest::keyClicks(field, QStringLiteral("t4.L"));
    QVERIFY(!fixture.find<QListWidget>("paletteList")->currentItem()->text().startsWith(QStringLiteral("Go to")));
    QVERIFY(fixture.stop());
  }

  void fuzzyMatchLikesStartsOfWords() {
    QVERIFY(fuzzyScore(QStringLiteral("pal"), QStringLiteral("Patchscope of all layers")) > 0);
    QVERIFY(fuzzyScore(QStringLiteral("fm"), QStringLiteral("Free model")) >
            fuzzyScore(QStringLiteral("fm"), QStringLiteral("Confirm it")));
    QCOMPARE(fuzzyScore(QStringLiteral("xyz"), QStringLiteral("Free model")), 0);
  }
};

QTEST_MAIN(MenusTest)
#include "tst_menus.moc"
