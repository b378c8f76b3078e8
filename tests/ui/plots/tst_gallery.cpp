#include <QtTest/QtTest>
#include <QtWidgets/QApplication>
#include <QtWidgets/QBoxLayout>
#include <QtWidgets/QCheckBox>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QLineEdit>
#include <QtWidgets/QRadioButton>

#include <cmath>

#include "ui/plots/bar_plot.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/badge.h"
#include "ui/widgets/busy_arc.h"
#include "ui/widgets/button.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/error_panel.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/next_tokens.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/progress_bar.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/spark_row.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/verb_button.h"
#include "ui/widgets/warning_strip.h"

using namespace patchbay;
using namespace patchbay::ui;

namespace {

QStringList g_messages;

void keepMessage(QtMsgType type, const QMessageLogContext&, const QString& text) {
  // The offscreen platform says this of every window with a fixed size.
  if (text.contains(QLatin1String("propagateSizeHints"))) return;
  if (type != QtDebugMsg && type != QtInfoMsg) g_messages << text;
}

RankedToken ranked(const char* text, float p) { return {{1, text, {}, false}, 0, p}; }

TokenChip chip(std::string text, float p) { return {{1, std::move(text), {}, false}, p, 1}; }

std::vector<RankedToken> paris() {
  return {ranked(" Paris", .44F), ranked(" the", .09F), ranked(" located", .05F), ranked(" a", .04F),
          ranked(" known", .03F)};
}

std::shared_ptr<const HeatMapData> lens(int rows, int columns, bool diverging = false) {
  std::vector<float> values;
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < columns; ++c) {
      const float x = .5F + .5F * std::sin(.21F * static_cast<float>(r) + .9F * static_cast<float>(c));
      values.push_back(r == 3 && c == 1 ? NAN : diverging ? 2 * (2 * x - 1) : x);
    }
  auto data = std::make_shared<HeatMapData>();
  data->values = HostArray({rows, columns}, {"layer", "token"}, "", values);
  const QStringList words = {QStringLiteral("␣first"), QStringLiteral("␣capital"), QStringLiteral("␣of"),
                             QStringLiteral("␣France"), QStringLiteral("␣Paris")};
  data->word = [words](Cell cell) { return words[(cell.row / 4 + cell.column) % words.size()]; };
  data->valueText = [values, columns](Cell cell) {
    return formatProbability(values[static_cast<std::size_t>(cell.row * columns + cell.column)]);
  };
  for (int r = 0; r < rows; ++r) data->rowLabels << QStringLiteral("L%1").arg(r);
  const QStringList tokens = {QStringLiteral("The"), QStringLiteral("␣capital"), QStringLiteral("␣of"),
                              QStringLiteral("␣France"), QStringLiteral("␣is")};
  for (int c = 0; c < columns; ++c) data->columnLabels << tokens[c % tokens.size()];
  data->scale.metric = QStringLiteral("p(top-1)");
  if (diverging) data->scale = {-2, 2, QStringLiteral("effect"), {}, MapName::Diverging, false, false, false};
  return data;
}

std::shared_ptr<const LinePlotData> curves() {
  auto data = std::make_shared<LinePlotData>();
  data->title = QStringLiteral("p(") + asData(QStringLiteral("␣Paris")) + QStringLiteral(") by layer, at token 4");
  LineSeries raw{QStringLiteral("#14 raw"), LineRole::ThisRun, {}, {}};
  LineSeries tuned{QStringLiteral("#12 tuned, pinned"), LineRole::Pinned, {}, {}};
  for (int layer = 0; layer < 30; ++layer) {
    raw.x.push_back(layer);
    tuned.x.push_back(layer);
    raw.y.push_back(.81 / (1 + std::exp(-.45 * (layer - 23))));
    tuned.y.push_back(.82 / (1 + std::exp(-.35 * (layer - 17))));
  }
  data->series = {raw, tuned};
  data->yRange = std::pair(0.0, 1.0);
  data->xLabel = [](double x) { return QStringLiteral("L%1").arg(x); };
  data->yLabel = [](double y) {
    return y == 0 || y == 1 ? formatCompact(y) : y == .5 ? QStringLiteral(".5") : formatProbability(y);
  };
  return data;
}

