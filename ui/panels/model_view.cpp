#include "ui/panels/model_view.h"

#include <memory>

#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QSortFilterProxyModel>
#include <QStackedWidget>
#include <QTableView>

#include "ui/models/result_table_model.h"
#include "ui/panels/picture.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"
#include "ui/widgets/warning_strip.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 12;
constexpr int kFactsWidth = 340;

QString shapeText(const TensorFact& tensor) {
  QStringList extents;
  for (const std::int64_t extent : tensor.shape) extents << QString::number(extent);
  return extents.join(QStringLiteral(" × "));
}

ResultTable tensorTable(const std::shared_ptr<const std::vector<TensorFact>>& tensors) {
  const auto at = [tensors](int row) -> const TensorFact& { return (*tensors)[static_cast<std::size_t>(row)]; };
  ResultTable table;
  table.rows = static_cast<int>(tensors->size());
  table.columns = {
      {ModelView::tr("tensor"), {}, [at](int row) { return QVariant(QString::fromStdString(at(row).name)); }},
      {ModelView::tr("shape"), {}, [at](int row) { return QVariant(shapeText(at(row))); }},
      {ModelView::tr("type"), {}, [at](int row) { return QVariant(QString::fromStdString(at(row).dtype)); }},
      {ModelView::tr("bytes"), {}, [at](int row) { return QVariant(static_cast<double>(at(row).sizeBytes)); }, 0}};
  return table;
}

std::vector<std::pair<QString, QString>> factsOf(const ModelCard& card) {
  const auto words = [](const std::string& text) { return QString::fromStdString(text); };
  return {
      {ModelView::tr("File"), words(card.ref.path)},
      {ModelView::tr("Format"), words(card.format)},
      {ModelView::tr("Architecture"), words(card.architecture)},
      {ModelView::tr("Quantisation"), words(card.quantisation)},
      {ModelView::tr("Computed in"), ModelView::tr("%1 on %2").arg(words(card.dtype), words(card.device))},
      {ModelView::tr("Products"), words(card.linearPath)},
      {ModelView::tr("Parameters"), formatCount(card.parameters)},
      {ModelView::tr("Memory of weights"), formatBytes(static_cast<double>(card.residentBytes))},
      {ModelView::tr("Layers"), ModelView::tr("%1, L0 to L%2").arg(card.layers).arg(card.layers - 1)},
      {ModelView::tr("Width"), QString::number(card.width)},
      {ModelView::tr("Heads"),
       ModelView::tr("%1 query, %2 key-value, %3 wide").arg(card.heads).arg(card.keyValueHeads).arg(card.headWidth)},
      {ModelView::tr("MLP width"), formatCount(card.mlpWidth)},
      {ModelView::tr("Vocabulary"), formatCount(card.vocabulary)},
      {ModelView::tr("Context"), ModelView::tr("%1 tokens").arg(formatCount(card.contextLength))},
      {ModelView::tr("Output matrix"), card.isTied ? ModelView::tr("tied to the embedding") : ModelView::tr("its own")},
      {ModelView::tr("Fingerprint"), elideMiddle(words(card.ref.fingerprint), 24)}};
}

}  // namespace

ModelView::ModelView(const Workbench& workbench, QWidget* parent)
    : RunView(workbench, parent),
      m_stack(new QStackedWidget(this)),
      m_model(new ResultTableModel(this)),
      m_filtered(new QSortFilterProxyModel(this)) {
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  m_filtered->setSourceModel(m_model);
  m_filtered->setSortRole(ResultTableModel::SortRole);
  m_filtered->setFilterCaseSensitivity(Qt::CaseInsensitive);
  auto* empty = new EmptyPanel({QStringLiteral("model"),
                                tr("No model loaded"),
                                tr("Recorded runs open without one; Run needs a model folder or GGUF file."),
                                {},
                                {}});
  empty->setObjectName(QStringLiteral("viewEmpty"));
  m_stack->addWidget(empty);
  build();
  auto* outer = new QVBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  outer->addWidget(m_stack);
  connect(bench().models, &ModelShelf::currentChanged, this, &ModelView::refresh);
  connect(bench().models, &ModelShelf::modelsChanged, this, &ModelView::refresh);
  refresh();
}

