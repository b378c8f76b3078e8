#include "ui/models/run_tree_model.h"

#include <algorithm>

#include <QDateTime>
#include <QLocale>

#include "ui/models/run_words.h"

namespace patchbay::ui {
namespace {

QString seconds(double value) {
  if (value < 0.05) return QStringLiteral("<0.1 s");
  return QString::number(value, 'f', value < 10 ? 1 : 0) + QStringLiteral(" s");
}

}  // namespace

RunTreeModel::RunTreeModel(RunBook& runs, SessionClient& session, QObject* parent)
    : QAbstractItemModel(parent), m_runs(runs), m_session(session) {
  m_nodes.emplace(0, std::make_unique<Node>());
  connect(&m_runs, &RunBook::runAdded, this, &RunTreeModel::insert);
  connect(&m_runs, &RunBook::runChanged, this, &RunTreeModel::onChanged);
  // Many go at once: the first rebuild leaves all of them out.
  connect(&m_runs, &RunBook::runRemoved, this, [this](RunId id) {
    if (m_nodes.contains(id)) rebuild();
  });
  connect(&m_runs, &RunBook::reset, this, &RunTreeModel::rebuild);
  connect(&m_runs, &RunBook::progressed, this, &RunTreeModel::onChanged);
  connect(&m_session, &SessionClient::saved, this, [this] {
    const QModelIndex root = index(0, 0);
    Q_EMIT dataChanged(root, root);
  });
  rebuild();
}

void RunTreeModel::setTrashShown(bool shown) {
  m_isTrashShown = shown;
  rebuild();
}

void RunTreeModel::setStarredOnly(bool only) {
  m_isStarredOnly = only;
  rebuild();
}

bool RunTreeModel::isShown(const RunRecord& record) const {
  return (m_isTrashShown || !record.isTrashed) && (!m_isStarredOnly || record.isStarred);
}

void RunTreeModel::rebuild() {
  beginResetModel();
  m_nodes.clear();
  m_nodes.emplace(0, std::make_unique<Node>());
  for (const auto& [id, record] : m_runs.records()) {
    if (!isShown(record)) continue;
    auto node = std::make_unique<Node>();
    node->id = id;
    const auto parent = m_nodes.find(record.parent.value_or(0));
    node->parent = parent == m_nodes.end() ? m_nodes.at(0).get() : parent->second.get();
    node->parent->children.insert(node->parent->children.begin(), node.get());
    m_nodes.emplace(id, std::move(node));
  }
  endResetModel();
}

void RunTreeModel::insert(RunId id) {
  const RunRecord* record = m_runs.record(id);
  if (!record || !isShown(*record)) return;
  const auto known = m_nodes.find(record->parent.value_or(0));
  Node* parent = known == m_nodes.end() ? m_nodes.at(0).get() : known->second.get();
  beginInsertRows(indexOfNode(parent), 0, 0);
  auto node = std::make_unique<Node>();
  node->id = id;
  node->parent = parent;
  parent->children.insert(parent->children.begin(), node.get());
  m_nodes.emplace(id, std::move(node));
  endInsertRows();
}

void RunTreeModel::onChanged(RunId id) {
  const RunRecord* record = m_runs.record(id);
  if (!record) return;
  if (isShown(*record) != m_nodes.contains(id)) {
    rebuild();
    return;
  }
  const QModelIndex changed = indexOf(id);
  if (changed.isValid()) Q_EMIT dataChanged(changed, changed);
}

RunTreeModel::Node* RunTreeModel::nodeAt(const QModelIndex& index) const {
  return index.isValid() ? static_cast<Node*>(index.internalPointer()) : nullptr;
}

QModelIndex RunTreeModel::indexOfNode(const Node* node) const {
  if (!node) return {};
  if (!node->parent) return createIndex(0, 0, node);
  const auto& siblings = node->parent->children;
  const auto row = std::find(siblings.begin(), siblings.end(), node) - siblings.begin();
  return createIndex(static_cast<int>(row), 0, node);
}

QModelIndex RunTreeModel::indexOf(RunId id) const {
  const auto found = m_nodes.find(id);
  return found == m_nodes.end() ? QModelIndex() : indexOfNode(found->second.get());
}

RunId RunTreeModel::runAt(const QModelIndex& index) const {
  const Node* node = nodeAt(index);
  return node ? node->id : 0;
}

QModelIndex RunTreeModel::index(int row, int column, const QModelIndex& parent) const {
  if (!hasIndex(row, column, parent)) return {};
  const Node* above = nodeAt(parent);
  return above ? createIndex(row, column, above->children[static_cast<std::size_t>(row)])
               : createIndex(row, column, m_nodes.at(0).get());
}

QModelIndex RunTreeModel::parent(const QModelIndex& child) const {
  const Node* node = nodeAt(child);
  return node ? indexOfNode(node->parent) : QModelIndex();
}

int RunTreeModel::rowCount(const QModelIndex& parent) const {
  const Node* above = nodeAt(parent);
  return above ? static_cast<int>(above->children.size()) : 1;
}

int RunTreeModel::columnCount(const QModelIndex&) const { return 1; }

QVariant RunTreeModel::sessionData(int role) const {
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole: return m_session.isOpen() ? m_session.name() : tr("Session");
    case Qt::ToolTipRole: return m_session.path();
    case RunIdRole:
    case SortRole: return QVariant::fromValue<qint64>(0);
    case TimeTextRole: {
      const qint64 saved = m_session.lastSavedMs();
      return saved ? QDateTime::fromMSecsSinceEpoch(saved).toString(QStringLiteral("HH:mm")) : QString();
    }
    default: return {};
  }
}

