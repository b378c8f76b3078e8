#include "ui/panels/explore_view.h"

#include <algorithm>
#include <array>
#include <utility>

#include <QHBoxLayout>
#include <QSlider>
#include <QStackedWidget>

#include "ui/panels/cell_verbs.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/explore_form.h"
#include "ui/plots/colour_bar.h"
#include "ui/plots/heat_map.h"
#include "ui/state/action_registry.h"
#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/settings.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/hover_card.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kCurveHeight = 130;
constexpr int kPlaceLabels = 92;
/// Pairs of components, counted from 0.
constexpr std::array<std::pair<int, int>, 3> kAxes = {{{0, 1}, {0, 2}, {1, 2}}};

}  // namespace

ExploreView::ExploreView(const Workbench& workbench, QWidget* parent)
    : FormView(workbench, new ExploreForm(workbench), tr("what is explored"), parent),
      m_pages(new SegmentedControl({tr("Norms"), tr("Components"), tr("Cosines"), tr("Channels")}, this)),
      m_layerBox(new ChoiceBox(tr("layer:"), ChoiceBox::Face::Data, this)),
      m_axesBox(new ChoiceBox(tr("axes:"), ChoiceBox::Face::Data, this)),
      m_bar(new ColourBar(this)),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_stack(new QStackedWidget(content())),
      m_normMap(new HeatMap(m_stack)),
      m_normCurve(new LinePlot(m_stack)),
      m_scatter(new ScatterPlot(m_stack)),
      m_layerSlider(new QSlider(Qt::Horizontal, m_stack)),
      m_vector(new Button(tr("Make a vector of these"), QStringLiteral("vector"), Button::Kind::Plain, m_stack)),
      m_cosines(new HeatMap(m_stack)),
      m_channels(new HeatMap(m_stack)),
      m_card(addHoverCard()) {
  buildHeader();
  buildContent();
  setLook(m_page, m_layer, m_axes);
  settleEdits();
  connect(bench().selection, &Selection::changed, this, &ExploreView::followSelection);
  connect(bench().settings, &Settings::changed, this, [this](const QString&) {
    if (m_result) draw();
  });
  showRun(0);
}

QString ExploreView::kind() const { return QLatin1String(ExploreRequest::kKind); }

void ExploreView::buildHeader() {
  m_pages->setObjectName(QStringLiteral("explorePage"));
  m_layerBox->setObjectName(QStringLiteral("exploreLayer"));
  m_axesBox->setObjectName(QStringLiteral("exploreAxes"));
  for (const auto& [across, up] : kAxes) m_axesBox->addItem(QStringLiteral("%1 · %2").arg(across + 1).arg(up + 1));
  header()->addWidget(m_pages);
  header()->addWidget(m_layerBox);
  header()->addWidget(m_axesBox);
  header()->addStretch(1);
  header()->addWidget(m_bar);
  connect(m_pages, &SegmentedControl::chosen, this,
          [this](int page) { choose(static_cast<Page>(page), m_layer, m_axes); });
  connect(m_layerBox, &ChoiceBox::activated, this, [this](int layer) { choose(m_page, layer, m_axes); });
  connect(m_axesBox, &ChoiceBox::activated, this, [this](int axes) { choose(m_page, m_layer, axes); });
}

