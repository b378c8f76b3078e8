#include "core/checkpoint/checkpoint.h"

#include <QTemporaryDir>
#include <QtTest>

#include <filesystem>

#include "tests/support/tiny_model.h"

using namespace patchbay;
using namespace patchbay::tests;

class TstCheckpoint : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() { m_folder.emplace(); }
  void opensAFolder();
  void opensAFileBesideItsConfig();
  void opensShardsByFolderIndexOrShard();
  void opensGguf();
  void bothFormatsHoldTheSameTensors();
  void chatTemplates();
  void endTokens();
  void fingerprintFollowsTheContent();
  void quantisationIsTheMostUsed();
  void saysWhatIsMissing();
  void refusesIndexesThatLie();
  void refusesOtherFiles();
  void cancels();

private:
  std::string at(const char* name) const { return m_folder->filePath(name).toStdString(); }
  std::shared_ptr<const Checkpoint> opened(const std::string& path);
  Error refusalOf(const std::string& path);

  std::optional<QTemporaryDir> m_folder;
  TinyModel m_model = makeTinyModel();
};

std::shared_ptr<const Checkpoint> TstCheckpoint::opened(const std::string& path) {
  JobContext context;
  auto outcome = Checkpoint::open(path, context);
  if (outcome.isError()) qWarning("%s", outcome.error().message().c_str());
  return outcome ? outcome.value() : nullptr;
}

Error TstCheckpoint::refusalOf(const std::string& path) {
  JobContext context;
  auto outcome = Checkpoint::open(path, context);
  return outcome.isError() ? outcome.error() : Error{};
}

void TstCheckpoint::opensAFolder() {
  writeHuggingFaceFolder(m_model, at("hf"));
  const auto checkpoint = opened(at("hf"));
  QVERIFY(checkpoint);
  QVERIFY(checkpoint->format() == CheckpointFormat::Safetensors);
  QCOMPARE(checkpoint->formatName(), std::string("safetensors"));
  QCOMPARE(checkpoint->path(), at("hf"));
  QCOMPARE(checkpoint->quantisation(), std::string("none"));
  QCOMPARE(checkpoint->tensors().size(), m_model.tensors.size());
  QVERIFY(checkpoint->warnings().empty());
  QVERIFY(checkpoint->config() == m_model.config);
  QVERIFY(checkpoint->vocabulary().tokenizerJson == m_model.tokenizer);
  QVERIFY(checkpoint->vocabulary().tokenizerConfig == m_model.tokenizerConfig);
  QVERIFY(!checkpoint->vocabulary().isGguf);
  const TensorView* embedding = checkpoint->find("model.embed_tokens.weight");
  QVERIFY(embedding != nullptr);
  QVERIFY(embedding->shape == (std::vector<std::int64_t>{264, 32}));
  QVERIFY(std::memcmp(embedding->bytes.data(), m_model.tensors[0].bytes.data(), embedding->bytes.size()) == 0);
  QVERIFY(checkpoint->find("nothing") == nullptr);
}

void TstCheckpoint::opensAFileBesideItsConfig() {
  writeHuggingFaceFolder(m_model, at("hf"));
  std::filesystem::rename(at("hf") + "/model.safetensors", at("hf") + "/other.safetensors");
  const auto checkpoint = opened(at("hf") + "/other.safetensors");
  QVERIFY(checkpoint);
  QCOMPARE(checkpoint->tensors().size(), m_model.tensors.size());
}

void TstCheckpoint::opensShardsByFolderIndexOrShard() {
  writeHuggingFaceFolder(m_model, at("hf"), 3);
  for (const char* name : {"", "/model.safetensors.index.json", "/model-00002-of-00003.safetensors"}) {
    const auto checkpoint = opened(at("hf") + name);
    QVERIFY(checkpoint);
    QCOMPARE(checkpoint->formatName(), std::string("safetensors, 3 shards"));
    QCOMPARE(checkpoint->tensors().size(), m_model.tensors.size());
    QVERIFY(checkpoint->find("model.norm.weight") != nullptr);
  }
}

void TstCheckpoint::opensGguf() {
  writeFile(at("tiny.gguf"), ggufOf(m_model).build());
  const auto checkpoint = opened(at("tiny.gguf"));
  QVERIFY(checkpoint);
  QVERIFY(checkpoint->format() == CheckpointFormat::Gguf);
  QCOMPARE(checkpoint->formatName(), std::string("GGUF v3"));
  QCOMPARE(checkpoint->config()["general.architecture"].get<std::string>(), std::string("llama"));
  QCOMPARE(checkpoint->vocabulary().file, at("tiny.gguf"));
  // A file is known by its content, whatever its name.
  std::filesystem::rename(at("tiny.gguf"), at("blob"));
  QVERIFY(opened(at("blob")));
}

