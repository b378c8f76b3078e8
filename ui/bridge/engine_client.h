#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <QObject>
#include <QPointer>
#include <QTimer>

#include "core/engine/engine.h"
#include "ui/bridge/gui_gate.h"

namespace patchbay::ui {

/// How a caller on the GUI thread hears of a request. `onOutcome` is called exactly once unless the context died;
/// the others are optional and stop with it.
template <typename Request>
struct Reply {
  std::function<void(Outcome<typename Request::Result>)> onOutcome;
  std::function<void(const Progress&)> onProgress = {};
  std::function<void(const StreamedTokens&)> onTokens = {};
  /// Called on the engine's thread before `onOutcome` is sent: work on the result that the window should not do.
  std::function<void(const Outcome<typename Request::Result>&)> onWorker = {};
};

/// The engine as the GUI thread sees it: requests go in, every answer comes back on the GUI thread through the event
/// loop, never inside `run`.
///
/// The engine is borrowed and may be destroyed before or after the client.
/// Thread   GUI thread only.
class EngineClient : public QObject {
  Q_OBJECT
public:
  explicit EngineClient(Engine& engine, QObject* parent = nullptr);
  ~EngineClient() override;

  /// Queues `request`. Nothing is delivered once `context` has been destroyed.
  template <typename Request>
  JobId run(Request request, JobOptions options, QObject* context, Reply<Request> reply) {
    using Answer = Outcome<typename Request::Result>;
    const auto shared = std::make_shared<const Reply<Request>>(std::move(reply));
    const QPointer<QObject> alive(context ? context : this);
    Callbacks<Request> callbacks;
    callbacks.done = [gate = m_gate, shared, alive](Answer outcome) {
      if (shared->onWorker) shared->onWorker(outcome);
      auto answer = std::make_shared<Answer>(std::move(outcome));
      gate->post([shared, alive, answer] {
        if (alive && shared->onOutcome) shared->onOutcome(std::move(*answer));
      });
    };
    if (shared->onProgress) {
      callbacks.progress = [gate = m_gate, shared, alive](const Progress& progress) {
        gate->post([shared, alive, progress] {
          if (alive) shared->onProgress(progress);
        });
      };
    }
    if (shared->onTokens) {
      callbacks.tokens = [gate = m_gate, shared, alive](const StreamedTokens& tokens) {
        gate->post([shared, alive, tokens] {
          if (alive) shared->onTokens(tokens);
        });
      };
    }
    return m_engine.submit(std::move(request), std::move(options), std::move(callbacks));
  }

  void cancel(JobId id) { m_engine.cancel(id); }
  void cancelAll() { m_engine.cancelAll(); }
  void setPaused(JobId id, bool paused) { m_engine.setPaused(id, paused); }
  void runNext(JobId id) { m_engine.runNext(id); }

  /// The jobs as of the last `jobsChanged`: running one first.
  [[nodiscard]] const std::vector<JobFact>& jobs() const { return m_jobs; }
  [[nodiscard]] std::vector<ModelCard> models() const { return m_engine.models(); }
  void freeModel(const std::string& fingerprint) { m_engine.freeModel(fingerprint); }

  /// Tokens of a prompt, at once. Errors   MODEL-01, TPL-*.
  [[nodiscard]] Outcome<TokenizedPrompt> tokenize(const std::string& fingerprint, const Prompt& prompt) const {
    return m_engine.tokenize(fingerprint, prompt);
  }

  /// A drawn token-identity prompt, at once. Errors   MODEL-01, PRE-01.
  [[nodiscard]] Outcome<std::string> randomIdentity(const std::string& fingerprint, std::uint64_t seed) const {
    return m_engine.randomIdentity(fingerprint, seed);
  }

  [[nodiscard]] static MemoryFact memory() { return Engine::memory(); }

  void setThreadCount(int threads) { m_engine.setThreadCount(threads); }
  [[nodiscard]] int threadCount() const { return m_engine.threadCount(); }
  [[nodiscard]] std::vector<DeviceFact> devices() const { return m_engine.devices(); }

Q_SIGNALS:
  /// The list of jobs or their progress changed; at most 20 times a second, the last change always.
  void jobsChanged();

private:
  void refreshJobs();

  Engine& m_engine;
  std::shared_ptr<GuiGate> m_gate;
  std::vector<JobFact> m_jobs;
  QTimer m_jobTimer;
};

}  // namespace patchbay::ui
