#include <QTemporaryDir>
#include <QtTest>

#include <cmath>
#include <future>

#include "core/engine/engine.h"
#include "tests/support/strict_device/strict_device.h"
#include "tests/support/tiny_model.h"

using namespace patchbay;

/// Every kind of request on a device that is not the host, beside the same on the host.
class DevicesTest : public QObject {
  Q_OBJECT

private:
  QTemporaryDir m_folder;
  Engine m_host, m_device;
  ModelRef m_model;
  bool m_isRough = false;  // both answer, and that is all

  template <typename Request>
  static Outcome<typename Request::Result> ask(Engine& engine, Request request) {
    std::promise<Outcome<typename Request::Result>> promise;
    auto future = promise.get_future();
    engine.submit(
        std::move(request), {},
        Callbacks<Request>{
            .done = [&](auto outcome) { promise.set_value(std::move(outcome)); }, .progress = {}, .tokens = {}});
    return future.get();
  }

  static QByteArray words(const Error& error) { return QByteArray::fromStdString(error.message()); }

  /// Asks both; the arrays of both results must say the same.
  template <typename Request>
  void compare(Request request, double tolerance = 2e-3) {
    const auto here = ask(m_host, request);
    QVERIFY2(here.hasValue(), here.isError() ? words(here.error()) : "stopped");
    const auto there = ask(m_device, request);
    QVERIFY2(there.hasValue(), there.isError() ? words(there.error()) : "stopped");
    const ResultDocument a = here->toDocument(), b = there->toDocument();
    QCOMPARE(a.arrays.size(), b.arrays.size());
    if (m_isRough) return;
    for (const auto& [name, array] : a.arrays) {
      const HostArray& other = b.arrays.at(name);
      QVERIFY2(array.shape() == other.shape(), name.c_str());
      double scale = 1e-3, worst = 0;
      for (std::size_t i = 0; i < array.values().size(); ++i) {
        const double x = array.values()[i], y = other.values()[i];
        QVERIFY2(std::isfinite(x) == std::isfinite(y), name.c_str());
        if (!std::isfinite(x)) continue;
        scale = std::max(scale, std::abs(x));
        worst = std::max(worst, std::abs(x - y));
      }
      QVERIFY2(worst <= tolerance * scale,
               qPrintable(QStringLiteral("%1: %2 of %3").arg(QString::fromStdString(name)).arg(worst).arg(scale)));
    }
  }

  [[nodiscard]] QString path(const char* name) const { return m_folder.filePath(QLatin1String(name)); }
  static Prompt prompt() { return Prompt::plain("the tower of a town"); }

private Q_SLOTS:
  void initTestCase() {
    const std::string device = tests::addStrictDevice();
    tests::TinyModel tiny = tests::makeTinyModel();
    tiny.config["max_position_embeddings"] = 1024;
    tests::writeHuggingFaceFolder(tiny, path("tiny").toStdString());
    m_host.setThreadCount(2);
    m_device.setThreadCount(2);
    const auto here = ask(m_host, LoadModelRequest{.path = path("tiny").toStdString()});
    QVERIFY2(here.hasValue(), here.isError() ? words(here.error()) : "");
    const auto there = ask(m_device, LoadModelRequest{.path = path("tiny").toStdString(), .device = device});
    QVERIFY2(there.hasValue(), there.isError() ? words(there.error()) : "");
    QCOMPARE(there->ref.fingerprint, here->ref.fingerprint);
    QCOMPARE(there->device, std::string("STRICT 0"));
    m_model = here->ref;
    QCOMPARE(m_device.devices().size(), std::size_t{2});
    QCOMPARE(m_device.devices().back().id, device);
  }

  void aDeviceThatIsNotThereIsRefused() {
    const auto refused = ask(m_host, LoadModelRequest{.path = path("tiny").toStdString(), .device = "cuda:7"});
    QCOMPARE(refused.error().code, std::string("DEVICE-01"));
    QCOMPARE(refused.error().expected, std::string("cpu, strict:0"));
  }

  void lenses_data() {
    QTest::addColumn<QString>("site");
    QTest::addColumn<int>("head");
    QTest::addColumn<int>("continued");
    QTest::addColumn<int>("ahead");
    QTest::newRow("residual stream") << "resid_post" << -1 << 0 << 0;
    QTest::newRow("one head") << "head_out" << 1 << 0 << 0;
    QTest::newRow("while text is written") << "mlp_out" << -1 << 3 << 0;
    QTest::newRow("future") << "resid_post" << -1 << 0 << 2;
  }
  void lenses() {
    QFETCH(QString, site);
    QFETCH(int, head);
    QFETCH(int, continued);
    QFETCH(int, ahead);
    LensRequest lens{
        .model = m_model, .prompt = prompt(), .site = site.toStdString(), .head = head, .topK = 5, .tracked = {}};
    lens.continueTokens = continued;
    lens.ahead = ahead;
    lens.tracked = {40, 50};
    compare(lens);
  }

