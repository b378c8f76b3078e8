#include "core/analysis/map_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/checkpoint/array_file.h"

namespace patchbay {
namespace {

constexpr const char* kFormat = "patchbay-affine-map-1";
/// Layers beyond this are no layers.
constexpr float kMostLayers = 10000;

Error notAMap(const std::string& path, std::string field, std::string found, std::string expected) {
  return {.code = "MAP-06",
          .what = "this is not a file of affine maps",
          .file = path,
          .field = std::move(field),
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = "Choose a file that was saved as a map."};
}

int numberIn(const std::string& text) {
  int number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::max(number, 0);
}

}  // namespace

Outcome<Done> writeMap(const std::string& path, const AffineMap& map) {
  std::vector<float> layers, r2;
  for (std::size_t pair = 0; pair < map.sourceLayers.size(); ++pair) {
    layers.push_back(static_cast<float>(map.sourceLayers[pair]));
    layers.push_back(static_cast<float>(map.targetLayers[pair]));
    r2.push_back(map.trainR2[pair]);
    r2.push_back(map.heldOutR2[pair]);
  }
  const std::vector<std::int64_t> pairs{std::ssize(map.sourceLayers), 2};
  ArrayFile file;
  file.arrays = {{"matrices", map.matrices},
                 {"offsets", map.offsets},
                 {"layers", HostArray(pairs, {"pair", "side"}, "", std::move(layers))},
                 {"r2", HostArray(pairs, {"pair", "set"}, "", std::move(r2))}};
  file.metadata = {{"format", kFormat},
                   {"name", map.name},
                   {"method", map.method},
                   {"source_name", map.source.name},
                   {"source_fingerprint", map.source.fingerprint},
                   {"target_name", map.target.name},
                   {"target_fingerprint", map.target.fingerprint},
                   {"samples", std::to_string(map.samples)},
                   {"held_out_samples", std::to_string(map.heldOutSamples)}};
  return writeSafetensors(path, file);
}

Outcome<AffineMap> readMap(const std::string& path) {
  auto file = readSafetensors(path);
  if (!file) return file.failure<AffineMap>();
  const auto text = [&](const char* key) {
    const auto found = file->metadata.find(key);
    return found != file->metadata.end() ? found->second : std::string();
  };
  if (text("format") != kFormat) return notAMap(path, "format", "'" + text("format").substr(0, 60) + "'", kFormat);
  const auto array = [&](const char* name) {
    const auto found = file->arrays.find(name);
    return found != file->arrays.end() ? found->second : HostArray();
  };
  const HostArray matrices = array("matrices"), offsets = array("offsets"), layers = array("layers"), r2 = array("r2");
  const std::int64_t pairs = matrices.extent(0), from = matrices.extent(1), to = matrices.extent(2);
  if (matrices.shape().size() != 3 || matrices.isEmpty())
    return notAMap(path, "matrices", "no such array", "an array [pairs, width, width]");
  if (offsets.shape() != std::vector<std::int64_t>{pairs, to})
    return notAMap(path, "offsets", "no array of that shape", "an array [pairs, target width]");
  if (layers.shape() != std::vector<std::int64_t>{pairs, 2})
    return notAMap(path, "layers", "no array of that shape", "two whole numbers for each pair");
  if (r2.shape() != std::vector<std::int64_t>{pairs, 2})
    return notAMap(path, "r2", "no array of that shape", "two numbers for each pair");
  for (const HostArray* values : {&matrices, &offsets, &r2})
    if (!std::ranges::all_of(values->values(), [](float value) { return std::isfinite(value); }))
      return notAMap(path, "values", "not a finite number", "finite numbers");
  AffineMap map;
  for (std::int64_t pair = 0; pair < pairs; ++pair) {
    for (const std::int64_t side : {0, 1}) {
      const float layer = layers.at(pair, side);
      if (!(layer >= 0 && layer < kMostLayers) || layer != std::floor(layer))
        return notAMap(path, "layers", std::to_string(layer), "whole numbers from 0 on");
      (side == 0 ? map.sourceLayers : map.targetLayers).push_back(static_cast<int>(layer));
    }
    map.trainR2.push_back(r2.at(pair, 0));
    map.heldOutR2.push_back(r2.at(pair, 1));
  }
  map.matrices = HostArray({pairs, from, to}, {"pair", "source width", "target width"}, "",
                           {matrices.values().begin(), matrices.values().end()});
  map.offsets = HostArray({pairs, to}, {"pair", "target width"}, "residual units",
                          {offsets.values().begin(), offsets.values().end()});
  map.name = text("name").empty() ? "map" : text("name");
  map.method = text("method");
  map.source = {text("source_fingerprint"), text("source_name"), {}};
  map.target = {text("target_fingerprint"), text("target_name"), {}};
  map.samples = numberIn(text("samples"));
  map.heldOutSamples = numberIn(text("held_out_samples"));
  map.hash = map.contentHash();
  return map;
}

}  // namespace patchbay
