#include "core/store/pending_changes.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace patchbay {

void PendingChanges::add(PendingChange change) {
  const std::lock_guard lock(m_mutex);
  if (!change.stateKey.empty()) {
    const auto first = m_changes.begin() + (m_firstIsInFlight ? 1 : 0);
    const auto older =
        std::find_if(first, m_changes.end(), [&](const auto& waiting) { return waiting->stateKey == change.stateKey; });
    if (older != m_changes.end()) {
      // The new value goes to the end: it may speak of runs that were added since.
      auto completions = std::move((*older)->completions);
      std::ranges::move(change.completions, std::back_inserter(completions));
      change.completions = std::move(completions);
      m_changes.erase(older);
    }
  }
  m_changes.push_back(std::make_shared<PendingChange>(std::move(change)));
}

std::shared_ptr<const PendingChange> PendingChanges::beginFirst() {
  const std::lock_guard lock(m_mutex);
  if (m_changes.empty()) return nullptr;
  m_firstIsInFlight = true;
  return m_changes.front();
}

void PendingChanges::putBackFirst() {
  const std::lock_guard lock(m_mutex);
  m_firstIsInFlight = false;
}

std::shared_ptr<const PendingChange> PendingChanges::finishFirst() {
  const std::lock_guard lock(m_mutex);
  std::shared_ptr<const PendingChange> change = std::move(m_changes.front());
  m_changes.pop_front();
  m_firstIsInFlight = false;
  return change;
}

std::vector<std::shared_ptr<const PendingChange>> PendingChanges::all() const {
  const std::lock_guard lock(m_mutex);
  return {m_changes.begin(), m_changes.end()};
}

std::shared_ptr<const ResultDocument> PendingChanges::resultOf(RunId run) const {
  const std::lock_guard lock(m_mutex);
  const auto newest = std::find_if(m_changes.rbegin(), m_changes.rend(),
                                   [run](const auto& change) { return change->run == run && change->result; });
  return newest == m_changes.rend() ? nullptr : (*newest)->result;
}

int PendingChanges::count() const {
  const std::lock_guard lock(m_mutex);
  return static_cast<int>(m_changes.size());
}

int PendingChanges::countWork() const {
  const std::lock_guard lock(m_mutex);
  return static_cast<int>(
      std::ranges::count_if(m_changes, [](const auto& change) { return change->stateKey.empty(); }));
}

}  // namespace patchbay
