#include "tests/support/safetensors_builder.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace patchbay::tests {

Json safetensorsHeader(const std::vector<PlainTensor>& tensors) {
  Json header = {{"__metadata__", {{"format", "pt"}}}};
  std::size_t begin = 0;
  for (const PlainTensor& tensor : tensors) {
    const std::size_t end = begin + tensor.bytes.size();
    header[tensor.name] = {{"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, end}}};
    begin = end;
  }
  return header;
}

std::string safetensorsFile(std::string_view header, std::string_view data) {
  const std::uint64_t length = header.size();
  std::string file(reinterpret_cast<const char*>(&length), sizeof length);
  file += header;
  file += data;
  return file;
}

std::string safetensorsData(const std::vector<PlainTensor>& tensors) {
  std::string data;
  for (const PlainTensor& tensor : tensors) data += tensor.bytes;
  return data;
}

std::string safetensorsFile(const std::vector<PlainTensor>& tensors) {
  std::string header = dumpJson(safetensorsHeader(tensors));
  header.append((8 - header.size() % 8) % 8, ' ');
  return safetensorsFile(header, safetensorsData(tensors));
}

void writeFile(const std::string& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("the test cannot write " + path);
}

std::string readFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("the test cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace patchbay::tests
