#include "core/train/graph_functions.h"

#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

namespace patchbay::graph {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Variable;
using torch::autograd::variable_list;

/// The rows of logits that are held at once.
constexpr std::int64_t kLogitRows = 64;

/// What no gradient reaches: the plain product, and where and how strongly each term enters.
struct ProductPlan {
  at::Tensor weight, bias;
  std::vector<std::int64_t> firsts;
  double scale = 1;
  at::Tensor keep;
};

at::Tensor dropped(const at::Tensor& x, const at::Tensor& keep) {
  return keep.defined() ? x * keep.to(x.scalar_type()) : x;
}

struct AdaptedProduct : torch::autograd::Function<AdaptedProduct> {
  /// pairs: down and up of each term, one behind the other.
  static Variable forward(AutogradContext* context, const Variable& x, at::TensorList pairs, const ProductPlan& plan) {
    const at::ScalarType type = plan.weight.scalar_type();
    const at::Tensor seen = x.to(type);
    at::Tensor y = at::mm(seen, plan.weight.t()).to(at::kFloat);
    if (plan.bias.defined()) y.add_(plan.bias);
    variable_list saved{seen, plan.weight, plan.keep};
    if (!pairs.empty()) {
      const at::Tensor kept = dropped(seen, plan.keep);
      for (std::size_t i = 0; i < plan.firsts.size(); ++i) {
        const at::Tensor &down = pairs[2 * i], &up = pairs[2 * i + 1];
        at::Tensor inner = at::mm(kept, down.to(type).t()).to(at::kFloat);  // [N, rank]
        y.narrow(1, plan.firsts[i], up.size(0)).addmm_(inner, up.t(), 1, plan.scale);
        saved.push_back(down);
        saved.push_back(up);
        saved.push_back(inner);
      }
    }
    context->save_for_backward(saved);
    context->saved_data["firsts"] = plan.firsts;
    context->saved_data["scale"] = plan.scale;
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &keep = saved[2];
    const at::ScalarType type = weight.scalar_type();
    const at::Tensor slope = gradients.front().contiguous().to(type);
    const std::vector<std::int64_t> firsts = context->saved_data["firsts"].toIntVector();
    const double scale = context->saved_data["scale"].toDouble();
    const bool wantsInput = context->needs_input_grad(0);
    at::Tensor toInput = wantsInput ? at::mm(slope, weight).to(at::kFloat) : at::Tensor();
    variable_list result{{}};
    const at::Tensor seen = firsts.empty() ? x : dropped(x, keep);
    for (std::size_t i = 0; i < firsts.size(); ++i) {
      const at::Tensor &down = saved[3 + 3 * i], &up = saved[4 + 3 * i], &inner = saved[5 + 3 * i];
      const at::Tensor part = slope.narrow(1, firsts[i], up.size(0));
      const at::Tensor toInner = at::mm(part, up.to(type)).to(at::kFloat).mul_(scale);  // [N, rank]
      result.push_back(at::mm(toInner.to(type).t(), seen).to(at::kFloat));
      result.push_back(at::mm(part.t(), inner.to(type)).to(at::kFloat).mul_(scale));
      if (!wantsInput) continue;
      if (keep.defined())
        toInput.add_(at::mm(toInner, down).mul_(keep));
      else
        toInput.addmm_(toInner, down);
    }
    result.emplace_back();
    result[0] = std::move(toInput);
    return result;
  }
};

struct RmsNorm : torch::autograd::Function<RmsNorm> {
  static Variable forward(AutogradContext* context, const Variable& x, const at::Tensor& weight, double eps) {
    const at::Tensor inverse = at::rsqrt(x.square().mean(-1, true).add_(eps));  // [N, 1]
    context->save_for_backward({x, weight, inverse});
    return (x * inverse).mul_(weight);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor &x = saved[0], &weight = saved[1], &inverse = saved[2];
    at::Tensor slope = gradients.front() * weight;
    const at::Tensor along = (slope * x).mean(-1, true).mul_(inverse.pow(3));  // [N, 1]
    return {slope.mul_(inverse).addcmul_(x, along, -1), {}, {}};
  }
};

struct SiluTimesUp : torch::autograd::Function<SiluTimesUp> {
  static Variable forward(AutogradContext* context, const Variable& gateUp) {
    context->save_for_backward({gateUp});
    const auto halves = gateUp.chunk(2, -1);
    return at::silu(halves[0]).mul_(halves[1]);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const at::Tensor& slope = gradients.front();
    const auto halves = context->get_saved_variables().front().chunk(2, -1);
    const at::Tensor share = at::sigmoid(halves[0]), silu = share * halves[0];
    at::Tensor result = at::empty_like(context->get_saved_variables().front());
    auto out = result.chunk(2, -1);
    at::mul_out(out[1], slope, silu);
    // d silu / d gate = share + silu * (1 - share)
    at::mul_out(out[0], silu.mul_(1 - share).add_(share), halves[1]);
    out[0].mul_(slope);
    return {result};
  }
};

struct CrossEntropy : torch::autograd::Function<CrossEntropy> {
  static Variable forward(AutogradContext* context, const Variable& states, const at::Tensor& unembedding,
                          const at::Tensor& targets, const at::Tensor& weights) {
    at::Tensor slopes = at::empty_like(states);
    at::Tensor losses = at::empty({states.size(0)}, states.options());
    for (std::int64_t first = 0; first < states.size(0); first += kLogitRows) {
      const std::int64_t count = std::min(kLogitRows, states.size(0) - first);
      const at::Tensor wanted = targets.narrow(0, first, count).unsqueeze(1);
      const at::Tensor share = weights.narrow(0, first, count).unsqueeze(1);
      at::Tensor logits = at::mm(states.narrow(0, first, count), unembedding.t());  // [r, V]
      const at::Tensor total = at::logsumexp(logits, -1, true);
      losses.narrow(0, first, count).copy_((total - logits.gather(1, wanted)).mul_(share).squeeze(1));
      logits.sub_(total).exp_().mul_(share).scatter_add_(1, wanted, -share);
      at::Tensor part = slopes.narrow(0, first, count);
      at::mm_out(part, logits, unembedding);
    }
    context->save_for_backward({slopes});
    return losses;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {context->get_saved_variables().front() * gradients.front().unsqueeze(1), {}, {}, {}};
  }
};

struct Divergence : torch::autograd::Function<Divergence> {
  static Variable forward(AutogradContext* context, const Variable& states, const at::Tensor& unembedding,
                          const at::Tensor& goals, const at::Tensor& weights) {
    at::Tensor slopes = at::empty_like(states);
    at::Tensor losses = at::empty({states.size(0)}, states.options());
    for (std::int64_t first = 0; first < states.size(0); first += kLogitRows) {
      const std::int64_t count = std::min(kLogitRows, states.size(0) - first);
      const at::Tensor share = weights.narrow(0, first, count).unsqueeze(1);
      at::Tensor said = at::log_softmax(at::mm(states.narrow(0, first, count), unembedding.t()), -1);  // [r, V]
      const at::Tensor wanted = at::log_softmax(at::mm(goals.narrow(0, first, count), unembedding.t()), -1);
      const at::Tensor p = wanted.exp();
      losses.narrow(0, first, count).copy_(((wanted - said) * p).sum(-1) * share.squeeze(1));
      at::Tensor part = slopes.narrow(0, first, count);
      at::mm_out(part, said.exp_().sub_(p).mul_(share), unembedding);
    }
    context->save_for_backward({slopes});
    return losses;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    return {context->get_saved_variables().front() * gradients.front().unsqueeze(1), {}, {}, {}};
  }
};

}  // namespace

