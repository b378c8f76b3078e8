#include <algorithm>
#include <cmath>
#include <numeric>

#include <QTemporaryDir>
#include <QtTest>

#include "core/analysis/logit_lens.h"
#include "core/analysis/soft_prompt_trainer.h"
#include "core/data/builtin_texts.h"
#include "core/tensor/host_copy.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

std::vector<std::string> firstTexts(std::size_t count) {
  return {builtinTexts().begin(), builtinTexts().begin() + static_cast<std::ptrdiff_t>(count)};
}

LearnPromptRequest request() {
  LearnPromptRequest learn;
  learn.model = defaultModel().card.ref;
  learn.name = "mine";
  learn.ahead = 1;
  learn.steps = 16;
  learn.batch = 8;
  learn.layers = {12, 20};
  learn.texts = firstTexts(16);
  return learn;
}

double meanOf(std::span<const float> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

LensRequest futureLens(const SoftPrompt& prompt) {
  LensRequest lens;
  lens.prompt = Prompt::plain("Madison Square Garden is located in");
  lens.ahead = 1;
  lens.aheadPrompt = SoftPromptRef::of(std::make_shared<const SoftPrompt>(prompt));
  return lens;
}

}  // namespace

/// Learned prompts of the future lens.
class SoftPromptTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() {
    JobContext context;
    auto learned = runLearnPrompt(defaultModel(), request(), context, [this](const SoftPrompt& soFar) {
      m_lengths.push_back(soFar.losses.size());
      m_stopped = soFar;
    });
    QVERIFY2(learned.hasValue(), learned.isError() ? learned.error().message().c_str() : "");
    m_learned = std::move(*learned);
  }

  /// What was not learned is the text that it began as.
  void theEmbeddingsOfATextAreTheText() {
    SoftPrompt plain = m_learned;
    {
      const at::InferenceMode inference;
      const auto ids = defaultModel().text.encode(Prompt::plain(kFutureLensText));
      plain.embeddings =
          toHost(defaultModel().transformer->embed({*ids})[0].to(at::kFloat), {"place", "width"}, "residual units");
    }
    plain.hash = plain.contentHash();
    JobContext context;
    const auto soft = runLens(defaultModel(), futureLens(plain), context);
    LensRequest text = futureLens(plain);
    text.aheadPrompt = {};
    const auto hard = runLens(defaultModel(), text, context);
    QVERIFY(soft.hasValue() && hard.hasValue());
    for (std::size_t i = 0; i < hard->topP.values().size(); ++i)
      QVERIFY(std::abs(hard->topP.values()[i] - soft->topP.values()[i]) < 1e-4F);
    QVERIFY(soft->topIds == hard->topIds);
  }

  void itComesNearerToTheModelStepByStep() {
    QCOMPARE(m_learned.losses.size(), std::size_t{16});
    std::vector<std::size_t> steps(16);
    std::iota(steps.begin(), steps.end(), std::size_t{1});
    QCOMPARE(m_lengths, steps);
    const std::span<const float> losses(m_learned.losses);
    QVERIFY2(meanOf(losses.last(5)) < 0.85 * meanOf(losses.first(5)),
             qPrintable(QStringLiteral("%1 %2").arg(meanOf(losses.first(5))).arg(meanOf(losses.last(5)))));
    QVERIFY(m_learned.isMeasured());
    QCOMPARE(m_learned.heldOutStates, 16);
    QCOMPARE(m_learned.right.shape(), (std::vector<std::int64_t>{3, 2, 2}));
    // A state is what it reads from: that of another place says something else.
    QVERIFY(m_learned.meanRight(SoftPrompt::Learned, 0) > m_learned.meanRight(SoftPrompt::OtherState, 0) + 0.2);
    QVERIFY(std::ranges::all_of(m_learned.right.values(), [](float share) { return share >= 0 && share <= 1.0001F; }));
  }

  void theSameSeedLearnsTheSame() {
    LearnPromptRequest learn = request();
    learn.steps = 2;
    learn.texts = firstTexts(5);
    JobContext context;
    const auto a = runLearnPrompt(defaultModel(), learn, context), b = runLearnPrompt(defaultModel(), learn, context);
    QVERIFY(a.hasValue() && b.hasValue());
    QCOMPARE(a->hash, b->hash);
    QVERIFY(!a->isMeasured() && a->warnings.size() == 1);  // too few texts to hold one out
    learn.seed = 2;
    const auto c = runLearnPrompt(defaultModel(), learn, context);
    QVERIFY(c.hasValue() && c->hash != a->hash);
  }

  /// A run may be paused below it, which has InferenceMode on.
  void itLearnsUnderAPausedRunToo() {
    const at::InferenceMode paused;
    LearnPromptRequest learn = request();
    learn.steps = 2;
    learn.texts = firstTexts(5);
    JobContext context;
    const auto made = runLearnPrompt(defaultModel(), learn, context);
    QVERIFY2(made.hasValue(), made.isError() ? made.error().message().c_str() : "");
  }

  void whatIsThereAtStopIsAPrompt() {
    QVERIFY(!m_stopped.isMeasured());
    QCOMPARE(m_stopped.hash, m_learned.hash);
    const auto back = SoftPrompt::fromDocument(m_stopped.toDocument());
    QVERIFY(back.hasValue() && *back == m_stopped);
    JobContext context;
    QVERIFY(runLens(defaultModel(), futureLens(m_stopped), context).hasValue());
  }

  void resultsAndFilesSurvive() {
    const auto back = SoftPrompt::fromDocument(m_learned.toDocument());
    QVERIFY(back.hasValue() && *back == m_learned);
    ResultDocument spoilt = m_learned.toDocument();
    spoilt.body["hash"] = "another";
    QCOMPARE(SoftPrompt::fromDocument(spoilt).error().code, std::string("RES-01"));
    spoilt = m_learned.toDocument();
    spoilt.body["layers"] = {1};
    QCOMPARE(SoftPrompt::fromDocument(spoilt).error().code, std::string("RES-01"));
    const std::string path = m_folder.filePath(QStringLiteral("p.safetensors")).toStdString();
    QVERIFY(writeSoftPrompt(path, m_learned).hasValue());
    const auto read = readSoftPrompt(path);
    QVERIFY(read.hasValue());
    QCOMPARE(read->hash, m_learned.hash);
    QCOMPARE(read->layers, m_learned.layers);
    QVERIFY(*read == m_learned);
    JobContext context;
    LearnPromptRequest import;
    import.file = path;
    import.name = "theirs";
    const auto imported = runLearnPrompt(defaultModel(), import, context);
    QVERIFY(imported.hasValue());
    QCOMPARE(imported->hash, m_learned.hash);
    QCOMPARE(imported->name, std::string("theirs"));
    QCOMPARE(read->right.values().size(), m_learned.right.values().size());
    QVERIFY(writeSoftPrompt(path, m_stopped).hasValue());
    const auto stopped = readSoftPrompt(path);
    QVERIFY(stopped.hasValue() && !stopped->isMeasured());
    QFile wrong(m_folder.filePath(QStringLiteral("wrong.safetensors")));
    QVERIFY(wrong.open(QIODevice::WriteOnly));
    wrong.write("no prompt at all");
    wrong.close();
    QVERIFY(readSoftPrompt(wrong.fileName().toStdString()).isError());
    spoilt = m_learned.toDocument();
    spoilt.arrays["right"] = HostArray({3, 2, 1}, {"arm", "layer", "ahead"}, "", std::vector<float>(6, 0.5F));
    QCOMPARE(SoftPrompt::fromDocument(spoilt).error().code, std::string("RES-01"));
  }

  void whatCannotBeLearnedIsRefused() {
    JobContext context;
    const auto refused = [&](const std::function<void(LearnPromptRequest&)>& change) {
      LearnPromptRequest learn = request();
      change(learn);
      const auto made = runLearnPrompt(defaultModel(), learn, context);
      return made.isError() ? made.error().code : std::string();
    };
    QCOMPARE(refused([](auto& learn) { learn.ahead = 0; }), std::string("SOFT-01"));
    QCOMPARE(refused([](auto& learn) { learn.ahead = 5; }), std::string("SOFT-01"));
    QCOMPARE(refused([](auto& learn) { learn.steps = 0; }), std::string("SOFT-01"));
    QCOMPARE(refused([](auto& learn) { learn.batch = 0; }), std::string("SOFT-01"));
    QCOMPARE(refused([](auto& learn) { learn.learningRate = std::nan(""); }), std::string("SOFT-01"));
    QCOMPARE(refused([](auto& learn) { learn.text = "x"; }), std::string("SOFT-01"));
    QCOMPARE(refused([](auto& learn) { learn.layers = {30}; }), std::string("PLACE-03"));
    QCOMPARE(refused([](auto& learn) { learn.texts = {"Hi"}; }), std::string("SOFT-02"));
    SoftPrompt other = m_learned;
    other.model.fingerprint = "another";
    QCOMPARE(runLens(defaultModel(), futureLens(other), context).error().code, std::string("LENS-07"));
    LensRequest gone = futureLens(m_learned);
    gone.aheadPrompt.prompt.reset();
    QCOMPARE(runLens(defaultModel(), gone, context).error().code, std::string("LENS-07"));
  }

private:
  QTemporaryDir m_folder;
  SoftPrompt m_learned, m_stopped;
  std::vector<std::size_t> m_lengths;
};

QTEST_GUILESS_MAIN(SoftPromptTest)
#include "tst_soft_prompt.moc"
