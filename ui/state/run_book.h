#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <QObject>
#include <QString>

#include "core/data/any_request.h"
#include "core/data/run_record.h"
#include "ui/bridge/engine_client.h"
#include "ui/bridge/session_client.h"
#include "ui/state/partial_result.h"
#include "ui/state/stored_result.h"

namespace patchbay::ui {

/// How a run is started.
struct RunStart {
  QString title = {};
  std::optional<RunId> parent = {};
  /// A waiting or running request of the same key is cancelled when this one is queued.
  QString replaceKey = {};
  /// An equal finished run is shown again instead of computed again.
  bool reuse = true;
};

/// How a run is named to people: "#14".
[[nodiscard]] inline QString runLabel(RunId id) { return QLatin1Char('#') + QString::number(id < 0 ? -id : id); }

/// The runs of the session: records and results. Starting a run queues it on the engine, makes its record, streams
/// what comes, and saves request and result when it ends; failed and cancelled runs are records too.
/// Thread   GUI thread only.
class RunBook : public QObject {
  Q_OBJECT
public:
  RunBook(EngineClient& engine, SessionClient& session, QObject* parent = nullptr);

  /// Every run by id, also the trashed ones.
  [[nodiscard]] const std::map<RunId, RunRecord>& records() const { return m_records; }
  [[nodiscard]] const RunRecord* record(RunId id) const;
  /// The last progress of a running run.
  [[nodiscard]] std::optional<Progress> progress(RunId id) const;
  [[nodiscard]] bool isActive(RunId id) const { return m_active.contains(id); }
  /// What a running run has streamed so far, as a result of its kind; null while it has said nothing. Each call makes
  /// one of its own.
  template <typename Result>
  [[nodiscard]] std::shared_ptr<const Result> partial(RunId id) const {
    const auto active = m_active.find(id);
    const auto part = active == m_active.end() ? std::nullopt : partOf(id, active->second.streamed);
    return part ? part->template as<Result>() : nullptr;
  }

  /// Starts a run, or finds the equal finished one. The id is valid at once; `runAdded` comes before this returns.
  /// Without an open session the run is kept in memory only.
  template <typename Request>
  RunId start(Request request, RunStart start) {
    if (start.reuse) {
      if (const auto same = findEqual(AnyRequest(request))) return *same;
    }
    const RunId id = addRecord(Request::kKind, Json(request), AnyRequest(request), start);
    launch(id, std::move(request), start);
    return id;
  }
  /// Starts a request whose kind is known at run time only.
  RunId start(const AnyRequest& request, const RunStart& start);
  /// The same request again as a new run beside the old one.
  Outcome<RunId> rerun(RunId id);
  /// Stops a running or queued run. What it had streamed so far is kept as its result.
  void cancel(RunId id);

  /// Adds a run that was not measured here but shipped with the program. It is not saved and its id is negative.
  /// 0 when the document cannot be read.
  RunId addRecorded(const AnyRequest& request, RunRecord record, const ResultDocument& document);
  /// Forgets a recorded run that a measured one replaces.
  void removeRecorded(RunId id);

  /// The result if it is in memory, of a stopped run the part it had streamed; else null, and when the store has it, it
  /// is fetched and `resultReady` follows.
  template <typename Result>
  std::shared_ptr<const Result> result(RunId id) {
    const auto found = m_results.find(id);
    if (found == m_results.end()) {
      fetch(id);
      return nullptr;
    }
    return found->second.as<Result>();
  }
  /// The result only if it is in memory.
  template <typename Result>
  [[nodiscard]] std::shared_ptr<const Result> peek(RunId id) const {
    const auto found = m_results.find(id);
    return found == m_results.end() ? nullptr : found->second.as<Result>();
  }
  /// What a run of this kind of request made, found by its hash, also in the trash; null when there is none, or its
  /// numbers were not read yet.
  template <typename Fit>
  [[nodiscard]] std::shared_ptr<const typename Fit::Result> fitted(const std::string& hash) const {
    for (const auto& [id, record] : m_records) {
      if (record.kind != Fit::kKind) continue;
      if (auto made = peek<typename Fit::Result>(id); made && made->hash == hash) return made;
    }
    return nullptr;
  }
  /// Whether a result of the run is in memory.
  [[nodiscard]] bool hasResult(RunId id) const { return m_results.contains(id); }
  /// The stored form of a result that is in memory; its arrays are shared, not copied.
  [[nodiscard]] std::optional<ResultDocument> document(RunId id) const;
  /// The latest finished run of an equal request, if any.
  template <typename Request>
  [[nodiscard]] std::optional<RunId> equalRun(const Request& request) const {
    return findEqual(AnyRequest(request));
  }
  /// The request as a value; Error when it cannot be read.
  [[nodiscard]] Outcome<AnyRequest> request(RunId id) const;

