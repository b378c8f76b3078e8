#include "ui/panels/meta_form.h"

#include <algorithm>

#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QRegularExpression>
#include <QRegularExpressionValidator>
#include <QSpinBox>

#include "core/data/meta_task.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/named_field.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kFieldWidth = 110, kLeastLayers = 220;
constexpr int kMostSteps = 1000000, kMostBatch = 4096, kMostRepeats = 20, kMostItems = 2000;
// The choices of mixes.
constexpr QLatin1String kAlone("alone"), kEvery("every"), kOne("one"), kListed("listed");

}  // namespace

MetaForm::MetaForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("metaForm"));
  buildMixes();
  buildReader();
  buildOwn();
  arrange();
  MetaModelRequest first;
  first.mixes = {{learnedMetaTasks().front()->id}};
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  setRequest(first);
  connect(bench().models, &ModelShelf::modelsChanged, this, [this] {
    listReaders();
    changed();
  });
  followModel(m_model, [this] { listReaders(); });
}

void MetaForm::buildMixes() {
  m_mixes = new ChoiceBox({}, ChoiceBox::Face::Words, this);
  m_mixes->setObjectName(QStringLiteral("metaMixes"));
  m_mixes->setAccessibleName(tr("Mixes of tasks that are learned together"));
  m_mixes->setToolTip(tr("One meta-model is trained on each mix, and asked about every test"));
  m_mixes->addItem(tr("Each task alone"), QString(kAlone));
  m_mixes->addItem(tr("Every mix"), QString(kEvery));
  m_mixes->addItem(tr("One mix of"), QString(kOne));
  connect(m_mixes, &ChoiceBox::activated, this, [this] { changed(); });
  for (const MetaTask* task : learnedMetaTasks()) {
    auto* box = new QCheckBox(QString::fromStdString(task->title), this);
    box->setObjectName(QStringLiteral("metaTask.%1").arg(QString::fromStdString(task->id)));
    box->setChecked(true);
    connect(box, &QCheckBox::clicked, this, [this] { changed(); });
    m_tasks.push_back(box);
  }
  m_repeats = numberBox("metaRepeats", tr("trainings of each mix "), 1, kMostRepeats);
  m_repeats->setToolTip(tr("With other seeds: what differs between them is chance"));
}

void MetaForm::buildReader() {
  m_readers = new ChoiceBox(tr("read by:"), ChoiceBox::Face::Words, this);
  m_readers->setObjectName(QStringLiteral("metaReader"));
  m_readers->setToolTip(tr("The model that becomes a meta-model: a copy of it learns to read the states"));
  connect(m_readers, &ChoiceBox::activated, this, [this] {
    const ModelCard* card = bench().models->find(m_readers->currentData().toString().toStdString());
    m_reader = card ? card->ref : ModelRef();
    changed();
  });
  m_layers = namedField("metaLayers", tr("Layers"), tr("Layers whose states are handed over together"));
  m_layers->setMinimumWidth(kLeastLayers);
  m_steps = numberBox("metaSteps", tr("steps "), 1, kMostSteps);
  m_batch = numberBox("metaBatch", tr("questions a step "), 1, kMostBatch);
  m_rate = namedField("metaRate", tr("Rate"), tr("Learning rate"));
  m_rate->setFixedWidth(kFieldWidth);
}

void MetaForm::buildOwn() {
  m_text = lineField("metaText", tr("A text of your own"), tr("a text of your own"));
  m_question = lineField("metaQuestion", tr("What is asked about the model that has read it"),
                         tr("asked about the model that has read it, yes or no: Is this text about the sea?"));
  m_items = numberBox("metaItems", tr("questions of each test "), 1, kMostItems);
  m_seed = namedField("metaSeed", tr("Seed"), tr("Seed"));
  m_seed->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("\\d{0,20}")), m_seed));
  m_seed->setFixedWidth(kFieldWidth);
  m_train = new Button(tr("Train"), QStringLiteral("train"), Button::Kind::Plain, this);
  m_train->setObjectName(QStringLiteral("metaTrain"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("metaHint"));
  connect(m_train, &Button::clicked, this, &RunForm::runAsked);
}

