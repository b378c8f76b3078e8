#include <QLabel>
#include <QPushButton>

#include "tests/support/picture_check.h"
#include "tests/ui/shell/window_fixture.h"
#include "ui/panels/run_view.h"
#include "ui/widgets/token_strip.h"

using namespace patchbay;
using namespace patchbay::ui;

namespace {

/// The window on the bundled model, in a folder of its own.
struct PictureFixture {
  QTemporaryDir folder;
  std::unique_ptr<Composition> composition;

  [[nodiscard]] bool start(ThemeChoice theme) {
    CommandLine line;
    line.model = QStringLiteral("default");
    line.session = folder.filePath(QStringLiteral("intro.patchbay"));
    line.settings = folder.filePath(QStringLiteral("settings.ini"));
    Settings(line.settings).setTheme(theme);
    composition = std::make_unique<Composition>(*qApp, line);
    composition->show();
    return QTest::qWaitForWindowExposed(&composition->window());
  }
  [[nodiscard]] const Workbench& bench() const { return composition->bench(); }
  void shoot(const char* name) {
    const QString difference = tests::pictureDifference(composition->window().grab().toImage(),
                                                        QStringLiteral("window-") + QLatin1String(name));
    QVERIFY2(difference.isEmpty(), qPrintable(difference));
  }
  [[nodiscard]] bool waitFor(RunId run) {
    return QTest::qWaitFor(
        [&] { return bench().runs->record(run) && bench().runs->record(run)->status == RunStatus::Done; }, 90'000);
  }
  RunId lens(const char* words) {
    bench().prompt->setText(QString::fromUtf8(words));
    bench().actions->trigger(QStringLiteral("analyse.lens"));
    return bench().selection->run();
  }
};

/// Words of labels and buttons that do not fit their widget.
QStringList cutWords(const QWidget& window) {
  QStringList cut;
  for (const QPushButton* button : window.findChildren<QPushButton*>()) {
    if (button->isVisible() && button->width() < button->sizeHint().width()) cut << button->text();
  }
  for (const QLabel* label : window.findChildren<QLabel*>()) {
    if (label->isVisible() && !label->wordWrap() && label->width() < label->sizeHint().width()) cut << label->text();
  }
  return cut;
}

}  // namespace

/// Walks the window on the bundled model as in the pictures of the design, and holds it against the stored ones.
class WindowPicturesTest : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() {
    if (!defaultModelPath()) QSKIP("the bundled model is not here");
  }
  void init() { tests::failOnQtWarnings(); }

  void light() { walk(ThemeChoice::Light, "light"); }
  void dark() { walk(ThemeChoice::Dark, "dark"); }

private:
  void walk(ThemeChoice theme, const char* name) {
    PictureFixture fixture;
    QVERIFY(fixture.start(theme));
    QCOMPARE(fixture.composition->window().size(), QSize(1280, 800));
    fixture.shoot(qPrintable(QStringLiteral("first-run-%1").arg(QLatin1String(name))));
    QTRY_VERIFY_WITH_TIMEOUT(fixture.bench().models->isReady() && fixture.bench().session->isOpen(), 60'000);
    const RunId lens = fixture.lens("The capital of France is");
    QVERIFY(fixture.waitFor(lens));
    QTRY_COMPARE(fixture.composition->window().views().tabCount(), 1);
    fixture.bench().selection->selectCell(lens, 3, 13);
    fixture.bench().selection->toggleReference();
    fixture.bench().selection->selectCell(lens, 4, 24);
    QTRY_VERIFY(fixture.bench().engine->jobs().empty());
    QCoreApplication::processEvents();
    fixture.shoot(qPrintable(QStringLiteral("explore-%1").arg(QLatin1String(name))));
    // What was just said gets its room in the next turn of the loop.
    QTRY_VERIFY2(cutWords(fixture.composition->window()).isEmpty(),
                 qPrintable(cutWords(fixture.composition->window()).join(QLatin1Char('|'))));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("analyse.patchscope-layers")));
    QVERIFY(fixture.waitFor(fixture.bench().selection->run()));
    QCoreApplication::processEvents();
    fixture.shoot(qPrintable(QStringLiteral("patchscope-%1").arg(QLatin1String(name))));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("intervene.steering")));
    QCoreApplication::processEvents();
    fixture.shoot(qPrintable(QStringLiteral("steering-%1").arg(QLatin1String(name))));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("analyse.chat")));
    QCoreApplication::processEvents();
    fixture.shoot(qPrintable(QStringLiteral("chat-%1").arg(QLatin1String(name))));
    QVERIFY(fixture.bench().actions->trigger(QStringLiteral("model.facts")));
    QCoreApplication::processEvents();
    fixture.shoot(qPrintable(QStringLiteral("model-%1").arg(QLatin1String(name))));
    fixture.bench().actions->trigger(QStringLiteral("view.palette"));
    QCoreApplication::processEvents();
    fixture.shoot(qPrintable(QStringLiteral("palette-%1").arg(QLatin1String(name))));
  }
};

QTEST_MAIN(WindowPicturesTest)
#include "tst_window_pictures.moc"
