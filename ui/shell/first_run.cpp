#include "ui/shell/first_run.h"

#include <QFile>

#include "core/base/log.h"
#include "core/data/any_request.h"
#include "core/data/recorded_run.h"
#include "ui/shell/view_area.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"

namespace patchbay::ui {

FirstRun::FirstRun(const Desk& desk, ViewArea& views, QObject* parent) : QObject(parent), m_desk(desk), m_views(views) {
  connect(m_desk.bench.models, &ModelShelf::currentChanged, this, &FirstRun::tryReplace);
  connect(m_desk.bench.session, &SessionClient::opened, this, &FirstRun::tryReplace);
  connect(m_desk.bench.runs, &RunBook::resultReady, this, &FirstRun::onResult);
}

void FirstRun::show() {
  QFile file(QStringLiteral(":/recorded/first_run.json"));
  if (m_recorded != 0 || !file.open(QIODevice::ReadOnly)) return;
  const QByteArray text = file.readAll();
  const auto run = recordedRunFromText({text.data(), static_cast<std::size_t>(text.size())}, "first_run.json");
  if (!run) {
    if (run.isError()) log(LogLevel::Warning, run.error().message());
    return;
  }
  const auto request = requestFromJson(run->record.kind, run->record.request);
  if (!request) {
    if (request.isError()) log(LogLevel::Warning, request.error().message());
    return;
  }
  m_desk.bench.prompt->setPrompt(promptOf(*request));
  m_recorded = m_desk.bench.runs->addRecorded(*request, run->record, run->document);
  if (m_recorded == 0) return;
  m_measured = 0;
  m_views.openRun(m_recorded);
  tryReplace();
}

void FirstRun::tryReplace() {
  const ModelCard* model = m_desk.bench.models->current();
  if (m_recorded == 0 || m_measured != 0 || !model || !m_desk.bench.session->isOpen()) return;
  const RunRecord* recorded = m_desk.bench.runs->record(m_recorded);
  auto request = m_desk.bench.runs->request(m_recorded);
  if (!recorded || !request) return;
  auto* lens = std::get_if<LensRequest>(&*request);
  if (!lens) return;
  lens->model = model->ref;
  m_measured = m_desk.bench.runs->start(
      *lens, {.title = QString::fromStdString(recorded->title), .parent = {}, .replaceKey = {}});
  if (m_desk.bench.runs->result<LensResult>(m_measured)) onResult(m_measured);
}

void FirstRun::onResult(RunId run) {
  if (run != m_measured || m_recorded == 0) return;
  const RunId recorded = m_recorded;
  m_recorded = 0;
  SelectionState selected = m_desk.bench.selection->state();
  // The person may have opened the measured run already; one tab is enough.
  if (m_views.shows(run)) {
    m_views.closeRun(recorded);
  } else {
    m_views.replaceRun(recorded, run);
  }
  if (selected.run == recorded) {
    selected.run = run;
    m_desk.bench.selection->select(selected);
  }
  m_desk.bench.runs->removeRecorded(recorded);
}

void FirstRun::dismiss() {
  if (m_recorded == 0) return;
  const RunId recorded = m_recorded;
  m_recorded = 0;
  m_desk.bench.runs->removeRecorded(recorded);
}

}  // namespace patchbay::ui
