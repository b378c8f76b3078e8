#pragma once

#include <map>
#include <string>

#include "core/data/results.h"

namespace patchbay {

/// A named array of a result, for reading and writing by one table.
template <typename Result>
struct NamedArray {
  const char* name;
  HostArray Result::*array;
  bool isNew = false;  ///< files of before do not hold it; it then stays empty
};

/// The arrays of `result` by the names of `table`.
template <typename Result, typename Table>
[[nodiscard]] std::map<std::string, HostArray> arraysOf(const Result& result, const Table& table) {
  std::map<std::string, HostArray> arrays;
  for (const NamedArray<Result>& entry : table)
    if (const HostArray& array = result.*entry.array; !entry.isNew || !array.isEmpty())
      arrays.emplace(entry.name, array);
  return arrays;
}

/// Takes the arrays of `document` that `table` names.
/// Returns  the name of the first that is missing, "" when all are there.
template <typename Result, typename Table>
[[nodiscard]] std::string readArrays(Result& result, const ResultDocument& document, const Table& table) {
  for (const NamedArray<Result>& entry : table) {
    const auto found = document.arrays.find(entry.name);
    if (found != document.arrays.end())
      result.*entry.array = found->second;
    else if (!entry.isNew)
      return entry.name;
  }
  return {};
}

}  // namespace patchbay
