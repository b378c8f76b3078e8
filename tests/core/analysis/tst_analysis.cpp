#include <QtTest>

#include "core/analysis/activation_patch.h"
#include "core/analysis/captured_run.h"
#include "core/analysis/logit_lens.h"
#include "core/analysis/patchscope.h"
#include "core/data/presets.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Lens, Patchscope and patch: laws of methods.md section 1.6 and the reference's numbers.
class Analysis : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void lensEqualsTheReference();
  void lensOfTheLastBlockIsTheModel();
  void lensOfAPartReadsThatPart();
  void trackedTokensAreFollowed();
  void aLongPromptIsReadInGroups();
  void lensRoundTripsThroughItsDocument();
  void patchscopeIntoItselfChangesNothing();
  void patchscopeAtTheLastLayerIsTheLens();
  void patchscopeOfEveryTokenIsThatOfEach();
  void patchscopeEqualsTheReference();
  void patchscopeBeatsTheLensOnHeldTexts();
  void patchEqualsTheReference();
  void patchIntoItselfChangesNothing();
  void aPatchThatCannotReachTheAnswerSaysSo();
  void absurdCountsOfTokensAreBounded();
  void placesOutsideAreNamed();
};

namespace {

const char* kCapital = "The capital of France is";

PatchscopeRequest identityRequest(const std::string& source) {
  PatchscopeRequest request;
  request.source = Prompt::plain(source);
  request.target = Prompt::plain(std::string(presetById("token-identity").target));
  request.generateTokens = 0;
  return request;
}

std::vector<std::int64_t> sampledIds() {
  return readGolden("model/prompts_golden", false).json.at("sampled_ids").get<std::vector<std::int64_t>>();
}

/// p and logit of one token in a ranking.
const RankedToken* find(const std::vector<RankedToken>& top, std::int32_t id) {
  const auto found = std::ranges::find(top, id, [](const RankedToken& t) { return t.token.id; });
  return found == top.end() ? nullptr : &*found;
}

double largestRankedDifference(const std::vector<RankedToken>& a, const Distribution& b) {
  double largest = 0;
  for (const RankedToken& token : a)
    largest = std::max(largest, std::abs(static_cast<double>(token.logit) - b.logit(token.token.id)));
  return largest;
}

}  // namespace

void Analysis::lensEqualsTheReference() {
  const Golden golden = readGolden("model/lens_golden");
  JobContext context;
  const auto lens = runLens(
      defaultModel(),
      {.model = {}, .prompt = Prompt::plain(golden.json.at("text").get<std::string>()), .topK = 10, .tracked = {}},
      context);
  QVERIFY(lens.hasValue());
  const HostArray& p = golden.array("top_p");
  for (int layer = 0; layer < lens->layers; ++layer) {
    for (int token = 0; token < lens->tokenCount(); ++token) {
      for (int k = 0; k < 5; ++k) {
        const RankedToken found = lens->ranked(layer, token, k);
        QVERIFY(std::abs(found.p - p.at(layer, token, k)) < 1e-4F);
      }
      const RankedToken best = lens->ranked(layer, token, 0);
      if (best.p - lens->ranked(layer, token, 1).p > 1e-3F)
        QCOMPARE(best.token.id, golden.json.at("top_ids")[layer][token][0].get<std::int32_t>());
    }
  }
}

