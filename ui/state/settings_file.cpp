#include "ui/state/settings_file.h"

#include <utility>

#include <QSettings>

#include "core/base/log.h"

namespace patchbay::ui {

SettingsFile::SettingsFile(QString path) : m_path(std::move(path)) {
  const QSettings file(m_path, QSettings::IniFormat);
  for (const QString& key : file.allKeys()) m_values.insert(key, file.value(key));
}

SettingsFile::~SettingsFile() {
  {
    const std::lock_guard lock(m_mutex);
    m_isClosing = true;
  }
  m_wake.notify_all();
  if (m_writer.joinable()) m_writer.join();
}

QVariant SettingsFile::value(const QString& key, const QVariant& fallback) const {
  return m_values.value(key, fallback);
}

void SettingsFile::setValue(const QString& key, const QVariant& value) {
  m_values.insert(key, value);
  change(key, value);
}

void SettingsFile::remove(const QString& key) {
  m_values.remove(key);
  change(key, {});
}

void SettingsFile::change(const QString& key, const QVariant& value) {
  {
    const std::lock_guard lock(m_mutex);
    m_changes.insert(key, value);
    if (!m_writer.joinable()) m_writer = std::thread([this] { write(); });
  }
  m_wake.notify_all();
}

void SettingsFile::write() {
  std::unique_lock lock(m_mutex);
  while (true) {
    m_wake.wait(lock, [this] { return m_isClosing || !m_changes.isEmpty(); });
    if (m_changes.isEmpty()) return;
    const QMap<QString, QVariant> changes = std::exchange(m_changes, {});
    lock.unlock();
    {
      QSettings file(m_path, QSettings::IniFormat);
      for (auto change = changes.begin(); change != changes.end(); ++change) {
        if (change.value().isValid())
          file.setValue(change.key(), change.value());
        else
          file.remove(change.key());
      }
      file.sync();
      if (file.status() != QSettings::NoError)
        log(LogLevel::Warning, "The settings could not be written to " + m_path.toStdString() + ".");
    }
    lock.lock();
  }
}

}  // namespace patchbay::ui
