#include "ui/shell/jobs_line.h"

#include <chrono>
#include <utility>

#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>

#include "ui/bridge/engine_client.h"
#include "ui/widgets/button.h"
#include "ui/widgets/format.h"
#include "ui/widgets/progress_bar.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

// Jobs shorter than this come and go without a line of their own.
constexpr std::chrono::milliseconds kPatience{400};
// Jobs that take longer can be paused here; any by the key.
constexpr std::chrono::duration<double> kLong{10};

}  // namespace

void togglePause(EngineClient& engine) {
  if (const auto& jobs = engine.jobs(); !jobs.empty()) engine.setPaused(jobs.front().id, !jobs.front().isPaused);
}

JobsLine::JobsLine(const Workbench& bench, QWidget* parent)
    : QWidget(parent),
      m_bench(bench),
      m_count(new Button({}, {}, Button::Kind::Flat, this)),
      m_title(new QLabel(this)),
      m_bar(new ProgressBar(this)),
      m_share(new QLabel(this)),
      m_detail(new QLabel(this)),
      m_pause(new Button({}, QStringLiteral("pause"), Button::Kind::Plain, this)),
      m_cancel(new Button(tr("Cancel"), QStringLiteral("close"), Button::Kind::Plain, this)) {
  setObjectName(QStringLiteral("jobsLine"));
  setFixedHeight(28);
  m_count->setFont(uiFont(12, 600));
  m_count->setObjectName(QStringLiteral("jobCount"));
  m_count->setToolTip(tr("All jobs, running and waiting"));
  m_count->setAccessibleName(tr("List of jobs"));
  m_bar->setAccessibleName(tr("Progress of the running job"));
  m_share->setFont(dataFont(12));
  m_detail->setFont(dataFont(12));
  m_detail->setProperty("muted", true);
  m_title->setObjectName(QStringLiteral("jobTitle"));
  m_cancel->setObjectName(QStringLiteral("jobCancel"));
  m_bar->setMinimumWidth(160);
  auto* log = new Button(tr("Log"), {}, Button::Kind::Flat, this);
  log->setObjectName(QStringLiteral("jobLog"));
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(10, 2, 10, 2);
  row->setSpacing(12);
  for (QWidget* part : {static_cast<QWidget*>(m_count), static_cast<QWidget*>(m_title), static_cast<QWidget*>(m_bar),
                        static_cast<QWidget*>(m_share), static_cast<QWidget*>(m_detail)}) {
    row->addWidget(part);
  }
  row->addStretch(1);
  row->addWidget(m_pause);
  row->addWidget(m_cancel);
  row->addWidget(log);
  connect(m_bench.engine, &EngineClient::jobsChanged, this, &JobsLine::refresh);
  connect(m_cancel, &Button::clicked, this, [this] {
    if (!m_bench.engine->jobs().empty()) m_bench.engine->cancel(m_bench.engine->jobs().front().id);
  });
  m_pause->setObjectName(QStringLiteral("jobPause"));
  m_pause->setAccessibleName(tr("Pause the job or let it go on"));
  m_pause->setToolTip(tr("A paused job keeps what it has and lets others through (Space in a view)"));
  connect(m_pause, &Button::clicked, this, [this] { togglePause(*m_bench.engine); });
  connect(m_count, &Button::clicked, this, &JobsLine::showList);
  connect(log, &Button::clicked, this, &JobsLine::logAsked);
  m_patience.setSingleShot(true);
  m_patience.setInterval(kPatience);
  connect(&m_patience, &QTimer::timeout, this, [this] { Q_EMIT wantedChanged(m_isWanted); });
}

void JobsLine::showList() {
  auto* menu = new QMenu(this);
  menu->setObjectName(QStringLiteral("jobList"));
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const auto& jobs = m_bench.engine->jobs();
  bool isFirstWaiting = true;
  for (const JobFact& job : jobs) {
    const QString title = QString::fromStdString(job.title);
    const bool isBegun = job.isRunning || job.isHeld;
    QMenu* one = menu->addMenu(job.isPaused ? tr("%1 (paused)").arg(title)
                               : isBegun    ? tr("%1 (running)").arg(title)
                                            : tr("%1 (waiting)").arg(title));
    connect(one->addAction(job.isPaused ? tr("Go on") : tr("Pause")), &QAction::triggered, this,
            [this, id = job.id, paused = !job.isPaused] { m_bench.engine->setPaused(id, paused); });
    if (!isBegun && !std::exchange(isFirstWaiting, false))
      connect(one->addAction(tr("Run next")), &QAction::triggered, this,
              [this, id = job.id] { m_bench.engine->runNext(id); });
    connect(one->addAction(tr("Cancel")), &QAction::triggered, this,
            [this, id = job.id] { m_bench.engine->cancel(id); });
  }
  if (jobs.size() > 1) {
    menu->addSeparator();
    connect(menu->addAction(tr("Cancel all %1").arg(jobs.size())), &QAction::triggered, this, [this] {
      for (const JobFact& job : m_bench.engine->jobs()) m_bench.engine->cancel(job.id);
    });
  }
  menu->popup(m_count->mapToGlobal(QPoint(0, -menu->sizeHint().height())));
}

void JobsLine::refresh() {
  const auto& jobs = m_bench.engine->jobs();
  const bool wanted = !jobs.empty();
  if (wanted != m_isWanted) {
    m_isWanted = wanted;
    if (wanted) {
      m_patience.start();
    } else {
      m_patience.stop();
      Q_EMIT wantedChanged(false);
    }
  }
  if (!wanted) return;
  const JobFact& job = jobs.front();
  m_count->setText(tr("Jobs %1").arg(jobs.size()));
  m_title->setText(job.isPaused ? tr("%1 (paused)").arg(QString::fromStdString(job.title))
                                : QString::fromStdString(job.title));
  const Progress& progress = job.progress;
  if (job.isPaused || progress.secondsLeft > kLong.count()) m_longJob = job.id;
  m_pause->setVisible(m_longJob == job.id);
  m_pause->setText(job.isPaused ? tr("Go on") : tr("Pause"));
  m_pause->setIconName(job.isPaused ? QStringLiteral("run") : QStringLiteral("pause"));
  if (progress.total > 0) {
    const double share = static_cast<double>(progress.done) / static_cast<double>(progress.total);
    m_bar->setProgress(share);
    m_share->setText(formatPercent(share));
    QString detail =
        QStringLiteral("%1 / %2 %3")
            .arg(formatCount(progress.done), formatCount(progress.total), QString::fromStdString(progress.unit));
    if (progress.secondsLeft >= 0) detail += tr("  ~%1 left").arg(formatSeconds(progress.secondsLeft));
    m_detail->setText(detail);
  } else {
    m_bar->setUnknown();
    m_share->clear();
    m_detail->setText(QString::fromStdString(progress.phase));
  }
}

}  // namespace patchbay::ui