void MetaForm::arrange() {
  auto* mixes = rowOf({{m_mixes, 0}});
  for (QCheckBox* task : m_tasks) mixes->addWidget(task);
  mixes->addStretch(1);
  mixes->addWidget(m_repeats);
  auto* reader = rowOf({{m_readers, 0}, {m_layers, 1}, {m_steps, 0}, {m_batch, 0}, {m_rate, 0}});
  auto* own = rowOf({{m_text, 1}, {m_question, 1}, {m_items, 0}, {m_seed, 0}});
  auto* last = rowOf({{m_hint, 1}, {m_train, 0}});
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Mixes")), 0, 0);
  grid->addLayout(mixes, 0, 1);
  grid->addWidget(rowLabel(tr("Reader")), 1, 0);
  grid->addLayout(reader, 1, 1);
  grid->addWidget(rowLabel(tr("Ask also")), 2, 0);
  grid->addLayout(own, 2, 1);
  grid->addLayout(last, 3, 1);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_layers);
}

void MetaForm::listReaders() {
  m_readers->clear();
  m_readers->addItem(tr("the same model"), QString());
  for (const ModelCard& card : bench().models->models()) {
    if (card.ref.fingerprint != m_model.fingerprint)
      m_readers->addItem(displayName(card), QString::fromStdString(card.ref.fingerprint));
  }
  const QString chosen = QString::fromStdString(m_reader.fingerprint);
  // One of a run of before that is not loaded.
  if (m_readers->findData(chosen) < 0) m_readers->addItem(QString::fromStdString(m_reader.name), chosen);
  m_readers->setCurrentIndex(m_readers->findData(chosen));
}

void MetaForm::takeMixes(const Mixes& mixes) {
  m_shown.mixes = mixes;
  if (const int listed = m_mixes->findData(QString(kListed)); listed >= 0) m_mixes->removeItem(listed);
  const Mixes every = everyMetaMix();
  const Mixes alone(every.begin(), every.begin() + std::ssize(m_tasks));
  const auto isKnown = [&every](const std::string& id) { return std::ranges::count(every, std::vector{id}) > 0; };
  QString choice(kListed);
  if (mixes.empty() || mixes == alone) {
    choice = kAlone;
  } else if (mixes == every) {
    choice = kEvery;
  } else if (mixes.size() == 1 && std::ranges::all_of(mixes.front(), isKnown)) {
    choice = kOne;
    tick(mixes.front());
  } else {
    m_mixes->addItem(tr("%1 mixes of a run").arg(mixes.size()), choice);
  }
  m_mixes->setCurrentIndex(m_mixes->findData(choice));
}

void MetaForm::tick(const std::vector<std::string>& tasks) {
  const auto learned = learnedMetaTasks();
  for (std::size_t i = 0; i < m_tasks.size(); ++i)
    m_tasks[i]->setChecked(std::ranges::count(tasks, learned[i]->id) > 0);
}

bool MetaForm::isOneMix() const { return m_mixes->currentData().toString() == kOne; }

std::vector<std::string> MetaForm::ticked() const {
  const auto learned = learnedMetaTasks();
  std::vector<std::string> tasks;
  for (std::size_t i = 0; i < m_tasks.size(); ++i)
    if (m_tasks[i]->isChecked()) tasks.push_back(learned[i]->id);
  return tasks;
}

MetaForm::Mixes MetaForm::mixes() const {
  const QString choice = m_mixes->currentData().toString();
  if (choice == kEvery) return everyMetaMix();
  if (choice == kOne) return {ticked()};
  return choice == kListed ? m_shown.mixes : Mixes();
}

std::vector<MetaQuestion> MetaForm::own() const {
  const MetaQuestion typed{.text = fromOneLine(m_text->text()), .question = fromOneLine(m_question->text())};
  // A run may have asked more than the form shows.
  if (!m_shown.own.empty() && m_shown.own.front() == typed) return m_shown.own;
  return m_text->text().trimmed().isEmpty() ? std::vector<MetaQuestion>() : std::vector{typed};
}

void MetaForm::setRequest(const MetaModelRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_reader = request.reader.fingerprint == request.model.fingerprint ? ModelRef() : request.reader;
  m_shown = request;
  takeMixes(request.mixes);
  listReaders();
  m_layers->setText(formatLayers(request.layers));
  m_steps->setValue(request.steps);
  m_batch->setValue(request.batch);
  m_rate->setText(QString::number(request.learningRate));
  m_repeats->setValue(request.repeats);
  m_items->setValue(request.items);
  m_seed->setText(QString::number(request.seed));
  const MetaQuestion asked = request.own.empty() ? MetaQuestion() : request.own.front();
  m_text->setText(oneLine(asked.text));
  m_question->setText(oneLine(asked.question));
  m_isFilling = false;
  changed();
}

