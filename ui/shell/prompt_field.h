#pragma once

#include <QLineEdit>

namespace patchbay::ui {

/// The prompt in one line. Enter runs, Shift+Enter writes a newline, undo belongs to the window's history.
class PromptField : public QLineEdit {
  Q_OBJECT
public:
  explicit PromptField(QWidget* parent = nullptr);

Q_SIGNALS:
  void runAsked();

protected:
  bool event(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
};

}  // namespace patchbay::ui
