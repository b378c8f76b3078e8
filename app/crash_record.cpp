#include "app/crash_record.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <mutex>
#include <string_view>

#include <QByteArray>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QUuid>

#include <execinfo.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/base/log.h"

namespace patchbay {
namespace {

constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
constexpr int kMostFrames = 64;
constexpr int kMostReports = 5;
constexpr unsigned kLongestReport = 10;  // seconds
constexpr std::size_t kLogBytes = 16 * 1024;
constexpr std::size_t kStackBytes = 64 * 1024;
const QString kRunning = QStringLiteral("running-");
const QString kCrashed = QStringLiteral("crash-");

/// What a signal handler may touch: nothing that allocates or locks. The newest log lines lie in a ring.
struct Recorder {
  std::atomic<int> file = -1;
  std::atomic<pid_t> writer = 0;  ///< the thread whose fault is written down
  std::array<char, 2048> facts{};
  std::size_t factsLength = 0;
  std::array<char, kLogBytes> log{};
  std::atomic<std::size_t> logged = 0;
  std::mutex logMutex;
  std::array<char, kStackBytes> stack{};  // a fault may be the end of the ordinary one
};

Recorder& recorder() {
  static Recorder only;
  return only;
}

void put(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string_view nameOf(int signal) {
  switch (signal) {
    case SIGSEGV: return "SIGSEGV, a wrong address";
    case SIGBUS: return "SIGBUS, a file or address that is gone";
    case SIGILL: return "SIGILL, an instruction this processor lacks";
    case SIGFPE: return "SIGFPE, a wrong computation";
    default: return "SIGABRT, the program gave up";
  }
}

void onFault(int signal) {
  Recorder& all = recorder();
  const pid_t self = gettid();
  pid_t nobody = 0;
  if (!all.writer.compare_exchange_strong(nobody, self) && nobody != self) {
    // Threads that share a fault wait until the first has written; it ends them all.
    while (true) pause();
  }
  // What a dying program asks of its libraries may hang.
  std::signal(SIGALRM, SIG_DFL);
  alarm(kLongestReport);
  // A fault in here finds no file: what was written stands.
  if (const int file = all.file.exchange(-1); file >= 0) {
    put(file, {all.facts.data(), all.factsLength});
    put(file, "ended by ");
    put(file, nameOf(signal));
    put(file, "\n\nstack:\n");
    void* frames[kMostFrames];
    backtrace_symbols_fd(frames, backtrace(frames, kMostFrames), file);
    put(file, "\nlog:\n");
    const std::size_t logged = all.logged.load(), at = logged % kLogBytes;
    if (logged > kLogBytes) put(file, {all.log.data() + at, kLogBytes - at});
    put(file, {all.log.data(), at});
    fsync(file);
  }
  std::signal(signal, SIG_DFL);
  raise(signal);
}

void keepLine(const LogLine& line) {
  static constexpr const char* kLevels[] = {"debug ", "info ", "warning ", "error "};
  Recorder& all = recorder();
  const std::lock_guard lock(all.logMutex);
  std::size_t logged = all.logged.load();
  for (const std::string_view part :
       {std::string_view(kLevels[static_cast<int>(line.level)]), std::string_view(line.text), std::string_view("\n")})
    for (const char letter : part) all.log[logged++ % kLogBytes] = letter;
  all.logged = logged;
}

/// A program holds a lock on the file of its report for as long as it lives.
bool isAlive(const QString& path) {
  const int file = open(QFile::encodeName(path).constData(), O_RDWR | O_CLOEXEC);
  if (file < 0) return false;
  const bool isLocked = flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
  close(file);
  return isLocked;
}

}  // namespace

CrashRecord::CrashRecord(const QString& folder, const QString& facts) {
  QDir().mkpath(folder);
  m_path = QDir(folder).filePath(QStringLiteral("%1%2.txt").arg(kRunning, QUuid::createUuid().toString(QUuid::Id128)));
  Recorder& all = recorder();
  const QByteArray head = facts.toUtf8().left(static_cast<qsizetype>(all.facts.size()));
  std::memcpy(all.facts.data(), head.constData(), static_cast<std::size_t>(head.size()));
  all.factsLength = static_cast<std::size_t>(head.size());
  const int file =
      open(QFile::encodeName(m_path).constData(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
  all.file = file;
  if (file < 0) return;  // a folder that cannot be written: the program dies without a report
  flock(file, LOCK_EX | LOCK_NB);
  m_listener = addLogListener(keepLine);
  // The first call loads a library, which a handler may not.
  void* frame = nullptr;
  (void)backtrace(&frame, 1);
  stack_t stack{};
  stack.ss_sp = all.stack.data();
  stack.ss_size = all.stack.size();
  sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = onFault;
  action.sa_flags = SA_ONSTACK | SA_NODEFER;
  for (const int signal : kSignals) sigaction(signal, &action, nullptr);
}

CrashRecord::~CrashRecord() {
  if (const int file = recorder().file.exchange(-1); file >= 0) {
    for (const int signal : kSignals) std::signal(signal, SIG_DFL);
    removeLogListener(m_listener);
    close(file);
    QFile::remove(m_path);
  }
}

QString CrashRecord::takeNew(const QString& folder) {
  QDir reports(folder);
  QString newest;
  for (const QFileInfo& file :
       reports.entryInfoList({kRunning + QStringLiteral("*.txt")}, QDir::Files, QDir::Time | QDir::Reversed)) {
    if (isAlive(file.filePath())) continue;
    if (file.size() == 0) {  // killed from outside
      QFile::remove(file.filePath());
      continue;
    }
    const QString name =
        kCrashed + file.lastModified().toUTC().toString(QStringLiteral("yyyyMMdd-HHmmss-zzz")) + QStringLiteral(".txt");
    if (QFile::rename(file.filePath(), reports.filePath(name))) newest = reports.filePath(name);
  }
  QStringList kept = reports.entryList({kCrashed + QStringLiteral("*.txt")}, QDir::Files, QDir::Name);
  while (kept.size() > kMostReports) reports.remove(kept.takeFirst());
  return newest;
}

}  // namespace patchbay
