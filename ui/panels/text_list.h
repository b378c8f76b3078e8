#pragma once

#include <string>
#include <vector>

#include <QString>

class QPlainTextEdit;
class QWidget;

namespace patchbay::ui {

/// A field for texts, one a line.
[[nodiscard]] QPlainTextEdit* textList(const char* name, const QString& words, const QString& example, QWidget* parent);

/// The lines of a field without the empty ones.
[[nodiscard]] std::vector<std::string> textLines(const QString& text);
/// Texts as such a field shows them; line breaks inside a text become blanks.
[[nodiscard]] QString textField(const std::vector<std::string>& texts);

}  // namespace patchbay::ui
