#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include <sys/wait.h>
#include <unistd.h>

#include "app/cli/bench_prompts.h"
#include "app/cli/command.h"
#include "core/analysis/captured_run.h"
#include "core/analysis/logit_lens.h"
#include "core/analysis/patch_grid.h"
#include "core/analysis/patchscope.h"
#include "core/base/memory.h"
#include "core/model/generator.h"
#include "core/model/steering_edits.h"
#include "core/steering/steer.h"
#include "core/steering/vector_maker.h"
#include "core/train/compute_type.h"
#include "core/train/trainer.h"

namespace patchbay::cli {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kNewTokens = 64;

struct BenchOptions {
  ModelOptions model;
  std::string workload;
  int repeat = 5;
  int tokens = 0;
  bool allTokens = false;
};

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// A workload made ready: one call of it is what is timed. `tokens` is what the figure counts.
struct Workload {
  std::function<Outcome<Done>()> once;
  std::int64_t tokens = 0;
};

/// The first `count` token ids of the bench paragraph, repeated as needed.
std::vector<std::int32_t> paragraphIds(const LanguageModel& model, int count) {
  std::string text;
  std::vector<std::int32_t> ids;
  while (static_cast<int>(ids.size()) < count) {
    text += bench::kParagraph;
    ids = model.text.tokenizer->encode(text);
  }
  ids.resize(static_cast<std::size_t>(count));
  return ids;
}

template <typename T>
Outcome<Done> drop(const Outcome<T>& outcome) {
  if (!outcome) return outcome.template failure<Done>();
  return Done{};
}

Workload captureWorkload(LanguageModel& model, int tokens) {
  const auto ids = paragraphIds(model, tokens > 0 ? tokens : 512);
  return {[&model, ids]() -> Outcome<Done> {
            const at::InferenceMode inference;
            (void)captureResiduals(model, ids, context());
            return Done{};
          },
          static_cast<std::int64_t>(ids.size())};
}

Workload lensWorkload(LanguageModel& model, int tokens) {
  const std::string text = tokens == 0 || tokens == 32 ? std::string(bench::kLens)
                                                       : model.text.tokenizer->decode(paragraphIds(model, tokens));
  const LensRequest request{
      .model = {}, .prompt = Prompt::plain(text), .site = "resid_post", .topK = 10, .tracked = {}};
  const auto count = static_cast<std::int64_t>(model.text.tokenizer->encode(text).size());
  return {[&model, request] { return drop(runLens(model, request, context())); }, count};
}

Workload columnWorkload(LanguageModel& model) {
  PatchscopeRequest request;
  request.source = Prompt::plain(bench::kScopeSource);
  request.target = Prompt::plain(bench::kScopeTarget);
  request.generateTokens = 0;
  return {[&model, request] { return drop(runPatchscope(model, request, context())); }, model.card.layers};
}

Workload scopeGridWorkload(LanguageModel& model) {
  PatchscopeRequest request;
  request.source = Prompt::plain(bench::kScopeSource);
  request.target = Prompt::plain(bench::kScopeTarget);
  for (int layer = 0; layer < model.card.layers; ++layer) request.targetLayers.push_back(layer);
  request.generateTokens = 0;
  return {[&model, request] { return drop(runPatchscope(model, request, context())); },
          std::int64_t{model.card.layers} * model.card.layers};
}

Workload patchGridWorkload(LanguageModel& model) {
  PatchGridRequest request;
  request.clean = Prompt::plain(bench::kClean);
  request.corrupt = Prompt::plain(bench::kCorrupt);
  request.answer = bench::kAnswer;
  request.wrong = bench::kWrong;
  const auto tokens = static_cast<std::int64_t>(model.text.tokenizer->encode(bench::kCorrupt).size());
  return {[&model, request] { return drop(runPatchGrid(model, request, context())); }, model.card.layers * tokens};
}

/// Every head put to zero, one at a time.
Workload headsWorkload(LanguageModel& model, bool allTokens) {
  PatchGridRequest request;
  request.clean = Prompt::plain(bench::kHeads);
  request.mode = GridMode::Zero;
  request.site = "head_out";
  request.allTokens = allTokens;
  return {[&model, request] { return drop(runPatchGrid(model, request, context())); },
          std::int64_t{model.card.layers} * model.card.heads};
}

Sampling benchSampling() {
  Sampling sampling;
  sampling.maxNewTokens = kNewTokens;
  sampling.stopAtEndToken = false;
  return sampling;
}

Workload generateWorkload(LanguageModel& model) {
  const auto ids = model.text.tokenizer->encode(bench::kGenerate);
  return {[&model, ids] { return drop(generate(model, ids, benchSampling(), {}, context())); }, kNewTokens};
}

Outcome<Workload> steeredWorkload(LanguageModel& model) {
  const auto vector = makeVector(model,
                                 {.model = {},
                                  .name = "bench",
                                  .positives = {"I love this, it is wonderful"},
                                  .negatives = {"I hate this, it is terrible"},
                                  .read = ReadPosition::LastToken},
                                 context());
  if (!vector) return vector.failure<Workload>();
  const auto ids = model.text.tokenizer->encode(bench::kGenerate);
  SteerSetting setting;
  setting.layers = {model.card.layers / 2 - 1};
  setting.strength = 1;
  HookPlan plan;
  if (const auto added = addSteering(plan, model, *vector, setting, static_cast<std::int64_t>(ids.size())); !added)
    return added.failure<Workload>();
  return Workload{[&model, ids, plan] { return drop(generate(model, ids, benchSampling(), plan, context())); },
                  kNewTokens};
}

/// One step of a LoRA of rank 16 on every linear map, on 8 sequences of 128 tokens, all of which are to be predicted.
Workload loraStepWorkload(LanguageModel& model, ComputeKind compute) {
  constexpr int kSequences = 8, kLength = 128;
  const auto ids = paragraphIds(model, kSequences * kLength);
  std::vector<TrainingSequence> sequences(kSequences);
  for (int i = 0; i < kSequences; ++i)
    sequences[static_cast<std::size_t>(i)].ids.assign(ids.begin() + i * kLength, ids.begin() + (i + 1) * kLength);
  const auto learner = std::make_shared<SequenceLearner>(*model.transformer, 0, context(),
                                                         scalarTypeOf(compute, model.transformer->options().device()));
  const auto trainer = std::make_shared<AdapterTrainer>(
      *learner, freshAdapter(model.transformer->config(), {.rank = 16}, 1), TrainingSettings());
  return {[learner, trainer, sequences] { return drop(trainer->step(sequences, context())); }, kSequences * kLength};
}

Outcome<Workload> makeWorkload(LanguageModel& model, const BenchOptions& options) {
  if (options.workload == "capture") return captureWorkload(model, options.tokens);
  if (options.workload == "lens") return lensWorkload(model, options.tokens);
  if (options.workload == "patchscope-column") return columnWorkload(model);
  if (options.workload == "patchscope-grid") return scopeGridWorkload(model);
  if (options.workload == "patch-grid") return patchGridWorkload(model);
  if (options.workload == "heads") return headsWorkload(model, options.allTokens);
  if (options.workload == "lora-step") return loraStepWorkload(model, ComputeKind::Float32);
  if (options.workload == "lora-step-bf16") return loraStepWorkload(model, ComputeKind::BFloat16);
  if (options.workload == "generate") return generateWorkload(model);
  return steeredWorkload(model);
}

void report(const BenchOptions& options, std::vector<double> seconds, std::int64_t tokens, std::int64_t peakBytes) {
  std::ranges::sort(seconds);
  print({{"workload", options.workload},
         {"seconds", {{"min", seconds.front()}, {"median", seconds[seconds.size() / 2]}, {"max", seconds.back()}}},
         {"repeats", seconds.size()},
         {"tokens", tokens},
         {"peak_rss_bytes", peakBytes},
         {"threads", at::get_num_threads()},
         {"dtype", "float32"}});
}

/// One child process from its start to its first logits; its peak memory comes back through a pipe.
Outcome<std::int64_t> runChild(const BenchOptions& options) {
  const std::string self = std::filesystem::read_symlink("/proc/self/exe").string();
  const std::string threads = std::to_string(at::get_num_threads());
  const std::string model = options.model.path();
  int ends[2];
  const auto failed = [](const char* what) {
    return Error{.code = "BENCH-01",
                 .what = "the child process failed",
                 .file = {},
                 .field = what,
                 .found = {},
                 .expected = {},
                 .advice = "See the lines above."};
  };
  if (pipe(ends) != 0) return failed("pipe");
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl(self.c_str(), self.c_str(), "bench", "first-logits", "--model", model.c_str(), "--threads", threads.c_str(),
          static_cast<char*>(nullptr));
    _exit(127);
  }
  close(ends[1]);
  std::string answer;
  char buffer[4096];
  for (ssize_t count = 0; (count = read(ends[0], buffer, sizeof buffer)) > 0;)
    answer.append(buffer, static_cast<std::size_t>(count));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  const auto json = parseJson(answer, "child");
  if (status != 0 || !json) return failed("exit");
  return json->at("peak_rss_bytes").get<std::int64_t>();
}