void TstCheckpoint::bothFormatsHoldTheSameTensors() {
  writeHuggingFaceFolder(m_model, at("hf"));
  writeFile(at("tiny.gguf"), ggufOf(m_model).build());
  const auto folder = opened(at("hf"));
  const auto file = opened(at("tiny.gguf"));
  QVERIFY(folder && file);
  const TensorView* down = folder->find("model.layers.1.mlp.down_proj.weight");
  const TensorView* ffnDown = file->find("blk.1.ffn_down.weight");
  QVERIFY(down != nullptr && ffnDown != nullptr);
  QVERIFY(down->shape == ffnDown->shape);
  QVERIFY(std::ranges::equal(down->bytes, ffnDown->bytes));
  QVERIFY(folder->fingerprint() != file->fingerprint());
}

void TstCheckpoint::chatTemplates() {
  const std::string folder = at("hf");
  m_model = makeTinyModel();
  m_model.tokenizerConfig["chat_template"] =
      Json::parse(R"([{"name":"tool","template":"T"},{"name":"default","template":"D"}])");
  writeHuggingFaceFolder(m_model, folder);
  QCOMPARE(opened(folder)->vocabulary().chatTemplate, std::string("D"));
  writeFile(folder + "/chat_template.jinja", "J");
  QCOMPARE(opened(folder)->vocabulary().chatTemplate, std::string("J"));
  m_model = makeTinyModel();
  m_model.tokenizerConfig.erase("chat_template");
  writeHuggingFaceFolder(m_model, at("none"));
  QVERIFY(opened(at("none"))->vocabulary().chatTemplate.empty());
  m_model.tokenizerConfig["chat_template"] = 7;
  writeHuggingFaceFolder(m_model, at("bad"));
  QCOMPARE(refusalOf(at("bad")).code, std::string("CKPT-10"));
  QCOMPARE(refusalOf(at("bad")).field, std::string("chat_template"));
  m_model = makeTinyModel();
}

void TstCheckpoint::endTokens() {
  const std::string folder = at("hf");
  const auto ends = [&] { return opened(folder)->vocabulary().endIds; };
  writeHuggingFaceFolder(m_model, folder);
  QVERIFY(ends() == (std::vector<std::int32_t>{2, 0}));
  writeFile(folder + "/generation_config.json", R"({"eos_token_id": 5})");
  QVERIFY(ends() == std::vector<std::int32_t>{5});
  std::filesystem::remove(folder + "/generation_config.json");
  QVERIFY(ends() == std::vector<std::int32_t>{2});
  for (const char* bad :
       {R"({"eos_token_id": "2"})", R"({"eos_token_id": -1})", R"({"eos_token_id": [1, 99999999999]})"}) {
    writeFile(folder + "/generation_config.json", bad);
    const Error error = refusalOf(folder);
    QCOMPARE(error.code, std::string("CKPT-10"));
    QCOMPARE(error.field, std::string("eos_token_id"));
    QVERIFY(error.file.ends_with("generation_config.json"));
  }
}

void TstCheckpoint::fingerprintFollowsTheContent() {
  writeHuggingFaceFolder(m_model, at("a"));
  writeHuggingFaceFolder(m_model, at("b"));
  const std::string first = opened(at("a"))->fingerprint();
  QCOMPARE(first.size(), std::size_t{32});
  QCOMPARE(first.find_first_not_of("0123456789abcdef"), std::string::npos);
  QCOMPARE(opened(at("b"))->fingerprint(), first);
  TinyModel other = m_model;
  other.config["rope_theta"] = 20000.0;
  writeHuggingFaceFolder(other, at("b"));
  QVERIFY(opened(at("b"))->fingerprint() != first);
  other = m_model;
  other.tensor("model.norm.weight").bytes[3] ^= 1;
  writeHuggingFaceFolder(other, at("b"));
  QVERIFY(opened(at("b"))->fingerprint() != first);
}

void TstCheckpoint::quantisationIsTheMostUsed() {
  GgufBuilder file = ggufOf(m_model);
  file.tensor("token_embd.weight").type = 8;
  file.tensor("token_embd.weight").bytes = std::string(bytesFor(TensorType::Q8_0, 264 * 32), '\1');
  file.tensor("blk.0.attn_q.weight").type = 3;
  file.tensor("blk.0.attn_q.weight").bytes = std::string(bytesFor(TensorType::Q4_1, 32 * 32), '\1');
  writeFile(at("q.gguf"), file.build());
  QCOMPARE(opened(at("q.gguf"))->quantisation(), std::string("none"));
  file.tensors.resize(1);
  file.tensors.push_back({"q", {32, 1024}, 3, std::string(bytesFor(TensorType::Q4_1, 32 * 1024), '\1'), std::nullopt});
  writeFile(at("q.gguf"), file.build());
  QCOMPARE(opened(at("q.gguf"))->quantisation(), std::string("Q4_1"));
}

