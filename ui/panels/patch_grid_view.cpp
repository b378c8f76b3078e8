#include "ui/panels/patch_grid_view.h"

#include <algorithm>
#include <cmath>

#include <QHBoxLayout>

#include "core/data/any_request.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/grid_form.h"
#include "ui/panels/grid_picture.h"
#include "ui/panels/picture.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/plots/line_plot.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

/// Layers or tokens of a part that is computed finer.
constexpr std::ptrdiff_t kMostFiner = 4096;

constexpr int kInset = 12;
constexpr int kCurveHeight = 92;

}  // namespace

PatchGridView::PatchGridView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new GridForm(workbench), tr("Patching grid form"), parent),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, this)),
      m_bar(new ColourBar(this)),
      m_map(new HeatMap(content())),
      m_curve(new LinePlot(content())),
      m_place(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, this)),
      m_open(new Button(tr("Open as a patch"), QStringLiteral("patch"), Button::Kind::Plain, this)),
      m_exact(new Button(tr("Compare with exact cells"), QStringLiteral("compare"), Button::Kind::Plain, this)),
      m_finer(new Button(tr("Compute this part finer"), QStringLiteral("search"), Button::Kind::Plain, this)),
      m_card(addHoverCard()) {
  m_statement->setObjectName(QStringLiteral("gridStatement"));
  m_statement->setFontSize(12, 600);
  header()->addWidget(m_statement, 1);
  header()->addWidget(m_bar);
  m_bar->hide();
  buildContent();
  connect(bench().selection, &Selection::changed, this, &PatchGridView::showSelection);
  showRun(0);
}

void PatchGridView::buildContent() {
  m_map->setObjectName(QStringLiteral("patchGrid"));
  m_map->setFitWidth(true);
  m_curve->setObjectName(QStringLiteral("patchGridCurve"));
  m_curve->setFixedHeight(kCurveHeight);
  m_place->setObjectName(QStringLiteral("patchGridPlace"));
  m_open->setObjectName(QStringLiteral("patchGridOpen"));
  m_open->setToolTip(tr("The patch of this cell alone, with its distribution and continuation"));
  auto* line = new QHBoxLayout;
  line->setContentsMargins(0, 2, 0, 2);
  line->addWidget(m_place, 1);
  line->addWidget(m_finer);
  line->addWidget(m_exact);
  line->addWidget(m_open);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 6);
  column->setSpacing(2);
  column->addWidget(m_map, 1);
  column->addLayout(line);
  column->addWidget(m_curve);
  connect(m_map, &HeatMap::selectionChanged, this, &PatchGridView::chooseCell);
  connect(m_map, &HeatMap::hovered, this, &PatchGridView::hoverCell);
  connect(m_map, &HeatMap::pooledChanged, this, &PatchGridView::stateChanged);
  connect(m_map, &HeatMap::contextMenuAsked, this, [this](int, int, const QPoint& position) {
    m_card->dismiss();
    Q_EMIT cellMenuAsked(position);
  });
  connect(m_curve, &LinePlot::cursorMoved, this, [this](int layer) {
    const auto current = m_map->currentCell();
    const auto row = m_grid ? std::ranges::find(m_grid->layers, layer) : std::vector<int>::const_iterator{};
    if (!m_grid || !current || row == m_grid->layers.end()) return;
    const Cell cell{static_cast<int>(row - m_grid->layers.begin()), current->column};
    m_map->setSelection(CellRange{cell, cell});
    chooseCell(CellRange{cell, cell});
  });
  connect(m_open, &Button::clicked, this, &PatchGridView::openPatch);
  m_finer->setObjectName(QStringLiteral("patchGridFiner"));
  m_finer->setToolTip(tr("Every layer and token of the brushed part, cell by cell, as a grid of its own"));
  connect(m_finer, &Button::clicked, this, &PatchGridView::computeFiner);
  m_exact->setObjectName(QStringLiteral("patchGridExact"));
  m_exact->setToolTip(tr("Computes every cell and shows the correlation of the estimate with it"));
  connect(m_exact, &Button::clicked, this, &PatchGridView::computeExactly);
  connect(bench().runs, &RunBook::resultReady, this, [this](RunId id) {
    if (id == m_exactRun) showAgreement();
  });
}

