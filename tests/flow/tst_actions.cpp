#include <map>
#include <set>

#include <QAbstractButton>
#include <QKeySequence>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QMenuBar>

#include "tests/flow/window_driver.h"
#include "ui/state/action_registry.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;

namespace {

/// Entries of a menu and its submenus with the title of the topmost menu. Live menus fill themselves when shown.
void collect(const QMenu& menu, const QString& title, std::multimap<QString, QString>& entries) {
  for (const QAction* action : menu.actions()) {
    if (action->menu()) {
      collect(*action->menu(), title, entries);
    } else if (!action->isSeparator()) {
      entries.emplace(action->objectName(), title);
    }
  }
}

QString menuTitle(Menu menu) {
  static const std::map<Menu, QString> titles{
      {Menu::File, QStringLiteral("File")},       {Menu::Edit, QStringLiteral("Edit")},
      {Menu::View, QStringLiteral("View")},       {Menu::Model, QStringLiteral("Model")},
      {Menu::Analyse, QStringLiteral("Analyse")}, {Menu::Intervene, QStringLiteral("Intervene")},
      {Menu::Train, QStringLiteral("Train")},     {Menu::Help, QStringLiteral("Help")}};
  return titles.at(menu);
}

/// Parts that Qt makes inside its own widgets and that are reached through these.
bool isInside(const QAbstractButton* button) {
  const QString kind = QString::fromLatin1(button->metaObject()->className());
  return kind == QLatin1String("QTableCornerButton") || kind == QLatin1String("QLineEditIconButton") ||
         button->objectName().startsWith(QLatin1String("qt_"));
}

}  // namespace

/// Every action can be reached, once in its menu and in the palette; no key means two things; every button has a name.
class ActionsTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() {
    tests::failOnQtWarnings();
    m_driver = std::make_unique<WindowDriver>();
    CommandLine line;
    line.model = m_driver->tinyModel();
    line.session = m_driver->file(QStringLiteral("work.patchbay"));
    QVERIFY(m_driver->start(line));
    QVERIFY(m_driver->waitUntilReady());
  }
  void cleanup() { QVERIFY(m_driver->stop()); }

  void thePaletteListsEveryAction() {
    m_driver->key(Qt::Key_K, Qt::ControlModifier);
    auto* field = m_driver->find<QLineEdit>("paletteField");
    QTRY_VERIFY(field->isVisible());
    const auto* list = m_driver->find<QListWidget>("paletteList");
    std::multiset<QString> words;
    for (int row = 0; row < list->count(); ++row) words.insert(list->item(row)->text());
    for (const Action& action : actions().all()) {
      // The palette need not offer itself.
      const std::size_t wanted = action.id == QLatin1String("view.palette") ? 0 : 1;
      QVERIFY2(words.count(action.text) == wanted, qPrintable(action.text));
    }
    QCOMPARE(words.size(), actions().all().size() - 1);
    m_driver->key(Qt::Key_Escape);
    QVERIFY(!field->isVisible());
  }

  void menusHoldEveryActionOnceAndNothingElse() {
    std::multimap<QString, QString> entries;
    for (const QAction* menu : m_driver->find<QMenuBar>("menuBar")->actions())
      collect(*menu->menu(), menu->text().remove(QLatin1Char('&')), entries);
    for (const auto& [id, title] : entries) QVERIFY2(actions().find(id), qPrintable(title + QStringLiteral(": ") + id));
    for (const Action& action : actions().all()) {
      QVERIFY2(entries.count(action.id) == (action.menu == Menu::None ? 0u : 1u), qPrintable(action.id));
      if (action.menu != Menu::None) QCOMPARE(entries.find(action.id)->second, menuTitle(action.menu));
    }
  }

  void noKeyMeansTwoThings() {
    std::map<QString, QString> owners;
    for (const Action& action : actions().all()) {
      for (const QString& key : action.shortcuts) {
        const QKeySequence parsed(key, QKeySequence::PortableText);
        QVERIFY2(parsed.count() == 1 && parsed[0].key() != Qt::Key_unknown, qPrintable(key));
        const auto [owner, isNew] = owners.emplace(parsed.toString(), action.id);
        QVERIFY2(isNew, qPrintable(key + QStringLiteral(": ") + owner->second + QStringLiteral(" and ") + action.id));
      }
    }
    // Keys bound outside the registry would not be listed anywhere.
    for (const QAction* action : m_driver->window().findChildren<QAction*>()) {
      for (const QKeySequence& key : action->shortcuts())
        QVERIFY2(owners.contains(key.toString()), qPrintable(key.toString()));
    }
  }

  void everyButtonHasAName() {
    m_driver->writePrompt(QStringLiteral("hello world"));
    m_driver->key(Qt::Key_Return);
    QTRY_VERIFY(m_driver->isDone(m_driver->shownRun()));
    for (const char* words : {"New Patchscope", "Steering", "Chat and continuation", "Model facts"})
      m_driver->choose(QString::fromLatin1(words));
    QTRY_VERIFY(m_driver->window().views().tabCount() >= 5);
    int icons = 0;
    for (const QAbstractButton* button : m_driver->window().findChildren<QAbstractButton*>()) {
      const bool isEmpty = button->icon().isNull() && button->isHidden();  // the button of a strip that offers nothing
      if (isInside(button) || isEmpty || !button->text().isEmpty()) continue;
      ++icons;
      const QString place = QString::fromLatin1(button->metaObject()->className()) + QLatin1Char(' ') +
                            button->objectName() + QStringLiteral(" in ") +
                            (button->parentWidget() ? button->parentWidget()->objectName() : QString());
      QVERIFY2(!button->accessibleName().isEmpty(), qPrintable(place));
    }
    QVERIFY(icons > 5);
  }

  void plotKeysAreLettersOnlyInPlots() {
    m_driver->writePrompt(QStringLiteral("pmnds PMNDS"));
    QCOMPARE(m_driver->find<QLineEdit>("promptField")->text(), QStringLiteral("pmnds PMNDS"));
    for (const Action& action : actions().all()) {
      if (action.scope == ShortcutScope::Window) {
        for (const QString& key : action.shortcuts) QVERIFY2(key.size() > 1, qPrintable(action.id));
      }
    }
  }

private:
  [[nodiscard]] const ActionRegistry& actions() const { return *m_driver->bench().actions; }

  std::unique_ptr<WindowDriver> m_driver;
};

QTEST_MAIN(ActionsTest)
#include "tst_actions.moc"
