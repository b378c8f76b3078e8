#include "ui/panels/curve_form.h"

#include <algorithm>

#include <QGridLayout>
#include <QHBoxLayout>
#include <QRegularExpression>
#include <QRegularExpressionValidator>
#include <QSpinBox>

#include "core/base/each_once.h"
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
using Wanted = LearningCurveRequest;

/// Numbers separated by commas or blanks, each once; nothing when one is none, or lies outside 1 to `most`.
template <typename Number>
std::optional<std::vector<Number>> numbersIn(const QString& text, qint64 most, std::size_t count) {
  static const QRegularExpression between(QStringLiteral("[,;\\s]+"));
  std::vector<Number> numbers;
  for (const QString& part : text.split(between, Qt::SkipEmptyParts)) {
    bool isNumber = false;
    const qint64 number = part.toLongLong(&isNumber);
    if (!isNumber || number < 1 || number > most) return std::nullopt;
    numbers.push_back(static_cast<Number>(number));
  }
  numbers = eachOnce(numbers);
  return numbers.size() <= count ? std::optional(numbers) : std::nullopt;
}

template <typename Number>
QString listed(const std::vector<Number>& numbers) {
  QStringList words;
  for (const Number number : numbers) words << QString::number(number);
  return words.join(QStringLiteral(", "));
}

}  // namespace

CurveForm::CurveForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("curveForm"));
  build();
  arrange();
  LearningCurveRequest first;
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  setRequest(first);
  connect(bench().models, &ModelShelf::modelsChanged, this, [this] { changed(); });
  followModel(m_model);
}

void CurveForm::build() {
  m_examples = namedField("curveExamples", tr("Questions"), tr("Numbers of questions that decoders learn from"));
  m_examples->setToolTip(tr("A decoder is trained anew on each number of questions"));
  m_ranks = namedField("curveRanks", tr("Ranks"), tr("Ranks of the LoRA"));
  m_layers = namedField("curveLayers", tr("Layers"), tr("Layers that are read, each alone"));
  m_layers->setToolTip(tr("A decoder of its own for each of these layers; empty: one decoder for the middle third"));
  m_items = numberBox("curveItems", tr("held-out questions "), Wanted::kLeastItems, Wanted::kMostItems);
  m_repeats = numberBox("curveRepeats", tr("trainings of each "), 1, Wanted::kMostRepeats);
  m_repeats->setToolTip(tr("With other seeds: what differs between them is chance"));
  m_batch = numberBox("curveBatch", tr("questions a step "), 1, Wanted::kMostBatch);
  m_rate = namedField("curveRate", tr("Rate"), tr("Learning rate"));
  m_rate->setFixedWidth(kFieldWidth);
  m_seed = namedField("curveSeed", tr("Seed"), tr("Seed"));
  m_seed->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("\\d{0,20}")), m_seed));
  m_seed->setFixedWidth(kFieldWidth);
  m_train = new Button(tr("Train"), QStringLiteral("train"), Button::Kind::Plain, this);
  m_train->setObjectName(QStringLiteral("curveTrain"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("curveHint"));
  connect(m_train, &Button::clicked, this, &RunForm::runAsked);
}

void CurveForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Compare")), 0, 0);
  grid->addLayout(rowOf({{m_examples, 2}, {m_ranks, 1}, {m_layers, 2}}), 0, 1);
  grid->addWidget(rowLabel(tr("Each")), 1, 0);
  auto* each = rowOf({{m_batch, 0}, {m_rate, 0}, {m_repeats, 0}, {m_items, 0}, {m_seed, 0}});
  each->addStretch(1);
  grid->addLayout(each, 1, 1);
  grid->addLayout(rowOf({{m_hint, 1}, {m_train, 0}}), 2, 1);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_examples);
}

void CurveForm::setRequest(const LearningCurveRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_shown = request;
  m_examples->setText(listed(request.examples));
  m_ranks->setText(listed(request.ranks));
  m_layers->setText(formatLayers(request.layers));
  m_items->setValue(request.items);
  m_repeats->setValue(request.repeats);
  m_batch->setValue(request.recipe.training.batch);
  m_rate->setText(QString::number(request.recipe.training.schedule.learningRate));
  m_seed->setText(QString::number(request.recipe.training.seed));
  m_isFilling = false;
  changed();
}

