#pragma once

#include <limits>

#include <QApplication>
#include <QTemporaryDir>
#include <QTest>
#include <QWidget>

#include "core/engine/engine.h"
#include "ui/bridge/engine_client.h"
#include "ui/bridge/session_client.h"
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
#include "ui/state/workbench.h"
#include "ui/widgets/theme.h"

namespace patchbay::tests {

/// The named part of a view; says so when there is none.
template <typename T>
T* part(const QWidget& view, const char* name) {
  T* found = view.findChild<T*>(QLatin1String(name));
  if (!found) qWarning("no %s", name);
  return found;
}

/// Shows a view in a window of this size.
inline void show(QWidget& view, int width = 768, int height = 620) {
  view.resize(width, height);
  view.show();
  QVERIFY(QTest::qWaitForWindowExposed(&view));
}

/// Writes a picture for a person to look at, in both themes, when PATCHBAY_SHOTS names a folder.
inline void shot(QWidget& view, const QString& name) {
  const QString folder = qEnvironmentVariable("PATCHBAY_SHOTS");
  if (folder.isEmpty()) return;
  for (const ui::ThemeKind kind : {ui::ThemeKind::Dark, ui::ThemeKind::Light}) {
    ui::applyTheme(*qApp, kind);
    QCoreApplication::processEvents();
    QVERIFY(
        view.grab().save(folder + QLatin1Char('/') + name +
                         (kind == ui::ThemeKind::Dark ? QStringLiteral("-dark.png") : QStringLiteral("-light.png"))));
  }
}

/// A workbench without a window: a session in a folder of its own and an engine with no model.
struct PanelBench {
  QTemporaryDir folder;
  Engine engine;
  ui::EngineClient client{engine};
  ui::SessionClient session;
  ui::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
  ui::ModelShelf models{client, settings};
  ui::RunBook runs{client, session};
  ui::VectorShelf vectors{session};
  ui::MapShelf maps{runs};
  ui::DecoderShelf decoders{runs};
  ui::Selection selection;
  ui::PromptState prompt{client, models};
  ui::ActionRegistry actions;
  ui::UndoHistory undo;
  ui::CellCarry carry;
  ui::LogBook log;
  ui::Workbench bench{&client, &session, &settings, &models, &runs, &vectors, &selection,
                      &prompt, &actions, &undo,     &carry,  &log,  &maps,    &decoders};

  void open() {
    session.open(folder.filePath(QStringLiteral("test.patchbay")));
    QTRY_VERIFY(session.isOpen());
  }

