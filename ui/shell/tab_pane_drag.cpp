#include "ui/shell/tab_pane.h"

#include <algorithm>

#include <QStackedWidget>

#include "ui/shell/run_tab_bar.h"

// What a dragged tab has to know of a pane.

namespace patchbay::ui {
namespace {

constexpr int kMark = 3;

}  // namespace

void TabPane::connectDrag() {
  connect(m_bar, &RunTabBar::tornMoved, this, &TabPane::tabDragged);
  connect(m_bar, &RunTabBar::tornDropped, this, &TabPane::tabDropped);
  connect(m_bar, &RunTabBar::tornCancelled, this, &TabPane::tabDragCancelled);
}

int TabPane::indexOf(const RunView* view) const {
  const auto at =
      std::find_if(m_tabs.begin(), m_tabs.end(), [view](const OpenTab& tab) { return view && tab.view == view; });
  return at == m_tabs.end() ? -1 : static_cast<int>(at - m_tabs.begin());
}

std::optional<int> TabPane::dropIndexAt(const QPoint& globalPosition) const {
  const QPoint at = mapFromGlobal(globalPosition);
  if (!QRect(0, 0, width(), m_stack->y()).contains(at)) return std::nullopt;
  const int x = m_bar->mapFrom(this, at).x();
  int index = 0;
  while (index < count() && m_bar->tabRect(index).center().x() < x) ++index;
  return index;
}

QRect TabPane::dropMark(int index) const {
  const QRect last = m_bar->tabRect(std::min(index, count() - 1));
  const int x = index < count() ? last.left() : last.right() + 1;
  // The tab may be scrolled half out of sight.
  return {m_bar->x() + std::clamp(x, 0, m_bar->width()) - kMark / 2, 0, kMark, m_stack->y()};
}

QRect TabPane::viewRect() const { return m_stack->geometry(); }

void TabPane::moveTab(int from, int to) {
  if (from != to) m_bar->moveTab(from, to);
}

}  // namespace patchbay::ui
