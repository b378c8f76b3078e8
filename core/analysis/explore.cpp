#include "core/analysis/explore.h"

#include <algorithm>
#include <chrono>

#include "core/analysis/captured_run.h"
#include "core/analysis/greedy_growth.h"
#include "core/analysis/state_storage.h"
#include "core/model/generator.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostTexts = 512, kMostPlaces = 4096;
/// With so many places the figures are computed anew at each new token, with more now and then.
constexpr std::int64_t kPlacesEachTime = 48, kEvery = 8;
constexpr int kMostCompared = 64, kComponents = 3, kChannels = 8;

Error tooMany(const char* field, std::size_t found, std::size_t most) {
  return {.code = "EXPL-02",
          .what = "there is too much to explore at once",
          .file = {},
          .field = field,
          .found = std::to_string(found),
          .expected = "at most " + std::to_string(most),
          .advice = "Leave some texts out, or read only the last token of each."};
}

/// Coordinates along the first principal components, and the share of the variance of each.
struct Components {
  at::Tensor points;     ///< [N, 3]
  at::Tensor explained;  ///< [3]
};

/// Of the smaller of the two matrices that have the same non-zero eigenvalues: X X' [N, N] or X' X [D, D].
Components componentsOf(const at::Tensor& states) {
  const at::Tensor x = (states - states.mean(0, true)).to(at::kDouble);  // [N, D]
  const bool areFew = x.size(0) <= x.size(1);
  const auto [values, vectors] = at::linalg_eigh(areFew ? at::mm(x, x.t()) : at::mm(x.t(), x));
  const std::int64_t found = values.size(0), wanted = std::min<std::int64_t>(kComponents, found);
  const at::Tensor last = values.narrow(0, found - wanted, wanted).flip(0).clamp_min(0);
  const at::Tensor axes = vectors.narrow(1, found - wanted, wanted).flip(1);
  const double variance = x.square().sum().item<double>();
  Components components{.points = at::zeros({x.size(0), kComponents}, at::kDouble),
                        .explained = at::zeros({kComponents}, at::kDouble)};
  components.points.narrow(1, 0, wanted).copy_(areFew ? axes * last.sqrt() : at::mm(x, axes));
  if (variance > 0) components.explained.narrow(0, 0, wanted).copy_(last / variance);
  return components;
}

class Exploration {
public:
  Exploration(LanguageModel& model, const ExploreRequest& request, Site site, JobContext& context,
              const std::function<void(const StreamedTokens&)>& stream)
      : m_model(model), m_request(request), m_site(site), m_context(context), m_stream(stream) {}

  Outcome<ExploreResult> run() {
    if (const auto read = encode(); !read) return read.failure<ExploreResult>();
    m_result.site = m_request.site;
    m_result.width = m_model.card.width;
    if (m_request.continueTokens > 0) {
      grow();
      return std::move(m_result);
    }
    if (m_result.places.empty()) {
      return Error{.code = "EXPL-03",
                   .what = "there is nothing to explore",
                   .file = {},
                   .field = "texts",
                   .found = "no token but first ones, which are attention sinks",
                   .expected = "at least one other token",
                   .advice = "Write longer texts, or take the first tokens too."};
    }
    describe(capture(), m_context);
    return std::move(m_result);
  }

private:
  Outcome<Done> encode() {
    const bool isPrompt = m_request.texts.empty() && m_request.others.empty();
    if (auto refused = refuseGrowth(m_request.continueTokens)) return *refused;
    if (m_request.continueTokens > 0 && !isPrompt) {
      return Error{.code = "EXPL-04",
                   .what = "only a prompt goes on",
                   .file = {},
                   .field = "continueTokens",
                   .found = std::to_string(m_request.continueTokens) + " and texts of groups",
                   .expected = "no texts",
                   .advice = "Explore the prompt, or leave the continuation out."};
    }
    std::vector<std::pair<Prompt, bool>> prompts;
    if (isPrompt) prompts.emplace_back(m_request.prompt, false);
    for (const std::string& text : m_request.texts) prompts.emplace_back(Prompt::plain(text), false);
    for (const std::string& text : m_request.others) prompts.emplace_back(Prompt::plain(text), true);
    if (prompts.size() > kMostTexts) return tooMany("texts", prompts.size(), kMostTexts);
    for (const auto& [prompt, isOther] : prompts) {
      auto ids = m_model.text.encode(prompt);
      if (!ids) return ids.failure<Done>();
      if (const auto fits = checkContext(m_model, std::ssize(*ids) + m_request.continueTokens); !fits) return fits;
      addPlaces(static_cast<int>(m_ids.size()), static_cast<int>(ids->size()));
      if (m_result.places.size() > kMostPlaces) return tooMany("tokens", m_result.places.size(), kMostPlaces);
      m_result.texts.push_back({.tokens = m_model.text.facts(*ids), .isOther = isOther});
      m_ids.push_back(std::move(*ids));
    }
    return Done{};
  }