QString PatchGridView::kind() const { return QLatin1String(PatchGridRequest::kKind); }

EmptyText PatchGridView::emptyText() const {
  return {
      QStringLiteral("patch"),
      tr("Which states carry the answer?"),
      tr("Type a clean prompt, and the same prompt with one word changed; each cell writes one state of the first into the second."),
      {},
      {}};
}

QString PatchGridView::badgeDetail() const {
  QStringList details;
  if (m_grid && m_grid->isApproximate) details << tr("estimated by gradient");
  if (m_map->isPooled()) details << tr("pooled (max)");
  return details.join(QStringLiteral(" · "));
}
bool PatchGridView::isApproximate() const { return m_grid && (m_map->isPooled() || m_grid->isApproximate); }

void PatchGridView::runChosen() {
  m_exactRun = 0;
  FormView::runChosen();
}

bool PatchGridView::readResult() {
  const auto grid = bench().runs->result<PatchGridResult>(run());
  if (!grid) return false;
  m_grid = grid;
  return true;
}

bool PatchGridView::readStream(const StreamedTokens& tokens) {
  return tokens.lane >= 0;  // not the two runs as they are
}

void PatchGridView::resultShown() {
  if (shownRun() == 0) m_grid.reset();
  if (shownRun() != 0 && bench().runs->isActive(shownRun()))
    m_grid = bench().runs->partial<PatchGridResult>(shownRun());
  m_bar->setVisible(m_grid != nullptr);
  if (!m_grid) {
    m_statement->setText(QString());
    m_map->setData(nullptr);
    showCell(std::nullopt);
    return;
  }
  const auto map = gridMap(m_grid);
  m_map->setData(map);
  m_bar->setScale(map->scale);
  m_curve->setLeftMargin(m_map->leftMargin());
  m_statement->setText(gridStatement(*m_grid));
  showSelection();
}

std::optional<Cell> PatchGridView::cellAt(int layer, int token) const {
  const auto row = std::ranges::find(m_grid->layers, layer);
  const auto column = std::ranges::find(m_grid->columns, token);
  if (row == m_grid->layers.end() || column == m_grid->columns.end()) return std::nullopt;
  return Cell{static_cast<int>(row - m_grid->layers.begin()), static_cast<int>(column - m_grid->columns.begin())};
}

void PatchGridView::showSelection() {
  if (!m_grid) return;
  const SelectionState& state = bench().selection->state();
  if (const auto part = brushedPart()) {
    m_map->setSelection(part);
    showPart(*part);
    Q_EMIT stateChanged();
    return;
  }
  std::optional<Cell> cell;
  if (m_grid->areHeads) {
    if (state.run == shownRun() && state.layers && state.head) cell = cellAt(state.layer(), *state.head);
  } else if (state.run == shownRun() && state.isCell()) {
    cell = cellAt(state.layer(), state.token());
  }
  m_map->setSelection(cell ? std::optional(CellRange{*cell, *cell}) : std::nullopt);
  showCell(cell);
  Q_EMIT stateChanged();
}

std::optional<CellRange> PatchGridView::brushedPart() const {
  const SelectionState& state = bench().selection->state();
  if (m_grid->areHeads || state.run != shownRun() || !state.layers || !state.tokens || state.isCell())
    return std::nullopt;
  // The rows and columns whose layers and tokens lie between the ends.
  const auto within = [](const std::vector<int>& places, const IndexRange& range) {
    std::optional<IndexRange> found;
    for (int i = 0; i < static_cast<int>(places.size()); ++i) {
      const int place = places[static_cast<std::size_t>(i)];
      if (place < range.first || place > range.last) continue;
      found = IndexRange{found ? found->first : i, i};
    }
    return found;
  };
  const auto rows = within(m_grid->layers, *state.layers), columns = within(m_grid->columns, *state.tokens);
  if (!rows || !columns) return std::nullopt;
  return CellRange{{rows->first, columns->first}, {rows->last, columns->last}};
}

