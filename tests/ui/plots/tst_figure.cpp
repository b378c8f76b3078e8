#include <QFile>
#include <QPainter>
#include <QRegularExpression>
#include <QSvgRenderer>
#include <QTemporaryDir>
#include <QtTest>

#include "ui/plots/bar_plot.h"
#include "ui/plots/figure.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/line_plot.h"

using namespace patchbay;
using namespace patchbay::ui;

namespace {

std::shared_ptr<const HeatMapData> someGrid() {
  auto data = std::make_shared<HeatMapData>();
  data->values = HostArray({3, 2}, {"layer", "token"}, {}, {.1F, .2F, .3F, .4F, .5F, std::nanf("")});
  data->word = [](Cell cell) { return cell == Cell{2, 0} ? QStringLiteral("Paris") : QString(); };
  data->rowLabels = {QStringLiteral("L0"), QStringLiteral("L1"), QStringLiteral("L2")};
  data->columnLabels = {QStringLiteral("France"), QStringLiteral("is")};
  return data;
}

std::shared_ptr<const LinePlotData> someLine() {
  auto data = std::make_shared<LinePlotData>();
  data->title = QStringLiteral("entropy by layer");
  data->series.push_back({QStringLiteral("plain"), LineRole::ThisRun, {0, 1, 2}, {.1, .7, .2}});
  return data;
}

QByteArray contents(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

/// Pictures of plots as vector graphics, pages and pixels.
class FigureTest : public QObject {
  Q_OBJECT

private Q_SLOTS:
  void init() {
    m_map = std::make_unique<HeatMap>();
    m_map->setData(someGrid());
    m_map->resize(400, 160);
    m_map->show();
    m_line = std::make_unique<LinePlot>();
    m_line->setData(someLine());
    m_line->resize(400, 90);
    m_line->show();
    m_figure = withCaption(stacked({m_map->figure(), Figure(), m_line->figure()}), QStringLiteral("run #14, measured"));
  }

  void partsStandBelowOneAnother() {
    QCOMPARE(m_figure.size().width(), 400.0);
    QVERIFY(m_figure.size().height() > 250);
    QVERIFY(Figure().isEmpty() && stacked({}).isEmpty() && withCaption(Figure(), QStringLiteral("x")).isEmpty());
    QVERIFY(Figure().image(2).isNull());
  }

  void svgKeepsItsWords() {
    const QString path = m_folder.filePath(QStringLiteral("figure.svg"));
    QVERIFY(writeFigure(m_figure, QStringLiteral("run #14, measured"), path));
    const QString text = QString::fromUtf8(contents(path));
    // A word may be set in several pieces, but it is set as text.
    QString words;
    auto found = QRegularExpression(QStringLiteral("<text[^>]*>([^<]*)</text>")).globalMatch(text);
    while (found.hasNext()) words += found.next().captured(1).trimmed() + QLatin1Char(' ');
    for (const char* word : {"Paris", "France", "is", "L0", "L2", "entropy by layer", "run #14, measured"})
      QVERIFY2(words.contains(QLatin1String(word)), qPrintable(QLatin1String(word) + QStringLiteral(" in ") + words));
    QVERIFY(text.contains(QStringLiteral("<desc>run #14, measured</desc>")));
    QSvgRenderer renderer(path);
    QVERIFY(renderer.isValid());
    QCOMPARE(renderer.viewBoxF().size(), m_figure.size());
    // Drawn again it looks like the picture: the dark cell at the top left of the map is dark.
    QImage again(m_figure.size().toSize(), QImage::Format_ARGB32_Premultiplied);
    again.fill(Qt::white);
    QPainter painter(&again);
    renderer.render(&painter);
    painter.end();
    const QPoint cell = m_map->cellRect({0, 0}).center();
    const QColor expected = m_figure.image(1).pixelColor(cell), drawn = again.pixelColor(cell);
    QVERIFY(std::abs(expected.lightness() - drawn.lightness()) < 12);
  }

  void pdfIsOnePageOfTheFigure() {
    const QString path = m_folder.filePath(QStringLiteral("figure.pdf"));
    QVERIFY(writeFigure(m_figure, QStringLiteral("run #14, measured"), path));
    const QByteArray page = contents(path);
    QVERIFY(page.startsWith("%PDF-"));
    const auto box = QRegularExpression(QStringLiteral("/MediaBox \\[0(?:\\.0+)? 0(?:\\.0+)? ([0-9.]+) ([0-9.]+)\\]"))
                         .match(QString::fromLatin1(page));
    QVERIFY(box.hasMatch());
    QVERIFY(std::abs(box.captured(1).toDouble() - 0.75 * m_figure.size().width()) < 1);
    QVERIFY(std::abs(box.captured(2).toDouble() - 0.75 * m_figure.size().height()) < 1);
    QVERIFY(page.contains("/Font"));  // words are set, not painted
    QCOMPARE(page.count("/Type /Page\n"), 1);
  }

  void pngHasTheAskedPixels() {
    const QString path = m_folder.filePath(QStringLiteral("figure.png"));
    QVERIFY(writeFigure(m_figure, QStringLiteral("run #14"), path, 3));
    const QImage back(path);
    QCOMPARE(back.width(), 1200);
    QCOMPARE(back.text(QStringLiteral("Description")), QStringLiteral("run #14"));
  }

  void whatCannotBeWrittenIsSaid() {
    QVERIFY(!writeFigure(m_figure, {}, m_folder.filePath(QStringLiteral("figure.gif"))));
    QVERIFY(!writeFigure(m_figure, {}, QStringLiteral("/nowhere/at/all.svg")));
    QVERIFY(!writeFigure(Figure(), {}, m_folder.filePath(QStringLiteral("none.png"))));
    QVERIFY(!QFile::exists(m_folder.filePath(QStringLiteral("none.png"))));
  }

private:
  QTemporaryDir m_folder;
  std::unique_ptr<HeatMap> m_map;
  std::unique_ptr<LinePlot> m_line;
  Figure m_figure;
};

QTEST_MAIN(FigureTest)
#include "tst_figure.moc"
