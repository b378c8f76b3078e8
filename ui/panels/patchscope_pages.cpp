#include "ui/panels/patchscope_pages.h"

#include <algorithm>

#include <QGridLayout>
#include <QHeaderView>
#include <QMouseEvent>
#include <QSplitter>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/generation_text.h"
#include "ui/panels/patchscope_picture.h"
#include "ui/panels/picture.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/line_plot.h"
#include "ui/widgets/format.h"
#include "ui/widgets/probability_bars.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr std::size_t kShownWords = 5;
constexpr int kLowestRow = 14;
constexpr int kCurveWidth = 400;
constexpr int kTallestCurve = 320;

std::vector<RankedToken> firstFew(const std::vector<RankedToken>& tokens) {
  return {tokens.begin(), tokens.begin() + static_cast<std::ptrdiff_t>(std::min(tokens.size(), kShownWords))};
}

MarkedLabel* heading(const QString& words, QWidget* parent) {
  auto* label = new MarkedLabel(words, 12, MarkedLabel::Ink::Text, parent);
  label->setFontSize(12, 600);
  return label;
}

}  // namespace

PatchscopeCellPage::PatchscopeCellPage(QWidget* parent)
    : PatchscopePage(parent),
      m_text(new GenerationText(this)),
      m_answer(new ProbabilityBars(this)),
      m_lens(new ProbabilityBars(this)),
      m_unpatched(new ProbabilityBars(this)),
      m_source(new ProbabilityBars(this)) {
  m_text->setObjectName(QStringLiteral("patchscopeText"));
  m_answer->setObjectName(QStringLiteral("patchscopeAnswer"));
  m_lens->setObjectName(QStringLiteral("patchscopeLens"));
  m_unpatched->setObjectName(QStringLiteral("patchscopeUnpatched"));
  m_source->setObjectName(QStringLiteral("patchscopeSourceNext"));
  m_text->setFixedHeight(96);
  m_text->document()->setDocumentMargin(0);
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(kInset, 4, kInset, kInset);
  grid->setHorizontalSpacing(28);
  grid->setVerticalSpacing(6);
  grid->addWidget(m_text, 0, 0, 1, 2);
  const auto place = [&](ProbabilityBars* bars, MarkedLabel* title, int row, int column) {
    bars->setScaleShown(false);
    grid->addWidget(title, row, column);
    grid->addWidget(bars, row + 1, column, Qt::AlignTop);
  };
  place(m_answer, heading(tr("Next token, patched"), this), 2, 0);
  place(m_lens, heading(tr("Logit lens of the same cell"), this), 2, 1);
  place(m_unpatched, heading(tr("Target without the patch, control"), this), 4, 0);
  place(m_source, heading(tr("The source's own next token"), this), 4, 1);
  grid->setColumnStretch(0, 1);
  grid->setColumnStretch(1, 1);
  grid->setRowStretch(6, 1);
}

void PatchscopeCellPage::setResult(const std::shared_ptr<const PatchscopeResult>& result, const QString& answerName) {
  m_result = result;
  m_answerName = answerName;
  if (!result || result->cells.empty()) return;
  const PatchscopeCell& cell = result->cells.front();
  m_text->setGeneration(cell.generation);
  m_answer->setTokens(firstFew(cell.top));
  const PatchscopeCell* lens = lensOf(*result, cell);
  m_lens->setTokens(lens ? firstFew(lens->top) : std::vector<RankedToken>{});
  m_unpatched->setTokens(firstFew(result->unpatched));
  m_source->setTokens(firstFew(result->sourceNext));
}

void PatchscopeCellPage::setPlace(int token, int layer){Q_UNUSED(token) Q_UNUSED(layer)}

Figure PatchscopeCellPage::figure() const {
  if (!m_result || m_result->cells.empty()) return {};
  const PatchscopeCell& cell = m_result->cells.front();
  const QString title =
      tr("%1, read at L%2, written at L%3").arg(m_answerName).arg(cell.sourceLayer).arg(cell.targetLayer);
  QString html =
      QStringLiteral("<b>%1</b><p>%2</p>").arg(title.toHtmlEscaped(), oneLine(cell.generation.text).toHtmlEscaped());
  return stacked({textFigure(html, 640), tableFigure(patchscopeTable(m_result, m_answerName), 640)});
}

