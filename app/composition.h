#pragma once

#include <memory>

#include <QObject>

#include "app/command_line.h"
#include "core/engine/engine.h"
#include "ui/panels/view_factory.h"
#include "ui/shell/desk.h"
#include "ui/shell/watchdog.h"
#include "ui/state/action_registry.h"
#include "ui/state/cell_carry.h"
#include "ui/state/decoder_shelf.h"
#include "ui/state/log_book.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/settings.h"
#include "ui/state/undo_history.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/theme.h"

class QApplication;

namespace patchbay {

namespace ui {
class MainWindow;
class WindowDialogs;
}  // namespace ui

/// The one place where concrete classes are made and joined: engine, session, state, views and window.
class Composition : public QObject {
  Q_OBJECT
public:
  Composition(QApplication& application, const CommandLine& line);
  ~Composition() override;

  /// Shows the window; session and model follow its first paint.
  void show();
  [[nodiscard]] ui::MainWindow& window() { return *m_window; }
  [[nodiscard]] const ui::Workbench& bench() const { return m_desk.bench; }
  /// Null unless PATCHBAY_WATCHDOG=1 or `startWatchdog` was called.
  [[nodiscard]] ui::Watchdog* watchdog() { return m_watchdog.get(); }
  void startWatchdog();
  /// The session file that will be opened.
  [[nodiscard]] QString sessionPath() const { return m_sessionPath; }

  /// The person's settings file.
  [[nodiscard]] static QString settingsPath();
  /// Where reports of a program that ended in the middle lie.
  [[nodiscard]] static QString reportFolder();

private:
  void dress();
  void openEverything();
  void loadModel();
  [[nodiscard]] QString chooseSession() const;

  QApplication& m_application;
  CommandLine m_line;
  ui::ThemeKind m_systemTheme;
  Engine m_engine;
  ui::Settings m_settings;
  ui::LogBook m_log;
  ui::EngineClient m_engineClient;
  ui::SessionClient m_session;
  ui::ModelShelf m_models;
  ui::RunBook m_runs;
  ui::VectorShelf m_vectors;
  ui::MapShelf m_maps;
  ui::DecoderShelf m_decoders;
  ui::Selection m_selection;
  ui::PromptState m_prompt;
  ui::ActionRegistry m_actions;
  ui::UndoHistory m_undo;
  ui::CellCarry m_carry;
  ui::ViewFactory m_views;
  ui::Desk m_desk;
  QString m_sessionPath;
  std::unique_ptr<ui::Watchdog> m_watchdog;
  std::unique_ptr<ui::MainWindow> m_window;
  ui::WindowDialogs* m_dialogs = nullptr;
};

}  // namespace patchbay
