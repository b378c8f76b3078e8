#pragma once

#include <optional>
#include <string>

namespace patchbay {

/// The right to write a session file, held by at most one window of one program.
///
/// A locked file `SESSION.lock` beside the session. The kernel drops the lock when the program ends in any way, so
/// a lock file that was left behind stops nobody; it is removed when the lock is given back.
class WriteLock {
public:
  enum class Refusal { HeldElsewhere, FolderNotWritable };

  /// Tries once. `refusal()` is empty when the lock was taken.
  explicit WriteLock(const std::string& sessionPath);
  ~WriteLock();
  WriteLock(const WriteLock&) = delete;
  WriteLock& operator=(const WriteLock&) = delete;

  [[nodiscard]] const std::optional<Refusal>& refusal() const { return m_refusal; }
  /// The system's word for a refusal by the disk; empty otherwise.
  [[nodiscard]] const std::string& reason() const { return m_reason; }

private:
  [[nodiscard]] bool isStillThere() const;

  std::string m_path;
  int m_file = -1;
  std::optional<Refusal> m_refusal;
  std::string m_reason;
};

}  // namespace patchbay
