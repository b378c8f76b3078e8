#include <algorithm>
#include <cmath>

#include <QClipboard>
#include <QFile>
#include <QFileInfo>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>

#include "tests/flow/window_walk.h"
#include "ui/panels/choice_box.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/cell_carry.h"
#include "ui/widgets/token_text.h"

using namespace patchbay;
using namespace patchbay::ui;
using patchbay::tests::WindowDriver;

namespace {

const char* kClean = "The young doctor from Japan said that she now usually speaks to her patients in";
const char* kCorrupt = "The young doctor from France said that she now usually speaks to her patients in";

QString contentsOf(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

}  // namespace

/// Patching grids, knock-outs and the Patchscope grid in the real window, on the default model.
class GridsTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  void aPatchingGridFromQuestionToPatch();
  void aBrushedPartIsComputedFiner();
  void headsAreKnockedOut();
  void aPatchscopeGridFillsAndIsRead();
  void aStoppedGridKeepsItsCells();
  void aPartOfABlockIsReadAndPatched();

private:
  [[nodiscard]] HeatMap* map() { return m_driver->in<HeatMap>(m_driver->view(), "patchGrid"); }
  [[nodiscard]] bool hasCells() {
    const auto& data = map()->data();
    return data && std::ranges::any_of(data->values.values(), [](float value) { return !std::isnan(value); });
  }
  void openFilledForm() {
    m_driver->choose(QStringLiteral("Patching grid"));
    QTRY_COMPARE(m_driver->view()->kind(), QLatin1String(PatchGridRequest::kKind));
    QCOMPARE(m_driver->find<QLineEdit>("gridClean")->text(), QStringLiteral("The capital of France is"));
    QVERIFY(!m_driver->view()->canStart());  // there is nothing to write into yet
    m_driver->fill("gridClean", QString::fromLatin1(kClean));
    m_driver->fill("gridCorrupt", QString::fromLatin1(kCorrupt));
    m_driver->fill("gridCleanAnswer", QStringLiteral(" Japanese"));
    m_driver->fill("gridCorruptAnswer", QStringLiteral(" French"));
    QVERIFY(m_driver->view()->canStart());
  }
};

void GridsTest::aPatchingGridFromQuestionToPatch() {
  openFilledForm();
  m_driver->key(Qt::Key_Return);
  const RunId run = m_driver->shownRun();
  QVERIFY(run != 0);
  // The first cells stand there long before the last.
  QTRY_VERIFY_WITH_TIMEOUT(hasCells(), 5000);
  const bool wasGrowing = !m_driver->isDone(run);
  QVERIFY(m_driver->waitFor(run));
  QVERIFY(wasGrowing);
  const auto result = m_driver->result<PatchGridResult>(run);
  QVERIFY(result);
  QTRY_COMPARE(map()->data()->columns(), 15);
  QCOMPARE(map()->data()->rows(), 30);
  QCOMPARE(words("gridStatement"), QStringLiteral("logit of ␣Japanese less ␣French: clean 2.96, corrupted -4.72"));
  m_driver->picture("patch-grid");

  // The changed word carries the answer in the lower layers, the last token in the upper ones.
  m_driver->click(map(), map()->cellRect({3, 4}).center());
  QCOMPARE(m_driver->bench().selection->state().address(), QStringLiteral("t4.L3.resid_post"));
  QVERIFY(words("patchGridPlace").startsWith(QStringLiteral("t4.L3.resid_post gives 2.9")));
  m_driver->key(Qt::Key_Right);
  QCOMPARE(m_driver->bench().selection->state().address(), QStringLiteral("t5.L3.resid_post"));
  m_driver->key(Qt::Key_Left);
  m_driver->hover(map(), map()->cellRect({3, 4}).center());
  m_driver->picture("patch-grid-cell");

  // The same cell as a patch of its own says the same.
  m_driver->click(m_driver->find("patchGridOpen"));
  QTRY_COMPARE(m_driver->view()->kind(), QLatin1String(PatchRequest::kKind));
  const RunId patch = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(patch));
  QCOMPARE(m_driver->bench().runs->record(patch)->parent, std::optional<RunId>(run));
  const auto alone = m_driver->result<PatchResult>(patch);
  const auto logit = [&](std::int32_t id) {
    const auto found = std::ranges::find(alone->changes, id, [](const TokenChange& change) { return change.token.id; });
    return found == alone->changes.end() ? std::nanf("") : found->patchedLogit;
  };
  QVERIFY(std::abs(logit(result->answer.id) - logit(result->wrong.id) - result->values.at(3, 4)) < 1e-3F);

  // Every number of the picture is in the table and in the file.
  m_driver->bench().selection->selectRun(run);
  QTRY_COMPARE(m_driver->shownRun(), run);
  const QString csv = m_driver->view()->csv();
  QCOMPARE(csv.count(QLatin1Char('\n')), 451);
  QVERIFY(csv.contains(QStringLiteral("t4.L3.resid_post")));
  QVERIFY(!m_driver->view()->exportImage(1).isNull());
  m_driver->dialogs.path = m_driver->file(QStringLiteral("grid.svg"));
  m_driver->choose(QStringLiteral("Export view"));
  QVERIFY(contentsOf(m_driver->dialogs.path).contains(QStringLiteral("Japanese")));
  m_driver->dialogs.path = m_driver->file(QStringLiteral("grid.npz"));
  m_driver->choose(QStringLiteral("Export numbers"));
  QTRY_VERIFY(QFileInfo::exists(m_driver->dialogs.path) && QFileInfo(m_driver->dialogs.path).size() > 450 * 4 * 3);

  // What was asked, for the command line.
  m_driver->choose(QStringLiteral("Copy request"));
  const auto copied = parseJson(QGuiApplication::clipboard()->text().toStdString(), "clipboard");
  QVERIFY(copied.hasValue());
  QCOMPARE(copied->at("kind").get<std::string>(), std::string(PatchGridRequest::kKind));
  PatchGridRequest asked = copied->at("request").get<PatchGridRequest>();
  QVERIFY(asked.model.path.empty());
  QCOMPARE(asked.clean.text, std::string(kClean));
  QCOMPARE(m_driver->newBlocks(), QStringLiteral("no block"));
}

