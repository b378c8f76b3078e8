#include "core/analysis/sweep.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>

#include "core/analysis/sweep_walk.h"
#include "core/tensor/lens_scan.h"

namespace patchbay {
namespace {

/// Memory for the activations of one walk.
constexpr std::int64_t kWalkBytes = std::int64_t{200} << 20;
/// Blocks of one row that the first walk may cost, and how much more each later one may: pictures begin at once, and
/// every further walk repeats little.
constexpr std::int64_t kFirstWalkCost = 1200;
constexpr std::int64_t kWalkGrowth = 5;
/// A sweep that costs no more than this is there at once and goes in one walk.
constexpr std::int64_t kShortCost = 5000;

/// Floats that a row needs at the widest place of a block, keys and values included.
std::int64_t floatsOfRow(const ModelConfig& config) {
  return std::int64_t{6} * config.width + std::int64_t{3} * config.mlpWidth +
         std::int64_t{3} * (config.heads + 2 * config.keyValueHeads) * config.headWidth;
}

bool touchesHeads(const Variant& variant) {
  return std::ranges::any_of(variant.edits, [](const Edit& edit) { return edit.site == Site::HeadOut; });
}

/// Shares the variants out to walks, those of the highest layers first.
class WalkPlan {
public:
  WalkPlan(const ModelConfig& config, std::span<const CapturedRun> bases, const std::vector<Variant>& variants)
      : m_config(config), m_bases(bases), m_variants(variants), m_order(variants.size()) {
    std::iota(m_order.begin(), m_order.end(), std::size_t{0});
    std::ranges::stable_sort(m_order, std::greater<>(), [&](std::size_t i) { return lowestLayerOf(variants[i]); });
    std::int64_t total = 0;
    for (const Variant& variant : variants) total += costOf(variant);
    if (total <= kShortCost) m_mostCost = total;
  }

  /// The variants of the next walk; empty when all are done.
  std::vector<std::size_t> next() {
    std::vector<std::size_t> chosen;
    std::int64_t bytes = 0, cost = 0;
    for (; m_done < m_order.size(); ++m_done) {
      const Variant& variant = m_variants[m_order[m_done]];
      const std::int64_t rows = m_bases[variant.base].tokens() - firstTokenOf(variant);
      const std::int64_t floats =
          floatsOfRow(m_config) + (touchesHeads(variant) ? std::int64_t{2} * m_config.heads * m_config.width : 0);
      bytes += rows * floats * std::int64_t{sizeof(float)};
      cost += costOf(variant);
      if (!chosen.empty() && (bytes > kWalkBytes || cost > m_mostCost)) break;
      chosen.push_back(m_order[m_done]);
    }
    if (m_mostCost < std::numeric_limits<std::int64_t>::max() / kWalkGrowth) m_mostCost *= kWalkGrowth;
    return chosen;
  }

private:
  /// Blocks of one row that a variant takes.
  [[nodiscard]] std::int64_t costOf(const Variant& variant) const {
    return (m_bases[variant.base].tokens() - firstTokenOf(variant)) * (m_config.layers - lowestLayerOf(variant));
  }

  const ModelConfig& m_config;
  std::span<const CapturedRun> m_bases;
  const std::vector<Variant>& m_variants;
  std::vector<std::size_t> m_order;
  std::size_t m_done = 0;
  std::int64_t m_mostCost = kFirstWalkCost;
};

/// Reads what is wanted from last residuals.
class CellReader {
public:
  CellReader(LanguageModel& model, const SweepReadOut& wanted, const JobContext& context)
      : m_model(model), m_wanted(wanted), m_context(context) {
    if (!wanted.asked.empty())
      m_askedRows = unembedding().rows(wanted.asked).to(model.transformer->options());  // [A, D]
  }

  /// Fills the cells of variants of one base run. last [n, D], reference [D].
  void read(const at::Tensor& last, const at::Tensor& reference, std::vector<SweptCell*> cells) const {
    const at::Tensor normed = m_model.transformer->finalNorm(last).to(at::kFloat);  // [n, D]
    if (m_askedRows.defined()) {
      const at::Tensor logits = at::mm(normed, m_askedRows.to(at::kFloat).t()).cpu().contiguous();  // [n, A]
      const auto count = static_cast<std::size_t>(logits.size(1));
      for (std::size_t i = 0; i < cells.size(); ++i) {
        const float* row = logits.const_data_ptr<float>() + i * count;
        cells[i]->askedLogits.assign(row, row + count);
      }
    }
    if (m_wanted.topK > 0 || m_wanted.distribution) rank(normed, reference, cells);
  }

private:
  [[nodiscard]] const Linear& unembedding() const { return m_model.transformer->weights().unembedding; }

