#include <QtTest>

#include <random>

#include "tests/core/data/samples.h"
#include "tests/core/store/session_file.h"

using namespace patchbay;

namespace {

QByteArray bytesOf(const std::string& path) {
  QFile file(QString::fromStdString(path));
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void write(const std::string& path, const QByteArray& bytes) {
  QFile file(QString::fromStdString(path));
  if (!file.open(QIODevice::WriteOnly) || file.write(bytes) != bytes.size()) qFatal("cannot write");
}

/// The bytes of a session with two runs, one result of a lens and one vector.
const QByteArray& filledBytes() {
  static const QByteArray bytes = [] {
    const samples::SessionFile file;
    {
      const auto store = file.open();
      const ResultDocument document = samples::lens(1, 30, 40).toDocument();
      const bool isFilled = store->addRun(samples::run(), &document) && store->addRun(samples::run(), nullptr) &&
                            store->addVector(samples::vector(1)) && store->putState("layout", Json{{"a", 1}});
      if (!isFilled) qFatal("cannot fill");
    }
    return bytesOf(file.path());
  }();
  return bytes;
}

void fill(const samples::SessionFile& file) { write(file.path(), filledBytes()); }

}  // namespace

class TestSessionHostile : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void otherFilesAreRefused_data() {
    QTest::addColumn<QByteArray>("bytes");
    QTest::newRow("text") << QByteArray(5000, 'x');
    QTest::newRow("short text") << QByteArray("hello");
    QTest::newRow("zeros") << QByteArray(8192, '\0');
    QTest::newRow("header only") << QByteArray("SQLite format 3\0", 16);
    QTest::newRow("gguf") << QByteArray("GGUF\3\0\0\0", 8) + QByteArray(2000, '\1');
  }

  void otherFilesAreRefused() {
    QFETCH(QByteArray, bytes);
    const samples::SessionFile file;
    write(file.path(), bytes);
    for (const OpenMode mode : {OpenMode::ReadOnly, OpenMode::ReadWrite}) {
      const auto opened = SessionStore::open(file.path(), mode);
      QVERIFY(opened.isError());
      QCOMPARE(opened.error().code, std::string("STORE-02"));
      QVERIFY(!opened.error().advice.empty());
    }
    QCOMPARE(bytesOf(file.path()), bytes);
    QCOMPARE(file.names(), QStringList{"work.patchbay"});
  }

  void whatIsNotAFileIsRefused() {
    const samples::SessionFile file;
    QCOMPARE(file.errorOfOpening(OpenMode::ReadOnly), std::string("STORE-01"));
    QCOMPARE(SessionStore::open(file.folder(), OpenMode::ReadWrite).error().code, std::string("STORE-01"));
    QCOMPARE(SessionStore::open("", OpenMode::ReadWrite).error().code, std::string("STORE-01"));
    QCOMPARE(SessionStore::open(file.folder() + "/none/a.patchbay", OpenMode::ReadWrite).error().code,
             std::string("STORE-09"));
    write(file.path(), {});
    QCOMPARE(file.errorOfOpening(OpenMode::ReadOnly), std::string("STORE-02"));
    QCOMPARE(file.errorOfOpening(OpenMode::ReadWrite), std::string());
  }

  void anotherProgramsDatabaseIsRefused() {
    const samples::SessionFile file;
    QVERIFY(file.tamper("CREATE TABLE notes (a); PRAGMA user_version=1;"));
    QCOMPARE(file.errorOfOpening(), std::string("STORE-02"));
  }

  void foreignCataloguesAreRefused_data() {
    QTest::addColumn<QString>("sql");
    QTest::newRow("trigger") << "CREATE TRIGGER t AFTER UPDATE ON run BEGIN DELETE FROM run; END";
    QTest::newRow("view") << "CREATE VIEW v AS SELECT * FROM run";
    QTest::newRow("view in place of a table")
        << "DROP TABLE state; CREATE VIEW state AS SELECT 'a' AS key, 'b' AS value";
    QTest::newRow("virtual table") << "CREATE VIRTUAL TABLE f USING fts5(a)";
    QTest::newRow("table") << "CREATE TABLE extra (a)";
    QTest::newRow("index with a function") << "CREATE INDEX extra ON run (lower(title))";
    QTest::newRow("generated column") << "ALTER TABLE run ADD COLUMN g TEXT AS (hex(title))";
    QTest::newRow("check")
        << "DROP TABLE state; CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT CHECK (length(value) > 0))";
    QTest::newRow("missing table") << "DROP TABLE state";
    QTest::newRow("missing index") << "DROP INDEX run_by_body";
    QTest::newRow("version 0") << "PRAGMA user_version=0";
    QTest::newRow("negative version") << "PRAGMA user_version=-3";
  }

