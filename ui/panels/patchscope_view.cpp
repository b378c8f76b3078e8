#include "ui/panels/patchscope_view.h"

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QTableView>

#include "core/data/any_request.h"
#include "core/data/presets.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/lens_picture.h"
#include "ui/panels/patchscope_composer.h"
#include "ui/panels/patchscope_pages.h"
#include "ui/plots/colour_bar.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/settings.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

PatchscopeView::PatchscopeView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new PatchscopeComposer(workbench), tr("Patchscope form"), parent),
      m_title(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, this)),
      m_pages(new QStackedWidget(content())),
      m_cellPage(new PatchscopeCellPage),
      m_columnPage(new PatchscopeColumnPage),
      m_gridPage(new PatchscopeGridPage),
      m_bar(new ColourBar(this)),
      m_card(addHoverCard()) {
  m_title->setObjectName(QStringLiteral("patchscopeTitle"));
  m_title->setFontSize(12, 600);
  header()->addWidget(m_title, 1);
  header()->addWidget(m_bar);
  m_bar->hide();
  for (PatchscopePage* page : {static_cast<PatchscopePage*>(m_cellPage), static_cast<PatchscopePage*>(m_columnPage),
                               static_cast<PatchscopePage*>(m_gridPage)}) {
    m_pages->addWidget(page);
    connect(page, &PatchscopePage::layerChosen, this, &PatchscopeView::chooseLayer);
    connect(page, &PatchscopePage::cellHovered, this, &PatchscopeView::hoverCell);
    connect(page, &PatchscopePage::menuAsked, m_card, &HoverCard::dismiss);
    connect(page, &PatchscopePage::menuAsked, this, &PatchscopeView::cellMenuAsked);
    connect(page, &PatchscopePage::pooledChanged, this, &PatchscopeView::stateChanged);
  }
  takeLettersOf(m_columnPage->table());
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_pages);
  connect(bench().selection, &Selection::changed, this, &PatchscopeView::showSelection);
  connect(bench().settings, &Settings::changed, this, [this](const QString&) {
    m_gridPage->setMap(mapByName(bench().settings->colourMap()));
    m_bar->setScale(m_gridPage->scale());
  });
  m_gridPage->setMap(mapByName(bench().settings->colourMap()));
  showRun(0);
}

QString PatchscopeView::kind() const { return QLatin1String(PatchscopeRequest::kKind); }

EmptyText PatchscopeView::emptyText() const {
  return {QStringLiteral("patchscope"),
          tr("Choose where to read and where to write"),
          tr("Choose a token of the source and a layer, then press Enter."),
          {},
          {}};
}

QString PatchscopeView::runningText() const {
  const auto request = bench().runs->request(run());
  const auto* asked = request ? std::get_if<PatchscopeRequest>(&*request) : nullptr;
  const bool isGrid = asked && !asked->targetLayers.empty() && asked->sourceLayers.size() != 1;
  return isGrid ? ResultView::runningText() : tr("The words appear here as they are written.");
}

bool PatchscopeView::isApproximate() const {
  return m_result && formOf(*m_result) == PatchscopeForm::Grid && m_gridPage->isPooled();
}

void PatchscopeView::hoverCell(int index, const QPoint& globalPosition, const QRect& area) {
  if (index < 0 || !m_result || index >= static_cast<int>(m_result->cells.size())) {
    m_card->dismiss();
    return;
  }
  const PatchscopeCell& cell = m_result->cells[static_cast<std::size_t>(index)];
  HoverContent content;
  content.address = tr("t%1.L%2 into L%3").arg(m_result->sourceToken).arg(cell.sourceLayer).arg(cell.targetLayer);
  content.run = runName(shownRun());
  content.words.assign(cell.top.begin(), cell.top.begin() + std::min<std::ptrdiff_t>(3, std::ssize(cell.top)));
  content.text = oneLine(cell.generation.text);
  m_card->showFor(content, globalPosition, area);
}

void PatchscopeView::runChosen() {
  m_growing.reset();
  FormView::runChosen();
}

bool PatchscopeView::readResult() {
  const auto result = bench().runs->result<PatchscopeResult>(run());
  if (!result) return false;
  m_growing.reset();
  m_result = result;
  return true;
}

bool PatchscopeView::readStream(const StreamedTokens& tokens) {
  const auto request = bench().runs->request(run());
  if (!request || !std::holds_alternative<PatchscopeRequest>(*request)) return false;
  const auto& asked = std::get<PatchscopeRequest>(*request);
  if (!m_growing) {
    std::vector<int> sources = asked.sourceLayers;
    const ModelCard* card = bench().models->find(asked.model.fingerprint);
    const int everyLayer = sources.empty() && card ? card->layers : 0;
    for (int layer = 0; layer < everyLayer; ++layer) sources.push_back(layer);
    const ModelCard* written =
        asked.targetModel.fingerprint.empty() ? card : bench().models->find(asked.targetModel.fingerprint);
    const int layers = card ? card->layers : 0, otherLayers = written ? written->layers : layers;
    m_growing = std::make_shared<PatchscopeResult>();
    m_growing->sourceToken = asked.sourceToken;
    for (const int source : sources) {
      for (const int target :
           asked.targetLayers.empty() ? std::vector<int>{sameDepth(source, layers, otherLayers)} : asked.targetLayers)
        m_growing->cells.push_back({.sourceLayer = source, .targetLayer = target, .top = {}, .generation = {}});
    }
  }
  if (tokens.lane < 0 || tokens.lane >= static_cast<int>(m_growing->cells.size())) return false;
  PatchscopeCell& cell = m_growing->cells[static_cast<std::size_t>(tokens.lane)];
  cell.generation = tokens.soFar;
  if (!tokens.soFar.tokens.empty()) cell.top = tokens.soFar.tokens.front().alternatives;
  m_result = m_growing;
  return true;
}

