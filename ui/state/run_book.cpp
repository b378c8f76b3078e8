#include "ui/state/run_book.h"

#include <algorithm>

#include <QDateTime>

#include "core/base/log.h"

namespace patchbay::ui {

RunBook::RunBook(EngineClient& engine, SessionClient& session, QObject* parent)
    : QObject(parent), m_engine(engine), m_session(session) {
  connect(&m_session, &SessionClient::opened, this, &RunBook::reload);
}

const RunRecord* RunBook::record(RunId id) const {
  const auto found = m_records.find(id);
  return found == m_records.end() ? nullptr : &found->second;
}

std::optional<Progress> RunBook::progress(RunId id) const {
  const auto found = m_active.find(id);
  return found == m_active.end() ? std::nullopt : found->second.progress;
}

Outcome<AnyRequest> RunBook::request(RunId id) const {
  const RunRecord* found = record(id);
  if (!found) {
    return Error{.code = "RUN-03",
                 .what = "there is no such run in this session",
                 .file = {},
                 .field = {},
                 .found = std::to_string(id),
                 .expected = {},
                 .advice = {}};
  }
  auto parsed = requestFromJson(found->kind, found->request);
  if (!parsed) return parsed;
  // The numbers of a vector or a map are kept once in the session, not in each request.
  if (auto* steer = std::get_if<SteerRequest>(&*parsed); steer && m_vectorSource)
    steer->vector = m_vectorSource(steer->vectorHash);
  if (auto* lens = std::get_if<LensRequest>(&*parsed)) {
    fill<FitMapRequest>(lens->translator);
    fill<LearnPromptRequest>(lens->aheadPrompt);
    if (!lens->steering.isEmpty() && m_vectorSource) lens->steering.vector = m_vectorSource(lens->steering.vectorHash);
  }
  if (auto* scope = std::get_if<PatchscopeRequest>(&*parsed)) fill<FitMapRequest>(scope->affine);
  if (auto* list = std::get_if<PatchscopeListRequest>(&*parsed)) fill<FitMapRequest>(list->affine);
  if (auto* asked = std::get_if<AskRequest>(&*parsed)) fill<FitMapRequest>(asked->affine);
  return parsed;
}

RunId RunBook::start(const AnyRequest& request, const RunStart& start) {
  return std::visit([&](const auto& typed) { return this->start(typed, start); }, request);
}

Outcome<RunId> RunBook::rerun(RunId id) {
  auto repeated = request(id);
  if (!repeated) return repeated.failure<RunId>();
  const RunRecord& old = m_records.at(id);
  return start(*repeated,
               {.title = QString::fromStdString(old.title), .parent = old.parent, .replaceKey = {}, .reuse = false});
}

void RunBook::cancel(RunId id) {
  const auto found = m_active.find(id);
  if (found != m_active.end()) m_engine.cancel(found->second.job);
}

std::optional<RunId> RunBook::findEqual(const AnyRequest& request) const {
  const std::string kind = std::visit([](const auto& typed) { return std::string(typed.kKind); }, request);
  for (auto entry = m_records.rbegin(); entry != m_records.rend(); ++entry) {
    const RunRecord& known = entry->second;
    const bool answers =
        known.status == RunStatus::Done || known.status == RunStatus::Running || known.status == RunStatus::Queued;
    if (!answers || known.isTrashed || known.kind != kind) continue;
    // As values: a request that was stored before a field was added still means the same.
    const auto stored = requestFromJson(known.kind, known.request);
    if (stored && *stored == request) return known.id;
  }
  return std::nullopt;
}

RunId RunBook::addRecord(std::string kind, Json request, const AnyRequest& typed, const RunStart& start) {
  RunRecord record;
  record.parent = start.parent;
  record.kind = std::move(kind);
  record.title = start.title.toStdString();
  record.request = std::move(request);
  record.model = modelOf(typed);
  record.programVersion = m_programVersion;
  record.createdMs = QDateTime::currentMSecsSinceEpoch();
  std::visit(
      [&record](const auto& value) {
        if constexpr (requires { value.sampling; }) {
          record.seed = value.sampling.seed;
          record.seedIsChosen = value.sampling.seedIsChosen;
        }
      },
      typed);
  // Without a session file the run lives as long as the window.
  const RunId last = m_records.empty() ? 0 : std::max<RunId>(0, m_records.rbegin()->first);
  const RunId id = m_session.isOpen() ? m_session.addRun(record) : last + 1;
  record.id = id;
  m_records.emplace(id, std::move(record));
  m_active[id] = {};
  Q_EMIT runAdded(id);
  return id;
}

std::optional<ModelCard> RunBook::modelCard(const std::string& fingerprint) const {
  for (const ModelCard& card : m_engine.models()) {
    if (card.ref.fingerprint == fingerprint) return card;
  }
  return std::nullopt;
}

void RunBook::noteMachine(RunId id, const ModelCard& model) {
  RunRecord& record = m_records.at(id);
  record.dtype = model.dtype;
  record.device = model.device;
  record.quantisation = model.quantisation;
  record.threads = m_engine.threadCount();
  record.library = model.library;
  record.products = model.linearPath;
}

void RunBook::onProgress(RunId id, const Progress& progress) {
  const auto found = m_active.find(id);
  if (found == m_active.end()) return;
  found->second.progress = progress;
  RunRecord& record = m_records.at(id);
  if (record.status == RunStatus::Queued) {
    record.status = RunStatus::Running;
    Q_EMIT runChanged(id);
  }
  Q_EMIT progressed(id, progress);
}

void RunBook::onTokens(RunId id, const StreamedTokens& tokens) {
  const auto found = m_active.find(id);
  if (found == m_active.end()) return;
  found->second.streamed.insert_or_assign(tokens.lane, tokens);
  Q_EMIT tokensStreamed(id, tokens);
}

void RunBook::finish(RunId id, Outcome<StoredResult> outcome, std::shared_ptr<const ResultDocument> document) {
  const auto ended = m_active.extract(id);
  // A run of a session that has been closed meanwhile.
  if (ended.empty()) return;
  RunRecord& record = m_records.at(id);
  if (outcome) {
    record.status = RunStatus::Done;
    record.seconds = outcome->seconds();
    record.warnings = outcome->warnings();
    for (const std::string& warning : record.warnings) log(LogLevel::Warning, warning);
    m_session.finishRun(record, std::move(document));
    m_results.insert_or_assign(id, std::move(*outcome));
    Q_EMIT runChanged(id);
    Q_EMIT resultReady(id);
    return;
  }
  if (outcome.isCancelled()) {
    keepPartial(id, ended.mapped().streamed);
    return;
  }
  record.status = RunStatus::Failed;
  record.error = outcome.error();
  log(LogLevel::Error, record.error->message());
  m_session.finishRun(record, nullptr);
  Q_EMIT runChanged(id);
}

std::optional<StoredResult> RunBook::partOf(RunId id, const Lanes& streamed) const {
  const std::string& fingerprint = m_records.at(id).model.fingerprint;
  const auto model = modelCard(fingerprint);
  const auto tokensOf = [&](const Prompt& prompt) {
    auto tokens = m_engine.tokenize(fingerprint, prompt);
    return tokens ? std::move(tokens->tokens) : std::vector<TokenFact>{};
  };
  const auto asked = request(id);
  if (!asked) return std::nullopt;
  RunFacts facts{model ? model->layers : 0, model ? model->heads : 0, tokensOf, {}, {}};
  const auto* scope = std::get_if<PatchscopeRequest>(&*asked);
  const std::string second =
      scope && !scope->targetModel.fingerprint.empty() ? scope->targetModel.fingerprint : fingerprint;
  const auto target = modelCard(second);
  facts.targetLayers = target ? target->layers : 0;
  facts.targetTokensOf = [&](const Prompt& prompt) {
    auto tokens = m_engine.tokenize(second, prompt);
    return tokens ? std::move(tokens->tokens) : std::vector<TokenFact>{};
  };
  return partialResult(*asked, streamed, facts);
}

void RunBook::keepPartial(RunId id, const Lanes& streamed) {
  RunRecord& record = m_records.at(id);
  record.status = RunStatus::Cancelled;
  auto part = partOf(id, streamed);
  if (!part) {
    m_withoutResult.insert(id);
    m_session.finishRun(record, nullptr);
    Q_EMIT runChanged(id);
    return;
  }
  record.warnings = part->warnings();
  m_session.finishRun(record, std::make_shared<const ResultDocument>(toDocument(*part)));
  m_results.insert_or_assign(id, std::move(*part));
  Q_EMIT runChanged(id);
  Q_EMIT resultReady(id);
}

RunId RunBook::addRecorded(const AnyRequest& request, RunRecord record, const ResultDocument& document) {
  auto result = resultFromDocument(record.kind, document);
  if (!result) {
    log(LogLevel::Warning, result.isError() ? result.error().message() : "a recorded run could not be read");
    return 0;
  }
  record.id = m_nextRecorded--;
  record.status = RunStatus::Recorded;
  record.model = modelOf(request);
  const RunId id = record.id;
  m_results.insert_or_assign(id, std::move(*result));
  m_records.emplace(id, std::move(record));
  Q_EMIT runAdded(id);
  Q_EMIT resultReady(id);
  return id;
}

void RunBook::removeRecorded(RunId id) {
  const RunRecord* found = record(id);
  if (!found || found->status != RunStatus::Recorded) return;
  m_records.erase(id);
  m_results.erase(id);
  Q_EMIT runRemoved(id);
}

void RunBook::fetch(RunId id) {
  const RunRecord* wanted = record(id);
  const bool mayHaveResult = wanted && (wanted->status == RunStatus::Done || wanted->status == RunStatus::Cancelled);
  if (!mayHaveResult || m_fetching.contains(id) || m_withoutResult.contains(id)) return;
  m_fetching.insert(id);
  const auto read = [kind = wanted->kind](const ResultDocument& document) {
    return resultFromDocument(kind, document);
  };
  m_session.loadResult<StoredResult>(id, this, read, [this, id](Outcome<StoredResult> result) {
    m_fetching.erase(id);
    if (!record(id)) return;
    if (result) {
      m_results.insert_or_assign(id, std::move(*result));
      Q_EMIT resultReady(id);
    } else if (result.isError() && result.error().code == "STORE-07" &&
               m_records.at(id).status == RunStatus::Cancelled) {
      m_withoutResult.insert(id);
    } else if (result.isError()) {
      log(LogLevel::Error, result.error().message());
      m_records.at(id).error = result.error();
      Q_EMIT runChanged(id);
    }
  });
}

void RunBook::change(RunId id, const std::function<void(RunRecord&)>& edit) {
  const auto found = m_records.find(id);
  if (found == m_records.end()) return;
  RunRecord edited = found->second;
  edit(edited);
  if (edited == found->second) return;
  found->second = std::move(edited);
  if (found->second.status != RunStatus::Recorded) m_session.updateRun(found->second);
  Q_EMIT runChanged(id);
}

std::optional<ResultDocument> RunBook::document(RunId id) const {
  const auto found = m_results.find(id);
  return found == m_results.end() ? std::nullopt : std::optional(toDocument(found->second));
}

void RunBook::setNote(RunId id, const QString& note) {
  change(id, [&](RunRecord& record) { record.note = note.toStdString(); });
}
void RunBook::setStarred(RunId id, bool starred) {
  change(id, [&](RunRecord& record) { record.isStarred = starred; });
}
void RunBook::setPinned(RunId id, bool pinned) {
  change(id, [&](RunRecord& record) { record.isPinned = pinned; });
}
void RunBook::setTrashed(RunId id, bool trashed) {
  change(id, [&](RunRecord& record) { record.isTrashed = trashed; });
}
void RunBook::setTitle(RunId id, const QString& title) {
  change(id, [&](RunRecord& record) { record.title = title.toStdString(); });
}

std::vector<RunId> RunBook::trashed() const {
  std::vector<RunId> runs;
  for (const auto& [id, record] : m_records) {
    if (isPurgeable(record)) runs.push_back(id);
  }
  return runs;
}

bool RunBook::hasTrash() const {
  return std::ranges::any_of(m_records, [this](const auto& entry) { return isPurgeable(entry.second); });
}

bool RunBook::isPurgeable(const RunRecord& record) const {
  return record.id > 0 && record.isTrashed && !m_active.contains(record.id);
}

void RunBook::purge(const std::vector<RunId>& runs) {
  std::vector<RunId> gone;
  for (const RunId id : runs) {
    if (const RunRecord* found = record(id); found && isPurgeable(*found)) gone.push_back(id);
  }
  if (gone.empty()) return;
  for (const RunId id : gone) {
    m_records.erase(id);
    m_results.erase(id);
    m_withoutResult.erase(id);
  }
  for (auto& [id, record] : m_records) {
    if (record.parent && !m_records.contains(*record.parent)) record.parent.reset();
  }
  m_session.purgeRuns(gone);
  for (const RunId id : gone) Q_EMIT runRemoved(id);
}

void RunBook::setVectorSource(std::function<std::shared_ptr<const SteeringVector>(const std::string&)> source) {
  m_vectorSource = std::move(source);
}

void RunBook::reload() {
  for (const auto& [id, active] : m_active) m_engine.cancel(active.job);
  m_active.clear();
  m_fetching.clear();
  m_withoutResult.clear();
  // Recorded runs belong to the program, not to a session.
  std::erase_if(m_results, [](const auto& entry) { return entry.first > 0; });
  std::erase_if(m_records, [](const auto& entry) { return entry.first > 0; });
  for (const RunRecord& record : m_session.contents().runs) m_records.emplace(record.id, record);
  Q_EMIT reset();
}

}  // namespace patchbay::ui
