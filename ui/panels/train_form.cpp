#include "ui/panels/train_form.h"

#include <QCheckBox>
#include <QDir>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QGridLayout>
#include <QLineEdit>
#include <QSpinBox>

#include "ui/panels/layer_list.h"
#include "ui/panels/new_folder.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr double kLongestMinutes = 6000;
constexpr int kLargestRank = 256, kLargestBatch = 256;

}  // namespace

TrainForm::TrainForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("trainForm"));
  build();
  arrange();
  TrainDecoderRequest first;
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  first.name = tr("My decoder").toStdString();
  first.minutes = 60;
  setRequest(first);
  followModel(m_model);
}

void TrainForm::build() {
  m_name = lineField("trainName", tr("Name of the decoder"), tr("name"));
  m_layers = lineField("trainLayers", tr("Layers to read"), tr("the middle third"));
  m_layers->setFont(dataFont(12));
  m_rate = lineField("trainRate", tr("Learning rate"), QStringLiteral("0.001"));
  m_rate->setFont(dataFont(12));
  m_data = lineField("trainData", tr("Questions of your own"),
                     tr("those that come with the program; or a file or folder of your own"));
  m_builtin = new QCheckBox(tr("and those that come with the program"), this);
  m_builtin->setObjectName(QStringLiteral("trainBuiltin"));
  m_choose = new Button(tr("Choose…"), QStringLiteral("folder"), Button::Kind::Plain, this);
  m_choose->setObjectName(QStringLiteral("trainChoose"));
  m_choose->setToolTip(tr("A file of questions as JSON lines, or qa.json of a folder in LatentQA's layout"));
  connect(m_builtin, &QCheckBox::clicked, this, [this] { changed(); });
  connect(m_choose, &Button::clicked, this, &TrainForm::filesAsked);
  m_minutes = new QDoubleSpinBox(this);
  m_minutes->setObjectName(QStringLiteral("trainMinutes"));
  m_minutes->setRange(0.1, kLongestMinutes);
  m_minutes->setDecimals(1);
  m_minutes->setSuffix(tr(" minutes"));
  m_minutes->setAccessibleName(tr("How long to train"));
  m_rank = numberBox("trainRank", tr("rank "), 1, kLargestRank);
  m_batch = numberBox("trainBatch", tr("questions a step "), 1, kLargestBatch);
  m_recall = new QCheckBox(tr("recall"), this);
  m_recall->setObjectName(QStringLiteral("trainRecall"));
  m_recall->setAccessibleName(tr("With what states recall of earlier words"));
  m_recall->setToolTip(
      tr("Behind the states stands what each recalls of the words before it, found by least squares. "
         "Experimental: it is meant for tokens behind the words that are asked about"));
  connect(m_recall, &QCheckBox::clicked, this, [this] { changed(); });
  m_train = new Button(tr("Train"), QStringLiteral("train"), Button::Kind::Plain, this);
  m_train->setObjectName(QStringLiteral("trainStart"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("trainHint"));
  connect(m_minutes, &QDoubleSpinBox::valueChanged, this, [this] { changed(m_minutes->objectName()); });
  connect(m_train, &Button::clicked, this, &RunForm::runAsked);
}

void TrainForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Decoder")), 0, 0);
  grid->addWidget(m_name, 0, 1, 1, 3);
  grid->addWidget(m_minutes, 0, 4);
  grid->addWidget(m_train, 0, 5);
  grid->addWidget(rowLabel(tr("Layers")), 1, 0);
  grid->addWidget(m_layers, 1, 1);
  grid->addWidget(m_rank, 1, 2);
  grid->addWidget(m_batch, 1, 3);
  grid->addWidget(m_rate, 1, 4);
  grid->addWidget(m_recall, 1, 5);
  grid->addWidget(rowLabel(tr("Questions")), 2, 0);
  grid->addWidget(m_data, 2, 1, 1, 3);
  grid->addWidget(m_builtin, 2, 4);
  grid->addWidget(m_choose, 2, 5);
  grid->addWidget(m_hint, 3, 1, 1, 5);
  grid->setColumnStretch(1, 2);
  grid->setColumnStretch(2, 1);
  grid->setColumnStretch(3, 1);
  setFocusProxy(m_name);
}

QString TrainForm::folderOf(const TrainDecoderRequest& wanted) const {
  TrainDecoderRequest same = m_shown;
  same.folder.clear();
  same.isEnded = false;
  const QString shown = QString::fromStdString(m_shown.folder);
  const bool isFinished = QFileInfo::exists(QDir(shown).filePath(QStringLiteral("decoder.json")));
  if (!shown.isEmpty() && same == wanted && !isFinished) return shown;
  return newFolder(QStringLiteral("decoders"), QString::fromStdString(wanted.name));
}

