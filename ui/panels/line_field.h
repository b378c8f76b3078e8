#pragma once

#include <QString>

class QLineEdit;

namespace patchbay::ui {

class RunForm;

/// A field of one line in a form: Enter in it runs the form, and undo in it belongs to the window's history. What its
/// edits change is the form's own.
[[nodiscard]] QLineEdit* lineField(RunForm& form, const char* name, const QString& words, const QString& example);

}  // namespace patchbay::ui
