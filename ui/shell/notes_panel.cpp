#include "ui/shell/notes_panel.h"

#include <chrono>

#include <QEvent>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "ui/state/kept.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/undo_keys.h"

namespace patchbay::ui {
namespace {

constexpr const char* kSessionNote = "note";
constexpr std::chrono::milliseconds kDelay{400};

}  // namespace

NotesPanel::NotesPanel(const Desk& desk, QWidget* parent)
    : QWidget(parent), m_desk(desk), m_header(new SectionHeader(tr("Notes"))), m_text(new QPlainTextEdit(this)) {
  setObjectName(QStringLiteral("notesPanel"));
  m_header->setObjectName(QStringLiteral("notesHeader"));
  m_text->setObjectName(QStringLiteral("notesText"));
  m_text->setAccessibleName(tr("Notes"));
  m_text->setTabChangesFocus(true);
  // The window's history undoes notes together with the other edits.
  m_text->setUndoRedoEnabled(false);
  m_text->installEventFilter(this);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 0, 12, 12);
  layout->addWidget(m_text);
  m_timer.setSingleShot(true);
  m_timer.setInterval(kDelay);
  connect(&m_timer, &QTimer::timeout, this, &NotesPanel::flush);
  connect(m_text, &QPlainTextEdit::textChanged, this, &NotesPanel::typed);
  connect(m_desk.bench.selection, &Selection::changed, this, &NotesPanel::follow);
  connect(m_desk.bench.session, &SessionClient::opened, this, &NotesPanel::follow);
  connect(m_desk.bench.runs, &RunBook::runChanged, this, [this](RunId id) {
    if (id == m_run && !m_timer.isActive()) follow();
  });
  follow();
}

bool NotesPanel::eventFilter(QObject* watched, QEvent* event) {
  if (leaveUndoToWindow(event)) {
    flush();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void NotesPanel::edit() { m_text->setFocus(Qt::ShortcutFocusReason); }

QString NotesPanel::noteOf(RunId run) const {
  if (const RunRecord* record = m_desk.bench.runs->record(run)) return QString::fromStdString(record->note);
  const Json note = m_desk.bench.session->state(kSessionNote);
  return note.is_string() ? QString::fromStdString(note.get<std::string>()) : QString();
}

void NotesPanel::store(RunId run, const QString& text) {
  if (m_desk.bench.runs->record(run)) {
    m_desk.bench.runs->setNote(run, text);
  } else {
    m_desk.bench.session->saveState(kSessionNote, text.toStdString());
  }
}

void NotesPanel::follow() {
  const RunId run = m_desk.bench.runs->record(m_desk.bench.selection->run()) ? m_desk.bench.selection->run() : 0;
  if (run != m_run) flush();
  m_run = run;
  const QString note = noteOf(run);
  m_header->setNote(run ? runLabel(run) : tr("session"));
  m_text->setPlaceholderText(run ? tr("What this run shows") : tr("What this session is about"));
  if (m_text->toPlainText() == note) return;
  const QSignalBlocker quiet(m_text);
  m_text->setPlainText(note);
}

void NotesPanel::typed() { m_timer.start(); }

void NotesPanel::flush() {
  m_timer.stop();
  const QString text = m_text->toPlainText();
  const QString before = noteOf(m_run);
  if (text == before) return;
  m_desk.bench.undo->record(QStringLiteral("note"), tr("note"), {{"run", m_run}, {"text", before.toStdString()}},
                            {{"run", m_run}, {"text", text.toStdString()}}, QStringLiteral("note-%1").arg(m_run));
  store(m_run, text);
}

void NotesPanel::apply(const Json& value) {
  const RunId run = kept<RunId>(value, "run").value_or(0);
  const QString text = kept<QString>(value, "text").value_or(QString());
  store(run, text);
  if (run == m_run) {
    const QSignalBlocker quiet(m_text);
    m_text->setPlainText(text);
  }
}

}  // namespace patchbay::ui