  void aLensOverAChangedRun() {
    LensRequest lens{.model = m_model, .prompt = prompt(), .topK = 5, .tracked = {}};
    lens.patches = {{.source = Prompt::plain("a river"), .sourceToken = -1, .sourceLayer = 0, .token = -2, .layer = 1}};
    compare(lens);
  }

  void patchscopes_data() {
    QTest::addColumn<int>("map");
    for (const StateMap map : {StateMap::Identity, StateMap::TargetNorm, StateMap::Zero, StateMap::Mean})
      QTest::newRow(Json(map).get<std::string>().c_str()) << static_cast<int>(map);
  }
  void patchscopes() {
    QFETCH(int, map);
    PatchscopeRequest scope;
    scope.model = m_model;
    scope.source = prompt();
    scope.target = Prompt::plain("cat; 12; x");
    scope.targetLayers = {0, 1};
    scope.map = static_cast<StateMap>(map);
    scope.generateTokens = 3;
    compare(scope);
  }

  void aPatch() {
    PatchRequest patch{.model = m_model, .source = prompt(), .target = Prompt::plain("a river"), .continueTokens = 3};
    patch.site = "attn_out";
    compare(patch);
  }

  void grids_data() {
    QTest::addColumn<QString>("site");
    QTest::addColumn<bool>("isApproximate");
    QTest::addColumn<QString>("receiver");
    QTest::addColumn<int>("metric");
    const int difference = static_cast<int>(GridMetric::LogitDifference), kl = static_cast<int>(GridMetric::Kl);
    QTest::newRow("states") << "resid_post" << false << "" << difference;
    QTest::newRow("heads") << "head_out" << false << "" << kl;
    QTest::newRow("one backward pass") << "mlp_out" << true << "" << kl;
    QTest::newRow("paths") << "head_out" << false << "L1.H2" << difference;
  }
  void grids() {
    QFETCH(QString, site);
    QFETCH(bool, isApproximate);
    QFETCH(QString, receiver);
    QFETCH(int, metric);
    PatchGridRequest grid;
    grid.model = m_model;
    grid.clean = prompt();
    grid.corrupt = Prompt::plain("the mower of a town");
    grid.site = site.toStdString();
    grid.metric = static_cast<GridMetric>(metric);
    grid.isApproximate = isApproximate;
    grid.receiver = receiver.toStdString();
    compare(grid);
  }

  void knockOutByTheMeanOfTexts() {
    PatchGridRequest grid;
    grid.model = m_model;
    grid.clean = prompt();
    grid.mode = GridMode::Mean;
    grid.site = "head_out";
    grid.allTokens = true;
    grid.meanTexts = {"a river", "a town and a tower"};
    compare(grid);
  }

  void attentionAndItsParts() {
    compare(AttentionRequest{.model = m_model, .prompt = prompt(), .layers = {}});
    AttributionRequest attribution;
    attribution.model = m_model;
    attribution.prompt = prompt();
    compare(attribution);
    NeuronsRequest neurons;
    neurons.model = m_model;
    neurons.prompt = prompt();
    compare(neurons);
    neurons.continueTokens = 3;
    compare(neurons);
    compare(AttentionRequest{.model = m_model, .prompt = prompt(), .continueTokens = 3});
  }

  void exploring() {
    ExploreRequest explore;
    explore.model = m_model;
    explore.texts = {"a river and a town", "the tower"};
    explore.others = {"nothing here", "no more of it"};
    explore.site = "attn_out";
    compare(explore, 5e-3);
  }

  void probes() {
    ProbeRequest probe;
    probe.model = m_model;
    probe.folds = 2;
    for (int i = 0; i < 8; ++i) {
      probe.list.items.push_back({"a", "water " + std::to_string(i)});
      probe.list.items.push_back({"b", "stones " + std::to_string(i)});
    }
    const auto told = ask(m_device, probe);
    QVERIFY2(told.hasValue(), told.isError() ? words(told.error()) : "");
    QCOMPARE(told->textCount(), 16);
  }

