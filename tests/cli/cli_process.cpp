#include "cli_process.h"

#include <chrono>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>

namespace patchbay::testing {
namespace {

std::string readAll(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace

Json CliAnswer::json() const {
  auto parsed = parseJson(out, "standard output");
  return parsed ? std::move(parsed).value() : Json();
}

CliAnswer runCli(const std::vector<std::string>& arguments, const std::string& input, int seconds) {
  const QTemporaryDir folder;
  const std::string base = folder.path().toStdString();
  std::ofstream(base + "/in") << input;
  const char* program = std::getenv("PATCHBAY_CLI");
  if (!program) return {.exitCode = -2, .out = {}, .words = "PATCHBAY_CLI is not set", .seconds = 0, .peakBytes = 0};
  std::vector<char*> list = {const_cast<char*>(program)};
  for (const std::string& argument : arguments) list.push_back(const_cast<char*>(argument.c_str()));
  list.push_back(nullptr);
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child == 0) {
    const auto redirect = [&](const char* name, int flags, int target) {
      dup2(open((base + name).c_str(), flags, 0600), target);
    };
    redirect("/in", O_RDONLY, STDIN_FILENO);
    redirect("/out", O_WRONLY | O_CREAT, STDOUT_FILENO);
    redirect("/err", O_WRONLY | O_CREAT, STDERR_FILENO);
    alarm(static_cast<unsigned>(seconds));  // ends a hanging child by SIGALRM
    execv(program, list.data());
    _exit(126);
  }
  int status = 0;
  rusage usage{};
  wait4(child, &status, 0, &usage);
  CliAnswer answer;
  answer.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  answer.exitCode = WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  answer.peakBytes = usage.ru_maxrss * 1024;
  answer.out = readAll(base + "/out");
  answer.words = readAll(base + "/err");
  return answer;
}

}  // namespace patchbay::testing