ResultTable PatchscopeView::resultTable() const {
  return m_result ? patchscopeTable(m_result, answerName()) : ResultTable{};
}

QString PatchscopeView::answerName() const {
  const auto request = shownRun() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(shownRun());
  if (!request || !std::holds_alternative<PatchscopeRequest>(*request)) return tr("patched target");
  const std::string& preset = std::get<PatchscopeRequest>(*request).preset;
  if (preset.empty()) return tr("patched target");
  const std::string_view words = presetById(preset).title;
  return QString::fromUtf8(words.data(), static_cast<qsizetype>(words.size())).toLower();
}

QString PatchscopeView::resultTitle(QString name) const {
  if (m_result->cells.empty()) return {};
  const PatchscopeCell& cell = m_result->cells.front();
  name.front() = name.front().toUpper();
  switch (formOf(*m_result)) {
    case PatchscopeForm::Cell:
      return tr("%1, read at L%2, written at L%3").arg(name).arg(cell.sourceLayer).arg(cell.targetLayer);
    case PatchscopeForm::Column:
      return tr("%1 beside the logit lens, token %2 at every layer").arg(name).arg(m_result->sourceToken);
    case PatchscopeForm::Grid: return tr("%1, source layer × target layer").arg(name);
  }
  return {};
}

PatchscopePage* PatchscopeView::pageOf(PatchscopeForm form) const {
  switch (form) {
    case PatchscopeForm::Cell: return m_cellPage;
    case PatchscopeForm::Column: return m_columnPage;
    case PatchscopeForm::Grid: return m_gridPage;
  }
  return m_cellPage;
}

void PatchscopeView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  if (!m_result) {
    m_title->setText(QString());
    m_bar->hide();
    return;
  }
  const QString answer = answerName();
  m_title->setText(resultTitle(answer));
  const PatchscopeForm form = formOf(*m_result);
  PatchscopePage* page = pageOf(form);
  page->setResult(m_result, answer);
  m_pages->setCurrentWidget(page);
  m_bar->setVisible(form == PatchscopeForm::Grid);
  if (form == PatchscopeForm::Grid) m_bar->setScale(m_gridPage->scale());
  if (auto* composer = qobject_cast<PatchscopeComposer*>(topForm()))
    composer->setRecordedTokens(m_result->sourceTokens, m_result->targetTokens);
  showSelection();
}

void PatchscopeView::showSelection() {
  const SelectionState& state = bench().selection->state();
  if (!m_result) return;
  pageOf(formOf(*m_result))->setLayer(state.run == shownRun() && state.layers ? state.layers->last : -1);
  Q_EMIT stateChanged();
}

void PatchscopeView::chooseLayer(int layer) {
  if (m_result) bench().selection->selectCell(shownRun(), m_result->sourceToken, layer);
}

Json PatchscopeView::viewState() const {
  Json state = FormView::viewState();
  state["targetLayer"] = m_gridPage->targetLayer();
  return state;
}

void PatchscopeView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto layer = kept<int>(state, "targetLayer")) m_gridPage->setTargetLayer(*layer);
  Q_EMIT stateChanged();
}

QString PatchscopeView::runTitle(const AnyRequest& request) const {
  const auto& asked = std::get<PatchscopeRequest>(request);
  const QString place = asked.sourceLayers.size() == 1
                            ? QString::fromStdString(formatCell(asked.sourceToken, asked.sourceLayers.front()))
                            : tr("t%1, %2")
                                  .arg(asked.sourceToken)
                                  .arg(asked.sourceLayers.empty()
                                           ? tr("all layers")
                                           : tr("%n layers", nullptr, static_cast<int>(asked.sourceLayers.size())));
  return tr("Patchscope %1").arg(place);
}

QString PatchscopeView::copyText() const {
  const SelectionState& state = bench().selection->state();
  if (!m_result || state.run != shownRun() || !state.layers) return {};
  for (const PatchscopeCell& cell : m_result->cells) {
    if (cell.sourceLayer != state.layer()) continue;
    QStringList lines{tr("%1 into L%2: %3")
                          .arg(state.address())
                          .arg(cell.targetLayer)
                          .arg(QString::fromStdString(cell.generation.text))};
    for (const RankedToken& word : cell.top) {
      lines << QStringLiteral("%1\t%2").arg(displayToken(word.token)).arg(static_cast<double>(word.p), 0, 'f', 4);
    }
    return lines.join(QLatin1Char('\n'));
  }
  return {};
}

Figure PatchscopeView::exportFigure() {
  if (!m_result) return {};
  const QString what =
      tr("read at token %1 of the source, resid_post, %2").arg(m_result->sourceToken).arg(answerName());
  return withCaption(pageOf(formOf(*m_result))->figure(), caption() + QStringLiteral(" · ") + what);
}

}  // namespace patchbay::ui
