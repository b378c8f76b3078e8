#include <algorithm>
#include <cmath>

#include <QtTest>

#include "core/analysis/capture.h"
#include "core/analysis/logit_lens.h"
#include "core/analysis/patchscope.h"
#include "core/steering/steer.h"
#include "core/steering/vector_maker.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

const char* kFrance = "The capital of France is";

LensRequest lensRequest(const std::string& words) {
  LensRequest request;
  request.prompt = Prompt::plain(words);
  return request;
}

Outcome<LensResult> lensOf(const LensRequest& request, const std::function<void(const StreamedTokens&)>& stream = {}) {
  JobContext context;
  return runLens(defaultModel(), request, context, stream);
}

Steering warmth(float strength) {
  static const auto vector = [] {
    JobContext context;
    MakeVectorRequest request;
    request.name = "warm";
    request.positives = {"I love this", "What a wonderful day"};
    request.negatives = {"I hate this", "What an awful day"};
    auto made = makeVector(defaultModel(), request, context);
    return std::make_shared<const SteeringVector>(std::move(*made));
  }();
  Steering steering{.vectorName = "warm", .vectorHash = "warm", .vector = vector, .setting = {}};
  steering.setting.layers = {14};
  steering.setting.strength = strength;
  return steering;
}

}  // namespace

