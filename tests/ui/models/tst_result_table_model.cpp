#include <limits>

#include <QAbstractItemModelTester>
#include <QSortFilterProxyModel>
#include <QTest>

#include "ui/models/result_table_model.h"

using namespace patchbay::ui;

namespace {

ResultTable threeRows() {
  static const std::vector<double> kNumbers = {0.44, 2.0, std::numeric_limits<double>::quiet_NaN()};
  static const QStringList kWords = {QStringLiteral(" Paris"), QStringLiteral("a \"b\", c"), QStringLiteral("é")};
  return {3,
          {{QStringLiteral("token"), {}, [](int row) { return QVariant(kWords[row]); }},
           {QStringLiteral("entropy"), QStringLiteral("bit"),
            [](int row) { return QVariant(kNumbers[static_cast<std::size_t>(row)]); }, 2},
           {QStringLiteral("rank"), {}, [](int row) { return row == 0 ? QVariant(1.0) : QVariant(); }, 0}}};
}

}  // namespace

class TestResultTableModel : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void obeysTheRulesOfModels() {
    ResultTableModel model;
    const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setTable(threeRows());
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(model.columnCount(), 3);
    model.setTable({});
    QCOMPARE(model.rowCount(), 0);
  }

  void headersStandOverTheirColumns() {
    ResultTableModel model;
    model.setTable(threeRows());
    const auto alignment = [&](int column) {
      return model.headerData(column, Qt::Horizontal, Qt::TextAlignmentRole).value<Qt::Alignment>();
    };
    QVERIFY(alignment(0).testFlag(Qt::AlignLeft));
    QVERIFY(alignment(1).testFlag(Qt::AlignRight));
    model.setTable({1, {{QStringLiteral("bytes"), {}, [](int) { return QVariant(30081024.0); }, 0}}});
    QCOMPARE(model.index(0, 0).data().toString(), QStringLiteral("30\u2009081\u2009024"));
  }

  void showsNumbersWithUnitInTheHeader() {
    ResultTableModel model;
    model.setTable(threeRows());
    QCOMPARE(model.headerData(1, Qt::Horizontal).toString(), QStringLiteral("entropy (bit)"));
    QCOMPARE(model.data(model.index(0, 1)).toString(), QStringLiteral(".44"));
    QCOMPARE(model.data(model.index(0, 2)).toString(), QStringLiteral("1"));
    QCOMPARE(model.data(model.index(2, 1)).toString(), QStringLiteral("-"));
    QCOMPARE(model.data(model.index(1, 2)).toString(), QStringLiteral("-"));
  }

  void sortsByNumberNotByText() {
    ResultTableModel model;
    model.setTable(threeRows());
    QCOMPARE(model.data(model.index(1, 1), ResultTableModel::SortRole).toDouble(), 2.0);
    QCOMPARE(model.data(model.index(0, 1), ResultTableModel::SortRole).typeId(), int(QMetaType::Double));
  }

  void writesCsv() {
    const QString csv = csvOf(threeRows());
    const QStringList lines = csv.split(QStringLiteral("\r\n"));
    QCOMPARE(lines.size(), 5);
    QCOMPARE(lines[0], QStringLiteral("\"token\",\"entropy (bit)\",\"rank\""));
    QCOMPARE(lines[1], QStringLiteral("\" Paris\",0.44,1"));
    QCOMPARE(lines[2], QStringLiteral("\"a \"\"b\"\", c\",2,"));
    QCOMPARE(lines[3], QStringLiteral("\"é\",,"));
    QVERIFY(lines[4].isEmpty());
  }
};

QTEST_APPLESS_MAIN(TestResultTableModel)
#include "tst_result_table_model.moc"
