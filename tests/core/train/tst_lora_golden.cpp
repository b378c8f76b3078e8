#include <QtTest>

#include <QTemporaryDir>

#include "core/analysis/captured_run.h"
#include "core/model/adapted_model.h"
#include "core/model/adapter_file.h"
#include "core/train/trainer.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

/// An adapter that PEFT made computes and learns here what it does there.
class LoraGolden : public QObject {
  Q_OBJECT

private:
  std::shared_ptr<LanguageModel> m_model = tinyModel("grouped");
  Golden m_golden = readGolden("train/lora_golden");
  std::string m_folder = std::string(PATCHBAY_SOURCE_DIR) + "/tests/golden/train/adapter";

  [[nodiscard]] Adapter adapter() const {
    auto read = readAdapter(m_folder, m_model->transformer->config());
    if (!read) qFatal("%s", read.error().message().c_str());
    return *read;
  }

  [[nodiscard]] std::vector<TrainingSequence> sequences() const {
    std::vector<TrainingSequence> result;
    const auto ids = m_golden.json.at("sequences").get<std::vector<std::vector<std::int32_t>>>();
    const auto answers = m_golden.json.at("answers").get<std::vector<std::int64_t>>();
    for (std::size_t i = 0; i < ids.size(); ++i)
      result.push_back({.ids = ids[i],
                        .answerFirst = std::ssize(ids[i]) - answers[i],
                        .weight = 1 / std::sqrt(static_cast<double>(answers[i])),
                        .writeFirst = 0,
                        .states = {}});
    return result;
  }

  /// "layers.0.self_attn.q_proj.lora_A" and so on, in the order of Adapter::tensors.
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (int layer = 0; layer < m_model->card.layers; ++layer)
      for (const Projection projection : kProjections)
        for (const char* part : {"A", "B"})
          result.push_back("layers." + std::to_string(layer) +
                           (projection >= Projection::Gate ? ".mlp." : ".self_attn.") +
                           std::string(projectionName(projection)) + ".lora_" + part);
    return result;
  }

  static double apart(const at::Tensor& found, const HostArray& expected) {
    const at::Tensor flat = found.detach().contiguous();
    return relativeDifference({flat.const_data_ptr<float>(), static_cast<std::size_t>(flat.numel())}, expected.values(),
                              static_cast<std::size_t>(flat.numel()));
  }

