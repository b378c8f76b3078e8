#include "core/analysis/map_fit.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "core/analysis/captured_run.h"
#include "core/analysis/least_squares.h"
#include "core/analysis/lens_descent.h"
#include "core/analysis/map_file.h"
#include "core/data/builtin_texts.h"
#include "core/data/token_places.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

/// Bounds the sums of products that are held at once, some 3 MB a pair for a width of 576.
constexpr std::size_t kMostPairs = 128;
/// Tokens that are read together; bounds the states that are held, 70 MB for 30 layers of width 576.
constexpr std::int64_t kBatchTokens = 1024;
/// Ridge as a share of the mean variance of the source states.
constexpr double kRidge = 1e-5;

Error fitError(const char* code, const char* what, const char* field, std::string found, std::string expected,
               const char* advice) {
  return {.code = code,
          .what = what,
          .file = {},
          .field = field,
          .found = std::move(found),
          .expected = std::move(expected),
          .advice = advice};
}

using LayerPairs = std::vector<std::pair<int, int>>;

Outcome<LayerPairs> choosePairs(const FitMapRequest& request, const ModelCard& source, const ModelCard& target) {
  const auto layers = resolveLayers(request.layers, source.layers, "layers");
  if (!layers) return layers.failure<LayerPairs>();
  const auto targets = resolveLayers(request.targetLayers, target.layers, "target layers");
  if (!targets) return targets.failure<LayerPairs>();
  LayerPairs pairs;
  if (layers->size() * (request.pairs == MapPairs::AllPairs ? targets->size() : 1) > kMostPairs) {
    return fitError(
        "MAP-03", "too many pairs of layers", "layers",
        std::to_string(layers->size()) + " source and " + std::to_string(targets->size()) + " target layers",
        "at most " + std::to_string(kMostPairs) + " pairs", "Ask for fewer layers.");
  }
  for (const int layer : *layers) {
    if (request.pairs == MapPairs::Last) pairs.emplace_back(layer, target.layers - 1);
    if (request.pairs == MapPairs::SameDepth) pairs.emplace_back(layer, sameDepth(layer, source.layers, target.layers));
    if (request.pairs == MapPairs::AllPairs)
      for (const int other : *targets) pairs.emplace_back(layer, other);
  }
  return pairs;
}

/// Sums of each layer's own states, shared by all its pairs.
struct LayerSums {
  std::map<int, at::Tensor> xx, x;  // by source layer
  std::map<int, at::Tensor> y;      // by target layer
  std::map<int, double> yy;
  std::vector<at::Tensor> xy;  // by pair
  std::int64_t count = 0;

  explicit LayerSums(std::size_t pairs) : xy(pairs) {}

  void add(const LayerPairs& pairs, const std::map<int, at::Tensor>& sources,
           const std::map<int, at::Tensor>& targets) {
    const auto sum = [](at::Tensor& total, const at::Tensor& part) { total = total.defined() ? total + part : part; };
    for (const auto& [layer, states] : sources) {
      sum(xx[layer], at::mm(states.t(), states));
      sum(x[layer], states.sum(0));
    }
    for (const auto& [layer, states] : targets) {
      sum(y[layer], states.sum(0));
      yy[layer] += states.square().sum().item<double>();
    }
    for (std::size_t pair = 0; pair < pairs.size(); ++pair)
      sum(xy[pair], at::mm(sources.at(pairs[pair].first).t(), targets.at(pairs[pair].second)));
    count += sources.begin()->second.size(0);
  }

  [[nodiscard]] Moments of(const LayerPairs& pairs, std::size_t pair) const {
    const auto [from, to] = pairs[pair];
    return {xx.at(from), xy[pair], x.at(from), y.at(to), yy.at(to), count};
  }
};

/// Share of the variance of y that the map explains: 1 - |y - x A - b|^2 / |y - mean|^2.
float explained(const Moments& sums, const AffineSolution& map) {
  const double n = static_cast<double>(sums.count);
  const auto dot = [](const at::Tensor& a, const at::Tensor& b) { return (a * b).sum().item<double>(); };
  const at::Tensor xMap = at::matmul(sums.x, map.matrix);
  const double residual = sums.yy - 2 * dot(map.matrix, sums.xy) - 2 * dot(map.offset, sums.y) +
                          dot(map.matrix, at::mm(sums.xx, map.matrix)) + 2 * dot(xMap, map.offset) +
                          n * dot(map.offset, map.offset);
  const double variance = sums.yy - dot(sums.y, sums.y) / n;
  return variance > 0 ? static_cast<float>(1 - residual / variance) : 0.0F;
}

