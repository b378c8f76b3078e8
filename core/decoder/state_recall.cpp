#include "core/decoder/state_recall.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

/// Share of the states' mean variance that is added to every direction's, as ridge regression does.
constexpr double kRidge = 1e-3;

std::string mapName(int layer) { return "map." + std::to_string(layer); }
std::string offsetName(int layer) { return "offset." + std::to_string(layer); }

/// In one piece, as a file gives it back: sums of products depend on how numbers lie.
at::Tensor rounded(const at::Tensor& tensor) { return tensor.to(at::kBFloat16).to(at::kFloat).contiguous(); }

}  // namespace

void RecallMoments::add(const at::Tensor& behind, const at::Tensor& word) {
  const at::Tensor x = behind.to(at::kDouble), y = word.to(at::kDouble);
  Moments& sums = m_sums;
  if (sums.count == 0)
    sums = {.xx = at::zeros({y.size(0), y.size(0)}, y.options()),
            .xy = at::zeros({y.size(0), y.size(0)}, y.options()),
            .x = at::zeros_like(y),
            .y = at::zeros_like(y)};
  const at::Tensor sum = x.sum(0);
  const auto count = static_cast<double>(x.size(0));
  sums.xx.addmm_(x.t(), x);
  sums.xy.addr_(sum, y);
  sums.x.add_(sum);
  sums.y.add_(y, count);
  sums.yy += y.square().sum().item<double>() * count;
  sums.count += x.size(0);
}

StateRecall::StateRecall(const std::map<int, RecallMoments>& ofLayers) {
  for (const auto& [layer, moments] : ofLayers) {
    const Moments& sums = moments.sums();
    const auto count = static_cast<double>(sums.count);
    const at::Tensor covariance = sums.covariance(), word = sums.y / count;
    // Where states do not vary at all there is nothing to recall, and nothing to solve.
    const bool isVaried = covariance.trace().item<double>() > 0;
    const at::Tensor map = isVaried ? solveLeastSquares(sums, kRidge).matrix : at::zeros_like(covariance);
    // An estimate is shorter than what it estimates: the less it knows, the more.
    const double recalled = at::mm(at::mm(map.t(), covariance), map).trace().item<double>();
    const double said = sums.yy / count - word.square().sum().item<double>();
    const double gain = recalled > 0 && said > 0 ? std::sqrt(said / recalled) : 0;
    const at::Tensor stored = rounded(map * gain);
    const at::Tensor offset = rounded(word - at::mv(stored.t().to(at::kDouble), sums.x / count));
    m_parts.emplace(layer, Part{.map = stored, .offset = offset});
  }
}

const StateRecall::Part& StateRecall::nearest(int layer) const {
  const auto apart = [layer](const auto& part) { return std::abs(part.first - layer); };
  return std::ranges::min_element(m_parts, {}, apart)->second;
}

at::Tensor StateRecall::operator()(const at::Tensor& states, int layer) const {
  if (isEmpty()) return states;
  const Part& part = nearest(layer);
  const at::Tensor wide = states.to(at::kFloat);
  return at::cat({wide, at::mm(wide, part.map).add_(part.offset)});
}

at::Tensor StateRecall::slopes(const at::Tensor& slopes, int layer) const {
  if (isEmpty()) return slopes;
  const auto halves = slopes.chunk(2, 0);
  return halves[0] + at::mm(halves[1], nearest(layer).map.t());
}

ArrayFile StateRecall::arrays() const {
  ArrayFile file;
  for (const auto& [layer, part] : m_parts) {
    file.arrays.emplace(mapName(layer), toHost(part.map, {"width", "width"}, ""));
    file.arrays.emplace(offsetName(layer), toHost(part.offset, {"width"}, ""));
  }
  return file;
}

Outcome<StateRecall> StateRecall::of(const ArrayFile& file, const std::vector<int>& layers, int width,
                                     const std::string& path, at::Device device) {
  StateRecall recall;
  std::optional<Error> failure;
  const auto take = [&](const std::string& name, const std::vector<std::int64_t>& shape) {
    const auto found = file.arrays.find(name);
    const bool isThere = found != file.arrays.end();
    at::Tensor values = isThere ? toTensor(found->second).clone() : at::Tensor();
    const bool fits = isThere && values.sizes().vec() == shape;
    if (fits && at::isfinite(values).all().item<bool>()) return values.to(device);
    if (failure) return at::Tensor();
    failure = Error{.code = "DEC-02",
                    .what = "the map of what a decoder's states recall is damaged",
                    .file = path,
                    .field = name,
                    .found = !isThere ? "nothing"
                             : fits   ? "what is no number"
                                      : "another shape",
                    .expected = std::string(shape.size() == 1 ? "a vector" : "a matrix") + " of the model's width, " +
                                std::to_string(width),
                    .advice = "Take the decoder's folder anew from where it came from."};
    return at::Tensor();
  };
  for (const int layer : layers) {
    Part part{.map = take(mapName(layer), {width, width}), .offset = take(offsetName(layer), {width})};
    if (failure) return *failure;
    recall.m_parts.emplace(layer, std::move(part));
  }
  return recall;
}

}  // namespace patchbay
