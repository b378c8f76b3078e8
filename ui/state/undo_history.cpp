#include "ui/state/undo_history.h"

#include <algorithm>

#include "ui/state/kept.h"

namespace patchbay::ui {
namespace {

constexpr std::size_t kMaxEdits = 200;

}  // namespace

void UndoHistory::addKind(const QString& kind, Apply apply) { m_kinds.emplace_back(kind, std::move(apply)); }

void UndoHistory::record(const QString& kind, const QString& text, Json before, Json after, const QString& mergeKey) {
  if (before == after) return;
  add({text, kind, std::move(before), std::move(after), mergeKey});
}

void UndoHistory::add(Entry entry) {
  if (m_isApplying) return;
  m_entries.resize(m_position);
  const bool merges = !m_isSealed && !entry.mergeKey.isEmpty() && !m_entries.empty() &&
                      m_entries.back().mergeKey == entry.mergeKey && m_entries.back().kind == entry.kind;
  m_isSealed = false;
  if (merges) {
    m_entries.back().after = std::move(entry.after);
  } else {
    m_entries.push_back(std::move(entry));
    if (m_entries.size() > kMaxEdits) m_entries.erase(m_entries.begin());
  }
  m_position = m_entries.size();
  Q_EMIT changed();
}

QString UndoHistory::undoText() const { return canUndo() ? m_entries[m_position - 1].text : QString(); }
QString UndoHistory::redoText() const { return canRedo() ? m_entries[m_position].text : QString(); }

void UndoHistory::undo() {
  if (!canUndo()) return;
  const Entry entry = m_entries[--m_position];
  apply(entry, false);
}

void UndoHistory::redo() {
  if (!canRedo()) return;
  const Entry entry = m_entries[m_position++];
  apply(entry, true);
}

void UndoHistory::apply(const Entry& entry, bool forward) {
  m_isApplying = true;
  m_isSealed = true;
  const auto kind =
      std::find_if(m_kinds.begin(), m_kinds.end(), [&](const auto& known) { return known.first == entry.kind; });
  if (kind != m_kinds.end()) kind->second(forward ? entry.after : entry.before);
  m_isApplying = false;
  Q_EMIT changed();
}

void UndoHistory::clear() {
  m_entries.clear();
  m_position = 0;
  Q_EMIT changed();
}

void UndoHistory::forget(const std::function<bool(const Json& value)>& isGone) {
  std::vector<Entry> left;
  std::size_t position = 0;
  for (std::size_t i = 0; i < m_entries.size(); ++i) {
    Entry& entry = m_entries[i];
    if (isGone(entry.before) || isGone(entry.after)) continue;
    if (i < m_position) ++position;
    left.push_back(std::move(entry));
  }
  m_entries = std::move(left);
  m_position = position;
  m_isSealed = true;
  Q_EMIT changed();
}

Json UndoHistory::save() const {
  Json entries = Json::array();
  for (const Entry& entry : m_entries) {
    entries.push_back({{"text", entry.text.toStdString()},
                       {"kind", entry.kind.toStdString()},
                       {"before", entry.before},
                       {"after", entry.after},
                       {"merge", entry.mergeKey.toStdString()}});
  }
  return Json{{"entries", entries}, {"position", m_position}};
}

void UndoHistory::restore(const Json& json) {
  m_entries.clear();
  m_position = 0;
  for (const Json& entry : kept<Json>(json, "entries").value_or(Json::array())) {
    const auto kind = kept<QString>(entry, "kind");
    if (!kind) continue;
    m_entries.push_back({kept<QString>(entry, "text").value_or(QString()), *kind, entry.value("before", Json()),
                         entry.value("after", Json()), kept<QString>(entry, "merge").value_or(QString())});
  }
  m_position = std::min(kept<std::size_t>(json, "position").value_or(0), m_entries.size());
  m_isSealed = true;
  Q_EMIT changed();
}

}  // namespace patchbay::ui
