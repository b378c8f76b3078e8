#include "core/data/any_request.h"

namespace patchbay {
namespace {

template <typename Request>
Outcome<AnyRequest> parse(const Json& json) {
  auto request = fromJson<Request>(json, "session");
  if (!request) return request.template failure<AnyRequest>();
  return AnyRequest(std::move(*request));
}

Prompt sourceOf(const PatchscopeRequest& request) { return request.source; }
Prompt sourceOf(const PatchRequest& request) { return request.target; }
Prompt sourceOf(const PatchGridRequest& request) { return request.clean; }
Prompt sourceOf(const MakeVectorRequest& request) {
  return Prompt::plain(request.positives.empty() ? std::string() : request.positives.front());
}
template <typename Request>
Prompt sourceOf(const Request& request) {
  return request.prompt;
}

}  // namespace

Outcome<AnyRequest> requestFromJson(const std::string& kind, const Json& json) {
  if (kind == LensRequest::kKind) return parse<LensRequest>(json);
  if (kind == PatchscopeRequest::kKind) return parse<PatchscopeRequest>(json);
  if (kind == PatchRequest::kKind) return parse<PatchRequest>(json);
  if (kind == PatchGridRequest::kKind) return parse<PatchGridRequest>(json);
  if (kind == MakeVectorRequest::kKind) return parse<MakeVectorRequest>(json);
  if (kind == SteerRequest::kKind) return parse<SteerRequest>(json);
  if (kind == GenerateRequest::kKind) return parse<GenerateRequest>(json);
  return Error{.code = "RUN-01",
               .what = "this program does not know the kind of the run",
               .file = {},
               .field = "kind",
               .found = kind,
               .expected = {},
               .advice = "It may have been made by a newer version."};
}

Prompt promptOf(const AnyRequest& request) {
  return std::visit([](const auto& typed) { return sourceOf(typed); }, request);
}

const ModelRef& modelOf(const AnyRequest& request) {
  return std::visit([](const auto& typed) -> const ModelRef& { return typed.model; }, request);
}

}  // namespace patchbay
