#include <QCheckBox>
#include <QPushButton>
#include <QSpinBox>
#include <QTableView>

#include "core/data/meta_model.h"
#include "core/data/meta_task.h"
#include "tests/flow/window_walk.h"
#include "tests/support/tiny_model.h"
#include "ui/models/result_table_model.h"
#include "ui/panels/choice_box.h"
#include "ui/plots/heat_map.h"
#include "ui/widgets/segmented_control.h"

using namespace patchbay;
using namespace patchbay::ui;
using namespace std::chrono_literals;

/// Meta-models in the real window, on a miniature model.
class MetaTest : public tests::WindowWalk {
  Q_OBJECT
private Q_SLOTS:
  // In the place of those that need the default model.
  void initTestCase() {}
  void init();
  void aMixIsTrainedAndAskedAboutEveryTest();

private:
  CommandLine m_line;
};

void MetaTest::init() {
  tests::failOnQtWarnings();
  m_driver = std::make_unique<tests::WindowDriver>();
  // A token a letter: some prompts are longer than what the model reads otherwise.
  tests::TinyModel model = tests::makeTinyModel();
  model.config["max_position_embeddings"] = 2048;
  m_line = {};
  m_line.model = m_driver->file(QStringLiteral("patient"));
  m_line.session = m_driver->file(QStringLiteral("work.patchbay"));
  tests::writeHuggingFaceFolder(model, m_line.model.toStdString());
  QVERIFY(m_driver->start(m_line));
  QVERIFY(m_driver->waitUntilReady());
}

