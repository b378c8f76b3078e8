#include "ui/state/vector_shelf.h"

#include <algorithm>

#include "ui/state/kept.h"

namespace patchbay::ui {
namespace {

// The session keeps names given later beside the vectors, whose content never changes.
constexpr const char* kNames = "vector-names";
constexpr const char* kRemoved = "vectors-removed";

const ShelfVector* among(const std::vector<ShelfVector>& vectors, const std::string& hash) {
  const auto found = std::ranges::find(vectors, hash, &ShelfVector::hash);
  return found == vectors.end() ? nullptr : &*found;
}

}  // namespace

VectorShelf::VectorShelf(SessionClient& session, QObject* parent) : QObject(parent), m_session(session) {
  connect(&m_session, &SessionClient::opened, this, &VectorShelf::reload);
}

const ShelfVector* VectorShelf::find(const std::string& hash) const { return among(m_vectors, hash); }

std::shared_ptr<const SteeringVector> VectorShelf::numbers(const std::string& hash) const {
  const ShelfVector* entry = find(hash);
  if (!entry) entry = among(m_removed, hash);
  return entry ? entry->vector : nullptr;
}

std::string VectorShelf::add(std::shared_ptr<const SteeringVector> vector) {
  const std::string hash = contentHash(*vector);
  if (find(hash)) return hash;
  if (among(m_removed, hash)) {
    restore(hash);
    return hash;
  }
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
  const ShelfVector* found = find(hash);
  if (!found) return;
  m_removed.push_back(*found);
  std::erase_if(m_vectors, [&](const ShelfVector& entry) { return entry.hash == hash; });
  saveRemoved();
  Q_EMIT changed();
}

void VectorShelf::restore(const std::string& hash) {
  const ShelfVector* found = among(m_removed, hash);
  if (!found) return;
  m_vectors.push_back(*found);
  std::erase_if(m_removed, [&](const ShelfVector& entry) { return entry.hash == hash; });
  saveRemoved();
  Q_EMIT changed();
}

void VectorShelf::purgeRemoved() {
  if (m_removed.empty()) return;
  for (const ShelfVector& entry : m_removed) m_session.removeVector(entry.hash);
  m_removed.clear();
  saveRemoved();
  Q_EMIT changed();
}

void VectorShelf::saveRemoved() {
  Json hashes = Json::array();
  for (const ShelfVector& entry : m_removed) hashes.push_back(entry.hash);
  m_session.saveState(kRemoved, hashes);
}

void VectorShelf::reload() {
  m_vectors.clear();
  m_removed.clear();
  const Json names = m_session.state(kNames);
  const Json removed = m_session.state(kRemoved);
  for (const StoredVector& entry : m_session.contents().vectors) {
    const QString name = kept<QString>(names, entry.hash.c_str()).value_or(QString::fromStdString(entry.vector.name));
    const bool isRemoved =
        removed.is_array() && std::find(removed.begin(), removed.end(), Json(entry.hash)) != removed.end();
    (isRemoved ? m_removed : m_vectors)
        .push_back({entry.hash, name, std::make_shared<const SteeringVector>(entry.vector)});
  }
  Q_EMIT changed();
}

}  // namespace patchbay::ui
