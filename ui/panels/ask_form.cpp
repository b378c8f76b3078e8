#include "ui/panels/ask_form.h"

#include <algorithm>

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLineEdit>

#include "ui/bridge/engine_client.h"
#include "ui/panels/asked_cells.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/map_choice.h"
#include "ui/state/decoder_shelf.h"
#include "ui/state/kept.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kCellsWidth = 150;

std::vector<std::string> choicesIn(const QString& text) {
  std::vector<std::string> choices;
  for (const QString& choice : text.split(QLatin1Char('|'), Qt::SkipEmptyParts))
    if (!choice.trimmed().isEmpty()) choices.push_back(choice.trimmed().toStdString());
  return choices;
}

QString choiceWords(const std::vector<std::string>& choices) {
  QStringList words;
  for (const std::string& choice : choices) words << QString::fromStdString(choice);
  return words.join(QStringLiteral(" | "));
}

}  // namespace

AskForm::AskForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("askForm"));
  for (const ShelfDecoder& entry : bench().decoders->decoders()) m_decoders.push_back(entry.ref);
  m_decoder = m_decoders.front();
  build();
  arrange();
  AskRequest first;
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  first.prompt = bench().prompt->prompt();
  first.decoder = m_decoder;
  setRequest(first);
  m_cells->clear();
  followModel(m_model, [this] { listMaps(); });
  connect(bench().models, &ModelShelf::modelsChanged, this, [this] { changed(); });
  connect(bench().maps, &MapShelf::changed, this, [this] {
    listMaps();
    changed();
  });
  connect(bench().decoders, &DecoderShelf::changed, this, [this] {
    // Those of the shelf, and the chosen one where it is of another folder.
    m_decoders.clear();
    for (const ShelfDecoder& entry : bench().decoders->decoders()) m_decoders.push_back(entry.ref);
    if (!std::ranges::count(m_decoders, m_decoder.folder, &DecoderRef::folder)) m_decoders.push_back(m_decoder);
    listDecoders();
  });
  connect(bench().prompt, &PromptState::promptChanged, this, [this] {
    m_prompt = bench().prompt->prompt();
    changed();
  });
}

