#pragma once

namespace patchbay::ui {

class ActionRegistry;
class CellCarry;
class DecoderShelf;
class EngineClient;
class LogBook;
class MapShelf;
class ModelShelf;
class PromptState;
class RunBook;
class Selection;
class SessionClient;
class Settings;
class UndoHistory;
class VectorShelf;

/// Everything a view may use, borrowed for the life of the window. None is null.
struct Workbench {
  EngineClient* engine = nullptr;
  SessionClient* session = nullptr;
  Settings* settings = nullptr;
  ModelShelf* models = nullptr;
  RunBook* runs = nullptr;
  VectorShelf* vectors = nullptr;
  Selection* selection = nullptr;
  PromptState* prompt = nullptr;
  ActionRegistry* actions = nullptr;
  UndoHistory* undo = nullptr;
  CellCarry* carry = nullptr;
  LogBook* log = nullptr;
  MapShelf* maps = nullptr;
  DecoderShelf* decoders = nullptr;
};

}  // namespace patchbay::ui
