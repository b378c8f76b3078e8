#include <QLineEdit>

#include "tests/flow/window_walk.h"
#include "ui/panels/choice_box.h"
#include "ui/widgets/token_strip.h"

using namespace patchbay;
using namespace patchbay::ui;

/// What a hand does in passing: hovers a token, drags tokens and cells into a form, draws a template again.
class GesturesTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void aTokenSaysHowTheModelSawItComing();
  void tokensAndCellsAreDraggedIntoThePatchscopeForm();
  void randomWordsAreDrawnAgain();

private:
  [[nodiscard]] PatchscopeRequest scopeOf(RunId run) { return std::get<PatchscopeRequest>(*m_driver->bench().runs->request(run)); }
};

void GesturesTest::aTokenSaysHowTheModelSawItComing() {
  auto* strip = m_driver->find<TokenStrip>("tokenStrip");
  QTRY_COMPARE(strip->chips().size(), std::size_t{5});
  QTRY_VERIFY(strip->chips()[4].rank > 0);
  QVERIFY(strip->chips()[0].rank == 0 && std::isnan(strip->chips()[0].entropyBits));
  const QString said = describeChip(strip->chips()[4], 4);
  for (const char* fact : {"id 314", "rank 1", "entropy before it"}) QVERIFY2(said.contains(QLatin1String(fact)), qPrintable(said));
}

void GesturesTest::tokensAndCellsAreDraggedIntoThePatchscopeForm() {
  HeatMap* grid = m_driver->grid();
  m_driver->click(grid, grid->cellRect({24, 4}).center());
  const RunId lens = m_driver->shownRun();
  m_driver->key(Qt::Key_P);
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  auto* source = m_driver->find<TokenStrip>("patchscopeSourceStrip");
  auto* target = m_driver->find<TokenStrip>("patchscopeTargetStrip");
  QCOMPARE(source->chips().size(), std::size_t{5});

  // From the source's " France" onto the target's second token: both tokens of the pair are those.
  m_driver->drag(source, source->chipRect(3).center().toPoint(), target, target->chipRect(1).center().toPoint());
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 3);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 1);
  // And the other way round.
  m_driver->drag(target, target->chipRect(0).center().toPoint(), source, source->chipRect(4).center().toPoint());
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 4);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 0);
  // Let go where no token is: only the pressed one counts.
  m_driver->drag(source, source->chipRect(2).center().toPoint(), m_driver->view(), QPoint(10, m_driver->view()->height() - 10));
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 2);
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 0);
  m_driver->picture("patchscope-dragged");

  // A carried cell of a grid sets source text, token and layer, and where it is written.
  m_driver->bench().carry->start({.run = lens, .tokens = IndexRange{1, 1}, .layers = IndexRange{7, 7}, .head = {}});
  m_driver->bench().carry->drop(target->mapToGlobal(target->chipRect(2).center().toPoint()));
  QCOMPARE(m_driver->find<QLineEdit>("patchscopeSource")->text(), QStringLiteral("The capital of France is"));
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeSourceToken")->currentIndex(), 1);
  QCOMPARE(m_driver->find<QLineEdit>("patchscopeSourceLayers")->text(), QStringLiteral("7"));
  QCOMPARE(m_driver->find<ChoiceBox>("patchscopeTargetToken")->currentIndex(), 2);
  m_driver->key(Qt::Key_Return, Qt::ControlModifier);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  QCOMPARE(scopeOf(run).sourceLayers, std::vector<int>{7});
  QCOMPARE(scopeOf(run).sourceToken, 1);
  QCOMPARE(scopeOf(run).targetToken, 2);
}

void GesturesTest::randomWordsAreDrawnAgain() {
  HeatMap* grid = m_driver->grid();
  m_driver->click(grid, grid->cellRect({26, 4}).center());
  m_driver->key(Qt::Key_P);
  QTRY_COMPARE(view(), QLatin1String(PatchscopeRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  const QString fixed = m_driver->find<QLineEdit>("patchscopeTarget")->text();
  m_driver->take("patchscopePreset", QStringLiteral("Token identity, random words"));
  const QString first = m_driver->find<QLineEdit>("patchscopeTarget")->text();
  QVERIFY(first != fixed && !first.isEmpty());
  auto* preset = m_driver->find<ChoiceBox>("patchscopePreset");
  Q_EMIT preset->activated(preset->currentIndex());
  const QString second = m_driver->find<QLineEdit>("patchscopeTarget")->text();
  QVERIFY(second != first);
  m_driver->key(Qt::Key_Return, Qt::ControlModifier);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  QCOMPARE(scopeOf(run).preset, std::string("token-identity-random"));
  QCOMPARE(QString::fromStdString(scopeOf(run).target.text), second);
  m_driver->picture("patchscope-random");
  // Undo brings back the draw before.
  m_driver->key(Qt::Key_Z, Qt::ControlModifier);
  QTRY_COMPARE(m_driver->find<QLineEdit>("patchscopeTarget")->text(), first);
}

QTEST_MAIN(GesturesTest)
#include "tst_gestures.moc"
