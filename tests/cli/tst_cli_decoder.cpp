#include <QDir>
#include <QFile>
#include <QScopeGuard>
#include <QTemporaryDir>
#include <QtTest>

#include "cli_process.h"
#include "core/data/json.h"
#include "tests/support/tiny_model.h"

using namespace patchbay;
using namespace patchbay::testing;

/// The verbs of decoders: examples, training, questions, evaluation.
class CliDecoderTest : public QObject {
  Q_OBJECT

private:
  QTemporaryDir m_folder;
  std::string m_decoder = m_folder.filePath(QStringLiteral("decoder")).toStdString();

private Q_SLOTS:
  void keptStatesAreToldOfAndDeleted() {
    const QTemporaryDir home;
    const QByteArray before = qgetenv("XDG_CACHE_HOME");
    const auto restore = qScopeGuard([&before] { qputenv("XDG_CACHE_HOME", before); });
    qputenv("XDG_CACHE_HOME", home.path().toUtf8());
    const QString folder = home.filePath(QStringLiteral("patchbay/training-states"));
    QVERIFY(QDir().mkpath(folder));
    QFile file(folder + QStringLiteral("/some"));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(QByteArray(1000, 'x'));
    file.close();
    QCOMPARE(runCli({"decoder", "states"}).json().at("bytes").get<int>(), 1000);
    QCOMPARE(runCli({"decoder", "states", "--delete"}).json().at("bytes").get<int>(), 0);
    QVERIFY(!file.exists());
  }

  void dataShowsWhatTheDecoderWillSee() {
    const CliAnswer answer = runCli({"decoder", "data", "--groups", "6"});
    QCOMPARE(answer.exitCode, 0);
    const QByteArrayList lines = QByteArray::fromStdString(answer.out).trimmed().split('\n');
    QVERIFY(lines.size() >= 12);
    for (const QByteArray& line : lines) {
      const Json example = *parseJson(line.toStdString(), "line");
      for (const char* key : {"family", "kind", "window", "prompt", "question", "answer", "seen"})
        QVERIFY2(example.contains(key), key);
      QVERIFY(!example.at("seen").get<std::string>().empty());
    }
    QCOMPARE(runCli({"decoder", "data", "--groups", "6"}).out, answer.out);
    QVERIFY(runCli({"decoder", "data", "--groups", "6", "--seed", "2"}).out != answer.out);
  }

  void aDecoderIsTrainedAskedAndEvaluated() {
    const CliAnswer trained = runCli(
        {"decoder", "train", "--out", m_decoder, "--steps", "2", "--batch", "4", "--rank", "4", "--name", "short"});
    QVERIFY2(trained.exitCode == 0, trained.words.c_str());
    QCOMPARE(trained.json().at("examples").get<int>(), 8);
    QCOMPARE(trained.json().at("recipe").at("rank").get<int>(), 4);
    for (const char* name : {"adapter_config.json", "adapter_model.safetensors", "decoder.json"})
      QVERIFY2(QFile::exists(QString::fromStdString(m_decoder + "/" + name)), name);

    const Json asked = runCli({"decoder", "ask", "--prompt", "My cousin moved to Canada last year.", "--tokens", "3-5",
                               "--layers", "15", "--question", "Which country is named?", "--choices", "Canada|Japan",
                               "--decoder", m_decoder, "--controls", "--max-new-tokens", "5"})
                           .json();
    QVERIFY(asked.at("tokens").size() >= 1 && asked.at("tokens")[0].contains("p"));
    QCOMPARE(asked.at("choices").size(), std::size_t{2});
    QVERIFY(asked.at("choices")[0].at("p").get<double>() >= asked.at("choices")[1].at("p").get<double>());
    for (const char* control : {"zero", "shuffled", "random_cell", "text_only", "untrained"})
      QVERIFY2(asked.at("controls").at(control).contains("answer"), control);
    QVERIFY(!asked.at("verdict").get<std::string>().empty());
    const Json layers =
        runCli({"decoder", "ask", "--prompt", "My cousin moved to Canada last year.", "--tokens", "4", "--layers",
                "all", "--question", "Where to?", "--decoder", m_decoder, "--max-new-tokens", "2"})
            .json();
    QCOMPARE(layers.at("layers").size(), std::size_t{30});

    const CliAnswer evaluated =
        runCli({"decoder", "evaluate", "--decoder", m_decoder, "--items", "2", "--no-controls"});
    QVERIFY2(evaluated.exitCode == 0, evaluated.words.c_str());
    const Json figures = evaluated.json().at("figures");
    QVERIFY(figures.size() > 60);
    QCOMPARE(figures[0].at("exact").at("items").get<int>(), 2);
  }

