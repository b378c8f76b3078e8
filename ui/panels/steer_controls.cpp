#include "ui/panels/steer_controls.h"

#include <algorithm>

#include <QCheckBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QPainter>
#include <QStyle>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/choice_box.h"
#include "ui/panels/layer_list.h"
#include "ui/panels/vector_maker.h"
#include "ui/state/kept.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/segmented_control.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 10;
constexpr int kRows = 4;

}  // namespace

SteerControls::SteerControls(const Workbench& bench, QWidget* parent)
    : QWidget(parent),
      m_bench(bench),
      m_title(new SectionHeader(tr("Vectors"), this)),
      m_table(new QTableView(this)),
      m_model(new ResultTableModel(this)),
      m_maker(new VectorMaker(bench, this)),
      m_vector(new ChoiceBox({}, ChoiceBox::Face::Words, this)),
      m_layer(new QSpinBox(this)),
      m_layers(new QLineEdit(this)),
      m_strength(new QDoubleSpinBox(this)),
      m_positions(new SegmentedControl({tr("all"), tr("prompt"), tr("new"), tr("last")}, this)),
      m_keepNorm(new QCheckBox(tr("rescale after adding"), this)),
      m_tokens(new QSpinBox(this)),
      m_share(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)),
      m_divergence(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 1, kInset);
  column->setSpacing(8);
  buildVectors(column);
  buildApply(column);
  column->addStretch(1);
  connect(m_bench.vectors, &VectorShelf::changed, this, &SteerControls::fillVectors);
  fillVectors();
}

void SteerControls::buildVectors(QVBoxLayout* column) {
  auto* add = m_title->addButton(QStringLiteral("add"), tr("Make a vector"));
  add->setObjectName(QStringLiteral("vectorAdd"));
  connect(add, &IconButton::clicked, this, [this] {
    m_isMakerOpen = !m_isMakerOpen;
    m_maker->setVisible(m_isMakerOpen || m_model->rowCount() == 0);
    Q_EMIT makerEdited();
    if (m_isMakerOpen) m_maker->focusFirstEmpty();
  });
  m_table->setObjectName(QStringLiteral("steerVectors"));
  m_table->setModel(m_model);
  m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
  m_table->setSelectionMode(QAbstractItemView::SingleSelection);
  m_table->setTabKeyNavigation(false);
  m_table->setShowGrid(false);
  m_table->setFrameShape(QFrame::NoFrame);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(rowHeight(24));
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_table->horizontalHeader()->setStretchLastSection(true);
  m_table->horizontalHeader()->setHighlightSections(false);
  column->addWidget(m_title);
  column->addWidget(m_table);
  m_maker->setContentsMargins(kInset, 0, kInset, 0);
  column->addWidget(m_maker);
  connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this](const QModelIndex& index) {
    if (!m_isFilling && index.isValid()) chooseRow(index.row());
  });
  connect(m_maker, &VectorMaker::edited, this, &SteerControls::makerEdited);
  connect(m_maker, &VectorMaker::made, this, [this](const QString& hash) {
    m_isMakerOpen = false;
    chooseVector(hash.toStdString());
    Q_EMIT changed();
  });
}

void SteerControls::buildApply(QVBoxLayout* column) {
  const auto name = [](QWidget* widget, const char* object, const QString& words) {
    widget->setObjectName(QLatin1String(object));
    widget->setAccessibleName(words);
  };
  name(m_vector, "steerVector", tr("Vector"));
  name(m_layer, "steerLayer", tr("Layer"));
  name(m_layers, "steerLayers", tr("Several layers"));
  name(m_strength, "steerStrengthField", tr("Strength"));
  name(m_positions, "steerPositions", tr("Positions"));
  name(m_keepNorm, "steerKeepNorm", tr("Keep the norm"));
  name(m_tokens, "steerTokens", tr("Tokens to generate"));
  m_share->setObjectName(QStringLiteral("steerEffect"));
  m_divergence->setObjectName(QStringLiteral("steerKl"));
  m_layers->setPlaceholderText(tr("or several: 12-16"));
  m_layers->setFont(dataFont(12));
  m_strength->setRange(-1000, 1000);
  m_strength->setSingleStep(0.5);
  m_strength->setDecimals(2);
  m_strength->setValue(4);
  m_tokens->setRange(1, 512);
  m_tokens->setValue(32);
  auto* layers = new QHBoxLayout;
  layers->addWidget(m_layer);
  layers->addWidget(m_layers, 1);
  auto* title = new SectionHeader(tr("Apply"), this);
  column->addWidget(title);
  auto* form = new QFormLayout;
  form->setHorizontalSpacing(12);
  form->setVerticalSpacing(8);
  form->addRow(tr("Vector"), m_vector);
  form->addRow(tr("Layer"), layers);
  form->addRow(tr("Strength"), m_strength);
  form->addRow(tr("Positions"), m_positions);
  form->addRow(tr("Keep norm"), m_keepNorm);
  form->addRow(tr("Tokens"), m_tokens);
  form->setContentsMargins(kInset, 0, kInset, 0);
  column->addLayout(form);
  auto* effect = new QVBoxLayout;
  effect->setContentsMargins(kInset, 4, kInset, 0);
  effect->addWidget(m_share);
  effect->addWidget(m_divergence);
  column->addLayout(effect);
  connect(m_vector, &ChoiceBox::activated, this, &SteerControls::chooseRow);
  connect(m_layer, &QSpinBox::valueChanged, this, [this] {
    if (m_isFilling) return;
    m_layers->clear();
    fillVectors();  // the norm column is that of the layer
    Q_EMIT changed();
  });
  connect(m_layers, &QLineEdit::textEdited, this, [this] {
    m_layers->setProperty("invalid", !isValid());
    m_layers->style()->unpolish(m_layers);
    m_layers->style()->polish(m_layers);
    if (isValid()) Q_EMIT changed();
  });
  const auto tell = [this] {
    if (!m_isFilling) Q_EMIT changed();
  };
  connect(m_strength, &QDoubleSpinBox::valueChanged, this, tell);
  connect(m_positions, &SegmentedControl::chosen, this, tell);
  connect(m_keepNorm, &QCheckBox::toggled, this, tell);
  connect(m_tokens, &QSpinBox::valueChanged, this, tell);
}