void ExploreView::buildContent() {
  m_statement->setObjectName(QStringLiteral("exploreStatement"));
  m_stack->addWidget(normsPage());
  m_stack->addWidget(componentsPage());
  m_cosines->setObjectName(QStringLiteral("exploreCosines"));
  m_cosines->setFitWidth(true);
  m_cosines->setLeftMargin(kPlaceLabels);
  m_stack->addWidget(m_cosines);
  m_channels->setObjectName(QStringLiteral("exploreChannels"));
  m_channels->setFitWidth(true);
  m_stack->addWidget(m_channels);
  auto* rows = new QVBoxLayout(content());
  rows->setContentsMargins(kInset, 0, kInset, 6);
  rows->setSpacing(4);
  rows->addWidget(m_statement);
  rows->addWidget(m_stack, 1);
  connect(m_cosines, &HeatMap::hovered, this, [this](int row, int column, const QPoint& at) {
    if (row < 0 || !m_result) return m_card->dismiss();
    const auto count = static_cast<int>(m_result->compared.size());
    const int upper = m_result->compared[static_cast<std::size_t>(count - 1 - row)],
              other = m_result->compared[static_cast<std::size_t>(column)];
    HoverContent card;
    card.address = QStringLiteral("L%1").arg(m_layer);
    card.run = runName(shownRun());
    card.facts << placeName(*m_result, upper) << placeName(*m_result, other)
               << tr("cosine %1").arg(formatNumber(static_cast<double>(m_cosines->data()->value({row, column})), 3));
    const QRect cell = m_cosines->cellRect({row, column});
    m_card->showFor(card, at, QRect(m_cosines->mapToGlobal(cell.topLeft()), cell.size()));
  });
  connect(m_cosines, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range && m_result) choosePlace(m_result->compared[static_cast<std::size_t>(range->last.column)]);
  });
  connect(m_channels, &HeatMap::hovered, this, [this](int row, int column, const QPoint& at) {
    if (row < 0 || !m_result) return m_card->dismiss();
    HoverContent card;
    card.address = QStringLiteral("L%1.c%2").arg(row).arg(static_cast<int>(m_result->channels.at(row, column)));
    card.run = runName(shownRun());
    card.facts << tr("%1 of the mean squared length of %2 channels")
                      .arg(formatPercent(static_cast<double>(m_result->channelShare.at(row, column))))
                      .arg(m_result->width)
               << tr("mean %1").arg(formatSigned(static_cast<double>(m_result->channelMean.at(row, column)), 2));
    const QRect cell = m_channels->cellRect({row, column});
    m_card->showFor(card, at, QRect(m_channels->mapToGlobal(cell.topLeft()), cell.size()));
  });
  connect(m_channels, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (range) choose(m_page, range->last.row, m_axes);
  });
}

QWidget* ExploreView::normsPage() {
  auto* page = new QWidget(m_stack);
  m_normMap->setObjectName(QStringLiteral("exploreNorms"));
  m_normCurve->setObjectName(QStringLiteral("exploreNormCurve"));
  m_normCurve->setFixedHeight(kCurveHeight);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(2);
  column->addWidget(m_normMap, 1);
  column->addWidget(m_normCurve);
  connect(m_normMap, &HeatMap::selectionChanged, this, [this](const std::optional<CellRange>& range) {
    if (!range) return;
    choose(m_page, range->last.row, m_axes);
    choosePlace(range->last.column);
  });
  connect(m_normMap, &HeatMap::hovered, this, [this](int row, int place, const QPoint& at) {
    if (row < 0 || !m_result) return m_card->dismiss();
    const QRect cell = m_normMap->cellRect({row, place});
    hoverPlace(place, row, at, QRect(m_normMap->mapToGlobal(cell.topLeft()), cell.size()));
  });
  connect(m_normCurve, &LinePlot::cursorMoved, this, [this](int layer) { choose(m_page, layer, m_axes); });
  return page;
}

QWidget* ExploreView::componentsPage() {
  auto* page = new QWidget(m_stack);
  m_scatter->setObjectName(QStringLiteral("exploreScatter"));
  m_layerSlider->setObjectName(QStringLiteral("exploreLayerSlider"));
  m_layerSlider->setAccessibleName(tr("Layer"));
  m_layerSlider->setToolTip(tr("The layer: watch the points move as the model reads on"));
  m_vector->setObjectName(QStringLiteral("exploreVector"));
  auto* row = new QHBoxLayout;
  row->setSpacing(10);
  row->addWidget(m_layerSlider, 1);
  row->addWidget(m_vector);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(4);
  column->addWidget(m_scatter, 1);
  column->addLayout(row);
  connect(m_layerSlider, &QSlider::valueChanged, this, [this](int layer) { choose(m_page, layer, m_axes); });
  connect(m_scatter, &ScatterPlot::currentChanged, this,
          [this](int place) { choosePlace(place < 0 ? std::nullopt : std::optional<int>(place)); });
  connect(m_scatter, &ScatterPlot::chosenChanged, this, [this] {
    showStatement();
    Q_EMIT stateChanged();
  });
  connect(m_scatter, &ScatterPlot::hovered, this, [this](int place, const QPoint& at) {
    if (place < 0 || !m_result) return m_card->dismiss();
    const QPoint point = m_scatter->mapToGlobal(m_scatter->positionOf(place).toPoint());
    hoverPlace(place, m_layer, at, QRect(point - QPoint(8, 8), QSize(16, 16)));
  });
  connect(m_vector, &Button::clicked, this,
          [this] { bench().actions->trigger(QStringLiteral("intervene.vector-of-chosen")); });
  return page;
}

