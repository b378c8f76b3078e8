#pragma once

#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "core/data/requests.h"
#include "core/data/run_record.h"

/// Small values of every kind for tests: equal seeds give equal values.
namespace patchbay::samples {

inline HostArray array(std::vector<std::int64_t> shape, std::vector<std::string> axes, std::string unit,
                       unsigned seed) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) count *= extent;
  std::mt19937 random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(random()) / 4294967296.0F;
  if (!values.empty()) values[0] = std::numeric_limits<float>::quiet_NaN();
  return {std::move(shape), std::move(axes), std::move(unit), std::move(values)};
}

inline TokenFact token(std::int32_t id) {
  return {id, " word" + std::to_string(id), id % 3 == 0 ? "e2 80" : "", id % 5 == 0};
}

inline RankedToken ranked(std::int32_t id) {
  return {token(id), 3.25F + static_cast<float>(id) / 7, 1.0F / static_cast<float>(id + 3)};
}

inline Generation generation(int length) {
  Generation made;
  for (int i = 0; i < length; ++i)
    made.tokens.push_back({token(i), 0.1F * static_cast<float>(i), 2.5F, {ranked(i), ranked(i + 1)}});
  made.text = "naïve “quoted” \xF0\x9F\x98\x80\n";
  made.endedItself = true;
  return made;
}

inline LensResult lens(unsigned seed, std::int64_t layers = 3, std::int64_t tokens = 4) {
  LensResult made;
  made.layers = static_cast<int>(layers);
  for (int i = 0; i < tokens; ++i) made.tokens.push_back(token(i));
  made.trackedIds = {7, 9};
  made.patches = 2;
  made.next = {ranked(7), ranked(9)};
  const std::vector<std::string> axes = {"layer", "token"};
  made.topIds = HostArray({layers, tokens, 2}, {"layer", "token", "rank"}, "id",
                          std::vector<float>(static_cast<std::size_t>(layers * tokens * 2), 7.0F));
  made.topP = array({layers, tokens, 2}, {"layer", "token", "rank"}, "p", seed + 1);
  made.topLogits = array({layers, tokens, 2}, {"layer", "token", "rank"}, "logit", seed + 2);
  made.entropyBits = array({layers, tokens}, axes, "bits", seed + 3);
  made.klToFinalBits = array({layers, tokens}, axes, "bits", seed + 4);
  made.norm = array({layers, tokens}, axes, "", seed + 5);
  made.cosToFinal = array({layers, tokens}, axes, "", seed + 6);
  made.trackedP = array({2, layers, tokens}, {"tracked", "layer", "token"}, "p", seed + 7);
  made.trackedRank = array({2, layers, tokens}, {"tracked", "layer", "token"}, "rank", seed + 8);
  made.tokenP = array({tokens}, {"token"}, "p", seed + 9);
  made.tokenRank = array({tokens}, {"token"}, "rank", seed + 10);
  made.tokenEntropyBits = array({tokens}, {"token"}, "bit", seed + 11);
  made.texts = {{7, token(7)}, {9, token(9)}};
  made.seconds = 0.125;
  return made;
}

inline PatchscopeResult patchscope() {
  PatchscopeResult made;
  made.sourceTokens = {token(1), token(2)};
  made.targetTokens = {token(3)};
  made.sourceToken = 1;
  made.cells = {{1, 2, {ranked(1)}, generation(3)}, {2, 2, {}, {}}};
  made.lens = {{1, 1, {ranked(4)}, {}}};
  made.unpatched = {ranked(5)};
  made.sourceNext = {ranked(6)};
  made.finalTokenP = {0.1F, 0.2F};
  made.finalTokenLensP = {0.3F};
  made.warnings = {"the answer may be about the prompt"};
  made.seconds = 1.5;
  return made;
}

inline PatchResult patch() {
  PatchResult made;
  made.sourceTokens = {token(1)};
  made.targetTokens = {token(2), token(3)};
  made.targetToken = 1;
  made.plain = {ranked(1)};
  made.patched = {ranked(2)};
  made.changes = {{token(1), 0.5F, 0.25F, 3.0F, 1.0F}};
  made.klBits = 0.75F;
  made.plainContinuation = generation(2);
  made.patchedContinuation = generation(1);
  return made;
}

inline SteerResult steer() {
  SteerResult made;
  made.promptTokens = {token(8)};
  made.plain = generation(2);
  made.steered = generation(4);
  made.plainPerplexity = 9.5F;
  made.steeredPerplexity = 410;
  made.shareOfNorm = 0.3F;
  made.klFirstBits = 1.0F / 3;
  return made;
}

inline GenerateResult generate() {
  GenerateResult made;
  made.promptTokens = {token(1)};
  made.generation = generation(5);
  made.seconds = 0.1;
  return made;
}

inline SteeringVector vector(unsigned seed) {
  SteeringVector made;
  made.name = "happy";
  made.model = {"f00d", "SmolLM2", "models/a.gguf"};
  made.read = ReadPosition::MeanWithoutFirst;
  made.positives = {"I am glad.", "Lovely"};
  made.negatives = {"I am sad."};
  made.rows = array({3, 8}, {"layer", "width"}, "", seed);
  made.meanNorms = array({3}, {"layer"}, "", seed + 1);
  return made;
}

inline RunRecord run(const char* kind = LensRequest::kKind) {
  RunRecord made;
  made.kind = kind;
  made.title = "The capital of France is";
  LensRequest request;
  request.prompt = Prompt::plain("The capital of France is");
  made.request = request;
  made.model = {"f00d", "SmolLM2", "models/a.gguf"};
  made.dtype = "f32";
  made.device = "CPU";
  made.quantisation = "Q4_1";
  made.threads = 2;
  made.programVersion = "0.1.0";
  made.seed = 0xFFFFFFFFFFFFFFF0ULL;
  made.seedIsChosen = true;
  made.status = RunStatus::Done;
  made.createdMs = 1763768463000;
  made.seconds = 0.25;
  made.warnings = {"one", "two"};
  made.note = "look at layer 12";
  made.isStarred = true;
  return made;
}

/// Equal bodies and arrays, NaN equal to itself.
inline bool equal(const ResultDocument& left, const ResultDocument& right) {
  return dumpJson(left.body) == dumpJson(right.body) && left.arrays == right.arrays;
}

}  // namespace patchbay::samples
