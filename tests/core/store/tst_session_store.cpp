#include <QtTest>

#include <cmath>
#include <limits>
#include <set>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/core/data/samples.h"
#include "tests/core/store/session_file.h"

using namespace patchbay;

namespace {

/// Folder rights mean nothing to root: while this lives, the program is nobody.
class WithoutRoot {
public:
  WithoutRoot() : m_wasRoot(::geteuid() == 0 && ::seteuid(65534) == 0) {}
  ~WithoutRoot() {
    if (m_wasRoot && ::seteuid(0) != 0) qFatal("cannot become root again");
  }
  WithoutRoot(const WithoutRoot&) = delete;
  WithoutRoot& operator=(const WithoutRoot&) = delete;

private:
  bool m_wasRoot;
};

template <typename Result>
bool survives(SessionStore& store, const char* kind, const Result& result) {
  const ResultDocument document = result.toDocument();
  const auto id = store.addRun(samples::run(kind), &document);
  if (!id) return false;
  const auto read = store.result(*id);
  if (!read || !samples::equal(*read, document)) return false;
  const auto back = Result::fromDocument(*read);
  return back && *back == result;
}

}  // namespace

class TestSessionStore : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyResultSurvives() {
    const samples::SessionFile file;
    const auto store = file.open();
    QVERIFY(survives(*store, LensRequest::kKind, samples::lens(1)));
    QVERIFY(survives(*store, LensRequest::kKind, samples::lens(2, 30, 200)));
    QVERIFY(survives(*store, PatchscopeRequest::kKind, samples::patchscope()));
    QVERIFY(survives(*store, PatchRequest::kKind, samples::patch()));
    QVERIFY(survives(*store, SteerRequest::kKind, samples::steer()));
    QVERIFY(survives(*store, GenerateRequest::kKind, samples::generate()));
    const auto check = store->verify();
    QVERIFY2(check->isSound(), check->isSound() ? "" : check->problems[0].message().c_str());
    QCOMPARE(check->results, 6);
    QCOMPARE(check->arrays, 24);
  }

  void largeArraysTakeSeveralChunks() {
    const samples::SessionFile file;
    const ResultDocument document{.body = {{"a", 1}},
                                  .arrays = {{"x", samples::array({700, 1000}, {"a", "b"}, "u", 4)}, {"none", {}}}};
    const auto id = file.open()->addRun(samples::run("other"), &document);
    const auto read = file.open(OpenMode::ReadOnly)->result(*id);
    QVERIFY(samples::equal(*read, document));
    QVERIFY(read->arrays.at("none").shape().empty());
  }

  void numbersJsonDoesNotKnowSurvive() {
    const samples::SessionFile file;
    const auto store = file.open();
    SteerResult result = samples::steer();
    result.steeredPerplexity = std::numeric_limits<float>::infinity();
    result.klFirstBits = -std::numeric_limits<float>::infinity();
    result.plain.tokens[0].p = std::numeric_limits<float>::quiet_NaN();
    const ResultDocument document = result.toDocument();
    const auto id = store->addRun(samples::run(SteerRequest::kKind), &document);
    const auto back = SteerResult::fromDocument(*store->result(*id));
    QVERIFY(back.hasValue());
    QCOMPARE(back->steeredPerplexity, result.steeredPerplexity);
    QCOMPARE(back->klFirstBits, result.klFirstBits);
    QVERIFY(std::isnan(back->plain.tokens[0].p));
    QVERIFY(store->verify()->isSound());
  }

  void everyFactOfARunSurvives() {
    const samples::SessionFile file;
    RunRecord first = samples::run();
    RunRecord second = samples::run(SteerRequest::kKind);
    {
      const auto store = file.open();
      first.id = *store->addRun(first, nullptr);
      second.parent = first.id;
      second.status = RunStatus::Failed;
      second.error = Error{
          .code = "MEM-02", .what = "no", .file = "f", .field = "g", .found = "h", .expected = "i", .advice = "j"};
      second.isPinned = second.isTrashed = true;
      second.isStarred = second.seedIsChosen = false;
      second.id = *store->addRun(second, nullptr);
      QCOMPARE(first.id, RunId{1});
      QCOMPARE(second.id, RunId{2});
    }
    QVERIFY(*file.open()->runs() == (std::vector<RunRecord>{first, second}));
  }

  void finishingWritesFactsAndResult() {
    const samples::SessionFile file;
    const auto store = file.open();
    RunRecord run = samples::run();
    run.status = RunStatus::Running;
    run.id = *store->addRun(run, nullptr);
    QCOMPARE(store->result(run.id).error().code, std::string("STORE-07"));
    run.status = RunStatus::Done;
    run.seconds = 2;
    const ResultDocument document = samples::lens(5).toDocument();
    QVERIFY(store->finishRun(run, &document).hasValue());
    QVERIFY(store->runs()->front() == run);
    QVERIFY(samples::equal(*store->result(run.id), document));
    const ResultDocument newer = samples::lens(6).toDocument();
    QVERIFY(store->finishRun(run, &newer).hasValue());
    QVERIFY(samples::equal(*store->result(run.id), newer));
    QVERIFY(store->verify()->isSound());
    run.id = 40;
    QVERIFY(store->finishRun(run, &newer).hasValue());
    QCOMPARE(store->runs()->size(), std::size_t{2});
    QCOMPARE(store->addRun(run, nullptr).error().code, std::string("STORE-10"));
  }

  void marksChangeAndFactsStay() {
    const samples::SessionFile file;
    const auto store = file.open();
    const ResultDocument document = samples::lens(5).toDocument();
    RunRecord run = samples::run();
    run.id = *store->addRun(run, &document);
    RunRecord marked = run;
    marked.title = "Paris";
    marked.note = "";
    marked.isStarred = false;
    marked.isPinned = marked.isTrashed = true;
    RunRecord asked = marked;
    asked.request = "lost";
    asked.dtype = "bf16";
    QVERIFY(store->updateRun(asked).hasValue());
    QVERIFY(store->runs()->front() == marked);
    QVERIFY(samples::equal(*store->result(run.id), document));
    asked.id = 9;
    QCOMPARE(store->updateRun(asked).error().code, std::string("STORE-07"));
  }

  void equalContentIsKeptOnce() {
    const samples::SessionFile file;
    const ResultDocument document = samples::lens(5, 30, 300).toDocument();
    {
      const auto store = file.open();
      QVERIFY(store->addRun(samples::run(), &document).hasValue());
    }
    const qint64 once = QFileInfo(QString::fromStdString(file.path())).size();
    {
      const auto store = file.open();
      for (int i = 0; i < 20; ++i) QVERIFY(store->addRun(samples::run(), &document).hasValue());
    }
    QVERIFY(QFileInfo(QString::fromStdString(file.path())).size() < 2 * once);
  }

  void vectorsSurvive() {
    const samples::SessionFile file;
    const SteeringVector one = samples::vector(1);
    const SteeringVector two = samples::vector(2);
    {
      const auto store = file.open();
      QCOMPARE(*store->addVector(one), contentHash(one));
      QVERIFY(store->addVector(two).hasValue());
      QCOMPARE(*store->addVector(one), contentHash(one));
    }
    const auto store = file.open();
    const auto vectors = store->vectors();
    QCOMPARE(vectors->size(), std::size_t{2});
    QVERIFY(vectors->at(0).vector == one && vectors->at(1).vector == two);
    QVERIFY(store->removeVector(contentHash(one)).hasValue());
    QCOMPARE(store->vectors()->size(), std::size_t{1});
    QCOMPARE(store->removeVector(contentHash(one)).error().code, std::string("STORE-07"));
    QVERIFY(store->verify()->isSound());
  }

  void theHashOfAVectorCoversEverything() {
    const SteeringVector vector = samples::vector(1);
    std::set<std::string> hashes = {contentHash(vector)};
    const auto isNew = [&](auto change) {
      SteeringVector other = vector;
      change(other);
      return hashes.insert(contentHash(other)).second;
    };
    QVERIFY(isNew([](SteeringVector& other) { other.name = "sad"; }));
    QVERIFY(isNew([](SteeringVector& other) { other.model.fingerprint = "x"; }));
    QVERIFY(isNew([](SteeringVector& other) { other.site = Site::ResidPre; }));
    QVERIFY(isNew([](SteeringVector& other) { other.positives.emplace_back(); }));
    QVERIFY(isNew([](SteeringVector& other) { other.rows = samples::array({3, 8}, {"layer", "width"}, "", 9); }));
    QVERIFY(isNew([](SteeringVector& other) { other.meanNorms = {}; }));
    QCOMPARE(contentHash(vector).size(), std::size_t{64});
  }

  void stateIsKeptByKey() {
    const samples::SessionFile file;
    const Json layout = {{"docks", {1, 2}}, {"zoom", 1.5}};
    {
      const auto store = file.open();
      QVERIFY(store->state("layout")->is_null());
      QVERIFY(store->putState("layout", "old").hasValue());
      QVERIFY(store->putState("layout", layout).hasValue());
      QVERIFY(store->putState("", Json()).hasValue());
    }
    const auto contents = file.open()->contents();
    QCOMPARE(contents->state.size(), std::size_t{2});
    QVERIFY(contents->state.at("layout") == layout);
    QVERIFY(contents->problems.empty() && !contents->isReadOnly);
  }

  void tooDeepIsRefusedWhenWriting() {
    const samples::SessionFile file;
    Json deep = 1;
    for (int i = 0; i < 100; ++i) deep = Json::array({deep});
    const auto store = file.open();
    QCOMPARE(store->putState("deep", deep).error().code, std::string("STORE-11"));
    QVERIFY(store->state("deep")->is_null());
  }

  void closedItIsOnePlainFile() {
    const samples::SessionFile file;
    {
      const auto store = file.open();
      QVERIFY(store->putState("a", 1).hasValue());
      QVERIFY(file.names().size() > 1);
    }
    QCOMPARE(file.names(), QStringList{"work.patchbay"});
    QFile plain(QString::fromStdString(file.path()));
    QVERIFY(plain.open(QIODevice::ReadOnly));
    const QByteArray header = plain.read(100);
    // Bytes 18 and 19: 1 is a rollback journal, 2 a write-ahead log. 60: user_version. 68: application_id.
    QCOMPARE(header[18], '\1');
    QCOMPARE(header.mid(60, 4), QByteArray("\0\0\0\1", 4));
    QCOMPARE(header.mid(68, 4), QByteArray("PBay"));
  }

  void aSecondWriterReadsAndIsTold() {
    const samples::SessionFile file;
    auto first = file.open();
    QVERIFY(first->putState("a", 1).hasValue());
    {
      const auto second = file.open();
      QVERIFY(second->isReadOnly());
      QCOMPARE(second->readOnlyReason()->code, std::string("STORE-05"));
      QVERIFY(*second->state("a") == 1);
      QCOMPARE(second->putState("a", 2).error().code, std::string("STORE-06"));
      QCOMPARE(second->addRun(samples::run(), nullptr).error().code, std::string("STORE-06"));
      QVERIFY(first->putState("a", 3).hasValue());
      QVERIFY(*second->state("a") == 3);
    }
    QVERIFY(!first->isReadOnly() && !first->readOnlyReason());
    first.reset();
    QVERIFY(!file.open()->isReadOnly());
    QCOMPARE(file.names(), QStringList{"work.patchbay"});
  }

  void unfinishedRunsBecomeInterruptedForWritersOnly() {
    const samples::SessionFile file;
    RunRecord run = samples::run();
    {
      const auto store = file.open();
      for (const RunStatus status : {RunStatus::Queued, RunStatus::Running, RunStatus::Done, RunStatus::Recorded}) {
        run.status = status;
        QVERIFY(store->addRun(run, nullptr).hasValue());
      }
    }
    QVERIFY(file.open(OpenMode::ReadOnly)->runs()->at(0).status == RunStatus::Queued);
    const auto runs = file.open()->runs();
    QVERIFY(runs->at(0).status == RunStatus::Interrupted && runs->at(1).status == RunStatus::Interrupted);
    QVERIFY(runs->at(2).status == RunStatus::Done && runs->at(3).status == RunStatus::Recorded);
  }

  void aCopyIsCompleteAndPlain() {
    const samples::SessionFile file;
    const std::string target = file.path("copy.patchbay");
    const auto store = file.open();
    const ResultDocument document = samples::lens(1).toDocument();
    const auto id = store->addRun(samples::run(), &document);
    QVERIFY(store->saveCopy(target).hasValue());
    QVERIFY(store->saveCopy(target).hasValue());
    const auto copy = SessionStore::open(target, OpenMode::ReadOnly);
    QVERIFY(samples::equal(*(*copy)->result(*id), document));
    QVERIFY((*copy)->verify()->isSound());
    QVERIFY(store->saveCopy(file.path()).isError());
    QVERIFY(store->saveCopy(file.folder() + "/none/copy.patchbay").isError());
    QVERIFY(!file.names().join(' ').contains("partial"));
  }

  void aCopyDoesNotReplaceAnOpenSession() {
    const samples::SessionFile file;
    const auto store = file.open();
    const auto other = SessionStore::open(file.path("other.patchbay"), OpenMode::ReadWrite);
    QCOMPARE(store->saveCopy(file.path("other.patchbay")).error().code, std::string("STORE-05"));
  }

  void purgedRunsAreGoneAndTheRestStays() {
    const samples::SessionFile file;
    RunRecord child = samples::run();
    {
      const auto store = file.open();
      const ResultDocument shared = samples::lens(1, 30, 200).toDocument();
      const ResultDocument own = samples::lens(2, 30, 200).toDocument();
      RunRecord kept = samples::run();
      kept.id = *store->addRun(kept, &shared);
      child.parent = kept.id;
      child.id = *store->addRun(child, &shared);
      RunRecord last = samples::run();
      last.id = *store->addRun(last, &own);
      QCOMPARE(*store->trashedBytes(), std::int64_t{0});
      kept.isTrashed = last.isTrashed = true;
      QVERIFY(store->updateRun(kept).hasValue() && store->updateRun(last).hasValue());
      // What the child uses too stays in the file.
      const std::int64_t bytes = *store->trashedBytes();
      QVERIFY(bytes > 0);
      // A run that is not in the trash is left out.
      QVERIFY(store->purgeRuns({kept.id, child.id, last.id}).hasValue());
      QCOMPARE(*store->trashedBytes(), std::int64_t{0});
      QCOMPARE(store->runs()->size(), std::size_t{1});
      QCOMPARE(store->result(kept.id).error().code, std::string("STORE-07"));
      QVERIFY(samples::equal(*store->result(child.id), shared));
      QCOMPARE(*store->lastRun(), last.id);
    }
    const auto store = file.open();
    QVERIFY(store->verify()->isSound());
    child.parent.reset();
    QVERIFY(store->runs()->front() == child);
    QCOMPARE(*store->lastRun(), RunId{3});
    QVERIFY(store->putState("last-run", "nonsense").hasValue());
    QCOMPARE(*store->lastRun(), child.id);
  }

  void compactingGivesTheRoomOfRemovedVectorsBack() {
    const samples::SessionFile file;
    const auto size = [&file] {
      struct ::stat facts {};
      return ::stat(file.path().c_str(), &facts) == 0 ? facts.st_size : 0;
    };
    SteeringVector vector;
    vector.name = "large";
    std::vector<float> values(200'000);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i) * 1.7F);
    vector.rows = HostArray({2, 100'000}, {"layer", "width"}, "residual units", std::move(values));
    vector.meanNorms = HostArray({2}, {"layer"}, "residual units", {1, 2});
    std::string hash;
    {
      const auto store = file.open();
      hash = *store->addVector(vector);
    }
    QVERIFY(size() > 500'000);
    {
      const auto store = file.open();
      QVERIFY(store->removeVector(hash).hasValue());
      QVERIFY(store->compact().hasValue());
      QVERIFY(store->verify()->isSound());
    }
    QVERIFY(size() < 300'000);
  }

  void aReadOnlyFolderIsReadAndSaidSo() {
    const samples::SessionFile file;
    QVERIFY(file.open()->putState("a", 1).hasValue());
    QCOMPARE(::chmod(file.path().c_str(), 0444), 0);
    QCOMPARE(::chmod(file.folder().c_str(), 0555), 0);
    {
      const WithoutRoot nobody;
      const auto store = file.open();
      QVERIFY(store->isReadOnly());
      QCOMPARE(store->readOnlyReason()->code, std::string("STORE-09"));
      QVERIFY(!store->readOnlyReason()->found.empty());
      QVERIFY(*store->state("a") == 1);
      QCOMPARE(store->putState("a", 2).error().code, std::string("STORE-06"));
      const auto made = SessionStore::open(file.path("new.patchbay"), OpenMode::ReadWrite);
      QCOMPARE(made.error().code, std::string("STORE-09"));
    }
    QCOMPARE(::chmod(file.folder().c_str(), 0755), 0);
  }

  void aReadOnlyFileIsReadAndSaidSo() {
    const samples::SessionFile file;
    QVERIFY(file.open()->putState("a", 1).hasValue());
    QCOMPARE(::chmod(file.folder().c_str(), 0777), 0);
    QCOMPARE(::chmod(file.path().c_str(), 0444), 0);
    {
      const WithoutRoot nobody;
      const auto store = file.open();
      QVERIFY(store->isReadOnly());
      QCOMPARE(store->readOnlyReason()->code, std::string("STORE-09"));
      QVERIFY(*store->state("a") == 1);
    }
    QCOMPARE(file.names(), QStringList{"work.patchbay"});
  }
};

QTEST_APPLESS_MAIN(TestSessionStore)
#include "tst_session_store.moc"
