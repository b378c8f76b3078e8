#include "core/checkpoint/safetensors_index.h"

#include "core/checkpoint/refusal.h"

namespace patchbay {
namespace {

constexpr std::size_t kMostTensors = 262'144;
constexpr std::size_t kLargestIndex = std::size_t{64} << 20;

bool isPlainName(const std::string& name) {
  return name.size() > 12 && name.size() <= 255 && name.ends_with(".safetensors") && name.front() != '.' &&
         name.find_first_of(std::string_view("/\\\0", 3)) == std::string::npos;
}

}  // namespace

SafetensorsIndex readSafetensorsIndex(const std::string& path) {
  SafetensorsIndex index{.document = readJsonDocument(path, kLargestIndex), .shardOf = {}};
  const auto refusal = [&](const char* what, std::string field, std::string found, std::string expected) {
    return Refusal{{.code = "ST-12",
                    .what = what,
                    .file = path,
                    .field = std::move(field),
                    .found = std::move(found),
                    .expected = std::move(expected),
                    .advice = "The index is damaged; fetch it again."}};
  };
  const auto list = index.document.json.find("weight_map");
  if (list == index.document.json.end())
    throw refusal("the index has no list of tensors", "weight_map", "nothing", "an object");
  if (!list->is_object() || list->empty())
    throw refusal("the index has no list of tensors", "weight_map", list->type_name(), "an object that is not empty");
  if (list->size() > kMostTensors)
    throw refusal("the index has too many tensors", "weight_map", std::to_string(list->size()),
                  "at most " + std::to_string(kMostTensors));
  for (const auto& [tensor, shard] : list->items()) {
    const std::string field = "weight_map of " + shown(tensor);
    if (!shard.is_string()) throw refusal("a shard has no name", field, shard.type_name(), "the name of a file");
    const auto& name = shard.get_ref<const std::string&>();
    if (!isPlainName(name))
      throw refusal("a shard lies outside the folder or has no usable name", field, shown(name),
                    "the plain name of a .safetensors file in this folder");
    index.shardOf.emplace(tensor, name);
  }
  return index;
}

}  // namespace patchbay