/// The centre of the window: bar, map and curve, as in the lens view.
QWidget* lensBoard() {
  auto* board = new QWidget;
  board->setAutoFillBackground(true);
  board->setBackgroundRole(QPalette::Base);
  auto* column = new QVBoxLayout(board);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* head = new QHBoxLayout;
  head->setContentsMargins(12, 4, 12, 4);
  head->addWidget(new SegmentedControl({QStringLiteral("Raw"), QStringLiteral("Tuned"), QStringLiteral("Jacobian")}));
  head->addStretch(1);
  auto* bar = new ColourBar;
  bar->setScale(lens(2, 2)->scale);
  head->addWidget(bar);
  column->addLayout(head);
  auto* map = new HeatMap;
  map->setObjectName(QStringLiteral("map"));
  map->setData(lens(30, 5));
  map->setCurrentCell(Cell{24, 4});
  map->setPinned(Cell{13, 3});
  map->setHovered(Cell{20, 2});
  column->addWidget(map, 1);
  auto* plot = new LinePlot;
  plot->setObjectName(QStringLiteral("curve"));
  plot->setData(curves());
  plot->setCursor(24);
  plot->setFixedHeight(92);
  column->addWidget(plot);
  board->resize(770, 610);
  return board;
}

QWidget* widgetBoard() {
  auto* board = new QWidget;
  board->setObjectName(QStringLiteral("panel"));
  board->setAttribute(Qt::WA_StyledBackground);
  auto* column = new QVBoxLayout(board);
  column->setSpacing(8);
  const auto row = [column](const QList<QWidget*>& widgets) {
    auto* line = new QHBoxLayout;
    line->setSpacing(8);
    for (QWidget* widget : widgets) line->addWidget(widget);
    line->addStretch(1);
    column->addLayout(line);
  };
  auto* disabled = new Button(QStringLiteral("Copy"), QStringLiteral("copy"));
  disabled->setEnabled(false);
  auto* busy = new Button(QStringLiteral("Copy"), QStringLiteral("copy"));
  busy->setBusy(true);
  auto* off = new Button(QStringLiteral("Run"), QStringLiteral("run"), Button::Kind::Primary);
  off->setEnabled(false);
  row({new Button(QStringLiteral("Copy"), QStringLiteral("copy")), disabled, busy,
       new Button(QStringLiteral("Run"), QStringLiteral("run"), Button::Kind::Primary), off,
       new Button(QStringLiteral("Stop"), QStringLiteral("stop"), Button::Kind::Flat),
       new QLineEdit(QStringLiteral("0–29"))});
  auto* combo = new QComboBox;
  combo->addItem(QStringLiteral("colour: p(top-1)"));
  auto* checked = new QCheckBox(QStringLiteral("text-only"));
  checked->setChecked(true);
  auto* radio = new QRadioButton(QStringLiteral("one layer"));
  radio->setChecked(true);
  row({combo, checked, new QCheckBox(QStringLiteral("random")), radio, new QRadioButton(QStringLiteral("all"))});
  QList<QWidget*> bars;
  for (const auto state : {ui::ProgressBar::State::Measured, ui::ProgressBar::State::Unknown,
                           ui::ProgressBar::State::Paused, ui::ProgressBar::State::Cancelled}) {
    auto* bar = new ui::ProgressBar;
    bar->setFixedWidth(100);
    bar->setProgress(.52, state);
    bars << bar;
  }
  row(bars);
  auto* strip = new TokenStrip;
  strip->setChips({chip("The", NAN),
                   chip(" capital", .002F),
                   chip(" of", .63F),
                   chip(" France", .01F),
                   chip(" is", .47F),
                   chip("\n", .2F),
                   {{7, "<|im_end|>", {}, true}, NAN, 0}});
  strip->setSelection(std::pair(4, 4));
  strip->setPinned(3);
  auto* next = new NextTokens;
  next->setTokens({ranked(" Paris", .81F), ranked(" the", .05F), ranked(" located", .03F), ranked(" a", .02F)});
  column->addWidget(strip);
  auto* scrolled = new TokenStrip;
  std::vector<TokenChip> many;
  for (int i = 0; i < 300; ++i) many.push_back(chip(" word" + std::to_string(i), .03F));
  scrolled->setChips(many);
  scrolled->setSelection(std::pair(100, 103));
  column->addWidget(scrolled);
  column->addWidget(next);
  QList<QWidget*> badges;
  for (const Origin origin : {Origin::Measured, Origin::Approximate, Origin::Recorded}) {
    auto* badge = new Badge;
    badge->setOrigin(origin, origin == Origin::Approximate ? QStringLiteral("every 4th source layer")
                                                           : QStringLiteral("f32 · 0.4 s"));
    badges << badge;
  }
  row(badges);
  row({new Tag(TagKind::NoControl), new Tag(TagKind::New), new Tag(TagKind::Changed), new Tag(TagKind::FitScale),
       new Tag(TagKind::Failed)});
  auto* tokens = new ProbabilityBars;
  tokens->setTokens(paris());
  tokens->setFixedWidth(276);
  auto* card = new QWidget;
  card->setFixedSize(206, 84);
  row({tokens, card});
  std::vector<float> course;
  for (int i = 0; i < 30; ++i)
    course.push_back(8 * std::exp(-.04F * static_cast<float>(i)) * (1 - std::exp(-.8F * static_cast<float>(i + 1))));
  auto* entropy = new SparkRow(QStringLiteral("entropy"));
  entropy->setCourse(course, 24, QStringLiteral("3.1 bit"));
  auto* rank = new SparkRow(QStringLiteral("rank of ") + asData(QStringLiteral("␣Paris")));
  rank->setCourse(course, 24, QStringLiteral("1"));
  for (SparkRow* spark : {entropy, rank}) {
    spark->setFixedWidth(276);
    row({spark});
  }
  row({new VerbButton(QStringLiteral("Ask in words"), QStringLiteral("ask"), QStringLiteral("A")),
       new VerbButton(QStringLiteral("Patchscope"), QStringLiteral("patchscope"), QStringLiteral("P"))});
  Error error;
  error.code = "MEM-02";
  error.what = "Not enough memory for this model in f32";
  error.found = "3.1 GB";
  error.expected = "5.9 GB";
  error.advice = "Load as bf16";
  auto* panel = new ErrorPanel(
      error, {QStringLiteral("Load as bf16, 3.0 GB"), QStringLiteral("Choose layers"), QStringLiteral("Cancel")});
  auto* empty = new EmptyPanel({QStringLiteral("vector"), QStringLiteral("No vectors yet"),
                                QStringLiteral("Make one from two sets of prompts, or drop a vector file here."),
                                QStringLiteral("Make a vector"), QStringLiteral("add")});
  auto* line = new QHBoxLayout;
  line->addWidget(panel, 1);
  line->addWidget(empty, 1);
  column->addLayout(line);
  auto* header = new SectionHeader(QStringLiteral("Runs"));
  header->setNote(QStringLiteral("6"));
  header->addButton(QStringLiteral("filter"), QStringLiteral("Filter"));
  header->addButton(QStringLiteral("add"), QStringLiteral("New session"));
  column->addWidget(header);
  column->addWidget(new WarningStrip(
      QStringLiteral("Output became repetitive at strength 12. Last fluent value was 6."), QStringLiteral("Go to 6")));
  board->resize(720, 700);
  return board;
}

