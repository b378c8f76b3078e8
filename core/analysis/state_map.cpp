#include "core/analysis/state_map.h"

#include "core/analysis/captured_run.h"
#include "core/data/builtin_texts.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

Error mapError(const char* code, const char* what, std::string found, std::string expected, const char* advice) {
  return {.code = code,
          .what = what,
          .file = {},
          .field = "map",
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = advice};
}

/// Mean residual of every layer over all tokens but the first of each text, [L, D].
at::Tensor meanStates(LanguageModel& model, const JobContext& context) {
  std::vector<std::vector<std::int32_t>> texts;
  for (std::size_t i = 0; i < std::min(kMeanStateTexts, builtinTexts().size()); ++i)
    if (auto ids = model.text.encode(Prompt::plain(builtinTexts()[i]))) texts.push_back(std::move(*ids));
  return meanOverTexts(model, texts, Site::ResidPost, context);
}

}  // namespace

AffinePair affinePair(const AffineMap& map, int pair) {
  return {toTensor(map.matrices)[pair], toTensor(map.offsets)[pair]};
}

Outcome<StateMapper> StateMapper::make(LanguageModel& source, const ModelCard& target, StateMap map,
                                       const MapRef& affine, std::span<const std::pair<int, int>> pairs,
                                       const JobContext& context) {
  StateMapper mapper;
  mapper.m_map = map;
  if (map == StateMap::Affine) {
    if (!affine.map) {
      return mapError("MAP-01", "the fitted map of this request is not there",
                      affine.name.empty() ? "no map" : affine.name, "a map of this session",
                      "Fit a map, or choose another one.");
    }
    const AffineMap& fitted = *affine.map;
    if (fitted.sourceWidth() != source.card.width || fitted.targetWidth() != target.width) {
      return mapError("MAP-02", "the map does not fit the models",
                      std::to_string(fitted.sourceWidth()) + " to " + std::to_string(fitted.targetWidth()),
                      std::to_string(source.card.width) + " to " + std::to_string(target.width),
                      "Choose a map that was fitted between these models.");
    }
    for (const auto& [from, to] : pairs) {
      if (fitted.pairOf(from, to) >= 0) continue;
      return mapError("MAP-01", "the map has no part for these layers",
                      "L" + std::to_string(from) + " to L" + std::to_string(to),
                      "one of its " + std::to_string(fitted.sourceLayers.size()) + " pairs",
                      "Choose other layers, or fit a map for them.");
    }
    if (fitted.source.fingerprint != source.card.ref.fingerprint ||
        fitted.target.fingerprint != target.ref.fingerprint) {
      return mapError("MAP-02", "the map was fitted on other models", fitted.source.name + " to " + fitted.target.name,
                      source.card.ref.name + " to " + target.ref.name,
                      "Import it for these models, or fit a map between them.");
    }
    mapper.m_affine = affine.map;
    return mapper;
  }
  // Zeros have any width.
  if (map != StateMap::Zero && source.card.width != target.width) {
    return mapError("MAP-02", "a state of the one model does not fit into the other",
                    "width " + std::to_string(source.card.width), "width " + std::to_string(target.width),
                    "Fit an affine map between the models and choose it.");
  }
  if (map == StateMap::Mean) mapper.m_means = meanStates(source, context);
  return mapper;
}

at::Tensor StateMapper::operator()(const at::Tensor& state, const at::Tensor& replaced, int sourceLayer,
                                   int targetLayer) const {
  const at::Tensor read = state.to(replaced.options());
  switch (m_map) {
    case StateMap::Identity: return read;
    case StateMap::TargetNorm: return read * (replaced.norm() / read.norm().clamp_min(1e-20));
    case StateMap::Zero: return at::zeros_like(replaced);
    case StateMap::Mean: return m_means[sourceLayer].to(replaced.options());
    case StateMap::Affine: {
      const AffinePair part = affinePair(*m_affine, m_affine->pairOf(sourceLayer, targetLayer));
      return (at::matmul(state.to(at::kCPU, at::kFloat), part.matrix) + part.offset).to(replaced.options());
    }
  }
  return read;
}

}  // namespace patchbay