std::optional<LearningCurveRequest> CurveForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  LearningCurveRequest wanted = m_shown;
  wanted.model = m_model;
  wanted.examples = *numbersIn<std::int64_t>(m_examples->text(), Wanted::kMostQuestions, Wanted::kMostExamples);
  wanted.ranks = *numbersIn<int>(m_ranks->text(), Wanted::kMostRank, Wanted::kMostRanks);
  wanted.layers = *layersIn(*m_layers, m_model);
  wanted.items = m_items->value();
  wanted.repeats = m_repeats->value();
  wanted.recipe.training.batch = m_batch->value();
  wanted.recipe.training.schedule.learningRate = m_rate->text().toDouble();
  wanted.recipe.training.seed = m_seed->text().toULongLong();
  return wanted;
}

QString CurveForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  const auto examples = numbersIn<std::int64_t>(m_examples->text(), Wanted::kMostQuestions, Wanted::kMostExamples);
  if (!examples || examples->empty())
    return tr("Questions are numbers with commas, such as %1; %2 of them at most")
        .arg(asData(QStringLiteral("500, 1000, 2000")))
        .arg(Wanted::kMostExamples);
  if (!numbersIn<int>(m_ranks->text(), Wanted::kMostRank, Wanted::kMostRanks))
    return tr("Ranks are numbers up to %1, %2 of them at most").arg(Wanted::kMostRank).arg(Wanted::kMostRanks);
  if (const auto read = layersIn(*m_layers, m_model); !read || read->size() > Wanted::kMostLayers)
    return tr("Layers are written as %1, up to %2")
        .arg(asData(QStringLiteral("5, 10, 15")))
        .arg(layerCount(m_model) - 1);
  if (!isRate(*m_rate)) return rateAdvice(QStringLiteral("0.001"));
  bool isNumber = false;
  (void)m_seed->text().toULongLong(&isNumber);
  if (!isNumber) return tr("The seed is a whole number");
  return {};
}

Json CurveForm::draft() const {
  return {{"model", m_model},
          {"examples", m_examples->text().toStdString()},
          {"ranks", m_ranks->text().toStdString()},
          {"layers", m_layers->text().toStdString()},
          {"items", m_items->value()},
          {"repeats", m_repeats->value()},
          {"batch", m_batch->value()},
          {"rate", m_rate->text().toStdString()},
          {"seed", m_seed->text().toStdString()},
          {"recipe", m_shown.recipe},
          {"data", m_shown.data},
          {"builtin", m_shown.withBuiltin}};
}

void CurveForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto recipe = kept<DecoderRecipe>(draft, "recipe")) m_shown.recipe = *recipe;
  if (const auto questions = kept<std::string>(draft, "data")) m_shown.data = *questions;
  if (const auto builtin = kept<bool>(draft, "builtin")) m_shown.withBuiltin = *builtin;
  const std::initializer_list<std::pair<QLineEdit*, const char*>> fields = {
      {m_examples, "examples"}, {m_ranks, "ranks"}, {m_layers, "layers"}, {m_rate, "rate"}, {m_seed, "seed"}};
  for (const auto& [field, name] : fields)
    if (const auto text = kept<QString>(draft, name)) field->setText(*text);
  for (const auto& [box, name] :
       {std::pair{m_items, "items"}, std::pair{m_repeats, "repeats"}, std::pair{m_batch, "batch"}})
    if (const auto value = kept<int>(draft, name)) box->setValue(*value);
  m_isFilling = false;
  changed();
}

void CurveForm::changed(const QString& typed) {
  if (m_isFilling) return;
  m_ranks->setPlaceholderText(QString::number(m_shown.recipe.rank));
  const auto& read = m_shown.recipe.readLayers;
  m_layers->setPlaceholderText(read.empty() ? tr("the middle third together")
                                            : tr("%1 together").arg(formatLayers(read)));
  const QString hint = missing();
  m_train->setEnabled(hint.isEmpty());
  if (const auto wanted = request()) {
    const QString questions = asData(formatCount(static_cast<qint64>(wanted->allExamples())));
    QString said = wanted->trainings() == 1
                       ? tr("One decoder is trained on %1 questions and asked what it never saw.").arg(questions)
                       : tr("%1 decoders are trained, on %2 questions in all, and asked what they never saw.")
                             .arg(asData(formatCount(wanted->trainings())), questions);
    if (!wanted->data.empty()) said += tr(" The questions are of %1.").arg(QString::fromStdString(wanted->data));
    m_hint->setText(said);
  } else {
    m_hint->setText(hint);
  }
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