PatchscopeColumnPage::PatchscopeColumnPage(QWidget* parent)
    : PatchscopePage(parent),
      m_model(new ResultTableModel(this)),
      m_table(new QTableView(this)),
      m_curve(new LinePlot(this)),
      m_control(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)) {
  m_table->setObjectName(QStringLiteral("patchscopeTable"));
  m_table->setModel(m_model);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setTabKeyNavigation(false);
  m_table->setFrameShape(QFrame::NoFrame);
  m_table->setShowGrid(false);
  m_table->setFont(dataFont(12));
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setMinimumSectionSize(kLowestRow);
  m_table->horizontalHeader()->setStretchLastSection(true);
  m_table->horizontalHeader()->setHighlightSections(false);
  m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  m_curve->setObjectName(QStringLiteral("patchscopeCurve"));
  m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_curve->setMinimumSize(kCurveWidth, 130);
  m_curve->setMaximumHeight(kTallestCurve);
  m_control->setObjectName(QStringLiteral("patchscopeControl"));
  auto* sides = new QHBoxLayout;
  sides->setSpacing(kInset);
  sides->addWidget(m_table, 3);
  auto* beside = new QVBoxLayout;
  beside->addWidget(m_curve, 1);
  beside->addStretch(0);
  sides->addLayout(beside, 2);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(kInset, 0, kInset, 8);
  column->setSpacing(6);
  column->addLayout(sides, 1);
  column->addWidget(m_control);
  connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
    if (!m_result || !index.isValid()) return;
    const PatchscopeCell& cell = m_result->cells[static_cast<std::size_t>(cellOfRow(*m_result, index.row()))];
    Q_EMIT placeChosen(m_result->tokenOf(cell), cell.sourceLayer);
  });
  connect(m_curve, &LinePlot::cursorMoved, this, [this](int layer) {
    if (m_result) Q_EMIT placeChosen(m_result->sourceToken, layer);
  });
  m_table->setMouseTracking(true);
  m_table->viewport()->installEventFilter(this);
  m_table->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(m_table, &QTableView::customContextMenuRequested, this, [this](const QPoint& position) {
    if (m_table->currentIndex().isValid()) Q_EMIT menuAsked(m_table->viewport()->mapToGlobal(position));
  });
}

bool PatchscopeColumnPage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::MouseMove) hoverRow(static_cast<QMouseEvent*>(event)->position().toPoint());
  if (event->type() == QEvent::Leave) Q_EMIT cellHovered(-1, {}, {});
  return PatchscopePage::eventFilter(watched, event);
}

void PatchscopeColumnPage::hoverRow(const QPoint& position) {
  const int row = m_table->rowAt(position.y());
  const int index = m_result && row >= 0 ? cellOfRow(*m_result, row) : -1;
  const QRect area(0, m_table->rowViewportPosition(row), m_table->viewport()->width(), m_table->rowHeight(row));
  Q_EMIT cellHovered(index, m_table->viewport()->mapToGlobal(position),
                     QRect(m_table->viewport()->mapToGlobal(area.topLeft()), area.size()));
}

void PatchscopeColumnPage::setResult(const std::shared_ptr<const PatchscopeResult>& result, const QString& answerName) {
  const QSignalBlocker quiet(m_table->selectionModel());
  m_result = result;
  m_model->setTable(result ? patchscopeTable(result, answerName) : ResultTable{});
  if (!result) return;
  m_curve->setData(patchscopeCurve(*result, answerName));
  m_curve->setVisible(!result->finalTokenP.empty() || !result->asked.empty());
  m_control->setText(controlWords(*result));
  fitRows();
  // The last column is stretched again only when the setting changes.
  m_table->horizontalHeader()->setStretchLastSection(false);
  m_table->resizeColumnsToContents();
  m_table->horizontalHeader()->setStretchLastSection(true);
}