QString RunTreeModel::timeText(const RunRecord& record) const {
  switch (record.status) {
    case RunStatus::Queued: return tr("waits");
    case RunStatus::Running: {
      const auto progress = m_runs.progress(record.id);
      if (!progress || progress->total <= 0) return tr("runs");
      return QStringLiteral("%1 %").arg(100 * progress->done / progress->total);
    }
    case RunStatus::Recorded: return tr("rec.");
    case RunStatus::Failed: return tr("failed");
    case RunStatus::Cancelled: return tr("stopped");
    case RunStatus::Interrupted: return tr("cut off");
    case RunStatus::Done: break;
  }
  return seconds(record.seconds);
}

QString RunTreeModel::tip(const RunRecord& record) const {
  QStringList lines{runLabel(record.id) + QLatin1Char(' ') + QString::fromStdString(record.title)};
  lines << QLocale().toString(QDateTime::fromMSecsSinceEpoch(record.createdMs), QLocale::ShortFormat);
  if (record.status == RunStatus::Done) lines << seconds(record.seconds);
  if (!record.model.name.empty()) lines << QString::fromStdString(record.model.name);
  for (const std::string& warning : record.warnings) lines << QString::fromStdString(warning);
  if (record.error) lines << QString::fromStdString(record.error->what);
  if (!record.note.empty()) lines << QString::fromStdString(record.note);
  return lines.join(QLatin1Char('\n'));
}

QVariant RunTreeModel::data(const QModelIndex& index, int role) const {
  const Node* node = nodeAt(index);
  if (!node) return {};
  if (node->id == 0) return sessionData(role);
  const RunRecord* record = m_runs.record(node->id);
  if (!record) return {};
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole: return QString::fromStdString(record->title);
    case Qt::ToolTipRole: return tip(*record);
    case Qt::AccessibleTextRole:
      return runLabel(record->id) + QLatin1Char(' ') + QString::fromStdString(record->title) + QStringLiteral(", ") +
             timeText(*record);
    case RunIdRole:
    case SortRole: return QVariant::fromValue<qint64>(record->id);
    case StatusRole: return static_cast<int>(record->status);
    case ShareRole: {
      const auto progress = m_runs.progress(record->id);
      return progress && progress->total > 0
                 ? static_cast<double>(progress->done) / static_cast<double>(progress->total)
                 : -1.0;
    }
    case TimeTextRole: return timeText(*record);
    case LabelRole: return runLabel(record->id);
    case WordsRole: return QVariant::fromValue(runWords(*record));
    case StarRole: return record->isStarred;
    case PinRole: return record->isPinned;
    case WarningRole: return !record->warnings.empty();
    case TrashRole: return record->isTrashed;
    case NoteRole: return QString::fromStdString(record->note);
    default: return {};
  }
}

bool RunTreeModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  const RunId id = runAt(index);
  if (role != Qt::EditRole || id <= 0 || value.toString().trimmed().isEmpty()) return false;
  const QString before = QString::fromStdString(m_runs.record(id)->title);
  m_runs.setTitle(id, value.toString().trimmed());
  Q_EMIT renamed(id, before, value.toString().trimmed());
  return true;
}

Qt::ItemFlags RunTreeModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  if (runAt(index) > 0) flags |= Qt::ItemIsEditable;
  return flags;
}

}  // namespace patchbay::ui
