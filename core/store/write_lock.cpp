#include "core/store/write_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace patchbay {

WriteLock::WriteLock(const std::string& sessionPath) : m_path(sessionPath + ".lock") {
  while (true) {
    m_file = ::open(m_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (m_file < 0) {
      m_refusal = Refusal::FolderNotWritable;
      m_reason = std::generic_category().message(errno);
      return;
    }
    if (::flock(m_file, LOCK_EX | LOCK_NB) != 0) {
      ::close(m_file);
      m_file = -1;
      m_refusal = Refusal::HeldElsewhere;
      return;
    }
    // The former holder may have removed the file between our open and our lock: then this is a lock on nothing.
    if (isStillThere()) return;
    ::close(m_file);
  }
}

WriteLock::~WriteLock() {
  if (m_file < 0) return;
  ::unlink(m_path.c_str());
  ::close(m_file);
}

bool WriteLock::isStillThere() const {
  struct stat held {};
  struct stat named {};
  return ::fstat(m_file, &held) == 0 && ::stat(m_path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

}  // namespace patchbay
