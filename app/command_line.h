#pragma once

#include <QString>

namespace patchbay {

/// What `patchbay [MODEL] [--session FILE] [--tour FOLDER]` was started with.
struct CommandLine {
  QString model;      ///< empty: the model of the session, else the bundled one
  QString session;    ///< empty: the last one
  QString settings;   ///< an INI file of its own; empty: the person's
  QString tour = {};  ///< folder for the pictures of a walk through the main job; empty: none is walked
};

/// Reads the arguments; prints help or a usage error and ends the program (0 or 2) where that is asked or needed.
[[nodiscard]] CommandLine readCommandLine(int argc, char** argv);

}  // namespace patchbay