void Analysis::lensOfTheLastBlockIsTheModel() {
  JobContext context;
  const auto lens =
      runLens(defaultModel(), {.model = {}, .prompt = Prompt::plain(kCapital), .topK = 10, .tracked = {}}, context);
  QVERIFY(lens.hasValue());
  const auto ids = defaultModel().text.encode(Prompt::plain(kCapital));
  const Distribution own = lastLogits(defaultModel(), *ids);
  const int last = lens->layers - 1;
  for (int k = 0; k < 10; ++k)
    QVERIFY(std::abs(lens->ranked(last, 4, k).logit - own.logit(lens->ranked(last, 4, k).token.id)) < 1e-4F);
  QCOMPARE(lens->next.front().token.id, own.best());
  QCOMPARE(lens->next.front().token.text, std::string(" Paris"));
  for (int token = 0; token < lens->tokenCount(); ++token) {
    QVERIFY(lens->klToFinalBits.at(last, token) < 1e-4F);
    QVERIFY(std::abs(lens->cosToFinal.at(last, token) - 1) < 1e-5F);
  }
  QVERIFY(std::isnan(lens->tokenP.at(0)));
  for (std::int64_t token = 1; token < lens->tokenCount(); ++token) {
    const std::vector<std::int32_t> before(ids->begin(), ids->begin() + token);
    const Distribution said = lastLogits(defaultModel(), before);
    const std::int32_t itself = (*ids)[static_cast<std::size_t>(token)];
    QVERIFY(std::abs(lens->tokenP.at(token) - said.probability(itself)) < 1e-4F);
    QVERIFY(std::abs(lens->tokenEntropyBits.at(token) - said.entropyBits()) < 1e-2F);
    int better = 0;
    for (std::int64_t id = 0; id < said.size(); ++id) better += said.logit(id) > said.logit(itself) + 1e-3F ? 1 : 0;
    // Near ties may stand on either side.
    int near = 0;
    for (std::int64_t id = 0; id < said.size(); ++id)
      near += std::abs(said.logit(id) - said.logit(itself)) <= 1e-3F ? 1 : 0;
    QVERIFY(lens->tokenRank.at(token) >= static_cast<float>(better + 1));
    QVERIFY(lens->tokenRank.at(token) <= static_cast<float>(better + near));
  }
}

void Analysis::lensOfAPartReadsThatPart() {
  const at::InferenceMode inference;
  LanguageModel& model = defaultModel();
  JobContext context;
  const auto plain =
      runLens(model, {.model = {}, .prompt = Prompt::plain(kCapital), .topK = 5, .tracked = {7042}}, context);
  const auto ids = *model.text.encode(Prompt::plain(kCapital));
  const Distribution own = lastLogits(model, ids);
  for (const Site site : {Site::AttnOut, Site::ResidMid, Site::MlpOut}) {
    const auto lens = runLens(model,
                              {.model = {},
                               .prompt = Prompt::plain(kCapital),
                               .site = std::string(factOf(site).name),
                               .topK = 5,
                               .tracked = {7042}},
                              context);
    QVERIFY(lens.hasValue());
    QCOMPARE(lens->topIds.shape(), plain->topIds.shape());
    const CapturedRun run = captureResiduals(model, ids, context, site);
    for (const int layer : {0, 11, 29}) {
      for (const int token : {1, 4}) {
        const Distribution read(model.transformer->unembed(model.transformer->finalNorm(run.values[layer][token])));
        QVERIFY(largestRankedDifference({lens->ranked(layer, token, 0), lens->ranked(layer, token, 4)}, read) < 1e-3);
        QVERIFY(std::abs(lens->trackedP.at(0, layer, token) - read.probability(7042)) < 1e-4F);
        QVERIFY(std::abs(lens->entropyBits.at(layer, token) - read.entropyBits()) < 1e-2F);
        QVERIFY(std::abs(lens->norm.at(layer, token) - run.values[layer][token].norm().item<float>()) < 1e-2F);
      }
      const Distribution last(model.transformer->unembed(model.transformer->finalNorm(run.values[layer][4])));
      QVERIFY(std::abs(lens->klToFinalBits.at(layer, 4) - own.klBits(last)) < 1e-2F);
    }
    // What the model itself says does not depend on what is read of it.
    QCOMPARE(lens->next.front().token.id, plain->next.front().token.id);
    for (std::int64_t token = 1; token < 5; ++token) {
      QVERIFY(std::abs(lens->tokenP.at(token) - plain->tokenP.at(token)) < 1e-5F);
      QVERIFY(std::abs(lens->tokenEntropyBits.at(token) - plain->tokenEntropyBits.at(token)) < 1e-3F);
      QCOMPARE(lens->tokenRank.at(token), plain->tokenRank.at(token));
    }
  }
  const auto wrong =
      runLens(model, {.model = {}, .prompt = Prompt::plain(kCapital), .site = "q", .topK = 5, .tracked = {}}, context);
  QVERIFY(wrong.isError());
  QCOMPARE(wrong.error().code, std::string("LENS-02"));
}

void Analysis::trackedTokensAreFollowed() {
  JobContext context;
  const auto lens = runLens(
      defaultModel(), {.model = {}, .prompt = Prompt::plain(kCapital), .topK = 5, .tracked = {7042, 260}}, context);
  QVERIFY(lens.hasValue());
  QCOMPARE(lens->trackedIds, (std::vector<std::int32_t>{7042, 260}));
  QCOMPARE(lens->trackedRank.at(0, lens->layers - 1, 4), 1.0F);
  QVERIFY(std::abs(lens->trackedP.at(0, lens->layers - 1, 4) - lens->next.front().p) < 1e-4F);
  const auto wrong =
      runLens(defaultModel(), {.model = {}, .prompt = Prompt::plain(kCapital), .topK = 5, .tracked = {-3}}, context);
  QVERIFY(wrong.isError());
}

