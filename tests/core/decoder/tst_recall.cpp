#include <QtTest>

#include <QTemporaryDir>

#include "core/decoder/asking.h"
#include "core/decoder/decoder_evaluation.h"
#include "core/decoder/decoder_training.h"
#include "core/decoder/state_recall.h"
#include "core/tensor/host_copy.h"
#include "tests/support/golden/golden.h"
#include "tests/support/letter_training.h"

using namespace patchbay;
using namespace patchbay::testing;

/// Laws of what states recall, and decoders that are trained with it.
class RecallTest : public QObject {
  Q_OBJECT

private:
  static constexpr std::int64_t kRows = 6000, kWidth = 12;
  std::shared_ptr<LanguageModel> m_tiny = tinyModel("grouped");

  /// States in which one direction, that varies little, tells of a word; the others vary much and tell nothing.
  struct Scene {
    at::Tensor behind, words;  // [N, D]
  };
  static Scene scene() {
    at::manual_seed(3);
    const at::Tensor turn = std::get<0>(at::linalg_qr(at::randn({kWidth, kWidth})));
    const at::Tensor word = at::randn({kRows, 1});
    at::Tensor parts = at::randn({kRows, kWidth}) * at::linspace(1, 12, kWidth);
    parts.narrow(1, 0, 1).copy_(word * 0.4);
    return {.behind = at::mm(parts, turn) + at::randn({kWidth}) * 5,
            .words = word * at::randn({kWidth}) + at::randn({kWidth})};
  }
  static RecallMoments momentsOf(const Scene& scene, double scale = 1) {
    RecallMoments moments;
    for (std::int64_t i = 0; i < kRows; ++i) moments.add(scene.behind.narrow(0, i, 1) * scale, scene.words[i]);
    return moments;
  }
  static double varianceOf(const at::Tensor& states) { return states.var(0).sum().item<double>(); }

  static TrainDecoderRequest recalling(const std::string& folder, std::int64_t steps) {
    TrainDecoderRequest made = letterTraining(folder, steps);
    made.recipe.recall = true;
    return made;
  }

private Q_SLOTS:
  /// Behind the states, which stay as they are, stands the word: found where it is a hundredth of what varies.
  void theWordStandsBehindTheStates() {
    const Scene seen = scene();
    QVERIFY(varianceOf(seen.behind) > 1000 * 0.16);
    const StateRecall recall({{4, momentsOf(seen)}});
    QCOMPARE(recall.handed(3), std::int64_t{6});
    const at::Tensor both = recall(seen.behind, 4);
    QCOMPARE(both.size(0), 2 * kRows);
    QVERIFY(at::equal(both.narrow(0, 0, kRows), seen.behind));
    const at::Tensor recalled = both.narrow(0, kRows, kRows);
    const double share = varianceOf(recalled) / varianceOf(seen.words);
    QVERIFY2(std::abs(share - 1) < 0.05, qPrintable(QString::number(share)));
    const at::Tensor apart = recalled - recalled.mean(0), word = seen.words - seen.words.mean(0);
    const double cosine = ((apart * word).sum() / (apart.norm() * word.norm())).item<double>();
    QVERIFY2(cosine > 0.95, qPrintable(QString::number(cosine)));
    const double moved = (recalled.mean(0) - seen.words.mean(0)).norm().item<double>();
    QVERIFY2(moved < 0.3, qPrintable(QString::number(moved)));  // the rounding of bfloat16
  }

  void withoutAMapStatesStayAlone() {
    const Scene seen = scene();
    QVERIFY(StateRecall().isEmpty());
    QVERIFY(at::equal(StateRecall()(seen.behind, 4), seen.behind));
    QCOMPARE(StateRecall().handed(3), std::int64_t{3});
  }

  void unknownLayersGoAsTheNearest() {
    const Scene seen = scene();
    const StateRecall recall({{4, momentsOf(seen)}, {9, momentsOf(seen, 3)}});
    QVERIFY(at::equal(recall(seen.behind, 0), recall(seen.behind, 4)));
    QVERIFY(at::equal(recall(seen.behind, 7), recall(seen.behind, 9)));
    QVERIFY(!at::equal(recall(seen.behind, 4), recall(seen.behind, 9)));
  }

  void slopesAreThoseOfWhatComesIn() {
    const Scene seen = scene();
    const StateRecall recall({{4, momentsOf(seen)}});
    const at::Tensor x = seen.behind.narrow(0, 0, 3), step = at::randn({3, kWidth}), slope = at::randn({6, kWidth});
    const double moved = ((recall(x + step, 4) - recall(x, 4)) * slope).sum().item<double>();
    const double said = (step * recall.slopes(slope, 4)).sum().item<double>();
    QVERIFY2(std::abs(moved - said) < 1e-3 * std::abs(said), qPrintable(QStringLiteral("%1 %2").arg(moved).arg(said)));
  }

