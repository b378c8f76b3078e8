#include "ui/panels/run_view.h"
#include "ui/shell/notes_panel.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/kept.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/state/vector_shelf.h"

namespace patchbay::ui {
namespace {

RunId runOf(const Json& value) { return kept<RunId>(value, "run").value_or(0); }

void addRunKinds(UndoHistory& undo, RunBook* runs) {
  undo.addKind(QStringLiteral("run-star"), [runs](const Json& value) {
    runs->setStarred(runOf(value), kept<bool>(value, "value").value_or(false));
  });
  undo.addKind(QStringLiteral("run-trash"), [runs](const Json& value) {
    runs->setTrashed(runOf(value), kept<bool>(value, "value").value_or(false));
  });
  undo.addKind(QStringLiteral("run-title"), [runs](const Json& value) {
    if (const auto title = kept<QString>(value, "title")) runs->setTitle(runOf(value), *title);
  });
}

void addVectorKinds(UndoHistory& undo, VectorShelf* vectors) {
  undo.addKind(QStringLiteral("vector-name"), [vectors](const Json& value) {
    const auto name = kept<QString>(value, "name");
    if (name) vectors->rename(kept<std::string>(value, "hash").value_or(""), *name);
  });
  undo.addKind(QStringLiteral("vector-removed"), [vectors](const Json& value) {
    const std::string hash = kept<std::string>(value, "hash").value_or("");
    if (kept<bool>(value, "value").value_or(false)) {
      vectors->remove(hash);
    } else {
      vectors->restore(hash);
    }
  });
}

/// The view that was edited comes to the front; where its tab was closed, its run or its kind is opened again.
void applyViewEdit(ViewArea& views, const RunBook& runs, const Json& value) {
  const auto id = kept<std::string>(value, "view");
  const auto kind = kept<QString>(value, "kind");
  const auto state = kept<Json>(value, "state");
  if (!id || !kind || !state) return;
  RunView* view = views.openEdited(*id);
  if (!view && runs.record(runOf(value))) view = views.openRun(runOf(value));
  if (!view) view = views.openKind(*kind);
  if (view && view->kind() == *kind) view->applyEdit(*state);
}

}  // namespace

void markReference(const Workbench& bench, const std::optional<SelectionState>& before) {
  if (before) bench.runs->setPinned(before->run, false);
  if (const auto& now = bench.selection->reference()) bench.runs->setPinned(now->run, true);
}

void addUndoKinds(WindowParts& parts) {
  const Workbench bench = parts.desk.bench;
  UndoHistory& undo = *bench.undo;
  undo.addKind(QStringLiteral("prompt"), [prompt = bench.prompt](const Json& value) {
    if (const auto before = fromJson<Prompt>(value, "undo")) prompt->setPrompt(*before);
  });
  undo.addKind(QStringLiteral("note"), [&parts](const Json& value) { parts.notes->apply(value); });
  undo.addKind(QStringLiteral("pin"), [bench](const Json& value) {
    const auto before = bench.selection->reference();
    bench.selection->setReference(kept<SelectionState>(value, "cell"));
    markReference(bench, before);
  });
  undo.addKind(QStringLiteral("view"),
               [&parts, runs = bench.runs](const Json& value) { applyViewEdit(*parts.views, *runs, value); });
  addRunKinds(undo, bench.runs);
  addVectorKinds(undo, bench.vectors);
}

}  // namespace patchbay::ui