  void rank(const at::Tensor& normed, const at::Tensor& reference, const std::vector<SweptCell*>& cells) const {
    const at::Tensor final = m_model.transformer->finalNorm(reference.unsqueeze(0)).to(at::kFloat);  // [1, D]
    const Linear::Input input = unembedding().prepare(at::cat({normed, final}));
    const int k = std::clamp(m_wanted.topK, 1, m_model.card.vocabulary);
    const LensRows rows =
        scanLens({.rows = input.x.size(0),
                  .tokens = 1,
                  .vocabulary = unembedding().outputs(),
                  .multiply = [&](std::int64_t id, at::Tensor& out) { unembedding().multiplyRange(input, id, out); },
                  .topK = k,
                  .trackedLogits = {},
                  .followingLogits = {},
                  .checkpoint = [&] { m_context.checkpoint(); }});
    for (std::size_t i = 0; i < cells.size(); ++i) {
      SweptCell& cell = *cells[i];
      cell.logSumExp = rows.logSumExp[i];
      cell.klBits = rows.klBits[i];
      for (std::size_t n = 0; n < static_cast<std::size_t>(std::clamp(m_wanted.topK, 0, k)); ++n) {
        const std::size_t at = i * static_cast<std::size_t>(k) + n;
        cell.top.push_back({.id = rows.topIds[at],
                            .logit = rows.topLogits[at],
                            .p = static_cast<float>(std::exp(rows.topLogits[at] - rows.logSumExp[i]))});
      }
    }
  }

  LanguageModel& m_model;
  const SweepReadOut& m_wanted;
  const JobContext& m_context;
  at::Tensor m_askedRows;
};

}  // namespace

std::int64_t firstTokenOf(const Variant& variant) { return joinPlaceOf(variant).firstToken; }
int lowestLayerOf(const Variant& variant) { return joinPlaceOf(variant).layer; }

void sweep(LanguageModel& model, std::span<const CapturedRun> bases, const std::vector<Variant>& variants,
           const SweepReadOut& readOut, JobContext& context, const SweepSink& sink) {
  const CellReader reader(model, readOut, context);
  WalkPlan plan(model.transformer->config(), bases, variants);
  const auto total = static_cast<std::int64_t>(variants.size());
  std::int64_t done = 0;
  for (std::vector<std::size_t> chosen = plan.next(); !chosen.empty(); chosen = plan.next()) {
    context.progress("Sweeping", "cells", done, total);
    const at::Tensor last = SweepWalk(model, bases, variants, chosen, context).run();  // [n, D]
    std::vector<SweptCell> cells(chosen.size());
    for (std::size_t base = 0; base < bases.size(); ++base) {
      std::vector<SweptCell*> ofBase;
      std::vector<std::int64_t> rows;
      for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (variants[chosen[i]].base != base) continue;
        cells[i].variant = chosen[i];
        ofBase.push_back(&cells[i]);
        rows.push_back(static_cast<std::int64_t>(i));
      }
      if (rows.empty()) continue;
      const at::Tensor mine =
          rows.size() == chosen.size()
              ? last
              : last.index_select(0, at::tensor(at::ArrayRef<std::int64_t>(rows)).to(last.device()));
      const CapturedRun& run = bases[base];
      const at::Tensor ownLast = run.residuals[run.layers() - 1][run.tokens() - 1];
      reader.read(mine, readOut.reference.defined() ? readOut.reference : ownLast, ofBase);
    }
    done += static_cast<std::int64_t>(chosen.size());
    sink(std::move(cells));
  }
  context.progress("Sweeping", "cells", total, total);
}

SweptCaches sweepToContinue(LanguageModel& model, const CapturedRun& base, const std::vector<Variant>& variants,
                            JobContext& context) {
  std::vector<std::size_t> all(variants.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return SweepWalk(model, {&base, 1}, variants, std::move(all), context).runToContinue();
}

}  // namespace patchbay
