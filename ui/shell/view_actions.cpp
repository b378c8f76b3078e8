#include <QCoreApplication>
#include <QDockWidget>
#include <QMainWindow>

#include "ui/models/run_tree_model.h"
#include "ui/shell/command_palette.h"
#include "ui/shell/runs_panel.h"
#include "ui/shell/tab_pane.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/settings.h"
#include "ui/state/undo_history.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("ViewActions", text); }

QDockWidget* dock(const WindowParts& parts, const QString& name) { return parts.window->findChild<QDockWidget*>(name); }

void addNavigation(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  Selection* selection = parts.desk.bench.selection;
  actions.add({.id = QStringLiteral("view.palette"),
               .text = words("Search actions"),
               .icon = QStringLiteral("search"),
               .shortcuts = {QStringLiteral("Ctrl+K")},
               .menu = Menu::View,
               .group = 0,
               .tip = words("Find anything the program can do"),
               .trigger = [&parts] {
                 const int width = qMin(560, parts.window->width() - 40);
                 parts.palette->openAt(
                     QRect((parts.window->width() - width) / 2, 32, width, qMin(420, parts.window->height() - 80)));
               }});
  actions.add({.id = QStringLiteral("view.pin"),
               .text = words("Pin as reference"),
               .icon = QStringLiteral("pin"),
               .shortcuts = {QStringLiteral("M")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::View,
               .group = 1,
               .tip = words("Compare other runs and cells with this one"),
               .onCells = true,
               .trigger =
                   [&parts, selection] {
                     const auto before = selection->reference();
                     selection->toggleReference();
                     markReference(parts.desk.bench, before);
                     const auto kept = [](const std::optional<SelectionState>& cell) {
                       return Json{{"cell", cell ? Json(*cell) : Json()}};
                     };
                     parts.desk.bench.undo->record(QStringLiteral("pin"),
                                                   selection->reference() ? words("pin") : words("unpin"), kept(before),
                                                   kept(selection->reference()));
                   },
               .isEnabled = [selection] { return selection->run() != 0; },
               .disabledReason = [] { return words("Select a run or a cell first"); },
               .isChecked = [selection] { return selection->reference() == selection->state(); }});
  const auto comparable = [&parts, selection] {
    const auto& reference = selection->reference();
    const RunRecord* pinned = reference ? parts.desk.bench.runs->record(reference->run) : nullptr;
    const RunRecord* selected = parts.desk.bench.runs->record(selection->run());
    return pinned && selected && pinned->id != selected->id && pinned->kind == selected->kind;
  };
  actions.add({.id = QStringLiteral("view.compare"),
               .text = words("Compare with the pinned run"),
               .icon = QStringLiteral("compare"),
               .shortcuts = {QStringLiteral("C")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::View,
               .group = 1,
               .tip = words("Both maps side by side, their difference, and what the requests differ in"),
               .onCells = true,
               .onRuns = true,
               .trigger =
                   [&parts, selection] {
                     parts.views->openKind(QStringLiteral("compare"),
                                           {{"a", selection->reference()->run}, {"b", selection->run()}});
                   },
               .isEnabled = comparable,
               .disabledReason = [] { return words("Pin one run with M, then select another of its kind"); }});
  actions.add({.id = QStringLiteral("view.back"),
               .text = words("Selection back"),
               .shortcuts = {QStringLiteral("Alt+Left")},
               .menu = Menu::View,
               .group = 1,
               .tip = words("Back to what was selected before"),
               .trigger = [selection] { selection->back(); },
               .isEnabled = [selection] { return selection->canGoBack(); }});
  actions.add({.id = QStringLiteral("view.forward"),
               .text = words("Selection forward"),
               .shortcuts = {QStringLiteral("Alt+Right")},
               .menu = Menu::View,
               .group = 1,
               .tip = words("Forward again"),
               .trigger = [selection] { selection->forward(); },
               .isEnabled = [selection] { return selection->canGoForward(); }});
  actions.add({.id = QStringLiteral("view.clear-selection"),
               .text = words("Clear selection"),
               .menu = Menu::View,
               .group = 1,
               .tip = words("Select no cell"),
               .trigger = [selection] { selection->clearPlace(); },
               .isEnabled = [selection] { return selection->state().hasPlace(); }});
}

void addTabs(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const auto split = [&parts](Qt::Orientation way) { return [&parts, way] { parts.views->splitCurrent(way); }; };
  const auto canSplit = [&parts](Qt::Orientation way) { return [&parts, way] { return parts.views->canSplit(way); }; };
  const auto why = [] { return words("Needs a second tab, and at most two by two stand side by side"); };
  actions.add({.id = QStringLiteral("view.split-right"),
               .text = words("Split to the right"),
               .shortcuts = {QStringLiteral("Ctrl+\\")},
               .menu = Menu::View,
               .group = 2,
               .tip = words("Show this tab beside the others"),
               .trigger = split(Qt::Horizontal),
               .isEnabled = canSplit(Qt::Horizontal),
               .disabledReason = why});
  actions.add({.id = QStringLiteral("view.split-down"),
               .text = words("Split below"),
               .shortcuts = {QStringLiteral("Ctrl+Shift+\\")},
               .menu = Menu::View,
               .group = 2,
               .tip = words("Show this tab below the others"),
               .trigger = split(Qt::Vertical),
               .isEnabled = canSplit(Qt::Vertical),
               .disabledReason = why});
  actions.add({.id = QStringLiteral("view.unsplit"),
               .text = words("One pane"),
               .menu = Menu::View,
               .group = 2,
               .tip = words("All tabs in one row"),
               .trigger = [&parts] { parts.views->unsplit(); },
               .isEnabled = [&parts] { return parts.views->panes().size() > 1; }});
  actions.add({.id = QStringLiteral("view.close-tab"),
               .text = words("Close tab"),
               .icon = QStringLiteral("close"),
               .shortcuts = {QStringLiteral("Ctrl+W")},
               .menu = Menu::View,
               .group = 2,
               .tip = words("Close the view; its run stays in Runs"),
               .trigger = [&parts] { parts.views->closeTab(); },
               .isEnabled = [&parts] { return parts.views->activePane()->count() > 0; }});
  for (int tab = 1; tab <= 9; ++tab) {
    actions.add({.id = QStringLiteral("view.tab-%1").arg(tab),
                 .text = words("Go to tab %1").arg(tab),
                 .shortcuts = {QStringLiteral("Ctrl+%1").arg(tab)},
                 .menu = Menu::View,
                 .group = 2,
                 .submenu = words("Go to tab"),
                 .tip = {},
                 .trigger = [&parts, tab] { parts.views->goToTab(tab - 1); },
                 .isEnabled = [&parts, tab] { return parts.views->activePane()->count() >= tab; }});
  }
}

void addPanels(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  struct Panel {
    const char* name;
    QString title;
  };
  for (const Panel& panel : {Panel{"runsDock", words("Runs")}, Panel{"libraryDock", words("Library")},
                             Panel{"inspectorDock", words("Inspector")}, Panel{"notesDock", words("Notes")},
                             Panel{"logDock", words("Log")}}) {
    const QString name = QString::fromLatin1(panel.name);
    actions.add({.id = QStringLiteral("view.panel-") + name.chopped(4),
                 .text = panel.title,
                 .menu = Menu::View,
                 .group = 3,
                 .submenu = words("Panels"),
                 .tip = words("Show or hide this panel"),
                 .trigger =
                     [&parts, name] {
                       dock(parts, name)->setVisible(!dock(parts, name)->isVisible());
                       parts.desk.bench.actions->refresh();
                     },
                 .isChecked = [&parts, name] { return dock(parts, name) && dock(parts, name)->isVisible(); }});
  }
  RunTreeModel* (*model)(WindowParts&) = [](WindowParts& from) { return &from.runs->model(); };
  actions.add({.id = QStringLiteral("view.starred-only"),
               .text = words("Only starred runs"),
               .icon = QStringLiteral("star"),
               .menu = Menu::View,
               .group = 3,
               .tip = words("Hide the runs without a star"),
               .trigger =
                   [&parts, model] {
                     model(parts)->setStarredOnly(!model(parts)->isStarredOnly());
                     parts.desk.bench.actions->refresh();
                   },
               .isChecked = [&parts, model] { return parts.runs && model(parts)->isStarredOnly(); }});
  actions.add({.id = QStringLiteral("view.trash"),
               .text = words("Runs in Trash"),
               .icon = QStringLiteral("trash"),
               .menu = Menu::View,
               .group = 3,
               .tip = words("Show the trashed runs too"),
               .trigger =
                   [&parts, model] {
                     model(parts)->setTrashShown(!model(parts)->isTrashShown());
                     parts.desk.bench.actions->refresh();
                   },
               .isChecked = [&parts, model] { return parts.runs && model(parts)->isTrashShown(); }});
}

void addAppearance(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  Settings* settings = parts.desk.bench.settings;
  const std::pair<const char*, ThemeChoice> themes[] = {
      {"system", ThemeChoice::System}, {"light", ThemeChoice::Light}, {"dark", ThemeChoice::Dark}};
  const QString titles[] = {words("As the system"), words("Light"), words("Dark")};
  for (const auto& [name, choice] : themes) {
    const QString title = titles[static_cast<int>(choice)];
    actions.add({.id = QStringLiteral("view.theme-") + QString::fromLatin1(name),
                 .text = words("Theme: %1").arg(title),
                 .menu = Menu::View,
                 .group = 4,
                 .submenu = words("Theme"),
                 .tip = {},
                 .trigger = [settings, theme = choice] { settings->setTheme(theme); },
                 .isChecked = [settings, theme = choice] { return settings->theme() == theme; }});
  }
  actions.add({.id = QStringLiteral("view.full-screen"),
               .text = words("Full screen"),
               .shortcuts = {QStringLiteral("F11")},
               .menu = Menu::View,
               .group = 4,
               .tip = words("The whole screen for the window"),
               .trigger =
                   [&parts] {
                     parts.window->setWindowState(parts.window->windowState() ^ Qt::WindowFullScreen);
                     parts.desk.bench.actions->refresh();
                   },
               .isChecked = [&parts] { return parts.window->isFullScreen(); }});
}

}  // namespace

void addViewActions(WindowParts& parts) {
  addNavigation(parts);
  addTabs(parts);
  addPanels(parts);
  addAppearance(parts);
}

}  // namespace patchbay::ui
