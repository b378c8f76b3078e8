#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include <QAbstractItemModel>

#include "ui/state/run_book.h"

namespace patchbay::ui {

/// The runs of the session as a tree: the session, its runs (newest first), runs derived from them.
class RunTreeModel : public QAbstractItemModel {
  Q_OBJECT
public:
  enum Role {
    RunIdRole = Qt::UserRole + 1,  ///< 0 for the session row
    StatusRole,                    ///< RunStatus as int
    ShareRole,                     ///< progress in [0, 1]; -1 when unknown or not running
    TimeTextRole,                  ///< "0.4 s", "52 %", "rec."
    LabelRole,                     ///< "#14"
    StarRole,
    PinRole,
    WarningRole,
    TrashRole,
    NoteRole,
    WordsRole,  ///< RunWords: the title in two parts
    SortRole,   ///< the id
  };

  RunTreeModel(RunBook& runs, SessionClient& session, QObject* parent = nullptr);

  /// Trashed runs are shown only while this is on.
  void setTrashShown(bool shown);
  [[nodiscard]] bool isTrashShown() const { return m_isTrashShown; }
  /// Only starred runs.
  void setStarredOnly(bool only);
  [[nodiscard]] bool isStarredOnly() const { return m_isStarredOnly; }
  /// Number of runs shown.
  [[nodiscard]] int runCount() const { return static_cast<int>(m_nodes.size()) - 1; }
  [[nodiscard]] QModelIndex indexOf(RunId id) const;
  [[nodiscard]] RunId runAt(const QModelIndex& index) const;

  [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
  [[nodiscard]] QModelIndex parent(const QModelIndex& child) const override;
  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  bool setData(const QModelIndex& index, const QVariant& value, int role = Qt::EditRole) override;
  [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

Q_SIGNALS:
  /// The person gave a run another title; the receiver makes it undoable.
  void renamed(patchbay::RunId id, const QString& before, const QString& title);

private:
  struct Node {
    RunId id = 0;  ///< 0 is the session
    Node* parent = nullptr;
    std::vector<Node*> children;
  };

  [[nodiscard]] bool isShown(const RunRecord& record) const;
  [[nodiscard]] Node* nodeAt(const QModelIndex& index) const;
  [[nodiscard]] QModelIndex indexOfNode(const Node* node) const;
  [[nodiscard]] QVariant sessionData(int role) const;
  [[nodiscard]] QString timeText(const RunRecord& record) const;
  [[nodiscard]] QString tip(const RunRecord& record) const;
  void rebuild();
  void insert(RunId id);
  void onChanged(RunId id);

  RunBook& m_runs;
  SessionClient& m_session;
  std::map<RunId, std::unique_ptr<Node>> m_nodes;
  bool m_isTrashShown = false;
  bool m_isStarredOnly = false;
};

}  // namespace patchbay::ui
