#include <QtTest>

#include <atomic>
#include <chrono>
#include <future>

#include "core/data/presets.h"
#include "core/engine/engine.h"
#include "core/engine/stream_limiter.h"

using namespace patchbay;

/// The façade: every request ends exactly once, replaced and stopped requests end early, models come and go.
class EngineTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase();
  void aRequestForAModelThatIsNotLoadedSaysSo();
  void everyKindOfRequestAnswers();
  void aNewerRequestReplacesAnOlderOne();
  void stopEndsALongGeneration();
  void aRunAfterAStoppedOneIsBitEqual();
  void tokensAreStreamedAndTheLastArrives();
  void aDamagedFileLeavesTheLoadedModelAlone();
  void freeingAModelForgetsIt();
  void limiterHoldsBackButKeepsTheLast();

private:
  template <typename Request>
  Outcome<typename Request::Result> ask(Request request) {
    std::promise<Outcome<typename Request::Result>> promise;
    auto future = promise.get_future();
    m_engine.submit(
        std::move(request), {},
        Callbacks<Request>{
            .done = [&](auto outcome) { promise.set_value(std::move(outcome)); }, .progress = {}, .tokens = {}});
    return future.get();
  }

  Engine m_engine;
  ModelCard m_card;
};

void EngineTest::initTestCase() {
  m_engine.setThreadCount(2);
  const auto card = ask(LoadModelRequest{.path = "default", .dtype = "f32"});
  QVERIFY2(card.hasValue(), card.isError() ? card.error().message().c_str() : "");
  m_card = *card;
  QCOMPARE(m_engine.models().size(), std::size_t{1});
  QCOMPARE(m_card.layers, 30);
  QVERIFY(m_card.residentBytes > 90'000'000);
}

void EngineTest::aRequestForAModelThatIsNotLoadedSaysSo() {
  LensRequest request;
  request.prompt = Prompt::plain("x");
  QCOMPARE(ask(request).error().code, std::string("MODEL-01"));
}

void EngineTest::everyKindOfRequestAnswers() {
  const Prompt prompt = Prompt::plain("The capital of France is");
  LensRequest lens;
  lens.model = m_card.ref;
  lens.prompt = prompt;
  QVERIFY(ask(lens).hasValue());
  PatchscopeRequest scope;
  scope.model = m_card.ref;
  scope.source = prompt;
  scope.target = Prompt::plain(std::string(presetById("token-identity").target));
  scope.generateTokens = 3;
  QVERIFY(ask(scope).hasValue());
  PatchRequest patch;
  patch.model = m_card.ref;
  patch.source = Prompt::plain("The capital of Japan is");
  patch.target = prompt;
  QVERIFY(ask(patch).hasValue());
  MakeVectorRequest make;
  make.model = m_card.ref;
  make.positives = {"good"};
  make.negatives = {"bad"};
  const auto vector = ask(make);
  QVERIFY(vector.hasValue());
  SteerRequest steer;
  steer.model = m_card.ref;
  steer.prompt = prompt;
  steer.vector = std::make_shared<const SteeringVector>(*vector);
  steer.setting.layers = {14};
  steer.sampling.maxNewTokens = 4;
  QVERIFY(ask(steer).hasValue());
  GenerateRequest generate;
  generate.model = m_card.ref;
  generate.prompt = prompt;
  generate.sampling.maxNewTokens = 4;
  const auto made = ask(generate);
  QVERIFY(made.hasValue());
  QCOMPARE(made->generation.tokens.size(), std::size_t{4});
  const auto tokens = m_engine.tokenize(m_card.ref.fingerprint, prompt);
  QVERIFY(tokens.hasValue());
  QCOMPARE(tokens->tokens.size(), std::size_t{5});
}

