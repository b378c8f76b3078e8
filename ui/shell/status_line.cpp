#include "ui/shell/status_line.h"

#include <QDateTime>
#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QToolButton>

#include "ui/bridge/session_client.h"
#include "ui/shell/counted.h"
#include "ui/shell/lens_lookup.h"
#include "ui/state/log_book.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"
#include "ui/widgets/format.h"
#include "ui/widgets/progress_bar.h"
#include "ui/widgets/tag.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

QWidget* separator(QWidget* parent) {
  auto* line = new QFrame(parent);
  line->setObjectName(QStringLiteral("separator"));
  line->setFixedSize(1, 16);
  return line;
}

/// "0 warnings", with the amber dot when there are some.
class WarningButton : public QToolButton {
public:
  using QToolButton::QToolButton;
  bool hasDot = false;

  [[nodiscard]] QSize sizeHint() const override {
    return {QFontMetrics(font()).horizontalAdvance(text()) + (hasDot ? 24 : 12), 20};
  }

protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    if (underMouse()) painter.fillRect(rect(), theme().hover);
    if (hasDot) paintWarningDot(painter, QPointF(9, height() / 2.0));
    painter.setFont(font());
    painter.setPen(hasFocus() ? theme().accent : theme().muted);
    painter.drawText(rect().adjusted(hasDot ? 18 : 6, 0, 0, 0), Qt::AlignVCenter, text());
  }
};

QLabel* fact(const char* name, QWidget* parent) {
  auto* label = new QLabel(parent);
  label->setObjectName(QString::fromLatin1(name));
  label->setProperty("muted", true);
  label->setFont(uiFont(12));
  return label;
}

}  // namespace

StatusLine::StatusLine(const Workbench& bench, QWidget* parent) : QWidget(parent), m_bench(bench) {
  setObjectName(QStringLiteral("statusLine"));
  build();
  connect(m_bench.models, &ModelShelf::currentChanged, this, &StatusLine::showModel);
  connect(m_bench.models, &ModelShelf::loadingChanged, this, &StatusLine::showModel);
  connect(m_bench.selection, &Selection::changed, this, &StatusLine::showSelection);
  connect(m_bench.selection, &Selection::referenceChanged, this, &StatusLine::showSelection);
  connect(m_bench.runs, &RunBook::resultReady, this, &StatusLine::showSelection);
  connect(m_bench.engine, &EngineClient::jobsChanged, this, &StatusLine::showJob);
  connect(m_bench.session, &SessionClient::saved, this, &StatusLine::showSaved);
  connect(m_bench.session, &SessionClient::opened, this, &StatusLine::showSaved);
  connect(m_bench.session, &SessionClient::saveErrorChanged, this, &StatusLine::showSaved);
  connect(m_bench.log, &LogBook::changed, this, &StatusLine::showWarnings);
  showModel();
  showSelection();
  showJob();
  showSaved();
  showWarnings();
}

void StatusLine::build() {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(10, 0, 4, 0);
  row->setSpacing(8);
  m_loading = fact("statusLoading", this);
  m_bar = new ProgressBar(this);
  m_bar->setFixedWidth(120);
  m_share = fact("statusShare", this);
  m_share->setFont(dataFont(12));
  // Wide enough for "100 %" from the start: what stands right of it does not jump.
  m_share->setMinimumWidth(QFontMetrics(m_share->font()).horizontalAdvance(QStringLiteral("100 %")));
  m_model = fact("statusModel", this);
  m_selection = new MarkedLabel({}, 12, MarkedLabel::Ink::Text, this);
  m_selection->setObjectName(QStringLiteral("statusSelection"));
  m_pinnedLine = separator(this);
  m_pinned = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_pinned->setObjectName(QStringLiteral("statusPinned"));
  m_job = fact("statusJob", this);
  m_saved = fact("statusSaved", this);
  m_warnings = new WarningButton(this);
  m_warnings->setObjectName(QStringLiteral("statusWarnings"));
  m_warnings->setFont(uiFont(12));
  connect(m_warnings, &QToolButton::clicked, this, &StatusLine::logAsked);
  for (QWidget* part : {static_cast<QWidget*>(m_loading), static_cast<QWidget*>(m_bar), static_cast<QWidget*>(m_share)})
    row->addWidget(part);
  row->addWidget(m_model);
  row->addWidget(separator(this));
  row->addWidget(m_selection);
  row->addWidget(m_pinnedLine);
  row->addWidget(m_pinned);
  row->addStretch(1);
  row->addWidget(m_job);
  row->addWidget(separator(this));
  row->addWidget(m_saved);
  row->addWidget(separator(this));
  row->addWidget(m_warnings);
}

