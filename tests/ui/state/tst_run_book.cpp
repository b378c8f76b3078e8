#include "core/data/recorded_run.h"
#include "tests/ui/state/state_fixture.h"
#include "ui/state/lens_sort.h"
#include "ui/state/partial_result.h"

#include <cmath>

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::StateFixture;

class RunBookTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void aRunEndsWithAResultAndIsFoundAgain() {
    StateFixture bench;
    QVERIFY(bench.open());
    QSignalSpy ready(&bench.runs, &RunBook::resultReady);
    const RunId run = bench.runs.start(bench.lens("hello world"), {.title = QStringLiteral("Lens")});
    QVERIFY(run > 0);
    QTRY_COMPARE(ready.count(), 1);
    QCOMPARE(bench.runs.record(run)->status, RunStatus::Done);
    QCOMPARE(bench.runs.record(run)->dtype, std::string("f32"));
    const auto lens = bench.runs.result<LensResult>(run);
    QVERIFY(lens);
    QCOMPARE(lens->layers, 2);
    // The same pointer for everyone: nothing is copied from here on.
    QVERIFY(bench.runs.result<LensResult>(run) == lens);
    QVERIFY(!bench.runs.result<PatchResult>(run));
    QCOMPARE(bench.runs.start(bench.lens("hello world"), {}), run);
    QVERIFY(bench.runs.start(bench.lens("hello world"), {.reuse = false}) != run);
    QTRY_COMPARE(ready.count(), 2);
  }

  void reopeningShowsTheSameWithoutComputing() {
    StateFixture bench;
    QVERIFY(bench.open());
    const RunId run = bench.runs.start(bench.lens("hello world"), {.title = QStringLiteral("Lens")});
    QTRY_VERIFY(bench.isFinished(run));
    bench.runs.setNote(run, QStringLiteral("a note"));
    bench.runs.setStarred(run, true);
    const auto before = bench.runs.result<LensResult>(run);
    QSignalSpy reset(&bench.runs, &RunBook::reset);
    QSignalSpy ready(&bench.runs, &RunBook::resultReady);
    bench.session.close(&bench.runs, [&](const Outcome<Done>& outcome) {
      QVERIFY(outcome.hasValue());
      bench.session.open(bench.sessionFile());
    });
    QTRY_COMPARE(reset.count(), 1);
    const RunRecord* record = bench.runs.record(run);
    QVERIFY(record);
    QCOMPARE(record->note, std::string("a note"));
    QVERIFY(record->isStarred);
    QVERIFY(!bench.runs.result<LensResult>(run));
    QTRY_COMPARE(ready.count(), 1);
    QVERIFY(*bench.runs.result<LensResult>(run) == *before);
    QVERIFY(bench.client.jobs().empty());
  }

  void theSortOfALensIsReadFromAnyRequest() {
    RunRecord record;
    record.kind = LensRequest::kKind;
    // An unreadable row of a session has no request; fields may be of any type.
    for (const Json& request : {Json(), Json("text"), Json(LensRequest{}),
                                Json{{"patches", 3}, {"steering", 3}, {"continueTokens", "8"}, {"ahead", nullptr}},
                                Json{{"steering", {{"vectorHash", 7}}}, {"patches", nullptr}}}) {
      record.request = request;
      QVERIFY(!isSteeredLens(record) && !isGrowingLens(record));
      (void)isPatchedLens(record);
      (void)isPlainLens(record);
    }
    record.request = LensRequest{};
    QVERIFY(isPlainLens(record));
    LensRequest lens;
    lens.continueTokens = 3;
    record.request = lens;
    QVERIFY(isGrowingLens(record) && !isPlainLens(record));
    lens.continueTokens = 0;
    lens.steering.vectorHash = "x";
    record.request = lens;
    QVERIFY(isSteeredLens(record) && !isPlainLens(record));
    record.kind = GenerateRequest::kKind;
    QVERIFY(!isSteeredLens(record) && !isPlainLens(record));
  }

  void aFailureIsARecord() {
    StateFixture bench;
    QVERIFY(bench.open());
    LensRequest wrong = bench.lens("x");
    wrong.model.fingerprint = "no such model";
    const RunId run = bench.runs.start(wrong, {.title = QStringLiteral("Lens")});
    QTRY_COMPARE(bench.runs.record(run)->status, RunStatus::Failed);
    QVERIFY(bench.runs.record(run)->error.has_value());
    QCOMPARE(bench.runs.record(run)->error->code, std::string("MODEL-01"));
  }

  void aStoppedRunIsCancelled() {
    StateFixture bench;
    QVERIFY(bench.open());
    GenerateRequest request;
    request.model = bench.models.current()->ref;
    request.prompt = Prompt::plain("hello");
    request.sampling.maxNewTokens = 4000;
    request.sampling.stopAtEndToken = false;
    const RunId run = bench.runs.start(request, {.title = QStringLiteral("Long")});
    bench.runs.cancel(run);
    QTRY_VERIFY(bench.isFinished(run));
    QCOMPARE(bench.runs.record(run)->status, RunStatus::Cancelled);
    QVERIFY(!bench.runs.isActive(run));
  }

  void whatAStoppedRunHadSaidIsItsResult() {
    StateFixture bench;
    QVERIFY(bench.open());
    SteerRequest request;
    request.model = bench.models.current()->ref;
    request.prompt = Prompt::plain("hello");
    auto vector = std::make_shared<SteeringVector>();
    const auto width = static_cast<std::size_t>(bench.models.current()->width);
    vector->rows =
        HostArray({2, static_cast<std::int64_t>(width)}, {"layer", "width"}, "", std::vector<float>(2 * width, 0.1F));
    vector->meanNorms = HostArray({2}, {"layer"}, "", {1, 1});
    request.vectorHash = bench.vectors.add(vector);
    request.vector = vector;
    request.setting.layers = {1};
    request.sampling.maxNewTokens = 4000;
    request.sampling.stopAtEndToken = false;
    // At the first words: the model is quick.
    connect(&bench.runs, &RunBook::tokensStreamed, &bench.runs, &RunBook::cancel);
    QSignalSpy ready(&bench.runs, &RunBook::resultReady);
    const RunId run = bench.runs.start(request, {.title = QStringLiteral("Steer")});
    QTRY_VERIFY(bench.isFinished(run));
    QCOMPARE(bench.runs.record(run)->status, RunStatus::Cancelled);
    QCOMPARE(ready.count(), 1);
    const auto part = bench.runs.result<SteerResult>(run);
    QVERIFY(part && !part->plain.tokens.empty());
    QVERIFY(std::isnan(part->klFirstBits));
    // It answers for no equal request.
    QVERIFY(!bench.runs.equalRun(request));
    QSignalSpy reset(&bench.runs, &RunBook::reset);
    bench.session.close(&bench.runs, [&](const Outcome<Done>&) { bench.session.open(bench.sessionFile()); });
    QTRY_COMPARE(reset.count(), 1);
    QVERIFY(!bench.runs.result<SteerResult>(run));
    QTRY_COMPARE(ready.count(), 2);
    QVERIFY(bench.runs.result<SteerResult>(run)->plain == part->plain);
    QVERIFY(std::isnan(bench.runs.result<SteerResult>(run)->klFirstBits));
  }

  void aStoppedPatchscopeKeepsTheCellsThatSpoke() {
    PatchscopeRequest request;
    request.sourceToken = -1;
    const auto tokensOf = [](const Prompt&) { return std::vector<TokenFact>(3); };
    Generation said;
    said.text = "yes";
    said.tokens.resize(1);
    said.tokens[0].alternatives.resize(2);
    const auto part = [&](const AnyRequest& asked, int lane, const Generation& words) {
      return partialResult(
          asked, {{lane, {.lane = lane, .soFar = words}}},
          {.layers = 4, .heads = 2, .tokensOf = tokensOf, .targetLayers = 4, .targetTokensOf = tokensOf});
    };
    QVERIFY(!part(request, 1, Generation{}));
    QVERIFY(!part(LensRequest{}, 0, said));
    const auto column = part(request, 1, said)->as<PatchscopeResult>();
    QCOMPARE(column->cells.size(), std::size_t{4});
    QCOMPARE(column->sourceToken, 2);
    QCOMPARE(column->cells[1].top.size(), std::size_t{2});
    QCOMPARE(column->cells[1].targetLayer, 1);
    QVERIFY(column->cells[2].generation.tokens.empty());
    request.sourceLayers = {1, 3};
    request.targetLayers = {0, 2};
    const auto grid = part(request, 2, said)->as<PatchscopeResult>();
    QCOMPARE(grid->cells[2].sourceLayer, 3);
    QCOMPARE(grid->cells[2].targetLayer, 0);
    QCOMPARE(grid->cells[2].generation.text, std::string("yes"));
  }

  void aStoppedGridKeepsTheCellsThatWereDone() {
    PatchGridRequest request;
    request.clean = request.corrupt = Prompt::plain("x");
    const auto tokensOf = [](const Prompt&) { return std::vector<TokenFact>(3); };
    const RunFacts facts{.layers = 4, .heads = 2, .tokensOf = tokensOf, .targetLayers = 4, .targetTokensOf = tokensOf};
    Lanes lanes;
    lanes[kCleanLane] = {.lane = kCleanLane, .soFar = {}, .value = 3};
    lanes[kCorruptLane] = {.lane = kCorruptLane, .soFar = {}, .value = -2};
    QVERIFY(!partialResult(request, lanes, facts));  // no cell yet
    lanes[10] = {.lane = 10, .soFar = {}, .value = 1.5F};
    const auto grid = partialResult(request, lanes, facts)->as<PatchGridResult>();
    QCOMPARE(grid->values.shape(), (std::vector<std::int64_t>{4, 3}));
    QCOMPARE(grid->values.at(3, 1), 1.5F);
    QVERIFY(std::isnan(grid->values.at(0, 0)));
    QCOMPARE(grid->baseValue(), -2.0F);
    request.site = "head_out";
    request.mode = GridMode::Zero;
    lanes[5] = {.lane = 5, .soFar = {}, .value = 0.5F};
    QCOMPARE(partialResult(request, lanes, facts)->as<PatchGridResult>()->values.at(2, 1), 0.5F);
    // It is a whole result of its kind.
    QVERIFY(PatchGridResult::fromDocument(grid->toDocument()).hasValue());
  }

  void marksAreUndoneByValueAndRerunIsANewRun() {
    StateFixture bench;
    QVERIFY(bench.open());
    const RunId run = bench.runs.start(bench.lens("again"), {.title = QStringLiteral("Lens")});
    QTRY_VERIFY(bench.isFinished(run));
    bench.runs.setTrashed(run, true);
    // A trashed run does not answer for an equal request.
    const RunId fresh = bench.runs.start(bench.lens("again"), {.title = QStringLiteral("Lens")});
    QVERIFY(fresh != run);
    bench.runs.setTrashed(run, false);
    const auto repeated = bench.runs.rerun(run);
    QVERIFY(repeated.hasValue());
    QVERIFY(*repeated != run);
    QTRY_VERIFY(bench.isFinished(*repeated));
    QVERIFY(bench.runs.peek<LensResult>(*repeated)->topIds == bench.runs.peek<LensResult>(run)->topIds);
  }

  void aRecordedRunIsShownAndRemoved() {
    StateFixture bench;
    QVERIFY(bench.open());
    const RunId run = bench.runs.start(bench.lens("recorded"), {.title = QStringLiteral("Lens")});
    QTRY_VERIFY(bench.isFinished(run));
    const auto lens = bench.runs.peek<LensResult>(run);
    const RecordedRun recorded{*bench.runs.record(run), lens->toDocument()};
    const std::string text = dumpJson(recordedRunToJson(recorded));
    const auto read = recordedRunFromText(text, "test");
    QVERIFY(read.hasValue());
    const RunId shown = bench.runs.addRecorded(bench.lens("recorded"), read->record, read->document);
    QVERIFY(shown < 0);
    QCOMPARE(runLabel(shown), QStringLiteral("#1"));
    QCOMPARE(bench.runs.record(shown)->status, RunStatus::Recorded);
    QVERIFY(bench.runs.result<LensResult>(shown)->topIds == lens->topIds);
    bench.runs.removeRecorded(shown);
    QVERIFY(!bench.runs.record(shown));
    QVERIFY(!recordedRunFromText("{\"kind\": 3}", "test").hasValue());
    QVERIFY(!recordedRunFromText("nonsense", "test").hasValue());
  }

  void vectorsAreKeptByContentAndNamesApart() {
    StateFixture bench;
    QVERIFY(bench.open());
    MakeVectorRequest request;
    request.model = bench.models.current()->ref;
    request.name = "warm";
    request.positives = {"hello"};
    request.negatives = {"goodbye"};
    const RunId run = bench.runs.start(request, {.title = QStringLiteral("Vector")});
    QTRY_VERIFY(bench.isFinished(run));
    const auto vector = bench.runs.result<SteeringVector>(run);
    QVERIFY(vector);
    const std::string hash = bench.vectors.add(vector);
    QCOMPARE(bench.vectors.add(vector), hash);
    QCOMPARE(bench.vectors.vectors().size(), std::size_t{1});
    bench.vectors.rename(hash, QStringLiteral("cold"));
    SteerRequest steer;
    steer.model = request.model;
    steer.prompt = Prompt::plain("hello");
    steer.vectorHash = hash;
    steer.vector = vector;
    steer.setting.layers = {1};
    steer.sampling.maxNewTokens = 3;
    const RunId steered = bench.runs.start(steer, {.title = QStringLiteral("Steer")});
    QTRY_VERIFY(bench.isFinished(steered));
    QCOMPARE(bench.runs.record(steered)->status, RunStatus::Done);
    QSignalSpy reset(&bench.runs, &RunBook::reset);
    bench.session.close(&bench.runs, [&](const Outcome<Done>&) { bench.session.open(bench.sessionFile()); });
    QTRY_COMPARE(reset.count(), 1);
    QCOMPARE(bench.vectors.find(hash)->name, QStringLiteral("cold"));
    const auto again = bench.runs.request(steered);
    QVERIFY(again.hasValue());
    QVERIFY(std::get<SteerRequest>(*again).vector != nullptr);
  }
};

QTEST_GUILESS_MAIN(RunBookTest)
#include "tst_run_book.moc"
