#include "core/store/session_writer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <utility>

#include "core/store/pending_changes.h"
#include "core/store/retry_clock.h"
#include "core/store/store_failure.h"

namespace patchbay {
namespace {

std::int64_t nowMs() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// True when the change is good and only its place is not: it is kept.
bool keepsWaiting(const Error& error) {
  return isDiskTrouble(error) || error.code == "STORE-06" || error.code == "STORE-12";
}

Error changedElsewhere(const std::string& path) {
  return {.code = "STORE-12",
          .what = "another program changed this session meanwhile",
          .file = path,
          .field = {},
          .found = {},
          .expected = {},
          .advice = "Save a copy: it keeps what was done here."};
}

Error notOpen(const std::string& path) {
  return {.code = "STORE-01",
          .what = "the session is not open",
          .file = path,
          .field = {},
          .found = {},
          .expected = {},
          .advice = "Open it again."};
}

}  // namespace

struct SessionWriter::State {
  std::string path;
  OpenMode mode;
  PendingChanges pending;
  std::atomic<bool> isOpened = false;
  std::atomic<bool> isReadOnly = false;
  std::atomic<RunId> nextRun = 1;
  std::atomic<std::int64_t> lastSavedMs = 0;
  mutable std::mutex mutex;  // of the two below
  std::optional<Error> trouble;
  StatusListener listener;

  // These belong to the session's thread.
  std::unique_ptr<SessionStore> store;
  RunId lastSavedRun = 0;

  JobQueue queue{"session"};
  // Ends before the queue it submits to.
  RetryClock retry{[this] { submitFlush(); }};

  State(std::string givenPath, OpenMode givenMode) : path(std::move(givenPath)), mode(givenMode) {}

  /// Runs `work` on the session's thread; `callback` is called once, whatever happens.
  template <typename T, typename Work>
  void ask(const char* title, Work work, std::function<void(Outcome<T>)> callback) {
    auto answer = std::make_shared<std::optional<Outcome<T>>>();
    queue.submit(
        {.title = title}, [answer, work = std::move(work)](JobContext&) { answer->emplace(work()); },
        [answer, callback = std::move(callback)](const Outcome<Done>& end) {
          if (callback) callback(answer->has_value() ? std::move(**answer) : end.failure<T>());
        });
  }

  void change(PendingChange change) {
    pending.add(std::move(change));
    submitFlush();
  }

  void submitFlush() {
    queue.submit({.title = "Save the session"}, [this](JobContext&) { flush(); }, {});
  }

  [[nodiscard]] int countPending() const { return isReadOnly ? pending.countWork() : pending.count(); }

