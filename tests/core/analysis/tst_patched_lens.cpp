#include <algorithm>
#include <cmath>

#include <QtTest>

#include "core/analysis/activation_patch.h"
#include "core/analysis/logit_lens.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

const char* kFrance = "The capital of France is";
const char* kJapan = "The capital of Japan is";

Outcome<LensResult> lensWith(std::vector<StatePatch> patches, const std::string& site = "resid_post") {
  JobContext context;
  LensRequest request;
  request.prompt = Prompt::plain(kFrance);
  request.site = site;
  request.patches = std::move(patches);
  return runLens(defaultModel(), request, context);
}

StatePatch fromJapan(int layer, const char* site = "resid_post") {
  return {Prompt::plain(kJapan), 3, layer, 3, layer, site};
}

float largestGap(const HostArray& a, const HostArray& b, int firstLayer, int lastLayer) {
  float largest = 0;
  for (int layer = firstLayer; layer <= lastLayer; ++layer)
    for (std::int64_t token = 0; token < a.extent(1); ++token)
      largest = std::max(largest, std::abs(a.at(layer, token) - b.at(layer, token)));
  return largest;
}

float pOf(const std::vector<RankedToken>& ranked, std::int32_t id) {
  for (const RankedToken& token : ranked)
    if (token.token.id == id) return token.p;
  return std::nanf("");
}

}  // namespace