void SteerControls::fillVectors() {
  const bool wasFilling = m_isFilling;
  m_isFilling = true;
  struct Row {
    QString name, by;
    double norm;
  };
  auto rows = std::make_shared<std::vector<Row>>();
  m_vector->clear();
  for (const ShelfVector& entry : m_bench.vectors->vectors()) {
    const std::vector<double> norms = entry.vector ? entry.vector->norms() : std::vector<double>{};
    const auto layer = static_cast<std::size_t>(m_layer->value());
    rows->push_back({entry.name, entry.vector ? QString::fromStdString(entry.vector->method) : QString(),
                     layer < norms.size() ? norms[layer] : 0});
    m_vector->addItem(entry.name, QString::fromStdString(entry.hash));
  }
  const auto at = [rows](int row) -> const Row& { return (*rows)[static_cast<std::size_t>(row)]; };
  ResultTable table;
  table.rows = static_cast<int>(rows->size());
  table.columns = {{tr("name"), {}, [at](int row) { return QVariant(at(row).name); }},
                   {tr("by"), {}, [at](int row) { return QVariant(at(row).by); }},
                   {tr("norm at L%1").arg(m_layer->value()), {}, [at](int row) { return QVariant(at(row).norm); }, 1}};
  const int shownRows = std::min(table.rows, kRows);
  m_model->setTable(std::move(table));
  m_title->setNote(rows->empty() ? tr("none yet") : QString::number(rows->size()));
  m_table->setVisible(!rows->empty());
  m_table->setFixedHeight(shownRows * rowHeight(24) + m_table->horizontalHeader()->sizeHint().height());
  m_maker->setVisible(rows->empty() || m_isMakerOpen);
  if (!m_bench.vectors->find(m_hash)) m_hash = rows->empty() ? std::string() : m_bench.vectors->vectors().front().hash;
  const int row = m_vector->findData(QString::fromStdString(m_hash));
  m_vector->setCurrentIndex(row);
  if (row >= 0) m_table->selectRow(row);
  m_isFilling = wasFilling;
  Q_EMIT vectorChanged();
}

void SteerControls::chooseRow(int row) {
  const auto& vectors = m_bench.vectors->vectors();
  if (row < 0 || row >= static_cast<int>(vectors.size())) return;
  chooseVector(vectors[static_cast<std::size_t>(row)].hash);
  Q_EMIT changed();
}

void SteerControls::chooseVector(const std::string& hash) {
  m_hash = hash;
  fillVectors();
}

SteerSetting SteerControls::setting() const {
  SteerSetting setting;
  const auto several = parseLayers(m_layers->text(), m_layer->maximum() + 1);
  setting.layers = several.value_or(std::vector<int>{m_layer->value()});
  setting.strength = static_cast<float>(m_strength->value());
  setting.tokens = static_cast<SteerTokens>(m_positions->current());
  setting.keepNorm = m_keepNorm->isChecked();
  return setting;
}

bool SteerControls::isValid() const {
  return m_layers->text().trimmed().isEmpty() || parseLayers(m_layers->text(), m_layer->maximum() + 1).has_value();
}

int SteerControls::tokens() const { return m_tokens->value(); }

void SteerControls::setSetting(const SteerSetting& setting) {
  m_isFilling = true;
  if (!setting.layers.empty()) m_layer->setValue(setting.layers.front());
  m_layers->setText(setting.layers.size() > 1 ? formatLayers(setting.layers) : QString());
  m_strength->setValue(static_cast<double>(setting.strength));
  m_positions->setCurrent(static_cast<int>(setting.tokens));
  m_keepNorm->setChecked(setting.keepNorm);
  m_isFilling = false;
  fillVectors();
}

void SteerControls::setTokens(int tokens) {
  m_isFilling = true;
  m_tokens->setValue(tokens);
  m_isFilling = false;
}

void SteerControls::setStrength(double strength) { m_strength->setValue(strength); }

void SteerControls::setLayer(int layer) {
  m_layers->clear();
  m_layer->setValue(layer);
}

void SteerControls::setPositives(const QString& lines) {
  m_isMakerOpen = true;
  m_maker->show();
  m_maker->setPositives(lines);
  m_maker->focusFirstEmpty();
}

Json SteerControls::makerDraft() const {
  Json draft = m_maker->draft();
  draft["open"] = m_isMakerOpen;
  return draft;
}

void SteerControls::setMakerDraft(const Json& draft) {
  m_maker->setDraft(draft);
  if (const auto open = kept<bool>(draft, "open")) m_isMakerOpen = *open;
  m_maker->setVisible(m_isMakerOpen || m_model->rowCount() == 0);
}

void SteerControls::setLayerCount(int layers) {
  m_isFilling = true;
  m_layer->setRange(0, std::max(0, layers - 1));
  if (!m_knowsLayers) m_layer->setValue(layers / 2);
  m_knowsLayers = true;
  m_isFilling = false;
}

void SteerControls::setEffect(const QString& share, const QString& divergence) {
  m_share->setText(share);
  m_divergence->setText(divergence);
}

void SteerControls::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), theme().panel);
  painter.fillRect(width() - 1, 0, 1, height(), theme().border);
}

}  // namespace patchbay::ui
