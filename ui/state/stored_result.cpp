#include "ui/state/stored_result.h"

#include "core/data/requests.h"

namespace patchbay::ui {
namespace {

ResultDocument documentOf(const SteeringVector& vector) {
  ResultDocument document;
  document.body = Json{{"name", vector.name},       {"model", vector.model},         {"method", vector.method},
                       {"site", std::string(factOf(vector.site).name)}, {"read", vector.read},
                       {"positives", vector.positives}, {"negatives", vector.negatives}};
  document.arrays["rows"] = vector.rows;
  document.arrays["meanNorms"] = vector.meanNorms;
  return document;
}

Outcome<SteeringVector> vectorFrom(const ResultDocument& document) {
  SteeringVector vector;
  try {
    document.body.at("name").get_to(vector.name);
    document.body.at("model").get_to(vector.model);
    document.body.at("method").get_to(vector.method);
    document.body.at("read").get_to(vector.read);
    document.body.at("positives").get_to(vector.positives);
    document.body.at("negatives").get_to(vector.negatives);
    vector.site = siteByName(document.body.at("site").get<std::string>()).value_or(Site::ResidPost);
  } catch (const Json::exception& failure) {
    return Error{.code = "JSON-04", .what = "a field of the vector has the wrong type", .file = {}, .field = {},
                 .found = failure.what(), .expected = {}, .advice = {}};
  }
  const auto rows = document.arrays.find("rows");
  const auto norms = document.arrays.find("meanNorms");
  if (rows == document.arrays.end() || norms == document.arrays.end()) {
    return Error{.code = "RUN-02", .what = "the vector's numbers are missing", .file = {}, .field = "rows", .found = {},
                 .expected = {}, .advice = "Make the vector again."};
  }
  vector.rows = rows->second;
  vector.meanNorms = norms->second;
  return vector;
}

template <typename Result>
Outcome<StoredResult> restore(const ResultDocument& document) {
  return StoredResult::fromOutcome(Result::fromDocument(document));
}

template <typename Result>
bool write(const StoredResult& result, ResultDocument& document) {
  const auto typed = result.as<Result>();
  if (typed) document = typed->toDocument();
  return typed != nullptr;
}

}  // namespace

ResultDocument toDocument(const StoredResult& result) {
  ResultDocument document;
  if (write<LensResult>(result, document) || write<PatchscopeResult>(result, document) || write<PatchResult>(result, document) ||
      write<SteerResult>(result, document) || write<GenerateResult>(result, document)) {
    return document;
  }
  if (const auto vector = result.as<SteeringVector>()) return documentOf(*vector);
  return document;
}

Outcome<StoredResult> resultFromDocument(const std::string& kind, const ResultDocument& document) {
  if (kind == LensRequest::kKind) return restore<LensResult>(document);
  if (kind == PatchscopeRequest::kKind) return restore<PatchscopeResult>(document);
  if (kind == PatchRequest::kKind) return restore<PatchResult>(document);
  if (kind == SteerRequest::kKind) return restore<SteerResult>(document);
  if (kind == GenerateRequest::kKind) return restore<GenerateResult>(document);
  if (kind == MakeVectorRequest::kKind) return StoredResult::fromOutcome(vectorFrom(document));
  return Error{.code = "RUN-01", .what = "this program does not know the kind of the run", .file = {}, .field = "kind",
               .found = kind, .expected = {}, .advice = "It may have been made by a newer version."};
}

}  // namespace patchbay::ui
