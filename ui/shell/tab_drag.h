#pragma once

#include <optional>

#include <QObject>
#include <QPointer>

#include "ui/panels/run_view.h"
#include "ui/shell/tab_place.h"

namespace patchbay::ui {

class DropZone;
class ViewArea;

/// A tab dragged out of its row: shows where it would go and puts it there. Esc leaves it where it was.
class TabDrag : public QObject {
  Q_OBJECT
public:
  /// `area` owns this.
  explicit TabDrag(ViewArea& area);

  /// Listens to the tabs of a pane.
  void follow(TabPane* pane);

private:
  void move(TabPane* pane, const QPoint& globalPosition);
  void drop(TabPane* pane, const QPoint& globalPosition);
  void end();

  ViewArea& m_area;
  DropZone* m_zone;
  QPointer<RunView> m_view;  ///< of the dragged tab, whose index may change meanwhile
  std::optional<TabPlace> m_place;
};

}  // namespace patchbay::ui
