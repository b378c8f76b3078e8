#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/memory.h"
#include "core/base/outcome.h"
#include "core/data/any_request.h"
#include "core/data/device_fact.h"
#include "core/jobs/job_queue.h"

namespace patchbay {

/// How the caller hears of a request. All are called on the engine's thread; `done` exactly once.
template <typename Request>
struct Callbacks {
  std::function<void(Outcome<typename Request::Result>)> done;
  std::function<void(const Progress&)> progress;      ///< optional
  std::function<void(const StreamedTokens&)> tokens;  ///< optional; at most 20 a second, the last one always
};

/// Numbers for the memory gauge.
using MemoryFact = SystemMemory;

/// The façade over everything that computes: typed requests in, one Outcome out.
///
/// Owns the loaded models on its own thread. Its headers show plain values only.
/// Thread   all functions from any thread.
class Engine {
public:
  Engine();
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Queues a request. Instantiated for LoadModelRequest, every alternative of AnyRequest, ImportVectorRequest,
  /// ExportVectorRequest, ExportMapRequest, ExportPromptRequest, ExportArraysRequest, KeptStatesRequest.
  /// Errors   MODEL-01 when the request's model is not loaded; those of each computation.
  template <typename Request>
  JobId submit(Request request, JobOptions options, Callbacks<Request> callbacks);

  void cancel(JobId id);
  void cancelAll();
  void setPaused(JobId id, bool paused);
  void runNext(JobId id);
  [[nodiscard]] std::vector<JobFact> jobs() const;
  /// Called on any change of the job list, on any thread.
  void setJobListener(std::function<void()> listener);
  void drain();

  /// The models in memory, in order of loading.
  [[nodiscard]] std::vector<ModelCard> models() const;
  /// Gives a model's memory back once running requests on it have ended.
  void freeModel(const std::string& fingerprint);

  /// Tokens of a prompt for a loaded model, at once, on the calling thread (microseconds for a line of text).
  /// Errors   MODEL-01; TPL-* when the chat template fails.
  [[nodiscard]] Outcome<TokenizedPrompt> tokenize(const std::string& fingerprint, const Prompt& prompt) const;

  /// A token-identity prompt over words drawn from a loaded model's vocabulary.
  /// Errors   MODEL-01; PRE-01.
  [[nodiscard]] Outcome<std::string> randomIdentity(const std::string& fingerprint, std::uint64_t seed) const;

  /// Threads of one computation, 0: as many as the machine has; takes effect with the next request.
  void setThreadCount(int threads);
  [[nodiscard]] int threadCount() const;
  [[nodiscard]] static MemoryFact memory() { return systemMemory(); }
  /// What a model can be loaded on, the processor first; the others are known from the first load on.
  [[nodiscard]] std::vector<DeviceFact> devices() const;

private:
  struct State;
  std::unique_ptr<State> m_state;
};

/// The folder of a decoder that a request names: "default" is the one that comes with the program, beside the binary,
/// in the source folder, or PATCHBAY_DEFAULT_DECODER. Errors   DEC-05 it is not there.
[[nodiscard]] Outcome<std::string> decoderFolder(const std::string& named);

/// Path of the model that comes with the program: beside the binary, in the build's venv, or PATCHBAY_DEFAULT_MODEL.
[[nodiscard]] std::optional<std::string> defaultModelPath();

}  // namespace patchbay
