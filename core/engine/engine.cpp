#include "core/engine/engine.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <utility>

#include <sys/resource.h>
#include <unistd.h>

#include "core/analysis/activation_patch.h"
#include "core/analysis/attention.h"
#include "core/analysis/attribution.h"
#include "core/analysis/explore.h"
#include "core/analysis/logit_lens.h"
#include "core/analysis/map_file.h"
#include "core/analysis/map_fit.h"
#include "core/analysis/multi_hop.h"
#include "core/analysis/neurons.h"
#include "core/analysis/patch_grid.h"
#include "core/analysis/patchscope.h"
#include "core/analysis/patchscope_list.h"
#include "core/analysis/probe.h"
#include "core/analysis/soft_prompt_trainer.h"
#include "core/base/kept_states.h"
#include "core/base/log.h"
#include "core/checkpoint/array_file.h"
#include "core/data/file_requests.h"
#include "core/data/question_preview.h"
#include "core/decoder/asking.h"
#include "core/decoder/decoder_training.h"
#include "core/decoder/decoder_vector.h"
#include "core/decoder/learning_curve.h"
#include "core/decoder/meta_model.h"
#include "core/decoder/question_files.h"
#include "core/decoder/question_preview.h"
#include "core/engine/stream_limiter.h"
#include "core/model/devices.h"
#include "core/model/generator.h"
#include "core/steering/steer.h"
#include "core/steering/vector_file.h"
#include "core/steering/vector_maker.h"
#include "core/text/random_identity.h"

