#include "core/analysis/probe.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>

#include "core/analysis/captured_run.h"
#include "core/analysis/linear_probe.h"
#include "core/base/shuffle.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostTexts = 2000, kMostLabels = 64;
constexpr int kMostFolds = 20;
constexpr double kShrinkage = 0.1;

Error refusal(const char* code, const std::string& what, const std::string& field, const std::string& found,
              const std::string& expected, const std::string& advice) {
  return {
      .code = code, .what = what, .file = {}, .field = field, .found = found, .expected = expected, .advice = advice};
}

class Probing {
public:
  Probing(LanguageModel& model, const ProbeRequest& request, Site site, JobContext& context)
      : m_model(model), m_request(request), m_site(site), m_context(context) {}

  Outcome<ProbeResult> run() {
    if (const auto taken = takeLabels(); !taken) return taken.failure<ProbeResult>();
    auto states = capture();
    if (!states) return states.failure<ProbeResult>();
    divide();
    tell(*states);
    m_result.site = m_request.site;
    return std::move(m_result);
  }

private:
  Outcome<Done> takeLabels() {
    const auto& items = m_request.list.items;
    if (items.size() > kMostTexts)
      return refusal("PROBE-02", "there are too many texts for a probe", "texts", std::to_string(items.size()),
                     "at most " + std::to_string(kMostTexts), "Leave some of them out.");
    m_result.labels = m_request.list.labels();
    const auto& labels = m_result.labels;
    if (labels.size() < 2)
      return refusal("PROBE-01", "a probe tells labels apart", "labels", std::to_string(labels.size()),
                     "two labels or more", "Add texts of another label.");
    if (labels.size() > kMostLabels)
      return refusal("PROBE-02", "there are too many labels for a probe", "labels", std::to_string(labels.size()),
                     "at most " + std::to_string(kMostLabels), "Join some of them.");
    std::vector<int> counts(labels.size());
    for (const LabelledText& item : items) {
      m_result.truth.push_back(static_cast<int>(std::ranges::find(labels, item.label) - labels.begin()));
      ++counts[static_cast<std::size_t>(m_result.truth.back())];
    }
    for (std::size_t label = 0; label < labels.size(); ++label)
      if (counts[label] < 2)
        return refusal("PROBE-01", "a label has too few texts", "'" + labels[label].substr(0, 60) + "'", "one text",
                       "two or more: one to learn from, one to tell", "Add texts of it, or take it out.");
    m_folds = std::clamp(m_request.folds, 2, kMostFolds);
    return Done{};
  }

  /// What the probes read: of each text one state a layer, [L, N, D].
  Outcome<at::Tensor> capture() {
    const auto count = std::ssize(m_request.list.items);
    const bool isStream = m_site == Site::ResidPost;
    at::Tensor states = at::empty({m_model.card.layers, count, m_model.card.width}, at::kFloat);
    for (std::int64_t i = 0; i < count; ++i) {
      m_context.progress("Reading", "texts", i, count);
      const auto ids = m_model.text.encode(Prompt::plain(m_request.list.items[static_cast<std::size_t>(i)].text));
      if (!ids) return ids.failure<at::Tensor>();
      if (const auto fits = checkContext(m_model, std::ssize(*ids)); !fits) return fits.failure<at::Tensor>();
      const CapturedRun run =
          captureResiduals(m_model, *ids, m_context, isStream ? std::optional<Site>() : m_site, {}, Keys::Dropped);
      const at::Tensor& all = isStream ? run.residuals : run.values;  // [L, T, D]
      const std::int64_t last = all.size(1) - 1;
      // The first token is an attention sink, longer than all others together; a text of one token has no other.
      const std::int64_t first = m_request.place == ProbePlace::Mean ? std::min<std::int64_t>(1, last) : last;
      states.select(1, i).copy_(all.narrow(1, first, last - first + 1).mean(1));
      m_result.tokens.push_back(m_request.place == ProbePlace::Last ? m_model.text.facts({ids->back()}).front().text
                                                                    : std::string());
    }
    return states;
  }

