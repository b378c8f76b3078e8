#include "core/data/patch_grid.h"

#include <algorithm>

namespace patchbay {
namespace {

constexpr const char* kValues = "values";

Error damaged(const std::string& field) {
  return {.code = "RES-01",
          .what = "a recorded result is damaged",
          .file = {},
          .field = field,
          .found = {},
          .expected = "the arrays and fields of its kind",
          .advice = "Run it again."};
}

}  // namespace

ResultDocument PatchGridResult::toDocument() const {
  return {.body = {{"clean_tokens", cleanTokens},
                   {"corrupt_tokens", corruptTokens},
                   {"alignment", alignment},
                   {"layers", layers},
                   {"columns", columns},
                   {"heads", areHeads},
                   {"mode", mode},
                   {"metric", metric},
                   {"site", site},
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
    body.at("mode").get_to(grid.mode);
    body.at("metric").get_to(grid.metric);
    body.at("site").get_to(grid.site);
    body.at("answer").get_to(grid.answer);
    body.at("wrong").get_to(grid.wrong);
    body.at("clean_value").get_to(grid.cleanValue);
    body.at("corrupt_value").get_to(grid.corruptValue);
    body.at("warnings").get_to(grid.warnings);
    body.at("seconds").get_to(grid.seconds);
  } catch (const Json::exception& failure) {
    return damaged(failure.what());
  }
  const auto values = document.arrays.find(kValues);
  const std::vector<std::int64_t> shape{std::ssize(grid.layers), std::ssize(grid.columns)};
  if (grid.layers.empty() || grid.columns.empty() || values == document.arrays.end() ||
      values->second.shape() != shape)
    return damaged(kValues);
  grid.values = values->second;
  const int tokens = static_cast<int>(grid.changedTokens().size());
  if (grid.alignment.size() != static_cast<std::size_t>(tokens)) return damaged("alignment");
  if (!grid.areHeads && std::ranges::any_of(grid.columns, [&](int token) { return token < 0 || token >= tokens; }))
    return damaged("columns");
  return grid;
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
  for (std::size_t i = 0; i < back; ++i)
    places[changed.size() - 1 - i] = static_cast<int>(other.size() - 1 - i);
  return places;
}

}  // namespace patchbay
