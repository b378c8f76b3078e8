#include <QLabel>
#include <QLineEdit>
#include <QTableView>

#include "tests/ui/panels/panel_bench.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/meta_form.h"
#include "ui/panels/meta_view.h"
#include "ui/plots/heat_map.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/token_text.h"

using namespace patchbay;
using namespace patchbay::tests;
using namespace patchbay::ui;

namespace {

constexpr int kItems = 40;

/// Whether an answer is right, in each cell of {language, language + topic} by {language, deception}:
/// told from the states; nothing at all; told from any, by any question; nothing again.
bool isRight(std::size_t mix, MetaArm arm, int test, int item) {
  const bool isHalf = item / 2 % 2 == 0;  // of those whose answer is yes, and of the others
  if (test == 1) return isHalf;
  return mix == 1 || arm == MetaArm::Own || isHalf;
}

MetaModelResult result() {
  MetaModelResult made;
  made.mixes = {{"language"}, {"language", "topic"}};
  made.tests = {"language", "deception"};
  made.layers = {6, 12, 18};
  for (int test = 0; test < 2; ++test)
    for (int item = 0; item < kItems; ++item)
      made.asked.push_back({.test = test, .question = "Is it French?", .isYes = item % 2 == 0});
  std::vector<float> yes, neither, probes;
  for (std::size_t mix = 0; mix < 2; ++mix) {
    for (const MetaArm arm : kMetaArms) {
      for (int i = 0; i < 2 * kItems; ++i) {
        const int item = i % kItems;
        const bool saysYes = isRight(mix, arm, i / kItems, item) == (item % 2 == 0);
        yes.push_back(saysYes ? 0.9F : 0.1F);
        neither.push_back(mix == 1 && item < kItems / 4 ? 1.0F : 0.0F);
      }
    }
  }
  for (const MetaProbe probe : kMetaProbes)
    for (int i = 0; i < 2 * kItems; ++i) probes.push_back(probe == MetaProbe::Logistic && i % 2 == 0 ? 1.0F : 0.0F);
  const std::vector<std::string> axes{"mix", "repeat", "arm", "question"};
  made.yes = HostArray({2, 1, 3, 2 * kItems}, axes, "", std::move(yes));
  made.neither = HostArray({2, 1, 3, 2 * kItems}, axes, "", std::move(neither));
  made.probes = HostArray({2, 2 * kItems}, {"probe", "question"}, "", std::move(probes));
  made.own = {{.text = "Bonjour", .question = "Is it French?"}, {.text = "Ahoy", .question = "Is it about ships?"}};
  made.ownYes = HostArray({2, 1, 2}, {"mix", "repeat", "question"}, "", {0.9F, 0.2F, 0.8F, 0.3F});
  made.ownMass = HostArray({2, 1, 2}, {"mix", "repeat", "question"}, "", {0.99F, 0.98F, 0.5F, 0.4F});
  made.losses = HostArray({2, 1, 2}, {"mix", "repeat", "step"}, "nat", {0.7F, 0.4F, 0.7F, 0.5F});
  return made;
}

MetaModelRequest request() {
  MetaModelRequest made;
  made.model = aModel();
  made.mixes = result().mixes;
  made.own = result().own;
  made.steps = 20;
  return made;
}

QString said(const QWidget& view, const char* label) { return withoutMarks(part<MarkedLabel>(view, label)->text()); }

}  // namespace

