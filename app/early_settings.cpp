/// Two settings that libraries read before `main`, so that the program must start itself once more with them, before
/// any library has begun its own work: some milliseconds. A person's own settings are respected.
///
/// GOMP_SPINCOUNT   Workers of libgomp spin for milliseconds at the end of each parallel loop before they sleep. On two
///                  cores of which one is busy with something else they spin while the thread they wait for has no
///                  core, and computing becomes ten times slower. A shorter spin costs nothing when the machine is
///                  quiet.
/// GLIBC_TUNABLES   Memory in huge pages where the system offers them: a pass over 512 tokens is 5 % faster.

#ifdef __linux__

#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace {

constexpr std::size_t kMostVariables = 4096;

bool isName(const char* variable, const char* name) {
  const std::size_t length = std::strlen(name);
  return std::strncmp(variable, name, length) == 0 && variable[length] == '=';
}

void startWithSettings(int, char** arguments, char** variables) {
  static char spin[] = "GOMP_SPINCOUNT=10000", pages[] = "GLIBC_TUNABLES=glibc.malloc.hugetlb=1";
  static char* all[kMostVariables + 3];
  bool hasSpin = false, hasPages = false;
  std::size_t count = 0;
  for (; variables[count]; ++count) {
    if (count == kMostVariables) return;
    hasSpin = hasSpin || isName(variables[count], "GOMP_SPINCOUNT") || isName(variables[count], "OMP_WAIT_POLICY");
    hasPages = hasPages || isName(variables[count], "GLIBC_TUNABLES");
    all[count] = variables[count];
  }
  if (hasSpin && hasPages) return;
  if (!hasSpin) all[count++] = spin;
  if (!hasPages) all[count++] = pages;
  // The program's own path rather than /proc/self/exe: lists of processes show its name.
  static char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  if (length > 0) execve(path, arguments, all);  // comes back only when it fails; then everything goes on as before
}

using Start = void (*)(int, char**, char**);
[[gnu::section(".preinit_array"), gnu::used]] const Start kStart = startWithSettings;

}  // namespace

#endif