class MapFit {
public:
  MapFit(LanguageModel& source, LanguageModel& target, const FitMapRequest& request, LayerPairs pairs,
         JobContext& context)
      : m_source(source),
        m_target(target),
        m_request(request),
        m_pairs(std::move(pairs)),
        m_context(context),
        m_texts(request.texts.empty() ? builtinTexts() : request.texts),
        m_train(m_pairs.size()),
        m_heldOut(m_pairs.size()) {}

  Outcome<AffineMap> run() {
    if (const auto summed = sumUp(); !summed) return summed.failure<AffineMap>();
    const std::int64_t least = 2 * m_source.card.width;
    if (m_train.count < least) {
      return fitError("MAP-04", "too few states to fit a map", "texts", std::to_string(m_train.count) + " tokens",
                      "at least " + std::to_string(least) + ", twice the width", "Give more or longer texts.");
    }
    std::vector<AffineSolution> maps;
    for (std::size_t pair = 0; pair < m_pairs.size(); ++pair) {
      m_context.checkpoint();
      maps.push_back(solveLeastSquares(m_train.of(m_pairs, pair), kRidge));
      m_context.progress("Solving", "layers", static_cast<std::int64_t>(pair) + 1, std::ssize(m_pairs));
    }
    AffineMap result = describe(maps);
    if (m_request.method == MapMethod::Kl) descend(result);
    result.hash = result.contentHash();
    return result;
  }

private:
  [[nodiscard]] bool isOneModel() const { return &m_source == &m_target; }

  /// Texts that are read together.
  struct Batch {
    std::vector<std::vector<std::int32_t>> source, target;
    std::vector<std::int64_t> sourceRows, targetRows;  ///< paired states among the rows of all texts
    std::int64_t sourceCount = 0, targetCount = 0;
  };

  /// States of the layers of one side at the given rows, as doubles on the host.
  static std::map<int, at::Tensor> statesOf(const at::Tensor& residuals, const std::set<int>& layers,
                                            const std::vector<std::int64_t>& rows) {
    const at::Tensor places = at::tensor(at::ArrayRef<std::int64_t>(rows)).to(residuals.device());
    std::map<int, at::Tensor> states;
    for (const int layer : layers)
      states.emplace(layer, residuals[layer].index_select(0, places).to(at::kCPU, at::kDouble));
    return states;
  }

  Outcome<Done> sumUp() {
    for (const auto& [from, to] : m_pairs) {
      m_sourceLayers.insert(from);
      m_targetLayers.insert(to);
    }
    Batch train, heldOut;
    for (std::size_t text = 0; text < m_texts.size(); ++text) {
      Batch& batch = isHeldOut(text) ? heldOut : train;
      if (const auto read = addText(m_texts[text], batch); !read) return read;
      if (batch.sourceCount >= kBatchTokens) sumUp(batch, isHeldOut(text) ? m_heldOut : m_train);
      m_context.progress("Reading states", "texts", static_cast<std::int64_t>(text) + 1, std::ssize(m_texts));
    }
    sumUp(train, m_train);
    sumUp(heldOut, m_heldOut);
    return Done{};
  }

  Outcome<Done> addText(const std::string& text, Batch& batch) const {
    auto sourceIds = m_source.text.encode(Prompt::plain(text));
    if (!sourceIds) return sourceIds.failure<Done>();
    auto targetIds = m_target.text.encode(Prompt::plain(text));
    if (!targetIds) return targetIds.failure<Done>();
    if (const auto fits = checkContext(m_source, std::ssize(*sourceIds)); !fits) return fits;
    if (const auto fits = checkContext(m_target, std::ssize(*targetIds)); !fits) return fits;
    for (const auto& [i, j] : pairedTokens(m_source.text.facts(*sourceIds), m_target.text.facts(*targetIds))) {
      batch.sourceRows.push_back(batch.sourceCount + i);
      batch.targetRows.push_back(batch.targetCount + j);
    }
    batch.sourceCount += std::ssize(*sourceIds);
    batch.targetCount += std::ssize(*targetIds);
    batch.source.push_back(std::move(*sourceIds));
    batch.target.push_back(std::move(*targetIds));
    return Done{};
  }

  /// Empties the batch.
  void sumUp(Batch& batch, LayerSums& sums) {
    if (!batch.sourceRows.empty()) {
      const at::Tensor source = captureTogether(m_source, batch.source, m_context);
      const at::Tensor target = isOneModel() ? source : captureTogether(m_target, batch.target, m_context);
      sums.add(m_pairs, statesOf(source, m_sourceLayers, batch.sourceRows),
               statesOf(target, m_targetLayers, batch.targetRows));
    }
    batch = {};
  }

  [[nodiscard]] bool isHeldOut(std::size_t text) const { return FitMapRequest::isHeldOut(text, m_texts.size()); }

