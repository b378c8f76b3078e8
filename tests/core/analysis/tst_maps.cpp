#include <QtTest>

#include <QTemporaryDir>

#include "core/analysis/lens_descent.h"
#include "core/analysis/logit_lens.h"
#include "core/analysis/map_file.h"
#include "core/analysis/map_fit.h"
#include "core/analysis/patchscope.h"
#include "core/data/builtin_texts.h"
#include "core/data/token_places.h"
#include "core/tensor/host_copy.h"
#include "tests/support/golden/golden.h"
#include "tests/support/tiny_model.h"
#include "tests/support/turned_twin.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

std::shared_ptr<LanguageModel> load(const tests::TinyModel& model, const QString& folder) {
  writeHuggingFaceFolder(model, folder.toStdString());
  JobContext context;
  auto loaded = loadModel(folder.toStdString(), {}, context);
  return loaded ? *loaded : nullptr;
}

/// Short enough for the context of the miniature models, whose tokens are bytes.
std::vector<std::string> pieces(std::size_t count) {
  std::vector<std::string> made;
  for (std::size_t text = 0; made.size() < count; ++text)
    for (std::size_t at = 0; at + 40 <= builtinTexts()[text].size() && made.size() < count; at += 40)
      made.push_back(builtinTexts()[text].substr(at, 40));
  return made;
}