void GridsTest::aBrushedPartIsComputedFiner() {
  openFilledForm();
  // A coarse grid, as patchbay-cli or a session of another makes it.
  auto asked = std::get<PatchGridRequest>(*m_driver->view()->wanted());
  for (int layer = 0; layer < 30; layer += 4) asked.layers.push_back(layer);
  const RunId coarse = m_driver->bench().runs->start(asked, {.title = QStringLiteral("Patching grid")});
  m_driver->bench().selection->selectRun(coarse);
  QVERIFY(m_driver->waitFor(coarse));
  QTRY_COMPARE(m_driver->shownRun(), coarse);
  QTRY_COMPARE(map()->data()->rows(), 8);
  auto* finer = m_driver->in<QPushButton>(m_driver->view(), "patchGridFiner");
  QVERIFY(!finer->isVisible());
  // A drag that does not begin on the selected cell brushes.
  m_driver->drag(map(), map()->cellRect({1, 3}).center(), map(), map()->cellRect({3, 5}).center());
  QTRY_VERIFY(finer->isVisible() && finer->isEnabled());
  QCOMPARE(words("patchGridPlace"), QStringLiteral("9 cells, L4–12 by t3–5"));
  m_driver->click(finer);
  QTRY_VERIFY(m_driver->shownRun() != coarse);
  const RunId fine = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(fine));
  const auto few = m_driver->result<PatchGridResult>(coarse), many = m_driver->result<PatchGridResult>(fine);
  QVERIFY(few && many);
  QCOMPARE(many->layers.size(), std::size_t{9});
  QCOMPARE(many->columns, (std::vector<int>{3, 4, 5}));
  // Where both have a cell they agree.
  for (int row = 1; row <= 3; ++row)
    for (int column = 3; column <= 5; ++column)
      QVERIFY(std::abs(few->values.at(row, column) - many->values.at((row - 1) * 4, column - 3)) < 1e-4F);
  // Nothing finer is left in it; an estimated grid is computed exactly where it is brushed.
  QTRY_COMPARE(map()->data()->rows(), 9);
  m_driver->drag(map(), map()->cellRect({2, 0}).center(), map(), map()->cellRect({4, 1}).center());
  finer = m_driver->in<QPushButton>(m_driver->view(), "patchGridFiner");
  QTRY_VERIFY(finer->isVisible());
  QVERIFY(!finer->isEnabled());
}

void GridsTest::headsAreKnockedOut() {
  m_driver->choose(QStringLiteral("Knock out every head"));
  QTRY_COMPARE(m_driver->view()->kind(), QLatin1String(PatchGridRequest::kKind));
  QVERIFY(!m_driver->find("gridCorrupt")->isVisible());
  QVERIFY(m_driver->find("gridReach")->isVisible());
  m_driver->click(m_driver->find("gridClean"));
  m_driver->key(Qt::Key_Return);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run));
  const auto result = m_driver->result<PatchGridResult>(run);
  QCOMPARE(result->answer.text, std::string(" Paris"));
  QTRY_COMPARE(map()->data()->columns(), 9);
  m_driver->click(map(), map()->cellRect({20, 5}).center());
  QVERIFY(words("patchGridPlace").startsWith(QStringLiteral("Without L20.H5.head_out")));
  QVERIFY(!m_driver->find("patchGridOpen")->isVisible());  // no single patch does this
  m_driver->picture("knock-out");

  // Another score is another run; the form's choice can be taken back.
  m_driver->take("gridMetric", QStringLiteral("p of the answer"));
  QVERIFY(!m_driver->find("gridCorruptAnswer")->isVisible());
  m_driver->choose(QStringLiteral("Undo"));
  QTRY_COMPARE(m_driver->find<ChoiceBox>("gridMetric")->currentData().toString(), QStringLiteral("logit-difference"));
}