/// A lens of a run with other states written into it, and patches on top of frozen ones.
class TestPatchedLens : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void itsOwnStatesChangeNothing() {
    const auto plain = lensWith({});
    for (const char* site : {"resid_post", "attn_out", "mlp_out"}) {
      const auto same =
          lensWith({{Prompt::plain(kFrance), 2, 9, 2, 9, site}, {Prompt::plain(kFrance), -1, 20, -1, 20, site}});
      QVERIFY(same.hasValue());
      QVERIFY(largestGap(same->norm, plain->norm, 0, 29) < 1e-2F);
      QVERIFY(largestGap(same->entropyBits, plain->entropyBits, 0, 29) < 1e-3F);
      QCOMPARE(same->next.front().token.id, plain->next.front().token.id);
    }
  }

  void onlyTheConeOfThePatchChanges() {
    const auto plain = lensWith({}), patched = lensWith({fromJapan(12)});
    QVERIFY(patched.hasValue());
    QVERIFY(largestGap(patched->norm, plain->norm, 0, 11) == 0);
    for (int layer = 12; layer < 30; ++layer)
      for (int token = 0; token < 3; ++token) QCOMPARE(patched->norm.at(layer, token), plain->norm.at(layer, token));
    QVERIFY(std::abs(patched->norm.at(12, 3) - plain->norm.at(12, 3)) > 0.1F);
    QCOMPARE(patched->norm.at(12, 4), plain->norm.at(12, 4));
    QVERIFY(std::abs(patched->norm.at(29, 4) - plain->norm.at(29, 4)) > 1e-3F);
    QCOMPARE(patched->next.front().token.text, std::string(" Tokyo"));
  }

  void whatOnePartAddsIsReadBehindThePatchToo() {
    for (const char* site : {"attn_out", "mlp_out", "resid_mid"}) {
      const auto plain = lensWith({}, site), patched = lensWith({fromJapan(12)}, site);
      QVERIFY(plain.hasValue() && patched.hasValue());
      QCOMPARE(patched->patches, 1);
      // Up to the patched block nothing has changed; above it, only from its token on.
      QVERIFY(largestGap(patched->norm, plain->norm, 0, 12) == 0);
      for (int token = 0; token < 3; ++token) QCOMPARE(patched->norm.at(20, token), plain->norm.at(20, token));
      QVERIFY(std::abs(patched->norm.at(13, 3) - plain->norm.at(13, 3)) > 1e-3F);
      QCOMPARE(patched->next.front().token.text, std::string(" Tokyo"));
    }
  }

  void itsLastLayerIsThePatchedRun() {
    JobContext context;
    for (const char* site : {"resid_post", "attn_out", "mlp_out"}) {
      PatchRequest request;
      request.source = Prompt::plain(kJapan);
      request.target = Prompt::plain(kFrance);
      request.sourceToken = request.targetToken = 3;
      request.sourceLayer = request.targetLayer = 8;
      request.site = site;
      const auto patch = runPatch(defaultModel(), request, context);
      const auto lens = lensWith({request.patch()});
      QVERIFY(patch.hasValue() && lens.hasValue());
      for (std::size_t k = 0; k < 5; ++k) {
        QCOMPARE(lens->next[k].token.id, patch->patched[k].token.id);
        QVERIFY(std::abs(lens->next[k].p - patch->patched[k].p) < 1e-4F);
      }
    }
  }

  void aPatchOnTopOfAFrozenOneIsBoth() {
    JobContext context;
    const StatePatch frozen = fromJapan(10);
    PatchRequest request;
    request.source = Prompt::plain("The language of Italy is");
    request.target = Prompt::plain(kFrance);
    request.sourceToken = request.targetToken = 1;
    request.sourceLayer = request.targetLayer = 4;
    request.frozen = {frozen};
    const auto onTop = runPatch(defaultModel(), request, context);
    const auto below = lensWith({frozen}), both = lensWith({frozen, request.patch()}),
               alone = lensWith({request.patch()});
    QVERIFY(onTop.hasValue() && below.hasValue() && both.hasValue() && alone.hasValue());
    QVERIFY(onTop->warnings.empty());
    const auto gap = [](const std::vector<RankedToken>& a, const std::vector<RankedToken>& b) {
      return std::abs(a.front().p - pOf(b, a.front().token.id));
    };
    QVERIFY(gap(onTop->plain, below->next) < 1e-4F);
    QVERIFY(gap(onTop->patched, both->next) < 1e-4F);
    // Neither of the two alone is both.
    QVERIFY(!(gap(onTop->patched, below->next) < 1e-2F));
    QVERIFY(!(gap(onTop->patched, alone->next) < 1e-2F));
  }

  void aPatchThatAFrozenOneHidesSaysSo() {
    JobContext context;
    PatchRequest request;
    request.source = Prompt::plain(kJapan);
    request.target = Prompt::plain(kFrance);
    request.sourceToken = request.targetToken = 3;
    request.sourceLayer = request.targetLayer = 10;
    request.frozen = {fromJapan(10)};
    request.site = "attn_out";
    const auto hidden = runPatch(defaultModel(), request, context);
    QVERIFY(hidden.hasValue());
    QCOMPARE(hidden->klBits, 0.0F);
    QVERIFY(hidden->warnings.size() == 1 && hidden->warnings.front().starts_with("The edit cannot change the answer"));
    request.site = "resid_post";
    request.source = request.target;
    const auto replaced = runPatch(defaultModel(), request, context);
    QVERIFY(replaced->warnings.size() == 1 && replaced->warnings.front().find("takes the place") != std::string::npos);
    QCOMPARE(replaced->patched.front().token.text, std::string(" Paris"));
    QCOMPARE(replaced->plain.front().token.text, std::string(" Tokyo"));
  }

  void requestsSurviveAndBadPlacesAreNamed() {
    LensRequest lens;
    lens.patches = {fromJapan(3), fromJapan(4, "mlp_out")};
    QVERIFY(Json(lens).get<LensRequest>() == lens);
    Json before(lens);
    before.erase("patches");
    QVERIFY(before.get<LensRequest>().patches.empty());
    PatchRequest patch;
    patch.frozen = lens.patches;
    QVERIFY(Json(patch).get<PatchRequest>() == patch);
    QCOMPARE(lensWith({fromJapan(30)}).error().code, std::string("PLACE-03"));
    QCOMPARE(lensWith({{Prompt::plain(kJapan), 9, 3, 3, 3, "resid_post"}}).error().code, std::string("PLACE-02"));
    QCOMPARE(lensWith({{Prompt::plain(kJapan), 3, 3, 9, 3, "resid_post"}}).error().code, std::string("PLACE-02"));
    QCOMPARE(lensWith({fromJapan(3, "q")}).error().code, std::string("PATCH-01"));
  }
};

QTEST_APPLESS_MAIN(TestPatchedLens)
#include "tst_patched_lens.moc"
