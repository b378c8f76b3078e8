#include <QtTest>

#include <QTemporaryDir>

#include "core/model/adapted_model.h"
#include "core/model/adapter_file.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// The folder of an adapter, opened as a model.
class AdaptedModelTest : public QObject {
  Q_OBJECT

private:
  std::shared_ptr<LanguageModel> m_plain = tinyModel("grouped");
  QTemporaryDir m_folder;

  /// Writes an adapter; `size` is how far it is from one that changes nothing.
  std::string adapterNamed(const char* name, double size, const std::string& base) {
    at::manual_seed(5);
    Adapter adapter = freshAdapter(m_plain->transformer->config(), {.rank = 3}, 2);
    for (at::Tensor& tensor : adapter.tensors())
      if (size > 0) tensor.normal_(0, size);
    std::string folder = m_folder.filePath(QLatin1String(name)).toStdString();
    if (!writeAdapter(folder, adapter, base)) qFatal("not written");
    return folder;
  }
  static Outcome<std::shared_ptr<LanguageModel>> open(const std::string& folder,
                                                      const std::vector<std::string>& known = {}) {
    JobContext context;
    return loadModel(folder, {.known = known}, context);
  }
  static at::Tensor logitsOf(LanguageModel& model) {
    const at::InferenceMode inference;
    KvCache cache = model.transformer->newCache();
    return model.transformer->readOut(model.transformer->run({{5, 9, 3, 7}}, cache, {}, JobContext()), 0, {});
  }

private Q_SLOTS:
  void itComputesWhatItsAdapterSays() {
    const std::string& base = m_plain->card.ref.path;
    const auto none = open(adapterNamed("none", 0, base)), some = open(adapterNamed("some", 0.3, base));
    QVERIFY2(none.hasValue(), none.isError() ? none.error().message().c_str() : "");
    QVERIFY(some.hasValue());
    QVERIFY(at::equal(logitsOf(**none), logitsOf(*m_plain)));
    // A model whose weights are written out with the adapter says the same.
    const TransformerWeights& weights = (*some)->transformer->weights();
    const at::Tensor x = at::randn({3, m_plain->card.width});
    const Linear& down = weights.blocks[1].gateUp;
    QVERIFY(largestDifference(down(x), at::mm(x, down.dense().t())) < 1e-4);
    QVERIFY(largestDifference(logitsOf(**some), logitsOf(*m_plain)) > 1e-2);
  }

  void itIsAModelOfItsOwn() {
    const std::string& base = m_plain->card.ref.path;
    const auto first = open(adapterNamed("first", 0.3, base)), second = open(adapterNamed("second", 0.2, base));
    QVERIFY(first.hasValue() && second.hasValue());
    const ModelCard &a = (*first)->card, &b = (*second)->card;
    QCOMPARE(a.ref.name, std::string("first"));
    QVERIFY(a.ref.fingerprint != b.ref.fingerprint && a.ref.fingerprint != m_plain->card.ref.fingerprint);
    QVERIFY(a.parameters > m_plain->card.parameters);
    QCOMPARE((*open(a.ref.path))->card.ref.fingerprint, a.ref.fingerprint);
    JobContext context;
    const auto inspected = inspectModel(a.ref.path, context);
    QVERIFY(inspected.hasValue());
    QCOMPARE(inspected->ref, a.ref);
    QCOMPARE(inspected->parameters, a.parameters);
    QVERIFY(openModelText(a.ref.path, context).hasValue());
  }

  void itsModelIsFoundByName() {
    const std::string& base = m_plain->card.ref.path;
    const std::string folder = adapterNamed("far", 0.3, "someone/grouped");
    QVERIFY(open(folder, {"/elsewhere/other", base}).hasValue());
    const auto lost = open(folder, {"/elsewhere/other"});
    QVERIFY(lost.isError());
    QCOMPARE(lost.error().code, std::string("MODEL-04"));
    QCOMPARE(lost.error().found, std::string("someone/grouped"));
    // Beside the adapter.
    QVERIFY(QFile::link(QString::fromStdString(base), m_folder.filePath(QStringLiteral("grouped"))));
    QVERIFY(open(folder).hasValue());
  }

  void whatCannotBeIsRefused() {
    const std::string first = adapterNamed("one", 0.3, m_plain->card.ref.path);
    const auto chained = open(adapterNamed("two", 0.3, first));
    QVERIFY(chained.isError());
    QCOMPARE(chained.error().code, std::string("MODEL-04"));
    const auto itself = open(adapterNamed("three", 0.3, "."));
    QVERIFY(itself.isError());
    const auto nameless = open(adapterNamed("four", 0.3, ""));
    QVERIFY(nameless.isError());
    QCOMPARE(nameless.error().code, std::string("MODEL-04"));
    const std::string wide = std::string(PATCHBAY_SOURCE_DIR) + "/tests/golden/tiny/tied";
    const auto other = open(adapterNamed("five", 0.3, wide));
    QVERIFY(other.isError());
    QCOMPARE(other.error().code, std::string("LORA-02"));
    QFile weights(QString::fromStdString(first + "/adapter_model.safetensors"));
    QVERIFY(weights.open(QIODevice::ReadWrite) && weights.resize(weights.size() / 2));
    weights.close();
    QVERIFY(open(first).isError());
  }
};

QTEST_GUILESS_MAIN(AdaptedModelTest)
#include "tst_adapted_model.moc"