void PatchscopeColumnPage::fitRows() {
  const int rows = m_model->rowCount();
  if (rows == 0) return;
  const int room = m_table->height() - m_table->horizontalHeader()->height();
  m_table->verticalHeader()->setDefaultSectionSize(std::clamp(room / rows, kLowestRow, rowHeight(22)));
}

void PatchscopeColumnPage::resizeEvent(QResizeEvent* event) {
  PatchscopePage::resizeEvent(event);
  layout()->activate();
  fitRows();
}

void PatchscopeColumnPage::setPlace(int, int layer) {
  if (!m_result) return;
  const QSignalBlocker quiet(m_table->selectionModel());
  const int row = rowOfLayer(*m_result, layer);
  m_curve->setCursor(row < 0 ? std::nullopt : std::optional<int>(layer));
  if (row < 0) {
    m_table->clearSelection();
    return;
  }
  m_table->setCurrentIndex(m_model->index(row, 0));
  m_table->selectRow(row);
  m_table->scrollTo(m_model->index(row, 0));
  m_table->viewport()->update();
}

Figure PatchscopeColumnPage::figure() const {
  if (!m_result) return {};
  const int width = std::max(640, this->width());
  return stacked({tableFigure(m_model->table(), width), m_curve->figure()});
}

PatchscopeGridPage::PatchscopeGridPage(QWidget* parent)
    : PatchscopePage(parent),
      m_grid(new HeatMap(this)),
      m_place(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)),
      m_control(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)),
      m_text(new GenerationText(this)) {
  m_control->setObjectName(QStringLiteral("patchscopeGridControl"));
  m_grid->setObjectName(QStringLiteral("patchscopeGrid"));
  m_text->setObjectName(QStringLiteral("patchscopeGridText"));
  m_grid->setFitWidth(true);
  m_text->setFixedHeight(64);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(kInset, 0, kInset, 8);
  column->setSpacing(4);
  column->addWidget(m_grid, 1);
  column->addWidget(m_place);
  column->addWidget(m_text);
  column->addWidget(m_control);
  connect(m_grid, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range) chooseCell(range->last);
  });
  connect(m_grid, &HeatMap::hovered, this, [this](int row, int read, const QPoint& globalPosition) {
    const int index = m_result && row >= 0 ? cellOfGrid(*m_result, {row, read}) : -1;
    const QRect cell = m_grid->cellRect({row, read});
    Q_EMIT cellHovered(index, globalPosition, QRect(m_grid->mapToGlobal(cell.topLeft()), cell.size()));
  });
  connect(m_grid, &HeatMap::contextMenuAsked, this,
          [this](int, int, const QPoint& globalPosition) { Q_EMIT menuAsked(globalPosition); });
  connect(m_grid, &HeatMap::pooledChanged, this, &PatchscopePage::pooledChanged);
}

bool PatchscopeGridPage::isPooled() const { return m_grid->isPooled(); }

void PatchscopeGridPage::setResult(const std::shared_ptr<const PatchscopeResult>& result, const QString&) {
  m_result = result;
  m_grid->setData(result ? patchscopeGrid(result, m_map, m_asked) : nullptr);
  m_place->setText(result && formOf(*result) == PatchscopeForm::Tokens
                       ? tr("Columns: token read in the source. Rows: layer read in the source.")
                       : tr("Columns: layer read in the source. Rows: layer written in the target."));
  m_control->setText(result ? controlWords(*result) : QString());
  m_text->setGeneration({});
  m_text->setVisible(result && std::ranges::any_of(result->cells, [](const PatchscopeCell& cell) {
                       return !cell.generation.text.empty();
                     }));
  if (const auto current = m_grid->currentCell()) showCell(*current);
}

void PatchscopeGridPage::setMap(MapName map) {
  m_map = map;
  if (m_result) m_grid->setData(patchscopeGrid(m_result, map, m_asked));
}

