#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <functional>

#include "core/model/model_config.h"
#include "core/model/weight_names.h"
#include "tests/support/tiny_model.h"

using namespace patchbay;
using namespace patchbay::tests;

/// What a configuration may say, and the field named when it may not; then the tensors against it.
class ModelConfigTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void foldersAreRead();
  void absentFieldsHaveTheirUsualValues();
  void ggufIsReadTheSame();
  void ggufAbsentFields();
  void folderRefusals_data();
  void folderRefusals();
  void ggufRefusals_data();
  void ggufRefusals();
  void ropeScalings();
  void rotaryFactorsOfGguf();
  void tensorsAreFoundByRole();
  void everyMisfitIsToldTogether();
  void longListsAreCut();
  void biasesAreWantedOnlyWhenConfigured();
  void aTiedModelMayCarryAHead();
  void rotaryRowsAreInterleavedWithinAHead();

private:
  Outcome<ModelConfig> configOf(const std::string& path);
  std::string folder(const std::function<void(TinyModel&)>& change, bool isTied = true);
  std::string gguf(const std::function<void(GgufBuilder&)>& change, bool isTied = true);
  Error misfit(const std::string& path);

  QTemporaryDir m_home;
  int m_next = 0;
  std::vector<std::shared_ptr<const Checkpoint>> m_open;
};

Outcome<ModelConfig> ModelConfigTest::configOf(const std::string& path) {
  JobContext context;
  const auto checkpoint = Checkpoint::open(path, context);
  if (!checkpoint) return checkpoint.failure<ModelConfig>();
  m_open.push_back(*checkpoint);
  return readConfig(**checkpoint);
}

std::string ModelConfigTest::folder(const std::function<void(TinyModel&)>& change, bool isTied) {
  TinyModel model = makeTinyModel(isTied);
  change(model);
  const std::string path = m_home.filePath(QString::number(m_next++)).toStdString();
  writeHuggingFaceFolder(model, path);
  return path;
}

std::string ModelConfigTest::gguf(const std::function<void(GgufBuilder&)>& change, bool isTied) {
  GgufBuilder file = ggufOf(makeTinyModel(isTied));
  change(file);
  const std::string path = m_home.filePath(QString::number(m_next++) + QStringLiteral(".gguf")).toStdString();
  writeFile(path, file.build());
  return path;
}

Error ModelConfigTest::misfit(const std::string& path) {
  const auto config = configOf(path);
  if (!config) return config.error();
  const auto tensors = matchTensors(*m_open.back(), *config);
  return tensors ? Error{} : tensors.error();
}

void ModelConfigTest::foldersAreRead() {
  const auto config = configOf(folder([](TinyModel&) {}));
  if (!config) QFAIL(config.error().message().c_str());
  QCOMPARE(config->architecture, std::string("llama"));
  QCOMPARE(config->layers, 2);
  QCOMPARE(config->width, 32);
  QCOMPARE(config->heads, 4);
  QCOMPARE(config->keyValueHeads, 2);
  QCOMPARE(config->headWidth, 8);
  QCOMPARE(config->mlpWidth, 64);
  QCOMPARE(config->vocabulary, 264);
  QCOMPARE(config->contextLength, 128);
  QCOMPARE(config->normEps, 1e-5);
  QVERIFY(config->isTied && !config->hasAttentionBias && !config->hasMlpBias);
  QCOMPARE(config->rope.theta, 10000.0);
  QVERIFY(config->rope.scaling == RopeScaling::None);
  QCOMPARE(config->rope.originalContext, 128.0);
}

void ModelConfigTest::absentFieldsHaveTheirUsualValues() {
  const auto config = configOf(folder([](TinyModel& m) {
    for (const char* name : {"num_key_value_heads", "rope_theta", "rope_scaling", "max_position_embeddings",
                             "rms_norm_eps", "hidden_act", "attention_bias", "mlp_bias", "tie_word_embeddings"})
      m.config.erase(name);
  }));
  if (!config) QFAIL(config.error().message().c_str());
  QCOMPARE(config->keyValueHeads, config->heads);
  QCOMPARE(config->rope.theta, 10000.0);
  QCOMPARE(config->contextLength, 2048);
  QCOMPARE(config->normEps, 1e-6);
  QVERIFY(!config->isTied);
}

