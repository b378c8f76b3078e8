#include "core/data/patch_grid.h"

#include <algorithm>
#include <cstdio>
#include <limits>

namespace patchbay {
namespace {

constexpr const char* kValues = "values";

/// The first field that does not fit the others, "" when all fit.
std::string misfit(const PatchGridResult& grid) {
  const auto tokens = static_cast<int>(grid.changedTokens().size());
  const auto others = static_cast<int>(grid.otherTokens().size());
  const auto isOutside = [](const std::vector<int>& values, int first, int end) {
    return std::ranges::any_of(values, [=](int value) { return value < first || value >= end; });
  };
  if (tokens == 0) return "tokens";
  if (grid.areHeads != (grid.site == "head_out")) return "heads";
  if (grid.alignment.size() != static_cast<std::size_t>(tokens) || isOutside(grid.alignment, -1, others))
    return "alignment";
  if (isOutside(grid.columns, 0, grid.areHeads ? std::numeric_limits<int>::max() : tokens)) return "columns";
  if (isOutside(grid.layers, 0, std::numeric_limits<int>::max())) return "layers";
  return {};
}

}  // namespace

ResultDocument PatchGridResult::toDocument() const {
  return {.body = {{"clean_tokens", cleanTokens},
                   {"corrupt_tokens", corruptTokens},
                   {"alignment", alignment},
                   {"layers", layers},
                   {"columns", columns},
                   {"heads", areHeads},
                   {"approximate", isApproximate},
                   {"mode", mode},
                   {"metric", metric},
                   {"site", site},
                   {"receiver", receiver},
                   {"answer", answer},
                   {"wrong", wrong},
                   {"clean_value", cleanValue},
                   {"corrupt_value", corruptValue},
                   {"warnings", warnings},
                   {"seconds", seconds}},
          .arrays = {{kValues, values}}};
}

Outcome<PatchGridResult> PatchGridResult::fromDocument(const ResultDocument& document) {
  PatchGridResult grid;
  try {
    const Json& body = document.body;
    body.at("clean_tokens").get_to(grid.cleanTokens);
    body.at("corrupt_tokens").get_to(grid.corruptTokens);
    body.at("alignment").get_to(grid.alignment);
    body.at("layers").get_to(grid.layers);
    body.at("columns").get_to(grid.columns);
    body.at("heads").get_to(grid.areHeads);
    grid.isApproximate = body.value("approximate", false);  // files of before knew exact grids only
    body.at("mode").get_to(grid.mode);
    body.at("metric").get_to(grid.metric);
    body.at("site").get_to(grid.site);
    grid.receiver = body.value("receiver", std::string());
    body.at("answer").get_to(grid.answer);
    body.at("wrong").get_to(grid.wrong);
    body.at("clean_value").get_to(grid.cleanValue);
    body.at("corrupt_value").get_to(grid.corruptValue);
    body.at("warnings").get_to(grid.warnings);
    body.at("seconds").get_to(grid.seconds);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  const auto values = document.arrays.find(kValues);
  const std::vector<std::int64_t> shape{std::ssize(grid.layers), std::ssize(grid.columns)};
  if (grid.layers.empty() || grid.columns.empty() || values == document.arrays.end() || values->second.shape() != shape)
    return damagedResult(kValues);
  grid.values = values->second;
  if (const std::string field = misfit(grid); !field.empty()) return damagedResult(field);
  return grid;
}

namespace {

std::optional<PathReceiver> parseReceiver(const std::string& text) {
  if (text == "logits") return PathReceiver{};
  PathReceiver receiver;
  int end = 0;
  if (std::sscanf(text.c_str(), "L%4d.H%4d%n", &receiver.layer, &receiver.head, &end) == 2 &&
      end == static_cast<int>(text.size())) {
    receiver.part = PathReceiver::Part::Head;
  } else if (end = 0; std::sscanf(text.c_str(), "L%4d.mlp%n", &receiver.layer, &end) == 1 &&
                      end == static_cast<int>(text.size())) {
    receiver.part = PathReceiver::Part::Mlp;
  } else {
    return std::nullopt;
  }
  if (receiver.layer < 0 || receiver.head < 0) return std::nullopt;
  return receiver;
}

}  // namespace

std::optional<std::vector<PathReceiver>> parseReceivers(const std::string& text) {
  std::vector<PathReceiver> receivers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('+', begin), text.size());
    std::string part = text.substr(begin, end - begin);
    part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
    part.erase(part.find_last_not_of(' ') + 1);
    const auto receiver = parseReceiver(part);
    if (!receiver) return std::nullopt;
    receivers.push_back(*receiver);
    begin = end + 1;
  }
  const bool hasLogits = std::ranges::count(receivers, PathReceiver::Part::Logits, &PathReceiver::part) > 0;
  if (hasLogits && receivers.size() > 1) return std::nullopt;
  return receivers;
}

std::vector<int> alignTokens(const std::vector<std::int32_t>& changed, const std::vector<std::int32_t>& other) {
  std::vector<int> places(changed.size(), -1);
  if (changed.size() == other.size()) {
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int>(i);
    return places;
  }
  const std::size_t shorter = std::min(changed.size(), other.size());
  std::size_t front = 0, back = 0;
  while (front < shorter && changed[front] == other[front]) ++front;
  while (back < shorter - front && changed[changed.size() - 1 - back] == other[other.size() - 1 - back]) ++back;
  for (std::size_t i = 0; i < front; ++i) places[i] = static_cast<int>(i);
  for (std::size_t i = 0; i < back; ++i) places[changed.size() - 1 - i] = static_cast<int>(other.size() - 1 - i);
  return places;
}

}  // namespace patchbay
