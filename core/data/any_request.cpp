#include "core/data/any_request.h"

#include <optional>
#include <type_traits>

namespace patchbay {
namespace {

template <typename Request>
Outcome<AnyRequest> parse(const Json& json) {
  auto request = fromJson<Request>(json, "session");
  if (!request) return request.template failure<AnyRequest>();
  return AnyRequest(std::move(*request));
}

template <typename... Requests>
void parseAny(const std::string& kind, const Json& json, std::optional<Outcome<AnyRequest>>& request,
              std::variant<Requests...>*) {
  ((kind == Requests::kKind ? (request = parse<Requests>(json), true) : false) || ...);
}

Prompt sourceOf(const PatchscopeRequest& request) { return request.source; }
Prompt sourceOf(const PatchRequest& request) { return request.target; }
Prompt sourceOf(const PatchGridRequest& request) { return request.clean; }
Prompt sourceOf(const PatchscopeListRequest& request) {
  return Prompt::plain(request.list.items.empty() ? std::string() : request.list.items.front().source);
}
Prompt sourceOf(const ExploreRequest& request) {
  if (!request.texts.empty()) return Prompt::plain(request.texts.front());
  return request.others.empty() ? request.prompt : Prompt::plain(request.others.front());
}
Prompt sourceOf(const MultiHopRequest& request) {
  return Prompt::plain(request.list.items.empty() ? std::string() : request.list.items.front().first);
}
Prompt sourceOf(const FitMapRequest& request) {
  return Prompt::plain(request.texts.empty() ? std::string() : request.texts.front());
}
Prompt sourceOf(const LearnPromptRequest& request) { return Prompt::plain(request.text); }
Prompt sourceOf(const ProbeRequest& request) {
  return Prompt::plain(request.list.items.empty() ? std::string() : request.list.items.front().text);
}
Prompt sourceOf(const DecoderVectorRequest& request) { return Prompt::plain(request.question); }
Prompt sourceOf(const TrainDecoderRequest&) { return Prompt::plain({}); }
Prompt sourceOf(const MetaModelRequest&) { return Prompt::plain({}); }
Prompt sourceOf(const LearningCurveRequest&) { return Prompt::plain({}); }
Prompt sourceOf(const MakeVectorRequest& request) {
  return Prompt::plain(request.positives.empty() ? std::string() : request.positives.front());
}
template <typename Request>
Prompt sourceOf(const Request& request) {
  return request.prompt;
}

}  // namespace

Error unknownKind(const std::string& kind) {
  return {.code = "RUN-01",
          .what = "this program does not know the kind of the run",
          .file = {},
          .field = "kind",
          .found = kind,
          .expected = {},
          .advice = "It may have been made by a newer version."};
}

Outcome<AnyRequest> requestFromJson(const std::string& kind, const Json& json) {
  std::optional<Outcome<AnyRequest>> request;
  parseAny(kind, json, request, static_cast<AnyRequest*>(nullptr));
  if (request) return std::move(*request);
  return unknownKind(kind);
}

Prompt promptOf(const AnyRequest& request) {
  return std::visit([](const auto& typed) { return sourceOf(typed); }, request);
}

bool isTraining(const AnyRequest& request) {
  return std::visit([](const auto& typed) { return kIsTraining<std::decay_t<decltype(typed)>>; }, request);
}

const ModelRef& modelOf(const AnyRequest& request) {
  return std::visit([](const auto& typed) -> const ModelRef& { return typed.model; }, request);
}

}  // namespace patchbay