  Outcome<SessionContents> openFirst();
  Outcome<Done> ensureStore();
  void adopt(std::unique_ptr<SessionStore> opened);
  void flush();
  void setTrouble(std::optional<Error> error);
  Outcome<ResultDocument> result(RunId run);
  Outcome<Done> saveCopy(const std::string& target);
  Outcome<Done> close();
};

Outcome<SessionContents> SessionWriter::State::openFirst() {
  auto opened = SessionStore::open(path, mode);
  SessionContents contents;
  std::error_code ignored;
  if (opened) {
    auto read = (*opened)->contents();
    if (!read) return read.error();
    contents = std::move(*read);
    const auto last = (*opened)->lastRun();
    if (!last) return last.error();
    lastSavedRun = *last;
    adopt(std::move(*opened));
  } else if (mode == OpenMode::ReadWrite && isDiskTrouble(opened.error()) && !std::filesystem::exists(path, ignored)) {
    setTrouble(opened.error());
    retry.schedule();
  } else {
    return opened.error();
  }
  nextRun = lastSavedRun + 1;
  isOpened = true;
  return contents;
}

void SessionWriter::State::adopt(std::unique_ptr<SessionStore> opened) {
  isReadOnly = opened->isReadOnly();
  store = std::move(opened);
}

Outcome<Done> SessionWriter::State::ensureStore() {
  const bool mayBecomeWritable =
      store && store->isReadOnly() && store->readOnlyReason() && isDiskTrouble(*store->readOnlyReason());
  if (store && !mayBecomeWritable) return Done{};
  auto opened = SessionStore::open(path, mode);
  if (!opened) return opened.error();
  if ((*opened)->isReadOnly() && store) return Done{};
  const auto last = (*opened)->lastRun();
  if (!last) return last.error();
  if (*last != lastSavedRun) return changedElsewhere(path);
  adopt(std::move(*opened));
  return Done{};
}

void SessionWriter::State::flush() {
  while (const auto change = pending.beginFirst()) {
    Outcome<Done> outcome = isOpened ? ensureStore() : Outcome<Done>(notOpen(path));
    if (outcome) outcome = change->apply(*store);
    if (outcome.isError() && keepsWaiting(outcome.error())) {
      pending.putBackFirst();
      setTrouble(outcome.error());
      // A session that is open for reading only does not become ours by waiting.
      if (isDiskTrouble(outcome.error())) retry.schedule();
      return;
    }
    if (outcome) {
      lastSavedRun = std::max(lastSavedRun, change->run);
      lastSavedMs = nowMs();
    }
    const auto finished = pending.finishFirst();
    for (const auto& completion : finished->completions) completion(outcome);
  }
  setTrouble(std::nullopt);
}

void SessionWriter::State::setTrouble(std::optional<Error> error) {
  if (!error) retry.reset();
  StatusListener current;
  SaveStatus status{.pending = countPending(), .lastSavedMs = lastSavedMs, .trouble = error};
  {
    const std::lock_guard lock(mutex);
    const bool isNews = trouble.has_value() != error.has_value() || (error && trouble->code != error->code);
    trouble = std::move(error);
    if (!isNews) return;
    current = listener;
  }
  if (current) current(status);
}

Outcome<ResultDocument> SessionWriter::State::result(RunId run) {
  if (const auto waiting = pending.resultOf(run)) return *waiting;
  if (!isOpened) return notOpen(path);
  if (const auto ready = ensureStore(); !ready) return ready.failure<ResultDocument>();
  return store->result(run);
}

Outcome<Done> SessionWriter::State::saveCopy(const std::string& target) {
  if (!isOpened) return notOpen(path);
  const auto ready = ensureStore();
  if (ready) {
    if (auto copied = store->saveCopy(target); !copied) return copied;
  } else if (std::error_code ignored; std::filesystem::exists(target, ignored)) {
    // Without the session's own file there is nothing that could replace another one as a whole.
    return ready;
  }
  if (pending.count() == 0 && ready) return Done{};
  auto copy = SessionStore::open(target, OpenMode::ReadWrite);
  if (!copy) return copy.error();
  for (const auto& change : pending.all())
    if (auto applied = change->apply(**copy); !applied) return applied;
  return Done{};
}

Outcome<Done> SessionWriter::State::close() {
  flush();
  if (countPending() > 0) {
    const std::lock_guard lock(mutex);
    return trouble ? *trouble : notOpen(path);
  }
  store.reset();
  return Done{};
}

SessionWriter::SessionWriter(std::string path, OpenMode mode, Opened opened)
    : m_state(std::make_unique<State>(std::move(path), mode)) {
  m_state->ask<SessionContents>(
      "Open the session", [state = m_state.get()] { return state->openFirst(); }, std::move(opened));
}

SessionWriter::~SessionWriter() {
  m_state->retry.stop();
  m_state->ask<Done>("Close the session", [state = m_state.get()] { return state->close(); }, {});
  m_state->queue.drain();
  const Error reason = trouble().value_or(notOpen(path()));
  while (m_state->pending.beginFirst()) {
    const auto lost = m_state->pending.finishFirst();
    for (const auto& completion : lost->completions) completion(reason);
  }
}

const std::string& SessionWriter::path() const { return m_state->path; }

RunId SessionWriter::addRun(RunRecord run, std::shared_ptr<const ResultDocument> result, Completion done) {
  if (!m_state->isOpened) {
    // Without the session's own numbers a new run could take the place of an old one.
    m_state->ask<Done>(
        "Save the session", [path = path()]() -> Outcome<Done> { return notOpen(path); }, std::move(done));
    return 0;
  }
  run.id = m_state->nextRun++;
  const RunId id = run.id;
  finishRun(std::move(run), std::move(result), std::move(done));
  return id;
}

void SessionWriter::finishRun(RunRecord run, std::shared_ptr<const ResultDocument> result, Completion done) {
  PendingChange change;
  change.run = run.id;
  change.result = result;
  change.apply = [run = std::move(run), result](SessionStore& store) { return store.finishRun(run, result.get()); };
  if (done) change.completions.push_back(std::move(done));
  m_state->change(std::move(change));
}

void SessionWriter::updateRun(RunRecord run, Completion done) {
  PendingChange change;
  change.apply = [run = std::move(run)](SessionStore& store) { return store.updateRun(run); };
  if (done) change.completions.push_back(std::move(done));
  m_state->change(std::move(change));
}

void SessionWriter::purgeRuns(std::vector<RunId> runs, Completion done) {
  PendingChange change;
  change.apply = [runs = std::move(runs)](SessionStore& store) { return store.purgeRuns(runs); };
  if (done) change.completions.push_back(std::move(done));
  m_state->change(std::move(change));
}

void SessionWriter::compact(Completion done) {
  PendingChange change;
  change.apply = [](SessionStore& store) { return store.compact(); };
  if (done) change.completions.push_back(std::move(done));
  m_state->change(std::move(change));
}

void SessionWriter::trashedBytes(std::function<void(Outcome<std::int64_t>)> counted) {
  m_state->ask<std::int64_t>(
      "Count the trash",
      [state = m_state.get()]() -> Outcome<std::int64_t> {
        if (!state->isOpened) return notOpen(state->path);
        if (const auto ready = state->ensureStore(); !ready) return ready.failure<std::int64_t>();
        return state->store->trashedBytes();
      },
      std::move(counted));
}

std::string SessionWriter::addVector(SteeringVector vector, Completion done) {
  std::string hash = contentHash(vector);
  PendingChange change;
  change.apply = [vector = std::move(vector)](SessionStore& store) -> Outcome<Done> {
    const auto added = store.addVector(vector);
    if (!added) return added.failure<Done>();
    return Done{};
  };
  if (done) change.completions.push_back(std::move(done));
  m_state->change(std::move(change));
  return hash;
}

void SessionWriter::removeVector(std::string hash, Completion done) {
  PendingChange change;
  change.apply = [hash = std::move(hash)](SessionStore& store) { return store.removeVector(hash); };
  if (done) change.completions.push_back(std::move(done));
  m_state->change(std::move(change));
}

void SessionWriter::putState(std::string key, Json value, Completion done) {
  PendingChange change;
  change.stateKey = key;
  change.apply = [key = std::move(key), value = std::move(value)](SessionStore& store) {
    return store.putState(key, value);
  };
  if (done) change.completions.push_back(std::move(done));
  m_state->change(std::move(change));
}

void SessionWriter::loadResult(RunId run, LoadedResult loaded) {
  m_state->ask<ResultDocument>(
      "Read a result", [state = m_state.get(), run] { return state->result(run); }, std::move(loaded));
}

void SessionWriter::verify(std::function<void(Outcome<SessionCheck>)> checked) {
  m_state->ask<SessionCheck>(
      "Check the session",
      [state = m_state.get()]() -> Outcome<SessionCheck> {
        if (!state->isOpened) return notOpen(state->path);
        if (const auto ready = state->ensureStore(); !ready) return ready.failure<SessionCheck>();
        return state->store->verify();
      },
      std::move(checked));
}

void SessionWriter::saveCopy(std::string path, Completion done) {
  m_state->ask<Done>(
      "Save a copy", [state = m_state.get(), target = std::move(path)] { return state->saveCopy(target); },
      std::move(done));
}

int SessionWriter::pending() const { return m_state->countPending(); }

std::int64_t SessionWriter::lastSavedMs() const { return m_state->lastSavedMs; }

std::optional<Error> SessionWriter::trouble() const {
  const std::lock_guard lock(m_state->mutex);
  return m_state->trouble;
}

void SessionWriter::setStatusListener(StatusListener listener) {
  const std::lock_guard lock(m_state->mutex);
  m_state->listener = std::move(listener);
}

void SessionWriter::retryNow() {
  m_state->retry.reset();
  m_state->submitFlush();
}

void SessionWriter::close(Completion done) {
  m_state->ask<Done>(
      "Close the session", [state = m_state.get()] { return state->close(); }, std::move(done));
}

}  // namespace patchbay
