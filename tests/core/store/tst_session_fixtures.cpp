#include <QtTest>

#include <map>

#include "core/data/results.h"
#include "core/store/session_store.h"

using namespace patchbay;

/// Session files that earlier programs wrote open as they were.
class TestSessionFixtures : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { QVERIFY(m_folder.isValid()); }

  void schema1OpensAsItWas() {
    const std::string path = copyOf("schema_1.patchbay");
    auto store = SessionStore::open(path, OpenMode::ReadWrite);
    QVERIFY2(store, store.isError() ? store.error().message().c_str() : "");
    QVERIFY(!(*store)->isReadOnly());
    const auto contents = (*store)->contents();
    QVERIFY(contents);
    QVERIFY(contents->problems.empty());
    std::map<std::string, int> kinds;
    for (const RunRecord& run : contents->runs) {
      ++kinds[run.kind];
      QCOMPARE(run.status, RunStatus::Done);
      QVERIFY(!run.library.empty() && !run.products.empty() && !run.model.fingerprint.empty());
    }
    const std::map<std::string, int> expected = {{"activation-patch", 1}, {"generate", 1},   {"logit-lens", 3},
                                                 {"make-vector", 1},      {"patchscope", 2}, {"steer", 2}};
    QVERIFY(kinds == expected);
    QCOMPARE(contents->vectors.size(), std::size_t{1});
    QCOMPARE(contents->vectors.front().vector.name, std::string("joy"));
    for (const char* key : {"layout", "prompt", "selection", "tabs", "undo"}) QVERIFY(contents->state.contains(key));
  }

  void schema1HasItsNumbers() {
    auto store = SessionStore::open(copyOf("schema_1.patchbay"), OpenMode::ReadOnly);
    const auto document = (*store)->result(1);
    QVERIFY(document);
    const auto lens = LensResult::fromDocument(*document);
    QVERIFY(lens);
    QCOMPARE(lens->layers, 30);
    QCOMPARE(lens->ranked(29, 4, 0).token.text, std::string(" Paris"));
    QVERIFY(std::abs(lens->ranked(29, 4, 0).p - 0.77F) < 0.01F);
    const auto check = (*store)->verify();
    QVERIFY2(check && check->isSound(), check && !check->problems.empty() ? check->problems[0].message().c_str() : "");
    QCOMPARE(check->runs, 10);
  }

private:
  /// A copy in a folder of its own: opening a session for writing writes.
  std::string copyOf(const char* name) {
    const QString to = m_folder.filePath(QString::fromLatin1(QTest::currentTestFunction()) + QLatin1String(name));
    if (!QFile::copy(QStringLiteral(PATCHBAY_SOURCE_DIR "/tests/data/sessions/") + QLatin1String(name), to))
      qFatal("the session file is not there");
    QFile::setPermissions(to, QFile::ReadOwner | QFile::WriteOwner);
    return to.toStdString();
  }

  QTemporaryDir m_folder;
};

QTEST_APPLESS_MAIN(TestSessionFixtures)
#include "tst_session_fixtures.moc"
