#pragma once

namespace patchbay::ui {

struct WindowParts;

/// "Empty Trash…": asks once, with what it removes and frees, then removes trashed runs and removed vectors from the
/// session file for good.
void addEmptyTrash(WindowParts& parts);

}  // namespace patchbay::ui