  void foreignCataloguesAreRefused() {
    QFETCH(QString, sql);
    const samples::SessionFile file;
    fill(file);
    QVERIFY(file.tamper(sql.toStdString()));
    const QByteArray before = bytesOf(file.path());
    QCOMPARE(file.errorOfOpening(OpenMode::ReadWrite), std::string("STORE-04"));
    QVERIFY(bytesOf(file.path()) == before);
    QVERIFY(file.errorOfOpening(OpenMode::ReadOnly) == "STORE-04" || sql.contains("user_version"));
  }

  void aNewerSessionIsRefusedPolitely() {
    const samples::SessionFile file;
    fill(file);
    QVERIFY(file.tamper("PRAGMA user_version=7; CREATE TABLE later (a)"));
    const auto opened = SessionStore::open(file.path(), OpenMode::ReadWrite);
    QCOMPARE(opened.error().code, std::string("STORE-03"));
    QCOMPARE(opened.error().found, std::string("schema 7"));
    QCOMPARE(opened.error().expected, std::string("schema 1"));
    QVERIFY(opened.error().what.find("newer version") != std::string::npos);
  }

  void damagedResultsAreFound_data() {
    QTest::addColumn<QString>("sql");
    QTest::newRow("other bytes") << "UPDATE chunk SET data = zeroblob(length(data))";
    QTest::newRow("no bytes") << "UPDATE chunk SET data = x''";
    QTest::newRow("huge bytes") << "UPDATE chunk SET data = zeroblob(5000000) WHERE place = 0";
    QTest::newRow("missing chunk") << "DELETE FROM chunk";
    QTest::newRow("chunk elsewhere") << "UPDATE chunk SET place = place + 3";
    QTest::newRow("swapped content")
        << "UPDATE chunk SET data = (SELECT data FROM chunk AS c WHERE c.rowid <> chunk.rowid LIMIT 1)";
    QTest::newRow("huge size") << "UPDATE content SET size_bytes = 9000000000000000000";
    QTest::newRow("large size") << "UPDATE content SET size_bytes = 2000000000";
    QTest::newRow("negative size") << "UPDATE content SET size_bytes = -1";
    QTest::newRow("odd size") << "UPDATE content SET size_bytes = size_bytes - 1";
    QTest::newRow("other hash") << "PRAGMA foreign_keys=OFF; UPDATE run SET result_body = 'abc' WHERE id = 1";
    QTest::newRow("array as body")
        << "UPDATE run SET result_body = (SELECT content FROM run_array WHERE name = 'norm') WHERE id = 1";
    QTest::newRow("huge shape")
        << "UPDATE run_array SET shape = '[4611686018427387904, 4611686018427387904]', axes = '[\"a\",\"b\"]'";
    QTest::newRow("negative shape") << "UPDATE run_array SET shape = '[-30, -40]' WHERE name = 'norm'";
    QTest::newRow("shape as text") << "UPDATE run_array SET shape = '\"30\"'";
    QTest::newRow("shape not json") << "UPDATE run_array SET shape = '[30'";
    QTest::newRow("many axes")
        << "UPDATE run_array SET shape = '[1,1,1,1,1,1,1,1,1,1,1200]', axes = '[\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\",\"a\"]' WHERE name = 'norm'";
    QTest::newRow("axes missing") << "UPDATE run_array SET axes = '[]'";
  }

  void damagedResultsAreFound() {
    QFETCH(QString, sql);
    const samples::SessionFile file;
    fill(file);
    QVERIFY(file.tamper(sql.toStdString()));
    const auto store = file.open(OpenMode::ReadOnly);
    const auto result = store->result(1);
    QVERIFY(result.isError());
    QCOMPARE(result.error().code, std::string("STORE-04"));
    QCOMPARE(store->runs()->size(), std::size_t{2});
    const auto check = store->verify();
    QVERIFY(check.hasValue() && !check->isSound());
    for (const Error& problem : check->problems) QCOMPARE(problem.code, std::string("STORE-04"));
  }

  void wrongShapesForTheKindAreFound() {
    const samples::SessionFile file;
    fill(file);
    QVERIFY(file.tamper("UPDATE run_array SET shape = '[40,30]' WHERE name = 'norm'"));
    const auto store = file.open();
    QVERIFY(LensResult::fromDocument(*store->result(1)).isError());
    QVERIFY(!store->verify()->isSound());
  }

