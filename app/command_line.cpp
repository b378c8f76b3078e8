#include "app/command_line.h"

#include <cstdlib>
#include <string>

#include <CLI/CLI.hpp>

namespace patchbay {

CommandLine readCommandLine(int argc, char** argv) {
  CLI::App app{"A workbench for looking inside language models."};
  app.set_version_flag("--version", PATCHBAY_VERSION);
  std::string model, session, settings, tour;
  app.add_option("MODEL", model, "GGUF file or Hugging Face folder to load; \"default\" for the bundled model");
  app.add_option("--session", session, "session file to open or create");
  app.add_option("--settings", settings, "INI file to use in place of the person's settings");
  app.add_option("--tour", tour, "walk the main job alone; pictures and session go into this folder, needs no display");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& failure) {
    const int code = app.exit(failure);
    std::exit(code == 0 ? 0 : 2);
  }
  return {QString::fromStdString(model), QString::fromStdString(session), QString::fromStdString(settings),
          QString::fromStdString(tour)};
}

}  // namespace patchbay
