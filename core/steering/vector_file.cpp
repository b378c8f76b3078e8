#include "core/steering/vector_file.h"

#include <algorithm>
#include <cmath>

#include "core/checkpoint/array_file.h"

namespace patchbay {
namespace {

constexpr const char* kFormat = "patchbay-steering-vector-1";

Error notAVector(const std::string& path, std::string field, std::string found, std::string expected) {
  return {.code = "VEC-05",
          .what = "this is not a steering vector",
          .file = path,
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Choose a file that was saved as a steering vector."};
}

bool isFinite(const HostArray& array) {
  return std::ranges::all_of(array.values(), [](float value) { return std::isfinite(value); });
}

}  // namespace

Outcome<Done> writeVector(const std::string& path, const SteeringVector& vector) {
  ArrayFile file;
  file.arrays = {{"rows", vector.rows}, {"mean_norms", vector.meanNorms}};
  file.metadata = {{"format", kFormat},
                   {"name", vector.name},
                   {"method", vector.method},
                   {"site", std::string(factOf(vector.site).name)},
                   {"model_name", vector.model.name},
                   {"model_fingerprint", vector.model.fingerprint},
                   {"read", Json(vector.read).get<std::string>()},
                   {"positives", dumpJson(vector.positives)},
                   {"negatives", dumpJson(vector.negatives)}};
  return writeSafetensors(path, file);
}

Outcome<SteeringVector> readVector(const std::string& path) {
  auto file = readSafetensors(path);
  if (!file) return file.failure<SteeringVector>();
  const auto text = [&](const char* key) {
    const auto found = file->metadata.find(key);
    return found != file->metadata.end() ? found->second : std::string();
  };
  if (text("format") != kFormat) return notAVector(path, "format", "'" + text("format").substr(0, 60) + "'", kFormat);
  SteeringVector vector;
  const auto rows = file->arrays.find("rows");
  if (rows == file->arrays.end() || rows->second.shape().size() != 2 || rows->second.isEmpty())
    return notAVector(path, "rows", "no such array", "an array [layers, width]");
  vector.rows = HostArray(rows->second.shape(), {"layer", "width"}, "residual units",
                          {rows->second.values().begin(), rows->second.values().end()});
  const auto norms = file->arrays.find("mean_norms");
  if (norms == file->arrays.end() || norms->second.shape() != std::vector<std::int64_t>{vector.rows.extent(0)})
    return notAVector(path, "mean_norms", "no array of that shape", "one number for each layer");
  vector.meanNorms = HostArray(norms->second.shape(), {"layer"}, "residual units",
                               {norms->second.values().begin(), norms->second.values().end()});
  if (!isFinite(vector.rows) || !isFinite(vector.meanNorms))
    return notAVector(path, "rows", "a number that is not finite", "finite numbers");
  vector.name = text("name");
  vector.method = text("method");
  if (const auto site = siteByName(text("site")); !site || *site != Site::ResidPost)
    return notAVector(path, "site", "'" + text("site") + "'", "resid_post");
  vector.model = {.fingerprint = text("model_fingerprint"), .name = text("model_name"), .path = {}};
  vector.read = text("read") == "mean" ? ReadPosition::MeanWithoutFirst : ReadPosition::LastToken;
  for (auto& [key, list] : {std::pair{"positives", &vector.positives}, std::pair{"negatives", &vector.negatives}}) {
    const auto json = parseJson(text(key).empty() ? "[]" : text(key), path);
    if (!json) return json.failure<SteeringVector>();
    auto words = fromJson<std::vector<std::string>>(*json, path);
    if (!words) return words.failure<SteeringVector>();
    *list = std::move(words).value();
  }
  return vector;
}

}  // namespace patchbay