EmptyText ExploreView::emptyText() const {
  return {QStringLiteral("curve"),
          tr("How do activations lie to each other?"),
          tr("Press Run to explore the prompt, or write texts above, one a line: two groups are told apart."),
          {},
          {}};
}

bool ExploreView::readResult() {
  const auto result = bench().runs->result<ExploreResult>(run());
  if (!result) return false;
  if (result != m_result) take(result);
  return true;
}

bool ExploreView::readStream(const StreamedTokens& tokens) {
  auto part = tokens.as<ExploreResult>();
  if (!part) return false;
  take(std::move(part));
  return true;
}

void ExploreView::take(SharedExplore result) {
  const bool isFirst = m_result == nullptr;
  if (m_result && (m_result->places != result->places || m_result->texts != result->texts)) m_scatter->setChosen({});
  m_result = std::move(result);
  m_place.reset();
  // The middle of the model, where most is to be seen.
  if (isFirst && m_restored.is_null()) m_layer = m_result->layers() / 2;
  m_layer = std::clamp(m_layer, 0, m_result->layers() - 1);
  takePlaces(std::exchange(m_restored, Json()));
}

void ExploreView::resultShown() {
  if (shownRun() == 0) m_result.reset();
  for (QWidget* control : {static_cast<QWidget*>(m_pages), static_cast<QWidget*>(m_layerBox),
                           static_cast<QWidget*>(m_axesBox), static_cast<QWidget*>(m_bar)})
    control->setEnabled(m_result != nullptr);
  if (!m_result) return;
  if (m_layerBox->count() != m_result->layers()) {
    m_layerBox->clear();
    for (int layer = 0; layer < m_result->layers(); ++layer) m_layerBox->addItem(QStringLiteral("L%1").arg(layer));
    const QSignalBlocker quiet(m_layerSlider);
    m_layerSlider->setRange(0, m_result->layers() - 1);
  }
  setLook(m_page, m_layer, m_axes);
  settleEdits();
  followSelection();
  // While it grows the newest places are what is looked at.
  if (m_result->grown > 0 && bench().runs->isActive(shownRun()))
    m_normMap->showPart({m_normMap->zoom(), {0, m_result->placeCount() - 1}});
}

Json ExploreView::look() const { return {{"page", static_cast<int>(m_page)}, {"layer", m_layer}, {"axes", m_axes}}; }

void ExploreView::setLook(Page page, int layer, int axes) {
  if (page != m_page) m_card->dismiss();
  m_page = page;
  m_axes = axes;
  m_layer = m_result ? std::clamp(layer, 0, m_result->layers() - 1) : layer;
  m_pages->setCurrent(static_cast<int>(page));
  m_stack->setCurrentIndex(static_cast<int>(page));
  m_layerBox->setCurrentIndex(m_layer);
  m_layerBox->setVisible(page != Page::Norms && page != Page::Channels);
  m_axesBox->setCurrentIndex(axes);
  m_axesBox->setVisible(page == Page::Components);
  m_bar->setVisible(page != Page::Components);
  const QSignalBlocker quiet(m_layerSlider);
  m_layerSlider->setValue(m_layer);
  if (m_result) draw();
}

void ExploreView::choose(Page page, int layer, int axes) {
  const bool isSlide = page == m_page && axes == m_axes;
  if (isSlide && layer == m_layer) return;
  setLook(page, layer, axes);
  // The selected place goes along: it would bring its own layer back.
  const SelectionState& state = bench().selection->state();
  if (m_result && isOfPrompt() && state.run == shownRun() && state.layers && state.layer() != m_layer) {
    SelectionState there = state;
    there.layers = IndexRange{m_layer, m_layer};
    bench().selection->select(there);
  }
  noteEdit(tr("what is shown"), isSlide ? QStringLiteral("layer") : QString());
}

