#pragma once

#include <optional>

#include <QString>

#include "core/data/run_record.h"
#include "ui/shell/desk.h"

class QMainWindow;

namespace patchbay::ui {

class CommandPalette;
class NotesPanel;
class PromptStrip;
class RunsPanel;
class SessionKeeper;
class ViewArea;
struct SelectionState;

/// The parts of the window that actions act on. Filled while the window is built; actions are called only after that.
struct WindowParts {
  Desk desk;
  QMainWindow* window = nullptr;
  ViewArea* views = nullptr;
  PromptStrip* strip = nullptr;
  RunsPanel* runs = nullptr;
  NotesPanel* notes = nullptr;
  SessionKeeper* keeper = nullptr;
  CommandPalette* palette = nullptr;
  QString version;
};

/// Registers the actions of each menu. `parts` must outlive the registry's use.
void addFileActions(WindowParts& parts);
void addEditActions(WindowParts& parts);
void addViewActions(WindowParts& parts);
void addModelActions(WindowParts& parts);
/// Analyse and Intervene.
void addCellActions(WindowParts& parts);
/// Of these, the analyses that need no cell; called by it.
void addAnalysisActions(WindowParts& parts);
/// Questions to a decoder, and its training.
void addDecoderActions(WindowParts& parts);
void addHelpActions(WindowParts& parts);

/// Teaches the undo history every kind of stored edit.
void addUndoKinds(WindowParts& parts);
/// Marks the run of the reference as pinned, in the place of that of the reference before.
void markReference(const Workbench& bench, const std::optional<SelectionState>& before);

/// Runs what the active view asks, else the logit lens of the prompt. 0 when nothing could be started.
RunId startRun(WindowParts& parts);
/// The logit lens of the prompt in the strip. 0 before a model is ready.
RunId startLens(WindowParts& parts, const std::string& site = "resid_post");

}  // namespace patchbay::ui