  void setNote(RunId id, const QString& note);
  void setStarred(RunId id, bool starred);
  void setPinned(RunId id, bool pinned);
  void setTrashed(RunId id, bool trashed);
  void setTitle(RunId id, const QString& title);
  /// Runs in the trash that are not under way, in order of their ids.
  [[nodiscard]] std::vector<RunId> trashed() const;
  [[nodiscard]] bool hasTrash() const;
  /// Removes runs of the trash from the session for good, with their results. Runs that came from them stay.
  void purge(const std::vector<RunId>& runs);

  /// Finds the numbers of a vector by hash, for requests read back from the session.
  void setVectorSource(std::function<std::shared_ptr<const SteeringVector>(const std::string&)> source);
  /// What records say of the machine: threads, version.
  void setProgramVersion(std::string version) { m_programVersion = std::move(version); }

Q_SIGNALS:
  void runAdded(patchbay::RunId id);
  /// Status, title, note or a mark changed.
  void runChanged(patchbay::RunId id);
  void runRemoved(patchbay::RunId id);
  /// `result(id)` now gives it.
  void resultReady(patchbay::RunId id);
  /// Part of a continuation; at most 20 a second, the last one always.
  void tokensStreamed(patchbay::RunId id, const patchbay::StreamedTokens& tokens);
  void progressed(patchbay::RunId id, const patchbay::Progress& progress);
  /// Another session was opened: every id is new.
  void reset();

private:
  [[nodiscard]] bool isPurgeable(const RunRecord& record) const;
  template <typename Request>
  void launch(RunId id, Request request, const RunStart& start) {
    using Result = typename Request::Result;
    const auto model = modelCard(request.model.fingerprint);
    if (model) noteMachine(id, *model);
    Reply<Request> reply;
    // The stored form is made on the engine's thread: it can be large.
    auto document = std::make_shared<std::shared_ptr<const ResultDocument>>();
    auto stored = std::make_shared<std::optional<Outcome<StoredResult>>>();
    reply.onWorker = [document, stored](const Outcome<Result>& outcome) {
      stored->emplace(StoredResult::fromOutcome(outcome));
      if (stored->value()) *document = std::make_shared<const ResultDocument>(toDocument(*stored->value()));
    };
    reply.onOutcome = [this, id, document, stored](const Outcome<Result>&) {
      finish(id, std::move(stored->value()), *document);
    };
    reply.onProgress = [this, id](const Progress& progress) { onProgress(id, progress); };
    reply.onTokens = [this, id](const StreamedTokens& tokens) { onTokens(id, tokens); };
    JobOptions options{.title = m_records.at(id).title, .replaceKey = start.replaceKey.toStdString()};
    options.isLong = kIsTraining<Request>;
    m_active[id].job = m_engine.run(std::move(request), std::move(options), this, std::move(reply));
  }

  struct Active {
    JobId job = 0;
    std::optional<Progress> progress;
    Lanes streamed;  ///< kept when the run is stopped
  };

  [[nodiscard]] std::optional<RunId> findEqual(const AnyRequest& request) const;
  RunId addRecord(std::string kind, Json request, const AnyRequest& typed, const RunStart& start);
  void noteMachine(RunId id, const ModelCard& model);
  [[nodiscard]] std::optional<ModelCard> modelCard(const std::string& fingerprint) const;
  void finish(RunId id, Outcome<StoredResult> outcome, std::shared_ptr<const ResultDocument> document);
  [[nodiscard]] std::optional<StoredResult> partOf(RunId id, const Lanes& streamed) const;
  void keepPartial(RunId id, const Lanes& streamed);
  void onProgress(RunId id, const Progress& progress);
  void onTokens(RunId id, const StreamedTokens& tokens);
  void fetch(RunId id);
  /// Gives a request what its JSON only names.
  template <typename Fit, typename Ref>
  void fill(Ref& ref) const {
    if (ref.isEmpty()) return;
    if (auto made = fitted<Fit>(ref.hash)) ref = Ref::of(std::move(made));
  }
  void change(RunId id, const std::function<void(RunRecord&)>& edit);
  void reload();

  EngineClient& m_engine;
  SessionClient& m_session;
  std::map<RunId, RunRecord> m_records;
  std::map<RunId, StoredResult> m_results;
  std::map<RunId, Active> m_active;
  std::set<RunId> m_fetching;
  std::set<RunId> m_withoutResult;  ///< stopped runs of which the session has nothing
  std::function<std::shared_ptr<const SteeringVector>(const std::string&)> m_vectorSource;
  std::string m_programVersion;
  RunId m_nextRecorded = -1;
};

}  // namespace patchbay::ui
