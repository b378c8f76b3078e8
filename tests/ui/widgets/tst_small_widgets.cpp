#include <QtGui/QClipboard>
#include <QtTest/QtTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QPushButton>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

#include "ui/widgets/badge.h"
#include "ui/widgets/busy_arc.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/next_tokens.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/progress_bar.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/spark_row.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/verb_button.h"
#include "ui/widgets/warning_strip.h"

using namespace patchbay;
using namespace patchbay::ui;

class TestSmallWidgets : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void errorPanelSaysWhatWhyAndWhatToDo() {
    const Error error{"MEM-02",         "not enough memory for this model", "model.gguf", "", "3.1 GB", "5.9 GB",
                      "load it as bf16"};
    ErrorPanel panel(error, {QStringLiteral("Load as bf16"), QStringLiteral("Cancel")});
    panel.show();
    QCOMPARE(panel.accessibleName(), QStringLiteral("Not enough memory for this model"));
    QVERIFY(panel.accessibleDescription().contains(QStringLiteral("3.1 GB")));
    QVERIFY(panel.accessibleDescription().contains(QStringLiteral("Load it as bf16")));
    QSignalSpy chosen(&panel, &ErrorPanel::remedyChosen);
    panel.findChild<QPushButton*>(QStringLiteral("remedy1"))->click();
    QCOMPARE(chosen.takeFirst()[0].toInt(), 1);
    QCOMPARE(panel.findChild<QPushButton*>(QStringLiteral("remedy0"))->property("kind").toString(),
             QStringLiteral("primary"));
    panel.findChild<QToolButton*>(QStringLiteral("copyButton"))->click();
    QVERIFY(QGuiApplication::clipboard()->text().contains(QStringLiteral("MEM-02")));
  }

  void emptyPanelOffersOneThing() {
    EmptyPanel panel({QStringLiteral("vector"),
                      QStringLiteral("No vectors yet"),
                      QStringLiteral("Make one."),
                      QStringLiteral("Make a vector"),
                      {}});
    QSignalSpy taken(&panel, &EmptyPanel::offerTaken);
    panel.findChild<QPushButton*>(QStringLiteral("offerButton"))->click();
    QCOMPARE(taken.size(), 1);
    panel.setText(
        {QStringLiteral("select"), QStringLiteral("Nothing selected"), QStringLiteral("Click a cell."), {}, {}});
    QVERIFY(panel.findChild<QPushButton*>(QStringLiteral("offerButton"))->isHidden());
  }

  void warningStripClosesAndComesBack() {
    WarningStrip strip;
    QVERIFY(strip.isHidden());
    strip.setWarning(QStringLiteral("Output became repetitive."), QStringLiteral("Go to 6"));
    QVERIFY(!strip.isHidden());
    QSignalSpy closed(&strip, &WarningStrip::closed);
    strip.findChild<QToolButton*>(QStringLiteral("warningClose"))->click();
    QCOMPARE(closed.size(), 1);
    QVERIFY(strip.isHidden());
  }

  void aLongWarningWraps() {
    QWidget window;
    auto* column = new QVBoxLayout(&window);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    auto* strip = new WarningStrip(&window);
    auto* rest = new QWidget(&window);
    column->addWidget(strip);
    column->addWidget(rest, 1);
    strip->setWarning(QStringLiteral("Short."));
    window.resize(500, 300);
    window.show();
    const int low = strip->height();
    QVERIFY(low <= 40);
    strip->setWarning(QStringLiteral(
        "Nothing was patched: #5 is a run of SmolLM2-135M-Instruct, #7 one of Other-1B, and a state means nothing to another model. "
        "Run the source prompt with Other-1B, then carry its cell."));
    QTRY_VERIFY(strip->height() > low + 10);
    QCOMPARE(strip->width(), 500);
    QCOMPARE(strip->height() + rest->height(), 300);
  }

  void segmentsAnswerMouseAndKeys() {
    SegmentedControl control({QStringLiteral("Raw"), QStringLiteral("Tuned"), QStringLiteral("Jacobian")});
    control.resize(control.sizeHint());
    control.show();
    QSignalSpy chosen(&control, &SegmentedControl::chosen);
    QTest::mouseClick(&control, Qt::LeftButton, {}, QPoint(control.width() - 8, 12));
    QCOMPARE(chosen.takeFirst()[0].toInt(), 2);
    control.setChoiceEnabled(1, false, QStringLiteral("No tuned lens for this model."));
    QTest::keyClick(&control, Qt::Key_Left);
    QCOMPARE(control.current(), 0);
    control.setCurrent(2);
    QCOMPARE(chosen.size(), 1);
  }

  void barsAndNextTokensPickTokens() {
    const std::vector<RankedToken> tokens = {{{7, " Paris", {}, false}, 3, .8F}, {{8, " the", {}, false}, 1, .1F}};
    ProbabilityBars bars;
    bars.setTokens(tokens);
    bars.resize(bars.sizeHint());
    QSignalSpy picked(&bars, &ProbabilityBars::tokenClicked);
    QTest::mouseClick(&bars, Qt::LeftButton, {}, QPoint(20, 30));
    QCOMPARE(picked.takeFirst()[0].value<RankedToken>().token.id, 8);
    QTest::mouseClick(&bars, Qt::LeftButton, {}, QPoint(20, bars.height() - 2));
    QCOMPARE(picked.size(), 0);
    NextTokens next;
    next.setTokens(tokens);
    next.resize(next.sizeHint());
    QSignalSpy clicked(&next, &NextTokens::tokenClicked);
    QTest::mouseClick(&next, Qt::LeftButton, {}, QPoint(40, 13));
    QCOMPARE(clicked.takeFirst()[0].value<RankedToken>().token.id, 7);
    QVERIFY(next.accessibleDescription().contains(QStringLiteral("␣Paris .80")));
  }

  void sparkRowFindsItsLayer() {
    SparkRow row(QStringLiteral("entropy"));
    row.setCourse(std::vector<float>(30, 1.F), 4, QStringLiteral("3.1 bit"));
    row.resize(276, 24);
    QSignalSpy clicked(&row, &SparkRow::layerClicked);
    QTest::mouseClick(&row, Qt::LeftButton, {}, QPoint(qRound(row.sparkArea().right()), 12));
    QCOMPARE(clicked.takeFirst()[0].toInt(), 29);
    row.setCourse({NAN, NAN}, 0, {});
    QVERIFY(!row.grab().isNull());
  }

  void progressKeepsItsState() {
    ui::ProgressBar bar;
    bar.setProgress(7);
    QCOMPARE(bar.share(), 1.0);
    bar.setProgress(.4, ui::ProgressBar::State::Cancelled);
    QCOMPARE(bar.accessibleDescription(), QStringLiteral("40 %"));
    bar.setProgress(NAN);
    QCOMPARE(bar.share(), 0.0);
  }

  void markedTextIsPlainOutside() {
    const QString text = QStringLiteral("rank of ") + asData(QStringLiteral("␣Paris"));
    QCOMPARE(withoutMarks(text), QStringLiteral("rank of ␣Paris"));
    MarkedLabel label(text, 12, MarkedLabel::Ink::Muted);
    QCOMPARE(label.accessibleName(), QStringLiteral("rank of ␣Paris"));
    QVERIFY(label.sizeHint().width() > 60);
  }

  void everyPaintedWidgetHasAName() {
    Badge badge;
    badge.setOrigin(Origin::Approximate, QStringLiteral("240 of 900 cells"));
    QVERIFY(badge.accessibleName().startsWith(QStringLiteral("approximate · 240")));
    QCOMPARE(Tag(TagKind::NoControl).accessibleName(), QStringLiteral("no control"));
    QCOMPARE(Tag(TagKind::Failed).sizeHint().height(), 16);
    VerbButton verb(QStringLiteral("Ask in words"), QStringLiteral("ask"), QStringLiteral("A"));
    QCOMPARE(verb.accessibleName(), QStringLiteral("Ask in words"));
    BusyArc arc;
    QVERIFY(!arc.accessibleName().isEmpty());
  }
};

QTEST_MAIN(TestSmallWidgets)
#include "tst_small_widgets.moc"
