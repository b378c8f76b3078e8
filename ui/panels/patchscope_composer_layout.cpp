#include <QClipboard>
#include <QFrame>
#include <QGridLayout>
#include <QGuiApplication>
#include <QLabel>
#include <QLineEdit>
#include <QSpinBox>

#include "core/data/presets.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/map_arrow.h"
#include "ui/panels/named_field.h"
#include "ui/panels/patchscope_composer.h"
#include "ui/panels/scope_drag.h"
#include "ui/panels/token_menu.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_strip.h"

/// How the form of a Patchscope is built and laid out; what it says is in patchscope_composer.cpp.
namespace patchbay::ui {
namespace {

constexpr int kInset = 10;
constexpr int kPlaceWidth = 150;
constexpr int kOptionsWidth = 300;

}  // namespace

void PatchscopeComposer::buildSide(Side& side, const QString& name, const QString& label, const QString& layersHint) {
  side.text = new QLineEdit(this);
  side.text->setObjectName(name);
  side.text->setAccessibleName(label);
  side.text->setFont(dataFont(12));
  side.strip = new TokenStrip(this);
  side.strip->setObjectName(name + QStringLiteral("Strip"));
  side.strip->setProbabilitiesShown(false);
  giveTokenMenu(*side.strip);
  side.token = new ChoiceBox(tr("Token"), ChoiceBox::Face::Data, this);
  side.token->setObjectName(name + QStringLiteral("Token"));
  side.token->setFixedWidth(kPlaceWidth);
  side.layers = new NamedField(tr("Layers"), this);
  side.layers->setObjectName(name + QStringLiteral("Layers"));
  side.layers->setAccessibleName(tr("%1, layers").arg(label));
  side.layers->setPlaceholderText(layersHint);
  side.layers->setFixedWidth(kPlaceWidth);
  // Chips move when the row is scrolled or gets another width: the arrow follows what is painted.
  side.strip->installEventFilter(this);
  side.text->installEventFilter(this);
  side.layers->installEventFilter(this);
  connect(side.text, &QLineEdit::textEdited, this, [this, &side] { readText(side); });
  connect(side.text, &QLineEdit::returnPressed, this, &PatchscopeComposer::runAsked);
  connect(side.layers, &QLineEdit::textEdited, this, [this, &side] { check(side.layers->objectName()); });
  connect(side.layers, &QLineEdit::returnPressed, this, &PatchscopeComposer::runAsked);
  connect(side.strip, &TokenStrip::tokenClicked, this, [this, &side](int token) { chooseToken(side, token); });
  connect(side.token, &ChoiceBox::activated, this, [this, &side](int token) { chooseToken(side, token); });
}

void PatchscopeComposer::buildOptions() {
  m_arrow = new MapArrow(this);
  m_map = new ChoiceBox(tr("Map"), ChoiceBox::Face::Words, this);
  m_map->setObjectName(QStringLiteral("patchscopeMap"));
  m_map->setWidestPixels(kOptionsWidth);
  m_written = new ChoiceBox(tr("Into"), ChoiceBox::Face::Words, this);
  m_written->setObjectName(QStringLiteral("patchscopeModel"));
  m_written->setToolTip(
      tr("The model of the target: states of one model written into another, through a map fitted between them"));
  connect(m_written, &ChoiceBox::activated, this, [this](int index) {
    const ModelCard* card = bench().models->find(m_written->itemData(index).toString().toStdString());
    chooseTargetModel(card ? card->ref : ModelRef{});
    check();
  });
  m_preset = new ChoiceBox(tr("Template"), ChoiceBox::Face::Words, this);
  m_preset->setObjectName(QStringLiteral("patchscopePreset"));
  for (const PatchscopePreset& preset : patchscopePresets()) {
    m_preset->addItem(QString::fromUtf8(preset.title.data(), static_cast<qsizetype>(preset.title.size())),
                      QString::fromUtf8(preset.id.data(), static_cast<qsizetype>(preset.id.size())));
    m_preset->setItemData(m_preset->count() - 1,
                          QString::fromUtf8(preset.note.data(), static_cast<qsizetype>(preset.note.size())),
                          Qt::ToolTipRole);
  }
  m_preset->addItem(tr("edited"), QString());
  m_length = new QSpinBox(this);
  m_length->setObjectName(QStringLiteral("patchscopeLength"));
  m_length->setAccessibleName(tr("Tokens to generate"));
  m_length->setRange(0, 200);
  m_length->setPrefix(tr("Length "));
  m_length->setSuffix(tr(" tokens"));
  m_words = new NamedField(tr("Ask"), this);
  m_words->setObjectName(QStringLiteral("patchscopeWords"));
  m_words->setAccessibleName(tr("Words whose probability is asked for"));
  m_words->setPlaceholderText(tr("words, as in ␣Paris|␣Rome"));
  m_words->setToolTip(
      tr("Words whose probability the target is asked for, with | between them; of each the first token"));
  connect(m_words, &QLineEdit::textEdited, this, [this] { check(m_words->objectName()); });
  connect(m_words, &QLineEdit::returnPressed, this, &PatchscopeComposer::runAsked);
  connect(m_map, &ChoiceBox::activated, this, [this] {
    m_arrow->setWords(tr("map: %1").arg(m_map->currentText()));
    check();
  });
  connect(m_preset, &ChoiceBox::activated, this, &PatchscopeComposer::choosePreset);
  connect(m_length, &QSpinBox::valueChanged, this, [this] { check(m_length->objectName()); });
}

void PatchscopeComposer::arrange() {
  auto* swapButton = new Button(tr("Swap"), QStringLiteral("swap"), Button::Kind::Plain, this);
  swapButton->setObjectName(QStringLiteral("patchscopeSwap"));
  connect(swapButton, &Button::clicked, this, &PatchscopeComposer::swap);
  auto* copy = new Button(tr("Copy as spec"), QStringLiteral("copy"), Button::Kind::Plain, this);
  copy->setObjectName(QStringLiteral("patchscopeCopySpec"));
  connect(copy, &Button::clicked, this, [this] {
    if (const auto wanted = request())
      QGuiApplication::clipboard()->setText(QString::fromStdString(Json(*wanted).dump(2)));
  });
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(kInset, 7, kInset, 8);
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(2);
  const auto placeSide = [&](const Side& side, int textRow, int stripRow, const QString& words) {
    grid->addWidget(rowLabel(words), textRow, 0);
    grid->addWidget(side.text, textRow, 1);
    grid->addWidget(side.token, textRow, 2);
    grid->addWidget(side.layers, textRow, 3);
    grid->addWidget(side.strip, stripRow, 1, 1, 3);
  };
  placeSide(m_source, 0, 1, tr("Source"));
  grid->addWidget(m_arrow, 2, 1, 1, 3);
  placeSide(m_target, 4, 3, tr("Target"));
  auto* line = new QFrame(this);
  line->setObjectName(QStringLiteral("separator"));
  line->setFixedWidth(1);
  grid->addWidget(line, 0, 4, 5, 1);
  grid->addLayout(options({swapButton, copy}), 0, 5, 5, 1);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_source.text);
  auto* drag = new ScopeDrag(*m_source.strip, *m_target.strip, *bench().carry);
  connect(drag, &ScopeDrag::paired, this, [this](int source, int target) {
    m_everyToken = false;
    m_source.chosen = source;
    m_target.chosen = target;
    for (Side* side : {&m_source, &m_target}) showTokens(*side);
    check();
  });
  connect(drag, &ScopeDrag::cellDropped, this, &PatchscopeComposer::takeCell);
}

QGridLayout* PatchscopeComposer::options(const std::vector<QWidget*>& buttons) const {
  auto* grid = new QGridLayout;
  grid->setSpacing(8);
  grid->setContentsMargins(8, 0, 0, 0);
  grid->addWidget(m_preset, 0, 0, 1, 2);
  grid->addWidget(m_map, 1, 0);
  grid->addWidget(m_length, 1, 1);
  grid->addWidget(m_words, 2, 0, 1, 2);
  grid->addWidget(m_written, 3, 0, 1, 2);
  grid->setRowStretch(3, 1);
  auto* row = new QHBoxLayout;
  row->setSpacing(8);
  for (QWidget* button : buttons) row->addWidget(button);
  row->addStretch(1);
  grid->addLayout(row, 4, 0, 1, 2);
  for (int column : {0, 1}) {
    grid->setColumnStretch(column, 1);
    grid->setColumnMinimumWidth(column, (kOptionsWidth - 8) / 2);
  }
  return grid;
}

}  // namespace patchbay::ui
