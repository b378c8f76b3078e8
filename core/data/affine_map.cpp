#include "core/data/affine_map.h"

#include <algorithm>
#include <cmath>

#include "core/base/sha256.h"
#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

constexpr NamedArray<AffineMap> kMatrices{"matrices", &AffineMap::matrices}, kOffsets{"offsets", &AffineMap::offsets};
constexpr NamedArray<AffineMap> kArrays[] = {kMatrices, kOffsets};

std::string misfit(const AffineMap& map) {
  const std::int64_t pairs = std::ssize(map.sourceLayers);
  if (pairs == 0) return "source_layers";
  if (std::ssize(map.targetLayers) != pairs) return "target_layers";
  for (const auto* layers : {&map.sourceLayers, &map.targetLayers})
    for (const int layer : *layers)
      if (layer < 0) return "layers";
  const std::int64_t from = map.matrices.extent(1), to = map.matrices.extent(2);
  if (from == 0 || to == 0 || map.matrices.shape() != std::vector<std::int64_t>{pairs, from, to}) return kMatrices.name;
  if (map.offsets.shape() != std::vector<std::int64_t>{pairs, to}) return kOffsets.name;
  if (std::ssize(map.trainR2) != pairs) return "train_r2";
  if (std::ssize(map.heldOutR2) != pairs) return "held_out_r2";
  return {};
}

}  // namespace

int AffineMap::pairOf(int sourceLayer, int targetLayer) const {
  for (std::size_t pair = 0; pair < sourceLayers.size(); ++pair)
    if (sourceLayers[pair] == sourceLayer && targetLayers[pair] == targetLayer) return static_cast<int>(pair);
  return -1;
}

std::optional<int> AffineMap::targetOf(int sourceLayer, int layers, int targetModelLayers) const {
  const int same = sameDepth(sourceLayer, layers, targetModelLayers);
  if (pairOf(sourceLayer, same) >= 0) return same;
  const auto found = std::ranges::find(sourceLayers, sourceLayer);
  if (found == sourceLayers.end()) return std::nullopt;
  return targetLayers[static_cast<std::size_t>(found - sourceLayers.begin())];
}

bool AffineMap::isLens(int layers) const {
  for (int layer = 0; layer < layers; ++layer)
    if (pairOf(layer, layers - 1) < 0) return false;
  return sourceWidth() == targetWidth() && source.fingerprint == target.fingerprint;
}

std::string AffineMap::contentHash() const {
  Sha256 digest;
  for (const auto* layers : {&sourceLayers, &targetLayers}) digest.add(std::as_bytes(std::span(*layers)));
  for (const HostArray* array : {&matrices, &offsets}) digest.add(std::as_bytes(array->values()));
  return digest.hex();
}

ResultDocument AffineMap::toDocument() const {
  return {.body = {{"name", name},
                   {"source", source},
                   {"target", target},
                   {"method", method},
                   {"source_layers", sourceLayers},
                   {"target_layers", targetLayers},
                   {"train_r2", trainR2},
                   {"held_out_r2", heldOutR2},
                   {"samples", samples},
                   {"held_out_samples", heldOutSamples},
                   {"hash", hash},
                   {"warnings", warnings},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kArrays)};
}

Outcome<AffineMap> AffineMap::fromDocument(const ResultDocument& document) {
  auto read = resultFrom<AffineMap>(document, kArrays, &misfit, [](const Json& body, AffineMap& map) {
    body.at("name").get_to(map.name);
    body.at("source").get_to(map.source);
    body.at("target").get_to(map.target);
    body.at("method").get_to(map.method);
    body.at("source_layers").get_to(map.sourceLayers);
    body.at("target_layers").get_to(map.targetLayers);
    body.at("train_r2").get_to(map.trainR2);
    body.at("held_out_r2").get_to(map.heldOutR2);
    body.at("samples").get_to(map.samples);
    body.at("held_out_samples").get_to(map.heldOutSamples);
    body.at("hash").get_to(map.hash);
    body.at("warnings").get_to(map.warnings);
    body.at("seconds").get_to(map.seconds);
  });
  if (read && read->hash != read->contentHash()) return damagedResult("hash");
  return read;
}

int sameDepth(int layer, int layers, int otherLayers) {
  if (layers == otherLayers || layers < 2) return std::min(layer, otherLayers - 1);
  return static_cast<int>(std::lround(static_cast<double>(layer) / (layers - 1) * (otherLayers - 1)));
}

MapRef MapRef::of(std::shared_ptr<const AffineMap> map) { return {map->name, map->hash, map}; }

}  // namespace patchbay
