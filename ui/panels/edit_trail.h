#pragma once

#include <QString>

#include "core/data/json.h"

namespace patchbay::ui {

class RunView;
class UndoHistory;

/// Makes the edits in the controls of one view undoable: what the controls say is held against what they said before.
///
/// An entry is of kind "view": {"view": editId, "kind", "run", "state": what `RunView::applyEdit` takes}.
class EditTrail {
public:
  EditTrail(const RunView& view, UndoHistory& undo) : m_view(view), m_undo(undo) {}

  /// The program set the controls: nothing to undo.
  void settle(Json now) { m_known = std::move(now); }
  /// The same for one of the values.
  void settle(const char* key, Json value) { m_known[key] = std::move(value); }
  /// The person changed the controls. Changes of one `typed` field in a row are one step; empty: a step of its own.
  void edited(const QString& words, Json now, const QString& typed = {});
  [[nodiscard]] const Json& known() const { return m_known; }

private:
  [[nodiscard]] Json entry(const Json& state) const;

  const RunView& m_view;
  UndoHistory& m_undo;
  Json m_known = Json::object();
};

}  // namespace patchbay::ui