void PatchscopeGridPage::setAsked(int asked) {
  m_asked = asked;
  if (m_result) m_grid->setData(patchscopeGrid(m_result, m_map, asked));
}

MapScale PatchscopeGridPage::scale() const { return m_grid->data() ? m_grid->data()->scale : MapScale{}; }

void PatchscopeGridPage::chooseCell(Cell cell) {
  const int index = m_result ? cellOfGrid(*m_result, cell) : -1;
  if (index < 0) return;
  showCell(cell);
  const PatchscopeCell& chosen = m_result->cells[static_cast<std::size_t>(index)];
  Q_EMIT placeChosen(m_result->tokenOf(chosen), chosen.sourceLayer);
}

void PatchscopeGridPage::showCell(Cell cell) {
  const int index = m_result ? cellOfGrid(*m_result, cell) : -1;
  if (index < 0) return;
  const PatchscopeCell& chosen = m_result->cells[static_cast<std::size_t>(index)];
  m_targetLayer = chosen.targetLayer;
  const QString read = formOf(*m_result) == PatchscopeForm::Tokens
                           ? QStringLiteral("t%1.L%2").arg(m_result->tokenOf(chosen)).arg(chosen.sourceLayer)
                           : QStringLiteral("L%1").arg(chosen.sourceLayer);
  QString place =
      tr("Read at %1, written at %2").arg(asData(read), asData(QStringLiteral("L%1").arg(chosen.targetLayer)));
  const bool hasText = !chosen.generation.text.empty();
  for (std::size_t k = 0; !hasText && k < std::min(kShownWords, chosen.top.size()); ++k)
    place += (k == 0 ? QStringLiteral(": ") : QStringLiteral(" · ")) + asData(displayToken(chosen.top[k].token)) +
             QLatin1Char(' ') + asData(formatProbability(static_cast<double>(chosen.top[k].p)));
  m_place->setText(place);
  m_text->setGeneration(chosen.generation);
  m_text->setVisible(hasText);  // next tokens alone stand in the line above
}

void PatchscopeGridPage::setPlace(int token, int layer) {
  const auto picture = m_grid->data();
  const auto current = m_grid->currentCell();
  if (!picture || !m_result) return;
  const bool isOfTokens = formOf(*m_result) == PatchscopeForm::Tokens;
  // Of several target layers the row stays that is chosen.
  const int kept = current && !isOfTokens ? cellOfGrid(*m_result, *current) : -1;
  const int target = kept < 0 ? m_targetLayer : m_result->cells[static_cast<std::size_t>(kept)].targetLayer;
  const auto isMeant = [&](const PatchscopeCell& cell, bool anyTarget) {
    return cell.sourceLayer == layer &&
           (isOfTokens ? m_result->tokenOf(cell) == token : anyTarget || cell.targetLayer == target);
  };
  auto found = std::ranges::find_if(m_result->cells, [&](const auto& cell) { return isMeant(cell, false); });
  if (found == m_result->cells.end())
    found = std::ranges::find_if(m_result->cells, [&](const auto& cell) { return isMeant(cell, true); });
  if (found == m_result->cells.end()) return;
  const Cell cell = gridCellOf(*m_result, *found);
  if (current && *current == cell) return;
  m_grid->setSelection(CellRange{cell, cell});
  showCell(cell);
}

void PatchscopeGridPage::setTargetLayer(int layer) {
  // Of every token there is one target layer each.
  if (m_result && formOf(*m_result) == PatchscopeForm::Tokens) return;
  m_targetLayer = layer;
  const auto picture = m_grid->data();
  const auto current = m_grid->currentCell();
  const auto row = picture ? static_cast<int>(picture->rowLabels.indexOf(QStringLiteral("L%1").arg(layer))) : -1;
  if (!current || row < 0 || current->row == row) return;
  const Cell cell{row, current->column};
  m_grid->setSelection(CellRange{cell, cell});
  showCell(cell);
}

Figure PatchscopeGridPage::figure() const { return m_grid->figure(); }

}  // namespace patchbay::ui
