#include "golden.h"

#include <cstdio>
#include <fstream>
#include <sstream>

namespace patchbay::testing {
namespace {

[[noreturn]] void end(const std::string& message) {
  std::fprintf(stderr, "FAIL: %s\n", message.c_str());
  std::exit(1);
}

std::shared_ptr<LanguageModel> load(const std::string& path) {
  at::set_num_threads(2);
  JobContext context;
  auto model = loadModel(path, {}, context);
  if (!model) end(model.error().message());
  return std::move(model).value();
}

}  // namespace

LanguageModel& defaultModel() {
  static const std::shared_ptr<LanguageModel> model = [] {
    const char* path = std::getenv("PATCHBAY_DEFAULT_MODEL");
    if (!path) end("PATCHBAY_DEFAULT_MODEL is not set; packaging/test.sh sets it");
    return load(path);
  }();
  return *model;
}

std::shared_ptr<LanguageModel> tinyModel(const std::string& name) {
  return load(std::string(PATCHBAY_SOURCE_DIR) + "/tests/golden/tiny/" + name);
}

Golden readGolden(const std::string& name, bool hasArrays) {
  const std::string base = std::string(PATCHBAY_SOURCE_DIR) + "/tests/golden/" + name;
  std::ostringstream text;
  text << std::ifstream(base + ".json").rdbuf();
  auto json = parseJson(text.str(), base);
  if (!json) end(json.error().message());
  Golden golden{.json = std::move(json).value(), .arrays = {}};
  if (hasArrays) {
    auto arrays = readSafetensors(base + ".safetensors");
    if (!arrays) end(arrays.error().message());
    golden.arrays = std::move(arrays).value();
  }
  return golden;
}

double logitDifference(const Distribution& logits, const Golden& golden, const Json& entry, const std::string& name,
                       const std::vector<std::int64_t>& sampledIds) {
  double largest = 0;
  const auto compare = [&](const std::vector<std::int64_t>& ids, const HostArray& expected) {
    for (std::size_t i = 0; i < ids.size(); ++i)
      largest = std::max(
          largest, std::abs(static_cast<double>(logits.logit(ids[i])) - expected.at(static_cast<std::int64_t>(i))));
  };
  compare(entry.at("top_ids").get<std::vector<std::int64_t>>(), golden.array(name + ".top_logits"));
  compare(sampledIds, golden.array(name + ".sampled_logits"));
  return std::max(largest, std::abs(logits.logSumExp() - entry.at("logsumexp").get<double>()));
}

double relativeDifference(std::span<const float> found, std::span<const float> expected, std::size_t width) {
  if (found.size() != expected.size()) return 1e9;
  double largest = 0;
  for (std::size_t row = 0; row < found.size(); row += width) {
    double error = 0, size = 0;
    for (std::size_t i = row; i < row + width; ++i) {
      error += std::pow(static_cast<double>(found[i]) - expected[i], 2);
      size += std::pow(static_cast<double>(expected[i]), 2);
    }
    largest = std::max(largest, std::sqrt(error) / std::max(std::sqrt(size), 1e-12));
  }
  return largest;
}

double largestDifference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

Distribution lastLogits(LanguageModel& model, const std::vector<std::int32_t>& ids, const HookPlan& hooks) {
  const at::InferenceMode inference;
  KvCache cache = model.transformer->newCache();
  const at::Tensor x = model.transformer->run({ids}, cache, hooks, JobContext());
  return Distribution(model.transformer->readOut(x.narrow(1, x.size(1) - 1, 1), x.size(1) - 1, hooks));
}

Sampling greedy(int tokens) {
  Sampling sampling;
  sampling.maxNewTokens = tokens;
  sampling.stopAtEndToken = false;
  return sampling;
}

std::vector<std::int32_t> idsOf(const Generation& generation) {
  std::vector<std::int32_t> ids;
  for (const GeneratedToken& token : generation.tokens) ids.push_back(token.token.id);
  return ids;
}

}  // namespace patchbay::testing