QWidget* barBoard() {
  auto* plot = new BarPlot;
  plot->setData({QStringLiteral("Next token at ") + asData(QStringLiteral("t4")),
                 QStringLiteral("plain"),
                 QStringLiteral("patched"),
                 {{QStringLiteral("␣Paris"), .81, .12},
                  {QStringLiteral("␣Tokyo"), .01, .66},
                  {QStringLiteral("␣the"), .05, .04}}});
  plot->resize(520, plot->sizeHint().height());
  return plot;
}

QWidget* divergingBoard() {
  auto* board = new QWidget;
  board->setAutoFillBackground(true);
  board->setBackgroundRole(QPalette::Base);
  auto* column = new QVBoxLayout(board);
  auto* bar = new ColourBar;
  bar->setScale(lens(2, 2, true)->scale);
  column->addWidget(bar);
  auto* map = new HeatMap;
  map->setFitWidth(true);
  map->setData(lens(30, 25, true));
  map->setSelection(CellRange{{10, 4}, {14, 9}});
  column->addWidget(map);
  board->resize(680, 380);
  return board;
}

QImage shot(QWidget& widget, qreal ratio) {
  QImage image(widget.size() * ratio, QImage::Format_RGB32);
  image.setDevicePixelRatio(ratio);
  image.fill(theme().raised);
  widget.render(&image);
  return image;
}

}  // namespace