  /// A run with a result made by hand.
  template <typename Request>
  RunId record(const Request& request, const typename Request::Result& result, const char* title) {
    RunRecord record;
    record.kind = Request::kKind;
    record.title = title;
    record.request = request;
    record.dtype = "f32";
    record.seconds = result.seconds;
    if constexpr (requires { result.warnings; }) record.warnings = result.warnings;
    return runs.addRecorded(request, record, result.toDocument());
  }
};

inline TokenFact fact(std::int32_t id, std::string text) { return {id, std::move(text), {}, false}; }

inline ModelRef aModel() { return {"finger", "SmolLM2-135M-Instruct", "/models/smol.gguf"}; }

inline LensRequest lensRequest(const std::string& words = "The capital of France is") {
  LensRequest request;
  request.model = aModel();
  request.prompt = Prompt::plain(words);
  return request;
}

/// A lens of `layers` x `words` in which word 9, " Paris", rises at the last token.
inline LensResult lensResult(int layers = 30,
                             std::vector<std::string> words = {"The", " capital", " of", " France", " is"}) {
  constexpr int kTop = 6;
  const std::vector<std::string> vocabulary = {"The",  " capital", " of", " France", " is",
                                               " the", " city",    " a",  " first",  " Paris"};
  LensResult lens;
  lens.layers = layers;
  lens.seconds = 0.4;
  lens.trackedIds = {9};
  for (std::size_t t = 0; t < words.size(); ++t) lens.tokens.push_back(fact(static_cast<std::int32_t>(t), words[t]));
  for (std::size_t id = 0; id < vocabulary.size(); ++id)
    lens.texts.emplace(static_cast<std::int32_t>(id), fact(static_cast<std::int32_t>(id), vocabulary[id]));
  for (const int id : {9, 5, 7}) lens.next.push_back({lens.texts.at(id), 3.0F, id == 9 ? 0.81F : 0.05F});
  const auto tokens = static_cast<std::int64_t>(words.size());
  std::vector<float> ids, p, logits, entropy, kl, norm, cos, trackedP, trackedRank;
  for (int l = 0; l < layers; ++l) {
    for (std::int64_t t = 0; t < tokens; ++t) {
      const float depth = static_cast<float>(l) / static_cast<float>(std::max(1, layers - 1));
      const bool isLast = t == tokens - 1;
      const float best = isLast && depth > 0.7F
                             ? 0.81F * depth
                             : 0.1F + 0.5F * depth * static_cast<float>(t) / static_cast<float>(tokens);
      for (int k = 0; k < kTop; ++k) {
        ids.push_back(static_cast<float>(isLast && depth > 0.7F ? 9 - k : (static_cast<int>(t) + l / 5 + k) % 9));
        p.push_back(best / static_cast<float>(1 << k));
        logits.push_back(10.0F - static_cast<float>(k));
      }
      entropy.push_back(9.0F - 6.0F * depth);
      kl.push_back(5.0F * (1 - depth));
      norm.push_back((t == 0 ? 900.0F : 20.0F) + 40.0F * depth);
      cos.push_back(depth);
      trackedP.push_back(isLast ? 0.81F * depth * depth * depth : 0.02F);
      trackedRank.push_back(isLast ? 1.0F + 9000.0F * (1 - depth) * (1 - depth) : 700.0F);
    }
  }
  const auto array = [](std::vector<std::int64_t> shape, std::vector<std::string> axes, std::vector<float> values) {
    return HostArray(std::move(shape), std::move(axes), {}, std::move(values));
  };
  lens.topIds = array({layers, tokens, kTop}, {"layer", "token", "k"}, ids);
  lens.topP = array({layers, tokens, kTop}, {"layer", "token", "k"}, p);
  lens.topLogits = array({layers, tokens, kTop}, {"layer", "token", "k"}, logits);
  lens.entropyBits = array({layers, tokens}, {"layer", "token"}, entropy);
  lens.klToFinalBits = array({layers, tokens}, {"layer", "token"}, kl);
  lens.norm = array({layers, tokens}, {"layer", "token"}, norm);
  lens.cosToFinal = array({layers, tokens}, {"layer", "token"}, cos);
  lens.trackedP = array({1, layers, tokens}, {"tracked", "layer", "token"}, trackedP);
  lens.trackedRank = array({1, layers, tokens}, {"tracked", "layer", "token"}, trackedRank);
  std::vector<float> tokenP(static_cast<std::size_t>(tokens), 0.4F);
  tokenP.front() = std::numeric_limits<float>::quiet_NaN();
  lens.tokenP = array({tokens}, {"token"}, tokenP);
  return lens;
}

inline Generation generation(const std::vector<std::string>& words) {
  Generation made;
  int id = 0;
  for (const std::string& word : words) {
    GeneratedToken token{fact(100 + id, word), 0.9F - 0.1F * static_cast<float>(id % 8), 1.5F, {}};
    token.alternatives = {
        {token.token, 4, token.p}, {fact(200 + id, " other"), 2, 0.06F}, {fact(300 + id, " third"), 1, 0.02F}};
    made.tokens.push_back(std::move(token));
    made.text += word;
    ++id;
  }
  return made;
}

inline std::vector<RankedToken> ranked(const std::vector<std::string>& words, float first = 0.5F) {
  std::vector<RankedToken> tokens;
  float p = first;
  int id = 400;
  for (const std::string& word : words) {
    tokens.push_back({fact(id++, word), 5, p});
    p /= 3;
  }
  return tokens;
}

/// Layers x `targets` cells; no targets: the diagonal.
inline PatchscopeResult patchscopeResult(std::vector<int> sources, const std::vector<int>& targets = {}) {
  PatchscopeResult result;
  for (const char* word : {"The", " capital", " of", " France", " is"}) result.sourceTokens.push_back(fact(1, word));
  for (const char* word : {"cat", " ->", " cat", "\n", "?"}) result.targetTokens.push_back(fact(2, word));
  result.sourceToken = 4;
  result.targetToken = 4;
  for (const int source : sources) {
    const std::string word = source > 15 ? " Paris" : " ->";
    const auto add = [&](int target) {
      result.cells.push_back({source, target, ranked({word, " the", " a"}, 0.02F * static_cast<float>(source + 1)),
                              generation({word, ",", " the", " city"})});
    };
    if (targets.empty()) add(source);
    for (const int target : targets) add(target);
    result.lens.push_back({source, source, ranked({source > 22 ? " Paris" : " the", " is"}, 0.4F), {}});
    result.finalTokenP.push_back(0.027F * static_cast<float>(source));
    result.finalTokenLensP.push_back(source > 20 ? 0.06F * static_cast<float>(source - 20) : 0.01F);
  }
  result.unpatched = ranked({" ->", " the", "?"}, 0.7F);
  result.sourceNext = ranked({" Paris", " the", " located"}, 0.81F);
  result.seconds = 0.2;
  return result;
}

inline PatchscopeRequest patchscopeRequest(std::vector<int> sources, std::vector<int> targets = {}) {
  PatchscopeRequest request;
  request.model = aModel();
  request.source = Prompt::plain("The capital of France is");
  request.sourceToken = 4;
  request.sourceLayers = std::move(sources);
  request.preset = "token-identity";
  request.target = Prompt::plain("cat -> cat\n?");
  request.targetLayers = std::move(targets);
  return request;
}

}  // namespace patchbay::tests
