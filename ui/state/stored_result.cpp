#include "ui/state/stored_result.h"

#include <optional>

#include "core/data/any_request.h"

namespace patchbay::ui {
namespace {

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

template <typename... Requests>
void writeOneOf(const StoredResult& result, ResultDocument& document, std::variant<Requests...>*) {
  (void)(write<typename Requests::Result>(result, document) || ...);
}

template <typename... Requests>
void restoreOneOf(const std::string& kind, const ResultDocument& document, std::optional<Outcome<StoredResult>>& result,
                  std::variant<Requests...>*) {
  (void)((kind == Requests::kKind ? (result = restore<typename Requests::Result>(document), true) : false) || ...);
}

}  // namespace

ResultDocument toDocument(const StoredResult& result) {
  ResultDocument document;
  writeOneOf(result, document, static_cast<AnyRequest*>(nullptr));
  return document;
}

Outcome<StoredResult> resultFromDocument(const std::string& kind, const ResultDocument& document) {
  std::optional<Outcome<StoredResult>> result;
  restoreOneOf(kind, document, result, static_cast<AnyRequest*>(nullptr));
  if (result) return std::move(*result);
  return unknownKind(kind);
}

}  // namespace patchbay::ui