void Analysis::aLongPromptIsReadInGroups() {
  JobContext context;
  std::string text;
  for (int i = 0; i < 60; ++i) text += "The river runs to the sea. ";
  const auto lens =
      runLens(defaultModel(), {.model = {}, .prompt = Prompt::plain(text), .topK = 3, .tracked = {7042}}, context);
  QVERIFY(lens.hasValue());
  QVERIFY(lens->tokenCount() > 300);
  // A token's lens does not depend on what follows it, so the first tokens are those of a short prompt.
  const auto head =
      runLens(defaultModel(), {.model = {}, .prompt = Prompt::plain(text.substr(0, 27)), .topK = 3, .tracked = {7042}},
              context);
  for (const int layer : {0, 15, 29}) {
    for (int token = 0; token < head->tokenCount() - 1; ++token) {
      QVERIFY(std::abs(lens->ranked(layer, token, 0).logit - head->ranked(layer, token, 0).logit) < 1e-3F);
      QVERIFY(std::abs(lens->klToFinalBits.at(layer, token) - head->klToFinalBits.at(layer, token)) < 1e-2F);
      QVERIFY(std::abs(lens->trackedRank.at(0, layer, token) / head->trackedRank.at(0, layer, token) - 1) < 0.01F);
    }
    QVERIFY(lens->ranked(layer, lens->tokenCount() - 1, 0).p > 0);
  }
}

void Analysis::lensRoundTripsThroughItsDocument() {
  JobContext context;
  const auto lens =
      runLens(defaultModel(), {.model = {}, .prompt = Prompt::plain("Hello"), .topK = 5, .tracked = {}}, context);
  const auto again = LensResult::fromDocument(lens->toDocument());
  QVERIFY(again.hasValue());
  QVERIFY(*again == *lens);
}

void Analysis::patchscopeIntoItselfChangesNothing() {
  JobContext context;
  for (const int token : {-1, 2}) {
    PatchscopeRequest request = identityRequest(kCapital);
    request.target = request.source;
    request.sourceToken = request.targetToken = token;
    request.topK = 200;
    const auto result = runPatchscope(defaultModel(), request, context);
    QVERIFY(result.hasValue());
    const Distribution plain = lastLogits(defaultModel(), *defaultModel().text.encode(request.source));
    QCOMPARE(result->cells.size(), std::size_t{30});
    for (const PatchscopeCell& cell : result->cells) QVERIFY(largestRankedDifference(cell.top, plain) < 5e-5);
  }
}

void Analysis::patchscopeAtTheLastLayerIsTheLens() {
  JobContext context;
  PatchscopeRequest request = identityRequest(kCapital);
  request.targetLayers = {29};
  const auto result = runPatchscope(defaultModel(), request, context);
  QVERIFY(result.hasValue());
  const auto lens =
      runLens(defaultModel(), {.model = {}, .prompt = request.source, .topK = 10, .tracked = {}}, context);
  for (const PatchscopeCell& cell : result->cells) {
    for (const RankedToken& token : cell.top) {
      const RankedToken* same = find(result->lens[static_cast<std::size_t>(cell.sourceLayer)].top, token.token.id);
      QVERIFY(same && std::abs(same->logit - token.logit) < 1e-4F);
    }
    QCOMPARE(cell.top.front().token.id, lens->ranked(cell.sourceLayer, 4, 0).token.id);
  }
}