Exit benchLoad(const BenchOptions& options) {
  std::vector<double> seconds;
  std::int64_t peak = 0;
  for (int i = 0; i < options.repeat; ++i) {
    context().checkpoint();
    const auto start = Clock::now();
    const auto bytes = runChild(options);
    seconds.push_back(secondsSince(start));
    if (!bytes) return fail(bytes);
    peak = std::max(peak, *bytes);
  }
  report(options, std::move(seconds), 1, peak);
  return Exit::Done;
}

/// What the child of `load` does: load, one pass, first logits.
Exit firstLogits(const BenchOptions& options) {
  const auto model = options.model.load();
  if (!model) return fail(model);
  Sampling one;
  one.maxNewTokens = 1;
  const auto made = generate(**model, (*model)->text.tokenizer->encode(bench::kGenerate), one, {}, context());
  if (!made) return fail(made);
  print({{"best", made->first.best()}, {"peak_rss_bytes", systemMemory().peakBytes}});
  std::fflush(nullptr);
  // The result is out; giving half a gigabyte back page by page is the system's work, not the user's wait.
  _exit(0);
}

Exit runBench(const BenchOptions& options) {
  if (options.model.threads > 0) at::set_num_threads(options.model.threads);
  if (options.workload == "first-logits") return firstLogits(options);
  if (options.workload == "load") return benchLoad(options);
  const auto model = options.model.load();
  if (!model) return fail(model);
  const auto workload = makeWorkload(**model, options);
  if (!workload) return fail(workload);
  if (const auto warm = workload->once(); !warm) return fail(warm);
  std::vector<double> seconds;
  for (int i = 0; i < options.repeat; ++i) {
    const auto start = Clock::now();
    if (const auto done = workload->once(); !done) return fail(done);
    seconds.push_back(secondsSince(start));
  }
  report(options, std::move(seconds), workload->tokens, systemMemory().peakBytes);
  return Exit::Done;
}

}  // namespace

void addBench(CLI::App& app, std::vector<Verb>& verbs) {
  const auto options = std::make_shared<BenchOptions>();
  CLI::App* verb = app.add_subcommand("bench", "time a workload");
  options->model.addTo(*verb);
  verb->add_option("workload", options->workload, "what to time")
      ->required()
      ->check(CLI::IsMember({"load", "first-logits", "capture", "lens", "patchscope-column", "patchscope-grid",
                             "patch-grid", "heads", "generate", "generate-steered", "lora-step", "lora-step-bf16"}));
  verb->add_option("--repeat", options->repeat, "timed runs after one that is not timed")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  verb->add_option("--tokens", options->tokens, "length of the prompt (capture, lens)")->check(CLI::Range(1, 8192));
  verb->add_flag("--all-tokens", options->allTokens, "heads: at every token, not only at the last");
  addJsonFlag(*verb);
  verbs.push_back({verb, [options] { return runBench(*options); }});
}

}  // namespace patchbay::cli
