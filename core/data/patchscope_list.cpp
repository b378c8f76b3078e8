#include "core/data/patchscope_list.h"

#include <algorithm>
#include <cctype>

#include "core/data/item_list.h"
#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostItems = 2000;

constexpr NamedArray<PatchscopeListResult> kArrays[] = {{"first_p", &PatchscopeListResult::firstP},
                                                        {"surprisal", &PatchscopeListResult::surprisal},
                                                        {"contains", &PatchscopeListResult::contains},
                                                        {"text_only", &PatchscopeListResult::textOnly}};

std::string misfit(const PatchscopeListResult& result) {
  const std::int64_t layers = std::ssize(result.layers), items = std::ssize(result.items);
  if (layers == 0) return "layers";
  if (items == 0) return "items";
  const std::vector<std::int64_t> shape{std::ssize(kListArms), layers, items};
  if (result.firstP.shape() != shape) return "first_p";
  if (result.surprisal.shape() != shape) return "surprisal";
  if (result.contains.shape() != shape) return "contains";
  if (result.textOnly.shape() != std::vector<std::int64_t>{3, items}) return "text_only";
  for (const ListedItem& item : result.items)
    if (item.item < 0 || std::ssize(item.says) != layers) return "items";
  return {};
}

Error listError(const std::string& file, std::string field, std::string found, const char* expected) {
  return {.code = "LIST-01",
          .what = "this is no list of facts",
          .file = file,
          .field = std::move(field),
          .found = std::move(found),
          .expected = expected,
          .advice = "Write {\"title\", \"target\", \"text\", \"items\": [{\"source\", \"subject\", \"answers\"}]}."};
}

std::string trimmedLower(const std::string& text) {
  const auto isBlank = [](unsigned char letter) { return std::isspace(letter) != 0; };
  const auto begin = std::find_if_not(text.begin(), text.end(), isBlank);
  const auto end = std::find_if_not(text.rbegin(), std::make_reverse_iterator(begin), isBlank).base();
  std::string lower(begin, end);
  std::ranges::transform(lower, lower.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return lower;
}

/// Whether `word` stands in `text` as a word of its own: "ate" does not in "water".
bool standsIn(const std::string& text, const std::string& word) {
  const auto isLetter = [&](std::size_t place) {
    return place < text.size() && std::isalnum(static_cast<unsigned char>(text[place])) != 0;
  };
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1))
    if ((at == 0 || !isLetter(at - 1)) && !isLetter(at + word.size())) return true;
  return false;
}

}  // namespace

Outcome<FactList> readFactList(const std::string& text, const std::string& file) {
  const auto notOne = [&file](std::string field, std::string found, const char* expected) {
    return listError(file, std::move(field), std::move(found), expected);
  };
  auto list = parseItemList<FactList>(text, file, notOne);
  if (!list) return list;
  if (list->target.empty()) return notOne("target", "nothing", "the target prompt");
  if (list->text.find("{subject}") == std::string::npos)
    return notOne("text", "'" + list->text + "'", "a sentence with {subject} in it");
  if (list->items.empty()) return notOne("items", "none", "at least one");
  if (auto refused = refuseLength(list->items.size(), kMostItems, file)) return *refused;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const FactItem& item = list->items[i];
    const std::string place = "items[" + std::to_string(i) + "]";
    if (item.subject.empty() || !item.source.ends_with(item.subject))
      return notOne(place + ".source", "'" + item.source + "'", "a text that ends with the subject");
    if (item.answers.empty() ||
        std::ranges::any_of(item.answers, [](const auto& answer) { return trimmedLower(answer).empty(); }))
      return notOne(place + ".answers", "none, or an empty one", "one or more");
  }
  if (list->title.empty()) list->title = list->id.empty() ? "List" : list->id;
  return list;
}

bool containsAnswer(const std::string& text, const std::vector<std::string>& answers) {
  const std::string lower = trimmedLower(text);
  return std::ranges::any_of(answers, [&](const std::string& answer) { return standsIn(lower, trimmedLower(answer)); });
}

ResultDocument PatchscopeListResult::toDocument() const {
  return {.body = {{"target_tokens", targetTokens},
                   {"layers", layers},
                   {"items", items},
                   {"unknown", unknown},
                   {"text_only_says", textOnlySays},
                   {"warnings", warnings},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kArrays)};
}

Outcome<PatchscopeListResult> PatchscopeListResult::fromDocument(const ResultDocument& document) {
  return resultFrom<PatchscopeListResult>(document, kArrays, &misfit,
                                          [](const Json& body, PatchscopeListResult& result) {
                                            body.at("target_tokens").get_to(result.targetTokens);
                                            body.at("layers").get_to(result.layers);
                                            body.at("items").get_to(result.items);
                                            body.at("unknown").get_to(result.unknown);
                                            body.at("text_only_says").get_to(result.textOnlySays);
                                            body.at("warnings").get_to(result.warnings);
                                            body.at("seconds").get_to(result.seconds);
                                          });
}

}  // namespace patchbay
