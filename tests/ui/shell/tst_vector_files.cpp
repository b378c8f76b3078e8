#include <QFile>
#include <QtTest>

#include "core/base/log.h"
#include "tests/ui/shell/window_fixture.h"
#include "ui/state/vector_shelf.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowFixture;

/// Export and import of steering vectors through the menu.
class VectorFilesTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void init() { tests::failOnQtWarnings(); }

  void aVectorGoesOutAndComesBack() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    VectorShelf* shelf = fixture.bench().vectors;
    QVERIFY(!fixture.bench().actions->isEnabled(QStringLiteral("intervene.export-vector")));
    const auto vector = tests::aVector();
    const std::string hash = shelf->add(vector);
    fixture.dialogs.path = fixture.folder.filePath(QStringLiteral("mood.safetensors"));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("intervene.export-vector")));
    QTRY_VERIFY(QFile::exists(fixture.dialogs.path));
    shelf->remove(hash);
    QVERIFY(!shelf->find(hash));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("intervene.import-vector")));
    QTRY_COMPARE(shelf->vectors().size(), std::size_t{1});
    QVERIFY(shelf->vectors().front().vector->rows == vector->rows);
    QCOMPARE(shelf->vectors().front().name, QStringLiteral("mood"));
    QVERIFY(fixture.stop());
  }

  void aFileThatIsNoVectorIsTold() {
    WindowFixture fixture;
    QVERIFY(fixture.start());
    fixture.dialogs.path = fixture.modelFolder() + QStringLiteral("/model.safetensors");
    std::atomic<int> told{0};
    const int listener =
        addLogListener([&](const LogLine& line) { told += line.text.find("VEC-05") != std::string::npos ? 1 : 0; });
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("intervene.import-vector")));
    QTRY_COMPARE(told.load(), 1);
    removeLogListener(listener);
    QVERIFY(fixture.bench().vectors->vectors().empty());
    QVERIFY(fixture.stop());
  }
};

QTEST_MAIN(VectorFilesTest)
#include "tst_vector_files.moc"