void ModelConfigTest::ggufIsReadTheSame() {
  for (const bool isTied : {true, false}) {
    const auto first = configOf(folder([](TinyModel&) {}, isTied)),
               second = configOf(gguf([](GgufBuilder&) {}, isTied));
    if (!second) QFAIL(second.error().message().c_str());
    QVERIFY(first.hasValue());
    const auto sizes = [](const ModelConfig& c) {
      return std::vector<double>{double(c.layers),
                                 double(c.width),
                                 double(c.heads),
                                 double(c.keyValueHeads),
                                 double(c.headWidth),
                                 double(c.mlpWidth),
                                 double(c.vocabulary),
                                 double(c.contextLength),
                                 double(c.isTied),
                                 c.rope.theta,
                                 double(static_cast<float>(c.normEps))};
    };
    QCOMPARE(sizes(*second), sizes(*first));
  }
}

void ModelConfigTest::ggufAbsentFields() {
  const auto config = configOf(gguf([](GgufBuilder& f) {
    f.remove("llama.attention.head_count_kv");
    f.remove("llama.rope.freq_base");
    f.remove("llama.context_length");
  }));
  if (!config) QFAIL(config.error().message().c_str());
  QCOMPARE(config->keyValueHeads, 4);
  QCOMPARE(config->rope.theta, 10000.0);
  QCOMPARE(config->contextLength, 2048);
}

void ModelConfigTest::folderRefusals_data() {
  QTest::addColumn<QString>("field");
  QTest::addColumn<QString>("patch");
  QTest::addColumn<QString>("code");
  QTest::addColumn<QString>("word");
  const auto row = [](const char* field, const char* patch, const char* code, const char* word) {
    QTest::newRow(patch) << QString::fromUtf8(field) << QString::fromUtf8(patch) << QString::fromUtf8(code)
                         << QString::fromUtf8(word);
  };
  for (const char* field :
       {"num_hidden_layers", "hidden_size", "num_attention_heads", "intermediate_size", "vocab_size"}) {
    const std::string name = std::string("{\"") + field + "\":";
    row(field, (name + "null}").c_str(), "CONF-01", "nothing");
    row(field, (name + "0}").c_str(), "CONF-02", "found 0");
    row(field, (name + "-2}").c_str(), "CONF-02", "found -2");
    row(field, (name + "2.5}").c_str(), "CONF-02", "2.5");
    row(field, (name + "\"2\"}").c_str(), "CONF-02", "whole number");
    row(field, (name + "18446744073709551615}").c_str(), "CONF-02", "18446744073709551615");
    row(field, (name + "[2]}").c_str(), "CONF-02", "whole number");
  }
  row("num_hidden_layers", R"({"num_hidden_layers":4097})", "CONF-02", "4096");
  row("num_key_value_heads", R"({"num_key_value_heads":0})", "CONF-02", "found 0");
  row("num_key_value_heads", R"({"num_key_value_heads":3})", "CONF-04", "divisor of the 4 heads");
  row("num_key_value_heads", R"({"num_key_value_heads":8})", "CONF-04", "divisor");
  row("num_attention_heads", R"({"num_attention_heads":5,"num_key_value_heads":5})", "CONF-04", "hidden_size 32");
  row("head_dim", R"({"num_attention_heads":32,"num_key_value_heads":1,"hidden_size":96})", "CONF-04", "even");
  row("head_dim", R"({"head_dim":7})", "CONF-04", "even");
  row("head_dim", R"({"head_dim":1})", "CONF-02", "from 2");
  row("num_attention_heads", R"({"head_dim":524288})", "CONF-04", "1048576");
  row("model_type", R"({"model_type":"gpt2"})", "CONF-03", "gpt2");
  row("model_type", R"({"model_type":null})", "CONF-03", "llama");
  row("model_type", R"({"model_type":7})", "CONF-02", "string");
  row("hidden_act", R"({"hidden_act":"gelu"})", "CONF-03", "gelu");
  row("rms_norm_eps", R"({"rms_norm_eps":-1e-5})", "CONF-02", "from 0 to 1");
  row("rms_norm_eps", R"({"rms_norm_eps":"1e-5"})", "CONF-02", "number");
  row("rms_norm_eps", R"({"rms_norm_eps":2})", "CONF-02", "found 2");
  row("max_position_embeddings", R"({"max_position_embeddings":0})", "CONF-02", "found 0");
  row("rope_theta", R"({"rope_theta":0})", "CONF-02", "from 1");
  row("rope_theta", R"({"rope_theta":"big"})", "CONF-02", "big");
  row("tie_word_embeddings", R"({"tie_word_embeddings":1})", "CONF-02", "true or false");
  row("attention_bias", R"({"attention_bias":"no"})", "CONF-02", "true or false");
  row("rope_scaling", R"({"rope_scaling":"linear"})", "CONF-02", "object");
  row("rope_scaling.rope_type", R"({"rope_scaling":{"type":"longrope","factor":2}})", "CONF-03", "longrope");
  row("factor", R"({"rope_scaling":{"type":"linear"}})", "CONF-01", "factor");
  row("factor", R"({"rope_scaling":{"type":"linear","factor":0}})", "CONF-02", "factor");
  row("factor", R"({"rope_scaling":{"type":"yarn","factor":"2"}})", "CONF-02", "number");
  row("beta_fast", R"({"rope_scaling":{"type":"yarn","factor":2,"beta_fast":-1}})", "CONF-02", "beta_fast");
  row("rope_parameters", R"({"rope_parameters":3})", "CONF-02", "object");
  row("rope_theta", R"({"rope_parameters":{"rope_theta":0.5}})", "CONF-02", "0.5");
}

