#include <filesystem>
#include <fstream>

#include <QTemporaryDir>
#include <QtTest>

#include "core/data/question_data.h"
#include "core/decoder/example_stream.h"
#include "core/decoder/state_cache.h"
#include "tests/support/golden/golden.h"

using namespace patchbay;
using namespace patchbay::testing;

namespace {

std::vector<std::filesystem::path> filesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::exists(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  return paths;
}

at::Tensor halves(std::int64_t rows) { return at::randn({rows, 8}).to(at::kHalf); }

}  // namespace

/// States of training prompts that are kept on disk: the same as computed ones, within a budget, never trusted.
class StateCacheTest : public QObject {
  Q_OBJECT

private:
  QTemporaryDir m_home;

  [[nodiscard]] std::filesystem::path folder(const char* name) const {
    return std::filesystem::path(m_home.path().toStdString()) / name;
  }

  /// The first sequences of a training of the built-in questions.
  [[nodiscard]] static std::vector<TrainingSequence> firstOf(std::uint64_t seed) {
    LanguageModel& model = defaultModel();
    auto frame = DecoderFrame::of(model.text);
    if (!frame) qFatal("no frame");
    ExampleStream stream(model, ExampleMaker(builtinQuestionData(), model.text, seed), *frame, {2, 4}, {}, seed);
    auto sequences = stream.next(40, JobContext());
    if (!sequences) qFatal("no sequences");
    return *sequences;
  }

  static bool areEqual(const std::vector<TrainingSequence>& a, const std::vector<TrainingSequence>& b) {
    return std::ranges::equal(a, b, [](const TrainingSequence& one, const TrainingSequence& other) {
      return one.ids == other.ids && one.answerFirst == other.answerFirst && at::equal(one.states, other.states);
    });
  }

private Q_SLOTS:
  void initTestCase() { qputenv("XDG_CACHE_HOME", m_home.path().toUtf8()); }

  void whatIsKeptIsFoundAsItWas() {
    const StateCache cache(folder("plain"), 1 << 20);
    const at::Tensor states = halves(5);
    QVERIFY(!cache.find("a", 5, 8));
    cache.keep("a", states);
    const auto found = cache.find("a", 5, 8);
    QVERIFY(found && found->scalar_type() == at::kHalf && at::equal(*found, states));
    QVERIFY(!cache.find("b", 5, 8));
    // Of another size it is of something else.
    QVERIFY(!cache.find("a", 4, 8) && !cache.find("a", 5, 9));
  }

  void aDamagedFileIsNoState() {
    const StateCache cache(folder("damaged"), 1 << 20);
    cache.keep("a", halves(5));
    const auto path = folder("damaged") / "a";
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
    QVERIFY(!cache.find("a", 5, 8));
    std::ofstream(path) << "something else";
    QVERIFY(!cache.find("a", 5, 8));
    // One byte of the states is another one.
    cache.keep("a", halves(5));
    {
      std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(-3, std::ios::end);
      file.put('!');
    }
    QVERIFY(!cache.find("a", 5, 8));
    const at::Tensor whole = halves(5);
    cache.keep("a", whole);
    QVERIFY(cache.find("a", 5, 8) && at::equal(*cache.find("a", 5, 8), whole));
  }

  void whatWasUsedLongestAgoGoesFirst() {
    // Room for three of them: 16 rows of 8 halves and a header each.
    const StateCache cache(folder("full"), 1500);
    for (const char* key : {"a", "b", "c"}) {
      cache.keep(key, halves(16));
      std::filesystem::last_write_time(
          folder("full") / key, std::filesystem::file_time_type::clock::now() - std::chrono::hours(*key == 'a'   ? 3
                                                                                                   : *key == 'b' ? 2
                                                                                                                 : 1));
    }
    QVERIFY(cache.find("a", 16, 8));  // used now
    cache.keep("d", halves(16));
    QVERIFY(cache.find("a", 16, 8) && !cache.find("b", 16, 8) && cache.find("c", 16, 8) && cache.find("d", 16, 8));
    cache.keep("big", halves(1000));  // more than there may be in all
    QVERIFY(!cache.find("big", 1000, 8) && cache.find("d", 16, 8));
  }

  void aFolderThatCannotBeWrittenChangesNothing() {
    std::ofstream(folder("file")) << "no folder";
    const StateCache cache(folder("file"), 1 << 20);
    cache.keep("a", halves(5));
    QVERIFY(!cache.find("a", 5, 8));
  }

  void aTrainingReadsTheSameStatesAgain() {
    deleteKeptStates();
    QCOMPARE(keptStatesSize(), std::int64_t{0});
    const auto computed = firstOf(3);
    const auto kept = filesIn(keptStatesFolder());
    QCOMPARE(kept.size(), std::size_t{1});
    QVERIFY(keptStatesSize() > 0);
    const auto before = std::filesystem::last_write_time(kept.front());
    std::filesystem::last_write_time(kept.front(), before - std::chrono::hours(1));
    QVERIFY(areEqual(firstOf(3), computed));
    // It was read, which is when it was used last, and no other was made.
    QVERIFY(std::filesystem::last_write_time(kept.front()) >= before);
    QCOMPARE(filesIn(keptStatesFolder()).size(), std::size_t{1});
    // Other questions are other states.
    QVERIFY(!areEqual(firstOf(4), computed));
    QCOMPARE(filesIn(keptStatesFolder()).size(), std::size_t{2});
    // A spoilt one is computed again, and written again.
    std::ofstream(kept.front()) << "spoilt";
    QVERIFY(areEqual(firstOf(3), computed));
    QVERIFY(std::filesystem::file_size(kept.front()) > 1000);
    deleteKeptStates();
    QCOMPARE(keptStatesSize(), std::int64_t{0});
  }
};

QTEST_GUILESS_MAIN(StateCacheTest)
#include "tst_state_cache.moc"
