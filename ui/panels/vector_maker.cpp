#include "ui/panels/vector_maker.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>

#include "ui/panels/choice_box.h"
#include "ui/panels/text_list.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/vector_shelf.h"
#include "ui/widgets/button.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
VectorMaker::VectorMaker(const Workbench& bench, QWidget* parent)
    : QWidget(parent),
      m_bench(bench),
      m_name(new QLineEdit(this)),
      m_positives(textList("vectorPositives", tr("Texts to steer towards"), tr("towards: one text a line"), this)),
      m_negatives(textList("vectorNegatives", tr("Texts to steer away from"), tr("away from: one text a line"), this)),
      m_read(new ChoiceBox(tr("Read at"), ChoiceBox::Face::Words, this)),
      m_make(new Button(tr("Make"), QStringLiteral("vector"), Button::Kind::Plain, this)),
      m_message(new QLabel(this)) {
  m_name->setObjectName(QStringLiteral("vectorName"));
  m_name->setPlaceholderText(tr("name of the vector"));
  m_name->setAccessibleName(tr("Name of the vector"));
  m_read->setObjectName(QStringLiteral("vectorRead"));
  m_read->addItem(tr("last token"), static_cast<int>(ReadPosition::LastToken));
  m_read->addItem(tr("mean but token 0"), static_cast<int>(ReadPosition::MeanWithoutFirst));
  m_make->setObjectName(QStringLiteral("vectorMake"));
  m_message->setObjectName(QStringLiteral("vectorMessage"));
  m_message->setWordWrap(true);
  m_message->setFont(uiFont(11));
  auto* row = new QHBoxLayout;
  row->addWidget(m_read);
  row->addStretch(1);
  row->addWidget(m_make);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(6);
  column->addWidget(m_name);
  column->addWidget(m_positives);
  column->addWidget(m_negatives);
  column->addLayout(row);
  column->addWidget(m_message);
  connect(m_make, &Button::clicked, this, &VectorMaker::make);
  connect(m_name, &QLineEdit::textChanged, this, &VectorMaker::check);
  connect(m_name, &QLineEdit::returnPressed, this, &VectorMaker::make);
  connect(m_positives, &QPlainTextEdit::textChanged, this, &VectorMaker::check);
  connect(m_negatives, &QPlainTextEdit::textChanged, this, &VectorMaker::check);
  connect(m_name, &QLineEdit::textChanged, this, &VectorMaker::edited);
  for (QPlainTextEdit* list : {m_positives, m_negatives})
    connect(list, &QPlainTextEdit::textChanged, this, &VectorMaker::edited);
  connect(m_read, &ChoiceBox::currentIndexChanged, this, &VectorMaker::edited);
  connect(m_bench.models, &ModelShelf::currentChanged, this, &VectorMaker::check);
  connect(m_bench.runs, &RunBook::resultReady, this, &VectorMaker::finish);
  connect(m_bench.runs, &RunBook::runChanged, this, [this](RunId id) {
    const RunRecord* record = id == m_pending ? m_bench.runs->record(id) : nullptr;
    if (!record || record->status == RunStatus::Queued || record->status == RunStatus::Running ||
        record->status == RunStatus::Done)
      return;
    m_pending = 0;
    check();
    m_message->setText(record->error ? QString::fromStdString(record->error->what) : tr("Stopped."));
  });
  check();
}

void VectorMaker::setPositives(const QString& lines) { m_positives->setPlainText(lines); }

Json VectorMaker::draft() const {
  return {{"name", m_name->text().toStdString()},
          {"positives", m_positives->toPlainText().toStdString()},
          {"negatives", m_negatives->toPlainText().toStdString()},
          {"read", m_read->currentData().toInt()}};
}

void VectorMaker::setDraft(const Json& draft) {
  if (const auto name = kept<QString>(draft, "name")) m_name->setText(*name);
  if (const auto lines = kept<QString>(draft, "positives")) m_positives->setPlainText(*lines);
  if (const auto lines = kept<QString>(draft, "negatives")) m_negatives->setPlainText(*lines);
  const int read = m_read->findData(kept<int>(draft, "read").value_or(-1));
  if (read >= 0) m_read->setCurrentIndex(read);
}

void VectorMaker::focusFirstEmpty() {
  if (m_positives->toPlainText().trimmed().isEmpty()) {
    m_positives->setFocus();
  } else if (m_negatives->toPlainText().trimmed().isEmpty()) {
    m_negatives->setFocus();
  } else {
    m_name->setFocus();
  }
}

void VectorMaker::check() {
  QString missing;
  if (!m_bench.models->isReady()) {
    missing = tr("A vector is read from a model; none is loaded.");
  } else if (textLines(m_positives->toPlainText()).empty() || textLines(m_negatives->toPlainText()).empty()) {
    missing = tr("Both lists need at least one text.");
  }
  m_make->setEnabled(missing.isEmpty() && m_pending == 0);
  m_make->setToolTip(missing);
  m_make->setBusy(m_pending != 0);
  m_message->clear();
}

void VectorMaker::make() {
  const ModelCard* card = m_bench.models->current();
  if (!card || !m_make->isEnabled()) return;
  MakeVectorRequest request;
  request.model = card->ref;
  request.positives = textLines(m_positives->toPlainText());
  request.negatives = textLines(m_negatives->toPlainText());
  request.read = static_cast<ReadPosition>(m_read->currentData().toInt());
  request.name = m_name->text().trimmed().toStdString();
  if (request.name.empty()) request.name = tr("vector %1").arg(m_bench.vectors->vectors().size() + 1).toStdString();
  RunStart how;
  how.title = tr("Vector %1").arg(QString::fromStdString(request.name));
  m_pending = m_bench.runs->start(std::move(request), how);
  check();
  finish(m_pending);
}

void VectorMaker::finish(RunId id) {
  if (id == 0 || id != m_pending) return;
  const auto vector = m_bench.runs->result<SteeringVector>(id);
  if (!vector) return;
  m_pending = 0;
  check();
  Q_EMIT made(QString::fromStdString(m_bench.vectors->add(vector)));
}

}  // namespace patchbay::ui
