#include "core/decoder/decoder_file.h"

#include <algorithm>
#include <filesystem>

#include "core/base/sha256.h"
#include "core/checkpoint/json_document.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/refusal.h"
#include "core/checkpoint/whole_file.h"
#include "core/model/adapter_file.h"

namespace patchbay {
namespace {

constexpr const char* kFormat = "patchbay-decoder-1";

std::string cardPath(const std::string& folder) { return folder + "/decoder.json"; }
std::string recallPath(const std::string& folder) { return folder + "/recall.safetensors"; }

Error notADecoder(const std::string& path, std::string field, std::string found, std::string expected) {
  return {.code = "DEC-02",
          .what = "this is not a decoder",
          .file = path,
          .field = std::move(field),
          .found = shown(found),
          .expected = std::move(expected),
          .advice = "Choose a folder that was saved as a decoder."};
}

}  // namespace

Outcome<Done> writeDecoder(const std::string& folder, const StoredDecoder& decoder, TensorType type) {
  const auto written = writeAdapter(folder, decoder.adapter, decoder.card.model.name, type);
  if (!written) return written;
  if (!decoder.recall.isEmpty())
    if (const auto kept = writeRecall(folder, decoder.recall); !kept) return kept;
  return writeDecoderCard(folder, decoder.card);
}

Outcome<Done> writeRecall(const std::string& folder, const StateRecall& recall) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  return writeSafetensors(recallPath(folder), recall.arrays(), TensorType::BF16);
}

bool hasRecall(const std::string& folder) {
  std::error_code ignored;
  return std::filesystem::exists(recallPath(folder), ignored);
}

void removeRecall(const std::string& folder) {
  std::error_code ignored;
  std::filesystem::remove(recallPath(folder), ignored);
}

Outcome<StateRecall> readRecall(const std::string& folder, const std::vector<int>& layers, const LanguageModel& model) {
  const auto file = readSafetensors(recallPath(folder));
  if (!file) return file.failure<StateRecall>();
  return StateRecall::of(*file, layers, model.card.width, recallPath(folder), model.transformer->options().device());
}

Outcome<Done> writeDecoderCard(const std::string& folder, const DecoderCard& card) {
  Json json = card;
  json["format"] = kFormat;
  json["model"].erase("path");  // where it lies is this machine's alone
  return writeText(cardPath(folder), json.dump(1) + "\n");
}

Outcome<DecoderCard> readDecoderCard(const std::string& folder) {
  const std::string path = cardPath(folder);
  try {
    const Json json = readJsonDocument(path).json;
    if (json.value("format", Json()) != kFormat)
      return notADecoder(path, "format", dumpJson(json.value("format", Json())), kFormat);
    auto card = fromJson<DecoderCard>(json, path);
    if (!card) return card;
    if (card->layers < 1 || card->width < 1 || card->recipe.writeLayer < 0 || card->recipe.writeLayer >= card->layers)
      return notADecoder(path, "recipe.writeLayer", std::to_string(card->recipe.writeLayer), "a layer of the model");
    const auto isOutside = [&](int layer) { return layer < 0 || layer >= card->layers; };
    if (card->recipe.readLayers.empty() || std::ranges::any_of(card->recipe.readLayers, isOutside))
      return notADecoder(path, "recipe.readLayers", "none, or a layer outside the model", "layers of the model");
    return card;
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

Outcome<std::string> decoderDigest(const std::string& folder) {
  const auto mapped = MappedFile::open(folder + "/adapter_model.safetensors");
  if (!mapped) return mapped.failure<std::string>();
  if (!hasRecall(folder)) return sha256Hex((*mapped)->bytes());
  const auto recall = MappedFile::open(recallPath(folder));
  if (!recall) return recall.failure<std::string>();
  Sha256 digest;
  digest.add((*mapped)->bytes());
  digest.add((*recall)->bytes());
  return digest.hex();
}

Outcome<std::string> checkDecoder(const std::string& folder, const std::string& wanted) {
  auto digest = decoderDigest(folder);
  if (!digest || wanted.empty() || wanted == *digest) return digest;
  return Error{.code = "DEC-04",
               .what = "another decoder lies in this folder now",
               .file = folder,
               .field = "adapter_model.safetensors",
               .found = digest->substr(0, 12),
               .expected = wanted.substr(0, 12),
               .advice = "Choose the decoder again to ask the one that is there."};
}

Outcome<StoredDecoder> readDecoder(const std::string& folder, const LanguageModel& model) {
  auto card = readDecoderCard(folder);
  if (!card) return card.failure<StoredDecoder>();
  if (card->model.fingerprint != model.card.ref.fingerprint) {
    return Error{.code = "DEC-03",
                 .what = "this decoder belongs to another model",
                 .file = folder,
                 .field = "model",
                 .found = card->model.name + " " + card->model.fingerprint.substr(0, 12),
                 .expected = model.card.ref.name + " " + model.card.ref.fingerprint.substr(0, 12),
                 .advice = "Open the decoder's model, or choose a decoder of this one."};
  }
  if (card->layers != model.card.layers || card->width != model.card.width)
    return notADecoder(cardPath(folder), "layers, width",
                       std::to_string(card->layers) + ", " + std::to_string(card->width),
                       std::to_string(model.card.layers) + ", " + std::to_string(model.card.width));
  auto adapter = readAdapter(folder, model.transformer->config());
  if (!adapter) return adapter.failure<StoredDecoder>();
  StoredDecoder decoder{.card = std::move(*card), .adapter = std::move(*adapter)};
  if (!decoder.card.recipe.recall) return decoder;
  auto recall = readRecall(folder, decoder.card.recipe.readLayers, model);
  if (!recall) return recall.failure<StoredDecoder>();
  decoder.recall = std::move(*recall);
  return decoder;
}

}  // namespace patchbay