  void listsAndHops() {
    PatchscopeListRequest list{.model = m_model, .list = {}, .layers = {}, .generateTokens = 2, .onlyKnown = false};
    list.list = {.id = "l", .title = "l", .target = "a; b; x", .text = "the {subject} is", .items = {}};
    for (const char* subject : {"tower", "river", "town"})
      list.list.items.push_back(
          {.source = std::string("the ") + subject, .subject = subject, .answers = {std::string(subject)}});
    compare(list);
    MultiHopRequest hops;
    hops.model = m_model;
    hops.onlyKnown = false;
    hops.list = {.id = "h", .title = "h", .items = {}};
    hops.list.items.push_back(
        {.first = "the town by the river", .second = "The tower of {bridge} is", .bridge = {"a"}, .answers = {"b"}});
    compare(hops);
  }

  void mapsAndLensesThroughThem() {
    FitMapRequest fit;
    fit.model = m_model;
    fit.name = "tuned";
    fit.method = MapMethod::Kl;
    fit.steps = 3;
    for (int i = 0; i < 30; ++i) fit.texts.push_back("text number " + std::to_string(i * 37) + " of the town");
    const auto map = ask(m_device, fit);
    QVERIFY2(map.hasValue(), map.isError() ? words(map.error()) : "");
    LensRequest lens{.model = m_model, .prompt = prompt(), .topK = 5, .tracked = {}};
    lens.translator = MapRef::of(std::make_shared<const AffineMap>(*map));
    compare(lens);
    fit.method = MapMethod::LeastSquares;
    fit.pairs = MapPairs::AllPairs;
    compare(fit, 2e-2);
  }

  void promptsAreLearned() {
    LearnPromptRequest learn;
    learn.model = m_model;
    learn.text = "the x";
    learn.ahead = 1;
    learn.steps = 4;
    learn.batch = 3;
    for (int i = 0; i < 8; ++i) learn.texts.push_back("text number " + std::to_string(i * 37) + " of the town");
    const auto here = ask(m_host, learn), there = ask(m_device, learn);
    QVERIFY2(here.hasValue(), here.isError() ? words(here.error()) : "");
    QVERIFY2(there.hasValue(), there.isError() ? words(there.error()) : "");
    QVERIFY(here->isMeasured() && there->isMeasured());
    for (std::size_t step = 0; step < here->losses.size(); ++step)
      QVERIFY(std::abs(here->losses[step] - there->losses[step]) < 0.05F * std::max(0.1F, here->losses[step]));
    LensRequest lens{.model = m_model, .prompt = prompt(), .topK = 5, .tracked = {}};
    lens.ahead = 1;
    lens.aheadPrompt = SoftPromptRef::of(std::make_shared<const SoftPrompt>(*there));
    compare(lens);
  }

  void vectorsSteerAndTextIsWritten() {
    MakeVectorRequest make{.model = m_model, .name = "v", .positives = {"good", "fine day"}, .negatives = {"bad"}};
    compare(make);
    const auto vector = ask(m_host, make);
    SteerRequest steer{.model = m_model,
                       .prompt = prompt(),
                       .vectorName = "v",
                       .vectorHash = "v",
                       .vector = {},
                       .setting = {},
                       .sampling = {}};
    steer.vector = std::make_shared<const SteeringVector>(*vector);
    steer.setting.layers = {1};
    steer.setting.keepNorm = true;
    steer.sampling.maxNewTokens = 5;
    compare(steer);
    GenerateRequest generate{.model = m_model, .prompt = prompt(), .sampling = {}};
    generate.sampling.maxNewTokens = 5;
    const auto here = ask(m_host, generate), there = ask(m_device, generate);
    QVERIFY2(there.hasValue(), there.isError() ? words(there.error()) : "");
    if (!m_isRough) QCOMPARE(there->generation.text, here->generation.text);
  }

