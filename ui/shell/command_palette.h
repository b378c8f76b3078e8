#pragma once

#include <optional>

#include <QFrame>
#include <QPointer>

#include "core/data/site.h"
#include "ui/state/action_registry.h"

class QLineEdit;
class QListWidget;

namespace patchbay::ui {

/// Every action by typing part of its name: a list in the window, under the search field. Enter runs, Esc closes.
/// A place ("t4.L24", "t4.L24.resid_post", "blocks.24.hook_resid_post") typed or pasted is gone to.
class CommandPalette : public QFrame {
  Q_OBJECT
public:
  CommandPalette(ActionRegistry& actions, QWidget* window);

  void openAt(const QRect& area);

Q_SIGNALS:
  /// The person typed a place and pressed Enter.
  void placeChosen(const patchbay::Place& place);

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
  std::optional<Place> m_place;  ///< what the typed words say, if they are a place
};

}  // namespace patchbay::ui
