#include "core/steering/vector_maker.h"

#include "core/model/generator.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

/// Sums over texts of the states read, and of the norms passed on the way.
struct Sums {
  at::Tensor states;  // [L, D]
  at::Tensor norms;   // [L]
  std::int64_t places = 0;
};

/// Adds one text to the sums, layer by layer.
void addText(LanguageModel& model, const std::vector<std::int32_t>& ids, ReadPosition read, const JobContext& context,
             Sums& sums) {
  const auto last = static_cast<std::int64_t>(ids.size()) - 1;
  const std::int64_t first = last > 0 ? 1 : 0;
  HookPlan watch;
  for (int layer = 0; layer < model.card.layers; ++layer) {
    watch.observe(Site::ResidPost, layer, [&, layer](const Observation& seen) {
      const at::Tensor states = seen.value[0].to(at::kFloat);  // [T, D]
      const at::Tensor kept = states.narrow(0, first, last - first + 1);
      sums.states[layer] += read == ReadPosition::LastToken ? states[last] : kept.mean(0);
      sums.norms[layer] += kept.norm(2, {-1}).sum();
    });
  }
  KvCache cache = model.transformer->newCache();
  (void)model.transformer->run({ids}, cache, watch, context);
  sums.places += last - first + 1;
}

Outcome<std::vector<std::vector<std::int32_t>>> encodeAll(const LanguageModel& model,
                                                          const std::vector<std::string>& texts, const char* field) {
  using Result = std::vector<std::vector<std::int32_t>>;
  if (texts.empty()) {
    return Error{.code = "VEC-01",
                 .what = "a steering vector needs texts on both sides",
                 .file = {},
                 .field = field,
                 .found = "no text",
                 .expected = "at least one text",
                 .advice = "Type one text a line."};
  }
  Result all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    auto ids = model.text.encode(Prompt::plain(texts[i]));
    if (ids.isError()) {
      return Error{.code = "VEC-02",
                   .what = "a text gives no token",
                   .file = {},
                   .field = std::string(field) + " " + std::to_string(i + 1),
                   .found = "'" + texts[i] + "'",
                   .expected = "a text",
                   .advice = "Remove the empty line or type a text."};
    }
    if (const auto fits = checkContext(model, static_cast<std::int64_t>(ids->size())); !fits)
      return fits.failure<Result>();
    all.push_back(std::move(ids).value());
  }
  return all;
}

}  // namespace

Outcome<SteeringVector> makeVector(LanguageModel& model, const MakeVectorRequest& request, JobContext& context) {
  const at::InferenceMode inference;
  const auto positives = encodeAll(model, request.positives, "positives");
  if (!positives) return positives.failure<SteeringVector>();
  const auto negatives = encodeAll(model, request.negatives, "negatives");
  if (!negatives) return negatives.failure<SteeringVector>();

  const int layers = model.card.layers;
  const auto total = static_cast<std::int64_t>(positives->size() + negatives->size());
  std::int64_t done = 0;
  const auto mean = [&](const std::vector<std::vector<std::int32_t>>& texts, Sums& sums) {
    for (const auto& ids : texts) {
      addText(model, ids, request.read, context, sums);
      context.progress("Reading texts", "texts", ++done, total);
    }
    return sums.states / static_cast<double>(texts.size());
  };
  const at::TensorOptions options = model.transformer->options().dtype(at::kFloat);
  const auto empty = [&] {
    return Sums{
        .states = at::zeros({layers, model.card.width}, options), .norms = at::zeros({layers}, options), .places = 0};
  };
  Sums positive = empty(), negative = empty();
  const at::Tensor difference = mean(*positives, positive) - mean(*negatives, negative);

  SteeringVector vector;
  vector.name = request.name;
  vector.model = model.card.ref;
  vector.read = request.read;
  vector.positives = request.positives;
  vector.negatives = request.negatives;
  vector.rows = toHost(difference, {"layer", "width"}, "residual units");
  vector.meanNorms = toHost((positive.norms + negative.norms) / static_cast<double>(positive.places + negative.places),
                            {"layer"}, "residual units");
  return vector;
}

}  // namespace patchbay
