#include "ui/panels/cell_verbs.h"

#include "ui/panels/asked_cells.h"

#include <algorithm>

#include <QCoreApplication>

#include "core/data/any_request.h"
#include "core/data/presets.h"
#include "ui/models/run_words.h"
#include "ui/panels/layer_list.h"
#include "ui/state/cell_carry.h"
#include "ui/state/kept.h"
#include "ui/state/lens_sort.h"
#include "ui/state/log_book.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/widgets/format.h"

namespace patchbay::ui {
namespace {

/// How far the lens of a steered run goes on at most.
constexpr int kMostGrown = 200;

QString words(const char* text) { return QCoreApplication::translate("CellVerbs", text); }

/// The tokens of the run's prompt, from its result.
std::vector<TokenFact> tokensOf(const Workbench& bench, RunId run) {
  if (const auto lens = bench.runs->result<LensResult>(run)) return lens->tokens;
  if (const auto patchscope = bench.runs->result<PatchscopeResult>(run)) return patchscope->sourceTokens;
  if (const auto steer = bench.runs->result<SteerResult>(run)) return steer->promptTokens;
  if (const auto explored = bench.runs->result<ExploreResult>(run); explored && explored->texts.size() == 1)
    return explored->texts.front().tokens;
  if (const auto asked = bench.runs->result<AskResult>(run)) return asked->tokens;
  if (const auto generated = bench.runs->result<GenerateResult>(run)) return generated->promptTokens;
  return {};
}

}  // namespace

QString cellObstacle(const Workbench& bench, const SelectionState& state, CellUse use) {
  const RunRecord* record = state.run == 0 ? nullptr : bench.runs->record(state.run);
  if (!record || !state.isCell()) return words("Select one cell first");
  const bool isPatched = record->kind == PatchRequest::kKind;
  if (isPatched || record->kind == SteerRequest::kKind) {
    return words(
               "%1 is a %2 run and keeps no states: its cells would be read without the edit. Choose a cell of a logit lens.")
        .arg(runName(state.run), isPatched ? words("patched") : words("steered"));
  }
  if (record->kind == PatchGridRequest::kKind) {
    return words("%1 is a grid of patched runs and keeps no states. Choose a cell of a logit lens.")
        .arg(runName(state.run));
  }
  for (const char* kind :
       {AttentionRequest::kKind, AttributionRequest::kKind, NeuronsRequest::kKind, PatchscopeListRequest::kKind,
        MultiHopRequest::kKind, FitMapRequest::kKind, TrainDecoderRequest::kKind, ProbeRequest::kKind,
        DecoderVectorRequest::kKind, MetaModelRequest::kKind, LearningCurveRequest::kKind, LearnPromptRequest::kKind}) {
    if (record->kind == kind)
      return words("%1 keeps no states of cells. Choose a cell of a logit lens.").arg(runName(state.run));
  }
  const auto names = [record](const char* texts) {
    return !kept<Json>(record->request, texts).value_or(Json()).empty();
  };
  if (record->kind == ExploreRequest::kKind && (names("texts") || names("others")))
    return words("%1 explores a list of texts. Run the lens of one of them and choose a cell there.")
        .arg(runName(state.run));
  if (isSteeredLens(*record)) {
    return words(
               "%1 is a lens of a steered run: its cells would be read and written without the vector. Choose a cell "
               "of a plain lens.")
        .arg(runName(state.run));
  }
  if (record->kind == LensRequest::kKind && kept<std::string>(record->request, "site") == "head_out")
    return words("%1 shows one head. Its part alone cannot be moved; choose a cell of the lens of attention outputs.")
        .arg(runName(state.run));
  if (use == CellUse::Read && isPatchedLens(*record)) {
    const auto request = bench.runs->request(state.run);
    const auto* lens = request ? std::get_if<LensRequest>(&*request) : nullptr;
    return words(
               "%1 is a lens of a patched run (%2); its cells would be read without the patch. They can be written: "
               "carry a cell of another run onto them.")
        .arg(runName(state.run), lens ? patchWords(lens->patches).join(QStringLiteral("; ")) : QString());
  }
  if (isGrowingLens(*record)) {
    const auto lens = bench.runs->isActive(state.run) ? bench.runs->partial<LensResult>(state.run)
                                                      : bench.runs->result<LensResult>(state.run);
    if (!lens) return words("%1 is still being read.").arg(runName(state.run));
    if (state.token() < lens->tokenCount() - lens->grown) return {};
    return words("t%1 of %2 was written by the run itself. Put this text into the prompt and run it to read its cells.")
        .arg(state.token())
        .arg(runName(state.run));
  }
  if (record->kind == MakeVectorRequest::kKind)
    return words("%1 is a vector and has no cells. Choose a cell of a logit lens.").arg(runName(state.run));
  return {};
}

std::optional<CellSource> cellSource(const Workbench& bench, const SelectionState& state, CellUse use) {
  if (!cellObstacle(bench, state, use).isEmpty()) return std::nullopt;
  const Outcome<AnyRequest> request = bench.runs->request(state.run);
  if (!request) return std::nullopt;
  const auto* lens = std::get_if<LensRequest>(&*request);
  const auto* explored = std::get_if<ExploreRequest>(&*request);
  return CellSource{state.run,
                    modelOf(*request),
                    promptOf(*request),
                    state.token(),
                    state.layer(),
                    lens       ? lens->site
                    : explored ? explored->site
                               : "resid_post",
                    lens ? lens->patches : std::vector<StatePatch>{}};
}

Json askStateOf(const Workbench& bench) {
  SelectionState first = bench.selection->state();
  const std::vector<AskedSpan> spans = cellsOf(first);
  if (spans.empty()) return {};
  // A block is asked about like its first cell.
  first.tokens = IndexRange{first.tokens->first, first.tokens->first};
  first.layers = IndexRange{first.layers->first, first.layers->first};
  const auto cell = cellSource(bench, first);
  if (!cell || cell->site != "resid_post" || !cell->patches.empty()) return {};
  return {{"draft", {{"model", cell->model}, {"prompt", cell->prompt}, {"cells", formatCells(spans).toStdString()}}}};
}

QString streamObstacle(const Workbench& bench, const SelectionState& state) {
  const auto cell = cellSource(bench, state);
  if (!cell || cell->site == "resid_post") return {};
  return words(
             "%1 shows %2, a part of the residual stream; a Patchscope reads the whole stream. Choose a cell of the lens of the residual stream.")
      .arg(runName(state.run), QString::fromStdString(cell->site));
}

PatchscopeRequest patchscopeOf(const CellSource& cell, bool allLayers) {
  const PatchscopePreset& preset = presetById("token-identity");
  PatchscopeRequest request;
  request.model = cell.model;
  request.source = cell.prompt;
  request.sourceToken = cell.token;
  if (!allLayers) request.sourceLayers = {cell.layer};
  request.preset = preset.id;
  request.target = Prompt::plain(std::string(preset.target));
  request.generateTokens = 10;
  return request;
}

PatchRequest patchOf(const CellSource& source, const CellSource& target) {
  PatchRequest request;
  request.model = target.model;
  request.source = source.prompt;
  request.sourceToken = source.token;
  request.sourceLayer = source.layer;
  request.target = target.prompt;
  request.targetToken = target.token;
  request.targetLayer = target.layer;
  request.site = target.site;
  request.frozen = target.patches;
  return request;
}

RunId startPatchscope(const Workbench& bench, bool allLayers) {
  const auto cell = cellSource(bench, bench.selection->state());
  if (!cell || !streamObstacle(bench, bench.selection->state()).isEmpty()) return 0;
  const QString place = allLayers ? words("t%1, all layers").arg(cell->token)
                                  : QString::fromStdString(formatCell(cell->token, cell->layer));
  const RunId id =
      bench.runs->start(patchscopeOf(*cell, allLayers), RunStart{.title = words("Patchscope %1").arg(place),
                                                                 .parent = cell->run,
                                                                 .replaceKey = QStringLiteral("patchscope.cell")});
  bench.selection->selectCell(id, cell->token, cell->layer);
  return id;
}

RunId dropCarried(const Workbench& bench, const SelectionState& carried, const SelectionState& target) {
  const auto from = cellSource(bench, carried);
  const auto to = cellSource(bench, target, CellUse::Write);
  bench.carry->cancel();
  if (!from || !to) {
    const QString why = from ? cellObstacle(bench, target, CellUse::Write) : cellObstacle(bench, carried);
    if (!why.isEmpty()) bench.log->tell(words("Nothing was patched: %1").arg(why));
    return 0;
  }
  if (from->model.fingerprint != to->model.fingerprint) {
    bench.log->tell(
        words("Nothing was patched: %1 is a run of %2, %3 one of %4, and a state means nothing to another model. "
              "Run the source prompt with %4, then carry its cell.")
            .arg(runName(from->run), QString::fromStdString(from->model.name), runName(to->run),
                 QString::fromStdString(to->model.name)));
    return 0;
  }
  if (from->site != to->site) {
    bench.log->tell(
        words(
            "Nothing was patched: %1 shows %2 and %3 shows %4. A state can be written at the site it was read from only.")
            .arg(runName(from->run), QString::fromStdString(from->site), runName(to->run),
                 QString::fromStdString(to->site)));
    return 0;
  }
  const Site site = siteByName(to->site).value_or(Site::ResidPost);
  if (site == Site::ResidMid) {
    bench.log->tell(
        words("Nothing was patched: resid_mid cannot be patched cell by cell; the patching grid can write it."));
    return 0;
  }
  const QString title = words("Patch %1 of %2 into %3")
                            .arg(QString::fromStdString(formatCell(from->token, from->layer, site)), runName(from->run),
                                 QString::fromStdString(formatCell(to->token, to->layer, site)));
  const RunId id =
      bench.runs->start(patchOf(*from, *to), RunStart{.title = title, .parent = to->run, .replaceKey = {}});
  bench.selection->selectCell(id, to->token, to->layer);
  return id;
}

QStringList patchWords(const std::vector<StatePatch>& patches) {
  QStringList lines;
  for (const StatePatch& patch : patches) {
    const Site site = siteByName(patch.site).value_or(Site::ResidPost);
    const auto place = [site](int token, int layer) { return QString::fromStdString(formatCell(token, layer, site)); };
    lines << words("%1 of “%2” stands at %3")
                 .arg(place(patch.sourceToken, patch.sourceLayer),
                      elideMiddle(QString::fromStdString(patch.source.headline()), 40),
                      place(patch.token, patch.layer));
  }
  return lines;
}

QString steeringWords(const Steering& steering) {
  if (steering.isEmpty()) return {};
  return words("steered by %1 %2 at L%3")
      .arg(QString::fromStdString(steering.vectorName), formatSigned(static_cast<double>(steering.setting.strength), 1),
           formatLayers(steering.setting.layers));
}

RunId startLensOfSteered(const Workbench& bench, RunId run) {
  const Outcome<AnyRequest> request = bench.runs->request(run);
  const auto* asked = request ? std::get_if<SteerRequest>(&*request) : nullptr;
  if (!asked) return 0;
  if (!bench.models->find(asked->model.fingerprint) || !asked->vector) {
    bench.log->tell(asked->vector ? words("The model of this run is not loaded.")
                                  : words("The vector of this run is no longer in the session."));
    return 0;
  }
  LensRequest lens;
  lens.model = asked->model;
  lens.prompt = asked->prompt;
  lens.steering = {asked->vectorName, asked->vectorHash, asked->vector, asked->setting};
  // A vector on new tokens alone is at work in no token of the prompt: the lens goes on with them.
  if (asked->setting.tokens == SteerTokens::GeneratedOnly)
    lens.continueTokens = std::clamp(asked->sampling.maxNewTokens, 1, kMostGrown);
  // The first words of both texts are followed, so that it can be held against the plain lens.
  if (const auto result = bench.runs->result<SteerResult>(run))
    for (const Generation* text : {&result->plain, &result->steered})
      if (!text->tokens.empty() && std::ranges::find(lens.tracked, text->tokens.front().token.id) == lens.tracked.end())
        lens.tracked.push_back(text->tokens.front().token.id);
  const RunId id = bench.runs->start(lens, RunStart{.title = lensTitle(lens), .parent = run, .replaceKey = {}});
  bench.selection->selectRun(id);
  return id;
}

RunId startLensOfPatched(const Workbench& bench, RunId run) {
  const Outcome<AnyRequest> request = bench.runs->request(run);
  const auto* asked = request ? std::get_if<PatchRequest>(&*request) : nullptr;
  if (!asked) return 0;
  if (!bench.models->find(asked->model.fingerprint)) {
    bench.log->tell(words("The model of this run is not loaded."));
    return 0;
  }
  LensRequest lens;
  lens.model = asked->model;
  lens.prompt = asked->target;
  lens.patches = asked->frozen;
  const StatePatch patch = asked->patch();
  // At one place the later state stands alone.
  std::erase_if(lens.patches, [&patch](const StatePatch& before) {
    return before.token == patch.token && before.layer == patch.layer && before.site == patch.site;
  });
  lens.patches.push_back(patch);
  // What the run says without and with the patch: the same tokens are followed in both when they are compared.
  if (const auto result = bench.runs->result<PatchResult>(run))
    for (const auto* side : {&result->plain, &result->patched})
      if (!side->empty() && std::ranges::find(lens.tracked, side->front().token.id) == lens.tracked.end())
        lens.tracked.push_back(side->front().token.id);
  const RunId id = bench.runs->start(lens, RunStart{.title = lensTitle(lens), .parent = run, .replaceKey = {}});
  bench.selection->selectRun(id);
  return id;
}

void toggleCarry(const Workbench& bench) {
  if (bench.carry->isActive()) {
    bench.carry->cancel();
  } else if (cellSource(bench, bench.selection->state())) {
    bench.carry->start(bench.selection->state());
  }
}

Json steeringStateOf(const Workbench& bench) {
  const auto cell = cellSource(bench, bench.selection->state());
  if (!cell) return {};
  const std::vector<TokenFact> tokens = tokensOf(bench, cell->run);
  std::string text;
  for (int t = 0; t <= cell->token && t < static_cast<int>(tokens.size()); ++t)
    text += tokens[static_cast<std::size_t>(t)].text;
  return {{"positives", {text}}, {"layer", cell->layer}, {"prompt", cell->prompt}};
}

QString runName(RunId id) { return id > 0 ? QStringLiteral("#%1").arg(id) : words("recorded"); }

}  // namespace patchbay::ui