void GridsTest::aPatchscopeGridFillsAndIsRead() {
  m_driver->choose(QStringLiteral("New Patchscope"));
  QTRY_COMPARE(m_driver->view()->kind(), QLatin1String(PatchscopeRequest::kKind));
  m_driver->fill("patchscopeTargetLayers", QStringLiteral("all"));
  m_driver->fill("patchscopeLength", QStringLiteral("0"));
  m_driver->click(m_driver->find("patchscopeSource"));
  m_driver->key(Qt::Key_Return);
  const RunId run = m_driver->shownRun();
  auto* grid = m_driver->in<HeatMap>(m_driver->view(), "patchscopeGrid");
  QTRY_VERIFY_WITH_TIMEOUT(grid->data() != nullptr, 5000);
  QVERIFY(m_driver->waitFor(run));
  QTRY_VERIFY(grid->data()->rows() == 30 && grid->data()->columns() == 30 && !std::isnan(grid->data()->value({0, 0})));
  // Read at the last layer and written at the last layer: what the model itself says.
  QCOMPARE(grid->data()->word({29, 29}), QStringLiteral("␣Paris"));
  m_driver->click(grid, grid->cellRect({20, 24}).center());
  m_driver->picture("patchscope-grid");
  QCOMPARE(m_driver->newBlocks(), QStringLiteral("no block"));
}

void GridsTest::aStoppedGridKeepsItsCells() {
  openFilledForm();
  m_driver->take("gridMetric", QStringLiteral("KL from clean"));
  m_driver->click(m_driver->find("gridClean"));
  m_driver->key(Qt::Key_Return);
  const RunId run = m_driver->shownRun();
  QTRY_VERIFY_WITH_TIMEOUT(hasCells(), 5000);
  m_driver->key(Qt::Key_Period, Qt::ControlModifier);
  QTRY_VERIFY(!m_driver->bench().runs->isActive(run));
  if (m_driver->isDone(run)) QSKIP("the grid was done before Stop");
  QCOMPARE(m_driver->bench().runs->record(run)->status, RunStatus::Cancelled);
  const auto part = m_driver->result<PatchGridResult>(run);
  QVERIFY(part);
  const auto finished = std::ranges::count_if(part->values.values(), [](float value) { return !std::isnan(value); });
  QVERIFY(finished > 0 && finished < 450);
  QTRY_VERIFY(map()->data() && map()->data()->rows() == 30);
}

void GridsTest::aPartOfABlockIsReadAndPatched() {
  const auto lensOfAttention = [this](const QString& prompt) {
    m_driver->writePrompt(prompt);
    m_driver->key(Qt::Key_Return);
    const RunId whole = m_driver->shownRun();
    QVERIFY(m_driver->waitFor(whole));
    QTRY_VERIFY(m_driver->grid()->data());
    // From the list: with keys every entry on the way would be a run.
    auto* site = m_driver->in<ChoiceBox>(m_driver->view(), "lensSite");
    site->setCurrentText(QStringLiteral("attention output"));
    Q_EMIT site->activated(site->currentIndex());
    QTRY_VERIFY(m_driver->shownRun() != whole);
    QVERIFY(m_driver->waitFor(m_driver->shownRun()));
    QTRY_VERIFY(m_driver->grid()->data());
    QCOMPARE(m_driver->result<LensResult>(m_driver->shownRun())->site, std::string("attn_out"));
    QCOMPARE(m_driver->bench().runs->record(m_driver->shownRun())->title, "Lens of attn_out · " + prompt.toStdString());
  };
  lensOfAttention(QStringLiteral("The capital of Spain is"));
  const RunId spain = m_driver->shownRun();
  lensOfAttention(QStringLiteral("The capital of Italy is"));
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({20, 4}).center());
  QCOMPARE(m_driver->bench().selection->state().address(), QStringLiteral("t4.L20.attn_out"));
  m_driver->picture("lens-attention");
  const int before = m_driver->startedRuns();
  m_driver->key(Qt::Key_P);  // a Patchscope reads the whole stream
  QCOMPARE(m_driver->startedRuns(), before);
  m_driver->key(Qt::Key_D);
  m_driver->bench().selection->selectRun(spain);
  QTRY_COMPARE(m_driver->shownRun(), spain);
  QVERIFY(m_driver->bench().carry->isActive());
  m_driver->click(m_driver->grid(), m_driver->grid()->cellRect({21, 4}).center());
  QTRY_COMPARE(m_driver->view()->kind(), QLatin1String(PatchRequest::kKind));
  QVERIFY(m_driver->waitFor(m_driver->shownRun()));
  const auto request = m_driver->bench().runs->request(m_driver->shownRun());
  QCOMPARE(std::get<PatchRequest>(*request).site, std::string("attn_out"));
}

QTEST_MAIN(GridsTest)
#include "tst_grids.moc"
