#include <QAbstractItemModelTester>
#include <QLineEdit>
#include <QSpinBox>
#include <QTableView>

#include "tests/ui/panels/panel_bench.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/inspector_panel.h"
#include "ui/panels/patchscope_view.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/probability_bars.h"

using namespace patchbay;
using namespace patchbay::tests;
using namespace patchbay::ui;

/// The Patchscope view in each of its forms: a cell, a column, a grid, and the form above them.
class TestPatchscopeView : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void patchscopeOfOneCell() {
    PanelBench desk;
    PatchscopeView view(desk.bench);
    const RunId id = desk.record(patchscopeRequest({24}), patchscopeResult({24}), "Patchscope");
    view.showRun(id);
    show(view, 980);
    QCOMPARE(part<GenerationText>(view, "patchscopeText")->generatedText(), QStringLiteral(" Paris, the city"));
    QCOMPARE(part<ProbabilityBars>(view, "patchscopeUnpatched")->tokens().front().token.text, std::string(" ->"));
    QCOMPARE(part<ProbabilityBars>(view, "patchscopeLens")->tokens().front().token.text, std::string(" Paris"));
    QCOMPARE(part<QLineEdit>(view, "patchscopeSourceLayers")->text(), QStringLiteral("24"));
    QVERIFY(part<QLineEdit>(view, "patchscopeTarget")->text().contains(QChar(0x21B5)));
    InspectorPanel panel(desk.bench);
    desk.selection.selectCell(id, 4, 24);
    QVERIFY(panel.copyText().contains(QStringLiteral("L24 into target L24")));
    QVERIFY(!view.exportImage(1).isNull());
    shot(view, QStringLiteral("patchscope-cell"));
  }

  void patchscopeOfAllLayers() {
    PanelBench desk;
    std::vector<int> layers;
    for (int layer = 0; layer < 30; ++layer) layers.push_back(layer);
    PatchscopeView view(desk.bench);
    const RunId id = desk.record(patchscopeRequest({}), patchscopeResult(layers), "Patchscope");
    view.showRun(id);
    show(view, 980);
    auto* table = part<QTableView>(view, "patchscopeTable");
    const QAbstractItemModelTester tester(table->model(), QAbstractItemModelTester::FailureReportingMode::QtTest);
    QCOMPARE(table->model()->rowCount(), 30);
    QCOMPARE(table->model()->index(0, 0).data().toString(), QStringLiteral("29"));
    QCOMPARE(table->model()->index(0, 3).data().toString(), QStringLiteral("␣Paris"));
    QCOMPARE(part<LinePlot>(view, "patchscopeCurve")->data()->series.size(), std::size_t(2));
    table->setCurrentIndex(table->model()->index(5, 0));
    QCOMPARE(desk.selection.state().address(), QStringLiteral("t4.L24.resid_post"));
    QCOMPARE(part<LinePlot>(view, "patchscopeCurve")->cursor(), std::optional<int>(24));
    desk.selection.selectCell(id, 4, 3);
    QCOMPARE(table->currentIndex().row(), 26);
    QTest::mouseMove(table->viewport(), table->visualRect(table->model()->index(5, 2)).center());
    QCOMPARE(part<HoverCard>(view, "hoverCard")->content().address, QStringLiteral("t4.L24 into L24"));
    QCOMPARE(part<HoverCard>(view, "hoverCard")->content().text, QStringLiteral(" Paris, the city"));
    QVERIFY(!view.exportImage(1).isNull());
    shot(view, QStringLiteral("patchscope-layers"));
  }

  void patchscopeGridOfLayers() {
    PanelBench desk;
    PatchscopeView view(desk.bench);
    const RunId id =
        desk.record(patchscopeRequest({0, 12, 24}, {1, 2}), patchscopeResult({0, 12, 24}, {1, 2}), "Patchscope");
    view.showRun(id);
    show(view, 980);
    auto* grid = part<HeatMap>(view, "patchscopeGrid");
    QCOMPARE(grid->data()->rows(), 2);
    QCOMPARE(grid->data()->columns(), 3);
    QCOMPARE(grid->data()->word({1, 2}), QStringLiteral("␣Paris"));
    grid->setFocus();
    QTest::keyClick(grid, Qt::Key_Home);
    QCOMPARE(desk.selection.state().layer(), 0);
    QCOMPARE(view.csv().count(QStringLiteral("\r\n")), 7);
    auto* card = part<HoverCard>(view, "hoverCard");
    QTest::mouseMove(grid, grid->cellRect({1, 2}).center());
    QCOMPARE(card->content().address, QStringLiteral("t4.L24 into L2"));
    QCOMPARE(card->content().text, QStringLiteral(" Paris, the city"));
    QTRY_VERIFY(card->isVisible());
    QVERIFY(card->width() > 206);
    shot(view, QStringLiteral("patchscope-hover"));
    shot(view, QStringLiteral("patchscope-grid"));
  }

  void composerMarksLayersItDoesNotUnderstand() {
    PanelBench desk;
    PatchscopeView view(desk.bench);
    show(view, 980);
    QVERIFY(!view.canStart());  // no model
    auto* preset = part<ChoiceBox>(view, "patchscopePreset");
    preset->setCurrentIndex(2);
    Q_EMIT preset->activated(2);
    QVERIFY(part<QLineEdit>(view, "patchscopeTarget")->text().startsWith(QStringLiteral("Syria")));
    QCOMPARE(part<QSpinBox>(view, "patchscopeLength")->value(), 50);
    QTest::keyClicks(part<QLineEdit>(view, "patchscopeTarget"), QStringLiteral("!"));
    QCOMPARE(preset->currentText(), QStringLiteral("edited"));
  }
};

QTEST_MAIN(TestPatchscopeView)
#include "tst_patchscope_view.moc"
