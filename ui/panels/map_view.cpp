#include "ui/panels/map_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QSpinBox>

#include "core/data/builtin_texts.h"
#include "ui/models/run_words.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/named_field.h"
#include "ui/panels/picture.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/undo_keys.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kSideWidth = 268;
constexpr int kMostSteps = 2000;
constexpr int kMostPairs = 128;  // of a map, as core/analysis/map_fit.cpp has it

}  // namespace

MapView::MapView(const Workbench& workbench, QWidget* parent)
    : ResultView(workbench, parent),
      m_trail(*this, *bench().undo),
      m_statement(new MarkedLabel({}, 12, MarkedLabel::Ink::Text, content())),
      m_curve(new LinePlot(content())),
      m_place(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, content())),
      m_use(new Button(tr("Read the prompt through it"), QStringLiteral("lens"), Button::Kind::Plain, content())) {
  buildSide();
  buildContent();
  m_trail.settle({{"draft", draft()}});
  connect(bench().models, &ModelShelf::modelsChanged, this, &MapView::fillTargets);
  connect(bench().models, &ModelShelf::currentChanged, this, &MapView::fillTargets);
  showRun(0);
}

void MapView::buildSide() {
  auto* side = new QWidget(this);
  side->setObjectName(QStringLiteral("mapSide"));
  side->setFixedWidth(kSideWidth);
  m_name = new NamedField(tr("Name"), side);
  m_name->setObjectName(QStringLiteral("mapName"));
  m_name->setPlaceholderText(tr("tuned lens"));
  m_pairs = new ChoiceBox(tr("Into"), ChoiceBox::Face::Words, side);
  m_pairs->setObjectName(QStringLiteral("mapPairs"));
  m_pairs->addItem(tr("the last layer (tuned lens)"), QStringLiteral("last"));
  m_pairs->addItem(tr("the same depth"), QStringLiteral("same-depth"));
  m_pairs->addItem(tr("every pair of layers"), QStringLiteral("all-pairs"));
  const auto layers = [this, side](const char* name, const QString& title, const QString& spoken) {
    auto* field = new NamedField(title, side);
    field->setObjectName(QLatin1String(name));
    field->setAccessibleName(spoken);
    field->setPlaceholderText(tr("all"));
    field->setToolTip(tr("All where it is empty; else as 3-7, 9, or 0-28/4 for every fourth"));
    field->installEventFilter(this);
    connect(field, &QLineEdit::textEdited, this, [this, field] {
      showChoices();
      edited(field->objectName());
    });
    return field;
  };
  m_layers = layers("mapLayers", tr("From layers"), tr("Layers to map from"));
  m_targetLayers = layers("mapTargetLayers", tr("Into layers"), tr("Layers to map into"));
  m_target = new ChoiceBox(tr("of"), ChoiceBox::Face::Words, side);
  m_target->setObjectName(QStringLiteral("mapTarget"));
  m_method = new ChoiceBox(tr("By"), ChoiceBox::Face::Words, side);
  m_method->setObjectName(QStringLiteral("mapMethod"));
  m_method->addItem(tr("least squares"), QStringLiteral("least-squares"));
  m_method->addItem(tr("KL of the lens"), QStringLiteral("kl"));
  m_method->setToolTip(
      tr("KL: begins with least squares, then lowers the divergence of each layer's lens from the model's own answer"));
  m_steps = new QSpinBox(side);
  m_steps->setObjectName(QStringLiteral("mapSteps"));
  m_steps->setAccessibleName(tr("Steps of the descent"));
  m_steps->setRange(1, kMostSteps);
  m_steps->setPrefix(tr("Steps "));
  m_steps->setValue(FitMapRequest{}.steps);
  m_texts = new QPlainTextEdit(side);
  m_texts->setObjectName(QStringLiteral("mapTexts"));
  m_texts->setAccessibleName(tr("Texts to fit on, one a line"));
  m_texts->setPlaceholderText(
      tr("Texts to fit on, one a line. Empty: the %1 that come with the program.").arg(builtinTexts().size()));
  m_texts->setFont(dataFont(12));
  m_texts->setTabChangesFocus(true);
  m_textsHint = new MarkedLabel(tr("Every seventh text is held out."), 12, MarkedLabel::Ink::Muted, side);
  m_run = new Button(tr("Fit"), QStringLiteral("run"), Button::Kind::Plain, side);
  m_run->setObjectName(QStringLiteral("mapFit"));
  auto* column = new QVBoxLayout(side);
  column->setContentsMargins(kInset, 8, 4, 8);
  column->setSpacing(6);
  for (QWidget* part : {static_cast<QWidget*>(m_name), static_cast<QWidget*>(m_pairs), static_cast<QWidget*>(m_target),
                        static_cast<QWidget*>(m_layers), static_cast<QWidget*>(m_targetLayers),
                        static_cast<QWidget*>(m_method), static_cast<QWidget*>(m_steps)})
    column->addWidget(part);
  column->addWidget(m_texts, 1);
  column->addWidget(m_textsHint);
  column->addWidget(m_run, 0, Qt::AlignLeft);
  setSide(side);
  for (ChoiceBox* box : {m_pairs, m_target, m_method}) {
    box->setMinimumWidth(kSideWidth - kInset - 8);
    connect(box, &ChoiceBox::activated, this, [this] {
      showChoices();
      edited();
    });
  }
  m_name->installEventFilter(this);
  m_texts->installEventFilter(this);
  connect(m_name, &QLineEdit::textEdited, this, [this] { edited(QStringLiteral("mapName")); });
  connect(m_texts, &QPlainTextEdit::textChanged, this, [this] { edited(QStringLiteral("mapTexts")); });
  connect(m_steps, &QSpinBox::valueChanged, this, [this] { edited(QStringLiteral("mapSteps")); });
  connect(m_run, &Button::clicked, this, &MapView::start);
  fillTargets();
}

