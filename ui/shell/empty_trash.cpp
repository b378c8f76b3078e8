#include "ui/shell/empty_trash.h"

#include <algorithm>

#include <QCoreApplication>
#include <QMainWindow>

#include "core/base/log.h"
#include "ui/bridge/session_client.h"
#include "ui/shell/counted.h"
#include "ui/shell/dialogs.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/format.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("EmptyTrash", text); }

QString runCount(std::size_t runs) { return counted(static_cast<int>(runs), words("1 run"), words("%1 runs")); }
QString vectorCount(std::size_t vectors) {
  return counted(static_cast<int>(vectors), words("1 vector"), words("%1 vectors"));
}

QString contentsOf(std::size_t runs, std::size_t vectors) {
  if (vectors == 0) return runCount(runs);
  return runs == 0 ? vectorCount(vectors) : words("%1 and %2").arg(runCount(runs), vectorCount(vectors));
}

std::int64_t bytesOf(const std::vector<ShelfVector>& vectors) {
  std::int64_t bytes = 0;
  for (const ShelfVector& entry : vectors)
    bytes += (entry.vector->rows.size() + entry.vector->meanNorms.size()) * static_cast<std::int64_t>(sizeof(float));
  return bytes;
}

/// What is gone can be neither selected nor brought back.
void forget(const Workbench& bench, const std::vector<RunId>& runs, const std::vector<std::string>& vectors) {
  const auto isGone = [&runs](RunId run) { return std::ranges::binary_search(runs, run); };
  bench.selection->forget(isGone);
  bench.undo->forget([&](const Json& value) {
    const Json cell = kept<Json>(value, "cell").value_or(Json());
    return isGone(kept<RunId>(value, "run").value_or(0)) || isGone(kept<RunId>(cell, "run").value_or(0)) ||
           std::ranges::count(vectors, kept<std::string>(value, "hash").value_or("")) > 0;
  });
}

void purge(const Workbench& bench) {
  const std::vector<RunId> runs = bench.runs->trashed();
  std::vector<std::string> vectors;
  for (const ShelfVector& entry : bench.vectors->removed()) vectors.push_back(entry.hash);
  bench.runs->purge(runs);
  bench.vectors->purgeRemoved();
  bench.session->compact();
  forget(bench, runs, vectors);
  log(LogLevel::Info, words("Trash emptied: %1 removed").arg(contentsOf(runs.size(), vectors.size())).toStdString());
}

void ask(const Desk& desk, std::int64_t runBytes) {
  const Workbench bench = desk.bench;
  const auto& removed = bench.vectors->removed();
  const QString what = contentsOf(bench.runs->trashed().size(), removed.size());
  const QString size = formatBytes(static_cast<double>(runBytes + bytesOf(removed)));
  desk.dialogs->decide(
      {words("Empty Trash?"),
       words("%1 with all results (%2) are removed from the session file for good. This cannot be undone.")
           .arg(what, size),
       {words("Empty Trash"), words("Keep")}},
      [bench](int choice) {
        if (choice == 0) purge(bench);
      });
}

}  // namespace

void addEmptyTrash(WindowParts& parts) {
  const Workbench bench = parts.desk.bench;
  parts.desk.bench.actions->add(
      {.id = QStringLiteral("edit.empty-trash"),
       .text = words("Empty Trash…"),
       .icon = QStringLiteral("trash"),
       .menu = Menu::Edit,
       .group = 3,
       .tip = words("Remove the trashed runs and removed vectors from the session file; cannot be undone"),
       .trigger =
           [&parts, bench] {
             bench.session->trashedBytes(
                 parts.window, [&parts](const Outcome<std::int64_t>& bytes) { ask(parts.desk, bytes ? *bytes : 0); });
           },
       .isEnabled =
           [bench] {
             const bool isEmpty = !bench.runs->hasTrash() && bench.vectors->removed().empty();
             return !isEmpty && bench.session->isOpen() && !bench.session->isReadOnly();
           },
       .disabledReason =
           [bench] {
             return bench.session->isReadOnly() ? words("This session is read-only") : words("Trash is empty");
           }});
}

}  // namespace patchbay::ui
