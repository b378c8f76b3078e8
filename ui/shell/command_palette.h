#pragma once

#include <QFrame>
#include <QPointer>

#include "ui/state/action_registry.h"

class QLineEdit;
class QListWidget;

namespace patchbay::ui {

/// Every action by typing part of its name: a list in the window, under the search field. Enter runs, Esc closes.
class CommandPalette : public QFrame {
  Q_OBJECT
public:
  CommandPalette(ActionRegistry& actions, QWidget* window);

  void openAt(const QRect& area);

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent*) override;

private:
  void fill(const QString& typed);
  void runCurrent();
  void dismiss();

  ActionRegistry& m_actions;
  QLineEdit* m_field;
  QListWidget* m_list;
  QPointer<QWidget> m_before;
};

}  // namespace patchbay::ui