void ExploreView::draw() {
  const MapName map = mapByName(bench().settings->colourMap());
  switch (m_page) {
    case Page::Norms: {
      const auto norms = normMap(m_result, map);
      m_normMap->setData(norms);
      m_bar->setScale(norms->scale);
      m_normCurve->setLeftMargin(m_normMap->leftMargin());
      break;
    }
    case Page::Components: {
      const auto& [across, up] = kAxes[static_cast<std::size_t>(m_axes)];
      m_scatter->setData(componentPlot(m_result, m_layer, across, up));
      break;
    }
    case Page::Cosines: {
      const auto cosines = cosineMap(m_result, m_layer);
      m_cosines->setData(cosines);
      m_bar->setScale(cosines->scale);
      break;
    }
    case Page::Channels: {
      const auto channels = channelMap(m_result, map);
      m_channels->setData(channels);
      m_bar->setScale(channels->scale);
      break;
    }
  }
  drawPlace();
  showStatement();
}

void ExploreView::drawPlace() {
  if (m_page == Page::Norms) {
    m_normCurve->setData(normCurve(m_result, m_place));
    m_normCurve->setCursor(m_layer);
    m_normMap->setSelection(m_place ? std::optional(CellRange{{m_layer, *m_place}, {m_layer, *m_place}})
                                    : std::nullopt);
  }
  m_scatter->setCurrent(m_place);
}

void ExploreView::showStatement() {
  QStringList facts;
  const QString site = asData(QString::fromStdString(m_result->site));
  facts << (isOfPrompt()
                ? tr("%1 places of one text, %2").arg(m_result->placeCount()).arg(site)
                : tr("%1 places of %2 texts, %3").arg(m_result->placeCount()).arg(m_result->texts.size()).arg(site));
  if (m_result->leftOut == 1) facts << tr("the first token, an attention sink, is left out");
  if (m_result->leftOut > 1) facts << tr("%1 first tokens, attention sinks, are left out").arg(m_result->leftOut);
  if (m_page == Page::Cosines && static_cast<int>(m_result->compared.size()) < m_result->placeCount())
    facts << tr("%1 of the places compared").arg(m_result->compared.size());
  const auto chosen = m_scatter->chosen().size();
  if (m_page == Page::Components)
    facts << (chosen > 0 ? tr("%1 chosen").arg(chosen) : tr("drag around points to choose them"));
  m_statement->setText(facts.join(QStringLiteral(" · ")));
  m_vector->setEnabled(!chosenTexts().is_null());
  m_vector->setToolTip(m_vector->isEnabled()
                           ? tr("Opens Steering with the texts up to these places, against those up to all others")
                           : tr("Drag around some of the points first"));
}

Json ExploreView::chosenTexts() const {
  const std::vector<int>& chosen = m_scatter->chosen();
  if (!m_result || chosen.empty() || static_cast<int>(chosen.size()) >= m_result->placeCount()) return {};
  QStringList towards, away;
  for (int place = 0; place < m_result->placeCount(); ++place) {
    const bool isChosen = std::ranges::binary_search(chosen, place);
    (isChosen ? towards : away)
        << QString::fromStdString(textUpTo(*m_result, place)).replace(QLatin1Char('\n'), QLatin1Char(' '));
  }
  return {{"maker",
           {{"name", tr("chosen at L%1").arg(m_layer).toStdString()},
            {"positives", towards.join(QLatin1Char('\n')).toStdString()},
            {"negatives", away.join(QLatin1Char('\n')).toStdString()}}},
          {"layer", m_layer}};
}

std::optional<int> ExploreView::placeOfToken(int token) const {
  if (!isOfPrompt()) return std::nullopt;
  const auto found = std::ranges::find(m_result->places, token, &ExploredPlace::token);
  return found == m_result->places.end() ? std::nullopt
                                         : std::optional<int>(static_cast<int>(found - m_result->places.begin()));
}

void ExploreView::followSelection() {
  const SelectionState& state = bench().selection->state();
  if (!m_result || state.run != shownRun() || !isOfPrompt()) return;
  if (state.layers && state.layer() != m_layer) setLook(m_page, state.layer(), m_axes);
  if (!state.tokens) return;
  m_place = placeOfToken(state.token());
  drawPlace();
}

void ExploreView::choosePlace(std::optional<int> place) {
  m_place = place;
  drawPlace();
  if (place && isOfPrompt())
    bench().selection->selectCell(shownRun(), m_result->places[static_cast<std::size_t>(*place)].token, m_layer,
                                  siteByName(m_result->site).value_or(Site::ResidPost));
  Q_EMIT stateChanged();
}

