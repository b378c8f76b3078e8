#include <QFile>
#include <QTemporaryDir>
#include <QtTest>

#include "cli_process.h"
#include "core/data/patch_grid.h"
#include "core/data/requests.h"
#include "core/store/session_store.h"

using namespace patchbay;
using namespace patchbay::testing;

/// The command line's contract: shapes of the JSON, exit codes, one message for a mistake.
class CliTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void tokenizeAnswersLineByLine();
  void renderChatUsesTheTemplate();
  void logitsLensAndPatchscopeHaveTheirShapes();
  void captureWritesBothFormats();
  void patchGridAnswersAsDocumented();
  void aCopiedRequestRunsAgain();
  void generateIsGreedyAndSteers();
  void promptsAreLearnedAndPicturesGrow();
  void inspectSaysWhatAFileIs();
  void sessionsAreListedShownAndVerified();
  void benchMeasures();
  void wrongUsageIsTwoAndBadInputIsOne();
  void recordedPictureIsWhatTheModelSays();
};

void CliTest::tokenizeAnswersLineByLine() {
  const CliAnswer answer =
      runCli({"tokenize", "--model", "default"}, "\"The capital of France is\"\n\"\"\n\"caf\\u00e9 <|im_start|>\"\n");
  QCOMPARE(answer.exitCode, 0);
  const std::string first = answer.out.substr(0, answer.out.find('\n'));
  QCOMPARE(parseJson(first, "line")->at("ids").get<std::vector<int>>(), (std::vector<int>{504, 3575, 282, 4649, 314}));
  QCOMPARE(std::ranges::count(answer.out, '\n'), std::ptrdiff_t{3});
  QVERIFY(answer.out.find("[]") != std::string::npos);
  const CliAnswer damaged = runCli({"tokenize", "--model", "default"}, "\"ok\"\nnot json\n");
  QCOMPARE(damaged.exitCode, 1);
  QVERIFY(damaged.words.find("line 2") != std::string::npos);
}

void CliTest::renderChatUsesTheTemplate() {
  const CliAnswer answer = runCli({"render-chat", "--model", "default"}, "[{\"role\":\"user\",\"content\":\"Hi\"}]\n");
  QCOMPARE(answer.exitCode, 0);
  const auto text = answer.json().at("text").get<std::string>();
  QVERIFY(text.starts_with("<|im_start|>system\nYou are a helpful AI assistant named SmolLM"));
  QVERIFY(text.ends_with("<|im_start|>assistant\n"));
  const CliAnswer bare = runCli({"render-chat", "--model", "default", "--no-generation-prompt"},
                                "[{\"role\":\"user\",\"content\":\"Hi\"}]\n");
  QVERIFY(bare.json().at("text").get<std::string>().ends_with("Hi<|im_end|>\n"));
}

void CliTest::logitsLensAndPatchscopeHaveTheirShapes() {
  const Json logits = runCli({"logits", "--prompt", "The capital of France is", "--top", "4"}).json();
  QCOMPARE(logits.at("top").size(), std::size_t{4});
  QCOMPARE(logits.at("top")[0].at("token").get<std::string>(), std::string(" Paris"));
  for (const char* key : {"id", "token", "logit", "p"}) QVERIFY(logits.at("top")[0].contains(key));
  const Json lens = runCli({"lens", "--prompt", "The capital of France is", "--kind", "logit", "--top", "3"}).json();
  QCOMPARE(lens.at("layers").size(), std::size_t{30});
  QCOMPARE(lens.at("cells").size(), std::size_t{30});
  QCOMPARE(lens.at("cells")[29].size(), std::size_t{5});
  QCOMPARE(lens.at("cells")[29][4][0].at("id"), logits.at("top")[0].at("id"));
  const Json scope = runCli({"patchscope", "--source", "The capital of France is", "--source-token", "-1",
                             "--source-layers", "20-22", "--target", "cat -> cat; hello -> hello; ?", "--target-token",
                             "-1", "--target-layers", "same", "--generate", "3", "--top", "2"})
                         .json();
  QCOMPARE(scope.at("cells").size(), std::size_t{3});
  QCOMPARE(scope.at("cells")[1].at("source_layer").get<int>(), 21);
  QCOMPARE(scope.at("cells")[1].at("target_layer").get<int>(), 21);
  QVERIFY(!scope.at("cells")[1].at("text").get<std::string>().empty());
  const Json grid =
      runCli({"patchscope", "--source", "Hello there", "--source-layers", "3,5", "--target-layers", "all"}).json();
  QCOMPARE(grid.at("cells").size(), std::size_t{60});

  const std::vector<std::string> drawn = {"patchscope", "--source", "The capital of France is", "--source-layers",
                                          "26",         "--preset", "token-identity-random",    "--seed"};
  const auto withSeed = [&](const char* seed) {
    std::vector<std::string> arguments = drawn;
    arguments.emplace_back(seed);
    return runCli(arguments).json();
  };
  const Json first = withSeed("3"), second = withSeed("4");
  QVERIFY(first.at("target") != second.at("target"));
  QCOMPARE(withSeed("3").at("target"), first.at("target"));
  // What the state says late in the network does not hang on the words around it.
  for (const Json& answer : {first, second})
    QCOMPARE(answer.at("cells")[0].at("top")[0].at("token").get<std::string>(), " Paris");
  QCOMPARE(runCli({"patchscope", "--source", "a", "--preset", "nonsense"}).exitCode, 2);
}