  void addPlaces(int text, int tokens) {
    const int first = m_request.lastOnly ? tokens - 1 : 0;
    for (int token = first; token < tokens; ++token) {
      if (token == 0 && !m_request.withFirst)
        ++m_result.leftOut;
      else
        m_result.places.push_back({text, token});
    }
  }

  /// The activations of every place at every layer, [L, N, D] float32.
  at::Tensor capture() {
    const bool isStream = m_site == Site::ResidPost;
    at::Tensor states = newStates({m_model.card.layers, std::ssize(m_result.places), m_model.card.width},
                                  at::TensorOptions().dtype(at::kFloat));
    std::int64_t place = 0;
    for (std::size_t text = 0; text < m_ids.size(); ++text) {
      std::vector<std::int64_t> tokens;
      for (const ExploredPlace& at : m_result.places)
        if (at.text == static_cast<int>(text)) tokens.push_back(at.token);
      m_context.progress("Exploring", "texts", static_cast<std::int64_t>(text), std::ssize(m_ids));
      if (tokens.empty()) continue;
      const CapturedRun run = captureResiduals(m_model, m_ids[text], m_context,
                                               isStream ? std::optional<Site>() : m_site, {}, Keys::Dropped);
      const at::Tensor chosen = at::tensor(at::ArrayRef<std::int64_t>(tokens));
      states.narrow(1, place, std::ssize(tokens))
          .copy_((isStream ? run.residuals : run.values).index_select(1, chosen.to(run.residuals.device())));
      place += std::ssize(tokens);
    }
    return states;
  }

  /// The prompt and what the model says behind it, place by place.
  void grow() {
    const bool isStream = m_site == Site::ResidPost;
    CapturedRun run =
        captureResiduals(m_model, m_ids.front(), m_context, isStream ? std::optional<Site>() : m_site, {}, Keys::Kept);
    const std::int64_t prompt = run.tokens();
    std::vector<std::int64_t> tokens;
    for (const ExploredPlace& at : m_result.places) tokens.push_back(at.token);
    const at::Tensor chosen = at::tensor(tokens, at::kLong).to(run.residuals.device());
    m_states = (isStream ? run.residuals : run.values).index_select(1, chosen).to(at::kCPU, at::kFloat);
    HookPlan watch;
    std::vector<at::Tensor> now(static_cast<std::size_t>(m_model.card.layers));  // of the newest token, [1, D] each
    for (std::size_t layer = 0; layer < now.size(); ++layer)
      watch.observe(m_site, static_cast<int>(layer),
                    [&now, layer](const Observation& seen) { now[layer] = seen.value[0].to(at::kCPU, at::kFloat); });
    const auto add = [&] {
      if (std::ssize(m_ids.front()) == prompt) return;  // the newest token is one of the prompt
      m_result.places.push_back({0, static_cast<int>(m_ids.front().size()) - 1});
      m_states = at::cat({m_states, at::stack(now)}, 1);
    };
    growGreedily(m_model, run.cache, run.residuals[run.layers() - 1][prompt - 1], m_request.continueTokens, watch,
                 m_context, [&](std::int32_t id) {
                   add();
                   if (!m_result.places.empty() && m_stream && isDescribed(m_states.size(1))) {
                     JobContext quiet = m_context.quiet();
                     takeTokens(prompt);
                     describe(m_states, quiet);
                     m_stream({.lane = 0, .soFar = {}, .part = std::make_shared<const ExploreResult>(m_result)});
                   }
                   m_ids.front().push_back(id);
                 });
    add();
    takeTokens(prompt);
    describe(m_states, m_context);
  }

