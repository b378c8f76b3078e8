#pragma once

namespace patchbay::ui {

class TabPane;

/// A side of a pane where a tab can be put.
enum class PaneSide { Tabs, Left, Right, Below };

/// A place for a tab: among the tabs of a pane, or in a new pane beside it.
struct TabPlace {
  TabPane* pane = nullptr;
  PaneSide side = PaneSide::Tabs;
  int index = -1;  ///< in the row of tabs; -1 for its end
};

}  // namespace patchbay::ui