void TstCheckpoint::saysWhatIsMissing() {
  QCOMPARE(refusalOf(at("nowhere")).code, std::string("CKPT-01"));
  std::filesystem::create_directory(at("hf"));
  QCOMPARE(refusalOf(at("hf")).field, std::string("config.json"));
  writeFile(at("hf") + "/x.gguf", "GGUF");
  QVERIFY(refusalOf(at("hf")).message().find("x.gguf") != std::string::npos);
  std::filesystem::remove(at("hf") + "/x.gguf");
  writeHuggingFaceFolder(m_model, at("hf"));
  std::filesystem::remove(at("hf") + "/tokenizer.json");
  QCOMPARE(refusalOf(at("hf")).code, std::string("CKPT-07"));
  QCOMPARE(refusalOf(at("hf")).field, std::string("tokenizer.json"));
  std::filesystem::remove(at("hf") + "/model.safetensors");
  writeFile(at("hf") + "/pytorch_model.bin", "PK\x03\x04");
  const Error noWeights = refusalOf(at("hf"));
  QCOMPARE(noWeights.code, std::string("CKPT-06"));
  QVERIFY(noWeights.message().find("pytorch_model.bin") != std::string::npos);
  QVERIFY(noWeights.message().find("Only safetensors and GGUF") != std::string::npos);
}

void TstCheckpoint::refusesIndexesThatLie() {
  writeHuggingFaceFolder(m_model, at("hf"), 2);
  const std::string path = at("hf") + "/model.safetensors.index.json";
  const Json whole = Json::parse(readFile(path));
  const auto refused = [&](const char* tensor, const Json& shard) {
    Json index = whole;
    index["weight_map"][tensor] = shard;
    writeFile(path, index.dump());
    return refusalOf(at("hf"));
  };
  for (const char* name :
       {"../a.safetensors", "/etc/a.safetensors", "sub/a.safetensors", "..", "", "a.bin", "a\\b.safetensors"}) {
    const Error error = refused("model.norm.weight", name);
    QCOMPARE(error.code, std::string("ST-12"));
    QVERIFY(error.field.find("model.norm.weight") != std::string::npos);
  }
  QCOMPARE(refused("model.norm.weight", 7).code, std::string("ST-12"));
  const Error missing = refused("model.norm.weight", "model-00009-of-00009.safetensors");
  QCOMPARE(missing.code, std::string("ST-13"));
  QVERIFY(missing.message().find("model-00009-of-00009.safetensors") != std::string::npos);
  QCOMPARE(refused("model.norm.weight", "model-00001-of-00002.safetensors").code, std::string("ST-14"));
  QCOMPARE(refused("ghost", "model-00001-of-00002.safetensors").code, std::string("ST-14"));
  writeFile(path, whole.dump());
  writeFile(at("hf") + "/model-00002-of-00002.safetensors", safetensorsFile(m_model.tensors));
  QCOMPARE(refusalOf(at("hf")).code, std::string("ST-15"));
}

void TstCheckpoint::refusesOtherFiles() {
  writeFile(at("a.png"), "\x89PNG\r\n");
  writeFile(at("empty.gguf"), "");
  writeFile(at("pytorch_model.bin"), std::string("PK\x03\x04rest"));
  writeFile(at("a.safetensors"), "version https://git-lfs.github.com/spec/v1\n");
  writeFile(at("a.txt"), "hello");
  const auto says = [this](const char* name, const char* words) {
    const Error error = refusalOf(at(name));
    return error.code == "CKPT-04" && error.message().find(words) != std::string::npos &&
           error.message().find("safetensors") != std::string::npos;
  };
  QVERIFY(says("a.png", "PNG"));
  QVERIFY(says("empty.gguf", "empty"));
  QVERIFY(says("pytorch_model.bin", "PyTorch"));
  QVERIFY(says("a.safetensors", "Git LFS"));
  QVERIFY(says("a.txt", "text"));
}

void TstCheckpoint::cancels() {
  writeHuggingFaceFolder(m_model, at("hf"));
  JobContext context;
  context.cancel();
  QVERIFY_EXCEPTION_THROWN((void)Checkpoint::open(at("hf"), context), Stopped);
}

QTEST_APPLESS_MAIN(TstCheckpoint)
#include "tst_checkpoint.moc"