  void damagedPartsDoNotHideTheOthers() {
    const samples::SessionFile file;
    fill(file);
    QVERIFY(file.open()->putState("good", 5).hasValue());
    const std::string deep = std::string(1000, '[') + std::string(1000, ']');
    QVERIFY(file.tamper("UPDATE run SET request = '{\"a\":' WHERE id = 1; UPDATE state SET value = '" + deep +
                        "' WHERE key = 'layout'; UPDATE vector SET facts = '{}'"));
    const auto store = file.open();
    const auto contents = store->contents();
    QCOMPARE(contents->runs.size(), std::size_t{2});
    QVERIFY(contents->runs[0].status == RunStatus::Failed);
    QCOMPARE(contents->runs[0].error->code, std::string("STORE-04"));
    QVERIFY(contents->runs[1] == [&] {
      auto run = samples::run();
      run.id = 2;
      return run;
    }());
    QVERIFY(contents->vectors.empty());
    QCOMPARE(contents->problems.size(), std::size_t{2});
    QVERIFY(contents->state.contains("good") && !contents->state.contains("layout"));
    QVERIFY(store->vectors().isError());
    QVERIFY(store->verify()->problems.size() >= 2);
    // Marking a damaged run keeps what is left of it.
    QVERIFY(store->updateRun(contents->runs[0]).hasValue());
  }

  void damagedRunsAreFound_data() {
    QTest::addColumn<QString>("sql");
    QTest::newRow("status") << "UPDATE run SET status = 'sleeping' WHERE id = 1";
    QTest::newRow("request deep") << "UPDATE run SET request = replace(hex(zeroblob(5000)), '00', '[') WHERE id = 1";
    QTest::newRow("request of another kind") << "UPDATE run SET request = '[1]' WHERE id = 1";
    QTest::newRow("warnings") << "UPDATE run SET warnings = '{}' WHERE id = 1";
    QTest::newRow("warnings as numbers") << "UPDATE run SET warnings = '[1]' WHERE id = 1";
    QTest::newRow("error") << "UPDATE run SET error = '{\"code\": 3}' WHERE id = 1";
    QTest::newRow("error as list") << "UPDATE run SET error = '[]' WHERE id = 1";
    QTest::newRow("parent") << "PRAGMA foreign_keys=OFF; UPDATE run SET parent = 77 WHERE id = 1";
    QTest::newRow("vector hash") << "UPDATE vector SET hash = 'abc'";
    QTest::newRow("vector site") << "UPDATE vector SET facts = replace(facts, 'resid_post', 'attic')";
    QTest::newRow("vector rows") << "UPDATE vector_array SET shape = '[8,3]' WHERE name = 'rows'";
  }

  void damagedRunsAreFound() {
    QFETCH(QString, sql);
    const samples::SessionFile file;
    fill(file);
    QVERIFY(file.tamper(sql.toStdString()));
    const auto store = file.open(OpenMode::ReadOnly);
    QVERIFY(store->contents().hasValue());
    const auto check = store->verify();
    QVERIFY(check.hasValue() && !check->isSound());
  }

  void truncatedFilesNeverCrash() {
    const samples::SessionFile file;
    fill(file);
    const QByteArray whole = bytesOf(file.path());
    for (int length = 0; length < whole.size(); length += 3001) {
      write(file.path(), whole.left(length));
      const auto opened = SessionStore::open(file.path(), OpenMode::ReadOnly);
      if (!opened) continue;
      const auto check = (*opened)->verify();
      QVERIFY2(check.isError() || !check->isSound(), qPrintable(QString::number(length)));
    }
  }

  void changedBytesNeverCrash() {
    const samples::SessionFile file;
    fill(file);
    const QByteArray whole = bytesOf(file.path());
    std::mt19937 random(11);
    for (int round = 0; round < 150; ++round) {
      QByteArray bytes = whole;
      for (int i = 0; i < 20; ++i)
        bytes[static_cast<int>(random() % static_cast<unsigned>(bytes.size()))] = static_cast<char>(random());
      write(file.path(), bytes);
      const auto opened = SessionStore::open(file.path(), OpenMode::ReadOnly);
      if (!opened) continue;
      static_cast<void>((*opened)->contents());
      static_cast<void>((*opened)->result(1));
      static_cast<void>((*opened)->verify());
    }
  }
};

QTEST_APPLESS_MAIN(TestSessionHostile)
#include "tst_session_hostile.moc"
