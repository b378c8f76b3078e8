#pragma once

class QEvent;

namespace patchbay::ui {

/// Undo and redo pressed in a text field are left to the window, whose history also knows the other edits: the event is
/// ignored, and the field must not see it. False for every other event.
[[nodiscard]] bool leaveUndoToWindow(QEvent* event);

}  // namespace patchbay::ui
