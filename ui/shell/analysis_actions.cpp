#include <algorithm>

#include <QCoreApplication>

#include "core/data/any_request.h"
#include "ui/bridge/session_client.h"
#include "ui/models/run_words.h"
#include "ui/panels/attention_picture.h"
#include "ui/panels/run_view.h"
#include "ui/shell/map_files.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"

/// Actions of analyses that read the prompt, lists of facts, or texts: no cell is needed for them.
namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("AnalysisActions", text); }

/// A model is ready and there is a prompt to run.
bool canRunPrompt(const Workbench& bench) {
  return bench.models->isReady() && bench.session->isOpen() && !bench.prompt->prompt().headline().empty();
}

QString promptReason(const Workbench& bench) {
  if (bench.models->isLoading()) return words("Waits for the model");
  return bench.models->isReady() ? words("Type a prompt first") : words("Needs a model");
}

/// Runs the attention of the prompt; a long one of the layers that fit, around the selected one.
void startAttention(const WindowParts& parts) {
  const Workbench& bench = parts.desk.bench;
  const ModelCard* card = bench.models->current();
  if (!card || !canRunPrompt(bench)) return;
  const SelectionState& state = bench.selection->state();
  const AttentionRequest request{.model = card->ref,
                                 .prompt = bench.prompt->prompt(),
                                 .layers = attentionLayers(*card, std::max(1, bench.prompt->tokenCount()),
                                                           state.layers ? state.layer() : card->layers / 2)};
  const RunId run = bench.runs->start(
      request, {.title = attentionTitle(request), .parent = {}, .replaceKey = QStringLiteral("attention")});
  bench.selection->selectRun(run);
}

/// The neurons of the selected cell's layer and token, else of the middle layer at the last token.
void startNeurons(const WindowParts& parts) {
  const Workbench& bench = parts.desk.bench;
  const ModelCard* card = bench.models->current();
  if (!card || !canRunPrompt(bench)) return;
  const SelectionState& state = bench.selection->state();
  NeuronsRequest request{.model = card->ref, .prompt = bench.prompt->prompt()};
  request.layer = std::clamp(state.layers ? state.layer() : card->layers / 2, 0, card->layers - 1);
  const int last = std::max(0, bench.prompt->tokenCount() - 1);
  request.token = state.tokens && state.token() <= last ? state.token() : -1;
  const RunId run = bench.runs->start(
      request, {.title = neuronsTitle(request), .parent = {}, .replaceKey = QStringLiteral("neurons")});
  bench.selection->selectRun(run);
}

/// How far a lens goes on that is started to be watched.
constexpr int kWatchedTokens = 24;

/// The lens of the prompt and of what the model writes behind it, read while it writes.
void startGrowing(const WindowParts& parts) {
  const Workbench& bench = parts.desk.bench;
  const ModelCard* card = bench.models->current();
  if (!card || !canRunPrompt(bench)) return;
  LensRequest request;
  request.model = card->ref;
  request.prompt = bench.prompt->prompt();
  request.continueTokens = kWatchedTokens;
  const RunId run = bench.runs->start(
      request, {.title = lensTitle(request), .parent = {}, .replaceKey = QStringLiteral("lens.growing")});
  bench.selection->selectRun(run);
}

void addHeadActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const Workbench bench = parts.desk.bench;
  actions.add({.id = QStringLiteral("analyse.attention"),
               .text = words("Attention"),
               .icon = QStringLiteral("attention"),
               .menu = Menu::Analyse,
               .group = 2,
               .tip = words("Which tokens every head reads from"),
               .trigger = [&parts] { startAttention(parts); },
               .isEnabled = [bench] { return canRunPrompt(bench); },
               .disabledReason = [bench] { return promptReason(bench); }});
  actions.add(
      {.id = QStringLiteral("analyse.growing-lens"),
       .text = words("Lens while it writes"),
       .icon = QStringLiteral("lens"),
       .menu = Menu::Analyse,
       .group = 2,
       .tip = words("The logit lens of the prompt and of the model's own continuation, column by column as it comes"),
       .trigger = [&parts] { startGrowing(parts); },
       .isEnabled = [bench] { return canRunPrompt(bench); },
       .disabledReason = [bench] { return promptReason(bench); }});
  actions.add({.id = QStringLiteral("analyse.explore"),
               .text = words("Activation explorer"),
               .icon = QStringLiteral("select"),
               .menu = Menu::Analyse,
               .group = 2,
               .tip = words(
                   "Norms, principal components, cosines and outlier channels of the prompt's activations or of texts"),
               .trigger = [&parts] {
                 RunView* view = parts.views->openKind(QString::fromLatin1(ExploreRequest::kKind));
                 // The prompt is a first thing to look at.
                 if (view->run() == 0 && view->canStart()) view->start();
               }});
  actions.add({.id = QStringLiteral("analyse.probe"),
               .text = words("Linear probes"),
               .icon = QStringLiteral("curve"),
               .menu = Menu::Analyse,
               .group = 2,
               .tip = words("How well labels of texts can be read off the activations, layer by layer"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(ProbeRequest::kKind)); }});
  actions.add({.id = QStringLiteral("analyse.neurons"),
               .text = words("MLP neurons"),
               .icon = QStringLiteral("neurons"),
               .menu = Menu::Analyse,
               .group = 2,
               .tip = words("Which neurons of a layer write most at a token, and the words they push for"),
               .trigger = [&parts] { startNeurons(parts); },
               .isEnabled = [bench] { return canRunPrompt(bench); },
               .disabledReason = [bench] { return promptReason(bench); }});
  actions.add({.id = QStringLiteral("analyse.attribution"),
               .text = words("Logit attribution"),
               .icon = QStringLiteral("curve"),
               .menu = Menu::Analyse,
               .group = 2,
               .tip = words("What every head and MLP adds to the answer by itself"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(AttributionRequest::kKind)); }});
}

void addListActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const Workbench bench = parts.desk.bench;
  actions.add({.id = QStringLiteral("analyse.list"),
               .text = words("Patchscope of a list"),
               .icon = QStringLiteral("dataset"),
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("Ask the states of many subjects the same question, beside three controls"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(PatchscopeListRequest::kKind)); }});
  actions.add({.id = QStringLiteral("analyse.open-list"),
               .text = words("Patchscope of a list file…"),
               .icon = QStringLiteral("dataset"),
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("The same for facts of your own, from a JSON file"),
               .trigger = [&parts] {
                 openFactList(parts.desk, [&parts](const Json& state) {
                   parts.views->openKind(QString::fromLatin1(PatchscopeListRequest::kKind), state);
                 });
               }});
  actions.add(
      {.id = QStringLiteral("analyse.multi-hop"),
       .text = words("Questions in two steps"),
       .icon = QStringLiteral("dataset"),
       .menu = Menu::Analyse,
       .group = 1,
       .tip =
           words("Answer two-step questions by patching step one into step two, beside one sentence and step by step"),
       .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(MultiHopRequest::kKind)); }});
  actions.add({.id = QStringLiteral("analyse.open-multi-hop"),
               .text = words("Questions in two steps from a file…"),
               .icon = QStringLiteral("dataset"),
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("The same for questions of your own, from a JSON file"),
               .trigger = [&parts] {
                 openHopList(parts.desk, [&parts](const Json& state) {
                   parts.views->openKind(QString::fromLatin1(MultiHopRequest::kKind), state);
                 });
               }});
  actions.add({.id = QStringLiteral("analyse.fit-map"),
               .text = words("Fit maps and tuned lenses"),
               .icon = QStringLiteral("link"),
               .menu = Menu::Analyse,
               .group = 3,
               .tip = words("Fit affine maps between layers, or between two models"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(FitMapRequest::kKind)); }});
  actions.add({.id = QStringLiteral("analyse.learn-prompt"),
               .text = words("Learn a prompt for the future lens"),
               .icon = QStringLiteral("train"),
               .menu = Menu::Analyse,
               .group = 3,
               .tip = words("Learn a soft prompt behind which a state says what the model would say"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(LearnPromptRequest::kKind)); }});
  actions.add({.id = QStringLiteral("analyse.import-prompt"),
               .text = words("Import a learned prompt…"),
               .icon = QStringLiteral("train"),
               .menu = Menu::Analyse,
               .group = 3,
               .tip = words("Read a learned prompt from a safetensors file"),
               .trigger = [&parts] { importPrompt(parts.desk); },
               .isEnabled = [bench] { return bench.models->isReady() && bench.session->isOpen(); },
               .disabledReason = [bench] { return promptReason(bench); }});
  actions.add({.id = QStringLiteral("analyse.import-map"),
               .text = words("Import maps…"),
               .icon = QStringLiteral("link"),
               .menu = Menu::Analyse,
               .group = 3,
               .tip = words("Read fitted maps from a safetensors file"),
               .trigger = [&parts] { importMap(parts.desk); },
               .isEnabled = [bench] { return bench.models->isReady() && bench.session->isOpen(); },
               .disabledReason = [bench] { return promptReason(bench); }});
}

}  // namespace

void addAnalysisActions(WindowParts& parts) {
  addHeadActions(parts);
  addListActions(parts);
}

}  // namespace patchbay::ui