std::optional<PatchGridRequest> PatchGridView::finerRequest() const {
  const auto part = m_grid ? brushedPart() : std::nullopt;
  const auto request = part ? bench().runs->request(shownRun()) : Outcome<AnyRequest>(Cancelled{});
  if (!request || !std::holds_alternative<PatchGridRequest>(*request)) return std::nullopt;
  PatchGridRequest finer = std::get<PatchGridRequest>(*request);
  const auto all = [](const std::vector<int>& places, int first, int last) {
    std::vector<int> between;
    const int end = places[static_cast<std::size_t>(last)];
    for (int place = places[static_cast<std::size_t>(first)]; place <= end && std::ssize(between) < kMostFiner; ++place)
      between.push_back(place);
    return between;
  };
  finer.layers = all(m_grid->layers, part->first.row, part->last.row);
  finer.tokens = all(m_grid->columns, part->first.column, part->last.column);
  std::size_t known = 0;
  for (int row = part->first.row; row <= part->last.row; ++row)
    for (int column = part->first.column; column <= part->last.column; ++column)
      known += !std::isnan(m_grid->values.at(row, column));
  if (!finer.isApproximate && finer.layers.size() * finer.tokens.size() <= known) return std::nullopt;
  finer.isApproximate = false;
  return finer;
}

void PatchGridView::showPart(const CellRange& part) {
  showCell(std::nullopt);
  const auto finer = finerRequest();
  m_finer->setVisible(true);
  m_finer->setEnabled(finer.has_value());
  const SelectionState& state = bench().selection->state();
  m_place->setText(tr("%1 cells, %2 by %3%4")
                       .arg((part.last.row - part.first.row + 1) * (part.last.column - part.first.column + 1))
                       .arg(asData(QStringLiteral("L") + formatRange(state.layers->first, state.layers->last)),
                            asData(QStringLiteral("t") + formatRange(state.tokens->first, state.tokens->last)),
                            finer ? QString() : tr(": every cell of this part is there")));
}

void PatchGridView::computeFiner() {
  const auto finer = finerRequest();
  if (!finer || !bench().models->find(finer->model.fingerprint)) return;
  const RunId id =
      bench().runs->start(*finer, RunStart{.title = gridTitle(*finer), .parent = shownRun(), .replaceKey = {}});
  bench().selection->selectRun(id);
}

void PatchGridView::chooseCell(const std::optional<CellRange>& range) {
  if (!m_grid) return;
  if (!range) return bench().selection->clearPlace();
  if (!range->isSingle() && !m_grid->areHeads) {
    SelectionState part;
    part.run = shownRun();
    part.site = siteByName(m_grid->site).value_or(Site::ResidPost);
    part.layers = IndexRange{m_grid->layers[static_cast<std::size_t>(range->first.row)],
                             m_grid->layers[static_cast<std::size_t>(range->last.row)]};
    part.tokens = IndexRange{m_grid->columns[static_cast<std::size_t>(range->first.column)],
                             m_grid->columns[static_cast<std::size_t>(range->last.column)]};
    return bench().selection->select(part);
  }
  const Cell cell = range->last;
  const int layer = m_grid->layers[static_cast<std::size_t>(cell.row)],
            column = m_grid->columns[static_cast<std::size_t>(cell.column)];
  SelectionState state;
  state.run = shownRun();
  state.layers = IndexRange{layer, layer};
  state.site = siteByName(m_grid->site).value_or(Site::ResidPost);
  const int last = static_cast<int>(m_grid->changedTokens().size()) - 1;
  state.tokens = m_grid->areHeads ? IndexRange{last, last} : IndexRange{column, column};
  if (m_grid->areHeads) state.head = column;
  bench().selection->select(state);
}

