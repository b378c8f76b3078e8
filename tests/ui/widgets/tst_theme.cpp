#include <QtTest/QtTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QFocusFrame>
#include <QtWidgets/QLabel>
#include <QtWidgets/QVBoxLayout>

#include "ui/widgets/button.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/warning_strip.h"

using namespace patchbay::ui;

namespace {

struct Pair {
  const char* name;
  QColor ink, ground;
  double least;
};

/// Every pair of ink and ground that the program uses, with the least contrast of the look.
std::vector<Pair> pairsOf(const ThemeTokens& t) {
  std::vector<Pair> pairs;
  for (const auto& [name, ground] : {std::pair("window", t.window),
                                     {"panel", t.panel},
                                     {"raised", t.raised},
                                     {"sunken", t.sunken},
                                     {"hover", t.hover},
                                     {"selection", t.selection},
                                     {"accentSoft", t.accentSoft},
                                     {"warningGround", t.warningGround},
                                     {"errorGround", t.errorGround}})
    pairs.push_back({name, t.text, ground, 8.9});
  for (const auto& [name, ground] : {std::pair("muted on window", t.window),
                                     {"muted on panel", t.panel},
                                     {"muted on raised", t.raised},
                                     {"muted on sunken", t.sunken},
                                     {"muted on selection", t.selection},
                                     {"muted on hair", t.hair}})
    pairs.push_back({name, t.muted, ground, 4.5});
  for (const auto& [name, ground] :
       {std::pair("accent on panel", t.panel), {"accent on raised", t.raised}, {"accent on soft", t.accentSoft}})
    pairs.push_back({name, t.accent, ground, 4.5});
  pairs.push_back({"on accent", t.onAccent, t.accent, 4.5});
  pairs.push_back({"on accent, hover", t.onAccent, t.accentHover, 4.5});
  pairs.push_back({"on accent, pressed", t.onAccent, t.accentPressed, 4.5});
  pairs.push_back({"reference", t.reference, t.raised, 4.5});
  pairs.push_back({"success", t.success, t.raised, 4.5});
  pairs.push_back({"warning", t.warning, t.warningGround, 4.5});
  pairs.push_back({"error", t.error, t.errorGround, 4.5});
  pairs.push_back({"error on raised", t.error, t.raised, 4.5});
  pairs.push_back({"data", t.data, t.raised, 4.5});
  pairs.push_back({"series 2", t.series2, t.raised, 4.5});
  pairs.push_back({"series 3", t.series3, t.raised, 4.5});
  pairs.push_back({"series 4", t.series4, t.raised, 4.5});
  return pairs;
}

}  // namespace