/// Paints every widget and plot in both themes at two pixel ratios. With PATCHBAY_GALLERY set to a folder the pictures
/// are kept there.
class TestGallery : public QObject {
  Q_OBJECT
private Q_SLOTS:
  void initTestCase() { qInstallMessageHandler(keepMessage); }
  void cleanupTestCase() {
    qInstallMessageHandler(nullptr);
    QVERIFY2(g_messages.isEmpty(), qPrintable(g_messages.join(QLatin1Char('\n'))));
  }

  void everythingPaints_data() {
    QTest::addColumn<int>("kind");
    QTest::addColumn<double>("ratio");
    for (const int kind : {0, 1})
      for (const double ratio : {1.0, 1.5, 2.0})
        QTest::addRow("%s at %.1f", kind == 0 ? "light" : "dark", ratio) << kind << ratio;
  }
  void everythingPaints() {
    QFETCH(int, kind);
    QFETCH(double, ratio);
    applyTheme(*qApp, kind == 0 ? ThemeKind::Light : ThemeKind::Dark);
    const std::pair<const char*, QWidget* (*)()> boards[] = {
        {"lens", lensBoard}, {"widgets", widgetBoard}, {"bars", barBoard}, {"diverging", divergingBoard}};
    for (const auto& [name, make] : boards) {
      const std::unique_ptr<QWidget> board(make());
      board->show();
      QCoreApplication::processEvents();
      const QImage image = shot(*board, ratio);
      QVERIFY(!image.isNull());
      const QString folder = qEnvironmentVariable("PATCHBAY_GALLERY");
      if (!folder.isEmpty())
        image.save(QStringLiteral("%1/%2-%3-%4.png")
                       .arg(folder, QLatin1String(name))
                       .arg(kind == 0 ? QStringLiteral("light") : QStringLiteral("dark"))
                       .arg(ratio));
    }
  }

  void leftEdgesAgree() {
    applyTheme(*qApp, ThemeKind::Light);
    const std::unique_ptr<QWidget> board(lensBoard());
    board->show();
    QCoreApplication::processEvents();
    auto* map = board->findChild<HeatMap*>(QStringLiteral("map"));
    auto* curve = board->findChild<LinePlot*>(QStringLiteral("curve"));
    QCOMPARE(map->mapTo(board.get(), map->gridRect().topLeft()).x(),
             curve->mapTo(board.get(), curve->plotRect().topLeft()).x());
    const QImage image = shot(*board, 1);
    // The base line of the axis begins at the same pixel as the first cell.
    const int left = map->mapTo(board.get(), map->gridRect().topLeft()).x();
    const int base = curve->mapTo(board.get(), curve->plotRect().bottomLeft()).y() + 1;
    bool isBase = false;
    for (int y = base - 2; y <= base + 2; ++y)
      isBase |= image.pixelColor(left + 40, y) == theme().faint || image.pixelColor(left + 40, y) == theme().data;
    QVERIFY(isBase);
    QVERIFY(image.pixelColor(left - 1, map->mapTo(board.get(), map->gridRect().center()).y()) == theme().raised);
  }

  void hoverCardIsBesideThePointer() {
    applyTheme(*qApp, ThemeKind::Light);
    QWidget window;
    window.resize(600, 400);
    window.show();
    HoverCard card(&window);
    HoverContent content{
        QStringLiteral("t4.L24.resid_post"), QStringLiteral("#14"), paris(), {QStringLiteral("entropy 3.1 bit")}};
    const QRect row(window.mapToGlobal(QPoint(100, 100)), QSize(80, 15));
    card.showFor(content, row.center(), row);
    QVERIFY(!card.isVisible());
    QTRY_VERIFY(card.isVisible());
    QCOMPARE(card.width(), 206);
    QVERIFY(!QRect(card.mapToGlobal(QPoint(0, 0)), card.size()).intersects(row));
    const QRect corner(window.mapToGlobal(QPoint(560, 380)), QSize(30, 15));
    card.showFor(content, corner.center(), corner);
    QVERIFY(window.rect().contains(card.geometry()));
    QVERIFY(!QRect(card.mapToGlobal(QPoint(0, 0)), card.size()).intersects(corner));
    const QString folder = qEnvironmentVariable("PATCHBAY_GALLERY");
    if (!folder.isEmpty()) shot(card, 2).save(folder + QStringLiteral("/card.png"));
    card.setAllowed(false);
    QVERIFY(!card.isVisible());
  }
};

QTEST_MAIN(TestGallery)
#include "tst_gallery.moc"