  /// Gives every text a fold, texts of one label to one after the other, and shuffles the labels of the control.
  void divide() {
    std::mt19937_64 random(m_request.seed);
    m_foldOf.resize(m_result.truth.size());
    int next = 0;
    for (int label = 0; label < static_cast<int>(m_result.labels.size()); ++label) {
      std::vector<std::size_t> texts;
      for (std::size_t i = 0; i < m_result.truth.size(); ++i)
        if (m_result.truth[i] == label) texts.push_back(i);
      shuffle(texts, random);
      // A label never lies in one fold alone: two texts or more go to folds side by side.
      for (const std::size_t text : texts) m_foldOf[text] = next++ % m_folds;
    }
    m_result.shuffled = m_result.truth;
    shuffle(m_result.shuffled, random);
  }

  void tell(const at::Tensor& states) {
    const std::int64_t layers = states.size(0), texts = states.size(1);
    const auto classes = static_cast<std::int64_t>(m_result.labels.size());
    const at::Tensor truth = at::tensor(at::ArrayRef<int>(m_result.truth)).to(at::kLong);
    const at::Tensor shuffled = at::tensor(at::ArrayRef<int>(m_result.shuffled)).to(at::kLong);
    const at::Tensor folds = at::tensor(at::ArrayRef<int>(m_foldOf)).to(at::kLong);
    at::Tensor told = at::zeros({kProbeArms, layers, texts}, at::kLong);
    for (std::int64_t layer = 0; layer < layers; ++layer) {
      m_context.progress("Probing", "layers", layer, layers);
      for (int fold = 0; fold < m_folds; ++fold) {
        const at::Tensor inside = (folds == fold).nonzero().flatten(), outside = (folds != fold).nonzero().flatten();
        if (inside.numel() == 0) continue;
        const at::Tensor seen = states[layer].index_select(0, outside), unseen = states[layer].index_select(0, inside);
        const auto put = [&](ProbeArm arm, const LinearProbe& probe) {
          told[static_cast<std::int64_t>(arm)][layer].index_copy_(0, inside, probe.tell(unseen));
        };
        const at::Tensor right = truth.index_select(0, outside), wrong = shuffled.index_select(0, outside);
        // One fit for both: the points are the same, and so are their axes.
        const LinearProbe both =
            fitLogistic(seen, at::cat({oneAgainstOthers(right, classes), oneAgainstOthers(wrong, classes)}, 1),
                        m_request.penalty, m_context);
        const auto half = [&](std::int64_t first) {
          return LinearProbe{.weights = both.weights.narrow(0, first, classes),
                             .biases = both.biases.narrow(0, first, classes)};
        };
        put(ProbeArm::Logistic, half(0));
        put(ProbeArm::Shuffled, half(classes));
        put(ProbeArm::Whitened, fitWhitened(seen, right, classes, kShrinkage, m_context));
      }
    }
    m_context.progress("Probing", "layers", layers, layers);
    m_result.told = toHost(told.to(at::kFloat), {"probe", "layer", "text"}, "label");
  }

  LanguageModel& m_model;
  const ProbeRequest& m_request;
  Site m_site;
  JobContext& m_context;
  ProbeResult m_result;
  std::vector<int> m_foldOf;
  int m_folds = 5;
};

}  // namespace

Outcome<ProbeResult> runProbe(LanguageModel& model, const ProbeRequest& request, JobContext& context) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const auto site = siteByName(request.site);
  if (site != Site::ResidPost && site != Site::ResidMid && site != Site::AttnOut && site != Site::MlpOut)
    return refusal("PROBE-03", "this site cannot be probed", "site", "'" + request.site + "'",
                   "resid_post, resid_mid, attn_out or mlp_out", "Choose one of these sites.");
  if (!(request.penalty > 0) || !std::isfinite(request.penalty))
    return refusal("PROBE-04", "this is no penalty", "penalty", std::to_string(request.penalty), "above 0",
                   "Take 1, or another positive number.");
  auto result = Probing(model, request, *site, context).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