class TestTheme : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void everyPairHasItsContrast() {
    for (const ThemeKind kind : {ThemeKind::Light, ThemeKind::Dark})
      for (const Pair& pair : pairsOf(tokensOf(kind))) {
        const double got = contrast(pair.ink, pair.ground);
        QVERIFY2(got >= pair.least,
                 qPrintable(QStringLiteral("%1 theme, %2: %3 < %4")
                                .arg(kind == ThemeKind::Dark ? QStringLiteral("dark") : QStringLiteral("light"),
                                     QLatin1String(pair.name))
                                .arg(got)
                                .arg(pair.least)));
      }
  }

  void contrastKnowsItsEnds() {
    QVERIFY(std::abs(contrast(Qt::black, Qt::white) - 21) < 1e-6);
    QVERIFY(std::abs(contrast(Qt::red, Qt::red) - 1) < 1e-9);
  }

  void themeCanChangeWhileTheWindowIsOpen() {
    applyTheme(*qApp, ThemeKind::Light);
    QWidget window;
    auto* button = new Button(QStringLiteral("Copy"), QStringLiteral("copy"), Button::Kind::Plain, &window);
    auto* column = new QVBoxLayout(&window);
    column->addWidget(button);
    window.show();
    const QImage light = window.grab().toImage();
    applyTheme(*qApp, ThemeKind::Dark);
    QCOMPARE(theme().kind, ThemeKind::Dark);
    QCOMPARE(window.palette().color(QPalette::Window), tokensOf(ThemeKind::Dark).window);
    const QImage dark = window.grab().toImage();
    QVERIFY(light != dark);
    QCOMPARE(dark.pixelColor(1, 1), tokensOf(ThemeKind::Dark).window);
    applyTheme(*qApp, ThemeKind::Light);
    QCOMPARE(window.grab().toImage(), light);
  }

  void ringSurroundsTheButton() {
    applyTheme(*qApp, ThemeKind::Light);
    QWidget window;
    auto* column = new QVBoxLayout(&window);
    auto* button = new Button(QStringLiteral("Copy"), {}, Button::Kind::Plain, &window);
    column->addWidget(button);
    window.show();
    window.activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(&window));
    button->setFocus();
    QTRY_VERIFY(window.findChild<QFocusFrame*>() && window.findChild<QFocusFrame*>()->isVisible());
    const QRect ring = window.findChild<QFocusFrame*>()->geometry();
    QCOMPARE(ring, button->geometry().adjusted(-3, -3, 3, 3));
    const QImage shot = window.grab().toImage();
    QCOMPARE(shot.pixelColor(ring.center().x(), ring.top()), theme().accent);
  }

  void bundledFacesAreThere() {
    applyTheme(*qApp, ThemeKind::Light);
    QCOMPARE(QFontInfo(uiFont(13)).family(), QStringLiteral("Inter"));
    QCOMPARE(QFontInfo(dataFont(12)).family(), QStringLiteral("Noto Sans Mono"));
    const QFontMetricsF metrics(dataFont(11));
    QVERIFY(std::abs(metrics.horizontalAdvance(QLatin1Char('i')) - metrics.horizontalAdvance(QLatin1Char('W'))) < .01);
  }

  void iconsFollowTheirColour() {
    QVERIFY(icon(QStringLiteral("no such icon")).isNull());
    const QIcon run = icon(QStringLiteral("run"), IconRole::Accent);
    QVERIFY(!run.isNull());
    const QImage image = iconPixmap(QStringLiteral("stop"), 16, theme().error, 2).toImage();
    QCOMPARE(image.width(), 32);
    QCOMPARE(image.pixelColor(16, 9).rgb(), theme().error.rgb());
  }

  void labelsWithInkOfTheirOwnFollowALiveChange() {
    QWidget window;
    auto* layout = new QVBoxLayout(&window);
    layout->addWidget(
        new EmptyPanel({QStringLiteral("lens"), QStringLiteral("Nothing"), QStringLiteral("Click a cell."), {}, {}}));
    layout->addWidget(new WarningStrip(QStringLiteral("Read-only"), QStringLiteral("Open")));
    window.show();
    for (const ThemeKind kind : {ThemeKind::Dark, ThemeKind::Light, ThemeKind::Dark, ThemeKind::Light}) {
      applyTheme(*qApp, kind);
      QCoreApplication::processEvents();
      int seen = 0;
      for (const QLabel* label : window.findChildren<QLabel*>()) {
        if (label->text().isEmpty()) continue;
        const QColor ink = label->palette().color(QPalette::WindowText);
        QVERIFY2(ink == theme().text || ink == theme().muted, qPrintable(label->text() + ink.name()));
        ++seen;
      }
      QCOMPARE(seen, 3);
    }
  }

  void scaleAndDensityAreHonoured() {
    Appearance wanted = appearance();
    const double before = uiFont(13).pointSizeF();
    wanted.fontScale = 1.5;
    wanted.isRoomy = true;
    applyTheme(*qApp, wanted);
    QVERIFY(std::abs(uiFont(13).pointSizeF() - 1.5 * before) < .01);
    QCOMPARE(rowHeight(24), 28);
    applyTheme(*qApp, Appearance());
    QCOMPARE(rowHeight(24), 24);
  }
};

QTEST_MAIN(TestTheme)
#include "tst_theme.moc"
