#include "ui/bridge/session_client.h"

#include <chrono>

#include <QFileInfo>

namespace patchbay::ui {
namespace {

constexpr std::chrono::milliseconds kStateDelay{300};
constexpr std::chrono::milliseconds kSavedInterval{200};

}  // namespace

SessionClient::SessionClient(QObject* parent) : QObject(parent), m_gate(std::make_shared<GuiGate>(this)) {
  m_stateTimer.setSingleShot(true);
  m_stateTimer.setInterval(kStateDelay);
  connect(&m_stateTimer, &QTimer::timeout, this, &SessionClient::flushState);
  m_savedTimer.setSingleShot(true);
  m_savedTimer.setInterval(kSavedInterval);
  connect(&m_savedTimer, &QTimer::timeout, this, &SessionClient::saved);
}

SessionClient::~SessionClient() {
  flushState();
  m_gate->close();
}

void SessionClient::open(const QString& path) {
  m_opening = std::make_shared<SessionWriter>(
      path.toStdString(), OpenMode::ReadWrite, [this, gate = m_gate, path](Outcome<SessionContents> outcome) {
        auto shared = std::make_shared<Outcome<SessionContents>>(std::move(outcome));
        gate->post([this, path, shared] { adopt(path, std::move(*shared)); });
      });
}

void SessionClient::adopt(const QString& path, Outcome<SessionContents> outcome) {
  // Another file was asked for while this one opened.
  if (!m_opening || m_opening->path() != path.toStdString()) return;
  auto writer = std::move(m_opening);
  m_opening.reset();
  if (!outcome) {
    retire(std::move(writer));
    if (outcome.isError()) Q_EMIT openFailed(outcome.error());
    return;
  }
  flushState();
  if (m_writer) retire(std::move(m_writer));
  m_writer = std::move(writer);
  m_path = path;
  m_contents = std::move(*outcome);
  m_state = m_contents.state;
  setSaveError(m_writer->trouble());
  m_writer->setStatusListener([this, gate = m_gate](const SaveStatus& status) {
    gate->post([this, trouble = status.trouble] { setSaveError(trouble); });
  });
  Q_EMIT opened();
}

void SessionClient::retire(std::shared_ptr<SessionWriter> writer) {
  m_retired.push_back(writer);
  writer->setStatusListener({});
  writer->close([this, gate = m_gate, raw = writer.get()](const Outcome<Done>&) {
    gate->post([this, raw] { std::erase_if(m_retired, [raw](const auto& kept) { return kept.get() == raw; }); });
  });
}

QString SessionClient::name() const { return QFileInfo(m_path).completeBaseName(); }

SessionWriter::Completion SessionClient::onWritten() {
  return [this, gate = m_gate](const Outcome<Done>& outcome) {
    if (!outcome) return;
    gate->post([this] {
      if (!m_savedTimer.isActive()) m_savedTimer.start();
    });
  };
}

void SessionClient::setSaveError(const std::optional<Error>& error) {
  if (error == m_saveError) return;
  m_saveError = error;
  Q_EMIT saveErrorChanged();
}

RunId SessionClient::addRun(const RunRecord& record) { return m_writer->addRun(record, nullptr, onWritten()); }

void SessionClient::finishRun(const RunRecord& record, std::shared_ptr<const ResultDocument> document) {
  if (m_writer) m_writer->finishRun(record, std::move(document), onWritten());
}

void SessionClient::updateRun(const RunRecord& record) {
  if (m_writer) m_writer->updateRun(record, onWritten());
}

void SessionClient::purgeRuns(const std::vector<RunId>& runs) {
  if (m_writer) m_writer->purgeRuns(runs, onWritten());
}

void SessionClient::compact() {
  if (m_writer) m_writer->compact(onWritten());
}

void SessionClient::trashedBytes(QObject* context, std::function<void(Outcome<std::int64_t>)> onCounted) {
  if (!m_writer) return;
  const QPointer<QObject> alive(context);
  m_writer->trashedBytes([gate = m_gate, alive, onCounted](const Outcome<std::int64_t>& bytes) {
    gate->post([alive, onCounted, bytes] {
      if (alive) onCounted(bytes);
    });
  });
}

std::string SessionClient::addVector(const SteeringVector& vector) {
  return m_writer ? m_writer->addVector(vector, onWritten()) : contentHash(vector);
}

void SessionClient::removeVector(const std::string& hash) {
  if (m_writer) m_writer->removeVector(hash, onWritten());
}

void SessionClient::saveState(const std::string& key, const Json& value) {
  const auto known = m_state.find(key);
  if (known != m_state.end() && known->second == value) return;
  m_state[key] = value;
  m_pendingState[key] = value;
  if (!m_stateTimer.isActive()) m_stateTimer.start();
}

Json SessionClient::state(const std::string& key) const {
  const auto found = m_state.find(key);
  return found == m_state.end() ? Json() : found->second;
}

void SessionClient::flushState() {
  m_stateTimer.stop();
  if (m_writer) {
    for (const auto& [key, value] : m_pendingState) m_writer->putState(key, value, onWritten());
  }
  m_pendingState.clear();
}

void SessionClient::saveCopy(const QString& path, QObject* context, std::function<void(Outcome<Done>)> onSaved) {
  if (!m_writer) return;
  flushState();
  const QPointer<QObject> alive(context);
  m_writer->saveCopy(path.toStdString(), [gate = m_gate, alive, onSaved](const Outcome<Done>& outcome) {
    gate->post([alive, onSaved, outcome] {
      if (alive) onSaved(outcome);
    });
  });
}

void SessionClient::close(QObject* context, std::function<void(Outcome<Done>)> onClosed) {
  flushState();
  if (!m_writer) {
    onClosed(Done{});
    return;
  }
  const QPointer<QObject> alive(context);
  m_writer->close([gate = m_gate, alive, onClosed](const Outcome<Done>& outcome) {
    gate->post([alive, onClosed, outcome] {
      if (alive) onClosed(outcome);
    });
  });
}

void SessionClient::retry() {
  if (m_writer) m_writer->retryNow();
}

qint64 SessionClient::lastSavedMs() const { return m_writer ? m_writer->lastSavedMs() : 0; }

}  // namespace patchbay::ui