void TrainForm::setRequest(const TrainDecoderRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_recipe = request.recipe;
  m_shown = request;
  m_name->setText(QString::fromStdString(request.name));
  m_minutes->setValue(request.minutes);
  m_layers->setText(formatLayers(request.recipe.readLayers));
  m_rank->setValue(request.recipe.rank);
  m_batch->setValue(request.recipe.training.batch);
  m_recall->setChecked(request.recipe.recall);
  m_rate->setText(QString::number(request.recipe.training.schedule.learningRate));
  m_data->setText(QString::fromStdString(request.data));
  m_builtin->setChecked(request.withBuiltin);
  m_isFilling = false;
  changed();
}

QString TrainForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (m_name->text().trimmed().isEmpty()) return tr("Give the decoder a name");
  const QString own = m_data->text().trimmed();
  if (!own.isEmpty() && !QFileInfo::exists(own)) return tr("There is no file or folder %1").arg(asData(own));
  if (!m_layers->text().trimmed().isEmpty() && !parseLayers(m_layers->text(), layerCount(m_model)))
    return tr("Layers are written as %1, up to %2").arg(asData(QStringLiteral("8-20"))).arg(layerCount(m_model) - 1);
  if (!isRate(*m_rate)) return rateAdvice(QStringLiteral("0.001"));
  return {};
}

std::optional<TrainDecoderRequest> TrainForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  TrainDecoderRequest wanted;
  wanted.model = m_model;
  wanted.name = m_name->text().trimmed().toStdString();
  wanted.recipe = m_recipe;
  wanted.recipe.rank = m_rank->value();
  wanted.recipe.alpha = 2.0 * m_rank->value();
  wanted.recipe.training.batch = m_batch->value();
  wanted.recipe.recall = m_recall->isChecked();
  wanted.recipe.training.schedule.learningRate = m_rate->text().toDouble();
  wanted.recipe.readLayers.clear();
  if (const auto layers = parseLayers(m_layers->text(), layerCount(m_model))) wanted.recipe.readLayers = *layers;
  wanted.minutes = m_minutes->value();
  wanted.data = m_data->text().trimmed().toStdString();
  wanted.withBuiltin = !wanted.data.empty() && m_builtin->isChecked();
  wanted.folder = folderOf(wanted).toStdString();
  return wanted;
}

Json TrainForm::draft() const {
  return {{"model", m_model},
          {"name", m_name->text().toStdString()},
          {"minutes", m_minutes->value()},
          {"layers", m_layers->text().toStdString()},
          {"rank", m_rank->value()},
          {"batch", m_batch->value()},
          {"recall", m_recall->isChecked()},
          {"rate", m_rate->text().toStdString()},
          {"data", m_data->text().toStdString()},
          {"builtin", m_builtin->isChecked()}};
}

void TrainForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto name = kept<QString>(draft, "name")) m_name->setText(*name);
  if (const auto minutes = kept<double>(draft, "minutes")) m_minutes->setValue(*minutes);
  if (const auto layers = kept<QString>(draft, "layers")) m_layers->setText(*layers);
  if (const auto rank = kept<int>(draft, "rank")) m_rank->setValue(*rank);
  if (const auto batch = kept<int>(draft, "batch")) m_batch->setValue(*batch);
  if (const auto recall = kept<bool>(draft, "recall")) m_recall->setChecked(*recall);
  if (const auto rate = kept<QString>(draft, "rate")) m_rate->setText(*rate);
  if (const auto own = kept<QString>(draft, "data")) m_data->setText(*own);
  if (const auto builtin = kept<bool>(draft, "builtin")) m_builtin->setChecked(*builtin);
  m_isFilling = false;
  changed();
}

void TrainForm::setQuestions(const QString& path) {
  m_data->setText(path);
  changed(m_data->objectName());
}

PreviewQuestionsRequest TrainForm::questions() const {
  PreviewQuestionsRequest wanted;
  wanted.model = m_model;
  wanted.data = m_data->text().trimmed().toStdString();
  wanted.withBuiltin = !wanted.data.empty() && m_builtin->isChecked();
  wanted.seed = m_recipe.training.seed;
  wanted.recall = m_recall->isChecked();
  return wanted;
}

void TrainForm::changed(const QString& typed) {
  if (m_isFilling) return;
  m_builtin->setEnabled(!m_data->text().trimmed().isEmpty());
  const QString hint = missing();
  m_train->setEnabled(hint.isEmpty());
  m_hint->setText(hint.isEmpty()
                      ? tr("Other runs go between its steps. Stop keeps a checkpoint: Train goes on from it, Keep "
                           "makes a decoder of it.")
                      : hint);
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
