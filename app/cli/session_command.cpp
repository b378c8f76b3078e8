#include <optional>

#include "app/cli/command.h"
#include "app/cli/rerun.h"
#include "core/store/session_store.h"

namespace patchbay::cli {
namespace {

Json runFacts(const RunRecord& run) {
  Json json = {{"id", run.id},          {"kind", run.kind},        {"title", run.title},
               {"status", run.status},  {"model", run.model.name}, {"created_ms", run.createdMs},
               {"seconds", run.seconds}};
  if (run.parent) json["parent"] = *run.parent;
  if (!run.note.empty()) json["note"] = run.note;
  if (run.isStarred) json["starred"] = true;
  if (run.isTrashed) json["trashed"] = true;
  if (run.error) json["error"] = run.error->message();
  return json;
}

Exit list(const std::string& path) {
  auto store = SessionStore::open(path, OpenMode::ReadOnly);
  if (!store) return fail(store);
  const auto runs = (*store)->runs();
  if (!runs) return fail(runs);
  const auto vectors = (*store)->vectors();
  if (!vectors) return fail(vectors);
  Json runList = Json::array(), vectorList = Json::array();
  for (const RunRecord& run : *runs) runList.push_back(runFacts(run));
  for (const StoredVector& stored : *vectors)
    vectorList.push_back({{"hash", stored.hash},
                          {"name", stored.vector.name},
                          {"model", stored.vector.model.name},
                          {"layers", stored.vector.layers()},
                          {"width", stored.vector.width()}});
  print({{"runs", runList}, {"vectors", vectorList}});
  return Exit::Done;
}

Exit show(const std::string& path, RunId id) {
  auto store = SessionStore::open(path, OpenMode::ReadOnly);
  if (!store) return fail(store);
  const auto runs = (*store)->runs();
  if (!runs) return fail(runs);
  for (const RunRecord& run : *runs) {
    if (run.id != id) continue;
    Json json = runFacts(run);
    json["request"] = run.request;
    json["fingerprint"] = run.model.fingerprint;
    json["program_version"] = run.programVersion;
    json["library"] = run.library;
    json["products"] = run.products;
    json["warnings"] = run.warnings;
    if (const auto result = (*store)->result(id)) {
      json["result"] = result->body;
      for (const auto& [name, array] : result->arrays)
        json["arrays"][name] = {{"shape", array.shape()}, {"unit", array.unit()}};
    }
    print(json);
    return Exit::Done;
  }
  return fail(Error{.code = "STORE-07",
                    .what = "there is no such run",
                    .file = path,
                    .field = "run",
                    .found = std::to_string(id),
                    .expected = "a run of this session",
                    .advice = "See 'session list'."});
}

Exit verify(const std::string& path, const std::optional<ModelOptions>& again) {
  auto store = SessionStore::open(path, OpenMode::ReadOnly);
  if (!store) return fail(store);
  const auto check = (*store)->verify();
  if (!check) return fail(check);
  if (again && check->isSound()) return rerunSession(**store, *again);
  Json problems = Json::array();
  for (const Error& problem : check->problems) {
    problems.push_back(problem.message());
    fail(problem);
  }
  print({{"sound", check->isSound()},
         {"runs", check->runs},
         {"results", check->results},
         {"arrays", check->arrays},
         {"vectors", check->vectors},
         {"problems", problems}});
  return check->isSound() ? Exit::Done : Exit::Failed;
}

}  // namespace

void addSession(CLI::App& app, std::vector<Verb>& verbs) {
  struct Options {
    std::string path;
    RunId run = 0;
    bool isRerun = false;
    ModelOptions model;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* session = app.add_subcommand("session", "look into a session file")->require_subcommand(1);
  const auto sub = [&](const char* name, const char* words) {
    CLI::App* verb = session->add_subcommand(name, words);
    verb->add_option("file", options->path, "session file")->required();
    addJsonFlag(*verb);
    return verb;
  };
  verbs.push_back({sub("list", "its runs and vectors"), [options] { return list(options->path); }});
  CLI::App* showVerb = sub("show", "one run: request and result");
  showVerb->add_option("run", options->run, "number of the run")->required();
  verbs.push_back({showVerb, [options] { return show(options->path, options->run); }});
  CLI::App* verifyVerb = sub("verify", "check the file and every hash");
  verifyVerb->add_flag("--rerun", options->isRerun, "also repeat the runs of one model and compare the numbers");
  options->model.addTo(*verifyVerb);
  verbs.push_back({verifyVerb, [options] {
                     return verify(options->path, options->isRerun ? std::optional(options->model) : std::nullopt);
                   }});
}

}  // namespace patchbay::cli