  AffineMap describe(const std::vector<AffineSolution>& maps) const {
    AffineMap result;
    result.name = m_request.name.empty() ? "map" : m_request.name;
    result.source = m_source.card.ref;
    result.target = m_target.card.ref;
    result.method = "least squares";
    std::vector<at::Tensor> matrices, offsets;
    for (std::size_t pair = 0; pair < m_pairs.size(); ++pair) {
      result.sourceLayers.push_back(m_pairs[pair].first);
      result.targetLayers.push_back(m_pairs[pair].second);
      result.trainR2.push_back(explained(m_train.of(m_pairs, pair), maps[pair]));
      result.heldOutR2.push_back(m_heldOut.count > 0 ? explained(m_heldOut.of(m_pairs, pair), maps[pair]) : 0.0F);
      matrices.push_back(maps[pair].matrix.to(at::kFloat));
      offsets.push_back(maps[pair].offset.to(at::kFloat));
    }
    result.matrices = toHost(at::stack(matrices), {"pair", "source width", "target width"}, "");
    result.offsets = toHost(at::stack(offsets), {"pair", "target width"}, "residual units");
    result.samples = static_cast<int>(m_train.count);
    result.heldOutSamples = static_cast<int>(m_heldOut.count);
    if (m_heldOut.count == 0) result.warnings.emplace_back("Fewer than seven texts: none was held out.");
    if (m_train.count < 10L * m_source.card.width) {
      result.warnings.push_back("Fitted on " + std::to_string(m_train.count) +
                                " states, fewer than ten for each of the " + std::to_string(m_source.card.width) +
                                " dimensions: look at the held-out figures.");
    }
    return result;
  }

  void descend(AffineMap& map) {
    std::vector<std::vector<std::int32_t>> texts;
    for (std::size_t text = 0; text < m_texts.size(); ++text)
      if (const auto ids = m_source.text.encode(Prompt::plain(m_texts[text])); ids && !isHeldOut(text))
        texts.push_back(*ids);
    descendLens(m_source, map, texts, m_request.steps, m_context);
    const at::Tensor matrices = toTensor(map.matrices).to(at::kDouble), offsets = toTensor(map.offsets).to(at::kDouble);
    for (std::size_t pair = 0; pair < m_pairs.size(); ++pair) {
      const AffineSolution found{matrices[static_cast<std::int64_t>(pair)], offsets[static_cast<std::int64_t>(pair)]};
      map.trainR2[pair] = explained(m_train.of(m_pairs, pair), found);
      if (m_heldOut.count > 0) map.heldOutR2[pair] = explained(m_heldOut.of(m_pairs, pair), found);
    }
  }

  LanguageModel& m_source;
  LanguageModel& m_target;
  const FitMapRequest& m_request;
  LayerPairs m_pairs;
  JobContext& m_context;
  const std::vector<std::string>& m_texts;
  std::set<int> m_sourceLayers, m_targetLayers;
  LayerSums m_train, m_heldOut;
};

Outcome<AffineMap> fromFile(const LanguageModel& source, const LanguageModel& target, const FitMapRequest& request) {
  auto map = readMap(request.file);
  if (!map) return map;
  if (map->sourceWidth() != source.card.width || map->targetWidth() != target.card.width) {
    return Error{.code = "MAP-02",
                 .what = "the map does not fit the models",
                 .file = request.file,
                 .field = "matrices",
                 .found = std::to_string(map->sourceWidth()) + " to " + std::to_string(map->targetWidth()),
                 .expected = std::to_string(source.card.width) + " to " + std::to_string(target.card.width),
                 .advice = "Open the models it was fitted on: " + map->source.name + ", " + map->target.name + "."};
  }
  if (map->source.fingerprint != source.card.ref.fingerprint || map->target.fingerprint != target.card.ref.fingerprint)
    map->warnings.push_back("The map was fitted on other models: " + map->source.name + ", " + map->target.name + ".");
  if (!request.name.empty()) map->name = request.name;
  map->source = source.card.ref;
  map->target = target.card.ref;
  return map;
}

}  // namespace

Outcome<AffineMap> runFitMap(LanguageModel& source, LanguageModel& target, const FitMapRequest& request,
                             JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  if (!request.file.empty()) return fromFile(source, target, request);
  if (request.method == MapMethod::Kl && (request.pairs != MapPairs::Last || &source != &target)) {
    return fitError("MAP-05", "only a lens of one model is fitted to its answers", "method", "pairs that are no lens",
                    "the last layer of the same model", "Choose least squares, or pair each layer with the last.");
  }
  auto pairs = choosePairs(request, source.card, target.card);
  if (!pairs) return pairs.failure<AffineMap>();
  auto map = MapFit(source, target, request, std::move(*pairs), context).run();
  if (map) map->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return map;
}

}  // namespace patchbay
