#pragma once

#include <QTemporaryDir>

#include <sqlite3.h>

#include <string>

#include "core/store/session_store.h"

/// A folder for one test and what tests do to session files from outside.
namespace patchbay::samples {

class SessionFile {
public:
  [[nodiscard]] std::string path(const char* name = "work.patchbay") const {
    return m_folder.filePath(name).toStdString();
  }
  [[nodiscard]] std::string folder() const { return m_folder.path().toStdString(); }
  /// Names of the files in the folder.
  [[nodiscard]] QStringList names() const {
    return QDir(m_folder.path()).entryList(QDir::Files | QDir::Hidden, QDir::Name);
  }

  [[nodiscard]] std::unique_ptr<SessionStore> open(OpenMode mode = OpenMode::ReadWrite) const {
    auto opened = SessionStore::open(path(), mode);
    if (!opened) qFatal("%s", opened.error().message().c_str());
    return std::move(opened).value();
  }
  /// The code of the error that opening gives, "" when it opens.
  [[nodiscard]] std::string errorOfOpening(OpenMode mode = OpenMode::ReadWrite) const {
    const auto opened = SessionStore::open(path(), mode);
    return opened ? std::string() : opened.error().code;
  }

  /// Changes the file as another program would. False when SQLite refuses.
  [[nodiscard]] bool tamper(const std::string& sql) const {
    sqlite3* database = nullptr;
    bool isDone = sqlite3_open(path().c_str(), &database) == SQLITE_OK;
    isDone = isDone && sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK;
    if (!isDone) qWarning("%s", sqlite3_errmsg(database));
    sqlite3_close(database);
    return isDone;
  }

private:
  QTemporaryDir m_folder;
};

}  // namespace patchbay::samples