void AskForm::build() {
  m_question = lineField("askQuestion", tr("Question"), tr("Ask the states something, then Enter"));
  m_question->setFont(uiFont(14));
  m_cells = lineField("askCells", tr("Cells to read"), tr("cells: t4-6.L15"));
  m_cells->setFont(dataFont(12));
  m_cells->setToolTip(tr("Tokens and layers that are handed over: t4-6.L15, several separated by commas"));
  m_choices = lineField("askChoices", tr("Answers to choose from"), tr("answers to choose from: Yes | No"));
  m_controls = new QCheckBox(tr("with controls"), this);
  m_controls->setObjectName(QStringLiteral("askControls"));
  m_controls->setChecked(true);
  m_controls->setToolTip(
      tr("Ask the same about zeros, another prompt, a random cell, the text alone, and without training"));
  m_decoderBox = new ChoiceBox(tr("decoder:"), ChoiceBox::Face::Words, this);
  m_decoderBox->setObjectName(QStringLiteral("askDecoder"));
  m_through = new MapChoice(tr("through:"), *bench().maps, this);
  m_through->setObjectName(QStringLiteral("askThrough"));
  m_through->setToolTip(tr("The fitted map that takes states of this model into those of the decoder's model"));
  m_through->hide();
  m_layers = new Button(tr("At all layers"), QStringLiteral("curve"), Button::Kind::Plain, this);
  m_layers->setObjectName(QStringLiteral("askLayers"));
  m_layers->setToolTip(tr("The same question about these tokens at every layer, as a strip"));
  m_ask = new Button(tr("Ask"), QStringLiteral("ask"), Button::Kind::Plain, this);
  m_ask->setObjectName(QStringLiteral("askStart"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("askHint"));
  connect(m_controls, &QCheckBox::clicked, this, [this] { changed(); });
  connect(m_decoderBox, &ChoiceBox::activated, this, &AskForm::chooseDecoderAt);
  connect(m_through, &ChoiceBox::activated, this, [this] { changed(); });
  connect(m_layers, &Button::clicked, this, &AskForm::layersAsked);
  connect(m_ask, &Button::clicked, this, &RunForm::runAsked);
}

void AskForm::arrange() {
  auto* lower = new QHBoxLayout;
  lower->setSpacing(8);
  m_cells->setFixedWidth(kCellsWidth);
  lower->addWidget(m_cells);
  lower->addWidget(m_choices, 1);
  lower->addWidget(m_decoderBox);
  lower->addWidget(m_through);
  lower->addWidget(m_controls);
  lower->addWidget(m_layers);
  lower->addWidget(m_ask);
  auto* rows = new QVBoxLayout(this);
  rows->setContentsMargins(kInset, 8, kInset, 8);
  rows->setSpacing(6);
  rows->addWidget(m_question);
  rows->addLayout(lower);
  rows->addWidget(m_hint);
  setFocusProxy(m_question);
}

void AskForm::listDecoders() {
  m_decoderBox->clear();
  for (const DecoderRef& decoder : m_decoders) m_decoderBox->addItem(QString::fromStdString(decoder.name));
  m_decoderBox->addItem(tr("Another folder…"));
  const auto chosen = std::ranges::find(m_decoders, m_decoder.folder, &DecoderRef::folder);
  m_decoderBox->setCurrentIndex(static_cast<int>(chosen - m_decoders.begin()));
}

void AskForm::chooseDecoderAt(int index) {
  if (index >= static_cast<int>(m_decoders.size())) {
    listDecoders();  // the choice stays until a folder is there
    Q_EMIT folderAsked();
    return;
  }
  chooseDecoder(DecoderRef(m_decoders[static_cast<std::size_t>(index)]));
}

void AskForm::setDecoderModel(const ModelRef& model) {
  if (m_decoderModel == model) return;
  m_decoderModel = model;
  listMaps();
  changed();
}

bool AskForm::isForeign() const {
  return !m_decoderModel.fingerprint.empty() && m_decoderModel.fingerprint != m_model.fingerprint;
}

void AskForm::listMaps() {
  m_through->setVisible(isForeign());
  m_through->list(m_model, m_decoderModel);
}

void AskForm::chooseDecoder(const DecoderRef& decoder) {
  if (decoder.folder != m_decoder.folder) {
    m_decoderModel = {};
    listMaps();
  }
  m_decoder = decoder;
  const auto known = std::ranges::find(m_decoders, decoder.folder, &DecoderRef::folder);
  if (known == m_decoders.end())
    m_decoders.push_back(decoder);
  else
    *known = decoder;
  listDecoders();
  changed();
}

void AskForm::setRequest(const AskRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_prompt = request.prompt;
  m_question->setText(QString::fromStdString(request.question));
  m_cells->setText(formatCells(request.spans));
  m_choices->setText(choiceWords(request.choices));
  // A question at all layers has no controls, whatever the person wants of the next one.
  if (!request.atAllLayers) m_controls->setChecked(request.hasControls);
  chooseDecoder(request.decoder);
  if (!request.reader.fingerprint.empty() && m_decoderModel.fingerprint.empty()) m_decoderModel = request.reader;
  listMaps();
  m_through->choose(request.affine);
  m_isFilling = false;
  changed();
}

void AskForm::setCells(const std::vector<AskedSpan>& spans) {
  const QString text = formatCells(spans);
  if (text == m_cells->text()) return;
  m_cells->setText(text);
  changed();
}

std::optional<std::vector<AskedSpan>> AskForm::cells() const { return parseCells(m_cells->text()); }

QString AskForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (m_prompt.headline().empty()) return tr("Type a prompt first");
  if (m_cells->text().trimmed().isEmpty())
    return tr("Choose the cells to read: brush the grid, or press A on a cell of a lens");
  const auto spans = cells();
  if (!spans) return tr("Cells are written as %1").arg(asData(QStringLiteral("t4-6.L15")));
  const int layers = layerCount(m_model);
  for (const AskedSpan& span : *spans)
    if (span.layer >= layers || span.layer < -layers) return tr("The model has layers 0 to %1").arg(layers - 1);
  const int tokens = tokenCount();
  for (const AskedSpan& span : *spans)
    for (const int token : {span.firstToken, span.lastToken})
      if (token >= tokens || token < -tokens) return tr("The prompt has tokens 0 to %1").arg(tokens - 1);
  if (isForeign())
    if (const QString map = missingMap(); !map.isEmpty()) return map;
  if (m_question->text().trimmed().isEmpty()) return tr("Type a question");
  return {};
}

