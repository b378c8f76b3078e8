#pragma once

#include <string>

#include "app/cli/command.h"
#include "core/decoder/question_files.h"

namespace patchbay::cli {

/// What a decoder learns from, or is asked.
struct QuestionOptions {
  std::string path;
  bool withBuiltin = false;

  void addTo(CLI::App& verb) {
    verb.add_option("--data", path, "questions of your own: a file of JSON lines, or a folder in LatentQA's layout");
    verb.add_flag("--with-builtin", withBuiltin, "those that come with the program too, half of all");
  }
  [[nodiscard]] Outcome<QuestionData> read() const { return questionsFor(path, withBuiltin); }
};

/// `decoder curve`.
void addCurveVerb(CLI::App& decoder, std::vector<Verb>& verbs);

}  // namespace patchbay::cli