void MetaTest::aMixIsTrainedAndAskedAboutEveryTest() {
  m_driver->choose(QStringLiteral("Meta-models"));
  QTRY_COMPARE(view(), QLatin1String(MetaModelRequest::kKind));
  // The form: one mix of one task, short, and a question of one's own.
  auto* train = m_driver->find<QPushButton>("metaTrain");
  QVERIFY(train->isEnabled());
  QVERIFY(hint("metaHint").contains(QStringLiteral("at 2 layers")));
  for (const MetaTask& task : builtinMetaTasks()) {
    if (!task.isLearned()) continue;
    auto* box = m_driver->find<QCheckBox>(("metaTask." + task.id).c_str());
    QVERIFY(box && box->isVisible());
    QCOMPARE(box->isChecked(), task.id == "language");
  }
  m_driver->take("metaMixes", QStringLiteral("Each task alone"));
  QVERIFY(!m_driver->find<QCheckBox>("metaTask.language")->isVisible());
  m_driver->take("metaMixes", QStringLiteral("One mix of"));
  m_driver->click(m_driver->find<QCheckBox>("metaTask.language"));
  QVERIFY(!train->isEnabled());
  m_driver->click(m_driver->find<QCheckBox>("metaTask.language"));
  QVERIFY(train->isEnabled());
  m_driver->find<QSpinBox>("metaSteps")->setValue(20);
  m_driver->find<QSpinBox>("metaBatch")->setValue(4);
  m_driver->find<QSpinBox>("metaItems")->setValue(8);
  m_driver->fill("metaText", QStringLiteral("Bonjour, il fait beau."));
  QVERIFY(hint("metaHint").contains(QStringLiteral("or neither")));
  m_driver->fill("metaQuestion", QStringLiteral("Is it French?"));
  QVERIFY(train->isEnabled());
  m_driver->click(train);
  QTRY_VERIFY(m_driver->shownRun() != 0);
  const RunId run = m_driver->shownRun();
  QVERIFY(m_driver->waitFor(run, 60s));
  const auto result = m_driver->result<MetaModelResult>(run);
  QVERIFY(result);
  QVERIFY(result->mixes == std::vector<std::vector<std::string>>{{"language"}});
  QCOMPARE(result->tests.size(), builtinMetaTasks().size());
  QCOMPARE(QString::fromStdString(m_driver->bench().runs->record(run)->title),
           QStringLiteral("Meta-models · language"));
  // The grid: the mix above its probes, every test a column.
  const int columns = static_cast<int>(result->tests.size());
  auto* map = part<HeatMap>("metaMap");
  QTRY_VERIFY(map->data());
  QCOMPARE(map->data()->rowLabels, QStringList({QStringLiteral("whitened probe"), QStringLiteral("logistic probe"),
                                                QStringLiteral("language")}));
  QCOMPARE(map->data()->columns(), columns);
  const Cell first{2, 0};
  QCOMPARE(map->currentCell(), std::optional(first));
  QCOMPARE(map->data()->value(first), static_cast<float>(result->balanced(0, MetaArm::Own, 0)));
  QVERIFY(words("metaStatement").contains(QStringLiteral("of %1 cells").arg(columns)));
  // A cell by the mouse, and the next by the keys.
  m_driver->click(map, map->cellRect({2, columns - 1}).center());
  const auto title = [&](int test) {
    return QString::fromStdString(metaTask(result->tests[static_cast<std::size_t>(test)])->title);
  };
  QVERIFY(words("metaHeading").endsWith(title(columns - 1)));
  QVERIFY(words("metaFigures").contains(QStringLiteral("95 % interval")));
  QVERIFY(!words("metaVerdict").isEmpty());
  const QAbstractItemModel* arms = part<QTableView>("metaArms")->model();
  QCOMPARE(arms->rowCount(), 5);
  map->setFocus();
  m_driver->key(Qt::Key_Left);
  QVERIFY(words("metaHeading").endsWith(title(columns - 2)));
  m_driver->key(Qt::Key_Down);
  QVERIFY(words("metaHeading").startsWith(QStringLiteral("logistic probe")));
  QCOMPARE(arms->rowCount(), 2);
  m_driver->key(Qt::Key_Up);
  // Another arm has no probes; the chosen cell stays.
  auto* shown = part<SegmentedControl>("metaShown");
  m_driver->click(shown, QPoint(shown->width() - 8, shown->height() / 2));
  QTRY_COMPARE(map->data()->rows(), 1);
  QCOMPARE(map->currentCell(), std::optional(Cell{0, columns - 2}));
  QVERIFY(map->data()->scale.metric.contains(QStringLiteral("neither")));
  // The question of one's own.
  const QAbstractItemModel* own = part<QTableView>("metaOwn")->model();
  QCOMPARE(own->rowCount(), 1);
  QCOMPARE(own->index(0, 1).data().toString(), QStringLiteral("Is it French?"));
  const double yes = own->index(0, 3).data(ResultTableModel::SortRole).toDouble();
  QCOMPARE(static_cast<float>(yes), result->ownYes.at(0, 0, 0));
  QVERIFY(yes >= 0 && yes <= 1);
  QVERIFY(m_driver->view()->csv().contains(QStringLiteral("whitened probe")));
  QVERIFY(m_driver->view()->copyText().contains(QStringLiteral("95 % interval")));
  QVERIFY(!m_driver->view()->exportFigure().isEmpty());
  // All of it is there again tomorrow.
  QVERIFY(m_driver->stop());
  QVERIFY(m_driver->start(m_line));
  QVERIFY(m_driver->waitUntilReady());
  QTRY_COMPARE(view(), QLatin1String(MetaModelRequest::kKind));
  QTRY_VERIFY(words("metaHeading").endsWith(title(columns - 2)));
  QCOMPARE(part<HeatMap>("metaMap")->data()->rows(), 1);
  QCOMPARE(m_driver->find<QSpinBox>("metaSteps")->value(), 20);
  QVERIFY(m_driver->find<QCheckBox>("metaTask.language")->isChecked());
  QVERIFY(!m_driver->find<QCheckBox>("metaTask.topic")->isChecked());
}

QTEST_MAIN(MetaTest)
#include "tst_meta.moc"
