#include <QtTest>

#include <QTemporaryDir>

#include "core/analysis/map_fit.h"
#include "core/decoder/asking.h"
#include "core/train/trainer.h"
#include "tests/support/golden/golden.h"
#include "tests/support/turned_twin.h"

using namespace patchbay;
using namespace patchbay::testing;

/// A decoder asked about states of another model than its own, through a map.
class AskAcrossTest : public QObject {
  Q_OBJECT

private:
  static std::shared_ptr<LanguageModel> load(const tests::TinyModel& model, const QString& folder) {
    writeHuggingFaceFolder(model, folder.toStdString());
    JobContext context;
    auto loaded = loadModel(folder.toStdString(), {}, context);
    return loaded ? *loaded : nullptr;
  }

  /// From the twin's states back to the plain model's, as exact as float32 is.
  [[nodiscard]] AffineMap turnedBack(const std::vector<int>& layers) const {
    const auto width = static_cast<std::int64_t>(m_turn.size()), pairs = std::ssize(layers);
    std::vector<float> matrices;
    for (std::int64_t pair = 0; pair < pairs; ++pair)
      for (std::size_t i = 0; i < m_turn.size(); ++i)
        for (std::size_t j = 0; j < m_turn.size(); ++j) matrices.push_back(static_cast<float>(m_turn[j][i]));
    AffineMap map;
    map.name = "turned back";
    map.source = m_twin->card.ref;
    map.target = m_plain->card.ref;
    map.sourceLayers = map.targetLayers = layers;
    map.matrices = HostArray({pairs, width, width}, {"pair", "a", "b"}, "", std::move(matrices));
    map.offsets =
        HostArray({pairs, width}, {"pair", "b"}, "", std::vector<float>(static_cast<std::size_t>(pairs * width)));
    map.trainR2 = map.heldOutR2 = std::vector<float>(static_cast<std::size_t>(pairs), 1.0F);
    map.hash = map.contentHash();
    return map;
  }

  [[nodiscard]] AskRequest question() const {
    AskRequest asked;
    asked.prompt = Prompt::plain("it is w now and so it was");
    asked.spans = {{.firstToken = 2, .lastToken = 3, .layer = 1}, {.firstToken = -1, .lastToken = -1, .layer = 0}};
    asked.question = "Which?";
    asked.choices = {"u", "w"};
    asked.sampling.maxNewTokens = 4;
    return asked;
  }

  [[nodiscard]] AskRequest across(const AffineMap& map) const {
    AskRequest asked = question();
    asked.reader = m_plain->card.ref;
    asked.affine = MapRef::of(std::make_shared<const AffineMap>(map));
    return asked;
  }

  static void compareAnswers(const AskAnswer& found, const AskAnswer& expected) {
    QCOMPARE(found.generation.text, expected.generation.text);
    QCOMPARE(found.choices.size(), expected.choices.size());
    for (std::size_t i = 0; i < found.choices.size(); ++i) {
      QCOMPARE(found.choices[i].text, expected.choices[i].text);
      QVERIFY(std::abs(found.choices[i].p - expected.choices[i].p) < 1e-3F);
    }
    QCOMPARE(found.generation.tokens.size(), expected.generation.tokens.size());
    for (std::size_t i = 0; i < found.generation.tokens.size(); ++i)
      QVERIFY(std::abs(found.generation.tokens[i].p - expected.generation.tokens[i].p) < 1e-3F);
  }

private Q_SLOTS:
  void initTestCase() {
    m_turn = tests::randomRotation(32, 7);
    const tests::TinyModel plain = tests::makeTinyModel(false, 3);
    m_plain = load(plain, m_folder.filePath(QStringLiteral("plain")));
    m_twin = load(tests::turnedTwin(plain, m_turn), m_folder.filePath(QStringLiteral("twin")));
    QVERIFY(m_plain && m_twin);
    // An adapter that says something of its own; nothing is learned here.
    Adapter adapter = freshAdapter(m_plain->transformer->config(), {.rank = 4}, 3);
    at::manual_seed(5);
    for (at::Tensor& tensor : adapter.tensors()) tensor.normal_(0, 0.1);
    DecoderCard card;
    card.name = "turned";
    card.model = m_plain->card.ref;
    card.layers = m_plain->card.layers;
    card.width = m_plain->card.width;
    card.recipe.readLayers = {0, 1};
    m_path = m_folder.filePath(QStringLiteral("decoder")).toStdString();
    QVERIFY(writeDecoder(m_path, {.card = card, .adapter = adapter}).hasValue());
    auto loaded = loadDecoder(m_path, {}, *m_plain);
    QVERIFY2(loaded.hasValue(), loaded.isError() ? loaded.error().message().c_str() : "");
    m_decoder.emplace(std::move(*loaded));
  }

