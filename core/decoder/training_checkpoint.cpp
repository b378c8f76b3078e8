#include "core/decoder/training_checkpoint.h"

#include <filesystem>

#include "core/checkpoint/array_file.h"
#include "core/tensor/host_copy.h"

namespace patchbay {
namespace {

constexpr const char* kFormat = "patchbay-training-1";
constexpr int kMostWorkers = 1024;

/// Names that keep the order of a list in a map.
std::string nameOf(std::size_t index) {
  std::string digits = std::to_string(index);
  return "state." + std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') + digits;
}

/// Those of before have points alone.
TrainingCurves curvesIn(const Json& json) {
  if (json.contains("curves")) return json.at("curves").get<TrainingCurves>();
  return {.points = json.at("points").get<std::vector<TrainingPoint>>(), .checks = {}, .samples = {}};
}

}  // namespace

std::string checkpointPath(const std::string& folder) { return folder + "/training.safetensors"; }

Outcome<Done> writeCheckpoint(const std::string& folder, const TrainingCheckpoint& checkpoint) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  ArrayFile file;
  for (std::size_t i = 0; i < checkpoint.state.size(); ++i) {
    const at::Tensor tensor = checkpoint.state[i].detach();
    file.arrays.emplace(nameOf(i),
                        toHost(tensor, std::vector<std::string>(static_cast<std::size_t>(tensor.dim())), ""));
  }
  const Json facts{{"fingerprint", checkpoint.fingerprint}, {"data", checkpoint.data},
                   {"recipe", checkpoint.recipe},           {"step", checkpoint.step},
                   {"tokens", checkpoint.tokens},           {"examples", checkpoint.examples},
                   {"seconds", checkpoint.seconds},         {"block", checkpoint.place.block},
                   {"offset", checkpoint.place.offset},     {"curves", checkpoint.curves}};
  file.metadata = {{"format", kFormat}, {"training", dumpJson(facts)}};
  return writeSafetensors(checkpointPath(folder), file);
}

Outcome<TrainingCheckpoint> readCheckpoint(const std::string& folder) {
  const std::string path = checkpointPath(folder);
  auto file = readSafetensors(path);
  if (!file) return file.failure<TrainingCheckpoint>();
  const auto broken = [&](const std::string& found) {
    return Error{.code = "TRAIN-03",
                 .what = "this is not a checkpoint of a training",
                 .file = path,
                 .field = "training",
                 .found = found,
                 .expected = kFormat,
                 .advice = "Remove the file to train anew, or choose another folder."};
  };
  if (file->metadata["format"] != kFormat) return broken("format '" + file->metadata["format"].substr(0, 60) + "'");
  const auto json = parseJson(file->metadata["training"], path);
  if (!json) return json.failure<TrainingCheckpoint>();
  TrainingCheckpoint checkpoint;
  try {
    checkpoint = {
        .fingerprint = json->at("fingerprint").get<std::string>(),
        .data = json->at("data").get<std::string>(),
        .recipe = json->at("recipe").get<DecoderRecipe>(),
        .step = json->at("step").get<std::int64_t>(),
        .tokens = json->at("tokens").get<std::int64_t>(),
        .examples = json->at("examples").get<std::int64_t>(),
        .seconds = json->at("seconds").get<double>(),
        .place = {.block = json->at("block").get<std::uint64_t>(), .offset = json->at("offset").get<std::int64_t>()},
        .curves = curvesIn(*json),
        .state = {}};
  } catch (const Json::exception& failure) {
    return broken(failure.what());
  }
  // Those of before know no other products.
  if (checkpoint.recipe.training.compute == ComputeKind::Fastest)
    checkpoint.recipe.training.compute = ComputeKind::Float32;
  if (checkpoint.step < 0 || checkpoint.place.offset < 0 || checkpoint.recipe.training.workers < 1 ||
      checkpoint.recipe.training.workers > kMostWorkers)
    return broken("a step, an offset or a number of workers that no training has");
  for (const auto& [name, array] : file->arrays) checkpoint.state.push_back(toTensor(array).clone());
  return checkpoint;
}

}  // namespace patchbay
