#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include <QMap>
#include <QString>
#include <QVariant>

namespace patchbay::ui {

/// The keys and values of an INI file: read once, kept in memory, written by a thread of its own.
///
/// QSettings waits for the disk whenever it writes, a quarter of a second on a busy one; nothing here does, but for the
/// destructor, which ends when everything is written.
/// Thread   that of its maker.
class SettingsFile {
public:
  /// The file need not exist; its folder is made when something is first written.
  explicit SettingsFile(QString path);
  ~SettingsFile();
  SettingsFile(const SettingsFile&) = delete;
  SettingsFile& operator=(const SettingsFile&) = delete;

  [[nodiscard]] QVariant value(const QString& key, const QVariant& fallback = {}) const;
  [[nodiscard]] bool contains(const QString& key) const { return m_values.contains(key); }
  void setValue(const QString& key, const QVariant& value);
  void remove(const QString& key);

private:
  void change(const QString& key, const QVariant& value);
  void write();

  const QString m_path;
  QMap<QString, QVariant> m_values;
  std::mutex m_mutex;
  std::condition_variable m_wake;
  QMap<QString, QVariant> m_changes;  // not yet written; invalid where a key is removed
  bool m_isClosing = false;
  std::thread m_writer;  // from the first change on
};

}  // namespace patchbay::ui