  void aFileKeepsItBitByBit() {
    const Scene seen = scene();
    const StateRecall recall({{4, momentsOf(seen)}, {9, momentsOf(seen, 3)}});
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("w.safetensors")).toStdString();
    QVERIFY(writeSafetensors(path, recall.arrays(), TensorType::BF16).hasValue());
    const auto file = readSafetensors(path);
    QVERIFY(file.hasValue());
    const auto read = StateRecall::of(*file, {4, 9}, kWidth, path, at::kCPU);
    QVERIFY(read.hasValue());
    for (const int layer : {4, 9}) QVERIFY(at::equal((*read)(seen.behind, layer), recall(seen.behind, layer)));
    const auto missing = StateRecall::of(*file, {4, 5}, kWidth, path, at::kCPU);
    QVERIFY(missing.isError());
    QCOMPARE(missing.error().code, std::string("DEC-02"));
    QCOMPARE(missing.error().field, std::string("map.5"));
    QVERIFY(StateRecall::of(*file, {4}, kWidth + 1, path, at::kCPU).isError());
    ArrayFile broken = *file;
    const at::Tensor noNumber = at::full({kWidth, kWidth}, std::numeric_limits<float>::quiet_NaN());
    broken.arrays.at("map.9") = toHost(noNumber, {"width", "width"}, "");
    QCOMPARE(StateRecall::of(broken, {4, 9}, kWidth, path, at::kCPU).error().field, std::string("map.9"));
  }

  void aTrainingWithRecallLearnsAndGoesOn() {
    const QTemporaryDir folder;
    const std::string whole = folder.filePath(QStringLiteral("whole")).toStdString();
    const std::string parts = folder.filePath(QStringLiteral("parts")).toStdString();
    const QuestionData data = letterQuestions();
    JobContext context, stopped;
    const auto trained = runTrainDecoder(*m_tiny, data, recalling(whole, 400), context);
    QVERIFY2(trained.hasValue(), trained.isError() ? trained.error().message().c_str() : "");
    stopAfter(stopped, 23);
    QVERIFY_THROWS_EXCEPTION(Stopped, (void)runTrainDecoder(*m_tiny, data, recalling(parts, 400), stopped));
    QVERIFY(runTrainDecoder(*m_tiny, data, recalling(parts, 400), context).hasValue());
    auto first = readDecoder(whole, *m_tiny), second = readDecoder(parts, *m_tiny);
    QVERIFY(first.hasValue() && second.hasValue());
    const at::Tensor probe = at::randn({3, m_tiny->card.width});
    QVERIFY(at::equal(first->recall(probe, 1), second->recall(probe, 1)));
    const auto a = first->adapter.tensors(), b = second->adapter.tensors();
    for (std::size_t i = 0; i < a.size(); ++i) QVERIFY(at::equal(a[i], b[i]));
    QCOMPARE(*decoderDigest(whole), *decoderDigest(parts));

    const auto choiceOf = [&](const StoredDecoder& decoder) {
      const auto figures = evaluateDecoder(*m_tiny, decoder, data, {.items = 60, .hasControls = false}, context);
      const auto open = std::ranges::find_if(
          *figures, [](const DecoderFigure& figure) { return figure.family == "letter" && figure.kind == "open"; });
      return open->choice;
    };
    const MeasuredShare right = choiceOf(*first);
    QVERIFY2(right.low() > 0.6, qPrintable(QString::number(right.share())));
  }

  void askingHandsOverWhatIsRecalled() {
    const QTemporaryDir folder;
    const std::string path = folder.path().toStdString();
    JobContext context;
    QVERIFY(runTrainDecoder(*m_tiny, letterQuestions(), recalling(path, 30), context).hasValue());
    auto decoder = loadDecoder(path, {}, *m_tiny);
    QVERIFY(decoder.hasValue());
    AskRequest asked;
    asked.prompt = Prompt::plain("it is u now");
    asked.spans = {{.firstToken = 1, .lastToken = 3, .layer = 1}};
    asked.question = "Which?";
    asked.choices = {"u", "v", "w"};
    asked.hasControls = true;
    const auto answer = runAsk(*m_tiny, *m_tiny, *decoder, asked, context);
    QVERIFY(answer.hasValue());
    const std::int64_t placeholders =
        std::ranges::count(answer->readIds, answer->readIds[static_cast<std::size_t>(answer->firstPlace)]);
    QVERIFY(placeholders >= 6);  // three states and what they recall
    decoder->recall = {};
    const auto plain = runAsk(*m_tiny, *m_tiny, *decoder, asked, context);
    QVERIFY(plain.hasValue());
    QVERIFY(answer->answer.choices != plain->answer.choices);
    QCOMPARE(std::ssize(answer->readIds), std::ssize(plain->readIds) + 3);
    QFile file(QString::fromStdString(path + "/recall.safetensors"));
    QVERIFY(file.open(QIODevice::ReadWrite) && file.resize(file.size() / 2));
    file.close();
    const auto cut = loadDecoder(path, {}, *m_tiny);
    QVERIFY(cut.isError());
    QVERIFY(cut.error().file.ends_with("recall.safetensors"));
    QVERIFY(file.remove());
    QVERIFY(loadDecoder(path, {}, *m_tiny).isError());
  }
};

QTEST_GUILESS_MAIN(RecallTest)
#include "tst_recall.moc"