std::vector<std::string> firstTexts(std::size_t count) {
  return {builtinTexts().begin(), builtinTexts().begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace

/// Fitted maps: a rotated twin, two models of different width, tuned lenses, files.
class MapsTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() {
    m_turn = tests::randomRotation(32, 7);
    const tests::TinyModel plain = tests::makeTinyModel(false, 3);
    m_plain = load(plain, m_folder.filePath(QStringLiteral("plain")));
    m_twin = load(tests::turnedTwin(plain, m_turn), m_folder.filePath(QStringLiteral("twin")));
    QVERIFY(m_plain && m_twin);
  }

  void theTwinIsTheSameFunction() {
    const std::vector<std::int32_t> ids{5, 9, 17, 33};
    QVERIFY(largestDifference(lastLogits(*m_plain, ids).logits(), lastLogits(*m_twin, ids).logits()) < 1e-4);
  }

  void aFitRecoversTheRotation() {
    JobContext context;
    FitMapRequest request;
    request.pairs = MapPairs::SameDepth;
    request.texts = pieces(140);
    const auto map = runFitMap(*m_plain, *m_twin, request, context);
    QVERIFY(map.hasValue());
    QCOMPARE(map->sourceLayers, (std::vector<int>{0, 1}));
    for (int pair = 0; pair < 2; ++pair) {
      QVERIFY(map->trainR2[static_cast<std::size_t>(pair)] > 0.9999F);
      QVERIFY(map->heldOutR2[static_cast<std::size_t>(pair)] > 0.9999F);
      for (int i = 0; i < 32; ++i)
        for (int j = 0; j < 32; ++j)
          QVERIFY(std::abs(static_cast<double>(map->matrices.at(pair, i, j)) -
                           m_turn[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)]) < 5e-3);
    }
    m_map = std::make_shared<const AffineMap>(*map);
  }

  /// A state of the one model, written through the map into the other, says what it says written into its own.
  void aPatchAcrossEqualsThePatchWithin() {
    QVERIFY(m_map);
    JobContext context;
    PatchscopeRequest within;
    within.source = Prompt::plain("hello world");
    within.target = Prompt::plain("some other text");
    within.generateTokens = 3;
    within.topK = 264;
    PatchscopeRequest across = within;
    across.targetModel = m_twin->card.ref;
    across.map = StateMap::Affine;
    across.affine = MapRef::of(m_map);
    const auto own = runPatchscope(*m_plain, within, context);
    const auto other = runPatchscope(*m_plain, *m_twin, across, context);
    QVERIFY(own.hasValue() && other.hasValue());
    QCOMPARE(other->cells.size(), own->cells.size());
    for (std::size_t cell = 0; cell < own->cells.size(); ++cell) {
      std::map<std::int32_t, float> p;
      for (const RankedToken& token : own->cells[cell].top) p[token.token.id] = token.p;
      for (const RankedToken& token : other->cells[cell].top) QVERIFY(std::abs(token.p - p[token.token.id]) < 1e-3F);
    }
    for (std::size_t i = 0; i < own->finalTokenP.size(); ++i)
      QVERIFY(std::abs(own->finalTokenP[i] - other->finalTokenP[i]) < 1e-3F);
  }

  void widthsAndPairsAreChecked() {
    QVERIFY(m_map);
    JobContext context;
    PatchscopeRequest request;
    request.source = request.target = Prompt::plain("hello");
    request.map = StateMap::Affine;
    QCOMPARE(runPatchscope(*m_plain, request, context).error().code, std::string("MAP-01"));  // none given
    request.affine = MapRef::of(m_map);
    request.sourceLayers = {0};
    request.targetLayers = {1};
    QCOMPARE(runPatchscope(*m_plain, request, context).error().code, std::string("MAP-01"));  // no such pair
    request.targetLayers = {0};
    QCOMPARE(runPatchscope(*m_plain, defaultModel(), request, context).error().code, std::string("MAP-02"));
    request.map = StateMap::Identity;
    QCOMPARE(runPatchscope(*m_plain, defaultModel(), request, context).error().code, std::string("MAP-02"));
    FitMapRequest fit;
    fit.texts = {"too short"};
    QCOMPARE(runFitMap(*m_plain, *m_plain, fit, context).error().code, std::string("MAP-04"));
    fit.method = MapMethod::Kl;
    fit.pairs = MapPairs::SameDepth;
    QCOMPARE(runFitMap(*m_plain, *m_plain, fit, context).error().code, std::string("MAP-05"));
  }

  void tokensPairWhereTheyEndTogether() {
    const auto small = m_plain->text.encode(Prompt::plain("hello hello")),
               large = defaultModel().text.encode(Prompt::plain("hello hello"));
    const auto pairs = pairedTokens(m_plain->text.facts(*small), defaultModel().text.facts(*large));
    QVERIFY(!pairs.empty());
    for (const auto& [i, j] : pairs) {
      const std::vector<std::int32_t> a(small->begin(), small->begin() + i + 1),
          b(large->begin(), large->begin() + j + 1);
      QCOMPARE(m_plain->text.tokenizer->decode(a), defaultModel().text.tokenizer->decode(b));
    }
  }

  void filesRoundTripAndDamagedOnesAreNamed() {
    QVERIFY(m_map);
    const std::string path = m_folder.filePath(QStringLiteral("map.safetensors")).toStdString();
    QVERIFY(writeMap(path, *m_map).hasValue());
    const auto back = readMap(path);
    QVERIFY(back.hasValue());
    QCOMPARE(back->hash, m_map->hash);
    QVERIFY(back->matrices == HostArray(m_map->matrices.shape(), back->matrices.axes(), back->matrices.unit(),
                                        {m_map->matrices.values().begin(), m_map->matrices.values().end()}));
    QCOMPARE(back->heldOutR2, m_map->heldOutR2);
    AffineMap broken = *m_map;
    broken.offsets = HostArray({1}, {"x"}, "", {0});
    QVERIFY(writeMap(path, broken).hasValue());
    const auto refused = readMap(path);
    QCOMPARE(refused.error().code, std::string("MAP-06"));
    QCOMPARE(refused.error().field, std::string("offsets"));
    QVERIFY(!AffineMap::fromDocument(broken.toDocument()).hasValue());
  }

  /// The tuned lens reads the answer lower down, and KL descends from least squares.
  void aTunedLensIsNearerToTheModel() {
    JobContext context;
    FitMapRequest request;
    request.layers = {6, 14, 22, 29};
    request.texts = firstTexts(90);
    const auto squares = runFitMap(defaultModel(), defaultModel(), request, context);
    QVERIFY(squares.hasValue());
    request.method = MapMethod::Kl;
    request.steps = 12;
    const auto descended = runFitMap(defaultModel(), defaultModel(), request, context);
    QVERIFY(descended.hasValue());
    std::vector<std::vector<std::int32_t>> heldOut;
    for (std::size_t text = 150; text < 154; ++text)
      heldOut.push_back(*defaultModel().text.encode(Prompt::plain(builtinTexts()[text])));
    const at::InferenceMode inference;
    AffineMap identity = *squares;  // the logit lens as a map
    const at::Tensor eye = at::eye(576).unsqueeze(0).repeat({4, 1, 1});
    identity.matrices = toHost(eye, {"pair", "a", "b"}, "");
    identity.offsets = toHost(at::zeros({4, 576}), {"pair", "b"}, "");
    const auto plain = lensDivergence(defaultModel(), identity, heldOut, context),
               tuned = lensDivergence(defaultModel(), *squares, heldOut, context),
               better = lensDivergence(defaultModel(), *descended, heldOut, context);
    for (std::size_t pair = 0; pair < 3; ++pair) {
      QVERIFY2(tuned[pair] < plain[pair], qPrintable(QStringLiteral("%1 %2").arg(tuned[pair]).arg(plain[pair])));
      QVERIFY2(better[pair] < tuned[pair], qPrintable(QStringLiteral("%1 %2").arg(better[pair]).arg(tuned[pair])));
    }
    QVERIFY(better[3] < 1e-3F);  // the last layer is the model's own answer
  }

private:
  QTemporaryDir m_folder;
  tests::Matrix m_turn;
  std::shared_ptr<LanguageModel> m_plain, m_twin;
  std::shared_ptr<const AffineMap> m_map;
};

QTEST_GUILESS_MAIN(MapsTest)
#include "tst_maps.moc"