void ExploreView::hoverPlace(int place, int layer, const QPoint& globalPosition, const QRect& avoid) {
  HoverContent card;
  const ExploredPlace& at = m_result->places[static_cast<std::size_t>(place)];
  card.address =
      QString::fromStdString(formatCell(at.token, layer, siteByName(m_result->site).value_or(Site::ResidPost)));
  card.run = runName(shownRun());
  card.facts << placeName(*m_result, place)
             << tr("norm %1").arg(formatCompact(static_cast<double>(m_result->norms.at(layer, place))))
             << tr("components %1, %2, %3")
                    .arg(formatCompact(static_cast<double>(m_result->points.at(layer, place, 0))),
                         formatCompact(static_cast<double>(m_result->points.at(layer, place, 1))),
                         formatCompact(static_cast<double>(m_result->points.at(layer, place, 2))));
  card.text = QString::fromStdString(textUpTo(*m_result, place));
  m_card->showFor(card, globalPosition, avoid);
}

Json ExploreView::editState() const {
  Json state = FormView::editState();
  state["look"] = look();
  return state;
}

QString ExploreView::runTitle(const AnyRequest& request) const {
  const auto& asked = std::get<ExploreRequest>(request);
  return tr("Activations · %1")
      .arg(asked.texts.empty() && asked.others.empty() ? oneLine(asked.prompt.headline())
                                                       : tr("%1 texts").arg(asked.texts.size() + asked.others.size()));
}

Json ExploreView::viewState() const {
  Json state = FormView::viewState();
  state["look"] = look();
  for (const char* key : {"place", "chosen"})
    if (m_restored.is_object() && m_restored.contains(key)) state[key] = m_restored[key];
  if (m_place) state["place"] = *m_place;
  if (m_result) state["chosen"] = m_scatter->chosen();
  return state;
}

void ExploreView::restoreViewState(const Json& state) {
  FormView::restoreViewState(state);
  if (const auto seen = kept<Json>(state, "look")) {
    const int page = kept<int>(*seen, "page").value_or(static_cast<int>(m_page));
    const int axes = kept<int>(*seen, "axes").value_or(m_axes);
    setLook(static_cast<Page>(std::clamp(page, 0, static_cast<int>(Page::Channels))),
            std::max(0, kept<int>(*seen, "layer").value_or(m_layer)),
            std::clamp(axes, 0, static_cast<int>(kAxes.size()) - 1));
  }
  settleEdits();
  if (m_result) {
    takePlaces(state);
    draw();
  } else {
    m_restored = state;  // the result comes later
  }
  Q_EMIT stateChanged();
}

void ExploreView::takePlaces(const Json& state) {
  const auto isPlace = [this](int place) { return place >= 0 && place < m_result->placeCount(); };
  if (const auto place = kept<int>(state, "place"); place && isPlace(*place)) m_place = *place;
  auto chosen = kept<std::vector<int>>(state, "chosen");
  if (!chosen || chosen->empty() || !std::ranges::all_of(*chosen, isPlace)) return;
  // Points that are not drawn yet are chosen all the same.
  if (m_scatter->data() == nullptr) {
    const auto& [across, up] = kAxes[static_cast<std::size_t>(m_axes)];
    m_scatter->setData(componentPlot(m_result, m_layer, across, up));
  }
  m_scatter->setChosen(std::move(*chosen));
}

ResultTable ExploreView::resultTable() const {
  if (!m_result) return {};
  return m_page == Page::Channels ? channelTable(m_result) : exploreTable(m_result);
}

QString ExploreView::copyText() const {
  if (!m_result) return {};
  return m_place ? placeName(*m_result, *m_place) : withoutMarks(m_statement->text());
}

Figure ExploreView::exportFigure() {
  if (!m_result) return {};
  Figure figure;
  switch (m_page) {
    case Page::Norms: figure = stacked({m_normMap->figure(), m_normCurve->figure()}); break;
    case Page::Components: figure = m_scatter->figure(); break;
    case Page::Cosines: figure = m_cosines->figure(); break;
    case Page::Channels: figure = m_channels->figure(); break;
  }
  const QString layer = m_page == Page::Cosines ? QStringLiteral(" · L%1").arg(m_layer) : QString();
  return withCaption(figure, caption() + layer + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
