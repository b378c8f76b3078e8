#include <QClipboard>
#include <QGuiApplication>

#include "ui/bridge/engine_client.h"
#include "ui/panels/run_view.h"
#include "ui/shell/empty_trash.h"
#include "ui/shell/jobs_line.h"
#include "ui/shell/notes_panel.h"
#include "ui/shell/prompt_strip.h"
#include "ui/shell/runs_panel.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("EditActions", text); }

/// The run an action of the Runs panel means: the selected one.
RunId chosenRun(const WindowParts& parts) {
  const RunId current = parts.runs->currentRun();
  return current != 0 ? current : parts.desk.bench.selection->run();
}

const RunRecord* chosenRecord(const WindowParts& parts) { return parts.desk.bench.runs->record(chosenRun(parts)); }

/// What a run asked, in the form that `patchbay-cli run` reads; without the place of the model on this machine.
QString requestText(const RunRecord& record) {
  Json request = record.request;
  if (request.contains("model") && request["model"].is_object()) request["model"].erase("path");
  return QString::fromStdString(Json{{"kind", record.kind}, {"request", std::move(request)}}.dump(2));
}

void addUndo(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  UndoHistory* undo = parts.desk.bench.undo;
  actions.add({.id = QStringLiteral("edit.undo"),
               .text = words("Undo"),
               .icon = QStringLiteral("undo"),
               .shortcuts = {QStringLiteral("Ctrl+Z")},
               .menu = Menu::Edit,
               .group = 0,
               .tip = words("Take back the last edit"),
               .trigger =
                   [&parts, undo] {
                     parts.notes->flush();
                     undo->undo();
                   },
               .isEnabled = [undo] { return undo->canUndo(); },
               .disabledReason = [] { return words("Nothing to undo"); }});
  actions.add({.id = QStringLiteral("edit.redo"),
               .text = words("Redo"),
               .icon = QStringLiteral("redo"),
               .shortcuts = {QStringLiteral("Ctrl+Shift+Z")},
               .menu = Menu::Edit,
               .group = 0,
               .tip = words("Make the edit again"),
               .trigger = [undo] { undo->redo(); },
               .isEnabled = [undo] { return undo->canRedo(); },
               .disabledReason = [] { return words("Nothing to redo"); }});
  actions.add({.id = QStringLiteral("edit.stop"),
               .text = words("Stop"),
               .icon = QStringLiteral("stop"),
               .shortcuts = {QStringLiteral("Ctrl+.")},
               .menu = Menu::Edit,
               .group = 0,
               .tip = words("Stop everything that runs"),
               .trigger = [&parts] { parts.desk.bench.engine->cancelAll(); },
               .isEnabled = [&parts] { return !parts.desk.bench.engine->jobs().empty(); },
               .disabledReason = [] { return words("Nothing is running"); }});
  EngineClient* engine = parts.desk.bench.engine;
  actions.add({.id = QStringLiteral("edit.pause"),
               .text = words("Pause or go on"),
               .icon = QStringLiteral("pause"),
               .shortcuts = {QStringLiteral("Space")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Edit,
               .group = 0,
               .tip = words("Hold the job that runs, which keeps what it has and lets others through"),
               .trigger = [engine] { togglePause(*engine); },
               .isEnabled = [engine] { return !engine->jobs().empty(); },
               .disabledReason = [] { return words("Nothing is running"); }});
}

void addCopies(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const auto hasView = [&parts] { return parts.views->activeView() != nullptr; };
  const auto isPlace = [&parts] { return parts.desk.bench.selection->state().hasPlace(); };
  actions.add({.id = QStringLiteral("edit.copy-cell"),
               .text = words("Copy cell"),
               .icon = QStringLiteral("copy"),
               .shortcuts = {QStringLiteral("Ctrl+C")},
               .menu = Menu::Edit,
               .group = 1,
               .tip = words("Copy what the selected cell says"),
               .onCells = true,
               .trigger =
                   [&parts] {
                     const QString text = parts.views->activeView()->copyText();
                     QGuiApplication::clipboard()->setText(
                         text.isEmpty() ? parts.desk.bench.selection->state().address() : text);
                   },
               .isEnabled = [hasView, isPlace] { return hasView() && isPlace(); }});
  actions.add(
      {.id = QStringLiteral("edit.copy-address"),
       .text = words("Copy address"),
       .icon = QStringLiteral("link"),
       .menu = Menu::Edit,
       .group = 1,
       .tip = words("Copy the place as t4.L24.resid_post"),
       .onCells = true,
       .trigger = [&parts] { QGuiApplication::clipboard()->setText(parts.desk.bench.selection->state().address()); },
       .isEnabled = isPlace});
  const auto hasTokens = [&parts] { return parts.strip->hasSelectedTokens(); };
  const auto noTokens = [] { return words("Select tokens in the row under the prompt first"); };
  actions.add({.id = QStringLiteral("edit.copy-token-ids"),
               .text = words("Copy token ids"),
               .icon = QStringLiteral("copy"),
               .menu = Menu::Edit,
               .group = 1,
               .tip = words("Copy the ids of the tokens selected under the prompt"),
               .onTokens = true,
               .trigger = [&parts] { QGuiApplication::clipboard()->setText(parts.strip->selectedIds()); },
               .isEnabled = hasTokens,
               .disabledReason = noTokens});
  actions.add({.id = QStringLiteral("edit.copy-token-text"),
               .text = words("Copy text of the tokens"),
               .icon = QStringLiteral("text-only"),
               .menu = Menu::Edit,
               .group = 1,
               .tip = words("Copy the text of the tokens selected under the prompt"),
               .onTokens = true,
               .trigger = [&parts] { QGuiApplication::clipboard()->setText(parts.strip->selectedText()); },
               .isEnabled = hasTokens,
               .disabledReason = noTokens});
  actions.add({.id = QStringLiteral("edit.copy-table"),
               .text = words("Copy table"),
               .icon = QStringLiteral("table"),
               .menu = Menu::Edit,
               .group = 1,
               .tip = words("Copy every number of the active view as text"),
               .trigger = [&parts] { QGuiApplication::clipboard()->setText(parts.views->activeView()->csv()); },
               .isEnabled = hasView});
  actions.add({.id = QStringLiteral("edit.copy-request"),
               .text = words("Copy request"),
               .icon = QStringLiteral("copy"),
               .menu = Menu::Edit,
               .group = 1,
               .tip = words("Copy what the run asked as JSON; patchbay-cli run repeats it"),
               .onRuns = true,
               .trigger = [&parts] { QGuiApplication::clipboard()->setText(requestText(*chosenRecord(parts))); },
               .isEnabled = [&parts] { return chosenRecord(parts) != nullptr; }});
  actions.add(
      {.id = QStringLiteral("edit.copy-picture"),
       .text = words("Copy picture"),
       .icon = QStringLiteral("copy"),
       .shortcuts = {QStringLiteral("Ctrl+Shift+C")},
       .menu = Menu::Edit,
       .group = 1,
       .tip = words("Copy the active view as a picture"),
       .trigger = [&parts] { QGuiApplication::clipboard()->setImage(parts.views->activeView()->exportImage(2)); },
       .isEnabled = hasView});
}

void setTrashed(WindowParts& parts, RunId run, bool trashed) {
  RunBook* runs = parts.desk.bench.runs;
  runs->setTrashed(run, trashed);
  if (trashed) parts.views->closeRun(run);
  parts.desk.bench.undo->record(QStringLiteral("run-trash"), trashed ? words("trash run") : words("restore run"),
                                {{"run", run}, {"value", !trashed}}, {{"run", run}, {"value", trashed}});
}

void addRunMarks(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const auto isSaved = [&parts] { return chosenRun(parts) > 0 && chosenRecord(parts) != nullptr; };
  actions.add({.id = QStringLiteral("edit.note"),
               .text = words("Note on the run"),
               .icon = QStringLiteral("note"),
               .shortcuts = {QStringLiteral("N")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Edit,
               .group = 3,
               .tip = words("Write about the selected run"),
               .onRuns = true,
               .trigger = [&parts] { parts.notes->edit(); }});
  actions.add({.id = QStringLiteral("edit.star"),
               .text = words("Star"),
               .icon = QStringLiteral("star"),
               .shortcuts = {QStringLiteral("B")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Edit,
               .group = 3,
               .tip = words("Mark the run to find it again"),
               .onRuns = true,
               .trigger =
                   [&parts] {
                     const RunRecord* record = chosenRecord(parts);
                     const bool starred = !record->isStarred;
                     const RunId run = record->id;
                     parts.desk.bench.runs->setStarred(run, starred);
                     parts.desk.bench.undo->record(
                         QStringLiteral("run-star"), starred ? words("star") : words("unstar"),
                         {{"run", run}, {"value", !starred}}, {{"run", run}, {"value", starred}});
                   },
               .isEnabled = isSaved,
               .isChecked =
                   [&parts] {
                     const RunRecord* record = chosenRecord(parts);
                     return record && record->isStarred;
                   }});
  actions.add({.id = QStringLiteral("edit.rename-run"),
               .text = words("Rename run"),
               .menu = Menu::Edit,
               .group = 3,
               .tip = words("Give the run another title"),
               .onRuns = true,
               .trigger = [&parts] { parts.runs->rename(); },
               .isEnabled = [&parts] { return parts.runs->currentRun() > 0; }});
  actions.add({.id = QStringLiteral("edit.trash-run"),
               .text = words("Move run to Trash"),
               .icon = QStringLiteral("trash"),
               .menu = Menu::Edit,
               .group = 3,
               .tip = words("Hide the run; it can be brought back"),
               .onRuns = true,
               .trigger = [&parts] { setTrashed(parts, chosenRun(parts), true); },
               .isEnabled = [&parts, isSaved] { return isSaved() && !chosenRecord(parts)->isTrashed; }});
  actions.add({.id = QStringLiteral("edit.restore-run"),
               .text = words("Take run out of Trash"),
               .icon = QStringLiteral("trash"),
               .menu = Menu::Edit,
               .group = 3,
               .tip = words("Show the run among the others again"),
               .onRuns = true,
               .trigger = [&parts] { setTrashed(parts, chosenRun(parts), false); },
               .isEnabled = [&parts, isSaved] { return isSaved() && chosenRecord(parts)->isTrashed; }});
  addEmptyTrash(parts);
}

}  // namespace

void addEditActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  addUndo(parts);
  addCopies(parts);
  actions.add({.id = QStringLiteral("edit.prompt"),
               .text = words("Edit prompt"),
               .icon = QStringLiteral("text-only"),
               .shortcuts = {QStringLiteral("Ctrl+L")},
               .menu = Menu::Edit,
               .group = 2,
               .tip = words("Put the cursor into the prompt"),
               .trigger = [&parts] { parts.strip->editPrompt(); }});
  actions.add({.id = QStringLiteral("edit.find"),
               .text = words("Find token"),
               .icon = QStringLiteral("search"),
               .shortcuts = {QStringLiteral("Ctrl+F")},
               .menu = Menu::Edit,
               .group = 2,
               .tip = words("Find text among the tokens of the prompt"),
               .trigger = [&parts] { parts.strip->openFind(); }});
  actions.add({.id = QStringLiteral("edit.parse-special"),
               .text = words("Read special tokens"),
               .menu = Menu::Edit,
               .group = 2,
               .tip = words("Special tokens written in the prompt are read as special; off: as plain text"),
               .trigger = [&parts] { parts.strip->toggleSpecial(); },
               .isChecked = [&parts] { return parts.desk.bench.prompt->parseSpecial(); }});
  addRunMarks(parts);
}

}  // namespace patchbay::ui
