#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "ui/state/action_registry.h"
#include "ui/state/settings.h"

using namespace patchbay::ui;

class ActionRegistryTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void aDisabledActionDoesNotRun() {
    ActionRegistry registry;
    int runs = 0;
    bool enabled = false;
    registry.add({.id = QStringLiteral("a.b"),
                  .text = QStringLiteral("Do"),
                  .trigger = [&] { ++runs; },
                  .isEnabled = [&] { return enabled; }});
    QVERIFY(!registry.trigger(QStringLiteral("a.b")));
    enabled = true;
    QVERIFY(registry.trigger(QStringLiteral("a.b")));
    QCOMPARE(runs, 1);
    QVERIFY(!registry.trigger(QStringLiteral("unknown")));
  }
  void singleLettersAreForPlots() {
    ActionRegistry registry;
    registry.add({.id = QStringLiteral("plot"),
                  .text = QStringLiteral("P"),
                  .shortcuts = {QStringLiteral("P")},
                  .scope = ShortcutScope::PlotFocus,
                  .trigger = [] {}});
    registry.add({.id = QStringLiteral("window"),
                  .text = QStringLiteral("K"),
                  .shortcuts = {QStringLiteral("Ctrl+K")},
                  .trigger = [] {}});
    QVERIFY(registry.forPlotKey(QStringLiteral("P")));
    QVERIFY(!registry.forPlotKey(QStringLiteral("Ctrl+K")));
    QVERIFY(!registry.forPlotKey(QStringLiteral("Shift+P")));
  }
  void aKeyOfADisabledActionSaysWhy() {
    ActionRegistry registry;
    bool enabled = false;
    int runs = 0;
    registry.add({.id = QStringLiteral("plot"),
                  .text = QStringLiteral("P"),
                  .shortcuts = {QStringLiteral("P")},
                  .scope = ShortcutScope::PlotFocus,
                  .trigger = [&] { ++runs; },
                  .isEnabled = [&] { return enabled; },
                  .disabledReason = [] { return QStringLiteral("because"); }});
    QSignalSpy refused(&registry, &ActionRegistry::refused);
    QVERIFY(!registry.triggerPlotKey(QStringLiteral("Q")));
    QVERIFY(registry.triggerPlotKey(QStringLiteral("P")));
    QCOMPARE(runs, 0);
    QCOMPARE(refused.count(), 1);
    QCOMPARE(refused[0][0].toString(), QStringLiteral("because"));
    enabled = true;
    QVERIFY(registry.disabledReason(QStringLiteral("plot")).isEmpty());
    QVERIFY(registry.triggerPlotKey(QStringLiteral("P")));
    QCOMPARE(runs, 1);
    QCOMPARE(refused.count(), 1);
  }
  void manyRefreshesAreOne() {
    ActionRegistry registry;
    QSignalSpy refreshed(&registry, &ActionRegistry::refreshed);
    for (int i = 0; i < 10; ++i) registry.refresh();
    QTRY_COMPARE(refreshed.count(), 1);
  }
  void settingsKeepWhatWasSet() {
    const QTemporaryDir folder;
    const QString file = folder.filePath(QStringLiteral("s.ini"));
    {
      Settings settings(file);
      QCOMPARE(settings.theme(), ThemeChoice::System);
      settings.setTheme(ThemeChoice::Dark);
      settings.setScalePercent(1000);
      for (int i = 0; i < 12; ++i) settings.addRecentModel(QStringLiteral("m%1").arg(i));
      settings.addRecentModel(QStringLiteral("m8"));
    }
    const Settings again(file);
    QCOMPARE(again.theme(), ThemeChoice::Dark);
    QCOMPARE(again.scalePercent(), 300);
    QCOMPARE(again.recentModels().size(), 8);
    QCOMPARE(again.recentModels().front(), QStringLiteral("m8"));
    QVERIFY(again.isChanged(QStringLiteral("appearance/theme")));
    {
      Settings third(file);
      third.resetValue(QStringLiteral("appearance/theme"));
      QVERIFY(!third.isChanged(QStringLiteral("appearance/theme")));
      third.setThreads(3);
    }
    const Settings fourth(file);
    QCOMPARE(fourth.theme(), ThemeChoice::System);
    QCOMPARE(fourth.threads(), 3);
    QCOMPARE(fourth.scalePercent(), 300);
  }
};

QTEST_GUILESS_MAIN(ActionRegistryTest)
#include "tst_action_registry.moc"