void ModelConfigTest::folderRefusals() {
  QFETCH(QString, field);
  QFETCH(QString, patch);
  QFETCH(QString, code);
  QFETCH(QString, word);
  const std::string path = folder([&](TinyModel& m) {
    const Json changes = Json::parse(patch.toStdString());
    for (const auto& [name, value] : changes.items()) m.config[name] = value;
  });
  const auto config = configOf(path);
  QVERIFY(config.isError());
  QCOMPARE(QString::fromStdString(config.error().code), code);
  QCOMPARE(QString::fromStdString(config.error().field), field);
  QVERIFY2(QString::fromStdString(config.error().message()).contains(word), config.error().message().c_str());
  QVERIFY(config.error().file.ends_with("config.json"));
}

void ModelConfigTest::ggufRefusals_data() {
  QTest::addColumn<QString>("key");
  QTest::addColumn<int>("value");
  QTest::addColumn<QString>("code");
  const auto row = [](const char* key, int value, const char* code) {
    QTest::addRow("%s %d", key, value) << QString::fromUtf8(key) << value << QString::fromUtf8(code);
  };
  for (const char* key :
       {"llama.block_count", "llama.embedding_length", "llama.attention.head_count", "llama.feed_forward_length"}) {
    row(key, -1, "CONF-01");
    row(key, 0, "CONF-02");
  }
  row("llama.attention.head_count_kv", 3, "CONF-04");
  row("llama.attention.key_length", 9, "CONF-03");
  row("llama.expert_count", 8, "CONF-03");
  row("llama.rope.dimension_count", 4, "CONF-03");
  row("llama.rope.freq_base", 0, "CONF-02");
  row("llama.rope.scaling.type", 1, "CONF-02");
  row("llama.context_length", 0, "CONF-02");
}

void ModelConfigTest::ggufRefusals() {
  QFETCH(QString, key);
  QFETCH(int, value);
  QFETCH(QString, code);
  const auto config = configOf(gguf([&](GgufBuilder& f) {
    f.remove(key.toStdString());
    if (value >= 0) f.addU32(key.toStdString(), static_cast<std::uint32_t>(value));
  }));
  QVERIFY(config.isError());
  QCOMPARE(QString::fromStdString(config.error().code), code);
  // A key length that is not rotated whole is told as such, before it is told to be odd.
  if (key != QStringLiteral("llama.attention.key_length")) QCOMPARE(QString::fromStdString(config.error().field), key);
}