/// Every token of the source at once is each token alone; a word that is asked for is as likely as it is ranked.
void Analysis::patchscopeOfEveryTokenIsThatOfEach() {
  JobContext context;
  for (const int generated : {0, 3}) {
    PatchscopeRequest request = identityRequest(kCapital);
    request.sourceLayers = {3, 20};
    request.generateTokens = generated;
    request.words = {" Paris", " ->"};
    request.everyToken = true;
    const auto all = runPatchscope(defaultModel(), request, context);
    QVERIFY2(all.hasValue(), all.isError() ? all.error().message().c_str() : "");
    QCOMPARE(all->cells.size(), 2 * all->sourceTokens.size());
    QCOMPARE(all->lens.size(), all->cells.size());
    QCOMPARE(all->asked.size(), std::size_t{2});
    request.everyToken = false;
    std::size_t next = 0;
    for (int token = 0; token < static_cast<int>(all->sourceTokens.size()); ++token) {
      request.sourceToken = token;
      const auto one = runPatchscope(defaultModel(), request, context);
      for (const PatchscopeCell& alone : one->cells) {
        const PatchscopeCell& cell = all->cells[next++];
        QCOMPARE(all->tokenOf(cell), token);
        QCOMPARE(cell.sourceLayer, alone.sourceLayer);
        QCOMPARE(cell.generation.text, alone.generation.text);
        QCOMPARE(cell.top.front().token.id, alone.top.front().token.id);
        for (std::size_t word = 0; word < 2; ++word) {
          QVERIFY(std::abs(cell.asked[word] - alone.asked[word]) < 1e-5F);
          if (const RankedToken* ranked = find(cell.top, all->asked[word].id))
            QVERIFY2(std::abs(ranked->p - cell.asked[word]) < 1e-4F,
                     qPrintable(QStringLiteral("%1 %2")
                                    .arg(static_cast<double>(ranked->p))
                                    .arg(static_cast<double>(cell.asked[word]))));
        }
      }
    }
    const auto again = PatchscopeResult::fromDocument(all->toDocument());
    QVERIFY(again.hasValue() && *again == *all);
  }
  PatchscopeRequest several = identityRequest(kCapital);
  several.everyToken = true;
  several.targetLayers = {1, 2};
  QCOMPARE(runPatchscope(defaultModel(), several, context).error().code, std::string("SCOPE-02"));
}

void Analysis::patchscopeEqualsTheReference() {
  const Golden golden = readGolden("model/patchscope_golden");
  const auto sampled = sampledIds();
  JobContext context;
  for (const Json& entry : golden.json.at("cases")) {
    PatchscopeRequest request;
    request.source = Prompt::plain(entry.at("source").get<std::string>());
    request.sourceToken = entry.at("source_token").get<int>();
    request.sourceLayers = {entry.at("source_layer").get<int>()};
    request.target = Prompt::plain(entry.at("target").get<std::string>());
    request.targetToken = entry.at("target_token").get<int>();
    request.targetLayers = {entry.at("target_layer").get<int>()};
    request.topK = 64;
    const auto result = runPatchscope(defaultModel(), request, context);
    QVERIFY(result.hasValue());
    const auto name = entry.at("name").get<std::string>();
    const HostArray& expected = golden.array(name + ".top_logits");
    const auto ids = entry.at("top_ids").get<std::vector<std::int32_t>>();
    for (std::size_t i = 0; i < 20; ++i) {
      const RankedToken* found = find(result->cells.front().top, ids[i]);
      QVERIFY2(found && std::abs(found->logit - expected.at(static_cast<std::int64_t>(i))) < 5e-4F, name.c_str());
    }
    QCOMPARE(idsOf(result->cells.front().generation), entry.at("greedy_ids").get<std::vector<std::int32_t>>());
  }
}

void Analysis::patchscopeBeatsTheLensOnHeldTexts() {
  const Golden golden = readGolden("model/held_golden", false);
  JobContext context;
  std::vector<double> lens(30), identity(30);
  const auto& texts = golden.json.at("texts");
  QCOMPARE(texts.size(), std::size_t{40});
  for (const Json& text : texts) {
    const auto ids = text.at("ids").get<std::vector<std::int32_t>>();
    PatchscopeRequest request = identityRequest(defaultModel().text.tokenizer->decode(ids));
    const auto result = runPatchscope(defaultModel(), request, context);
    QVERIFY(result.hasValue());
    const std::int32_t final = result->sourceNext.front().token.id;
    for (std::size_t layer = 0; layer < 30; ++layer) {
      lens[layer] += result->lens[layer].top.front().token.id == final ? 1.0 / 40 : 0;
      identity[layer] += result->cells[layer].top.front().token.id == final ? 1.0 / 40 : 0;
    }
  }
  double gap = 0;
  for (std::size_t layer = 16; layer <= 28; ++layer) gap += (identity[layer] - lens[layer]) / 13;
  QVERIFY2(gap >= 0.15, std::to_string(gap).c_str());
  QCOMPARE(std::lround(lens[29] * 40), 40L);
  for (std::size_t layer = 0; layer < 10; ++layer) QVERIFY(identity[layer] <= lens[layer] + 0.05 + 1e-9);
  const auto reference = golden.json.at("precision_at_1").at("identity").get<std::vector<double>>();
  for (std::size_t layer = 0; layer < 30; ++layer) QVERIFY(std::abs(identity[layer] - reference[layer]) < 0.051);
}

