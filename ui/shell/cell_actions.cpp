#include <string>
#include <tuple>

#include <QCoreApplication>

#include "ui/models/run_words.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/explore_view.h"
#include "ui/panels/run_view.h"
#include "ui/shell/lens_lookup.h"
#include "ui/shell/runs_panel.h"
#include "ui/shell/vector_files.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/cell_carry.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/state/vector_shelf.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("CellActions", text); }

/// A cell that can be read is selected and the model of its run is in memory.
bool canUseCell(const WindowParts& parts) {
  const Workbench& bench = parts.desk.bench;
  const auto cell = cellSource(bench, bench.selection->state());
  return cell && bench.models->find(cell->model.fingerprint);
}

/// The same, and it holds the whole residual stream.
bool canUseStream(const WindowParts& parts) {
  return canUseCell(parts) && streamObstacle(parts.desk.bench, parts.desk.bench.selection->state()).isEmpty();
}

QString cellReason(const WindowParts& parts) {
  const Workbench& bench = parts.desk.bench;
  for (const QString& obstacle :
       {cellObstacle(bench, bench.selection->state()), streamObstacle(bench, bench.selection->state())})
    if (!obstacle.isEmpty()) return obstacle;
  return bench.models->isLoading() ? words("Waits for the model") : words("The model of this run is not loaded");
}

/// The vector that the selected run made, if its numbers are in memory.
std::shared_ptr<const SteeringVector> selectedVector(const Workbench& bench) {
  const RunRecord* record = bench.runs->record(bench.selection->run());
  if (!record) return nullptr;
  if (record->kind == MakeVectorRequest::kKind) return bench.runs->peek<SteeringVector>(record->id);
  if (record->kind != DecoderVectorRequest::kKind || bench.runs->isActive(record->id)) return nullptr;
  const auto found = bench.runs->peek<DecoderVectorResult>(record->id);
  // Of an adapter it is no more than where it moves states to in the mean.
  const auto request = bench.runs->request(record->id);
  const auto* wish = request ? std::get_if<DecoderVectorRequest>(&*request) : nullptr;
  const bool isVector = found && wish && wish->rank == 0;
  return isVector ? std::shared_ptr<const SteeringVector>(found, &found->vector) : nullptr;
}

/// The texts that the activation explorer in front has chosen; null where there are none.
Json chosenTexts(const WindowParts& parts) {
  const auto* explorer = parts.views ? qobject_cast<const ExploreView*>(parts.views->activeView()) : nullptr;
  return explorer ? explorer->chosenTexts() : Json();
}

void openSteering(WindowParts& parts, const Json& state) {
  parts.views->openKind(QString::fromLatin1(SteerRequest::kKind), state);
}

void addRunActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const Workbench bench = parts.desk.bench;
  const auto chosen = [&parts] {
    return parts.runs->currentRun() != 0 ? parts.runs->currentRun() : parts.desk.bench.selection->run();
  };
  actions.add({.id = QStringLiteral("analyse.run"),
               .text = words("Run"),
               .icon = QStringLiteral("run"),
               .shortcuts = {QStringLiteral("Ctrl+Return"), QStringLiteral("Ctrl+Enter")},
               .menu = Menu::Analyse,
               .group = 0,
               .tip = words("Run what the view asks, or the logit lens of the prompt"),
               .trigger = [&parts] { startRun(parts); },
               .isEnabled =
                   [&parts, bench] {
                     const RunView* view = parts.views->activeView();
                     const bool hasPrompt = !bench.prompt->prompt().headline().empty() || (view && view->canStart());
                     return bench.models->isReady() && bench.session->isOpen() && hasPrompt;
                   },
               .disabledReason =
                   [bench] {
                     if (bench.models->isLoading()) return words("Waits for the model");
                     return bench.models->isReady() ? words("Type a prompt first") : words("Needs a model");
                   }});
  actions.add({.id = QStringLiteral("analyse.lens"),
               .text = words("Logit lens of the prompt"),
               .icon = QStringLiteral("lens"),
               .menu = Menu::Analyse,
               .group = 0,
               .tip = words("What each layer would say at each token"),
               .trigger = [&parts] { startLens(parts); },
               .isEnabled =
                   [bench] {
                     return bench.models->isReady() && bench.session->isOpen() &&
                            !bench.prompt->prompt().headline().empty();
                   }});
  const std::tuple<const char*, const char*, const char*> partsOfBlock[] = {
      {"attn_out", "Logit lens of attention outputs", "What the attention of each block adds, read as words"},
      {"mlp_out", "Logit lens of MLP outputs", "What the MLP of each block adds, read as words"}};
  for (const auto& [site, text, tip] : partsOfBlock) {
    actions.add({.id = QStringLiteral("analyse.lens-") + QLatin1String(site),
                 .text = words(text),
                 .icon = QStringLiteral("lens"),
                 .menu = Menu::Analyse,
                 .group = 0,
                 .tip = words(tip),
                 .trigger = [&parts, site = std::string(site)] { startLens(parts, site); },
                 .isEnabled =
                     [bench] {
                       return bench.models->isReady() && bench.session->isOpen() &&
                              !bench.prompt->prompt().headline().empty();
                     }});
  }
  actions.add({.id = QStringLiteral("analyse.rerun"),
               .text = words("Run again"),
               .icon = QStringLiteral("verify"),
               .menu = Menu::Analyse,
               .group = 0,
               .tip = words("The same request again, beside the old run"),
               .onRuns = true,
               .trigger =
                   [&parts, chosen] {
                     const auto run = parts.desk.bench.runs->rerun(chosen());
                     if (run) parts.desk.bench.selection->selectRun(*run);
                   },
               .isEnabled =
                   [bench, chosen] {
                     return bench.models->isReady() && bench.session->isOpen() && bench.runs->record(chosen());
                   }});
  actions.add({.id = QStringLiteral("analyse.stop-run"),
               .text = words("Stop this run"),
               .icon = QStringLiteral("stop"),
               .menu = Menu::Analyse,
               .group = 0,
               .tip = words("Stop the selected run only"),
               .onRuns = true,
               .trigger = [bench, chosen] { bench.runs->cancel(chosen()); },
               .isEnabled = [bench, chosen] { return bench.runs->isActive(chosen()); }});
}

}  // namespace

RunId startLens(WindowParts& parts, const std::string& site) {
  auto request = lensRequest(parts.desk.bench);
  if (!request || !parts.desk.bench.session->isOpen() || request->prompt.headline().empty()) return 0;
  parts.desk.bench.undo->seal();
  request->site = site;
  const RunId run = parts.desk.bench.runs->start(
      *request, {.title = lensTitle(*request), .parent = {}, .replaceKey = QStringLiteral("lens")});
  parts.desk.bench.selection->selectRun(run);
  return run;
}

RunId startRun(WindowParts& parts) {
  RunView* view = parts.views->activeView();
  if (!view || !view->canStart()) return startLens(parts);
  view->start();
  return view->run();
}

void addCellActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const Workbench bench = parts.desk.bench;
  const auto canUse = [&parts] { return canUseCell(parts); };
  const auto canRead = [&parts] { return canUseStream(parts); };
  const auto why = [&parts] { return cellReason(parts); };
  addRunActions(parts);
  actions.add({.id = QStringLiteral("analyse.patchscope"),
               .text = words("Patchscope"),
               .icon = QStringLiteral("patchscope"),
               .shortcuts = {QStringLiteral("P")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("Say in words what the selected cell holds"),
               .onCells = true,
               .trigger = [bench] { startPatchscope(bench, false); },
               .isEnabled = canRead,
               .disabledReason = why});
  actions.add({.id = QStringLiteral("analyse.patchscope-layers"),
               .text = words("Patchscope of all layers"),
               .icon = QStringLiteral("patchscope"),
               .shortcuts = {QStringLiteral("Shift+P")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("The same for every layer of the token, beside the logit lens"),
               .onCells = true,
               .trigger = [bench] { startPatchscope(bench, true); },
               .isEnabled = canRead,
               .disabledReason = why});
  addDecoderActions(parts);
  actions.add({.id = QStringLiteral("analyse.compose-patchscope"),
               .text = words("New Patchscope"),
               .icon = QStringLiteral("patchscope"),
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("Choose where to read and where to write"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(PatchscopeRequest::kKind)); }});
  addAnalysisActions(parts);
  actions.add({.id = QStringLiteral("analyse.chat"),
               .text = words("Chat and continuation"),
               .icon = QStringLiteral("chat"),
               .menu = Menu::Analyse,
               .group = 2,
               .tip = words("Let the model go on from the prompt"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(GenerateRequest::kKind)); }});
  actions.add({.id = QStringLiteral("intervene.patch"),
               .text = words("Patch into…"),
               .icon = QStringLiteral("patch"),
               .shortcuts = {QStringLiteral("D")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Intervene,
               .group = 0,
               .tip = words("Carry the selected cell; the next cell chosen receives it"),
               .onCells = true,
               .trigger = [bench] { toggleCarry(bench); },
               .isEnabled = [bench, canUse] { return bench.carry->isActive() || canUse(); },
               .disabledReason = why,
               .isChecked = [bench] { return bench.carry->isActive(); }});
  const auto openGrid = [&parts](const Json& state) {
    return [&parts, state] { parts.views->openKind(QString::fromLatin1(PatchGridRequest::kKind), state); };
  };
  actions.add({.id = QStringLiteral("intervene.patch-grid"),
               .text = words("Patching grid"),
               .icon = QStringLiteral("patch"),
               .menu = Menu::Intervene,
               .group = 0,
               .tip = words("Write every state of one prompt into another and see which carry the answer"),
               .trigger = openGrid(Json())});
  actions.add({.id = QStringLiteral("intervene.knock-out"),
               .text = words("Knock out every head"),
               .icon = QStringLiteral("attention"),
               .menu = Menu::Intervene,
               .group = 0,
               .tip = words("Put each head to zero and see which the answer needs"),
               .trigger = openGrid({{"draft", {{"mode", "zero"}, {"site", "head_out"}}}})});
  actions.add({.id = QStringLiteral("intervene.steer"),
               .text = words("Steer with it"),
               .icon = QStringLiteral("steer"),
               .shortcuts = {QStringLiteral("S")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Intervene,
               .group = 1,
               .tip = words("Start a steering vector from the selected cell"),
               .onCells = true,
               .trigger = [&parts] { openSteering(parts, steeringStateOf(parts.desk.bench)); },
               .isEnabled = canRead,
               .disabledReason = why});
  actions.add({.id = QStringLiteral("intervene.steering"),
               .text = words("Steering"),
               .icon = QStringLiteral("steer"),
               .menu = Menu::Intervene,
               .group = 1,
               .tip = words("Make a vector from two lists of texts and add it while the model writes"),
               .trigger = [&parts] { openSteering(parts, Json()); }});
  actions.add({.id = QStringLiteral("intervene.steer-vector"),
               .text = words("Steer with this vector"),
               .icon = QStringLiteral("vector"),
               .menu = Menu::Intervene,
               .group = 1,
               .tip = words("Open Steering with the vector of the selected run"),
               // A vector that was removed from the Library is there again.
               .trigger =
                   [&parts] {
                     openSteering(parts, {{"vector", parts.desk.bench.vectors->add(selectedVector(parts.desk.bench))}});
                   },
               .isEnabled = [bench] { return selectedVector(bench) != nullptr; },
               .disabledReason = [] { return words("Select a run that made a vector first"); }});
  actions.add({.id = QStringLiteral("intervene.vector-of-chosen"),
               .text = words("Vector of the chosen points"),
               .icon = QStringLiteral("vector"),
               .menu = Menu::Intervene,
               .group = 1,
               .tip = words("Open Steering with the texts of the points chosen in the activation explorer"),
               .trigger = [&parts] { openSteering(parts, chosenTexts(parts)); },
               .isEnabled = [&parts] { return !chosenTexts(parts).is_null(); },
               .disabledReason = [] { return words("Draw around some points of the activation explorer first"); }});
  actions.add({.id = QStringLiteral("intervene.import-vector"),
               .text = words("Import vector…"),
               .icon = QStringLiteral("vector"),
               .menu = Menu::Intervene,
               .group = 2,
               .tip = words("Add a steering vector from a safetensors file"),
               .trigger = [&parts] { importVector(parts.desk); }});
  actions.add({.id = QStringLiteral("intervene.export-vector"),
               .text = words("Export vector…"),
               .icon = QStringLiteral("export"),
               .menu = Menu::Intervene,
               .group = 2,
               .tip = words("Write the newest steering vector to a file that the command line reads"),
               .trigger = [&parts] { exportVector(parts.desk, parts.desk.bench.vectors->vectors().back().hash); },
               .isEnabled = [&parts] { return !parts.desk.bench.vectors->vectors().empty(); },
               .disabledReason = [] { return words("No vectors yet"); }});
}

}  // namespace patchbay::ui
