#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <set>
#include <vector>

#include <QElapsedTimer>
#include <QPoint>

#include "app/composition.h"
#include "core/engine/engine.h"
#include "tests/ui/shell/window_fixture.h"
#include "ui/panels/run_view.h"
#include "ui/plots/heat_map.h"

namespace patchbay::tests {

/// What was there when the window had been painted for the first time.
struct FirstPaint {
  qint64 milliseconds = -1;  ///< since the construction of the window began
  bool isRecorded = false;   ///< a lens picture stands there, its badge says recorded
};

/// A person at the real main window: presses keys, clicks and drags, and looks at what is on screen. Mouse and keys go
/// to the window, which finds the widget under them.
///
/// Home, settings and session lie in a folder of its own, so that a second window finds what the first left.
class WindowDriver {
public:
  WindowDriver();
  ~WindowDriver();

  /// Makes and shows the window, watchdog running, and waits for its first paint.
  [[nodiscard]] bool start(const CommandLine& line = {});
  /// Waits until model and session are there and nothing is computed any more.
  [[nodiscard]] bool waitUntilReady();
  /// Closes the window as a person does and waits until everything is on disk.
  [[nodiscard]] bool stop();

  [[nodiscard]] QString file(const QString& name) const { return m_folder.filePath(name); }
  /// A miniature model; written at the first call.
  [[nodiscard]] QString tinyModel();
  [[nodiscard]] ui::MainWindow& window() { return m_composition->window(); }
  [[nodiscard]] Composition& composition() { return *m_composition; }
  [[nodiscard]] const ui::Workbench& bench() const { return m_composition->bench(); }
  [[nodiscard]] const FirstPaint& firstPaint() const { return m_firstPaint; }
  /// Titles of all engine jobs since the start.
  [[nodiscard]] const QStringList& jobTitles() const { return m_jobTitles; }
  /// Runs begun since the start.
  [[nodiscard]] int startedRuns() const { return m_startedRuns; }
  /// Blocks of the GUI thread over 50 ms since the first paint, of every window so far; and since the last call.
  [[nodiscard]] QString newBlocks();
  [[nodiscard]] const std::vector<ui::Watchdog::Milliseconds>& blocks();
  PreparedDialogs dialogs;

  /// The visible widget of that name, else a hidden one, else null.
  template <typename Widget = QWidget>
  [[nodiscard]] Widget* find(const char* name) {
    const auto all = window().findChildren<Widget*>(QString::fromLatin1(name));
    const auto visible = std::find_if(all.begin(), all.end(), [](const Widget* widget) { return widget->isVisible(); });
    return visible != all.end() ? *visible : all.isEmpty() ? nullptr : all.front();
  }
  /// The same inside one view.
  template <typename Widget = QWidget>
  [[nodiscard]] static Widget* in(const QWidget* view, const char* name) {
    return view ? view->findChild<Widget*>(QString::fromLatin1(name)) : nullptr;
  }
  [[nodiscard]] ui::RunView* view() { return window().views().activeView(); }
  [[nodiscard]] ui::HeatMap* grid() { return in<ui::HeatMap>(view(), "lensGrid"); }

  void key(Qt::Key key, Qt::KeyboardModifiers modifiers = Qt::NoModifier);
  void type(const QString& words);
  void click(QWidget* widget) { click(widget, widget->rect().center()); }
  void click(QWidget* widget, const QPoint& at);
  void hover(QWidget* widget, const QPoint& at);
  /// Presses at one place, moves to the other in steps, lets go.
  void drag(QWidget* from, const QPoint& start, QWidget* to, const QPoint& end);
  /// Ctrl+K, the words of an action, Enter.
  void choose(const QString& action);
  /// Clicks a button with a menu and an entry of the menu.
  void chooseFrom(const char* button, const QString& entry);
  /// Ctrl+L, the words, without Enter.
  void writePrompt(const QString& words);

  /// Clicks a field and replaces what is in it.
  void fill(const char* field, const QString& words);
  /// Takes an entry of a drop-down as a person does: down to it with the keys.
  void take(const char* box, const QString& entry);
  /// Waits until every job is done or paused, and the window stays as it is.
  void settle();
  /// Pictures of the settled window in both themes, held against the stored ones (tests/support/picture_check.h).
  void picture(const char* name);

  [[nodiscard]] RunId shownRun() { return view() ? view()->run() : 0; }
  [[nodiscard]] bool isDone(RunId run) const;
  [[nodiscard]] bool waitFor(RunId run, std::chrono::milliseconds longest = std::chrono::seconds(30));
  /// Numbers that are seen while a run is under way, until it is done or has failed.
  [[nodiscard]] std::set<int> seenUntilDone(RunId run, const std::function<int()>& look);
  template <typename Result>
  [[nodiscard]] std::shared_ptr<const Result> result(RunId run) {
    return bench().runs->peek<Result>(run);
  }

private:
  [[nodiscard]] QWindow* surface() { return window().windowHandle(); }
  void lookAtFirstPaint();
  void noteBlocks();

  QTemporaryDir m_folder;
  std::unique_ptr<Composition> m_composition;
  QElapsedTimer m_clock;
  FirstPaint m_firstPaint;
  QStringList m_jobTitles;
  int m_startedRuns = 0;
  std::vector<ui::Watchdog::Milliseconds> m_earlierBlocks, m_blocks;
  std::size_t m_reportedBlocks = 0;
};

}  // namespace patchbay::tests
