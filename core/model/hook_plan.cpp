#include "core/model/hook_plan.h"

#include <algorithm>

namespace patchbay {
namespace {

std::uint32_t bit(Site site) { return 1U << static_cast<unsigned>(site); }

int layerOf(Site site, int layer) { return factOf(site).perLayer ? layer : 0; }

/// The part of x that an edit touches, a view; undefined when its tokens are not there.
at::Tensor touchedPart(const Edit& edit, const at::Tensor& x, std::int64_t firstToken) {
  const std::int64_t end = firstToken + x.size(1);
  const std::int64_t first = std::max(edit.firstToken, firstToken);
  const std::int64_t last = std::min(edit.lastToken.value_or(end - 1), end - 1);
  if (first > last || (edit.row && *edit.row >= x.size(0))) return {};
  at::Tensor part = x.narrow(1, first - firstToken, last - first + 1);
  if (edit.row) part = part.narrow(0, *edit.row, 1);
  return edit.head ? part.select(2, *edit.head) : part;
}

}  // namespace

namespace edits {

std::function<at::Tensor(const at::Tensor&)> replaceBy(at::Tensor values) {
  return [values = std::move(values)](const at::Tensor& x) { return values.to(x.options()).expand_as(x); };
}

std::function<at::Tensor(const at::Tensor&)> addScaled(at::Tensor vector, double scale, bool keepNorm) {
  return [vector = std::move(vector), scale, keepNorm](const at::Tensor& x) {
    if (scale == 0) return x;
    at::Tensor sum = x + vector.to(x.options()) * scale;
    if (!keepNorm) return sum;
    const at::Tensor before = x.to(at::kFloat).norm(2, {-1}, true);
    const at::Tensor after = sum.to(at::kFloat).norm(2, {-1}, true);
    return (sum * (before / after.clamp_min(1e-20)).to(x.scalar_type()));
  };
}

std::function<at::Tensor(const at::Tensor&)> scaleBy(double factor) {
  return [factor](const at::Tensor& x) { return factor == 0 ? at::zeros_like(x) : x * factor; };
}

std::function<at::Tensor(const at::Tensor&)> projectOut(at::Tensor direction) {
  const at::Tensor unit = direction / direction.norm().clamp_min(1e-20);
  return [unit](const at::Tensor& x) {
    const at::Tensor u = unit.to(x.options());
    return x - (x * u).sum(-1, true) * u;
  };
}

std::function<at::Tensor(const at::Tensor&)> affine(at::Tensor matrix, at::Tensor offset) {
  return [matrix = std::move(matrix), offset = std::move(offset)](const at::Tensor& x) {
    return at::linear(x, matrix.to(x.options()), offset.to(x.options()));
  };
}

}  // namespace edits

void HookPlan::addEdit(Edit edit) {
  const auto layer = static_cast<std::size_t>(layerOf(edit.site, edit.layer));
  if (m_sitesOfLayer.size() <= layer) m_sitesOfLayer.resize(layer + 1);
  m_sitesOfLayer[layer] |= bit(edit.site);
  m_edits.push_back(std::move(edit));
}

void HookPlan::observe(Site site, int layer, Observer observer) {
  const auto place = static_cast<std::size_t>(layerOf(site, layer));
  if (m_sitesOfLayer.size() <= place) m_sitesOfLayer.resize(place + 1);
  m_sitesOfLayer[place] |= bit(site);
  m_observers.push_back({site, static_cast<int>(place), std::move(observer)});
}

bool HookPlan::wants(Site site, int layer) const {
  const auto place = static_cast<std::size_t>(layerOf(site, layer));
  return place < m_sitesOfLayer.size() && (m_sitesOfLayer[place] & bit(site)) != 0;
}

at::Tensor HookPlan::at(Site site, int layer, at::Tensor x, std::int64_t firstToken) const {
  if (!wants(site, layer)) return x;
  const int place = layerOf(site, layer);
  bool isOwn = false;  // the value that came in stays as it was
  for (const Edit& edit : m_edits) {
    if (edit.site != site || layerOf(site, edit.layer) != place || !touchedPart(edit, x, firstToken).defined())
      continue;
    if (!isOwn) x = x.clone();
    isOwn = true;
    at::Tensor part = touchedPart(edit, x, firstToken);
    part.copy_(edit.apply(part));
  }
  for (const Watch& watch : m_observers)
    if (watch.site == site && watch.layer == place) watch.observer({site, place, firstToken, x});
  return x;
}

}  // namespace patchbay
