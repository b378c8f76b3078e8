#include "core/data/soft_prompt.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "core/base/sha256.h"
#include "core/data/named_arrays.h"

namespace patchbay {
namespace {

constexpr NamedArray<SoftPrompt> kEmbeddings{"embeddings", &SoftPrompt::embeddings},
    kRight{"right", &SoftPrompt::right, true};
constexpr NamedArray<SoftPrompt> kArrays[] = {kEmbeddings, kRight};

std::string misfit(const SoftPrompt& prompt) {
  const std::int64_t layers = std::ssize(prompt.layers);
  if (layers == 0 || std::ranges::any_of(prompt.layers, [](int layer) { return layer < 0; })) return "layers";
  const auto isFinite = [](float value) { return std::isfinite(value); };
  if (prompt.embeddings.shape().size() != 2 || prompt.embeddings.isEmpty() ||
      !std::ranges::all_of(prompt.embeddings.values(), isFinite))
    return kEmbeddings.name;
  if (prompt.right.isEmpty()) return prompt.heldOutStates < 0 ? "held_out" : std::string();
  const std::int64_t distances = prompt.right.extent(2);
  if (prompt.right.shape() != std::vector<std::int64_t>{SoftPrompt::kArms, layers, distances} || distances < 2 ||
      distances > LearnPromptRequest::kMostAhead + 1)
    return kRight.name;
  // What was not asked is no number.
  const auto isShare = [](float share) { return std::isnan(share) || (share >= 0 && share < 1.001F); };
  if (!std::ranges::all_of(prompt.right.values(), isShare)) return kRight.name;
  if (prompt.heldOutStates < 0) return "held_out";
  return {};
}

}  // namespace

double SoftPrompt::meanRight(Arm arm, int ahead) const {
  double sum = 0;
  for (std::int64_t layer = 0; layer < std::ssize(layers); ++layer)
    sum += static_cast<double>(right.at(static_cast<int>(arm), layer, ahead));
  return sum / static_cast<double>(std::max<std::size_t>(1, layers.size()));
}

std::string SoftPrompt::contentHash() const {
  Sha256 digest;
  digest.add(std::as_bytes(std::span(embeddings.shape())));
  digest.add(std::as_bytes(embeddings.values()));
  return digest.hex();
}

ResultDocument SoftPrompt::toDocument() const {
  return {.body = {{"name", name},
                   {"model", model},
                   {"text", text},
                   {"layers", layers},
                   {"losses", losses},
                   {"held_out", heldOutStates},
                   {"hash", hash},
                   {"warnings", warnings},
                   {"seconds", seconds}},
          .arrays = arraysOf(*this, kArrays)};
}

Outcome<SoftPrompt> SoftPrompt::fromDocument(const ResultDocument& document) {
  auto read = resultFrom<SoftPrompt>(document, kArrays, &misfit, [](const Json& body, SoftPrompt& prompt) {
    body.at("name").get_to(prompt.name);
    body.at("model").get_to(prompt.model);
    body.at("text").get_to(prompt.text);
    body.at("layers").get_to(prompt.layers);
    body.at("losses").get_to(prompt.losses);
    body.at("held_out").get_to(prompt.heldOutStates);
    body.at("hash").get_to(prompt.hash);
    body.at("warnings").get_to(prompt.warnings);
    body.at("seconds").get_to(prompt.seconds);
  });
  if (read && read->hash != read->contentHash()) return damagedResult("hash");
  return read;
}

SoftPromptRef SoftPromptRef::of(std::shared_ptr<const SoftPrompt> prompt) {
  SoftPromptRef ref{.name = prompt->name, .hash = prompt->hash, .prompt = nullptr};
  ref.prompt = std::move(prompt);
  return ref;
}

}  // namespace patchbay