void PatchGridView::hoverCell(int row, int column, const QPoint& globalPosition) {
  if (row < 0 || !m_grid) {
    m_card->dismiss();
    return;
  }
  const Cell cell{row, column};
  HoverContent content;
  content.address = gridAddress(*m_grid, cell);
  content.run = runName(shownRun());
  const double value = static_cast<double>(m_grid->values.at(row, column));
  if (std::isnan(value)) {
    const bool hasNoPartner =
        !m_grid->areHeads &&
        m_grid->alignment[static_cast<std::size_t>(m_grid->columns[static_cast<std::size_t>(column)])] < 0;
    const auto receivers = parseReceivers(m_grid->receiver);
    const auto isPassed = [&](const PathReceiver& receiver) {
      return receiver.part != PathReceiver::Part::Logits &&
             m_grid->layers[static_cast<std::size_t>(row)] >= receiver.layer;
    };
    const bool isAbove = receivers && std::ranges::all_of(*receivers, isPassed);
    content.facts << (hasNoPartner                         ? tr("not computed: the other prompt has no such token")
                      : isAbove                            ? tr("no path: it stands above the receiver")
                      : bench().runs->isActive(shownRun()) ? tr("not computed yet")
                                                           : tr("not computed: the run was stopped"));
  } else {
    const auto share = gridShare(*m_grid, cell);
    content.facts << tr("with the edit %1").arg(gridValueText(*m_grid, value));
    content.facts << (share ? tr("clean %1, corrupted %2")
                                  .arg(gridValueText(*m_grid, static_cast<double>(m_grid->cleanValue)),
                                       gridValueText(*m_grid, static_cast<double>(m_grid->corruptValue)))
                            : tr("as it is %1").arg(gridValueText(*m_grid, static_cast<double>(m_grid->cleanValue))));
    content.facts
        << (share
                ? tr("change %1, %2 of the way").arg(formatSigned(gridEffect(*m_grid, cell), 2), formatPercent(*share))
                : tr("change %1").arg(formatSigned(gridEffect(*m_grid, cell), 2)));
  }
  const QRect area = m_map->cellRect(cell);
  m_card->showFor(content, globalPosition, QRect(m_map->mapToGlobal(area.topLeft()), area.size()));
}

void PatchGridView::showCell(const std::optional<Cell>& cell) {
  m_open->setVisible(cell && patchOfCell(*cell));
  m_finer->setVisible(false);
  m_exact->setVisible(m_grid && m_grid->isApproximate);
  m_curve->setVisible(m_grid && m_grid->layers.size() > 1);
  if (!m_grid) {
    m_place->setText(QString());
    m_curve->setData(nullptr);
    return;
  }
  const int column = cell ? cell->column : static_cast<int>(m_grid->columns.size()) - 1;
  m_curve->setData(gridCurve(*m_grid, column));
  m_curve->setCursor(cell ? std::optional<int>(m_grid->layers[static_cast<std::size_t>(cell->row)]) : std::nullopt);
  if (!cell) {
    m_place->setText(m_grid->areHeads ? tr("Rows: layers. Columns: query heads.")
                                      : tr("Rows: layers. Columns: tokens of the run that is changed."));
    return;
  }
  const double value = static_cast<double>(m_grid->values.at(cell->row, cell->column));
  const QString address = asData(gridAddress(*m_grid, *cell));
  if (std::isnan(value)) {
    m_place->setText(tr("%1 was not computed").arg(address));
  } else if (const auto share = gridShare(*m_grid, *cell)) {
    m_place->setText(tr("%1 gives %2, %3 of the way")
                         .arg(address, asData(gridValueText(*m_grid, value)), asData(formatPercent(*share))));
  } else {
    m_place->setText(
        tr("Without %1: %2, a change of %3")
            .arg(address, asData(gridValueText(*m_grid, value)), asData(formatSigned(gridEffect(*m_grid, *cell), 2))));
  }
}