void ModelView::build() {
  auto* page = new QWidget;
  m_warnings = new WarningStrip(page);
  m_warnings->setObjectName(QStringLiteral("modelWarnings"));
  m_name = new MarkedLabel({}, 15, MarkedLabel::Ink::Text, page);
  m_name->setFontSize(15, 600);
  m_name->setObjectName(QStringLiteral("modelName"));
  auto* free = new Button(tr("Free its memory"), QStringLiteral("trash"), Button::Kind::Plain, page);
  free->setObjectName(QStringLiteral("modelFree"));
  connect(free, &Button::clicked, this, [this] { bench().models->free(m_fingerprint); });
  m_facts = new QFormLayout;
  m_facts->setVerticalSpacing(6);
  m_facts->setHorizontalSpacing(12);
  m_filter = new QLineEdit(page);
  m_filter->setObjectName(QStringLiteral("modelFilter"));
  m_filter->setPlaceholderText(tr("Filter tensors by name"));
  m_filter->setClearButtonEnabled(true);
  m_count = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, page);
  m_table = new QTableView(page);
  m_table->setObjectName(QStringLiteral("modelTensors"));
  m_table->setModel(m_filtered);
  m_table->setSortingEnabled(true);
  m_filtered->sort(-1);
  m_table->horizontalHeader()->setSortIndicator(-1, Qt::AscendingOrder);
  m_table->setFont(dataFont(12));
  m_table->setShowGrid(false);
  m_table->setTabKeyNavigation(false);
  m_table->setFrameShape(QFrame::NoFrame);
  m_table->setTextElideMode(Qt::ElideMiddle);
  m_table->setWordWrap(false);
  m_table->horizontalHeader()->setHighlightSections(false);
  m_table->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  m_table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
  m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
  m_table->verticalHeader()->hide();
  m_table->verticalHeader()->setDefaultSectionSize(rowHeight(22));
  m_template = new QPlainTextEdit(page);
  m_template->setObjectName(QStringLiteral("modelTemplate"));
  m_template->setReadOnly(true);
  m_template->setFont(dataFont(12));
  m_template->setAccessibleName(tr("Chat template"));
  connect(m_filter, &QLineEdit::textChanged, this, [this](const QString& text) {
    m_filtered->setFilterFixedString(text);
    m_count->setText(tr("%1 of %2").arg(formatCount(m_filtered->rowCount()), formatCount(m_model->rowCount())));
  });
  auto* left = new QVBoxLayout;
  left->addWidget(m_name);
  left->addSpacing(8);
  left->addLayout(m_facts);
  left->addSpacing(12);
  left->addWidget(free, 0, Qt::AlignLeft);
  left->addStretch(1);
  auto* leftSide = new QWidget(page);
  leftSide->setFixedWidth(kFactsWidth);
  leftSide->setLayout(left);
  left->setContentsMargins(0, 0, 0, 0);
  auto* filterRow = new QHBoxLayout;
  filterRow->setSpacing(12);
  filterRow->addWidget(m_filter, 1);
  filterRow->addWidget(m_count);
  auto* templateTitle = new MarkedLabel(tr("Chat template"), 12, MarkedLabel::Ink::Text, page);
  templateTitle->setFontSize(12, 600);
  auto* right = new QVBoxLayout;
  right->setSpacing(8);
  right->addLayout(filterRow);
  right->addWidget(m_table, 3);
  right->addWidget(templateTitle);
  right->addWidget(m_template, 1);
  auto* sides = new QHBoxLayout;
  sides->setContentsMargins(kInset, kInset, kInset, kInset);
  sides->setSpacing(24);
  sides->addWidget(leftSide);
  sides->addLayout(right, 1);
  auto* column = new QVBoxLayout(page);
  column->setContentsMargins(0, 0, 0, 0);
  column->addWidget(m_warnings);
  column->addLayout(sides, 1);
  m_stack->addWidget(page);
}

void ModelView::showRun(RunId id) {
  Q_UNUSED(id)
  refresh();
}

void ModelView::refresh() {
  const ModelCard* card = bench().models->current();
  m_stack->setCurrentIndex(card ? 1 : 0);
  m_fingerprint = card ? card->ref.fingerprint : std::string();
  m_model->setTable(card ? tensorTable(std::make_shared<const std::vector<TensorFact>>(card->tensors)) : ResultTable{});
  if (card) showFacts(*card);
  Q_EMIT stateChanged();
}

void ModelView::showFacts(const ModelCard& card) {
  m_name->setText(displayName(card));
  while (m_facts->rowCount() > 0) m_facts->removeRow(0);
  for (const auto& [name, value] : factsOf(card)) {
    auto* label = new QLabel(name, m_stack);
    label->setFont(uiFont(12));
    label->setEnabled(true);
    auto* text = new MarkedLabel(asData(value), 12, MarkedLabel::Ink::Text, m_stack);
    text->setToolTip(value);
    m_facts->addRow(label, text);
  }
  m_count->setText(tr("%1 tensors").arg(formatCount(static_cast<std::int64_t>(card.tensors.size()))));
  m_table->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_template->setPlainText(card.hasChatTemplate ? QString::fromStdString(card.chatTemplate)
                                                : tr("This model has no chat template."));
  QStringList warnings;
  for (const std::string& warning : card.warnings) warnings << QString::fromStdString(warning);
  m_warnings->setWarning(warnings.join(QStringLiteral(" · ")));
}

QString ModelView::csv() const { return m_model->rowCount() > 0 ? csvOf(m_model->table()) : QString(); }
QAbstractItemModel* ModelView::table() { return m_model->rowCount() > 0 ? m_model : nullptr; }

QString ModelView::copyText() const {
  const ModelCard* card = bench().models->current();
  if (!card) return {};
  QStringList lines{QString::fromStdString(card->ref.name)};
  for (const auto& [name, value] : factsOf(*card)) lines << QStringLiteral("%1\t%2").arg(name, value);
  return lines.join(QLatin1Char('\n'));
}

Figure ModelView::exportFigure() {
  const ModelCard* card = bench().models->current();
  if (!card) return {};
  QString html = QStringLiteral("<h3>%1</h3><table>").arg(QString::fromStdString(card->ref.name).toHtmlEscaped());
  for (const auto& [name, value] : factsOf(*card)) {
    html +=
        QStringLiteral("<tr><td>%1&nbsp;&nbsp;</td><td>%2</td></tr>").arg(name.toHtmlEscaped(), value.toHtmlEscaped());
  }
  return textFigure(html + QStringLiteral("</table>"), 640);
}

}  // namespace patchbay::ui