private Q_SLOTS:
  void logitsEqualPeft() {
    const at::InferenceMode inference;
    const ModelConfig& config = m_model->transformer->config();
    Transformer adapted(config, withAdapter(m_model->transformer->weights(), config, adapter()),
                        m_model->transformer->options());
    int row = 0;
    for (const TrainingSequence& sequence : sequences()) {
      KvCache cache = adapted.newCache();
      const at::Tensor x = adapted.run({sequence.ids}, cache, {}, JobContext());
      const at::Tensor logits = adapted.readOut(x, 0, {});
      QVERIFY(apart(logits, m_golden.array("logits." + std::to_string(row++))) < 1e-5);
    }
  }

  void gradientsAndLossEqualPeft() {
    const SequenceLearner learner(*m_model->transformer, 0, JobContext());
    Adapter leaves = adapter();
    for (at::Tensor& tensor : leaves.tensors()) tensor.set_requires_grad(true);
    const std::vector<TrainingSequence> all = sequences();
    std::vector<const TrainingSequence*> pointers;
    for (const TrainingSequence& sequence : all) pointers.push_back(&sequence);
    const SequenceLoss loss = learner.backward(pointers, {.adapter = &leaves}, false, JobContext());
    const auto losses = m_golden.json.at("losses").get<std::vector<double>>();
    QVERIFY(std::abs(loss.sum / 3 - losses.front()) < 1e-4);
    QVERIFY(std::abs(learner.evaluate(pointers, {.adapter = &leaves}, JobContext()).sum - loss.sum) < 1e-4);
    const std::vector<std::string> called = names();
    const std::vector<at::Tensor> tensors = leaves.tensors();
    QCOMPARE(tensors.size(), called.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const double difference = apart(tensors[i].grad() / 3, m_golden.array("gradient." + called[i]));
      QVERIFY2(difference < 1e-5, qPrintable(QString::fromStdString(called[i]) + QString::number(difference)));
    }
  }

  void trainingEqualsTheReference() {
    const SequenceLearner learner(*m_model->transformer, 0, JobContext());
    const auto losses = m_golden.json.at("losses").get<std::vector<double>>();
    const auto norms = m_golden.json.at("norms").get<std::vector<double>>();
    TrainingSettings settings{.steps = 3, .workers = 2};
    settings.schedule = {
        .kind = ScheduleKind::Constant, .learningRate = m_golden.json.at("learning_rate").get<double>(), .warmUp = 0};
    AdapterTrainer trainer(learner, adapter(), settings);
    for (std::size_t step = 0; step < 3; ++step) {
      const auto facts = trainer.step(sequences(), JobContext());
      QVERIFY(facts.hasValue());
      QVERIFY2(std::abs(facts->loss - losses[step]) < 1e-4, qPrintable(QString::number(facts->loss)));
      QVERIFY(std::abs(facts->gradientNorm - norms[step]) < 1e-3);
    }
    const std::vector<std::string> called = names();
    const std::vector<at::Tensor> tensors = trainer.adapter().tensors();
    for (std::size_t i = 0; i < tensors.size(); ++i)
      QVERIFY2(apart(tensors[i], m_golden.array("trained." + called[i])) < 1e-4, called[i].c_str());
  }

  void anAdapterWrittenIsTheAdapterRead() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("copy")).toStdString();
    const Adapter first = adapter();
    QVERIFY(writeAdapter(path, first, "grouped").hasValue());
    const auto again = readAdapter(path, m_model->transformer->config());
    QVERIFY2(again.hasValue(), again.isError() ? again.error().message().c_str() : "");
    QCOMPARE(again->config, first.config);
    const auto a = first.tensors(), b = again->tensors();
    for (std::size_t i = 0; i < a.size(); ++i) QVERIFY(at::equal(a[i], b[i]));
    QVERIFY(writeAdapter(path, first, "grouped", TensorType::BF16).hasValue());
    const auto halves = readAdapter(path, m_model->transformer->config());
    QVERIFY(halves.hasValue());
    const auto c = halves->tensors();
    for (std::size_t i = 0; i < a.size(); ++i) QVERIFY(at::equal(a[i].to(at::kBFloat16).to(at::kFloat), c[i]));
  }

  /// An adapter of some blocks is read as it was written, and changes no other block.
  void anAdapterOfSomeBlocksKeepsToThem() {
    const QTemporaryDir folder;
    const std::string path = folder.filePath(QStringLiteral("part")).toStdString();
    const ModelConfig& config = m_model->transformer->config();
    LowRankConfig shape{.rank = 2};
    shape.layers = {1};
    Adapter part = freshAdapter(config, shape, 3);
    for (at::Tensor& tensor : part.tensors()) tensor.normal_(0, 0.3);
    QVERIFY(part.pair(0, Projection::Query).isEmpty() && !part.pair(1, Projection::Query).isEmpty());
    QVERIFY(writeAdapter(path, part, "grouped").hasValue());
    const auto again = readAdapter(path, config);
    QVERIFY2(again.hasValue(), again.isError() ? again.error().message().c_str() : "");
    QCOMPARE(again->config, shape);
    QCOMPARE(again->tensors().size(), part.tensors().size());
    const at::InferenceMode inference;
    LanguageModel with = adapted(*m_model, &*again);
    const auto statesOf = [](LanguageModel& model, int layer) {
      return statesAt(model, {{5, 9, 3, 7}}, layer, JobContext());
    };
    QVERIFY(at::equal(statesOf(with, 0), statesOf(*m_model, 0)));
    QVERIFY(!at::allclose(statesOf(with, 1), statesOf(*m_model, 1), 1e-3, 1e-3));
  }

  void whatIsNotPlainLoraIsRefused_data() {
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<QString>("code");
    const auto row = [](const char* key, const char* value, const char* code = "LORA-01") {
      QTest::addRow("%s %s", key, value) << QString::fromLatin1(key) << QString::fromLatin1(value)
                                         << QString::fromLatin1(code);
    };
    row("use_dora", "true");
    row("bias", "\"all\"");
    row("rank_pattern", "{\"q_proj\": 2}");
    row("r", "\"four\"");
    row("lora_alpha", "null");
    row("target_modules", "[\"q_proj\", \"lm_head\"]");
    row("peft_type", "\"IA3\"");
    row("layers_to_transform", "[0, -1]");
    row("layers_to_transform", "\"all\"");
    row("layers_to_transform", "[0]", "LORA-02");
    QTest::addRow("another rank") << QStringLiteral("r") << QStringLiteral("8") << QStringLiteral("LORA-02");
    QTest::addRow("fewer targets") << QStringLiteral("target_modules") << QStringLiteral("[\"q_proj\"]")
                                   << QStringLiteral("LORA-02");
  }
  void whatIsNotPlainLoraIsRefused() {
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(QString, code);
    const QTemporaryDir folder;
    const auto path = [&](const char* name) { return folder.filePath(QString::fromLatin1(name)); };
    const auto source = [&](const char* name) {
      return QString::fromStdString(m_folder) + QLatin1Char('/') + QLatin1String(name);
    };
    QVERIFY(QFile::copy(source("adapter_model.safetensors"), path("adapter_model.safetensors")));
    QFile config(source("adapter_config.json"));
    QVERIFY(config.open(QIODevice::ReadOnly));
    Json json = Json::parse(config.readAll().toStdString());
    json[key.toStdString()] = Json::parse(value.toStdString());
    QFile changed(path("adapter_config.json"));
    QVERIFY(changed.open(QIODevice::WriteOnly));
    changed.write(QByteArray::fromStdString(json.dump()));
    changed.close();
    const auto read = readAdapter(folder.path().toStdString(), m_model->transformer->config());
    QVERIFY(read.isError());
    QCOMPARE(QString::fromStdString(read.error().code), code);
    QVERIFY(!read.error().found.empty());
  }
};

QTEST_GUILESS_MAIN(LoraGolden)
#include "tst_lora_golden.moc"
