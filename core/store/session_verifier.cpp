#include "core/store/session_verifier.h"

#include "core/data/any_request.h"
#include "core/store/run_table.h"
#include "core/store/statement.h"
#include "core/store/store_failure.h"
#include "core/store/vector_table.h"

namespace patchbay {
namespace {

constexpr std::size_t kMaxProblems = 100;

/// True when `run` is of this kind; then its request was read, and its result if it has one.
template <typename Request>
bool readAs(const RunRecord& run, const ResultDocument* result, const std::string& file) {
  if (run.kind != Request::kKind) return false;
  take(fromJson<Request>(run.request, file));
  if constexpr (requires { Request::Result::fromDocument(*result); }) {
    if (result) take(Request::Result::fromDocument(*result));
  }
  return true;
}

template <typename... Requests>
void readAsOneOf(const RunRecord& run, const ResultDocument* result, const std::string& file,
                 std::variant<Requests...>*) {
  (readAs<Requests>(run, result, file) || ...);
}

/// A kind that is not known here belongs to a plugin and is left to it.
void readTyped(const RunRecord& run, const ResultDocument* result, const std::string& file) {
  if (!readAs<LoadModelRequest>(run, result, file)) readAsOneOf(run, result, file, static_cast<AnyRequest*>(nullptr));
}

}  // namespace

SessionCheck SessionVerifier::check() {
  checkDatabase();
  for (const RunRecord& run : RunTable(m_database).all()) checkRun(run);
  checkVectors();
  return std::move(m_check);
}

void SessionVerifier::checkDatabase() {
  Statement integrity(m_database, "PRAGMA integrity_check(20)");
  while (integrity.step())
    if (integrity.text(0) != "ok")
      report(damaged(m_database.path(), "database", std::string(integrity.text(0)), "ok").error);
  Statement references(m_database, "PRAGMA foreign_key_check");
  while (references.step()) {
    const std::string table(references.text(0));
    report(damaged(m_database.path(), table, "a reference to nothing", "an entry of " + std::string(references.text(2)))
               .error);
  }
}

void SessionVerifier::checkRun(const RunRecord& run) {
  ++m_check.runs;
  if (run.error && run.error->code == "STORE-04" && run.request.is_null()) {
    report(*run.error);
    return;
  }
  try {
    RunTable table(m_database);
    std::optional<ResultDocument> result;
    if (table.hasResult(run.id)) {
      result = table.result(run.id);
      ++m_check.results;
      m_check.arrays += static_cast<int>(result->arrays.size());
    }
    readTyped(run, result ? &*result : nullptr, m_database.path());
  } catch (const StoreFailure& failure) {
    Error error = failure.error;
    if (error.code != "STORE-04") error = damaged(m_database.path(), {}, error.message(), "a run of its kind").error;
    error.field = "run " + std::to_string(run.id) + (error.field.empty() ? "" : ": ") + error.field;
    report(std::move(error));
  }
}

void SessionVerifier::checkVectors() {
  VectorTable table(m_database);
  for (const std::int64_t id : table.ids()) {
    ++m_check.vectors;
    const auto vector = guarded([&] { return table.load(id); });
    if (vector)
      m_check.arrays += 2;
    else
      report(vector.error());
  }
}

void SessionVerifier::report(Error error) {
  if (m_check.problems.size() < kMaxProblems) m_check.problems.push_back(std::move(error));
}

}  // namespace patchbay