void MapView::buildContent() {
  header()->addStretch(1);
  m_statement->setObjectName(QStringLiteral("mapStatement"));
  m_curve->setObjectName(QStringLiteral("mapCurve"));
  m_place->setObjectName(QStringLiteral("mapPlace"));
  m_use->setObjectName(QStringLiteral("mapUse"));
  auto* line = new QHBoxLayout;
  line->addWidget(m_place, 1);
  line->addWidget(m_use);
  auto* column = new QVBoxLayout(content());
  column->setContentsMargins(kInset, 0, kInset, 8);
  column->setSpacing(6);
  column->addWidget(m_statement);
  column->addWidget(m_curve, 1);
  column->addLayout(line);
  connect(m_use, &Button::clicked, this, &MapView::useAsLens);
  connect(m_curve, &LinePlot::cursorMoved, this, [this](int layer) {
    if (!m_map) return;
    const auto found = std::ranges::find(m_map->sourceLayers, layer);
    if (found == m_map->sourceLayers.end()) return;
    const auto pair = found - m_map->sourceLayers.begin();
    m_place->setText(
        tr("%1: R² %2 on the fit, %3 held out")
            .arg(asData(mapPair(*m_map, static_cast<int>(pair))),
                 asData(formatNumber(static_cast<double>(m_map->trainR2[static_cast<std::size_t>(pair)]), 3)),
                 asData(formatNumber(static_cast<double>(m_map->heldOutR2[static_cast<std::size_t>(pair)]), 3))));
  });
}

void MapView::fillTargets() {
  const QString kept = m_target->currentData().toString();
  m_target->clear();
  m_target->addItem(tr("the same model"), QString());
  const ModelCard* current = bench().models->current();
  for (const ModelCard& card : bench().models->models()) {
    if (current && card.ref.fingerprint == current->ref.fingerprint) continue;
    m_target->addItem(displayName(card), QString::fromStdString(card.ref.fingerprint));
  }
  showTarget(kept);
  showChoices();
  Q_EMIT stateChanged();
}

void MapView::showTarget(const QString& fingerprint) {
  // A form that is opened again may name a model that is not.
  if (m_target->findData(fingerprint) < 0) m_target->addItem(tr("a model that is not open"), fingerprint);
  m_target->setCurrentIndex(m_target->findData(fingerprint));
}