void EngineTest::aNewerRequestReplacesAnOlderOne() {
  GenerateRequest request;
  request.model = m_card.ref;
  request.prompt = Prompt::plain("Once upon a time");
  request.sampling.maxNewTokens = 400;
  std::atomic<int> cancelled{0}, done{0};
  for (int i = 0; i < 4; ++i) {
    if (i == 3) request.sampling.maxNewTokens = 2;
    m_engine.submit(
        request, {.title = "generate", .replaceKey = "chat"},
        Callbacks<GenerateRequest>{.done = [&](auto outcome) { (outcome.isCancelled() ? cancelled : done) += 1; },
                                   .progress = {},
                                   .tokens = {}});
  }
  m_engine.drain();
  QCOMPARE(cancelled.load(), 3);
  QCOMPARE(done.load(), 1);
}

void EngineTest::stopEndsALongGeneration() {
  GenerateRequest request;
  request.model = m_card.ref;
  request.prompt = Prompt::plain("Once upon a time");
  request.sampling.maxNewTokens = 4000;
  request.sampling.stopAtEndToken = false;
  std::promise<void> started;
  std::promise<bool> ended;
  std::atomic<bool> wasStarted{false};
  const JobId id =
      m_engine.submit(request, {},
                      Callbacks<GenerateRequest>{.done = [&](auto outcome) { ended.set_value(outcome.isCancelled()); },
                                                 .progress = {},
                                                 .tokens =
                                                     [&](const StreamedTokens&) {
                                                       if (!wasStarted.exchange(true)) started.set_value();
                                                     }});
  started.get_future().wait();
  m_engine.cancel(id);
  QVERIFY(ended.get_future().get());
}

void EngineTest::aRunAfterAStoppedOneIsBitEqual() {
  LensRequest lens;
  lens.model = m_card.ref;
  lens.prompt = Prompt::plain("Water boils at");
  const auto before = ask(lens);
  stopEndsALongGeneration();
  const auto after = ask(lens);
  QVERIFY(before->topLogits == after->topLogits);
  QVERIFY(before->norm == after->norm);
}

void EngineTest::tokensAreStreamedAndTheLastArrives() {
  GenerateRequest request;
  request.model = m_card.ref;
  request.prompt = Prompt::plain("One, two, three,");
  request.sampling.maxNewTokens = 12;
  request.sampling.stopAtEndToken = false;
  std::vector<std::size_t> sizes;
  m_engine.submit(request, {},
                  Callbacks<GenerateRequest>{.done = {}, .progress = {}, .tokens = [&](const StreamedTokens& t) {
                                               sizes.push_back(t.soFar.tokens.size());
                                             }});
  m_engine.drain();
  QVERIFY(!sizes.empty());
  QVERIFY(std::ranges::is_sorted(sizes));
  QCOMPARE(sizes.back(), std::size_t{12});
}

void EngineTest::aDamagedFileLeavesTheLoadedModelAlone() {
  const auto refused = ask(LoadModelRequest{.path = "/nonexistent/model.gguf", .dtype = "f32"});
  QVERIFY(refused.isError());
  QCOMPARE(refused.error().file, std::string("/nonexistent/model.gguf"));
  QCOMPARE(m_engine.models().size(), std::size_t{1});
}

void EngineTest::freeingAModelForgetsIt() {
  m_engine.freeModel(m_card.ref.fingerprint);
  m_engine.drain();
  QVERIFY(m_engine.models().empty());
  QVERIFY(m_engine.tokenize(m_card.ref.fingerprint, Prompt::plain("x")).isError());
  initTestCase();
}

void EngineTest::limiterHoldsBackButKeepsTheLast() {
  std::map<int, std::size_t> last;
  int calls = 0;
  StreamLimiter limiter([&](const StreamedTokens& tokens) {
    ++calls;
    last[tokens.lane] = tokens.soFar.tokens.size();
  });
  for (std::size_t i = 1; i <= 1000; ++i) {
    for (const int lane : {0, 1}) {
      StreamedTokens tokens{.lane = lane, .soFar = {}};
      tokens.soFar.tokens.resize(i);
      limiter(tokens);
    }
  }
  limiter.flush();
  QCOMPARE(last[0], std::size_t{1000});
  QCOMPARE(last[1], std::size_t{1000});
  QVERIFY(calls < 1500);
}

QTEST_APPLESS_MAIN(EngineTest)
#include "tst_engine.moc"