std::optional<MetaModelRequest> MetaForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  MetaModelRequest wanted = m_shown;
  wanted.model = m_model;
  wanted.reader = m_reader;
  wanted.layers = *layersIn(*m_layers, m_model);
  wanted.mixes = mixes();
  wanted.own = own();
  wanted.steps = m_steps->value();
  wanted.batch = m_batch->value();
  wanted.learningRate = m_rate->text().toDouble();
  wanted.repeats = m_repeats->value();
  wanted.items = m_items->value();
  wanted.seed = m_seed->text().toULongLong();
  return wanted;
}

QString MetaForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (!m_reader.fingerprint.empty() && !bench().models->find(m_reader.fingerprint))
    return tr("Open %1, which reads the states, or choose another").arg(QString::fromStdString(m_reader.name));
  if (isOneMix() && ticked().empty()) return tr("Tick a task that is learned");
  if (!layersIn(*m_layers, m_model))
    return tr("Layers are written as %1, up to %2").arg(asData(QStringLiteral("8-20"))).arg(layerCount(m_model) - 1);
  if (!isRate(*m_rate)) return rateAdvice(QStringLiteral("0.0002"));
  bool isNumber = false;
  (void)m_seed->text().toULongLong(&isNumber);
  if (!isNumber) return tr("The seed is a whole number");
  if (m_text->text().trimmed().isEmpty() != m_question->text().trimmed().isEmpty())
    return tr("Write a text and a question about it, or neither");
  return {};
}

Json MetaForm::draft() const {
  return {{"model", m_model},
          {"reader", m_reader},
          {"choice", m_mixes->currentData().toString().toStdString()},
          {"mixes", m_shown.mixes},
          {"tasks", ticked()},
          {"layers", m_layers->text().toStdString()},
          {"steps", m_steps->value()},
          {"batch", m_batch->value()},
          {"rate", m_rate->text().toStdString()},
          {"repeats", m_repeats->value()},
          {"items", m_items->value()},
          {"seed", m_seed->text().toStdString()},
          {"text", m_text->text().toStdString()},
          {"question", m_question->text().toStdString()},
          {"own", m_shown.own},
          {"tests", m_shown.tests}};
}

void MetaForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto reader = kept<ModelRef>(draft, "reader")) m_reader = *reader;
  if (const auto mixes = kept<Mixes>(draft, "mixes")) takeMixes(*mixes);
  if (const auto tasks = kept<std::vector<std::string>>(draft, "tasks")) tick(*tasks);
  if (const auto choice = kept<QString>(draft, "choice"); choice && m_mixes->findData(*choice) >= 0)
    m_mixes->setCurrentIndex(m_mixes->findData(*choice));
  const std::initializer_list<std::pair<QLineEdit*, const char*>> fields = {
      {m_layers, "layers"}, {m_rate, "rate"}, {m_seed, "seed"}, {m_text, "text"}, {m_question, "question"}};
  for (const auto& [field, name] : fields)
    if (const auto text = kept<QString>(draft, name)) field->setText(*text);
  for (const auto& [box, name] : {std::pair{m_steps, "steps"}, std::pair{m_batch, "batch"},
                                  std::pair{m_repeats, "repeats"}, std::pair{m_items, "items"}})
    if (const auto value = kept<int>(draft, name)) box->setValue(*value);
  if (const auto own = kept<std::vector<MetaQuestion>>(draft, "own")) m_shown.own = *own;
  if (const auto tests = kept<std::vector<std::string>>(draft, "tests")) m_shown.tests = *tests;
  listReaders();
  m_isFilling = false;
  changed();
}

void MetaForm::changed(const QString& typed) {
  if (m_isFilling) return;
  for (QCheckBox* task : m_tasks) task->setVisible(isOneMix());
  const int all = layerCount(m_model);
  m_layers->setPlaceholderText(all > 0 ? tr("evenly: %1").arg(formatLayers(metaLayers(all))) : tr("five, evenly"));
  const QString hint = missing();
  m_train->setEnabled(hint.isEmpty());
  if (hint.isEmpty()) {
    const std::size_t count =
        layersIn(*m_layers, m_model)->empty() ? metaLayers(all).size() : layersIn(*m_layers, m_model)->size();
    m_hint->setText(tr("States of the last token at %1 stand in the prompt of a second model, through a trained map; "
                       "its attention weights are trained to answer yes or no.")
                        .arg(count == 1 ? tr("one layer") : tr("%1 layers").arg(count)));
  } else {
    m_hint->setText(hint);
  }
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
