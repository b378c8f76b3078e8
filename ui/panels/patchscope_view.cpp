#include "ui/panels/patchscope_view.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QStackedWidget>
#include <QTableView>

#include "core/data/any_request.h"
#include "core/data/presets.h"
#include "ui/bridge/engine_client.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/lens_picture.h"
#include "ui/panels/patchscope_composer.h"
#include "ui/panels/patchscope_pages.h"
#include "ui/plots/colour_bar.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/patchscope_cells.h"
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
      m_colour(new ChoiceBox(tr("colour:"), ChoiceBox::Face::Data, this)),
      m_bar(new ColourBar(this)),
      m_card(addHoverCard()) {
  m_title->setObjectName(QStringLiteral("patchscopeTitle"));
  m_title->setFontSize(12, 600);
  header()->addWidget(m_title, 1);
  m_colour->setObjectName(QStringLiteral("patchscopeColour"));
  m_colour->addItem(tr("first word"));
  m_colour->hide();
  header()->addWidget(m_colour);
  connect(m_colour, &ChoiceBox::activated, this, [this](int index) {
    m_wantedColour = index;
    colour();
    Q_EMIT stateChanged();
  });
  header()->addWidget(m_bar);
  m_bar->hide();
  for (PatchscopePage* page : {static_cast<PatchscopePage*>(m_cellPage), static_cast<PatchscopePage*>(m_columnPage),
                               static_cast<PatchscopePage*>(m_gridPage)}) {
    m_pages->addWidget(page);
    connect(page, &PatchscopePage::placeChosen, this, &PatchscopeView::choosePlace);
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
  const bool isGrid = asked && (asked->everyToken || (!asked->targetLayers.empty() && asked->sourceLayers.size() != 1));
  return isGrid ? ResultView::runningText() : tr("The words appear here as they are written.");
}

bool PatchscopeView::isApproximate() const { return m_result && isMapped() && m_gridPage->isPooled(); }

void PatchscopeView::hoverCell(int index, const QPoint& globalPosition, const QRect& area) {
  if (index < 0 || !m_result || index >= static_cast<int>(m_result->cells.size())) {
    m_card->dismiss();
    return;
  }
  const PatchscopeCell& cell = m_result->cells[static_cast<std::size_t>(index)];
  HoverContent content;
  content.address = tr("t%1.L%2 into L%3").arg(m_result->tokenOf(cell)).arg(cell.sourceLayer).arg(cell.targetLayer);
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
    const ModelCard* card = bench().models->find(asked.model.fingerprint);
    const ModelCard* written =
        asked.targetModel.fingerprint.empty() ? card : bench().models->find(asked.targetModel.fingerprint);
    const int layers = card ? card->layers : 0, otherLayers = written ? written->layers : layers;
    m_growing = std::make_shared<PatchscopeResult>();
    m_growing->sourceToken = asked.sourceToken;
    if (asked.everyToken)
      if (const auto own = bench().engine->tokenize(asked.model.fingerprint, asked.source))
        m_growing->sourceTokens = own->tokens;
    const auto count = static_cast<int>(m_growing->sourceTokens.size());
    m_growing->cells = emptyCells(asked, count, layers, otherLayers);
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
    case PatchscopeForm::Tokens: return tr("%1, every token at every layer").arg(name);
  }
  return {};
}

PatchscopePage* PatchscopeView::pageOf(PatchscopeForm form) const {
  switch (form) {
    case PatchscopeForm::Cell: return m_cellPage;
    case PatchscopeForm::Column: return m_columnPage;
    case PatchscopeForm::Grid:
    case PatchscopeForm::Tokens: return m_gridPage;
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
  PatchscopePage* page = pageOf(formOf(*m_result));
  fillColours();
  page->setResult(m_result, answer);
  m_pages->setCurrentWidget(page);
  m_bar->setVisible(isMapped());
  if (isMapped()) m_bar->setScale(m_gridPage->scale());
  if (auto* composer = qobject_cast<PatchscopeComposer*>(topForm()))
    composer->setRecordedTokens(m_result->sourceTokens, m_result->targetTokens);
  showSelection();
}

void PatchscopeView::showSelection() {
  const SelectionState& state = bench().selection->state();
  if (!m_result) return;
  const bool isHere = state.run == shownRun() && state.layers;
  pageOf(formOf(*m_result))->setPlace(state.tokens ? state.tokens->last : -1, isHere ? state.layers->last : -1);
  Q_EMIT stateChanged();
}

bool PatchscopeView::isMapped() const { return m_result && pageOf(formOf(*m_result)) == m_gridPage; }

void PatchscopeView::fillColours() {
  m_colour->clear();
  m_colour->addItem(tr("first word"));
  for (const TokenFact& word : m_result->asked) m_colour->addItem(displayToken(word));
  m_colour->setVisible(isMapped() && !m_result->asked.empty());
  colour();
}

void PatchscopeView::colour() {
  m_colour->setCurrentIndex(std::clamp(m_wantedColour, 0, m_colour->count() - 1));
  m_gridPage->setAsked(m_colour->currentIndex() - 1);
  m_bar->setScale(m_gridPage->scale());
}

void PatchscopeView::choosePlace(int token, int layer) {
  if (m_result) bench().selection->selectCell(shownRun(), token, layer);
}

Json PatchscopeView::viewState() const {
  Json state = FormView::viewState();
  state["targetLayer"] = m_gridPage->targetLayer();
  state["colour"] = m_wantedColour;
  return state;
}

void PatchscopeView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto layer = kept<int>(state, "targetLayer")) m_gridPage->setTargetLayer(*layer);
  if (const auto wanted = kept<int>(state, "colour")) {
    m_wantedColour = std::max(0, *wanted);
    colour();
  }
  Q_EMIT stateChanged();
}

QString PatchscopeView::runTitle(const AnyRequest& request) const {
  const auto& asked = std::get<PatchscopeRequest>(request);
  if (asked.everyToken) return tr("Patchscope, every token");
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
    if (cell.sourceLayer != state.layer() || (cell.sourceToken >= 0 && cell.sourceToken != state.token())) continue;
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
      formOf(*m_result) == PatchscopeForm::Tokens
          ? tr("read at every token of the source, resid_post, %1").arg(answerName())
          : tr("read at token %1 of the source, resid_post, %2").arg(m_result->sourceToken).arg(answerName());
  return withCaption(pageOf(formOf(*m_result))->figure(), caption() + QStringLiteral(" · ") + what);
}

}  // namespace patchbay::ui
