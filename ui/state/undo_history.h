#pragma once

#include <functional>
#include <vector>

#include <QObject>
#include <QString>

#include "core/data/json.h"

namespace patchbay::ui {

/// Undo and redo of what the person edited. Runs are trashed, never undone.
///
/// An edit is described by JSON and made again through `addKind`: it survives a restart.
class UndoHistory : public QObject {
  Q_OBJECT
public:
  using QObject::QObject;
  /// Sets the edited thing to a value: both directions of an edit that is stored.
  using Apply = std::function<void(const Json& value)>;

  /// Teaches the history one kind of stored edit ("prompt", "note", "vector-name").
  void addKind(const QString& kind, Apply apply);
  /// Records an edit of a known kind that has already been made. The words go after "Undo". Edits of the same non-empty
  /// key in a row become one: typing in one field.
  void record(const QString& kind, const QString& text, Json before, Json after, const QString& mergeKey = {});

  [[nodiscard]] bool canUndo() const { return m_position > 0; }
  [[nodiscard]] bool canRedo() const { return m_position < m_entries.size(); }
  [[nodiscard]] QString undoText() const;
  [[nodiscard]] QString redoText() const;
  [[nodiscard]] std::size_t count() const { return m_entries.size(); }
  void undo();
  void redo();
  void clear();
  /// Drops the edits of what was removed for good; `isGone` is asked with the values.
  void forget(const std::function<bool(const Json& value)>& isGone);
  /// The next edit starts an entry of its own, also with an equal merge key.
  void seal() { m_isSealed = true; }
  /// True while an edit is being taken back or made again: what it changes must not be recorded.
  [[nodiscard]] bool isApplying() const { return m_isApplying; }

  [[nodiscard]] Json save() const;
  void restore(const Json& json);

Q_SIGNALS:
  void changed();

private:
  struct Entry {
    QString text;
    QString kind;
    Json before, after;
    QString mergeKey;
  };
  void add(Entry entry);
  void apply(const Entry& entry, bool forward);

  std::vector<Entry> m_entries;
  std::size_t m_position = 0;
  std::vector<std::pair<QString, Apply>> m_kinds;
  bool m_isApplying = false;
  bool m_isSealed = false;
};

}  // namespace patchbay::ui
