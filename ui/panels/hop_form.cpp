#include "ui/panels/hop_form.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

#include "core/data/builtin_texts.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/list_choice.h"
#include "ui/panels/named_field.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kFieldWidth = 190;
constexpr int kMostTokens = 100;
constexpr std::size_t kMostLayers = 40;

}  // namespace

HopForm::HopForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("hopForm"));
  build();
  arrange();
  MultiHopRequest first;
  if (!builtinHopLists().empty()) first.list = builtinHopLists().front();
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  setRequest(first);
  followModel(m_model);
}

void HopForm::build() {
  m_choice = new ChoiceBox(tr("List"), ChoiceBox::Face::Words, this);
  m_choice->setObjectName(QStringLiteral("hopChoice"));
  m_choice->setWidestPixels(420);
  addLists(*m_choice, builtinHopLists());
  m_layers = namedField("hopLayers", tr("Layers"), tr("Layers"));
  m_layers->setFixedWidth(kFieldWidth);
  m_layers->setToolTip(tr("Read at and written at: every pair of them is tried"));
  m_length = numberBox("hopLength", tr("Length "), 1, kMostTokens);
  m_length->setAccessibleName(tr("Tokens in which the answer is looked for"));
  m_length->setSuffix(tr(" tokens"));
  m_known = new QCheckBox(tr("Only what the model knows"), this);
  m_known->setObjectName(QStringLiteral("hopKnown"));
  m_known->setToolTip(tr("Leaves out items of which the model does not know both steps, each asked by itself"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("hopHint"));
  connect(m_choice, &ChoiceBox::activated, this, [this](int index) {
    if (const HopList* list = builtinHopList(m_choice->itemData(index).toString().toStdString())) showList(*list);
    changed();
  });
  connect(m_known, &QCheckBox::clicked, this, [this] { changed(); });
}

void HopForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("List")), 0, 0);
  grid->addWidget(m_choice, 0, 1);
  grid->addWidget(m_layers, 0, 2);
  grid->addWidget(m_length, 0, 3);
  grid->addWidget(m_known, 0, 4);
  grid->addWidget(m_hint, 1, 1, 1, 4);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_layers);
}

void HopForm::showList(const HopList& list) {
  m_list = list;
  showListIn(*m_choice, list, builtinHopList(list.id));
}

void HopForm::setRequest(const MultiHopRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_seed = request.seed;
  showList(request.list);
  m_layers->setText(request.layers.empty() ? tr("every third") : formatLayers(request.layers));
  m_length->setValue(request.generateTokens);
  m_known->setChecked(request.onlyKnown);
  m_isFilling = false;
  changed();
}

std::optional<std::vector<int>> HopForm::layers() const {
  const QString text = m_layers->text().trimmed();
  if (text.isEmpty() || text == tr("every third")) return std::vector<int>{};
  auto named = parseLayers(text, layerCount(m_model));
  return named && named->size() <= kMostLayers ? named : std::nullopt;
}

std::optional<MultiHopRequest> HopForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  MultiHopRequest wanted;
  wanted.model = m_model;
  wanted.list = m_list;
  wanted.layers = *layers();
  wanted.generateTokens = m_length->value();
  wanted.onlyKnown = m_known->isChecked();
  wanted.seed = m_seed;
  return wanted;
}

QString HopForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (m_list.items.empty()) return tr("Choose a list");
  if (!layers())
    return tr("Layers count from 0 to %1; ranges as 3-7, lists with commas; or every third")
        .arg(layerCount(m_model) - 1);
  return {};
}

Json HopForm::draft() const {
  return {{"model", m_model},
          {"list", listDraft(m_list, builtinHopList(m_list.id))},
          {"layers", m_layers->text().toStdString()},
          {"length", m_length->value()},
          {"known", m_known->isChecked()}};
}

void HopForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto list = listOfDraft<HopList>(draft, &builtinHopList)) showList(*list);
  if (const auto layers = kept<QString>(draft, "layers")) m_layers->setText(*layers);
  if (const auto length = kept<int>(draft, "length")) m_length->setValue(*length);
  if (const auto known = kept<bool>(draft, "known")) m_known->setChecked(*known);
  m_isFilling = false;
  changed();
}

void HopForm::changed(const QString& typed) {
  if (m_isFilling) return;
  const QString hint = missing();
  m_hint->setText(
      hint.isEmpty()
          ? tr("%1 questions in two steps. What step one ends in is written in the place of x in step two, at "
               "every pair of layers; beside it the same with another item's state.")
                .arg(m_list.items.size())
          : hint);
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