at::Tensor adaptedProduct(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                          const LowRankTerms& adapter) {
  variable_list pairs;
  ProductPlan plan{.weight = weight, .bias = bias, .firsts = {}, .scale = adapter.scale, .keep = adapter.keep};
  for (const LowRankTerm& term : adapter.terms) {
    plan.firsts.push_back(term.first);
    pairs.push_back(term.down);
    pairs.push_back(term.up);
  }
  return AdaptedProduct::apply(x, at::TensorList(pairs), plan);
}

at::Tensor trainedProduct(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType type) {
  const at::Tensor y = at::mm(x.to(type), weight.to(type).t()).to(at::kFloat);
  return bias.defined() ? y + bias : y;
}

at::Tensor rmsNorm(const at::Tensor& x, const at::Tensor& weight, double eps) { return RmsNorm::apply(x, weight, eps); }

at::Tensor siluTimesUp(const at::Tensor& gateUp) { return SiluTimesUp::apply(gateUp); }

at::Tensor crossEntropy(const at::Tensor& states, const at::Tensor& unembedding, const at::Tensor& targets,
                        const at::Tensor& weights) {
  return CrossEntropy::apply(states, unembedding, targets, weights);
}

at::Tensor divergence(const at::Tensor& states, const at::Tensor& unembedding, const at::Tensor& goals,
                      const at::Tensor& weights) {
  return Divergence::apply(states, unembedding, goals, weights);
}

}  // namespace patchbay::graph
