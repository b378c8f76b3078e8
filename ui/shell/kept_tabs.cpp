#include "ui/shell/kept_tabs.h"

#include "core/data/run_record.h"
#include "ui/state/kept.h"

namespace patchbay::ui {
namespace {

Json listOf(const Json& json, const char* key) {
  Json list = kept<Json>(json, key).value_or(Json::array());
  return list.is_array() ? list : Json::array();
}

Json sizesOf(const Json& json) {
  Json sizes = Json::array();
  for (const Json& size : listOf(json, "sizes")) {
    if (size.is_number_integer()) sizes.push_back(size.get<int>());
  }
  return sizes;
}

Json rowOf(const Json& json) {
  Json tabs = Json::array();
  for (const Json& tab : listOf(json, "tabs")) {
    const auto kind = kept<std::string>(tab, "kind");
    if (!kind) continue;
    const Json view = kept<Json>(tab, "view").value_or(Json::object());
    tabs.push_back({{"kind", *kind},
                    {"run", kept<RunId>(tab, "run").value_or(0)},
                    {"view", view.is_object() ? view : Json::object()}});
  }
  return {{"tabs", tabs}, {"current", kept<int>(json, "current").value_or(0)}};
}

}  // namespace

Json keptTabs(const Json& json) {
  if (!json.is_object()) return {};
  Json columns = Json::array();
  for (const Json& column : listOf(json, "columns")) {
    Json rows = Json::array();
    for (const Json& row : listOf(column, "rows")) rows.push_back(rowOf(row));
    if (!rows.empty()) columns.push_back({{"rows", rows}, {"sizes", sizesOf(column)}});
  }
  return {{"columns", columns}, {"sizes", sizesOf(json)}, {"active", kept<int>(json, "active").value_or(0)}};
}

}  // namespace patchbay::ui