  /// The same steps, so nearly the same losses; and what was trained there answers there.
  void decodersLearnAndAnswer() {
    QFile own(path("own.jsonl"));
    QVERIFY(own.open(QIODevice::WriteOnly));
    const char* letters[] = {"u", "v", "w", "z"};
    for (int i = 0; i < 40; ++i)
      own.write(QStringLiteral(R"({"prompt": "number %1 is %2 now", "about": "%2 now", "question": "Which?", )"
                               R"("answer": "%2", "choices": ["u", "v", "w", "z"]})"
                               "\n")
                    .arg(i)
                    .arg(QLatin1String(letters[i % 4]))
                    .toUtf8());
    own.close();
    TrainDecoderRequest train;
    train.model = m_model;
    train.name = "tiny";
    train.recipe.rank = 4;
    train.recipe.dropout = 0.1;
    train.recipe.training.steps = 40;
    train.recipe.training.batch = 4;
    train.recipe.training.workers = 1;
    train.recipe.training.compute = ComputeKind::Float32;
    train.data = own.fileName().toStdString();
    train.folder = path(m_isRough ? "rough here" : "here").toStdString();
    const auto here = ask(m_host, train);
    QVERIFY2(here.hasValue(), here.isError() ? words(here.error()) : "");
    train.folder = path(m_isRough ? "rough there" : "there").toStdString();
    const auto there = ask(m_device, train);
    QVERIFY2(there.hasValue(), there.isError() ? words(there.error()) : "");
    const auto& a = here->curves.points;
    const auto& b = there->curves.points;
    QCOMPARE(a.size(), b.size());
    const double apart = m_isRough ? 0.3 : 0.02;
    for (std::size_t i = 0; i < a.size(); ++i) QVERIFY(std::abs(a[i].loss - b[i].loss) < apart * a[i].loss);
    QVERIFY(!there->curves.samples.empty());

    AskRequest question;
    question.model = m_model;
    question.prompt = Prompt::plain("number 7 is w now");
    question.spans = {{.firstToken = -4, .lastToken = -1, .layer = 1}};
    question.question = "Which?";
    question.choices = {"u", "v", "w", "z"};
    question.decoder = {.name = "tiny", .folder = train.folder, .digest = {}};
    question.sampling.maxNewTokens = 4;
    const auto asked = ask(m_host, question), answered = ask(m_device, question);
    QVERIFY2(answered.hasValue(), answered.isError() ? words(answered.error()) : "");
    QCOMPARE(answered->controls.size(), asked->controls.size());
    for (std::size_t i = 0; i < question.choices.size() && !m_isRough; ++i)
      QVERIFY(std::abs(answered->answer.choices[i].p - asked->answer.choices[i].p) < 1e-3);

    LearningCurveRequest curve;
    curve.model = m_model;
    curve.data = train.data;
    curve.examples = {4, 8};
    curve.recipe = train.recipe;
    curve.items = 4;
    const auto compared = ask(m_host, curve), elsewhere = ask(m_device, curve);
    QVERIFY2(elsewhere.hasValue(), elsewhere.isError() ? words(elsewhere.error()) : "");
    QCOMPARE(elsewhere->points.size(), compared->points.size());
    for (std::size_t i = 0; i < compared->points.size(); ++i)
      QVERIFY(std::abs(elsewhere->points[i].loss - compared->points[i].loss) < apart * compared->points[i].loss);

    DecoderVectorRequest wish;
    wish.model = m_model;
    wish.decoder = question.decoder;
    wish.name = "w";
    wish.question = "Which?";
    wish.answer = "w";
    wish.words = "Say w.";
    wish.layer = 0;
    wish.steps = 2;
    wish.generateTokens = 2;
    const auto wished = ask(m_device, wish);
    QVERIFY2(wished.hasValue(), wished.isError() ? words(wished.error()) : "");
  }

  void metaModelsAreTrained() {
    MetaModelRequest meta;
    meta.model = m_model;
    meta.mixes = {{"language"}};
    meta.tests = {"language", "deception"};
    meta.steps = 10;
    meta.batch = 4;
    meta.items = 6;
    meta.own = {{.text = "bonjour", .question = "Is it French?"}};
    const auto here = ask(m_host, meta), there = ask(m_device, meta);
    QVERIFY2(there.hasValue(), there.isError() ? words(there.error()) : "");
    QCOMPARE(there->asked, here->asked);
    QCOMPARE(there->losses.size(), std::int64_t{1});
    if (!m_isRough) QVERIFY(std::abs(there->losses.at(0) - here->losses.at(0)) < 0.05 * here->losses.at(0));
  }

  void everythingAnswersInBFloat16Too() {
    const LoadModelRequest load{
        .path = path("tiny").toStdString(), .dtype = "bf16", .device = m_device.devices().back().id};
    const auto loaded = ask(m_device, load);
    QVERIFY2(loaded.hasValue(), loaded.isError() ? words(loaded.error()) : "");
    m_isRough = true;
    aLensOverAChangedRun();
    aPatch();
    knockOutByTheMeanOfTexts();
    attentionAndItsParts();
    exploring();
    probes();
    listsAndHops();
    mapsAndLensesThroughThem();
    vectorsSteerAndTextIsWritten();
    decodersLearnAndAnswer();
    metaModelsAreTrained();
    PatchGridRequest grid;
    grid.model = m_model;
    grid.clean = prompt();
    grid.corrupt = Prompt::plain("the mower of a town");
    grid.isApproximate = true;
    compare(grid);
  }
};

QTEST_GUILESS_MAIN(DevicesTest)
#include "tst_devices.moc"
