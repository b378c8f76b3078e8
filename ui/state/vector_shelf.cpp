#include "ui/state/vector_shelf.h"

#include <algorithm>

namespace patchbay::ui {
namespace {

// The session keeps names given later beside the vectors, whose content never changes.
constexpr const char* kNames = "vector-names";

}  // namespace

VectorShelf::VectorShelf(SessionClient& session, QObject* parent) : QObject(parent), m_session(session) {
  connect(&m_session, &SessionClient::opened, this, &VectorShelf::reload);
}

const ShelfVector* VectorShelf::find(const std::string& hash) const {
  const auto found = std::find_if(m_vectors.begin(), m_vectors.end(), [&](const ShelfVector& entry) { return entry.hash == hash; });
  return found == m_vectors.end() ? nullptr : &*found;
}

std::shared_ptr<const SteeringVector> VectorShelf::numbers(const std::string& hash) const {
  const ShelfVector* entry = find(hash);
  return entry ? entry->vector : nullptr;
}

std::string VectorShelf::add(std::shared_ptr<const SteeringVector> vector) {
  const std::string hash = contentHash(*vector);
  if (find(hash)) return hash;
  m_session.addVector(*vector);
  m_vectors.push_back({hash, QString::fromStdString(vector->name), std::move(vector)});
  Q_EMIT changed();
  return hash;
}

void VectorShelf::rename(const std::string& hash, const QString& name) {
  for (ShelfVector& entry : m_vectors) {
    if (entry.hash != hash || entry.name == name) continue;
    entry.name = name;
    Json names = m_session.state(kNames);
    if (!names.is_object()) names = Json::object();
    names[hash] = name.toStdString();
    m_session.saveState(kNames, names);
    Q_EMIT changed();
  }
}

void VectorShelf::remove(const std::string& hash) {
  if (std::erase_if(m_vectors, [&](const ShelfVector& entry) { return entry.hash == hash; }) == 0) return;
  m_session.removeVector(hash);
  Q_EMIT changed();
}

void VectorShelf::reload() {
  m_vectors.clear();
  const Json names = m_session.state(kNames);
  for (const StoredVector& entry : m_session.contents().vectors) {
    const std::string name = names.is_object() ? names.value(entry.hash, entry.vector.name) : entry.vector.name;
    m_vectors.push_back({entry.hash, QString::fromStdString(name), std::make_shared<const SteeringVector>(entry.vector)});
  }
  Q_EMIT changed();
}

}  // namespace patchbay::ui
