#include "core/analysis/paired_states.h"

#include "core/data/paired_places.h"

namespace patchbay {
namespace {

/// Bytes of the text behind each token; special tokens stand for no text. Counted from the end, where tokenizers that
/// put a blank before a text agree with those that do not.
std::vector<std::size_t> bytesBehind(const LanguageModel& model, const std::vector<std::int32_t>& ids) {
  std::vector<std::size_t> behind(ids.size(), 0);
  std::size_t bytes = 0;
  for (std::size_t i = ids.size(); i-- > 0;) {
    behind[i] = bytes;
    if (!model.text.tokenizer->isSpecial(ids[i])) bytes += model.text.tokenizer->bytesOf(ids[i]).size();
  }
  return behind;
}

}  // namespace

std::vector<std::pair<std::int64_t, std::int64_t>> pairedTokens(const LanguageModel& source,
                                                                const std::vector<std::int32_t>& sourceIds,
                                                                const LanguageModel& target,
                                                                const std::vector<std::int32_t>& targetIds) {
  return pairedPlaces(bytesBehind(source, sourceIds), bytesBehind(target, targetIds));
}

}  // namespace patchbay