void CliTest::captureWritesBothFormats() {
  const QTemporaryDir folder;
  for (const QString& name : {QStringLiteral("x.npz"), QStringLiteral("x.safetensors")}) {
    const std::string path = folder.filePath(name).toStdString();
    const CliAnswer answer = runCli({"capture", "--prompt", "One two three four", "--sites", "resid_post,z", "--layers",
                                     "3-4,9", "--tokens", "-1,0", "--out", path});
    QVERIFY2(answer.exitCode == 0, answer.words.c_str());
    QCOMPARE(answer.json().at("arrays").at("resid_post").get<std::vector<int>>(), (std::vector<int>{3, 2, 576}));
    QCOMPARE(answer.json().at("arrays").at("z").get<std::vector<int>>(), (std::vector<int>{3, 9, 2, 64}));
    QFile file(QString::fromStdString(path));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(file.size() > 3 * 2 * 576 * 4);
    if (name.endsWith(QStringLiteral("npz"))) QCOMPARE(file.read(2), QByteArray("PK"));
  }
  QCOMPARE(runCli({"capture", "--prompt", "x", "--out", "/nonexistent/y.npz"}).exitCode, 1);
}

void CliTest::patchGridAnswersAsDocumented() {
  const std::vector<std::string> verb{"patch-grid", "--clean", "The capital of France is", "--answer", " Paris",
                                      "--wrong",    " Rome"};
  std::vector<std::string> whole = verb;
  whole.insert(whole.end(), {"--corrupt", "The capital of Italy is", "--json"});
  const Json grid = runCli(whole).json();
  QVERIFY(grid.at("clean_diff").get<double>() > 0 && grid.at("corrupt_diff").get<double>() < 0);
  QCOMPARE(grid.at("grid").size(), std::size_t{30});
  QCOMPARE(grid.at("grid")[0].size(), std::size_t{5});
  // The whole last layer at the last token is the clean answer.
  QVERIFY(std::abs(grid.at("grid")[29][4].get<double>() - grid.at("clean_diff").get<double>()) < 1e-4);
  std::vector<std::string> heads = verb;
  heads.insert(heads.end(), {"--mode", "zero", "--site", "head_out", "--layers", "3,7", "--jsonl"});
  const CliAnswer lines = runCli(heads);
  QCOMPARE(std::ranges::count(lines.out, '\n'), std::ptrdiff_t{2});
  QCOMPARE(parseJson(lines.out.substr(0, lines.out.find('\n')), "line")->at("grid").size(), std::size_t{9});
  QCOMPARE(runCli(verb).exitCode, 1);  // no second prompt
  QCOMPARE(runCli({"patch-grid", "--clean", "x", "--mode", "guess"}).exitCode, 2);
}

