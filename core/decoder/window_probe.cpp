#include "core/decoder/window_probe.h"

#include <algorithm>

#include "core/analysis/captured_run.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

constexpr std::uint64_t kPromptsOfValue = 4, kMostPrompts = 640, kTogether = 16;
constexpr double kShrinkage = 0.1;
constexpr ExampleWindow kWindows[] = {ExampleWindow::Evidence, ExampleWindow::After, ExampleWindow::Tail};

/// The tokens of a window of a prompt of so many, the first one left out; empty where there are none.
IndexRange windowIn(ExampleWindow window, const IndexRange& words, int tokens) {
  const int last = tokens - 1;
  switch (window) {
    case ExampleWindow::Evidence:
      return {std::max(words.first, 1), std::min(words.last, words.first + kWindowTokens - 1)};
    case ExampleWindow::After: return {words.last + 1, std::min(words.last + kWindowTokens, last)};
    case ExampleWindow::Tail: return {std::max(tokens - kWindowTokens, 1), last};
  }
  return {};
}

}  // namespace

Outcome<WindowProbes> WindowProbes::fit(LanguageModel& model, const ExampleMaker& maker, const QuestionFamily& family,
                                        int layer, JobContext& context) {
  WindowProbes fitted;
  fitted.m_layer = layer;
  std::map<ExampleWindow, std::vector<at::Tensor>> points;
  std::map<ExampleWindow, std::vector<std::int64_t>> labels;
  const std::uint64_t count = std::min<std::uint64_t>(kPromptsOfValue * family.values.size(), kMostPrompts);
  for (std::uint64_t first = 0; first < count; first += kTogether) {
    context.progress("Reading for the probe beside " + family.title, "prompts", static_cast<std::int64_t>(first),
                     static_cast<std::int64_t>(count));
    std::vector<ExampleMaker::Placed> placed;
    std::vector<std::vector<std::int32_t>> prompts;
    for (std::uint64_t i = first; i < std::min(first + kTogether, count); ++i) {
      auto made = maker.placed(family, i);
      if (!made) return made.failure<WindowProbes>();
      if (const auto fits = checkContext(model, std::ssize(made->ids)); !fits) return fits.failure<WindowProbes>();
      prompts.push_back(std::move(made->ids));
      placed.push_back(std::move(*made));
    }
    const at::Tensor states = statesAt(model, prompts, layer, context);  // [N, D]
    std::int64_t before = 0;
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      auto label = std::ranges::find(fitted.m_values, placed[i].value);
      if (label == fitted.m_values.end()) label = fitted.m_values.insert(label, placed[i].value);
      for (const ExampleWindow window : kWindows) {
        const IndexRange range = windowIn(window, placed[i].words, static_cast<int>(prompts[i].size()));
        if (range.first > range.last) continue;
        points[window].push_back(states.narrow(0, before + range.first, range.last - range.first + 1).mean(0));
        labels[window].push_back(label - fitted.m_values.begin());
      }
      before += std::ssize(prompts[i]);
    }
  }
  for (const auto& [window, all] : points)
    fitted.m_probes.emplace(window, fitWhitened(at::stack(all), at::tensor(labels.at(window), at::kLong),
                                                std::ssize(fitted.m_values), kShrinkage, context));
  return fitted;
}

std::optional<std::size_t> WindowProbes::choose(ExampleWindow window, const at::Tensor& states,
                                                const std::vector<std::string>& values) const {
  const auto probe = m_probes.find(window);
  if (probe == m_probes.end()) return std::nullopt;
  const at::Tensor scores = at::addmv(probe->second.biases, probe->second.weights,
                                      states.mean(0).to(probe->second.weights.options()));  // [C]
  std::optional<std::size_t> best;
  double most = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto label = std::ranges::find(m_values, values[i]);
    if (label == m_values.end()) continue;
    const double score = scores[label - m_values.begin()].item<double>();
    if (best && score <= most) continue;
    best = i;
    most = score;
  }
  return best;
}

}  // namespace patchbay
