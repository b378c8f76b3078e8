/// Workers of libgomp spin for milliseconds at the end of each parallel loop before they sleep. On two cores of which one
/// is busy with something else they spin while the thread they wait for has no core, and computing becomes ten times
/// slower. A shorter spin costs nothing when the machine is quiet. The library reads its setting before `main`, so the
/// program starts itself once more with the setting, before any library has begun its own work: some milliseconds.
/// A person's own setting is respected.

#ifdef __linux__

#include <unistd.h>

#include <cstddef>
#include <cstring>

namespace {

constexpr std::size_t kMostVariables = 4096;

void startWithShortSpin(int, char** arguments, char** variables) {
  static char setting[] = "GOMP_SPINCOUNT=10000";
  static char* all[kMostVariables + 2];
  std::size_t count = 0;
  for (; variables[count]; ++count) {
    const char* variable = variables[count];
    if (std::strncmp(variable, "GOMP_SPINCOUNT=", 15) == 0 || std::strncmp(variable, "OMP_WAIT_POLICY=", 16) == 0) return;
    if (count == kMostVariables) return;
    all[count] = variables[count];
  }
  all[count] = setting;
  execve("/proc/self/exe", arguments, all);  // comes back only when it fails; then everything goes on as before
}

using Start = void (*)(int, char**, char**);
[[gnu::section(".preinit_array"), gnu::used]] const Start kStart = startWithShortSpin;

}  // namespace

#endif
