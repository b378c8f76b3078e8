#pragma once

#include <QString>

namespace patchbay {

/// Writes down where the program stopped when it dies of a fault (SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT): the
/// signal, the stack, the version and the last lines of the log, in a file of the folder. At most one at a time.
///
/// The file of a program that ends in order, or is killed from outside, is removed.
/// Thread   made and destroyed on the main thread; a fault may come on any. A stack that ran over leaves a report
///          on the main thread only.
class CrashRecord {
public:
  /// `facts` stand at the head of a report: versions, one a line.
  CrashRecord(const QString& folder, const QString& facts);
  ~CrashRecord();
  CrashRecord(const CrashRecord&) = delete;
  CrashRecord& operator=(const CrashRecord&) = delete;

  /// The report of a program that died since the last call, "" for none. Older ones are removed, five are kept.
  [[nodiscard]] static QString takeNew(const QString& folder);

private:
  QString m_path;
  int m_listener = 0;
};

}  // namespace patchbay