  /// The twin computes the same in another basis: through the rotation back, its states are the decoder's own.
  void aTurnedModelIsReadAsTheModelItself() {
    JobContext context;
    const auto own = runAsk(*m_plain, *m_plain, *m_decoder, question(), context);
    const auto read = runAsk(*m_twin, *m_plain, *m_decoder, across(turnedBack({0, 1})), context);
    QVERIFY2(read.hasValue(), read.isError() ? read.error().message().c_str() : "");
    compareAnswers(read->answer, own->answer);
    QCOMPARE(read->controls.size(), own->controls.size());
    for (std::size_t i = 0; i < own->controls.size(); ++i)
      compareAnswers(read->controls[i].answer, own->controls[i].answer);
    QCOMPARE(read->warnings.size(), own->warnings.size() + 1);
    QVERIFY(read->warnings.front().find("L1 go through a map into L1") != std::string::npos);
    // As they are, the turned states are something else.
    AffineMap idle = turnedBack({0, 1});
    std::vector<float> eye(static_cast<std::size_t>(2 * 32 * 32), 0);
    for (std::size_t i = 0; i < 64; ++i) eye[i * 32 + i % 32] = 1;
    idle.matrices = HostArray({2, 32, 32}, {"pair", "a", "b"}, "", std::move(eye));
    const auto unread = runAsk(*m_twin, *m_plain, *m_decoder, across(idle), context);
    QVERIFY(unread.hasValue());
    QVERIFY(std::abs(unread->answer.choices.front().p - own->answer.choices.front().p) > 1e-3F);
  }

  void onlyLayersThatTheMapHasAreAsked() {
    JobContext context;
    AskRequest asked = across(turnedBack({1}));
    const auto refused = runAsk(*m_twin, *m_plain, *m_decoder, asked, context);
    QVERIFY(refused.isError());
    QCOMPARE(refused.error().code, std::string("MAP-01"));
    QVERIFY(refused.error().found.starts_with("L0"));
    asked.spans.pop_back();
    asked.atAllLayers = true;
    const auto layers = runAsk(*m_twin, *m_plain, *m_decoder, asked, context);
    QVERIFY(layers.hasValue());
    QCOMPARE(layers->layers.size(), std::size_t{1});
    QCOMPARE(layers->layers.front().layer, 1);
    QCOMPARE(layers->answer, layers->layers.front().answer);
  }

  void withoutItsMapNothingIsAsked() {
    JobContext context;
    AskRequest asked = question();
    asked.reader = m_plain->card.ref;
    QCOMPARE(runAsk(*m_twin, *m_plain, *m_decoder, asked, context).error().code, std::string("MAP-01"));
    AffineMap other = turnedBack({0, 1});
    std::swap(other.source, other.target);
    QCOMPARE(runAsk(*m_twin, *m_plain, *m_decoder, across(other), context).error().code, std::string("MAP-02"));
    // The decoder of another model says that a map is a way.
    const auto foreign = loadDecoder(m_path, {}, *m_twin);
    QCOMPARE(foreign.error().code, std::string("DEC-03"));
    QVERIFY(foreign.error().advice.find("map") != std::string::npos);
  }

  /// Between models of other width and depth there is a fitted map or nothing.
  void aModelOfAnotherWidthIsReadThroughAFittedMap() {
    const auto other = tinyModel("grouped");
    QVERIFY(other->card.width != m_plain->card.width || other->card.layers != m_plain->card.layers);
    JobContext context;
    FitMapRequest fit;
    fit.pairs = MapPairs::SameDepth;
    for (int i = 0; i < 80; ++i)
      fit.texts.push_back("it is " + std::string(1, static_cast<char>('a' + i % 26)) + " " + std::to_string(i * 37) +
                          " now");
    const auto map = runFitMap(*other, *m_plain, fit, context);
    QVERIFY2(map.hasValue(), map.isError() ? map.error().message().c_str() : "");
    AskRequest asked = across(*map);
    const auto read = runAsk(*other, *m_plain, *m_decoder, asked, context);
    QVERIFY2(read.hasValue(), read.isError() ? read.error().message().c_str() : "");
    QCOMPARE(read->controls.size(), kAskControls.size());
    QVERIFY(!read->answer.generation.tokens.empty());
    asked.atAllLayers = true;
    const auto layers = runAsk(*other, *m_plain, *m_decoder, asked, context);
    QCOMPARE(layers->layers.size(), static_cast<std::size_t>(other->card.layers));
  }

private:
  QTemporaryDir m_folder;
  tests::Matrix m_turn;
  std::shared_ptr<LanguageModel> m_plain, m_twin;
  std::string m_path;
  std::optional<LoadedDecoder> m_decoder;
};

QTEST_GUILESS_MAIN(AskAcrossTest)
#include "tst_ask_across.moc"