void Analysis::patchEqualsTheReference() {
  const Golden golden = readGolden("model/patch_golden");
  JobContext context;
  PatchRequest request;
  request.source = Prompt::plain(golden.json.at("clean").get<std::string>());
  request.target = Prompt::plain(golden.json.at("corrupt").get<std::string>());
  request.sourceToken = request.targetToken = golden.json.at("token").get<int>();
  request.sourceLayer = request.targetLayer = golden.json.at("layer").get<int>();
  request.topK = 64;
  const auto result = runPatch(defaultModel(), request, context);
  QVERIFY(result.hasValue());
  const std::pair<const char*, const std::vector<RankedToken>*> sides[] = {{"plain", &result->plain},
                                                                           {"patched", &result->patched}};
  for (const auto& [name, top] : sides) {
    const auto ids = golden.json.at(name).at("top_ids").get<std::vector<std::int32_t>>();
    const HostArray& logits = golden.array(std::string(name) + ".top_logits");
    for (std::size_t i = 0; i < 40; ++i) {
      const RankedToken* found = find(*top, ids[i]);
      QVERIFY2(found && std::abs(found->logit - logits.at(static_cast<std::int64_t>(i))) < 5e-4F, name);
    }
  }
  QVERIFY(result->klBits > 0.01F);
  QVERIFY(result->warnings.empty());
}

void Analysis::patchIntoItselfChangesNothing() {
  JobContext context;
  PatchRequest request;
  request.source = request.target = Prompt::plain(kCapital);
  for (const std::string site : {"resid_post", "attn_out", "mlp_out"}) {
    for (const int layer : {0, 12, 29}) {
      request.site = site;
      request.sourceToken = request.targetToken = 3;
      request.sourceLayer = request.targetLayer = layer;
      const auto result = runPatch(defaultModel(), request, context);
      QVERIFY(result.hasValue());
      for (const TokenChange& change : result->changes)
        QVERIFY(std::abs(change.patchedLogit - change.plainLogit) < 5e-5F);
      QCOMPARE(result->plainContinuation.text, result->patchedContinuation.text);
    }
  }
}

void Analysis::aPatchThatCannotReachTheAnswerSaysSo() {
  JobContext context;
  PatchRequest request;
  request.source = Prompt::plain("The capital of Japan is");
  request.target = Prompt::plain(kCapital);
  request.sourceToken = request.targetToken = 2;
  request.sourceLayer = request.targetLayer = 29;
  const auto result = runPatch(defaultModel(), request, context);
  QVERIFY(result.hasValue());
  QCOMPARE(result->warnings.size(), std::size_t{1});
  QVERIFY(result->klBits < 1e-5F);
}

void Analysis::absurdCountsOfTokensAreBounded() {
  JobContext context;
  for (const int topK : {-1, 0, 1 << 30}) {
    PatchscopeRequest request = identityRequest(kCapital);
    request.sourceLayers = {3};
    request.topK = topK;
    int streamed = 0;
    const auto result = runPatchscope(defaultModel(), request, context, [&](const StreamedTokens&) { ++streamed; });
    QVERIFY(result.hasValue());
    QCOMPARE(streamed, 1);
    QVERIFY(result->cells.front().top.size() <= 1000);
  }
}

void Analysis::placesOutsideAreNamed() {
  JobContext context;
  PatchscopeRequest request = identityRequest(kCapital);
  request.sourceToken = 5;
  QCOMPARE(runPatchscope(defaultModel(), request, context).error().code, std::string("PLACE-02"));
  request.sourceToken = -1;
  request.sourceLayers = {30};
  QCOMPARE(runPatchscope(defaultModel(), request, context).error().code, std::string("PLACE-03"));
  PatchRequest patch;
  patch.source = patch.target = Prompt::plain(kCapital);
  patch.site = "logits";
  QCOMPARE(runPatch(defaultModel(), patch, context).error().code, std::string("PATCH-01"));
  const auto empty =
      runLens(defaultModel(), {.model = {}, .prompt = Prompt::plain(""), .topK = 1, .tracked = {}}, context);
  QCOMPARE(empty.error().code, std::string("TOK-00"));
}

QTEST_APPLESS_MAIN(Analysis)
#include "tst_analysis.moc"
