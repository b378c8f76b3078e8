#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"

namespace patchbay {

struct ResultDocument;

/// Maps from states of one model to states of the same or another, one for each pair of layers: y = x A + b.
///
/// Shapes   matrices [N, D, D*]; offsets [N, D*]. trainR2, heldOutR2 [N]: share of the variance of the target states
/// that
///          the map explains, on the states it was fitted on and on those of texts held out.
struct AffineMap {
  std::string name;
  ModelRef source, target;
  std::string method;                           ///< "least squares", "KL of the lens"
  std::vector<int> sourceLayers, targetLayers;  ///< N pairs
  HostArray matrices, offsets;
  std::vector<float> trainR2, heldOutR2;
  int samples = 0, heldOutSamples = 0;
  std::string hash;  ///< of `contentHash`, written by whoever made the map
  std::vector<std::string> warnings;
  double seconds = 0;
  bool operator==(const AffineMap&) const = default;

  [[nodiscard]] int sourceWidth() const { return static_cast<int>(matrices.extent(1)); }
  [[nodiscard]] int targetWidth() const { return static_cast<int>(matrices.extent(2)); }
  /// Number of the pair, -1 when the map has none for it.
  [[nodiscard]] int pairOf(int sourceLayer, int targetLayer) const;
  /// The target layer that a source layer goes into: that of the same relative depth where it has one, else the first.
  [[nodiscard]] std::optional<int> targetOf(int sourceLayer, int layers, int targetModelLayers) const;
  /// Whether it has a map into the last layer from every layer of its source model: a tuned lens.
  [[nodiscard]] bool isLens(int layers) const;
  /// SHA-256 over pairs, matrices and offsets, hexadecimal.
  [[nodiscard]] std::string contentHash() const;
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01.
  [[nodiscard]] static Outcome<AffineMap> fromDocument(const ResultDocument& document);
};

/// A map as a request names it. The numbers are no part of the JSON: the session has them once, found by the hash.
struct MapRef {
  std::string name;
  std::string hash;
  std::shared_ptr<const AffineMap> map;
  bool operator==(const MapRef& other) const { return hash == other.hash; }
  [[nodiscard]] bool isEmpty() const { return hash.empty(); }
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(MapRef, name, hash)
  [[nodiscard]] static MapRef of(std::shared_ptr<const AffineMap> map);
};

/// The layer of the same relative depth of another model; the same one in a model of as many layers.
[[nodiscard]] int sameDepth(int layer, int layers, int otherLayers);

/// Which layers a fit pairs.
///
/// SameDepth  each layer with that of the same relative depth of the target: its own in the same model.
/// Last       each layer with the last one: a tuned lens.
/// AllPairs   every source layer with every target layer named.
enum class MapPairs { SameDepth, Last, AllPairs };
NLOHMANN_JSON_SERIALIZE_ENUM(MapPairs, {{MapPairs::SameDepth, "same-depth"},
                                        {MapPairs::Last, "last"},
                                        {MapPairs::AllPairs, "all-pairs"}})

/// LeastSquares  ridge regression of the target states; methods section 1.1.
/// Kl            begins there, then descends KL(model's own next token || lens) as Belrose et al. 2023 do; Last only.
enum class MapMethod { LeastSquares, Kl };
NLOHMANN_JSON_SERIALIZE_ENUM(MapMethod, {{MapMethod::LeastSquares, "least-squares"}, {MapMethod::Kl, "kl"}})

/// Fits maps on states of texts, or reads them from a file.
struct FitMapRequest {
  using Result = AffineMap;
  static constexpr const char* kKind = "fit-map";
  ModelRef model;
  ModelRef target;  ///< empty: the same model
  std::string name;
  MapPairs pairs = MapPairs::Last;
  std::vector<int> layers, targetLayers;  ///< empty: all
  MapMethod method = MapMethod::LeastSquares;
  std::vector<std::string> texts;  ///< empty: the list that comes with the program
  int steps = 40;                  ///< of Kl
  std::string file;                ///< read this file instead

  /// Every seventh of seven texts or more.
  [[nodiscard]] static constexpr bool isHeldOut(std::size_t text, std::size_t texts) {
    constexpr std::size_t kEvery = 7;
    return texts >= kEvery && text % kEvery == kEvery - 1;
  }
  bool operator==(const FitMapRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(FitMapRequest, model, target, name, pairs, layers, targetLayers, method,
                                              texts, steps, file)
};

}  // namespace patchbay
