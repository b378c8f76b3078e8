#include "ui/panels/soft_prompt_form.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QSpinBox>

#include "core/data/builtin_texts.h"
#include "ui/bridge/engine_client.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/named_field.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kFieldWidth = 110;
using Wanted = LearnPromptRequest;

}  // namespace

SoftPromptForm::SoftPromptForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("promptForm"));
  build();
  arrange();
  LearnPromptRequest first;
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  setRequest(first);
  connect(bench().models, &ModelShelf::modelsChanged, this, [this] { changed(); });
  followModel(m_model);
}

void SoftPromptForm::build() {
  m_text = namedField("promptText", tr("Begins as"), tr("Text whose tokens the prompt begins as"));
  m_text->setToolTip(tr("As many places as this text has tokens; states are written over the last one"));
  m_name = namedField("promptName", tr("Name"), tr("Name of the prompt"));
  m_layers = namedField("promptLayers", tr("Layers"), tr("Layers whose states are read"));
  m_layers->setToolTip(tr("Each state is written at its own layer; empty: all layers in turn"));
  m_ahead = numberBox("promptAhead", tr("tokens behind the next "), 1, Wanted::kMostAhead);
  m_steps = numberBox("promptSteps", tr("steps "), 1, Wanted::kMostSteps);
  m_batch = numberBox("promptBatch", tr("states a step "), 1, Wanted::kMostBatch);
  m_rate = namedField("promptRate", tr("Rate"), tr("Learning rate"));
  m_rate->setFixedWidth(kFieldWidth);
  m_learn = new Button(tr("Learn"), QStringLiteral("train"), Button::Kind::Plain, this);
  m_learn->setObjectName(QStringLiteral("promptLearn"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("promptHint"));
  connect(m_learn, &Button::clicked, this, &RunForm::runAsked);
}

void SoftPromptForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Prompt")), 0, 0);
  grid->addLayout(rowOf({{m_text, 3}, {m_name, 1}}), 0, 1);
  grid->addWidget(rowLabel(tr("Learns")), 1, 0);
  grid->addLayout(rowOf({{m_ahead, 0}, {m_layers, 1}, {m_steps, 0}, {m_batch, 0}, {m_rate, 0}}), 1, 1);
  grid->addLayout(rowOf({{m_hint, 1}, {m_learn, 0}}), 2, 1);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_text);
}

void SoftPromptForm::setRequest(const LearnPromptRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_shown = request;
  m_text->setText(QString::fromStdString(request.text));
  m_name->setText(QString::fromStdString(request.name));
  m_layers->setText(formatLayers(request.layers));
  m_ahead->setValue(request.ahead);
  m_steps->setValue(request.steps);
  m_batch->setValue(request.batch);
  m_rate->setText(QString::number(request.learningRate));
  m_isFilling = false;
  changed();
}

std::optional<LearnPromptRequest> SoftPromptForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  LearnPromptRequest wanted = m_shown;
  wanted.model = m_model;
  wanted.text = m_text->text().toStdString();
  const QString name = m_name->text().trimmed();
  wanted.name = (name.isEmpty() ? m_name->placeholderText() : name).toStdString();
  wanted.layers = *layersIn(*m_layers, m_model);
  wanted.ahead = m_ahead->value();
  wanted.steps = m_steps->value();
  wanted.batch = m_batch->value();
  wanted.learningRate = m_rate->text().toDouble();
  return wanted;
}

QString SoftPromptForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (m_text->text().trimmed().isEmpty()) return tr("Needs a text to begin as");
  const auto tokens = bench().engine->tokenize(m_model.fingerprint, Prompt::plain(m_text->text().toStdString()));
  if (tokens && tokens->tokens.size() < 2)
    return tr("The text has one token; states are written over the last of two or more");
  if (!layersIn(*m_layers, m_model))
    return tr("Layers are written as %1, up to %2")
        .arg(asData(QStringLiteral("5, 10-15")))
        .arg(layerCount(m_model) - 1);
  if (!isRate(*m_rate)) return rateAdvice(QStringLiteral("0.01"));
  return {};
}

Json SoftPromptForm::draft() const {
  return {{"model", m_model},
          {"text", m_text->text().toStdString()},
          {"name", m_name->text().toStdString()},
          {"layers", m_layers->text().toStdString()},
          {"ahead", m_ahead->value()},
          {"steps", m_steps->value()},
          {"batch", m_batch->value()},
          {"rate", m_rate->text().toStdString()},
          {"texts", m_shown.texts}};
}

void SoftPromptForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto texts = kept<std::vector<std::string>>(draft, "texts")) m_shown.texts = *texts;
  const std::initializer_list<std::pair<QLineEdit*, const char*>> fields = {
      {m_text, "text"}, {m_name, "name"}, {m_layers, "layers"}, {m_rate, "rate"}};
  for (const auto& [field, name] : fields)
    if (const auto text = kept<QString>(draft, name)) field->setText(*text);
  for (const auto& [box, name] :
       {std::pair{m_ahead, "ahead"}, std::pair{m_steps, "steps"}, std::pair{m_batch, "batch"}})
    if (const auto value = kept<int>(draft, name)) box->setValue(*value);
  m_isFilling = false;
  changed();
}

void SoftPromptForm::changed(const QString& typed) {
  if (m_isFilling) return;
  m_name->setPlaceholderText(tr("learned prompt"));
  m_layers->setPlaceholderText(tr("all in turn"));
  const QString hint = missing();
  m_learn->setEnabled(hint.isEmpty());
  const std::size_t texts = m_shown.texts.empty() ? builtinTexts().size() : m_shown.texts.size();
  m_hint->setText(hint.isEmpty() ? tr("Learned on states of %1 texts, every seventh held out to measure it.")
                                       .arg(asData(QString::number(texts)))
                                 : hint);
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