  [[nodiscard]] static bool isDescribed(std::int64_t places) {
    return places <= kPlacesEachTime || places % kEvery == 0;
  }

  void takeTokens(std::int64_t prompt) {
    m_result.texts.front().tokens = m_model.text.facts(m_ids.front());
    m_result.grown = static_cast<int>(std::ssize(m_ids.front()) - prompt);
  }

  /// The figures of states [L, N, D].
  void describe(const at::Tensor& states, JobContext& context) {
    const std::int64_t layers = states.size(0), places = states.size(1);
    m_result.compared.clear();
    for (std::int64_t i = 0, count = std::min<std::int64_t>(places, kMostCompared); i < count; ++i)
      m_result.compared.push_back(static_cast<int>(i * places / count));
    const at::Tensor compared = at::tensor(at::ArrayRef<std::int32_t>(m_result.compared)).to(at::kLong);
    const std::int64_t channels = std::min<std::int64_t>(kChannels, states.size(2));
    std::vector<at::Tensor> norms, points, explained, cosines, ids, shares, means;
    for (std::int64_t layer = 0; layer < layers; ++layer) {
      context.checkpoint();
      context.progress("Principal components", "layers", layer, layers);
      const at::Tensor x = states[layer];  // [N, D]
      norms.push_back(x.norm(2, {-1}));
      Components components = componentsOf(x);
      if (!points.empty()) align(components.points, points.back());
      points.push_back(std::move(components.points));
      explained.push_back(components.explained);
      const at::Tensor chosen = x.index_select(0, compared);
      const at::Tensor unit = chosen / chosen.norm(2, {-1}, true).clamp_min(1e-20);
      cosines.push_back(at::mm(unit, unit.t()));
      const at::Tensor squares = x.square().mean(0);  // [D]
      const auto [largest, which] = at::topk(squares, channels);
      ids.push_back(which.to(at::kFloat));
      shares.push_back(largest / squares.sum().clamp_min(1e-20));
      means.push_back(x.mean(0).index_select(0, which));
    }
    context.progress("Principal components", "layers", layers, layers);
    const char* unit = "residual units";
    m_result.norms = toHost(at::stack(norms), {"layer", "place"}, unit);
    m_result.points = toHost(at::stack(points).to(at::kFloat), {"layer", "place", "component"}, unit);
    m_result.explained = toHost(at::stack(explained).to(at::kFloat), {"layer", "component"}, "share");
    m_result.cosines = toHost(at::stack(cosines), {"layer", "place", "place"}, "");
    m_result.channels = toHost(at::stack(ids), {"layer", "rank"}, "channel");
    m_result.channelShare = toHost(at::stack(shares), {"layer", "rank"}, "share");
    m_result.channelMean = toHost(at::stack(means), {"layer", "rank"}, unit);
  }

  /// A component's sign is arbitrary: each takes the one in which it agrees with the layer below.
  static void align(at::Tensor& points, const at::Tensor& below) {
    const at::Tensor agreement = (points * below).sum(0);
    points *= at::where(agreement < 0, -1.0, 1.0).to(points.options());
  }

  LanguageModel& m_model;
  const ExploreRequest& m_request;
  Site m_site;
  JobContext& m_context;
  const std::function<void(const StreamedTokens&)>& m_stream;
  std::vector<std::vector<std::int32_t>> m_ids;
  at::Tensor m_states;  // of a text that grows, [L, N, D]
  ExploreResult m_result;
};

}  // namespace

Outcome<ExploreResult> runExplore(LanguageModel& model, const ExploreRequest& request, JobContext& context,
                                  const std::function<void(const StreamedTokens&)>& stream) {
  const auto start = std::chrono::steady_clock::now();
  const at::InferenceMode inference;
  const auto site = siteByName(request.site);
  if (site != Site::ResidPost && site != Site::ResidMid && site != Site::AttnOut && site != Site::MlpOut) {
    return Error{.code = "EXPL-01",
                 .what = "this site cannot be explored",
                 .file = {},
                 .field = "site",
                 .found = "'" + request.site + "'",
                 .expected = "resid_post, resid_mid, attn_out or mlp_out",
                 .advice = "Choose one of these sites."};
  }
  auto result = Exploration(model, request, *site, context, stream).run();
  if (result) result->seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

}  // namespace patchbay
