#pragma once

#include <functional>
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

/// A result out of its document: `readBody` takes the fields of the body, `table` names the arrays, and `misfit` says
/// which field does not hold together with the others, "" when all do.
/// Errors   RES-01 with the field.
template <typename Result, typename Table>
[[nodiscard]] Outcome<Result> resultFrom(const ResultDocument& document, const Table& table,
                                         std::string (*misfit)(const Result&),
                                         const std::function<void(const Json&, Result&)>& readBody) {
  Result result;
  try {
    readBody(document.body, result);
  } catch (const Json::exception& failure) {
    return damagedResult(failure.what());
  }
  if (std::string missing = readArrays(result, document, table); !missing.empty())
    return damagedResult(std::move(missing));
  if (std::string field = misfit(result); !field.empty()) return damagedResult(std::move(field));
  return result;
}

}  // namespace patchbay
