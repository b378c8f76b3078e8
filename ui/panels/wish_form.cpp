#include "ui/panels/wish_form.h"

#include <QDir>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QLineEdit>
#include <QSpinBox>

#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/new_folder.h"
#include "ui/state/decoder_shelf.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kMostLayers = 999, kMostSteps = 2000, kMostRank = 256;
constexpr double kMostNorm = 10000, kMostWeight = 100;

}  // namespace

WishForm::WishForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("wishForm"));
  build();
  arrange();
  DecoderVectorRequest first;
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  first.decoder = bench().decoders->decoders().front().ref;
  setRequest(first);
  connect(bench().decoders, &DecoderShelf::changed, this, &WishForm::listDecoders);
  followModel(m_model);
}

void WishForm::build() {
  m_question = lineField("wishQuestion", tr("Question"), tr("asked about steered states: Which language is it?"));
  m_answer = lineField("wishAnswer", tr("Wished answer"), tr("the answer you wish for: French"));
  m_words = lineField("wishWords", tr("The wish as an instruction"),
                      tr("the same as an instruction, to compare with and judge by: Always answer in French."));
  const auto decimal = [this](const char* name, const QString& prefix, double least, double most, double step) {
    auto* box = new QDoubleSpinBox(this);
    box->setObjectName(QString::fromLatin1(name));
    box->setRange(least, most);
    box->setDecimals(2);
    box->setSingleStep(step);
    box->setPrefix(prefix);
    connect(box, &QDoubleSpinBox::valueChanged, this, [this, box] { changed(box->objectName()); });
    return box;
  };
  m_layer = numberBox("wishLayer", tr("layer "), 0, kMostLayers);
  m_steps = numberBox("wishSteps", tr("steps "), 1, kMostSteps);
  m_rank = numberBox("wishRank", tr("LoRA of rank "), 0, kMostRank);
  m_rank->setSpecialValueText(tr("a vector"));
  m_rank->setToolTip(
      tr("What is changed: a vector is added at the layer, or a LoRA of this rank is put beside the blocks "
         "up to it"));
  m_norm = decimal("wishNorm", tr("norm up to "), 0.1, kMostNorm, 1);
  m_norm->setToolTip(tr("How far states may be moved, in units of the residual stream"));
  m_weight = decimal("wishWeight", tr("stay plain "), 0, kMostWeight, 0.1);
  m_weight->setToolTip(tr("Weight of the divergence from the plain model beside the decoder's loss"));
  m_decoder = new ChoiceBox(tr("decoder:"), ChoiceBox::Face::Words, this);
  m_decoder->setObjectName(QStringLiteral("wishDecoder"));
  connect(m_decoder, &ChoiceBox::activated, this, [this](int index) {
    const auto& decoders = bench().decoders->decoders();
    if (index < static_cast<int>(decoders.size())) m_shown.decoder = decoders[static_cast<std::size_t>(index)].ref;
    changed();
  });
  m_find = new Button(tr("Find the vector"), QStringLiteral("vector"), Button::Kind::Plain, this);
  m_find->setObjectName(QStringLiteral("wishFind"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("wishHint"));
  connect(m_find, &Button::clicked, this, &RunForm::runAsked);
}

void WishForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Wish")), 0, 0);
  grid->addWidget(m_question, 0, 1, 1, 3);
  grid->addWidget(m_answer, 0, 4);
  grid->addWidget(m_find, 0, 5);
  grid->addWidget(rowLabel(tr("In words")), 1, 0);
  grid->addWidget(m_words, 1, 1, 1, 4);
  grid->addWidget(m_rank, 1, 5);
  grid->addWidget(m_layer, 2, 1);
  grid->addWidget(m_norm, 2, 2);
  grid->addWidget(m_weight, 2, 3);
  grid->addWidget(m_steps, 2, 4);
  grid->addWidget(m_decoder, 2, 5);
  grid->addWidget(m_hint, 3, 1, 1, 5);
  for (int column = 1; column < 5; ++column) grid->setColumnStretch(column, 1);
  setFocusProxy(m_question);
}

void WishForm::listDecoders() {
  m_decoder->clear();
  int chosen = -1;
  for (const ShelfDecoder& entry : bench().decoders->decoders()) {
    if (entry.ref.folder == m_shown.decoder.folder) chosen = m_decoder->count();
    m_decoder->addItem(QString::fromStdString(entry.ref.name));
  }
  // One of a run of before that is on the shelf no more.
  if (chosen < 0) {
    chosen = m_decoder->count();
    m_decoder->addItem(QString::fromStdString(m_shown.decoder.name));
  }
  m_decoder->setCurrentIndex(chosen);
}

