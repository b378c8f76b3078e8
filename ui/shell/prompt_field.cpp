#include "ui/shell/prompt_field.h"

#include <QKeyEvent>

#include "ui/widgets/theme.h"
#include "ui/widgets/undo_keys.h"

namespace patchbay::ui {

PromptField::PromptField(QWidget* parent) : QLineEdit(parent) {
  // Long prompts are pasted here; the default of 32767 would cut them without a word.
  setMaxLength(4'000'000);
  // Shaping would draw "->" as an arrow, which nobody typed.
  QFont verbatim = uiFont(12.5);
  verbatim.setStyleStrategy(QFont::PreferNoShaping);
  setFont(verbatim);
}

bool PromptField::event(QEvent* event) {
  if (leaveUndoToWindow(event)) return true;
  return QLineEdit::event(event);
}

void PromptField::keyPressEvent(QKeyEvent* event) {
  const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
  if (isEnter && event->modifiers().testFlag(Qt::ShiftModifier)) {
    insert(QStringLiteral("\n"));
  } else if (isEnter) {
    Q_EMIT runAsked();
  } else {
    QLineEdit::keyPressEvent(event);
  }
}

}  // namespace patchbay::ui
