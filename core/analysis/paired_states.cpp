#include "core/analysis/paired_states.h"

namespace patchbay {
namespace {

/// The byte of the text at which each token ends; special tokens stand for no text.
std::vector<std::size_t> ends(const LanguageModel& model, const std::vector<std::int32_t>& ids) {
  std::vector<std::size_t> places;
  std::size_t end = 0;
  for (const std::int32_t id : ids) {
    if (!model.text.tokenizer->isSpecial(id)) end += model.text.tokenizer->bytesOf(id).size();
    places.push_back(end);
  }
  return places;
}

}  // namespace

std::vector<std::pair<std::int64_t, std::int64_t>> pairedTokens(const LanguageModel& source,
                                                                const std::vector<std::int32_t>& sourceIds,
                                                                const LanguageModel& target,
                                                                const std::vector<std::int32_t>& targetIds) {
  const std::vector<std::size_t> left = ends(source, sourceIds), right = ends(target, targetIds);
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs;
  for (std::size_t i = 1, j = 1; i < left.size() && j < right.size();) {
    if (left[i] == right[j] && left[i] > 0) {
      pairs.emplace_back(i++, j++);
    } else if (left[i] < right[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  return pairs;
}

}  // namespace patchbay