void ModelConfigTest::ropeScalings() {
  const auto ropeOf = [&](const char* text) {
    const auto config = configOf(folder([&](TinyModel& m) { m.config.merge_patch(Json::parse(text)); }));
    return config ? config->rope : RopeConfig();
  };
  RopeConfig rope = ropeOf(R"({"rope_scaling":{"rope_type":"linear","factor":4}})");
  QVERIFY(rope.scaling == RopeScaling::Linear && rope.factor == 4);
  rope = ropeOf(R"({"rope_scaling":{"type":"dynamic","factor":2.5}})");
  QVERIFY(rope.scaling == RopeScaling::Dynamic && rope.factor == 2.5);
  rope = ropeOf(R"({"rope_scaling":{"rope_type":"llama3","factor":8,"low_freq_factor":2,"high_freq_factor":5,
                                    "original_max_position_embeddings":64}})");
  QVERIFY(rope.scaling == RopeScaling::Llama3 && rope.lowFrequencyFactor == 2 && rope.highFrequencyFactor == 5);
  QCOMPARE(rope.originalContext, 64.0);
  rope =
      ropeOf(R"({"rope_scaling":{"rope_type":"yarn","factor":2,"beta_fast":16,"beta_slow":2,"attention_factor":1.5}})");
  QVERIFY(rope.scaling == RopeScaling::Yarn && rope.betaFast == 16 && rope.betaSlow == 2);
  QCOMPARE(rope.attentionFactor.value_or(0), 1.5);
  QCOMPARE(rope.originalContext, 128.0);
  rope = ropeOf(R"({"rope_parameters":{"rope_type":"default","rope_theta":500000},"rope_theta":7})");
  QVERIFY(rope.scaling == RopeScaling::None && rope.theta == 500000);
}

void ModelConfigTest::rotaryFactorsOfGguf() {
  const auto withFactors = [&](const std::vector<float>& values) {
    return configOf(gguf([&](GgufBuilder& f) {
      std::string bytes;
      for (const float value : values) bytes += littleEndian(value);
      f.tensors.push_back({"rope_freqs.weight", {values.size()}, 0, bytes, std::nullopt});
    }));
  };
  const auto config = withFactors({1, 2, 4, 8});
  QVERIFY(config.hasValue());
  QVERIFY(config->rope.scaling == RopeScaling::Factors);
  QCOMPARE(config->rope.divisors, (std::vector<float>{1, 2, 4, 8}));
  QCOMPARE(withFactors({1, 2, 4}).error().code, std::string("CONF-04"));
  QCOMPARE(withFactors({1, 2, 4, 0}).error().code, std::string("CONF-02"));
  QCOMPARE(withFactors({1, 2, 4, std::nanf("")}).error().code, std::string("CONF-02"));
  QCOMPARE(withFactors({1, 2, -4, 1}).error().field, std::string("rope_freqs.weight"));
}

void ModelConfigTest::tensorsAreFoundByRole() {
  for (const std::string& path : {folder([](TinyModel&) {}, false), gguf([](GgufBuilder&) {}, false)}) {
    const auto config = configOf(path);
    QVERIFY(config.hasValue());
    const auto tensors = matchTensors(*m_open.back(), *config);
    if (!tensors) QFAIL(tensors.error().message().c_str());
    const bool isGguf = path.ends_with(".gguf");
    QCOMPARE(tensors->blocks.size(), std::size_t{2});
    QCOMPARE(tensors->embedding->name, std::string(isGguf ? "token_embd.weight" : "model.embed_tokens.weight"));
    QCOMPARE(tensors->unembedding->name, std::string(isGguf ? "output.weight" : "lm_head.weight"));
    const BlockTensors& block = tensors->blocks[1];
    QCOMPARE(block.k->name, std::string(isGguf ? "blk.1.attn_k.weight" : "model.layers.1.self_attn.k_proj.weight"));
    QCOMPARE(block.mlpNorm->name,
             std::string(isGguf ? "blk.1.ffn_norm.weight" : "model.layers.1.post_attention_layernorm.weight"));
    QCOMPARE(block.down->shape, (std::vector<std::int64_t>{32, 64}));
    for (const TensorView* bias :
         {block.qBias, block.kBias, block.vBias, block.oBias, block.gateBias, block.upBias, block.downBias})
      QVERIFY(bias == nullptr);
  }
}

