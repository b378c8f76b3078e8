#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/store/session_store.h"

namespace patchbay {

/// One change that belongs together: written in one transaction.
struct PendingChange {
  std::function<Outcome<Done>(SessionStore&)> apply;
  std::vector<std::function<void(Outcome<Done>)>> completions;
  std::string stateKey;                          ///< of a state value, else empty
  RunId run = 0;                                 ///< of a run, else 0
  std::shared_ptr<const ResultDocument> result;  ///< of a run that carries one
};

/// The changes that are not on disk yet, in order.
///
/// Thread   any.
class PendingChanges {
public:
  /// Adds at the end. A waiting value of the same state key gives way to the new one, which takes its completions.
  void add(PendingChange change);
  /// The first change, to be written now; null when there is none. It stays here until `finishFirst`.
  [[nodiscard]] std::shared_ptr<const PendingChange> beginFirst();
  /// The first change could not be written and waits again.
  void putBackFirst();
  /// Removes the first change and gives it for its completions.
  [[nodiscard]] std::shared_ptr<const PendingChange> finishFirst();
  /// Every change, oldest first.
  [[nodiscard]] std::vector<std::shared_ptr<const PendingChange>> all() const;
  /// The newest waiting result of a run; null when none waits.
  [[nodiscard]] std::shared_ptr<const ResultDocument> resultOf(RunId run) const;
  [[nodiscard]] int count() const;
  /// Changes other than state values.
  [[nodiscard]] int countWork() const;

private:
  mutable std::mutex m_mutex;
  std::deque<std::shared_ptr<PendingChange>> m_changes;
  bool m_firstIsInFlight = false;
};

}  // namespace patchbay
