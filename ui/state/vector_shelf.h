#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <QObject>
#include <QString>

#include "core/data/steering_vector.h"
#include "ui/bridge/session_client.h"

namespace patchbay::ui {

/// One vector of the session.
struct ShelfVector {
  std::string hash;  ///< content hash, for ever
  QString name;      ///< as the person calls it now
  std::shared_ptr<const SteeringVector> vector;
};

/// The steering vectors of the session, by content hash, in order of adding. A removed vector stays in the file, out of
/// sight, until the trash is emptied: removing can be undone, and runs that used it can be repeated.
class VectorShelf : public QObject {
  Q_OBJECT
public:
  explicit VectorShelf(SessionClient& session, QObject* parent = nullptr);

  [[nodiscard]] const std::vector<ShelfVector>& vectors() const { return m_vectors; }
  [[nodiscard]] const ShelfVector* find(const std::string& hash) const;
  /// Also of a removed vector.
  [[nodiscard]] std::shared_ptr<const SteeringVector> numbers(const std::string& hash) const;

  /// Adds and saves a vector; the same content twice is one entry. Returns its hash.
  std::string add(std::shared_ptr<const SteeringVector> vector);
  void rename(const std::string& hash, const QString& name);
  void remove(const std::string& hash);
  /// Shows a removed vector again.
  void restore(const std::string& hash);
  /// The removed ones that are still in the file.
  [[nodiscard]] const std::vector<ShelfVector>& removed() const { return m_removed; }
  /// Removes those for good.
  void purgeRemoved();

Q_SIGNALS:
  void changed();

private:
  void reload();
  void saveRemoved();

  SessionClient& m_session;
  std::vector<ShelfVector> m_vectors;
  std::vector<ShelfVector> m_removed;
};

}  // namespace patchbay::ui
