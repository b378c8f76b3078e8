#include "ui/shell/session_keeper.h"

#include <chrono>

#include <QEvent>
#include <QMainWindow>

#include "ui/bridge/session_client.h"
#include "ui/shell/kept_tabs.h"
#include "ui/shell/view_area.h"
#include "ui/state/action_registry.h"
#include "ui/state/kept.h"
#include "ui/state/prompt_state.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"

namespace patchbay::ui {
namespace {

constexpr std::chrono::milliseconds kDelay{200};
constexpr int kLayoutVersion = 1;
constexpr const char* kPrompt = "prompt";
constexpr const char* kTabs = "tabs";
constexpr const char* kSelection = "selection";
constexpr const char* kUndo = "undo";
constexpr const char* kLayout = "layout";

}  // namespace

SessionKeeper::SessionKeeper(const Desk& desk, QMainWindow& window, ViewArea& views, QObject* parent)
    : QObject(parent), m_desk(desk), m_window(window), m_views(views) {
  m_timer.setSingleShot(true);
  m_timer.setInterval(kDelay);
  connect(&m_timer, &QTimer::timeout, this, &SessionKeeper::save);
  const Workbench& bench = m_desk.bench;
  connect(bench.prompt, &PromptState::promptChanged, this, &SessionKeeper::saveSoon);
  connect(bench.selection, &Selection::changed, this, &SessionKeeper::saveSoon);
  connect(bench.selection, &Selection::referenceChanged, this, &SessionKeeper::saveSoon);
  connect(bench.undo, &UndoHistory::changed, this, &SessionKeeper::saveSoon);
  connect(&m_views, &ViewArea::tabsChanged, this, &SessionKeeper::saveSoon);
  connect(&m_views, &ViewArea::activeViewChanged, this, &SessionKeeper::saveSoon);
  connect(bench.actions, &ActionRegistry::refreshed, this, &SessionKeeper::saveSoon);
  m_window.installEventFilter(this);
}

bool SessionKeeper::restore() {
  const SessionClient& session = *m_desk.bench.session;
  m_isRestoring = true;
  m_isReady = true;
  const Json layout = session.state(kLayout);
  if (layout.is_object()) {
    QStringList gaveWay;
    for (const std::string& name :
         kept<std::vector<std::string>>(layout, "gaveWay").value_or(std::vector<std::string>()))
      gaveWay << QString::fromStdString(name);
    m_window.setProperty("gaveWay", gaveWay);
    m_window.restoreGeometry(
        QByteArray::fromBase64(QByteArray::fromStdString(kept<std::string>(layout, "geometry").value_or(""))));
    m_window.restoreState(
        QByteArray::fromBase64(QByteArray::fromStdString(kept<std::string>(layout, "docks").value_or(""))),
        kLayoutVersion);
  }
  const Json tabs = keptTabs(session.state(kTabs));
  const bool isKnown = tabs.is_object();
  if (isKnown) {
    m_desk.bench.selection->restore(session.state(kSelection));
    m_views.restore(tabs);
  } else {
    m_views.forgetSession();
    m_desk.bench.selection->restore(Json());
  }
  if (const auto prompt = fromJson<Prompt>(session.state(kPrompt), "session"); prompt && isKnown)
    m_desk.bench.prompt->setPrompt(*prompt);
  m_desk.bench.undo->restore(session.state(kUndo));
  m_isRestoring = false;
  return isKnown;
}

void SessionKeeper::saveSoon() {
  if (!m_isRestoring && m_isReady && !m_timer.isActive()) m_timer.start();
}

void SessionKeeper::save() {
  m_timer.stop();
  SessionClient& session = *m_desk.bench.session;
  if (!m_isReady || !session.isOpen()) return;
  const Workbench& bench = m_desk.bench;
  session.saveState(kPrompt, Json(bench.prompt->prompt()));
  session.saveState(kTabs, m_views.save());
  session.saveState(kSelection, bench.selection->save());
  session.saveState(kUndo, bench.undo->save());
  std::vector<std::string> gaveWay;
  for (const QString& name : m_window.property("gaveWay").toStringList()) gaveWay.push_back(name.toStdString());
  session.saveState(kLayout, {{"gaveWay", gaveWay},
                              {"geometry", m_window.saveGeometry().toBase64().toStdString()},
                              {"docks", m_window.saveState(kLayoutVersion).toBase64().toStdString()}});
}

bool SessionKeeper::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::Resize || event->type() == QEvent::LayoutRequest) saveSoon();
  return QObject::eventFilter(watched, event);
}

}  // namespace patchbay::ui