  void ownQuestionsAreCountedShownAndLearned() {
    const QString path = m_folder.filePath(QStringLiteral("own.jsonl"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (int i = 0; i < 30; ++i)
      file.write(
          QStringLiteral(R"({"prompt": "Box %1 holds apples.", "about": "apples", "question": "What is in it?", )"
                         R"("answer": "apples", "family": "boxes"})"
                         "\n")
              .arg(i)
              .toUtf8());
    file.close();
    const std::string own = path.toStdString();
    const Json counts = runCli({"decoder", "data", "--data", own, "--counts"}).json();
    QCOMPARE(counts.at("families").size(), std::size_t{1});
    const Json& boxes = counts.at("families")[0];
    QCOMPARE(boxes.at("family").get<std::string>(), std::string("boxes"));
    QCOMPARE(boxes.at("questions").at("seen").get<int>() + boxes.at("questions").at("heldOut").get<int>(), 30);
    QVERIFY(runCli({"decoder", "data", "--data", own, "--with-builtin", "--counts"}).json().at("families").size() > 10);
    const CliAnswer shown = runCli({"decoder", "data", "--data", own, "--groups", "1"});
    const Json example = *parseJson(shown.out, "line");
    QCOMPARE(example.at("seen").get<std::string>(), std::string(" apples"));
    QVERIFY(example.at("decoder_sees").get<std::string>().find(" ?\nWhat is in it?") != std::string::npos);
    const std::string out = m_folder.filePath(QStringLiteral("own-decoder")).toStdString();
    const CliAnswer trained =
        runCli({"decoder", "train", "--data", own, "--out", out, "--steps", "1", "--batch", "2", "--rank", "2"});
    QVERIFY2(trained.exitCode == 0, trained.words.c_str());
    QCOMPARE(trained.json().at("data").get<std::string>(), std::string("own.jsonl"));
    QVERIFY(trained.words.find("held-out loss") != std::string::npos);
    const CliAnswer broken = runCli({"decoder", "data", "--data", m_folder.path().toStdString()});
    QCOMPARE(broken.exitCode, 1);
    QVERIFY2(broken.words.find("DATA-05") != std::string::npos, broken.words.c_str());
    const CliAnswer nothing = runCli({"decoder", "train", "--out", out + "-2", "--finish"});
    QVERIFY2(nothing.words.find("TRAIN-06") != std::string::npos, nothing.words.c_str());
  }

  void aWishBecomesAVector() {
    const std::string out = m_folder.filePath(QStringLiteral("wish.safetensors")).toStdString();
    const CliAnswer wished =
        runCli({"decoder", "control", "--question", "Which language does the assistant have to use?", "--answer",
                "French", "--words", "Always answer in French.", "--steps", "2", "--generate", "1", "--out", out});
    QVERIFY2(wished.exitCode == 0, wished.words.c_str());
    const Json report = wished.json();
    QCOMPARE(report.at("points").size(), std::size_t{2});
    QCOMPARE(report.at("arms").size(), std::size_t{4});
    QVERIFY(report.at("norm").get<double>() > 0);
    QVERIFY(QFile::exists(QString::fromStdString(out)));
    // It steers like any other.
    const CliAnswer steered =
        runCli({"generate", "--prompt", "Hello", "--steer", out + "@12:1", "--max-new-tokens", "2"});
    QVERIFY2(steered.exitCode == 0, steered.words.c_str());
    QCOMPARE(runCli({"decoder", "control", "--question", "What?"}).exitCode, 2);
  }

  void labelsAreProbed() {
    const QString path = m_folder.filePath(QStringLiteral("labels.txt"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (int i = 0; i < 12; ++i)
      file.write(i % 2 == 0 ? "fruit | I ate a ripe apple\n" : "animal | I saw a brown horse\n");
    file.close();
    const CliAnswer answer = runCli({"probe", "--list", path.toStdString(), "--read", "mean", "--folds", "3"});
    QVERIFY2(answer.exitCode == 0, answer.words.c_str());
    const Json report = answer.json();
    QCOMPARE(report.at("layers").size(), std::size_t{30});
    QCOMPARE(report.at("layers")[10].at("logistic").at("share").get<double>(), 1.0);
    QVERIFY(report.at("layers")[10].at("logistic").at("low").get<double>() > 0.7);
    QVERIFY(runCli({"probe", "--lists"}).json().at("lists").size() >= 3);
    QCOMPARE(runCli({"probe", "--list", "/nonexistent"}).exitCode, 1);
    const CliAnswer site = runCli({"probe", "--list", path.toStdString(), "--site", "logits"});
    QVERIFY2(site.words.find("PROBE-03") != std::string::npos, site.words.c_str());
  }

  void aLearningCurveIsPrintedPointByPoint() {
    const CliAnswer curve = runCli({"decoder", "curve", "--examples", "8,16", "--ranks", "4", "--layers", "12,15",
                                    "--items", "6", "--batch", "8"});
    QVERIFY2(curve.exitCode == 0, curve.words.c_str());
    const Json result = curve.json();
    QCOMPARE(result.at("points").size(), std::size_t{4});
    QCOMPARE(result.at("points")[3].at("layers").get<std::vector<int>>(), std::vector<int>{15});
    QCOMPARE(result.at("points")[3].at("questions").get<int>(), 16);
    QCOMPARE(result.at("points")[3].at("choice").at("items").get<int>(), 6);
    QCOMPARE(result.at("gains").size(), std::size_t{2});
    QVERIFY(curve.words.find("16 questions, rank 4, layer 15") != std::string::npos);
    const CliAnswer none = runCli({"decoder", "curve", "--examples", "8", "--items", "1"});
    QCOMPARE(none.exitCode, 1);
    QVERIFY2(none.words.find("CURVE-01") != std::string::npos, none.words.c_str());
  }

  void aDecoderReadsAnotherModelThroughAMap() {
    const std::string tiny = m_folder.filePath(QStringLiteral("tiny")).toStdString();
    writeHuggingFaceFolder(tests::makeTinyModel(), tiny);
    QFile texts(m_folder.filePath(QStringLiteral("texts.txt")));
    QVERIFY(texts.open(QIODevice::WriteOnly));
    for (int i = 0; i < 60; ++i) texts.write(QStringLiteral("it is %1 and then %2\n").arg(i * 37).arg(i * 11).toUtf8());
    texts.close();
    const std::string map = m_folder.filePath(QStringLiteral("map.safetensors")).toStdString();
    const CliAnswer fitted = runCli({"map", "fit", "--model", tiny, "--target-model", "default", "--pairs",
                                     "same-depth", "--text-file", texts.fileName().toStdString(), "--out", map});
    QVERIFY2(fitted.exitCode == 0, fitted.words.c_str());
    const std::vector<std::string> ask{"decoder",          "ask", "--model",  tiny, "--prompt",   "it is so now",
                                       "--tokens",         "2",   "--layers", "1",  "--question", "Which letter?",
                                       "--max-new-tokens", "4"};
    const auto with = [&](const std::vector<std::string>& more) {
      std::vector<std::string> all = ask;
      all.insert(all.end(), more.begin(), more.end());
      return runCli(all);
    };
    const CliAnswer read = with({"--reader", "default", "--map", map, "--controls"});
    QVERIFY2(read.exitCode == 0, read.words.c_str());
    QCOMPARE(read.json().at("controls").size(), std::size_t{5});
    QVERIFY(read.json().at("warnings")[0].get<std::string>().find("go through a map into L29") != std::string::npos);
    QVERIFY(with({"--reader", "default"}).words.find("MAP-01") != std::string::npos);
    QVERIFY(with({}).words.find("DEC-03") != std::string::npos);
  }

  void mistakesAreToldInOneLine() {
    const std::vector<std::string> ask{"decoder", "ask", "--prompt", "Hello there", "--question", "What?"};
    const auto with = [&](std::vector<std::string> more) {
      std::vector<std::string> all = ask;
      all.insert(all.end(), more.begin(), more.end());
      return runCli(all);
    };
    const CliAnswer none = with({"--decoder", "/nonexistent"});
    QCOMPARE(none.exitCode, 1);
    QVERIFY(none.words.find("/nonexistent/decoder.json") != std::string::npos);
    QFile broken(m_folder.filePath(QStringLiteral("decoder.json")));
    QVERIFY(broken.open(QIODevice::WriteOnly));
    broken.write("{\"format\": \"something else\"}");
    broken.close();
    QVERIFY(with({"--decoder", m_folder.path().toStdString()}).words.find("DEC-02") != std::string::npos);
    const CliAnswer tokens = with({"--tokens", "x"});
    QCOMPARE(tokens.exitCode, 1);
    QVERIFY(tokens.words.find("CLI-01") != std::string::npos);
    QCOMPARE(runCli({"decoder", "ask", "--prompt", "Hello"}).exitCode, 2);
    const CliAnswer nowhere = runCli({"decoder", "train", "--out", "/proc/nowhere", "--steps", "1", "--batch", "1"});
    QCOMPARE(nowhere.exitCode, 1);
    QVERIFY2(nowhere.words.find("OUT-01") != std::string::npos, nowhere.words.c_str());
    const CliAnswer layers = runCli({"decoder", "train", "--out", m_decoder + "-2", "--read-layers", "99"});
    QVERIFY2(layers.words.find("PLACE-03") != std::string::npos, layers.words.c_str());
    // A finished decoder is not written over.
    const CliAnswer again = runCli({"decoder", "train", "--out", m_decoder, "--steps", "1", "--batch", "1"});
    QCOMPARE(again.exitCode, 1);
    QVERIFY2(again.words.find("TRAIN-04") != std::string::npos, again.words.c_str());
    QCOMPARE(runCli({"decoder"}).exitCode, 2);
  }
};

QTEST_GUILESS_MAIN(CliDecoderTest)
#include "tst_cli_decoder.moc"
