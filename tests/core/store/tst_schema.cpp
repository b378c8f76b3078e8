#include <QtTest>

#include <array>

#include "core/store/schema.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"
#include "tests/core/data/samples.h"
#include "tests/core/store/session_file.h"

using namespace patchbay;

namespace {

constexpr const char* kStepTwo =
    "ALTER TABLE run ADD COLUMN tags TEXT NOT NULL DEFAULT ''; CREATE TABLE tag (name TEXT PRIMARY KEY) STRICT;";

std::array<Migration, 2> twoSteps(const char* second = kStepTwo) { return {{{1, kMigration001}, {2, second}}}; }

std::string errorOf(const std::string& path, Database::Access access, std::span<const Migration> steps) {
  const auto prepared = guarded([&] {
    Database database(path, access);
    prepareSchema(database, access != Database::Access::Read, steps);
    return Done{};
  });
  return prepared ? std::string() : prepared.error().code;
}

}  // namespace

class TestSchema : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void stepsAreNumberedInOrder() {
    int version = 0;
    for (const Migration& step : allMigrations()) QCOMPARE(step.version, ++version);
  }

  void anOlderSessionIsCopiedAndUpdated() {
    const samples::SessionFile file;
    const ResultDocument document = samples::lens(1).toDocument();
    QVERIFY(file.open()->addRun(samples::run(), &document).hasValue());
    const auto steps = twoSteps();
    QCOMPARE(errorOf(file.path(), Database::Access::Write, steps), std::string());
    {
      Database database(file.path(), Database::Access::Read);
      QCOMPARE(database.integer("PRAGMA user_version"), std::int64_t{2});
      QCOMPARE(database.integer("SELECT count(*) FROM run WHERE tags = ''"), std::int64_t{1});
    }
    QCOMPARE(errorOf(file.path(), Database::Access::Write, steps), std::string());
    QCOMPARE(file.errorOfOpening(), std::string("STORE-03"));
    const auto backup = SessionStore::open(file.path("work.patchbay.schema1-backup"), OpenMode::ReadOnly);
    QVERIFY(samples::equal(*(*backup)->result(1), document));
  }

  void aStepThatFailsChangesNothing() {
    const samples::SessionFile file;
    QVERIFY(file.open()->putState("a", 1).hasValue());
    const auto steps = twoSteps("CREATE TABLE tag (name TEXT) STRICT; ALTER TABLE nothing ADD COLUMN a;");
    QVERIFY(!errorOf(file.path(), Database::Access::Write, steps).empty());
    QCOMPARE(file.errorOfOpening(), std::string());
    QVERIFY(*file.open()->state("a") == 1);
  }

  void anOlderSessionIsNotUpdatedByReading() {
    const samples::SessionFile file;
    file.open().reset();
    const auto steps = twoSteps();
    QCOMPARE(errorOf(file.path(), Database::Access::Read, steps), std::string("STORE-03"));
    QCOMPARE(file.errorOfOpening(), std::string());
  }

  void anUpdateIsRepeatedOverAnOldBackup() {
    const samples::SessionFile file;
    file.open().reset();
    QFile old(QString::fromStdString(file.path("work.patchbay.schema1-backup")));
    QVERIFY(old.open(QIODevice::WriteOnly));
    old.write("left behind");
    old.close();
    const auto steps = twoSteps();
    QCOMPARE(errorOf(file.path(), Database::Access::Write, steps), std::string());
    const auto backup = SessionStore::open(file.path("work.patchbay.schema1-backup"), OpenMode::ReadOnly);
    QVERIFY(backup.hasValue());
  }
};

QTEST_APPLESS_MAIN(TestSchema)
#include "tst_schema.moc"