void CliTest::aCopiedRequestRunsAgain() {
  PatchGridRequest request;
  request.clean = Prompt::plain("The capital of France is");
  request.corrupt = Prompt::plain("The capital of Italy is");
  request.layers = {4, 20};
  const std::string spec = Json{{"kind", PatchGridRequest::kKind}, {"request", request}}.dump();
  const CliAnswer answer = runCli({"run", "-", "--model", "default"}, spec);
  QCOMPARE(answer.exitCode, 0);
  const Json values = answer.json().at("arrays").at("values");
  QCOMPARE(values.at("shape"), (Json{2, 5}));
  const Json again = runCli({"patch-grid", "--clean", "The capital of France is", "--corrupt",
                             "The capital of Italy is", "--layers", "4,20"})
                         .json();
  for (std::size_t i = 0; i < 10; ++i)
    QVERIFY(std::abs(values.at("values")[i].get<double>() - again.at("grid")[i / 5][i % 5].get<double>()) < 1e-6);
  QTemporaryDir folder;
  const std::string out = folder.filePath(QStringLiteral("grid.npz")).toStdString();
  QCOMPARE(runCli({"run", "-", "--out", out}, spec).json().at("out").get<std::string>(), out);
  QVERIFY(QFile::exists(QString::fromStdString(out)));
  for (const char* wrong : {"[]", "{\"kind\": 3}", "{\"kind\": \"nothing\", \"request\": {}}", "no json"}) {
    const CliAnswer refused = runCli({"run", "-"}, wrong);
    QCOMPARE(refused.exitCode, 1);
    QCOMPARE(std::ranges::count(refused.words, '\n'), std::ptrdiff_t{1});
  }
}

void CliTest::generateIsGreedyAndSteers() {
  const QTemporaryDir folder;
  const std::string vector = folder.filePath(QStringLiteral("mood@home:1.safetensors")).toStdString();
  QCOMPARE(runCli({"vector", "make", "--positive", "I am so happy and glad today", "--negative",
                   "I am so sad and tired today", "--name", "mood", "--out", vector})
               .exitCode,
           0);
  const auto generate = [&](std::vector<std::string> more) {
    std::vector<std::string> all = {"generate", "--prompt", "When I walked into the room, I felt", "--max-new-tokens",
                                    "12"};
    all.insert(all.end(), more.begin(), more.end());
    return runCli(all).json();
  };
  const Json plain = generate({});
  QCOMPARE(plain.at("ids").size(), std::size_t{12});
  QCOMPARE(plain.at("tokens").size(), std::size_t{12});
  QCOMPARE(generate({"--steer", vector + "@14:0"}).at("ids"), plain.at("ids"));
  QVERIFY(generate({"--steer", vector + "@14:2"}).at("ids") != plain.at("ids"));
  QCOMPARE(runCli({"generate", "--prompt", "x", "--steer", vector}).exitCode, 1);
  QCOMPARE(runCli({"inspect", vector}).json().at("kind").get<std::string>(), std::string("vector"));
}

void CliTest::promptsAreLearnedAndPicturesGrow() {
  const QTemporaryDir folder;
  QFile texts(folder.filePath(QStringLiteral("texts.txt")));
  QVERIFY(texts.open(QIODevice::WriteOnly));
  for (int i = 0; i < 7; ++i)
    texts.write(QByteArray("The river runs past the old mill number ") + QByteArray::number(i) + "\n");
  texts.close();
  const std::string prompt = folder.filePath(QStringLiteral("mine.safetensors")).toStdString();
  const Json learned = runCli({"prompt", "learn", "--text-file", texts.fileName().toStdString(), "--layers", "10,20",
                               "--steps", "2", "--batch", "2", "--ahead", "1", "--out", prompt})
                           .json();
  QCOMPARE(learned.at("losses").size(), std::size_t{2});
  QCOMPARE(learned.at("mean_right").at("learned").size(), std::size_t{2});
  QVERIFY(learned.at("held_out_states").get<int>() > 0);
  const std::vector<std::string> future = {"lens", "--prompt", "The capital of France is", "--kind", "future"};
  auto with = future;
  with.insert(with.end(), {"--soft-prompt", prompt});
  QCOMPARE(runCli(with).json().at("cells").size(), std::size_t{30});
  QVERIFY(runCli(with).json().at("cells") != runCli(future).json().at("cells"));
  with.back() = texts.fileName().toStdString();
  QCOMPARE(runCli(with).exitCode, 1);
  QCOMPARE(runCli({"inspect", prompt}).json().at("kind").get<std::string>(), std::string("learned-prompt"));
  const Json attention =
      runCli({"attention", "--prompt", "The capital of France is", "--layers", "20", "--continue", "4"}).json();
  QCOMPARE(attention.at("ids").size(), std::size_t{9});
  const Json neurons =
      runCli({"neurons", "--prompt", "The capital of France is", "--layer", "20", "--token", "7", "--continue", "4"})
          .json();
  QCOMPARE(neurons.at("token").get<int>(), 7);
}

