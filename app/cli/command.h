#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/base/outcome.h"
#include "core/data/affine_map.h"
#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/measured_share.h"
#include "core/data/results.h"
#include "core/data/soft_prompt.h"
#include "core/data/steering_vector.h"
#include "core/model/language_model.h"

/// What the verbs of `patchbay-cli` share. JSON goes to standard output, words to standard error.
namespace patchbay::cli {

/// Exit codes of design section 7.
enum class Exit { Done = 0, Failed = 1, Usage = 2, Cancelled = 130 };

/// The job context of this process; Ctrl-C cancels it.
[[nodiscard]] JobContext& context();

/// Prints an error on one line of standard error and gives its exit code.
Exit fail(const Error& error);
template <typename T>
Exit fail(const Outcome<T>& outcome) {
  return outcome.isCancelled() ? Exit::Cancelled : fail(outcome.error());
}

/// Models that an adapter may belong to: the one that comes with the program, where it is there.
[[nodiscard]] std::vector<std::string> knownModels();

/// Options of every verb that computes.
struct ModelOptions {
  std::string model = "default";
  int threads = 0;  ///< 0: as many as the machine has
  std::string dtype = "f32", device = "cpu";
  void addTo(CLI::App& app);
  /// The path, with 'default' resolved; 'default' itself when there is none.
  [[nodiscard]] std::string path() const;
  /// Loads the model with these options.
  [[nodiscard]] Outcome<std::shared_ptr<LanguageModel>> load() const;
  /// A second model ("default" or a path) with the same options.
  [[nodiscard]] Outcome<std::shared_ptr<LanguageModel>> loadOther(const std::string& name) const;
};

/// One document (`--json`, the default) or one line for each part (`--jsonl`).
struct OutputOptions {
  bool lines = false;
  void addTo(CLI::App& app);
};

/// Writes one JSON document and a newline to standard output.
void print(const Json& json);

[[nodiscard]] Json toJson(const TokenFact& token);
/// {"id","token","logit","p"}
[[nodiscard]] Json toJson(const RankedToken& token);
[[nodiscard]] Json toJson(const std::vector<RankedToken>& tokens);

/// "all" (empty list), "3-7,9", "-1". Errors CLI-01 with the part that is not a number.
[[nodiscard]] Outcome<std::vector<int>> parseIndices(std::string_view text, const char* option);

/// Reads a prompt from `--prompt` or a `--chat` file of [{role, content}].
struct PromptOptions {
  std::string text;
  std::string chatFile;
  bool isNeeded = true;
  bool plainSpecial = false;
  void addTo(CLI::App& app);
  [[nodiscard]] Outcome<Prompt> read() const;
};

/// What a `--steer` option says.
struct SteerArgument {
  std::string file;
  SteerSetting setting;
};
/// FILE@LAYERS:STRENGTH, split at the last @ and the last :, so that a path may hold both. "all" is every layer of a
/// model of `layers`. Errors CLI-04.
[[nodiscard]] Outcome<SteerArgument> parseSteer(const std::string& text, int layers);

/// Reads a file of maps for these models; says so where it was fitted on others of the same sizes.
[[nodiscard]] Outcome<MapRef> readMapFor(const std::string& path, const ModelRef& source, const ModelRef& target);
/// Reads a learned prompt for this model, likewise.
[[nodiscard]] Outcome<SoftPromptRef> readPromptFor(const std::string& path, const ModelRef& model);

/// Reads a whole text file. Errors CLI-02.
[[nodiscard]] Outcome<std::string> readTextFile(const std::string& path);
/// Adds the lines of a file that are not empty; no path, no lines. Errors CLI-02.
[[nodiscard]] Outcome<Done> addLines(const std::string& path, std::vector<std::string>& texts);

/// Writes a whole text file and a newline. Errors OUT-01.
[[nodiscard]] Outcome<Done> writeTextFile(const std::string& path, const std::string& text);
/// For an option that names a file of arrays: what is wrong with the name, empty when nothing.
[[nodiscard]] std::string checkArraysName(const std::string& path);
/// Writes the arrays of a result as `.npz`, or as safetensors under any other name. Errors OUT-*.
[[nodiscard]] Outcome<Done> writeArrays(const std::string& path, const ResultDocument& document);

/// An array as {"shape","axes","unit","values"}.
[[nodiscard]] Json toJson(const HostArray& array);
/// Share, ends of its interval and number of items; null without items.
[[nodiscard]] Json toJson(const MeasuredShare& share);

/// A verb registers itself with its options and what to run.
using Run = std::function<Exit()>;
struct Verb {
  CLI::App* app = nullptr;
  Run run;
};
void addInspect(CLI::App& app, std::vector<Verb>& verbs);
void addTextVerbs(CLI::App& app, std::vector<Verb>& verbs);
void addRunVerbs(CLI::App& app, std::vector<Verb>& verbs);
void addGenerate(CLI::App& app, std::vector<Verb>& verbs);
void addCapture(CLI::App& app, std::vector<Verb>& verbs);
void addVector(CLI::App& app, std::vector<Verb>& verbs);
void addSession(CLI::App& app, std::vector<Verb>& verbs);
void addRun(CLI::App& app, std::vector<Verb>& verbs);
void addPatchGrid(CLI::App& app, std::vector<Verb>& verbs);
void addHeadVerbs(CLI::App& app, std::vector<Verb>& verbs);
void addExploreVerbs(CLI::App& app, std::vector<Verb>& verbs);
void addPatchscopeList(CLI::App& app, std::vector<Verb>& verbs);
void addMap(CLI::App& app, std::vector<Verb>& verbs);
void addPrompt(CLI::App& app, std::vector<Verb>& verbs);
void addProbe(CLI::App& app, std::vector<Verb>& verbs);
void addMeta(CLI::App& app, std::vector<Verb>& verbs);
void addDecoderVerbs(CLI::App& app, std::vector<Verb>& verbs);
void addBench(CLI::App& app, std::vector<Verb>& verbs);

/// The `--json` flag of verbs that always print one document.
void addJsonFlag(CLI::App& app);

}  // namespace patchbay::cli