void MapView::showChoices() {
  const bool isLens =
      m_pairs->currentData().toString() == QLatin1String("last") && m_target->currentData().toString().isEmpty();
  m_method->setVisible(isLens);
  m_steps->setVisible(isLens && m_method->currentData().toString() == QLatin1String("kl"));
  m_targetLayers->setVisible(m_pairs->currentData().toString() == QLatin1String("all-pairs"));
  const QString obstacle = missing();
  m_run->setEnabled(obstacle.isEmpty());
  m_run->setToolTip(obstacle);
}

const ModelCard* MapView::targetCard() const {
  const std::string other = m_target->currentData().toString().toStdString();
  return other.empty() ? bench().models->current() : bench().models->find(other);
}

QString MapView::missing() const {
  const ModelCard *card = bench().models->current(), *target = targetCard();
  if (!card || !target) return tr("Needs a model");
  for (const auto& [field, layers] : {std::pair{m_layers, card->layers}, std::pair{m_targetLayers, target->layers}})
    if (field->isVisibleTo(this) && !field->text().trimmed().isEmpty() && !parseLayers(field->text(), layers))
      return tr("Layers are 0 to %1, as in 0-28/4").arg(layers - 1);
  if (m_pairs->currentData().toString() != QLatin1String("all-pairs")) return {};
  const auto countOf = [](const QLineEdit* field, int layers) {
    const auto named = parseLayers(field->text(), layers);
    return named && !named->empty() ? static_cast<int>(named->size()) : layers;
  };
  const int pairs = countOf(m_layers, card->layers) * countOf(m_targetLayers, target->layers);
  return pairs > kMostPairs ? tr("%1 pairs of layers; at most %2: name fewer").arg(pairs).arg(kMostPairs) : QString();
}

QString MapView::kind() const { return QLatin1String(FitMapRequest::kKind); }

EmptyText MapView::emptyText() const {
  return {
      QStringLiteral("curve"),
      tr("How do the states of one layer look to another?"),
      tr("Fit maps on the left. A tuned lens reads early layers better than the logit lens; maps into another model let states be patched across."),
      {},
      {}};
}

void MapView::runChosen() {
  const auto request = run() == 0 ? Outcome<AnyRequest>(Cancelled{}) : bench().runs->request(run());
  if (!request || !std::holds_alternative<FitMapRequest>(*request)) return;
  const auto& asked = std::get<FitMapRequest>(*request);
  QStringList lines;
  for (const std::string& text : asked.texts) lines << oneLine(text);
  setDraft({{"name", asked.name},
            {"layers", formatLayers(asked.layers).toStdString()},
            {"target_layers", formatLayers(asked.targetLayers).toStdString()},
            {"pairs", asked.pairs},
            {"target", asked.target.fingerprint},
            {"method", asked.method},
            {"steps", asked.steps},
            {"texts", lines.join(QLatin1Char('\n')).toStdString()}});
}

bool MapView::readResult() {
  const auto map = bench().runs->result<AffineMap>(run());
  if (!map) return false;
  m_map = map;
  return true;
}

void MapView::resultShown() {
  if (shownRun() == 0) m_map.reset();
  if (!m_map) {
    m_curve->setData(nullptr);
    return;
  }
  m_statement->setText(mapStatement(*m_map));
  m_curve->setData(mapCurve(*m_map));
  m_place->setText(tr("A Patchscope offers it under Map, a lens under lens."));
  const ModelCard* card = bench().models->find(m_map->source.fingerprint);
  m_use->setVisible(card && m_map->isLens(card->layers));
}

Json MapView::draft() const {
  return {{"name", m_name->text().toStdString()},
          {"layers", m_layers->text().toStdString()},
          {"target_layers", m_targetLayers->text().toStdString()},
          {"pairs", m_pairs->currentData().toString().toStdString()},
          {"target", m_target->currentData().toString().toStdString()},
          {"method", m_method->currentData().toString().toStdString()},
          {"steps", m_steps->value()},
          {"texts", m_texts->toPlainText().toStdString()}};
}

