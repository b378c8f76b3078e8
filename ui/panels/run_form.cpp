#include "ui/panels/run_form.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QSpinBox>

#include "ui/panels/layer_list.h"
#include "ui/panels/named_field.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/undo_keys.h"

namespace patchbay::ui {
namespace {

constexpr int kLabelWidth = 58;
constexpr int kInset = 10, kAbove = 7, kBetween = 8, kBetweenRows = 5;

}  // namespace

RunForm::RunForm(const Workbench& bench, QWidget* parent) : QWidget(parent), m_bench(bench) {}

QGridLayout* RunForm::formGrid() {
  auto* grid = new QGridLayout(this);
  grid->setContentsMargins(kInset, kAbove, kInset, kBetween);
  grid->setHorizontalSpacing(kBetween);
  grid->setVerticalSpacing(kBetweenRows);
  return grid;
}

QHBoxLayout* RunForm::rowOf(std::initializer_list<std::pair<QWidget*, int>> parts) {
  auto* row = new QHBoxLayout;
  row->setSpacing(kBetween);
  for (const auto& [part, stretch] : parts) row->addWidget(part, stretch);
  return row;
}

QLabel* RunForm::rowLabel(const QString& words) {
  auto* text = new QLabel(words, this);
  text->setFont(uiFont(12, 600));
  text->setFixedWidth(kLabelWidth);
  return text;
}

void RunForm::watch(QLineEdit* field, const char* name, const QString& spoken) {
  field->setObjectName(QString::fromLatin1(name));
  field->setAccessibleName(spoken);
  field->installEventFilter(this);
  connect(field, &QLineEdit::returnPressed, this, &RunForm::runAsked);
  connect(field, &QLineEdit::textEdited, this, [this, field] { changed(field->objectName()); });
}

QLineEdit* RunForm::lineField(const char* name, const QString& spoken, const QString& hint) {
  auto* field = new QLineEdit(this);
  field->setPlaceholderText(hint);
  watch(field, name, spoken);
  return field;
}

NamedField* RunForm::namedField(const char* name, const QString& title, const QString& spoken) {
  auto* field = new NamedField(title, this);
  watch(field, name, spoken);
  return field;
}

QSpinBox* RunForm::numberBox(const char* name, const QString& prefix, int least, int most) {
  auto* box = new QSpinBox(this);
  box->setObjectName(QString::fromLatin1(name));
  box->setRange(least, most);
  box->setPrefix(prefix);
  connect(box, &QSpinBox::valueChanged, this, [this, box] { changed(box->objectName()); });
  return box;
}

void RunForm::followModel(ModelRef& model, const std::function<void()>& before) {
  connect(m_bench.models, &ModelShelf::currentChanged, this, [this, &model, before] {
    if (const ModelCard* card = m_bench.models->current(); card && model.fingerprint.empty()) model = card->ref;
    if (before) before();
    changed({});
  });
}

int RunForm::layerCount(const ModelRef& model) const {
  const ModelCard* card = m_bench.models->find(model.fingerprint);
  return card ? card->layers : 0;
}

std::optional<std::vector<int>> RunForm::placesIn(const QLineEdit& field, int count) {
  const QString text = field.text().trimmed();
  return text.isEmpty() ? std::vector<int>() : parseLayers(text, count);
}

std::optional<std::vector<int>> RunForm::layersIn(const QLineEdit& field, const ModelRef& model) const {
  return placesIn(field, layerCount(model));
}

bool RunForm::isRate(const QLineEdit& field) {
  bool isNumber = false;
  const double rate = field.text().toDouble(&isNumber);
  return isNumber && rate > 0 && rate <= 1;
}

QString RunForm::rateAdvice(const QString& example) {
  return tr("The learning rate is a number up to 1, such as %1").arg(asData(example));
}

bool RunForm::eventFilter(QObject* watched, QEvent* event) {
  return leaveUndoToWindow(event) || QWidget::eventFilter(watched, event);
}

void RunForm::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().panel);
}

}  // namespace patchbay::ui
