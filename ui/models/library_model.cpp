#include "ui/models/library_model.h"

#include "ui/state/run_book.h"

namespace patchbay::ui {
namespace {

// Headings carry 0 as internal id, entries the number of their heading plus 1.
constexpr quintptr kHeading = 0;

}  // namespace

LibraryModel::LibraryModel(ModelShelf& models, VectorShelf& vectors, MapShelf& maps, DecoderShelf& decoders,
                           QObject* parent)
    : QAbstractItemModel(parent), m_models(models), m_vectors(vectors), m_maps(maps), m_decoders(decoders) {
  connect(&m_models, &ModelShelf::modelsChanged, this, &LibraryModel::rebuild);
  connect(&m_models, &ModelShelf::currentChanged, this, &LibraryModel::rebuild);
  connect(&m_vectors, &VectorShelf::changed, this, &LibraryModel::rebuild);
  connect(&m_maps, &MapShelf::changed, this, &LibraryModel::rebuild);
  connect(&m_decoders, &DecoderShelf::changed, this, &LibraryModel::rebuild);
}

void LibraryModel::rebuild() {
  beginResetModel();
  endResetModel();
}

int LibraryModel::count(int section) const {
  switch (section) {
    case Models: return static_cast<int>(m_models.models().size());
    case Vectors: return static_cast<int>(m_vectors.vectors().size());
    case Maps: return static_cast<int>(m_maps.maps().size() + m_maps.prompts().size());
    default: return static_cast<int>(m_decoders.decoders().size());
  }
}

QModelIndex LibraryModel::index(int row, int column, const QModelIndex& parent) const {
  if (!hasIndex(row, column, parent)) return {};
  return parent.isValid() ? createIndex(row, column, static_cast<quintptr>(parent.row() + 1))
                          : createIndex(row, column, kHeading);
}

QModelIndex LibraryModel::parent(const QModelIndex& child) const {
  if (!child.isValid() || child.internalId() == kHeading) return {};
  return createIndex(static_cast<int>(child.internalId()) - 1, 0, kHeading);
}

int LibraryModel::rowCount(const QModelIndex& parent) const {
  if (!parent.isValid()) return SectionCount;
  return parent.internalId() == kHeading ? count(parent.row()) : 0;
}

int LibraryModel::columnCount(const QModelIndex&) const { return 1; }

QVariant LibraryModel::headingData(int section, int role) const {
  const QString titles[] = {tr("Models"), tr("Vectors"), tr("Maps and prompts"), tr("Decoders")};
  const QString icons[] = {QStringLiteral("model"), QStringLiteral("vector"), QStringLiteral("link"),
                           QStringLiteral("decoder")};
  switch (role) {
    case Qt::DisplayRole: return titles[section];
    case SectionRole: return section;
    case KeyRole: return QString();
    case CountRole: return count(section);
    case IconRole: return icons[section];
    default: return {};
  }
}

QVariant LibraryModel::modelData(std::size_t row, int role) const {
  if (row >= m_models.models().size()) return {};
  const ModelCard& card = m_models.models()[row];
  const ModelCard* current = m_models.current();
  switch (role) {
    case Qt::DisplayRole: return displayName(card);
    case Qt::ToolTipRole: return QString::fromStdString(card.ref.path);
    case SectionRole: return static_cast<int>(Models);
    case KeyRole: return QString::fromStdString(card.ref.fingerprint);
    case CurrentRole: return current && current->ref.fingerprint == card.ref.fingerprint;
    case FactsRole: return QString::fromStdString(card.dtype);
    default: return {};
  }
}

QVariant LibraryModel::vectorData(std::size_t row, int role) const {
  if (row >= m_vectors.vectors().size()) return {};
  const ShelfVector& entry = m_vectors.vectors()[row];
  switch (role) {
    case Qt::DisplayRole:
    case Qt::EditRole: return entry.name;
    case Qt::ToolTipRole:
      return tr("%1, made for %2")
          .arg(QString::fromStdString(entry.vector->method), QString::fromStdString(entry.vector->model.name));
    case SectionRole: return static_cast<int>(Vectors);
    case KeyRole: return QString::fromStdString(entry.hash);
    case FactsRole: return tr("%1 texts").arg(entry.vector->positives.size() + entry.vector->negatives.size());
    default: return {};
  }
}

QVariant LibraryModel::promptData(std::size_t row, int role) const {
  if (row >= m_maps.prompts().size()) return {};
  const ShelfPrompt& entry = m_maps.prompts()[row];
  switch (role) {
    case Qt::DisplayRole: return entry.name;
    case Qt::ToolTipRole:
      return tr("Prompt of the future lens, learned with %1").arg(QString::fromStdString(entry.prompt->model.name));
    case SectionRole: return static_cast<int>(Maps);
    case KeyRole: return QString::fromStdString(entry.prompt->hash);
    case FactsRole: return runLabel(entry.run);
    default: return {};
  }
}

QVariant LibraryModel::mapData(std::size_t row, int role) const {
  if (row >= m_maps.maps().size()) return promptData(row - m_maps.maps().size(), role);
  const ShelfMap& entry = m_maps.maps()[row];
  switch (role) {
    case Qt::DisplayRole: return entry.name;
    case Qt::ToolTipRole:
      return tr("%1, from %2 into %3")
          .arg(QString::fromStdString(entry.map->method), QString::fromStdString(entry.map->source.name),
               QString::fromStdString(entry.map->target.name));
    case SectionRole: return static_cast<int>(Maps);
    case KeyRole: return QString::fromStdString(entry.map->hash);
    case FactsRole: return runLabel(entry.run);
    default: return {};
  }
}

QVariant LibraryModel::decoderData(std::size_t row, int role) const {
  if (row >= m_decoders.decoders().size()) return {};
  const ShelfDecoder& entry = m_decoders.decoders()[row];
  const bool isBundled = entry.run == 0;
  switch (role) {
    case Qt::DisplayRole: return QString::fromStdString(entry.ref.name);
    case Qt::ToolTipRole:
      return isBundled ? tr("The decoder that comes with the program")
                       : tr("%1 questions in %2 steps, of %3, rank %4, in %5")
                             .arg(entry.card.examples)
                             .arg(entry.card.steps)
                             .arg(QString::fromStdString(entry.card.data))
                             .arg(entry.card.recipe.rank)
                             .arg(QString::fromStdString(entry.ref.folder));
    case SectionRole: return static_cast<int>(Decoders);
    case KeyRole: return QString::fromStdString(entry.ref.folder);
    case FactsRole: return isBundled ? QString() : runLabel(entry.run);
    default: return {};
  }
}

QVariant LibraryModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  if (index.internalId() == kHeading) return headingData(index.row(), role);
  const auto row = static_cast<std::size_t>(index.row());
  if (index.internalId() == Models + 1) return modelData(row, role);
  if (index.internalId() == Vectors + 1) return vectorData(row, role);
  return index.internalId() == Maps + 1 ? mapData(row, role) : decoderData(row, role);
}

bool LibraryModel::setData(const QModelIndex& index, const QVariant& value, int role) {
  const QString name = value.toString().trimmed();
  if (role != Qt::EditRole || name.isEmpty() || !(flags(index) & Qt::ItemIsEditable)) return false;
  Q_EMIT renamed(index.data(KeyRole).toString(), name);
  return true;
}

Qt::ItemFlags LibraryModel::flags(const QModelIndex& index) const {
  if (!index.isValid()) return Qt::NoItemFlags;
  Qt::ItemFlags flags = Qt::ItemIsEnabled | Qt::ItemIsSelectable;
  if (index.internalId() == Vectors + 1) flags |= Qt::ItemIsEditable;
  return flags;
}

}  // namespace patchbay::ui