void MapView::setDraft(const Json& draft) {
  const QSignalBlocker quietTexts(m_texts), quietSteps(m_steps);
  if (const auto name = kept<QString>(draft, "name")) m_name->setText(*name);
  if (const auto layers = kept<QString>(draft, "layers")) m_layers->setText(*layers);
  if (const auto layers = kept<QString>(draft, "target_layers")) m_targetLayers->setText(*layers);
  for (const auto& [box, key] : {std::pair{m_pairs, "pairs"}, std::pair{m_method, "method"}})
    if (const auto word = kept<QString>(draft, key); word && box->findData(*word) >= 0)
      box->setCurrentIndex(box->findData(*word));
  if (const auto target = kept<QString>(draft, "target")) showTarget(*target);
  if (const auto steps = kept<int>(draft, "steps")) m_steps->setValue(*steps);
  if (const auto texts = kept<QString>(draft, "texts")) m_texts->setPlainText(*texts);
  showChoices();
  m_trail.settle({{"draft", this->draft()}});
}

void MapView::edited(const QString& typed) {
  m_trail.edited(tr("map form"), {{"draft", draft()}}, typed);
  Q_EMIT stateChanged();
}

std::optional<AnyRequest> MapView::wanted() const {
  const ModelCard* card = bench().models->current();
  if (!card) return std::nullopt;
  FitMapRequest request;
  request.model = card->ref;
  request.pairs = Json(m_pairs->currentData().toString().toStdString()).get<MapPairs>();
  if (const std::string other = m_target->currentData().toString().toStdString(); !other.empty()) {
    const ModelCard* target = bench().models->find(other);
    if (!target) return std::nullopt;
    request.target = target->ref;
  }
  if (!missing().isEmpty()) return std::nullopt;
  if (const auto layers = parseLayers(m_layers->text(), card->layers)) request.layers = *layers;
  if (const auto layers = parseLayers(m_targetLayers->text(), targetCard()->layers);
      layers && request.pairs == MapPairs::AllPairs)
    request.targetLayers = *layers;
  const bool isLens = request.pairs == MapPairs::Last && request.target.fingerprint.empty();
  if (isLens) request.method = Json(m_method->currentData().toString().toStdString()).get<MapMethod>();
  if (request.method == MapMethod::Kl) request.steps = m_steps->value();
  for (const QString& line : m_texts->toPlainText().split(QLatin1Char('\n'), Qt::SkipEmptyParts))
    request.texts.push_back(fromOneLine(line));
  const QString name = m_name->text().trimmed();
  request.name = (!name.isEmpty() ? name : isLens ? tr("tuned lens") : tr("map")).toStdString();
  return request;
}

void MapView::start() {
  const auto request = wanted();
  if (!request) return;
  RunStart how;
  how.title = tr("Map · %1").arg(QString::fromStdString(std::get<FitMapRequest>(*request).name));
  if (run() != 0) how.parent = run();
  how.replaceKey = QStringLiteral("map.view");
  const RunId id = bench().runs->start(*request, how);
  showRun(id);
  bench().selection->selectRun(id);
}

void MapView::useAsLens() {
  const ModelCard* card = m_map ? bench().models->find(m_map->source.fingerprint) : nullptr;
  if (!card || bench().prompt->prompt().headline().empty()) return;
  LensRequest lens;
  lens.model = card->ref;
  lens.prompt = bench().prompt->prompt();
  lens.translator = MapRef::of(m_map);
  const RunId id = bench().runs->start(
      lens, RunStart{.title = lensTitle(lens), .parent = shownRun(), .replaceKey = QStringLiteral("lens")});
  bench().selection->selectRun(id);
}

Json MapView::viewState() const {
  Json state = ResultView::viewState();
  state["draft"] = draft();
  return state;
}

void MapView::restoreViewState(const Json& state) {
  ResultView::restoreViewState(state);
  if (const auto typed = kept<Json>(state, "draft"); typed && typed->is_object()) setDraft(*typed);
  Q_EMIT stateChanged();
}

bool MapView::eventFilter(QObject* watched, QEvent* event) {
  if ((watched == m_name || watched == m_texts) && leaveUndoToWindow(event)) return true;
  return ResultView::eventFilter(watched, event);
}

ResultTable MapView::resultTable() const { return m_map ? mapTable(m_map) : ResultTable{}; }

QString MapView::copyText() const { return m_map ? withoutMarks(m_statement->text()) : QString(); }

Figure MapView::exportFigure() {
  if (!m_map) return {};
  return withCaption(m_curve->figure(), caption() + QStringLiteral(" · ") + withoutMarks(m_statement->text()));
}

}  // namespace patchbay::ui