void CliTest::inspectSaysWhatAFileIs() {
  const char* model = std::getenv("PATCHBAY_DEFAULT_MODEL");
  QVERIFY(model);
  const Json facts = runCli({"inspect", model}).json();
  QCOMPARE(facts.at("kind").get<std::string>(), std::string("model"));
  QCOMPARE(facts.at("format").get<std::string>(), std::string("GGUF v3"));
  QCOMPARE(facts.at("layers").get<int>(), 30);
  QVERIFY(facts.at("warnings").is_array());
}

void CliTest::sessionsAreListedShownAndVerified() {
  const QTemporaryDir folder;
  const std::string path = folder.filePath(QStringLiteral("s.patchbay")).toStdString();
  {
    auto store = SessionStore::open(path, OpenMode::ReadWrite);
    QVERIFY(store.hasValue());
    RunRecord run;
    run.kind = "generate";
    run.title = "a run";
    run.status = RunStatus::Done;
    run.request = GenerateRequest{};
    const ResultDocument result{.body = {{"x", 1}}, .arrays = {{"a", HostArray({2}, {"i"}, "", {1, 2})}}};
    QVERIFY((*store)->addRun(run, &result).hasValue());
  }
  const Json list = runCli({"session", "list", path}).json();
  QCOMPARE(list.at("runs").size(), std::size_t{1});
  const auto id = list.at("runs")[0].at("id").get<int>();
  QCOMPARE(runCli({"session", "show", path, std::to_string(id)}).json().at("title").get<std::string>(),
           std::string("a run"));
  QCOMPARE(runCli({"session", "show", path, "999"}).exitCode, 1);
  QCOMPARE(runCli({"session", "verify", path}).json().at("sound").get<bool>(), true);
  QFile file(QString::fromStdString(path));
  QVERIFY(file.open(QIODevice::ReadWrite));
  file.resize(file.size() / 2);
  file.close();
  QCOMPARE(runCli({"session", "verify", path}).exitCode, 1);
}

void CliTest::benchMeasures() {
  for (const std::string workload : {"load", "patchscope-column", "generate-steered"}) {
    const Json json = runCli({"bench", workload, "--repeat", "1", "--threads", "2", "--json"}).json();
    QVERIFY(json.at("seconds").at("median").get<double>() > 0);
    QCOMPARE(json.at("threads").get<int>(), 2);
    QVERIFY(json.at("peak_rss_bytes").get<std::int64_t>() < 1'000'000'000);
  }
}

void CliTest::wrongUsageIsTwoAndBadInputIsOne() {
  QCOMPARE(runCli({}).exitCode, 2);
  QCOMPARE(runCli({"no-such-verb"}).exitCode, 2);
  QCOMPARE(runCli({"logits", "--top", "many"}).exitCode, 2);
  QCOMPARE(runCli({"--help"}).exitCode, 0);
  const CliAnswer missing = runCli({"logits", "--model", "/nonexistent", "--prompt", "x"});
  QCOMPARE(missing.exitCode, 1);
  QVERIFY(missing.out.empty());
  QVERIFY(missing.words.find("/nonexistent") != std::string::npos);
  QCOMPARE(runCli({"logits", "--prompt", ""}).exitCode, 1);
  QCOMPARE(runCli({"patchscope", "--source", "a", "--source-layers", "3-x"}).exitCode, 1);
}

void CliTest::recordedPictureIsWhatTheModelSays() {
  const QTemporaryDir folder;
  const std::string path = folder.filePath(QStringLiteral("again.json")).toStdString();
  QCOMPARE(runCli({"lens", "--prompt", "The capital of France is", "--record", path}).exitCode, 0);
  const auto read = [](const std::string& name) {
    QFile file(QString::fromStdString(name));
    const bool isOpen = file.open(QIODevice::ReadOnly);
    return isOpen ? parseJson(file.readAll().toStdString(), name).value() : Json();
  };
  const Json now = read(path), shipped = read(std::string(PATCHBAY_SOURCE_DIR) + "/resources/recorded/first_run.json");
  QCOMPARE(shipped.at("request").at("prompt"), now.at("request").at("prompt"));
  QCOMPARE(shipped.at("request").at("model").at("fingerprint"), now.at("request").at("model").at("fingerprint"));
  const auto values = [](const Json& run) {
    return run.at("arrays").at("top_p").at("values").get<std::vector<double>>();
  };
  const auto before = values(shipped), after = values(now);
  QCOMPARE(before.size(), after.size());
  for (std::size_t i = 0; i < before.size(); ++i) QVERIFY(std::abs(before[i] - after[i]) < 1e-4);
}

QTEST_APPLESS_MAIN(CliTest)
#include "tst_cli.moc"
