#include <QtTest>

#include <memory>

#include "core/base/outcome.h"

using namespace patchbay;

class TestOutcome : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void isExactlyOneOfThree() {
    const Outcome<int> value = 4;
    QVERIFY(value.hasValue() && !value.isError() && !value.isCancelled());
    QCOMPARE(*value, 4);
    const Outcome<int> error =
        Error{.code = "X-01", .what = "no", .file = {}, .field = {}, .found = {}, .expected = {}, .advice = {}};
    QVERIFY(!error.hasValue() && error.isError() && !error.isCancelled());
    QCOMPARE(error.error().code, std::string("X-01"));
    const Outcome<int> cancelled = Cancelled{};
    QVERIFY(!cancelled && !cancelled.isError() && cancelled.isCancelled());
  }

  void failureKeepsItsKind() {
    const Outcome<int> error =
        Error{.code = "X-02", .what = {}, .file = {}, .field = {}, .found = {}, .expected = {}, .advice = {}};
    QCOMPARE(error.failure<std::string>().error().code, std::string("X-02"));
    const Outcome<int> cancelled = Cancelled{};
    QVERIFY(cancelled.failure<std::string>().isCancelled());
  }

  void movesItsValueOut() {
    Outcome<std::unique_ptr<int>> owner = std::make_unique<int>(7);
    const std::unique_ptr<int> taken = std::move(owner).value();
    QCOMPARE(*taken, 7);
  }

  void messageSaysWhatWhyAndWhatToDo() {
    const Error full{.code = "GGUF-04",
                     .what = "a tensor is too long",
                     .file = "m.gguf",
                     .field = "token_embd",
                     .found = "12",
                     .expected = "10",
                     .advice = "Download it again."};
    QCOMPARE(
        full.message(),
        std::string("GGUF-04 m.gguf: a tensor is too long (token_embd: found 12, expected 10). Download it again."));
    QCOMPARE(full.why(), std::string("token_embd: found 12, expected 10"));
  }

  void messageLeavesOutWhatIsNotKnown() {
    Error error{.code = "MEM-02",
                .what = "not enough memory",
                .file = {},
                .field = {},
                .found = {},
                .expected = {},
                .advice = {}};
    QCOMPARE(error.message(), std::string("MEM-02 not enough memory"));
    QCOMPARE(error.why(), std::string());
    error.found = "3 GB";
    QCOMPARE(error.why(), std::string("found 3 GB"));
    error.expected = "6 GB";
    QCOMPARE(error.message(), std::string("MEM-02 not enough memory (found 3 GB, expected 6 GB)"));
    const Error bare{.code = {}, .what = "odd", .file = {}, .field = {}, .found = {}, .expected = {}, .advice = {}};
    QCOMPARE(bare.message(), std::string("odd"));
  }
};

QTEST_APPLESS_MAIN(TestOutcome)
#include "tst_outcome.moc"
