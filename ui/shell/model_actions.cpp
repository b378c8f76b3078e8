#include <QCoreApplication>
#include <QFileInfo>
#include <QMainWindow>

#include "ui/shell/about_dialog.h"
#include "ui/shell/dialogs.h"
#include "ui/shell/shortcut_sheet.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/model_shelf.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("ModelActions", text); }

QString startFolder(const WindowParts& parts) {
  const QStringList recent = parts.desk.bench.models->recentPaths();
  return recent.isEmpty() ? QString() : QFileInfo(recent.front()).path();
}

}  // namespace

void addModelActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  ModelShelf* models = parts.desk.bench.models;
  const auto isReady = [models] { return models->isReady(); };
  const auto why = [] { return words("No model is loaded"); };
  actions.add({.id = QStringLiteral("model.open"),
               .text = words("Open model file…"),
               .icon = QStringLiteral("model"),
               .shortcuts = {QStringLiteral("Ctrl+Shift+O")},
               .menu = Menu::Model,
               .group = 0,
               .tip = words("Load a GGUF file"),
               .trigger = [&parts, models] {
                 parts.desk.dialogs->openFile({words("Open model"),
                                               words("Models (*.gguf *.safetensors);;All files (*)"),
                                               startFolder(parts),
                                               {},
                                               false},
                                              [models](const QString& path) { models->load(path); });
               }});
  actions.add({.id = QStringLiteral("model.open-folder"),
               .text = words("Open model folder…"),
               .icon = QStringLiteral("folder"),
               .menu = Menu::Model,
               .group = 0,
               .tip = words("Load a folder with safetensors, config.json and tokenizer.json, or one of a LoRA adapter"),
               .trigger = [&parts, models] {
                 parts.desk.dialogs->openFile({words("Open model folder"), {}, startFolder(parts), {}, true},
                                              [models](const QString& path) { models->load(path); });
               }});
  actions.add({.id = QStringLiteral("model.default"),
               .text = words("Load the bundled model"),
               .icon = QStringLiteral("model"),
               .menu = Menu::Model,
               .group = 0,
               .tip = words("SmolLM2-135M-Instruct, which comes with the program"),
               .trigger = [models] { models->load(QStringLiteral("default")); },
               .isEnabled = [models] { return !models->isLoading(); }});
  actions.add({.id = QStringLiteral("model.cancel"),
               .text = words("Stop loading"),
               .icon = QStringLiteral("stop"),
               .menu = Menu::Model,
               .group = 0,
               .tip = words("Stop loading the model"),
               .trigger = [models] { models->cancelLoading(); },
               .isEnabled = [models] { return models->isLoading(); }});
  actions.add({.id = QStringLiteral("model.facts"),
               .text = words("Model facts"),
               .icon = QStringLiteral("info"),
               .menu = Menu::Model,
               .group = 1,
               .tip = words("Sizes, tensors and chat template of the model"),
               .trigger = [&parts] { parts.views->openKind(QStringLiteral("model-facts")); },
               .isEnabled = isReady,
               .disabledReason = why});
  actions.add({.id = QStringLiteral("model.free"),
               .text = words("Free model"),
               .icon = QStringLiteral("close"),
               .menu = Menu::Model,
               .group = 1,
               .tip = words("Give its memory back"),
               .trigger = [models] { models->free(std::string(models->current()->ref.fingerprint)); },
               .isEnabled = isReady,
               .disabledReason = why});
}

void addHelpActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  actions.add({.id = QStringLiteral("help.shortcuts"),
               .text = words("Shortcuts"),
               .icon = QStringLiteral("shortcuts"),
               .shortcuts = {QStringLiteral("Ctrl+/"), QStringLiteral("F1")},
               .menu = Menu::Help,
               .group = 0,
               .tip = words("Every key and what it does"),
               .trigger = [&parts] { (new ShortcutSheet(*parts.desk.bench.actions, parts.window))->open(); }});
  actions.add({.id = QStringLiteral("help.about"),
               .text = words("About Patchbay"),
               .icon = QStringLiteral("info"),
               .menu = Menu::Help,
               .group = 1,
               .tip = words("Version and licences"),
               .trigger = [&parts] { (new AboutDialog(parts.version, parts.window))->open(); }});
}

}  // namespace patchbay::ui