void ModelConfigTest::everyMisfitIsToldTogether() {
  const std::string path = folder([](TinyModel& m) {
    m.removeTensor("model.layers.1.mlp.up_proj.weight");
    m.removeTensor("model.norm.weight");
    m.tensor("model.layers.0.self_attn.q_proj.weight").shape = {16, 64};
    m.tensors.push_back({"model.layers.7.extra", "F32", {1}, littleEndian(1.0f)});
    m.tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq", "F32", {1}, littleEndian(1.0f)});
  });
  const Error error = misfit(path);
  QCOMPARE(error.code, std::string("LOAD-01"));
  QCOMPARE(error.file, path);
  QCOMPARE(error.field, std::string("model.norm.weight"));
  QCOMPARE(error.found, std::string("2 missing: model.norm.weight, model.layers.1.mlp.up_proj.weight; "
                                    "1 misshapen: model.layers.0.self_attn.q_proj.weight [16, 64] instead of [32, 32]; "
                                    "1 without a place: model.layers.7.extra; "));
  const Error transposed = misfit(folder([](TinyModel& m) {
    m.tensor("model.layers.0.mlp.up_proj.weight").shape = {32, 64};
  }));
  QCOMPARE(transposed.field, std::string("model.layers.0.mlp.up_proj.weight [32, 64] instead of [64, 32]"));
}

void ModelConfigTest::longListsAreCut() {
  const Error error = misfit(folder([](TinyModel& m) { m.config["num_hidden_layers"] = 4; }));
  QCOMPARE(error.code, std::string("LOAD-01"));
  QVERIFY(error.found.starts_with("18 missing: model.layers.2.input_layernorm.weight, "));
  QVERIFY(error.found.ends_with(", ...; "));
  // An absurd number of layers is not answered with a list of its length.
  const Error absurd = misfit(folder([](TinyModel& m) { m.config["num_hidden_layers"] = 4000; }));
  QCOMPARE(absurd.code, std::string("LOAD-01"));
  QVERIFY(absurd.found.size() < 600);
}

void ModelConfigTest::biasesAreWantedOnlyWhenConfigured() {
  const auto addBias = [](TinyModel& m, const std::string& name, std::int64_t size) {
    m.tensors.push_back({name, "F32", {size}, std::string(static_cast<std::size_t>(size) * 4, '\0')});
  };
  const Error missing = misfit(folder([](TinyModel& m) { m.config["attention_bias"] = true; }));
  QCOMPARE(missing.field, std::string("model.layers.0.self_attn.q_proj.bias"));
  QVERIFY(missing.found.starts_with("6 missing"));
  const std::string whole = folder([&](TinyModel& m) {
    m.config["attention_bias"] = true;
    for (const std::string block : {"model.layers.0.self_attn.", "model.layers.1.self_attn."}) {
      addBias(m, block + "q_proj.bias", 32);
      addBias(m, block + "k_proj.bias", 16);
      addBias(m, block + "v_proj.bias", 16);
    }
  });
  QCOMPARE(misfit(whole), Error{});
  QCOMPARE(misfit(folder([](TinyModel& m) { m.config["mlp_bias"] = true; })).field,
           std::string("model.layers.0.mlp.gate_proj.bias"));
}

void ModelConfigTest::aTiedModelMayCarryAHead() {
  const std::string path = folder([](TinyModel& m) { m.config["tie_word_embeddings"] = true; }, false);
  const auto config = configOf(path);
  QVERIFY(config.hasValue());
  const auto tensors = matchTensors(*m_open.back(), *config);
  QVERIFY(tensors.hasValue());
  QVERIFY(tensors->unembedding == tensors->embedding);
  QCOMPARE(misfit(folder([](TinyModel& m) { m.config["tie_word_embeddings"] = false; })).field,
           std::string("lm_head.weight"));
}

void ModelConfigTest::rotaryRowsAreInterleavedWithinAHead() {
  QCOMPARE(rotaryRowOrder(1, 4), (std::vector<std::int32_t>{0, 2, 1, 3}));
  QCOMPARE(rotaryRowOrder(2, 6), (std::vector<std::int32_t>{0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11}));
  QVERIFY(rotaryRowOrder(0, 4).empty());
}

QTEST_APPLESS_MAIN(ModelConfigTest)
#include "tst_model_config.moc"