void StatusLine::showModel() {
  const ModelShelf& models = *m_bench.models;
  const bool loading = models.isLoading();
  m_loading->setVisible(loading);
  m_bar->setVisible(loading);
  m_share->setVisible(loading);
  if (loading) {
    m_loading->setText(tr("Loading %1 …").arg(loadingName(models.loadingPath())));
    const auto& progress = models.loadingProgress();
    if (progress && progress->total > 0) {
      const double share = static_cast<double>(progress->done) / static_cast<double>(progress->total);
      m_bar->setProgress(share);
      m_share->setText(formatPercent(share));
    } else {
      m_bar->setUnknown();
      m_share->clear();
    }
  }
  const ModelCard* card = models.current();
  // What is being loaded is named at the left; "no model" beside it would only contradict.
  m_model->setVisible(card || !loading);
  m_model->setText(card ? tr("%1 · %2 layers · %3 %4")
                              .arg(displayName(*card))
                              .arg(card->layers)
                              .arg(QString::fromStdString(card->device), QString::fromStdString(card->dtype))
                        : tr("no model"));
}

QString StatusLine::tokenWords(RunId run, int token) const {
  const auto prompt = promptOfRun(m_bench, run);
  if (!prompt || token < 0) return {};
  auto lens = m_bench.runs->result<LensResult>(run);
  if (!lens) lens = lensOf(m_bench, *prompt);
  if (!lens || token >= lens->tokenCount()) return {};
  return QStringLiteral(" ‘%1’").arg(asData(displayToken(lens->tokens[static_cast<std::size_t>(token)])));
}

void StatusLine::showSelection() {
  const SelectionState& state = m_bench.selection->state();
  QStringList words;
  if (state.tokens && state.tokens->first == state.tokens->last) {
    words << tr("token %1").arg(state.token()) + tokenWords(state.run, state.token());
  } else if (state.tokens) {
    words << tr("tokens %1").arg(formatRange(state.tokens->first, state.tokens->last));
  }
  if (state.layers) words << QLatin1Char('L') + formatRange(state.layers->first, state.layers->last);
  if (state.hasPlace()) words << QString::fromUtf8(factOf(state.site).name.data());
  m_selection->setText(words.isEmpty() ? tr("no selection") : words.join(QStringLiteral(" · ")));
  m_selection->setInk(words.isEmpty() ? MarkedLabel::Ink::Muted : MarkedLabel::Ink::Text);
  const auto& pinned = m_bench.selection->reference();
  m_pinned->setVisible(pinned.has_value());
  m_pinnedLine->setVisible(pinned.has_value());
  if (!pinned) return;
  QString text = tr("pinned: %1").arg(runLabel(pinned->run));
  if (pinned->tokens) text += QStringLiteral(" · t%1").arg(pinned->token()) + tokenWords(pinned->run, pinned->token());
  if (pinned->layers) text += QStringLiteral(" · L%1").arg(pinned->layer());
  m_pinned->setText(text);
}

void StatusLine::showJob() {
  const auto& jobs = m_bench.engine->jobs();
  if (jobs.empty()) {
    m_job->setText(tr("no jobs"));
    return;
  }
  QString text = tr("job 1 of %1").arg(jobs.size());
  if (jobs.front().progress.secondsLeft >= 0)
    text += QStringLiteral(" · ~") + formatSeconds(jobs.front().progress.secondsLeft);
  m_job->setText(text);
}

void StatusLine::showSaved() {
  const SessionClient& session = *m_bench.session;
  const qint64 saved = session.lastSavedMs();
  if (session.isReadOnly()) {
    m_saved->setText(tr("read-only"));
  } else if (session.saveError()) {
    m_saved->setText(tr("not saved"));
  } else {
    m_saved->setText(saved ? tr("saved %1").arg(QDateTime::fromMSecsSinceEpoch(saved).toString(QStringLiteral("HH:mm")))
                           : tr("saved"));
  }
  m_saved->setToolTip(session.path());
}

void StatusLine::showWarnings() {
  const int count = m_bench.log->warnings();
  static_cast<WarningButton*>(m_warnings)->hasDot = count > 0;
  m_warnings->setText(counted(count, tr("1 warning"), tr("%1 warnings")));
  m_warnings->updateGeometry();
  m_warnings->setToolTip(tr("Open the log"));
}

}  // namespace patchbay::ui
