#include "ui/panels/list_form.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

#include "core/data/builtin_texts.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/list_choice.h"
#include "ui/panels/map_choice.h"
#include "ui/panels/named_field.h"
#include "ui/state/kept.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kFieldWidth = 150;
constexpr int kMostTokens = 50;

}  // namespace

ListForm::ListForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("listForm"));
  build();
  arrange();
  PatchscopeListRequest first;
  if (!builtinLists().empty()) first.list = builtinLists().front();
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  setRequest(first);
  followModel(m_model, [this] { fillMaps(); });
  connect(bench().maps, &MapShelf::changed, this, [this] {
    fillMaps();
    changed();
  });
}

void ListForm::fillMaps() {
  m_through->list(m_model);
  m_through->setVisible(m_through->count() > 1);
}

const ModelRef& ListForm::writtenModel() const {
  const auto map = m_through->chosen();
  return map ? map->target : m_model;
}

void ListForm::build() {
  m_choice = new ChoiceBox(tr("List"), ChoiceBox::Face::Words, this);
  m_choice->setObjectName(QStringLiteral("listChoice"));
  m_choice->setMinimumWidth(240);
  addLists(*m_choice, builtinLists());
  connect(m_choice, &ChoiceBox::activated, this, &ListForm::chooseList);
  m_target = lineField("listTarget", tr("Target prompt; its x stands for the state"), {});
  m_target->setFont(dataFont(12));
  m_through = new MapChoice(tr("Through"), *bench().maps, this);
  m_through->setObjectName(QStringLiteral("listThrough"));
  m_through->setToolTip(tr("A fitted map that states go through, into the same model or into another loaded one"));
  connect(m_through, &ChoiceBox::activated, this, [this] { changed(); });
  m_layers = namedField("listLayers", tr("Layers"), tr("Layers"));
  m_layers->setFixedWidth(kFieldWidth);
  m_written = namedField("listWritten", tr("Written at"), tr("Written at"));
  m_written->setFixedWidth(kFieldWidth);
  m_length = numberBox("listLength", tr("Length "), 0, kMostTokens);
  m_length->setAccessibleName(tr("Tokens in which the answer is looked for"));
  m_length->setSuffix(tr(" tokens"));
  m_known = new QCheckBox(tr("Only what the model knows"), this);
  m_known->setObjectName(QStringLiteral("listKnown"));
  m_known->setToolTip(tr("Leaves out items that the model itself answers wrongly when asked in plain text"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("listHint"));
  connect(m_known, &QCheckBox::clicked, this, [this] { changed(); });
}

void ListForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Facts")), 0, 0);
  auto* facts = new QHBoxLayout;
  facts->setSpacing(8);
  facts->addWidget(m_choice, 1);
  facts->addWidget(m_through);
  grid->addLayout(facts, 0, 1);
  grid->addWidget(m_layers, 0, 2);
  grid->addWidget(m_length, 0, 3);
  grid->addWidget(rowLabel(tr("Target")), 1, 0);
  grid->addWidget(m_target, 1, 1);
  grid->addWidget(m_written, 1, 2);
  grid->addWidget(m_known, 1, 3);
  grid->addWidget(m_hint, 2, 1, 1, 3);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_target);
}

void ListForm::showList(const FactList& list) {
  m_list = list;
  showListIn(*m_choice, list, builtinList(list.id));
  m_target->setText(oneLine(list.target));
  m_target->setCursorPosition(0);
}

void ListForm::chooseList(int index) {
  if (const FactList* list = builtinList(m_choice->itemData(index).toString().toStdString())) showList(*list);
  changed();
}

void ListForm::setRequest(const PatchscopeListRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_map = request.map;
  m_seed = request.seed;
  showList(request.list);
  fillMaps();
  m_through->choose(request.affine);
  m_through->setVisible(m_through->count() > 1);
  m_layers->setText(request.layers.empty() ? tr("all") : formatLayers(request.layers));
  m_written->setText(request.targetLayer < 0 ? tr("same") : QString::number(request.targetLayer));
  m_length->setValue(request.generateTokens);
  m_known->setChecked(request.onlyKnown);
  m_isFilling = false;
  changed();
}

std::optional<PatchscopeListRequest> ListForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  PatchscopeListRequest wanted;
  wanted.model = m_model;
  wanted.list = m_list;
  wanted.list.target = fromOneLine(m_target->text());
  if (const QString text = m_layers->text().trimmed(); !text.isEmpty() && text != tr("all"))
    wanted.layers = *parseLayers(text, layerCount(m_model));
  if (const QString text = m_written->text().trimmed(); !text.isEmpty() && text != tr("same"))
    wanted.targetLayer = parseLayers(text, layerCount(writtenModel()))->front();
  wanted.generateTokens = m_length->value();
  wanted.onlyKnown = m_known->isChecked();
  wanted.seed = m_seed;
  if (const auto map = m_through->chosen()) {
    wanted.map = StateMap::Affine;
    wanted.affine = MapRef::of(map);
    if (map->target.fingerprint != m_model.fingerprint) wanted.targetModel = map->target;
  } else {
    wanted.map = m_map == StateMap::Affine ? StateMap::Identity : m_map;
  }
  return wanted;
}

QString ListForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (m_list.items.empty()) return tr("Choose a list");
  if (m_target->text().trimmed().isEmpty()) return tr("Type the target prompt; x stands for the state");
  if (!m_through->isEmpty() && !m_through->chosen()) return tr("This map is not in the session");
  if (layerCount(writtenModel()) == 0)
    return tr("Load %1, which the map goes into").arg(QString::fromStdString(writtenModel().name));
  const int layers = layerCount(m_model);
  const QString read = m_layers->text().trimmed(), written = m_written->text().trimmed();
  const QString advice = tr("Layers count from 0 to %1; ranges as 3-7, lists with commas").arg(layers - 1);
  if (!read.isEmpty() && read != tr("all") && !parseLayers(read, layers)) return advice;
  const auto one = parseLayers(written, layerCount(writtenModel()));
  if (!written.isEmpty() && written != tr("same") && (!one || one->size() != 1))
    return tr("Written at: one layer, or same");
  return {};
}

Json ListForm::draft() const {
  return {{"model", m_model},
          {"list", listDraft(m_list, builtinList(m_list.id))},
          {"target", fromOneLine(m_target->text())},
          {"through", m_through->currentData().toString().toStdString()},
          {"layers", m_layers->text().toStdString()},
          {"written", m_written->text().toStdString()},
          {"length", m_length->value()},
          {"known", m_known->isChecked()}};
}

void ListForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto list = listOfDraft<FactList>(draft, &builtinList)) showList(*list);
  if (const auto target = kept<std::string>(draft, "target")) m_target->setText(oneLine(*target));
  fillMaps();
  if (const auto map = kept<QString>(draft, "through")) m_through->choose(*map);
  if (const auto layers = kept<QString>(draft, "layers")) m_layers->setText(*layers);
  if (const auto written = kept<QString>(draft, "written")) m_written->setText(*written);
  if (const auto length = kept<int>(draft, "length")) m_length->setValue(*length);
  if (const auto known = kept<bool>(draft, "known")) m_known->setChecked(*known);
  m_isFilling = false;
  changed();
}

void ListForm::changed(const QString& typed) {
  if (m_isFilling) return;
  const QString hint = missing();
  m_hint->setText(
      hint.isEmpty()
          ? tr("%1 items. Each subject's last state is written in the place of x, beside a random direction of its norm and "
               "the state of an unrelated item.")
                .arg(m_list.items.size())
          : hint);
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