std::optional<PatchRequest> PatchGridView::patchOfCell(Cell cell) const {
  const bool canPatch = m_grid && usesTwoPrompts(m_grid->mode) &&
                        (m_grid->site == "resid_post" || m_grid->site == "attn_out" || m_grid->site == "mlp_out");
  const auto request = canPatch ? bench().runs->request(shownRun()) : Outcome<AnyRequest>(Cancelled{});
  if (!request || !std::holds_alternative<PatchGridRequest>(*request)) return std::nullopt;
  const auto& grid = std::get<PatchGridRequest>(*request);
  const int token = m_grid->columns[static_cast<std::size_t>(cell.column)];
  const int from = m_grid->alignment[static_cast<std::size_t>(token)];
  if (from < 0) return std::nullopt;
  PatchRequest patch;
  patch.model = grid.model;
  patch.source = grid.mode == GridMode::Denoise ? grid.clean : grid.corrupt;
  patch.target = grid.mode == GridMode::Denoise ? grid.corrupt : grid.clean;
  patch.sourceToken = from;
  patch.targetToken = token;
  patch.sourceLayer = patch.targetLayer = m_grid->layers[static_cast<std::size_t>(cell.row)];
  patch.site = grid.site;
  return patch;
}

void PatchGridView::openPatch() {
  const auto cell = m_map->currentCell();
  const auto patch = cell ? patchOfCell(*cell) : std::nullopt;
  if (!patch || !bench().models->find(patch->model.fingerprint)) return;
  const QString title = tr("Patch %1 of %2").arg(gridAddress(*m_grid, *cell), runName(shownRun()));
  const RunId id = bench().runs->start(*patch, RunStart{.title = title, .parent = shownRun(), .replaceKey = {}});
  bench().selection->selectCell(id, patch->targetToken, patch->targetLayer);
}

void PatchGridView::computeExactly() {
  const auto request = bench().runs->request(shownRun());
  if (!request || !std::holds_alternative<PatchGridRequest>(*request)) return;
  PatchGridRequest exact = std::get<PatchGridRequest>(*request);
  exact.isApproximate = false;
  if (!bench().models->find(exact.model.fingerprint)) return;
  m_exactRun = bench().runs->start(exact, RunStart{.title = gridTitle(exact), .parent = shownRun(), .replaceKey = {}});
  m_place->setText(tr("Computing every cell as %1").arg(asData(runName(m_exactRun))));
  showAgreement();
}

void PatchGridView::showAgreement() {
  const auto exact = m_exactRun == 0 ? nullptr : bench().runs->result<PatchGridResult>(m_exactRun);
  const auto agreement = exact && m_grid ? gridCorrelation(*m_grid, *exact) : std::nullopt;
  if (agreement)
    m_place->setText(tr("Correlation with the exact grid %1: %2")
                         .arg(asData(runName(m_exactRun)), asData(formatNumber(*agreement, 3))));
}

QString PatchGridView::runTitle(const AnyRequest& request) const {
  return gridTitle(std::get<PatchGridRequest>(request));
}

ResultTable PatchGridView::resultTable() const { return m_grid ? gridTable(m_grid) : ResultTable{}; }

QString PatchGridView::copyText() const {
  return m_grid && m_map->currentCell() ? withoutMarks(m_place->text()) : QString();
}

Figure PatchGridView::exportFigure() {
  if (!m_grid) return {};
  return withCaption(m_map->figure(), caption() + QStringLiteral(" · ") + QString::fromStdString(m_grid->site) +
                                          QStringLiteral(" · ") + withoutMarks(gridStatement(*m_grid)));
}

}  // namespace patchbay::ui
