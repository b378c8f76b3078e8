#include "tests/support/gguf_builder.h"

#include <algorithm>
#include <stdexcept>

namespace patchbay::tests {
namespace {

std::size_t roundUp(std::size_t size, std::size_t step) { return step == 0 ? size : (size + step - 1) / step * step; }

}  // namespace

std::string ggufText(std::string_view text) { return littleEndian(std::uint64_t{text.size()}) + std::string(text); }

void GgufBuilder::add(std::string_view key, std::uint32_t type, std::string_view value) {
  m_pairs.push_back({std::string(key), type, std::string(value)});
}

void GgufBuilder::addText(std::string_view key, std::string_view text) { add(key, 8, ggufText(text)); }

void GgufBuilder::addTexts(std::string_view key, const std::vector<std::string>& texts) {
  std::string value = littleEndian(std::uint32_t{8}) + littleEndian(std::uint64_t{texts.size()});
  for (const std::string& text : texts) value += ggufText(text);
  add(key, 9, value);
}

void GgufBuilder::addI32s(std::string_view key, const std::vector<std::int32_t>& values) {
  std::string value = littleEndian(std::uint32_t{5}) + littleEndian(std::uint64_t{values.size()});
  for (const std::int32_t number : values) value += littleEndian(number);
  add(key, 9, value);
}

void GgufBuilder::remove(std::string_view key) {
  std::erase_if(m_pairs, [key](const Pair& pair) { return pair.key == key; });
}

GgufTensor& GgufBuilder::tensor(std::string_view name) {
  const auto found =
      std::find_if(tensors.begin(), tensors.end(), [name](const GgufTensor& tensor) { return tensor.name == name; });
  if (found == tensors.end()) throw std::logic_error("the test names a tensor that is not there: " + std::string(name));
  return *found;
}

std::string GgufBuilder::buildHead() const {
  std::string file = magic + littleEndian(version) + littleEndian(statedTensors.value_or(tensors.size())) +
                     littleEndian(statedPairs.value_or(m_pairs.size()));
  for (const Pair& pair : m_pairs) file += ggufText(pair.key) + littleEndian(pair.type) + pair.value;
  std::uint64_t offset = 0;
  for (const GgufTensor& tensor : tensors) {
    file += ggufText(tensor.name) + littleEndian(static_cast<std::uint32_t>(tensor.dimensions.size()));
    for (const std::uint64_t extent : tensor.dimensions) file += littleEndian(extent);
    file += littleEndian(tensor.type) + littleEndian(tensor.offset.value_or(offset));
    offset = roundUp(offset + tensor.bytes.size(), alignment);
  }
  return file;
}

std::string GgufBuilder::build() const {
  std::string file = buildHead();
  for (const GgufTensor& tensor : tensors) {
    file.resize(roundUp(file.size(), alignment));
    file += tensor.bytes;
  }
  return file;
}

}  // namespace patchbay::tests