/// What a view of meta-models says about figures made by hand.
class TestMetaView : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void initTestCase() { applyTheme(*qApp, ThemeKind::Light); }

  void whatTheFiguresAllowToSay() {
    const MetaModelResult made = result();
    QCOMPARE(metaVerdict(made, 0, 0), MetaVerdict::Told);
    QCOMPARE(metaVerdict(made, 0, 1), MetaVerdict::Chance);
    QCOMPARE(metaVerdict(made, 1, 0), MetaVerdict::AnyText);
    QVERIFY(!isQuestionIdle(made, 0, 0));
    QVERIFY(!isQuestionIdle(made, 0, 1));
    QVERIFY(isQuestionIdle(made, 1, 0));
    QVERIFY(metaVerdictWords(made, {1, 0}).contains(QStringLiteral("question does not matter")));
    QVERIFY(metaVerdictWords(made, {2, 0}).isEmpty());
    QVERIFY(!metaCaveat(made, 1).isEmpty());
    QVERIFY(metaCaveat(made, 0).isEmpty());
  }

  void theGridHasMixesAboveProbes() {
    const auto made = std::make_shared<const MetaModelResult>(result());
    const auto own = metaMap(made, MetaShown::Own, MapName::Cividis);
    QCOMPARE(own->rowLabels, QStringList({QStringLiteral("whitened probe"), QStringLiteral("logistic probe"),
                                          QStringLiteral("language + topic"), QStringLiteral("language")}));
    QCOMPARE(own->columns(), 2);
    QCOMPARE(own->word({3, 0}), QStringLiteral("1.00"));
    QCOMPARE(own->word({3, 1}), QStringLiteral(".50"));
    QCOMPARE(own->word({1, 0}), QStringLiteral("1.00"));
    QCOMPARE(own->word({0, 0}), QStringLiteral(".50"));
    QVERIFY(own->spoken({3, 1}).contains(QStringLiteral("Deception")));
    // Chance is the middle of the colours.
    QCOMPARE(own->scale.position(0.5), 0.5);
    QVERIFY(own->scale.isDiverging());
    const auto neither = metaMap(made, MetaShown::Neither, MapName::Cividis);
    QCOMPARE(neither->rows(), 2);
    QCOMPARE(neither->word({0, 0}), QStringLiteral(".25"));
    QVERIFY(!neither->scale.isDiverging());
  }

  void cellsAreChosenAndKept() {
    PanelBench desk;
    const RunId run = desk.record(request(), result(), "Meta-models · 2 mixes");
    MetaView view(desk.bench);
    view.showRun(run);
    show(view, 1100, 760);
    auto* map = part<HeatMap>(view, "metaMap");
    QCOMPARE(map->currentCell(), std::optional(Cell{3, 0}));
    QVERIFY(said(view, "metaStatement").startsWith(QStringLiteral("1 of 4 cells")));
    QVERIFY(said(view, "metaVerdict").startsWith(QStringLiteral("Told from the states")));
    QVERIFY(!part<QLabel>(view, "metaCaveat")->isVisible());
    QCOMPARE(part<QTableView>(view, "metaOwn")->model()->rowCount(), 4);
    map->press({2, 1});
    QCOMPARE(said(view, "metaHeading"), QStringLiteral("language + topic, asked about Deception"));
    QVERIFY(part<QLabel>(view, "metaCaveat")->isVisible());
    QCOMPARE(part<QTableView>(view, "metaArms")->model()->rowCount(), 5);
    auto* shown = part<SegmentedControl>(view, "metaShown");
    shown->setFocus();
    QTest::keyClick(shown, Qt::Key_Right);
    QCOMPARE(map->data()->rows(), 2);
    QCOMPARE(map->currentCell(), std::optional(Cell{0, 1}));
    QVERIFY(view.copyText().contains(QStringLiteral("No better than chance.")));
    QCOMPARE(view.csv().count(QLatin1Char('\n')), 5);
    QVERIFY(!view.exportFigure().isEmpty());
    shot(view, QStringLiteral("meta"));

    MetaView again(desk.bench);
    again.restoreViewState(view.viewState());
    again.showRun(run);
    QCOMPARE(said(again, "metaHeading"), said(view, "metaHeading"));
    QCOMPARE(part<HeatMap>(again, "metaMap")->data()->rows(), 2);
  }

  void aFormIsFilledByARunAndByItsDraft() {
    PanelBench desk;
    MetaForm form(desk.bench);
    auto* mixes = part<ChoiceBox>(form, "metaMixes");
    QCOMPARE(mixes->count(), 3);
    QCOMPARE(mixes->currentText(), QStringLiteral("One mix of"));
    form.setRequest(request());
    QCOMPARE(mixes->currentText(), QStringLiteral("2 mixes of a run"));
    QCOMPARE(part<QLineEdit>(form, "metaText")->text(), QStringLiteral("Bonjour"));
    QVERIFY(!form.request());  // its model is not open
    MetaForm again(desk.bench);
    again.setDraft(form.draft());
    QVERIFY(again.draft() == form.draft());
    QCOMPARE(part<ChoiceBox>(again, "metaMixes")->currentText(), mixes->currentText());
    MetaModelRequest one = request();
    one.mixes = {{"topic", "language"}};
    form.setRequest(one);
    QCOMPARE(mixes->currentText(), QStringLiteral("One mix of"));
    QCOMPARE(mixes->count(), 3);
  }
};

QTEST_MAIN(TestMetaView)
#include "tst_meta_view.moc"