/// Lenses of runs that are more than a prompt as it is: steered, growing, read ahead.
class TestLensRuns : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void steeringByZeroChangesNothing() {
    LensRequest request = lensRequest(kFrance);
    const auto plain = lensOf(request);
    request.steering = warmth(0);
    const auto steered = lensOf(request);
    QVERIFY(plain.hasValue() && steered.hasValue());
    QCOMPARE(steered->steeredBy, std::string("warm"));
    QVERIFY(steered->topLogits == plain->topLogits && steered->norm == plain->norm);
  }

  void aSteeredLensIsTheSteeredRun() {
    JobContext context;
    SteerRequest steer;
    steer.prompt = Prompt::plain(kFrance);
    const Steering steering = warmth(8);
    steer.vector = steering.vector;
    steer.setting = steering.setting;
    std::optional<PlainContinuation> plain;
    const auto text = runSteer(defaultModel(), steer, context, plain);
    LensRequest request = lensRequest(kFrance);
    request.steering = steering;
    const auto lens = lensOf(request);
    request.steering = {};
    const auto before = lensOf(request);
    QVERIFY(text.hasValue() && lens.hasValue() && before.hasValue());
    QCOMPARE(lens->next.front().token.id, text->steered.tokens.front().token.id);
    QVERIFY(std::abs(lens->next.front().p - text->steered.tokens.front().p) < 1e-4F);
    // Below the vector's layer nothing has changed, token 0 nowhere; from the layer on everything else.
    for (int layer = 0; layer < 30; ++layer) {
      for (int token = 0; token < 5; ++token) {
        const float gap = std::abs(lens->norm.at(layer, token) - before->norm.at(layer, token));
        QVERIFY((layer < 14 || token == 0) ? gap == 0 : gap > 0);
      }
    }
  }

  void aVectorThatIsGoneOrDoesNotFitIsNamed() {
    LensRequest request = lensRequest(kFrance);
    request.steering = warmth(4);
    request.steering.vector = nullptr;
    QCOMPARE(lensOf(request).error().code, std::string("VEC-04"));
    request.steering = warmth(4);
    request.steering.setting.layers = {30};
    QCOMPARE(lensOf(request).error().code, std::string("PLACE-03"));
  }

  void aGrowingLensIsThatOfTheLongerPrompt() {
    for (const char* site : {"resid_post", "attn_out", "head_out"}) {
      LensRequest request = lensRequest(kFrance);
      request.site = site;
      request.head = request.site == "head_out" ? 3 : -1;
      request.continueTokens = 6;
      std::vector<std::shared_ptr<const LensResult>> seen;
      const auto grown =
          lensOf(request, [&](const StreamedTokens& tokens) { seen.push_back(tokens.as<LensResult>()); });
      QVERIFY(grown.hasValue());
      QCOMPARE(grown->grown, 6);
      QCOMPARE(grown->tokenCount(), 11);
      std::string text;
      for (const TokenFact& token : grown->tokens) text += token.text;
      LensRequest whole = lensRequest(text);
      whole.site = site;
      whole.head = request.head;
      whole.tracked = grown->trackedIds;
      const auto longer = lensOf(whole);
      QVERIFY(longer.hasValue());
      QCOMPARE(longer->tokens, grown->tokens);
      for (int layer = 0; layer < 30; ++layer) {
        for (int token = 0; token < 11; ++token) {
          QVERIFY(std::abs(longer->entropyBits.at(layer, token) - grown->entropyBits.at(layer, token)) < 2e-3F);
          QVERIFY(std::abs(longer->topP.at(layer, token, 0) - grown->topP.at(layer, token, 0)) < 1e-3F);
          QVERIFY(std::abs(longer->trackedP.at(0, layer, token) - grown->trackedP.at(0, layer, token)) < 1e-3F);
        }
      }
      for (int token = 1; token < 11; ++token) {
        QVERIFY(std::abs(longer->tokenP.at(token) - grown->tokenP.at(token)) < 1e-3F);
        QCOMPARE(longer->tokenRank.at(token), grown->tokenRank.at(token));
      }
      // Each token was shown when it came: one column more each time, and the next token without a reading yet.
      QCOMPARE(seen.size(), std::size_t{7});
      for (std::size_t step = 0; step < seen.size(); ++step) {
        const auto read = static_cast<std::int64_t>(5 + step);
        QCOMPARE(seen[step]->tokenCount(), std::min<int>(static_cast<int>(read) + 1, 11));
        for (int token = 0; token < seen[step]->tokenCount(); ++token)
          QCOMPARE(std::isnan(seen[step]->topP.at(7, token, 0)), token >= read);
      }
    }
  }

  void aLongPromptIsShownGroupByGroup() {
    std::string words = "Once";
    for (int i = 0; i < 70; ++i) words += " upon a time";
    std::vector<std::shared_ptr<const LensResult>> seen;
    const auto lens =
        lensOf(lensRequest(words), [&](const StreamedTokens& tokens) { seen.push_back(tokens.as<LensResult>()); });
    QVERIFY(lens.hasValue());
    QVERIFY(seen.size() >= 3);
    for (const auto& part : seen) {
      QCOMPARE(part->tokens, lens->tokens);
      const auto known = ResultDocument(part->toDocument());
      QVERIFY(LensResult::fromDocument(known).hasValue());
      for (int token = 0; token < part->tokenCount(); ++token)
        if (!std::isnan(part->topP.at(9, token, 0))) QCOMPARE(part->topP.at(9, token, 0), lens->topP.at(9, token, 0));
    }
  }

  void aFutureLensIsThePatchscopeOfItsText() {
    JobContext context;
    for (const int ahead : {1, 2, 4}) {
      LensRequest request = lensRequest("Madison Square Garden is located in New York City");
      request.ahead = ahead;
      const auto future = lensOf(request);
      QVERIFY(future.hasValue());
      QCOMPARE(future->ahead, ahead);
      for (const auto& [layer, token] : {std::pair{0, 1}, {9, 3}, {20, 7}, {29, 8}}) {
        PatchscopeRequest scope;
        scope.source = request.prompt;
        scope.sourceToken = token;
        scope.sourceLayers = {layer};
        scope.target = Prompt::plain(request.aheadText);
        scope.generateTokens = ahead + 1;
        const auto said = runPatchscope(defaultModel(), defaultModel(), scope, context);
        QVERIFY(said.hasValue());
        const auto& words = said->cells.front().generation;
        if (static_cast<int>(words.tokens.size()) <= ahead) continue;  // the text ended itself before
        QCOMPARE(future->ranked(layer, token, 0).token.id, words.tokens.back().token.id);
        QVERIFY(std::abs(future->topP.at(layer, token, 0) - words.tokens.back().p) < 1e-3F);
      }
      // What it is held against is the model's own distribution that many tokens on.
      const auto plain = lensOf(lensRequest("Madison Square Garden is located in New York City"));
      for (int token = ahead + 1; token < plain->tokenCount(); ++token) {
        QVERIFY(std::abs(future->tokenP.at(token) - plain->tokenP.at(token)) < 1e-4F);
        QCOMPARE(future->tokenRank.at(token), plain->tokenRank.at(token));
      }
    }
  }

  void wishesThatContradictAreRefused() {
    const auto refused = [](const std::function<void(LensRequest&)>& change) {
      LensRequest request = lensRequest(kFrance);
      change(request);
      const auto lens = lensOf(request);
      return lens.hasValue() ? std::string() : lens.error().code;
    };
    QCOMPARE(refused([](LensRequest& lens) { lens.ahead = 5; }), std::string("LENS-05"));
    QCOMPARE(refused([](LensRequest& lens) { lens.ahead = -1; }), std::string("LENS-05"));
    QCOMPARE(refused([](LensRequest& lens) { lens.ahead = 1, lens.site = "attn_out"; }), std::string("LENS-06"));
    QCOMPARE(refused([](LensRequest& lens) { lens.ahead = 1, lens.steering = warmth(1); }), std::string("LENS-06"));
    QCOMPARE(refused([](LensRequest& lens) { lens.ahead = 1, lens.continueTokens = 2; }), std::string("LENS-06"));
    QCOMPARE(refused([](LensRequest& lens) { lens.continueTokens = 1001; }), std::string("GROW-01"));
    QCOMPARE(refused([](LensRequest& lens) { lens.ahead = 1, lens.aheadText = ""; }), std::string("TOK-00"));
  }

  void requestsAndResultsSurvive() {
    LensRequest request = lensRequest(kFrance);
    request.steering = warmth(3);
    request.continueTokens = 4;
    request.ahead = 2;
    request.aheadText = "x";
    const auto again = Json(request).get<LensRequest>();
    QVERIFY(again == request);
    QVERIFY(!again.steering.vector);
    Json before(request);
    for (const char* field : {"steering", "continueTokens", "ahead", "aheadText"}) before.erase(field);
    QVERIFY(before.get<LensRequest>() == lensRequest(kFrance));
    request.ahead = 0;
    const auto lens = lensOf(request);
    QVERIFY(lens.hasValue());
    QVERIFY(*LensResult::fromDocument(lens->toDocument()) == *lens);
  }
};

QTEST_APPLESS_MAIN(TestLensRuns)
#include "tst_lens_runs.moc"
