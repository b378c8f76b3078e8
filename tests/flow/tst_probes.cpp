#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTableView>

#include "core/data/probe.h"
#include "tests/flow/window_walk.h"
#include "ui/panels/choice_box.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/segmented_control.h"

using namespace patchbay;
using namespace patchbay::ui;
using namespace std::chrono_literals;

/// Linear probes in the real window on the default model.
class ProbesTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void labelsAreProbedLayerByLayer();
};

void ProbesTest::labelsAreProbedLayerByLayer() {
  m_driver->choose(QStringLiteral("Linear probes"));
  QTRY_COMPARE(view(), QLatin1String(ProbeRequest::kKind));
  auto* texts = m_driver->find<QPlainTextEdit>("probeTexts");
  QVERIFY(!texts->toPlainText().isEmpty());
  texts->setPlainText(QStringLiteral("good | Fine.\nno label here"));
  QVERIFY(hint("probeHint").contains(QStringLiteral("line 2")));
  auto* lists = m_driver->find<ChoiceBox>("probeList");
  const int sentiment = lists->findText(QStringLiteral("sentiment"));
  QVERIFY(sentiment > 0);
  lists->setCurrentIndex(sentiment);
  Q_EMIT lists->activated(sentiment);
  QVERIFY(hint("probeHint").contains(QStringLiteral("150")));
  m_driver->key(Qt::Key_Return, Qt::ControlModifier);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run, 120s));
  const auto result = m_driver->result<ProbeResult>(run);
  QVERIFY(result && result->textCount() == 150);
  const int best = result->bestLayer(ProbeArm::Logistic);
  QVERIFY(result->accuracy(ProbeArm::Logistic, best).share() > 0.9);
  auto* curve = part<LinePlot>("probeCurve");
  QTRY_VERIFY(curve->data() && curve->data()->series.size() == 5);
  QTRY_COMPARE(curve->cursor(), std::optional<int>(best));
  QVERIFY(words("probeStatement").contains(QStringLiteral("150")));
  QCOMPARE(part<QTableView>("probeItems")->model()->rowCount(), 150);
  QCOMPARE(part<HeatMap>("probeConfusion")->data()->rows(), 2);
  m_driver->picture("probe");
  // Another layer by the cursor; another probe by the header; undone by nothing, kept by the session.
  curve->setFocus();
  m_driver->key(Qt::Key_Left);
  QVERIFY(words("probeHeading").contains(QStringLiteral("L%1").arg(best - 1)));
  auto* arms = part<SegmentedControl>("probeArm");
  m_driver->click(arms, QPoint(arms->width() - 8, arms->height() / 2));
  QTRY_VERIFY(words("probeStatement").startsWith(QStringLiteral("shuffled labels")));
  QVERIFY(m_driver->view()->csv().contains(QStringLiteral("whitened")));
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start());
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(view(), QLatin1String(ProbeRequest::kKind));
  QTRY_VERIFY(words("probeHeading").contains(QStringLiteral("L%1").arg(best - 1)));
  QVERIFY(words("probeStatement").startsWith(QStringLiteral("shuffled labels")));
}

QTEST_MAIN(ProbesTest)
#include "tst_probes.moc"
