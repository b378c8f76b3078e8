#include "core/data/asking.h"

#include <algorithm>
#include <cctype>
#include <map>

#include "core/base/each_once.h"

namespace patchbay {
namespace {

std::map<std::string, int> wordsOf(const std::string& text) {
  std::map<std::string, int> words;
  std::string word;
  const auto end = [&] {
    if (!word.empty()) ++words[word];
    word.clear();
  };
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    if (byte >= 0x80 || std::isalnum(byte))
      word += static_cast<char>(std::tolower(byte));
    else
      end();
  }
  end();
  return words;
}

int countOf(const std::map<std::string, int>& words) {
  int count = 0;
  for (const auto& [word, times] : words) count += times;
  return count;
}

}  // namespace

float wordOverlap(const std::string& answer, const std::string& other) {
  const auto first = wordsOf(answer), second = wordsOf(other);
  const int total = countOf(first);
  if (total == 0) return second.empty() ? 1 : 0;
  int shared = 0;
  for (const auto& [word, times] : first)
    if (const auto found = second.find(word); found != second.end()) shared += std::min(times, found->second);
  return static_cast<float>(shared) / static_cast<float>(total);
}

const ControlAnswer* AskResult::nearest() const {
  const auto found = std::ranges::max_element(controls, {}, &ControlAnswer::overlap);
  return found == controls.end() ? nullptr : &*found;
}

AskVerdict AskResult::verdict() const {
  if (controls.empty()) return AskVerdict::NotAsked;
  if (wordsOf(answer.generation.text).empty()) return AskVerdict::SaidNothing;
  AskVerdict verdict = AskVerdict::Holds;
  for (const ControlAnswer& control : controls) {
    if (!control.saysTheSame()) continue;
    // The model without its adapter reads the states too: that it says the same takes nothing from them.
    if (control.control == AskControl::Untrained) continue;
    if (control.control != AskControl::TextOnly) return AskVerdict::SameWithout;
    verdict = AskVerdict::TextEnough;
  }
  return verdict;
}

std::vector<AskedSpan> atLayer(const std::vector<AskedSpan>& spans, int layer) {
  std::vector<AskedSpan> there = spans;
  for (AskedSpan& span : there) span.layer = layer;
  return eachOnce(there);
}

ResultDocument AskResult::toDocument() const { return {.body = *this, .arrays = {}}; }

Outcome<AskResult> AskResult::fromDocument(const ResultDocument& document) {
  auto result = fromJson<AskResult>(document.body, "session");
  if (!result) return damagedResult(result.isError() ? result.error().found : std::string());
  const auto isPlace = [&](const AskedSpan& span) {
    return span.firstToken >= 0 && span.firstToken <= span.lastToken && span.lastToken < std::ssize(result->tokens) &&
           span.layer >= 0;
  };
  if (result->spans.empty() || !std::ranges::all_of(result->spans, isPlace)) return damagedResult("spans");
  if (result->firstPlace < 0 || result->firstPlace > std::ssize(result->readIds)) return damagedResult("firstPlace");
  return result;
}

}  // namespace patchbay