QString AskForm::missingMap() const {
  const QString other = asData(QString::fromStdString(m_decoderModel.name));
  if (!bench().models->find(m_decoderModel.fingerprint))
    return tr("This decoder reads %1: open that model too").arg(other);
  if (m_through->isEmpty())
    return m_through->count() > 1
               ? tr("This decoder reads %1: choose the map that states go through").arg(other)
               : tr("This decoder reads %1: fit maps into it first (Fit maps and tuned lenses)").arg(other);
  return m_through->chosen() ? QString() : tr("This map is not in the session");
}

int AskForm::tokenCount() const {
  if (!m_counted || m_counted->model != m_model.fingerprint || m_counted->prompt != m_prompt) {
    const auto prompt = bench().engine->tokenize(m_model.fingerprint, m_prompt);
    m_counted = {m_model.fingerprint, m_prompt, prompt ? static_cast<int>(prompt->tokens.size()) : 0};
  }
  return m_counted->tokens;
}

std::optional<AskRequest> AskForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  AskRequest wanted;
  wanted.model = m_model;
  wanted.prompt = m_prompt;
  wanted.spans = *cells();
  wanted.question = m_question->text().trimmed().toStdString();
  wanted.choices = choicesIn(m_choices->text());
  wanted.decoder = m_decoder;
  wanted.hasControls = m_controls->isChecked();
  if (isForeign()) {
    // A card knows the model's name, and not where it lies here.
    wanted.reader = bench().models->find(m_decoderModel.fingerprint)->ref;
    wanted.affine = MapRef::of(m_through->chosen());
  }
  return wanted;
}

Json AskForm::draft() const {
  return {{"model", m_model},
          {"question", m_question->text().toStdString()},
          {"cells", m_cells->text().toStdString()},
          {"choices", m_choices->text().toStdString()},
          {"controls", m_controls->isChecked()},
          {"decoder", m_decoder},
          {"through", m_through->currentData().toString().toStdString()}};
}

void AskForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto prompt = kept<Prompt>(draft, "prompt")) m_prompt = *prompt;
  if (const auto question = kept<QString>(draft, "question")) m_question->setText(*question);
  if (const auto text = kept<QString>(draft, "cells")) m_cells->setText(*text);
  if (const auto choices = kept<QString>(draft, "choices")) m_choices->setText(*choices);
  if (const auto controls = kept<bool>(draft, "controls")) m_controls->setChecked(*controls);
  if (const auto decoder = kept<DecoderRef>(draft, "decoder")) chooseDecoder(*decoder);
  if (const auto map = kept<QString>(draft, "through")) {
    listMaps();
    m_through->choose(*map);
  }
  m_isFilling = false;
  changed();
}

void AskForm::changed(const QString& typed) {
  if (m_isFilling) return;
  const QString hint = missing();
  m_ask->setEnabled(hint.isEmpty());
  m_layers->setEnabled(hint.isEmpty());
  const auto spans = cells();
  m_hint->setText(
      hint.isEmpty() && spans
          ? tr("Hands over %1 of %2").arg(stateWords(*spans), asData(elideMiddle(oneLine(m_prompt.headline()), 60)))
          : hint);
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