void WishForm::setRequest(const DecoderVectorRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_shown = request;
  m_question->setText(QString::fromStdString(request.question));
  m_answer->setText(QString::fromStdString(request.answer));
  m_words->setText(QString::fromStdString(request.words));
  m_layer->setValue(request.layer);
  m_rank->setValue(request.rank);
  m_steps->setValue(request.steps);
  m_norm->setValue(request.largestNorm);
  m_weight->setValue(request.plainWeight);
  listDecoders();
  m_isFilling = false;
  changed();
}

std::optional<DecoderVectorRequest> WishForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  DecoderVectorRequest wanted = m_shown;
  wanted.model = m_model;
  wanted.question = m_question->text().trimmed().toStdString();
  wanted.answer = m_answer->text().trimmed().toStdString();
  wanted.name = wanted.answer;
  wanted.words = m_words->text().trimmed().toStdString();
  wanted.layer = m_layer->value();
  wanted.rank = m_rank->value();
  // Another kind of change goes at another pace.
  if ((wanted.rank > 0) != (m_shown.rank > 0))
    wanted.learningRate = wanted.rank > 0 ? DecoderVectorRequest::kAdapterRate : DecoderVectorRequest::kVectorRate;
  wanted.folder.clear();
  wanted.steps = m_steps->value();
  wanted.largestNorm = m_norm->value();
  wanted.plainWeight = m_weight->value();
  if (wanted.rank == 0) return wanted;
  // What the shown run asked is the same wish; another one has a folder of its own.
  DecoderVectorRequest same = m_shown;
  same.folder.clear();
  const QDir shown(QString::fromStdString(m_shown.folder));
  const bool isFree = !m_shown.folder.empty() && !shown.exists(QStringLiteral("adapter_config.json"));
  wanted.folder = isFree && same == wanted
                      ? m_shown.folder
                      : newFolder(QStringLiteral("adapters"), QString::fromStdString(wanted.name)).toStdString();
  return wanted;
}

QString WishForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (m_question->text().trimmed().isEmpty()) return tr("Write what the decoder is to be asked");
  if (m_answer->text().trimmed().isEmpty()) return tr("Write the answer that you wish for");
  if (const int last = layerCount(m_model) - 2; m_layer->value() > last) return tr("The layer is 0 to %1").arg(last);
  return {};
}

Json WishForm::draft() const {
  return {{"model", m_model},
          {"decoder", m_shown.decoder},
          {"question", m_question->text().toStdString()},
          {"answer", m_answer->text().toStdString()},
          {"words", m_words->text().toStdString()},
          {"layer", m_layer->value()},
          {"rank", m_rank->value()},
          {"steps", m_steps->value()},
          {"norm", m_norm->value()},
          {"weight", m_weight->value()},
          {"rate", m_shown.learningRate},
          {"rate_rank", m_shown.rank},
          {"tokens", m_shown.generateTokens},
          {"seed", m_shown.seed}};
}

void WishForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto decoder = kept<DecoderRef>(draft, "decoder")) m_shown.decoder = *decoder;
  if (const auto question = kept<QString>(draft, "question")) m_question->setText(*question);
  if (const auto answer = kept<QString>(draft, "answer")) m_answer->setText(*answer);
  if (const auto text = kept<QString>(draft, "words")) m_words->setText(*text);
  if (const auto layer = kept<int>(draft, "layer")) m_layer->setValue(*layer);
  if (const auto rank = kept<int>(draft, "rank")) m_rank->setValue(*rank);
  if (const auto steps = kept<int>(draft, "steps")) m_steps->setValue(*steps);
  if (const auto norm = kept<double>(draft, "norm")) m_norm->setValue(*norm);
  if (const auto weight = kept<double>(draft, "weight")) m_weight->setValue(*weight);
  if (const auto rate = kept<double>(draft, "rate")) m_shown.learningRate = *rate;
  if (const auto rank = kept<int>(draft, "rate_rank")) m_shown.rank = *rank;
  if (const auto tokens = kept<int>(draft, "tokens")) m_shown.generateTokens = *tokens;
  if (const auto seed = kept<std::uint64_t>(draft, "seed")) m_shown.seed = *seed;
  listDecoders();
  m_isFilling = false;
  changed();
}

void WishForm::changed(const QString& typed) {
  if (m_isFilling) return;
  const QString hint = missing();
  m_find->setEnabled(hint.isEmpty());
  m_find->setText(m_rank->value() > 0 ? tr("Find the adapter") : tr("Find the vector"));
  m_hint->setText(hint.isEmpty() ? tr("Experimental: descends on the decoder's loss of the answer, then tries prompts "
                                      "that it never saw beside a random vector.")
                                 : hint);
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
