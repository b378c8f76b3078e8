#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <QObject>
#include <QPointer>
#include <QString>
#include <QTimer>

#include "core/data/json.h"
#include "core/data/results.h"
#include "core/data/run_record.h"
#include "core/store/session_writer.h"
#include "ui/bridge/gui_gate.h"

namespace patchbay::ui {

/// The session file as the GUI thread sees it. Every change is queued to the session's own thread; nothing here waits.
/// Thread   GUI thread only.
class SessionClient : public QObject {
  Q_OBJECT
public:
  explicit SessionClient(QObject* parent = nullptr);
  ~SessionClient() override;

  /// Opens or creates a session file; `opened` or `openFailed` follows. The session before stays until it worked, and
  /// is saved and closed then.
  void open(const QString& path);
  [[nodiscard]] bool isOpen() const { return m_writer != nullptr; }
  /// What the file held when it was opened.
  [[nodiscard]] const SessionContents& contents() const { return m_contents; }
  [[nodiscard]] QString path() const { return m_path; }
  /// File name without its extension.
  [[nodiscard]] QString name() const;
  [[nodiscard]] bool isReadOnly() const { return m_contents.isReadOnly; }

  /// Adds a run and gives its id at once. Only while open.
  RunId addRun(const RunRecord& record);
  /// Record and result in one transaction.
  void finishRun(const RunRecord& record, std::shared_ptr<const ResultDocument> document);
  /// Title, note, marks, status and error.
  void updateRun(const RunRecord& record);
  /// Removes trashed runs and their results for good.
  void purgeRuns(const std::vector<RunId>& runs);
  /// Gives the room of what was removed back to the disk.
  void compact();
  /// Bytes in the file that only trashed runs use; `onCounted` on the GUI thread, unless `context` died.
  void trashedBytes(QObject* context, std::function<void(Outcome<std::int64_t>)> onCounted);
  /// Content hash of the vector, at once.
  std::string addVector(const SteeringVector& vector);
  void removeVector(const std::string& hash);

  /// Reads a result. `read` runs on the session's thread, so that the window does not parse; `onLoaded` on the GUI
  /// thread, unless `context` died.
  template <typename T>
  void loadResult(RunId id, QObject* context, std::function<Outcome<T>(const ResultDocument&)> read,
                  std::function<void(Outcome<T>)> onLoaded) {
    if (!m_writer) return;
    const QPointer<QObject> alive(context);
    m_writer->loadResult(id, [gate = m_gate, alive, read, onLoaded](Outcome<ResultDocument> document) {
      auto value = std::make_shared<Outcome<T>>(document ? read(*document) : document.template failure<T>());
      gate->post([alive, onLoaded, value] {
        if (alive) onLoaded(std::move(*value));
      });
    });
  }

  /// Keeps a value by name: drafts, layout, selection. The last value within 300 ms is written.
  void saveState(const std::string& key, const Json& value);
  /// The value kept under `key`, null when there is none.
  [[nodiscard]] Json state(const std::string& key) const;
  /// Writes a complete copy; `onSaved` on the GUI thread.
  void saveCopy(const QString& path, QObject* context, std::function<void(Outcome<Done>)> onSaved);
  /// Saves everything and closes the file; `onClosed` says whether all of it reached the disk.
  void close(QObject* context, std::function<void(Outcome<Done>)> onClosed);
  /// Tries again to save what waits.
  void retry();

  /// When the last change reached the disk, milliseconds since 1970; 0 before the first.
  [[nodiscard]] qint64 lastSavedMs() const;
  /// Why changes wait in memory; nullopt when all is well.
  [[nodiscard]] const std::optional<Error>& saveError() const { return m_saveError; }

Q_SIGNALS:
  void opened();
  void openFailed(const patchbay::Error& error);
  /// A change reached the disk; at most a few times a second.
  void saved();
  /// Saving began to fail, fails otherwise, or works again.
  void saveErrorChanged();

private:
  void adopt(const QString& path, Outcome<SessionContents> outcome);
  void retire(std::shared_ptr<SessionWriter> writer);
  void flushState();
  [[nodiscard]] SessionWriter::Completion onWritten();
  void setSaveError(const std::optional<Error>& error);

  std::shared_ptr<GuiGate> m_gate;
  std::shared_ptr<SessionWriter> m_writer;
  std::shared_ptr<SessionWriter> m_opening;
  std::vector<std::shared_ptr<SessionWriter>> m_retired;
  QString m_path;
  SessionContents m_contents;
  std::map<std::string, Json> m_state;
  std::map<std::string, Json> m_pendingState;
  QTimer m_stateTimer;
  QTimer m_savedTimer;
  std::optional<Error> m_saveError;
};

}  // namespace patchbay::ui
