#include "core/data/recorded_run.h"

#include <cmath>
#include <limits>

namespace patchbay {
namespace {

Json arrayToJson(const HostArray& array) {
  Json values = Json::array();
  for (const float value : array.values()) values.push_back(std::isnan(value) ? Json() : Json(value));
  return {{"shape", array.shape()}, {"axes", array.axes()}, {"unit", array.unit()}, {"values", values}};
}

Outcome<HostArray> arrayFromJson(const Json& json) {
  std::vector<float> values;
  for (const Json& value : json.at("values"))
    values.push_back(value.is_null() ? std::numeric_limits<float>::quiet_NaN() : value.get<float>());
  auto shape = json.at("shape").get<std::vector<std::int64_t>>();
  if (const auto checked = checkShape(shape, static_cast<std::int64_t>(values.size())); !checked)
    return checked.failure<HostArray>();
  return HostArray(std::move(shape), json.at("axes").get<std::vector<std::string>>(),
                   json.at("unit").get<std::string>(), std::move(values));
}

Outcome<RecordedRun> read(const Json& json) {
  RecordedRun run;
  run.record.kind = json.at("kind").get<std::string>();
  run.record.title = json.at("title").get<std::string>();
  run.record.dtype = json.value("dtype", std::string());
  run.record.device = json.value("device", std::string());
  run.record.quantisation = json.value("quantisation", std::string());
  run.record.seconds = json.value("seconds", 0.0);
  run.record.createdMs = json.value("createdMs", std::int64_t{0});
  run.record.request = json.at("request");
  run.record.status = RunStatus::Recorded;
  run.document.body = json.at("body");
  for (const auto& [name, array] : json.at("arrays").items()) {
    auto values = arrayFromJson(array);
    if (!values) return values.failure<RecordedRun>();
    run.document.arrays[name] = std::move(*values);
  }
  return run;
}

}  // namespace

Json recordedRunToJson(const RecordedRun& run) {
  Json arrays = Json::object();
  for (const auto& [name, array] : run.document.arrays) arrays[name] = arrayToJson(array);
  const RunRecord& record = run.record;
  return {{"kind", record.kind},
          {"title", record.title},
          {"dtype", record.dtype},
          {"device", record.device},
          {"quantisation", record.quantisation},
          {"seconds", record.seconds},
          {"createdMs", record.createdMs},
          {"request", record.request},
          {"body", run.document.body},
          {"arrays", arrays}};
}

Outcome<RecordedRun> recordedRunFromText(std::string_view text, std::string_view file) {
  const auto json = parseJson(text, file);
  if (!json) return json.failure<RecordedRun>();
  try {
    return read(*json);
  } catch (const Json::exception& failure) {
    return Error{.code = "JSON-04",
                 .what = "a field of the recorded run is missing or has the wrong type",
                 .file = std::string(file),
                 .field = {},
                 .found = failure.what(),
                 .expected = {},
                 .advice = {}};
  }
}

}  // namespace patchbay
