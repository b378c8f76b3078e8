#include <csignal>
#include <exception>
#include <iostream>

#include "app/cli/command.h"
#include "core/base/memory.h"

namespace {

using namespace patchbay::cli;  // NOLINT: this file is nothing but the command line

/// Ctrl-C asks the running verb to stop; only an atomic store happens here.
void onInterrupt(int) { context().cancel(); }

Exit runChosen(const std::vector<Verb>& verbs) {
  for (const Verb& verb : verbs) {
    if (!verb.app->parsed()) continue;
    try {
      return verb.run();
    } catch (const patchbay::Stopped&) {
      return Exit::Cancelled;
    } catch (const std::bad_alloc&) {
      return fail(patchbay::Error{.code = "MEM-01",
                                  .what = "not enough memory",
                                  .file = {},
                                  .field = {},
                                  .found = {},
                                  .expected = {},
                                  .advice = "Close other programs or ask for less at once."});
    } catch (const std::exception& mistake) {
      return fail(patchbay::Error{.code = "JOB-01",
                                  .what = "the program made a mistake",
                                  .file = {},
                                  .field = {},
                                  .found = mistake.what(),
                                  .expected = {},
                                  .advice = "Please report it."});
    }
  }
  return Exit::Usage;
}

}  // namespace

int main(int argumentCount, char** arguments) {
  patchbay::keepFreedMemory();
  std::signal(SIGINT, onInterrupt);
  std::signal(SIGTERM, onInterrupt);
  CLI::App app{"Looks inside language models: lenses, patches, steering. Results are JSON on standard output."};
  app.require_subcommand(1);
  app.set_version_flag("--version", PATCHBAY_VERSION);
  std::vector<Verb> verbs;
  addInspect(app, verbs);
  addTextVerbs(app, verbs);
  addRunVerbs(app, verbs);
  addGenerate(app, verbs);
  addCapture(app, verbs);
  addVector(app, verbs);
  addSession(app, verbs);
  addPatchGrid(app, verbs);
  addHeadVerbs(app, verbs);
  addExploreVerbs(app, verbs);
  addPatchscopeList(app, verbs);
  addMap(app, verbs);
  addPrompt(app, verbs);
  addRun(app, verbs);
  addProbe(app, verbs);
  addMeta(app, verbs);
  addDecoderVerbs(app, verbs);
  addBench(app, verbs);
  try {
    app.parse(argumentCount, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? static_cast<int>(Exit::Done) : static_cast<int>(Exit::Usage);
  }
  return static_cast<int>(runChosen(verbs));
}
