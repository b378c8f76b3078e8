#include "core/data/multi_hop.h"

#include <algorithm>
#include <cctype>

#include "core/data/item_list.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostItems = 500;
constexpr const char* kContains = "contains";
constexpr const char* kBridge = "{bridge}";
constexpr int kArms = 2;

Error listError(const std::string& file, std::string field, std::string found, const char* expected) {
  return {.code = "LIST-01",
          .what = "this is no list of questions in two steps",
          .file = file,
          .field = std::move(field),
          .found = std::move(found),
          .expected = expected,
          .advice = "Write {\"title\", \"items\": [{\"first\", \"second\", \"bridge\", \"answers\"}]}."};
}

bool areWords(const std::vector<std::string>& names) {
  return !names.empty() && std::ranges::all_of(names, [](const std::string& name) {
    return std::ranges::any_of(name, [](unsigned char letter) { return std::isspace(letter) == 0; });
  });
}

double shareOf(const std::vector<HoppedItem>& items, bool HoppedItem::*isRight) {
  return items.empty() ? 0
                       : static_cast<double>(std::ranges::count_if(items, isRight)) / static_cast<double>(items.size());
}

}  // namespace

Outcome<HopList> readHopList(const std::string& text, const std::string& file) {
  const auto notOne = [&file](std::string field, std::string found, const char* expected) {
    return listError(file, std::move(field), std::move(found), expected);
  };
  auto list = parseItemList<HopList>(text, file, notOne);
  if (!list) return list;
  if (list->items.empty()) return notOne("items", "none", "at least one");
  if (auto refused = refuseLength(list->items.size(), kMostItems, file)) return *refused;
  for (std::size_t i = 0; i < list->items.size(); ++i) {
    const HopItem& item = list->items[i];
    const std::string place = "items[" + std::to_string(i) + "]";
    if (!areWords({item.first})) return notOne(place + ".first", "nothing", "what describes the bridge");
    if (item.second.find(kBridge) == std::string::npos)
      return notOne(place + ".second", "'" + item.second + "'", "a sentence with {bridge} in it");
    if (!areWords(item.bridge)) return notOne(place + ".bridge", "none, or an empty one", "one or more");
    if (!areWords(item.answers)) return notOne(place + ".answers", "none, or an empty one", "one or more");
  }
  if (list->title.empty()) list->title = list->id.empty() ? "Questions in two steps" : list->id;
  return list;
}

std::string withBridge(const HopItem& item, const std::string& words) {
  std::string text = item.second;
  if (const auto at = text.find(kBridge); at != std::string::npos) text.replace(at, std::string(kBridge).size(), words);
  return text;
}

double MultiHopResult::shareAt(int arm, int source, int target) const {
  const auto side = static_cast<std::int64_t>(layers.size()), count = std::ssize(items);
  double sum = 0;
  for (std::int64_t item = 0; item < count; ++item)
    sum += static_cast<double>(contains.row(arm, item)[static_cast<std::size_t>(source * side + target)]);
  return count > 0 ? sum / static_cast<double>(count) : 0;
}

double MultiHopResult::shareOfAny(int arm) const {
  const std::int64_t count = std::ssize(items);
  std::int64_t right = 0;
  for (std::int64_t item = 0; item < count; ++item)
    right += std::ranges::any_of(contains.row(arm, item), [](float mark) { return mark > 0; });
  return count > 0 ? static_cast<double>(right) / static_cast<double>(count) : 0;
}

std::pair<int, int> MultiHopResult::bestPair() const {
  std::pair<int, int> best;
  double most = -1;
  const int side = static_cast<int>(layers.size());
  for (int source = 0; source < side; ++source) {
    for (int target = 0; target < side; ++target) {
      const double share = shareAt(0, source, target);
      if (share <= most) continue;
      most = share;
      best = {source, target};
    }
  }
  return best;
}

double MultiHopResult::plainShare() const { return shareOf(items, &HoppedItem::plainIsRight); }
double MultiHopResult::stepsShare() const { return shareOf(items, &HoppedItem::stepsIsRight); }

ResultDocument MultiHopResult::toDocument() const {
  return {.body = {{"layers", layers},
                   {"items", items},
                   {"unknown", unknown},
                   {"warnings", warnings},
                   {"seconds", seconds}},
          .arrays = {{kContains, contains}}};
}

Outcome<MultiHopResult> MultiHopResult::fromDocument(const ResultDocument& document) {
  MultiHopResult result;
  try {
    const Json& body = document.body;
    body.at("layers").get_to(result.layers);
    body.at("items").get_to(result.items);
    body.at("unknown").get_to(result.unknown);
    body.at("warnings").get_to(result.warnings);
    body.at("seconds").get_to(result.seconds);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  const std::int64_t side = std::ssize(result.layers), items = std::ssize(result.items);
  const auto found = document.arrays.find(kContains);
  if (side < 1) return damagedResult("layers");
  if (items < 1) return damagedResult("items");
  for (const HoppedItem& item : result.items)
    if (item.item < 0 || std::ssize(item.says) != side * side ||
        (!item.saysIds.empty() && std::ssize(item.saysIds) != side * side))
      return damagedResult("items");
  if (found == document.arrays.end() || found->second.shape() != std::vector<std::int64_t>{kArms, items, side, side})
    return damagedResult(kContains);
  result.contains = found->second;
  return result;
}

}  // namespace patchbay