namespace patchbay {
namespace {

/// Nice value of the engine's thread and of the workers it starts: computing uses every core, and the window must
/// still get its turn at once.
constexpr int kComputeNiceness = 10;

/// On Linux a nice value belongs to a thread and is inherited by those it starts.
void yieldToTheWindow() {
  static thread_local const bool isDone = setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kComputeNiceness) == 0;
  (void)isDone;
}

Error notLoaded(const ModelRef& model) {
  return {.code = "MODEL-01",
          .what = "this run's model is not loaded",
          .file = model.path,
          .field = "model",
          .found = model.name + " " + model.fingerprint.substr(0, 8),
          .expected = "a loaded model",
          .advice = "Open the model and run again."};
}

/// Tells a stream of all that there is so far.
auto passOn(const std::function<void(const StreamedTokens&)>& stream) {
  return [&stream]<typename Part>(const Part& soFar) {
    if (stream) stream({.lane = 0, .soFar = {}, .part = std::make_shared<const Part>(soFar)});
  };
}

int computeThreads(int chosen) {
  return chosen > 0 ? chosen : static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

struct Engine::State {
  mutable std::mutex mutex;                            // guards `loaded` and `devices`
  std::vector<std::shared_ptr<LanguageModel>> loaded;  // used for computing on the queue's thread only
  std::vector<DeviceFact> devices{{.id = "cpu", .name = "CPU"}};
  std::atomic<int> threads{0};
  std::optional<PlainContinuation> plain;  // engine thread only
  std::string plainModel;
  /// The decoder that was asked last, and where it was read from; engine thread only.
  struct KeptDecoder {
    std::string folder, model;
    std::filesystem::file_time_type written;
    std::shared_ptr<LoadedDecoder> decoder;
  };
  std::optional<KeptDecoder> decoder;
  JobQueue queue{"engine"};  // last: joins before the rest goes

  [[nodiscard]] std::shared_ptr<LanguageModel> find(const std::string& fingerprint) const {
    const std::lock_guard lock(mutex);
    const auto found =
        std::ranges::find(loaded, fingerprint, [](const auto& model) { return model->card.ref.fingerprint; });
    return found != loaded.end() ? *found : nullptr;
  }

  /// The second model of a request, which may be the first.
  [[nodiscard]] std::shared_ptr<LanguageModel> other(const std::shared_ptr<LanguageModel>& first,
                                                     const ModelRef& second) const {
    return second.fingerprint.empty() || second.fingerprint == first->card.ref.fingerprint ? first
                                                                                           : find(second.fingerprint);
  }

  template <typename Request>
  Outcome<typename Request::Result> compute(const Request& request, JobContext& context,
                                            const std::function<void(const StreamedTokens&)>& stream) {
    yieldToTheWindow();
    if (const int wanted = computeThreads(threads); wanted != at::get_num_threads()) at::set_num_threads(wanted);
    if constexpr (std::is_same_v<Request, LoadModelRequest>) {
      return load(request, context);
    } else if constexpr (std::is_same_v<Request, ImportVectorRequest>) {
      return readVector(request.path);
    } else if constexpr (std::is_same_v<Request, FindDecoderRequest>) {
      return findDecoder(request.folder);
    } else if constexpr (std::is_same_v<Request, PreviewQuestionsRequest>) {
      return previewQuestions(request);
    } else if constexpr (std::is_same_v<Request, ExportVectorRequest>) {
      const auto written = writeVector(request.path, *request.vector);
      if (!written) return written.template failure<WrittenFile>();
      return WrittenFile{request.path};
    } else if constexpr (std::is_same_v<Request, ExportMapRequest>) {
      const auto written = writeMap(request.path, *request.map);
      if (!written) return written.template failure<WrittenFile>();
      return WrittenFile{request.path};
    } else if constexpr (std::is_same_v<Request, ExportPromptRequest>) {
      const auto written = writeSoftPrompt(request.path, *request.prompt);
      if (!written) return written.template failure<WrittenFile>();
      return WrittenFile{request.path};
    } else if constexpr (std::is_same_v<Request, KeptStatesRequest>) {
      if (request.isDeleting) deleteKeptStates();
      return KeptStates{keptStatesSize()};
    } else if constexpr (std::is_same_v<Request, ExportArraysRequest>) {
      const auto written = writeNpz(request.path, {.arrays = request.arrays, .metadata = {}});
      if (!written) return written.template failure<WrittenFile>();
      return WrittenFile{request.path};
    } else {
      const std::shared_ptr<LanguageModel> model = find(request.model.fingerprint);
      if (!model) return notLoaded(request.model);
      if constexpr (std::is_same_v<Request, LensRequest>) return runLens(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, PatchscopeRequest>) {
        const std::shared_ptr<LanguageModel> writer = other(model, request.targetModel);
        if (!writer) return notLoaded(request.targetModel);
        return runPatchscope(*model, *writer, request, context, stream);
      }
      if constexpr (std::is_same_v<Request, LearnPromptRequest>)
        return runLearnPrompt(*model, request, context, passOn(stream));
      if constexpr (std::is_same_v<Request, FitMapRequest>) {
        const std::shared_ptr<LanguageModel> target = other(model, request.target);
        if (!target) return notLoaded(request.target);
        return runFitMap(*model, *target, request, context);
      }
      if constexpr (std::is_same_v<Request, MetaModelRequest>) {
        const std::shared_ptr<LanguageModel> reader = other(model, request.reader);
        if (!reader) return notLoaded(request.reader);
        return runMetaModel(*model, *reader, request, context);
      }
      if constexpr (std::is_same_v<Request, PatchscopeListRequest>) {
        const std::shared_ptr<LanguageModel> writer = other(model, request.targetModel);
        if (!writer) return notLoaded(request.targetModel);
        return runPatchscopeList(*model, *writer, request, context);
      }
      if constexpr (std::is_same_v<Request, AttentionRequest>) return runAttention(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, NeuronsRequest>) return runNeurons(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, ExploreRequest>) return runExplore(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, ProbeRequest>) return runProbe(*model, request, context);
      if constexpr (std::is_same_v<Request, MultiHopRequest>) return runMultiHop(*model, request, context);
      if constexpr (std::is_same_v<Request, AskRequest>) {
        const std::shared_ptr<LanguageModel> reader = other(model, request.reader);
        if (!reader) return notLoaded(request.reader);
        // Kept alive: while this is paused, another decoder may take its place.
        const auto asked = decoderOf(*reader, request.decoder);
        if (!asked) return asked.template failure<AskResult>();
        return runAsk(*model, *reader, **asked, request, context, stream);
      }
      if constexpr (std::is_same_v<Request, DecoderVectorRequest>) return vectorOf(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, TrainDecoderRequest>) return train(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, LearningCurveRequest>) return compare(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, AttributionRequest>) return runAttribution(*model, request, context);
      if constexpr (std::is_same_v<Request, PatchRequest>) return runPatch(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, PatchGridRequest>) return runPatchGrid(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, MakeVectorRequest>) return makeVector(*model, request, context);
      if constexpr (std::is_same_v<Request, SteerRequest>) return steer(*model, request, context, stream);
      if constexpr (std::is_same_v<Request, GenerateRequest>) return continuation(*model, request, context, stream);
    }
  }

  static Outcome<DecoderVectorResult> vectorOf(LanguageModel& model, const DecoderVectorRequest& request,
                                               JobContext& context,
                                               const std::function<void(const StreamedTokens&)>& stream) {
    // A paused analysis that let this through computes without gradients, and what is read then could not be kept.
    const at::InferenceMode recording(false);
    const auto folder = decoderFolder(request.decoder.folder);
    if (!folder) return folder.failure<DecoderVectorResult>();
    const auto digest = checkDecoder(*folder, request.decoder.digest);
    if (!digest) return digest.failure<DecoderVectorResult>();
    const auto stored = readDecoder(*folder, model);
    if (!stored) return stored.failure<DecoderVectorResult>();
    return runDecoderVector(model, *stored, request, context, passOn(stream));
  }

  static Outcome<TrainDecoderResult> train(LanguageModel& model, const TrainDecoderRequest& request,
                                           JobContext& context,
                                           const std::function<void(const StreamedTokens&)>& stream) {
    const auto data = questionsFor(request);
    if (!data) return data.failure<TrainDecoderResult>();
    return runTrainDecoder(model, *data, request, context, passOn(stream));
  }

  static Outcome<LearningCurveResult> compare(LanguageModel& model, const LearningCurveRequest& request,
                                              JobContext& context,
                                              const std::function<void(const StreamedTokens&)>& stream) {
    const auto data = questionsFor(request.data, request.withBuiltin);
    if (!data) return data.failure<LearningCurveResult>();
    return runLearningCurve(model, *data, request, context, passOn(stream));
  }

  Outcome<QuestionPreview> previewQuestions(const PreviewQuestionsRequest& request) {
    const std::shared_ptr<LanguageModel> model = find(request.model.fingerprint);
    if (!model) return notLoaded(request.model);
    const auto data = questionsFor(request.data, request.withBuiltin);
    if (!data) return data.failure<QuestionPreview>();
    auto examples = previewExamples(*data, model->text, request.seed, request.prompts, request.recall);
    if (!examples) return examples.failure<QuestionPreview>();
    return QuestionPreview{.counts = countQuestions(*data), .examples = std::move(*examples)};
  }

  static Outcome<FoundDecoder> findDecoder(const std::string& named) {
    const auto folder = decoderFolder(named);
    if (!folder) return folder.failure<FoundDecoder>();
    auto card = readDecoderCard(*folder);
    if (!card) return card.failure<FoundDecoder>();
    const auto digest = decoderDigest(*folder);
    if (!digest) return digest.failure<FoundDecoder>();
    return FoundDecoder{.ref = {.name = card->name, .folder = named, .digest = *digest}, .card = std::move(*card)};
  }

  /// The decoder of a request, read anew when it is another one or was written since.
  Outcome<std::shared_ptr<LoadedDecoder>> decoderOf(const LanguageModel& model, const DecoderRef& wanted) {
    const auto folder = decoderFolder(wanted.folder);
    if (!folder) return folder.failure<std::shared_ptr<LoadedDecoder>>();
    std::error_code failure;
    const auto written = std::filesystem::last_write_time(*folder + "/adapter_model.safetensors", failure);
    const std::string& fingerprint = model.card.ref.fingerprint;
    const bool isKept = decoder && decoder->folder == *folder && decoder->model == fingerprint &&
                        decoder->written == written &&
                        (wanted.digest.empty() || wanted.digest == decoder->decoder->digest);
    if (!isKept) {
      decoder.reset();
      auto read = loadDecoder(*folder, wanted.digest, model);
      if (!read) return read.failure<std::shared_ptr<LoadedDecoder>>();
      decoder.emplace(KeptDecoder{.folder = *folder,
                                  .model = fingerprint,
                                  .written = written,
                                  .decoder = std::make_shared<LoadedDecoder>(std::move(*read))});
    }
    return decoder->decoder;
  }

  Outcome<ModelCard> load(const LoadModelRequest& request, JobContext& context) {
    {
      // Here, for a driver may keep who asks waiting.
      std::vector<DeviceFact> found = computeDevices();
      const std::lock_guard lock(mutex);
      devices = std::move(found);
    }
    std::string path = request.path;
    if (path == "default") {
      const auto known = defaultModelPath();
      if (!known) {
        return Error{.code = "MODEL-02",
                     .what = "the model that comes with the program is not there",
                     .file = {},
                     .field = "PATCHBAY_DEFAULT_MODEL",
                     .found = "no file",
                     .expected = "a GGUF file",
                     .advice = "Run packaging/start.sh, or open another model."};
      }
      path = *known;
    }
    LoadOptions options{.dtype = request.dtype, .device = request.device};
    if (const auto bundled = defaultModelPath()) options.known.push_back(*bundled);
    {
      const std::lock_guard lock(mutex);
      for (const auto& other : loaded) options.known.push_back(other->card.ref.path);
    }
    Outcome<std::shared_ptr<LanguageModel>> model = loadModel(path, options, context);
    if (!model) return model.failure<ModelCard>();
    ModelCard card = (*model)->card;
    // The decoder that was asked last may hold the weights that this load replaces.
    if (decoder && decoder->model == card.ref.fingerprint) decoder.reset();
    // The same weights in another type or elsewhere continue a prompt in another way.
    if (plainModel == card.ref.fingerprint) plain.reset();
    const std::lock_guard lock(mutex);
    std::erase_if(loaded, [&](const auto& other) { return other->card.ref.fingerprint == card.ref.fingerprint; });
    loaded.push_back(std::move(model).value());
    return card;
  }

  Outcome<SteerResult> steer(LanguageModel& model, const SteerRequest& request, JobContext& context,
                             const std::function<void(const StreamedTokens&)>& stream) {
    // Taken out meanwhile, for another steered run may come through while this one is paused; put back also when it
    // stops.
    struct Borrowed {
      State& state;
      std::string model;
      std::optional<PlainContinuation> known = std::exchange(state.plain, std::nullopt);
      ~Borrowed() {
        state.plain = std::move(known);
        state.plainModel = std::move(model);
      }
    } borrowed{.state = *this, .model = model.card.ref.fingerprint};
    if (plainModel != borrowed.model) borrowed.known.reset();
    return runSteer(model, request, context, borrowed.known, stream);
  }

  static Outcome<GenerateResult> continuation(LanguageModel& model, const GenerateRequest& request, JobContext& context,
                                              const std::function<void(const StreamedTokens&)>& stream) {
    const auto start = std::chrono::steady_clock::now();
    const auto ids = model.text.encode(request.prompt);
    if (!ids) return ids.failure<GenerateResult>();
    const auto sink = [&](const Generation& soFar) {
      if (stream) stream({0, soFar});
    };
    Outcome<Continuation> made = generate(model, *ids, request.sampling, {}, context, sink);
    if (!made) return made.failure<GenerateResult>();
    GenerateResult result{
        .promptTokens = model.text.facts(*ids), .generation = std::move(made->generation), .seconds = 0};
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
  }
};

Engine::Engine() : m_state(std::make_unique<State>()) {}
Engine::~Engine() = default;

std::vector<DeviceFact> Engine::devices() const {
  const std::lock_guard lock(m_state->mutex);
  return m_state->devices;
}

template <typename Request>
JobId Engine::submit(Request request, JobOptions options, Callbacks<Request> callbacks) {
  using Result = typename Request::Result;
  auto outcome = std::make_shared<std::optional<Outcome<Result>>>();
  auto shared = std::make_shared<Callbacks<Request>>(std::move(callbacks));
  auto work = [state = m_state.get(), request = std::move(request), shared, outcome](JobContext& context) {
    context.addProgressSink(shared->progress);
    StreamLimiter limiter(shared->tokens);
    *outcome = state->compute(request, context,
                              shared->tokens ? std::function<void(const StreamedTokens&)>(std::ref(limiter)) : nullptr);
    limiter.flush();
    // A pause is no time of work.
    if constexpr (requires(Result & result) { result.seconds; })
      if (outcome->value()) (**outcome)->seconds -= context.heldSeconds();
  };
  auto finish = [shared, outcome](Outcome<Done> ended) {
    if (!shared->done) return;
    if (!ended) return shared->done(ended.template failure<Result>());
    shared->done(std::move(**outcome));
  };
  return m_state->queue.submit(std::move(options), std::move(work), std::move(finish));
}

template JobId Engine::submit(LoadModelRequest, JobOptions, Callbacks<LoadModelRequest>);
template JobId Engine::submit(LensRequest, JobOptions, Callbacks<LensRequest>);
template JobId Engine::submit(PatchscopeRequest, JobOptions, Callbacks<PatchscopeRequest>);
template JobId Engine::submit(PatchRequest, JobOptions, Callbacks<PatchRequest>);
template JobId Engine::submit(PatchGridRequest, JobOptions, Callbacks<PatchGridRequest>);
template JobId Engine::submit(PatchscopeListRequest, JobOptions, Callbacks<PatchscopeListRequest>);
template JobId Engine::submit(AttentionRequest, JobOptions, Callbacks<AttentionRequest>);
template JobId Engine::submit(AttributionRequest, JobOptions, Callbacks<AttributionRequest>);
template JobId Engine::submit(NeuronsRequest, JobOptions, Callbacks<NeuronsRequest>);
template JobId Engine::submit(ExploreRequest, JobOptions, Callbacks<ExploreRequest>);
template JobId Engine::submit(ProbeRequest, JobOptions, Callbacks<ProbeRequest>);
template JobId Engine::submit(MetaModelRequest, JobOptions, Callbacks<MetaModelRequest>);
template JobId Engine::submit(MultiHopRequest, JobOptions, Callbacks<MultiHopRequest>);
template JobId Engine::submit(LearningCurveRequest, JobOptions, Callbacks<LearningCurveRequest>);
template JobId Engine::submit(TrainDecoderRequest, JobOptions, Callbacks<TrainDecoderRequest>);
template JobId Engine::submit(DecoderVectorRequest, JobOptions, Callbacks<DecoderVectorRequest>);
template JobId Engine::submit(AskRequest, JobOptions, Callbacks<AskRequest>);
template JobId Engine::submit(FitMapRequest, JobOptions, Callbacks<FitMapRequest>);
template JobId Engine::submit(LearnPromptRequest, JobOptions, Callbacks<LearnPromptRequest>);
template JobId Engine::submit(MakeVectorRequest, JobOptions, Callbacks<MakeVectorRequest>);
template JobId Engine::submit(SteerRequest, JobOptions, Callbacks<SteerRequest>);
template JobId Engine::submit(GenerateRequest, JobOptions, Callbacks<GenerateRequest>);
template JobId Engine::submit(PreviewQuestionsRequest, JobOptions, Callbacks<PreviewQuestionsRequest>);
template JobId Engine::submit(FindDecoderRequest, JobOptions, Callbacks<FindDecoderRequest>);
template JobId Engine::submit(ImportVectorRequest, JobOptions, Callbacks<ImportVectorRequest>);
template JobId Engine::submit(ExportVectorRequest, JobOptions, Callbacks<ExportVectorRequest>);
template JobId Engine::submit(ExportMapRequest, JobOptions, Callbacks<ExportMapRequest>);
template JobId Engine::submit(ExportPromptRequest, JobOptions, Callbacks<ExportPromptRequest>);
template JobId Engine::submit(KeptStatesRequest, JobOptions, Callbacks<KeptStatesRequest>);
template JobId Engine::submit(ExportArraysRequest, JobOptions, Callbacks<ExportArraysRequest>);

void Engine::cancel(JobId id) { m_state->queue.cancel(id); }
void Engine::cancelAll() { m_state->queue.cancelAll(); }
void Engine::setPaused(JobId id, bool paused) { m_state->queue.setPaused(id, paused); }
void Engine::runNext(JobId id) { m_state->queue.runNext(id); }
std::vector<JobFact> Engine::jobs() const { return m_state->queue.jobs(); }
void Engine::setJobListener(std::function<void()> listener) { m_state->queue.setListener(std::move(listener)); }
void Engine::drain() { m_state->queue.drain(); }

std::vector<ModelCard> Engine::models() const {
  const std::lock_guard lock(m_state->mutex);
  std::vector<ModelCard> cards;
  for (const auto& model : m_state->loaded) cards.push_back(model->card);
  return cards;
}

void Engine::freeModel(const std::string& fingerprint) {
  std::shared_ptr<LanguageModel> freed = m_state->find(fingerprint);
  if (!freed) return;
  {
    const std::lock_guard lock(m_state->mutex);
    std::erase(m_state->loaded, freed);
  }
  // Giving back gigabytes takes a while, so it happens behind the requests that still use the model.
  const std::string title = "Freeing " + freed->card.ref.name;
  m_state->queue.submit(
      {.title = title, .replaceKey = {}},
      [state = m_state.get(), freed = std::move(freed)](JobContext&) mutable {
        if (state->decoder && state->decoder->model == freed->card.ref.fingerprint) state->decoder.reset();
        freed.reset();
      },
      [](Outcome<Done>) {});
}

Outcome<TokenizedPrompt> Engine::tokenize(const std::string& fingerprint, const Prompt& prompt) const {
  const std::shared_ptr<LanguageModel> model = m_state->find(fingerprint);
  if (!model) return notLoaded({.fingerprint = fingerprint, .name = {}, .path = {}});
  auto rendered = model->text.render(prompt);
  if (!rendered) return rendered.failure<TokenizedPrompt>();
  const auto ids = model->text.tokenizer->encode(
      *rendered, {.parseSpecial = prompt.isChat || prompt.parseSpecial, .addSpecial = !prompt.isChat});
  return TokenizedPrompt{.rendered = std::move(rendered).value(), .tokens = model->text.facts(ids)};
}

Outcome<std::string> Engine::randomIdentity(const std::string& fingerprint, std::uint64_t seed) const {
  const std::shared_ptr<LanguageModel> model = m_state->find(fingerprint);
  if (!model) return notLoaded({.fingerprint = fingerprint, .name = {}, .path = {}});
  return patchbay::randomIdentity(*model->text.tokenizer, seed);
}

void Engine::setThreadCount(int threads) { m_state->threads = std::clamp(threads, 0, 1024); }

int Engine::threadCount() const { return computeThreads(m_state->threads); }

Outcome<std::string> decoderFolder(const std::string& named) {
  if (named != "default") return named;
  std::vector<std::string> candidates;
  if (const char* chosen = std::getenv("PATCHBAY_DEFAULT_DECODER")) candidates.emplace_back(chosen);
#ifdef PATCHBAY_DEFAULT_DECODER
  candidates.emplace_back(PATCHBAY_DEFAULT_DECODER);
#endif
  std::error_code failure;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (!failure) candidates.push_back((binary.parent_path() / "decoder").string());
  for (const std::string& path : candidates)
    if (std::filesystem::exists(path + "/decoder.json", failure)) return path;
  return Error{.code = "DEC-05",
               .what = "the decoder that comes with the program is not there",
               .file = {},
               .field = "PATCHBAY_DEFAULT_DECODER",
               .found = "no folder with a decoder",
               .expected = "resources/decoder/default",
               .advice = "Choose another decoder, or train one."};
}

std::optional<std::string> defaultModelPath() {
  std::vector<std::string> candidates;
  if (const char* chosen = std::getenv("PATCHBAY_DEFAULT_MODEL")) candidates.emplace_back(chosen);
#ifdef PATCHBAY_DEFAULT_MODEL
  candidates.emplace_back(PATCHBAY_DEFAULT_MODEL);
#endif
  std::error_code failure;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", failure);
  if (!failure) candidates.push_back((binary.parent_path() / "SmolLM2-135M-Instruct.Q4_1.gguf").string());
  for (const std::string& path : candidates)
    if (std::filesystem::exists(path, failure)) return path;
  return std::nullopt;
}

}  // namespace patchbay
