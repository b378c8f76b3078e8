#include "core/checkpoint/array_file.h"

#include <bit>
#include <cstdint>
#include <ostream>
#include <span>

#include <zip.h>

#include "core/checkpoint/dequantize.h"
#include "core/checkpoint/mapped_file.h"
#include "core/checkpoint/refusal.h"
#include "core/checkpoint/safetensors_header.h"
#include "core/checkpoint/whole_file.h"

static_assert(std::endian::native == std::endian::little, "array files are little-endian");

namespace patchbay {
namespace {

/// The header of NumPy's own array format, version 1.0, padded to 64 bytes.
std::string npyHeader(const HostArray& array) {
  std::string shape;
  for (const std::int64_t extent : array.shape()) shape += std::to_string(extent) + ",";
  std::string fields = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }";
  fields.append(63 - (10 + fields.size()) % 64, ' ');
  fields += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(fields.size() & 0xff);
  header += static_cast<char>(fields.size() >> 8);
  return header + fields;
}

/// Values as bfloat16, rounded to the nearest, ties to even.
void writeHalves(std::ostream& stream, std::span<const float> values) {
  std::vector<std::uint16_t> halves;
  halves.reserve(values.size());
  for (const float value : values) {
    const auto bits = std::bit_cast<std::uint32_t>(value);
    const bool isNan = (bits & 0x7fffffff) > 0x7f800000;
    halves.push_back(static_cast<std::uint16_t>(isNan ? bits >> 16 | 0x40 : (bits + 0x7fff + (bits >> 16 & 1)) >> 16));
  }
  stream.write(reinterpret_cast<const char*>(halves.data()),
               static_cast<std::streamsize>(halves.size() * sizeof(std::uint16_t)));
}

}  // namespace

Outcome<Done> writeSafetensors(const std::string& path, const ArrayFile& file, TensorType type) {
  Json header = Json::object();
  if (!file.metadata.empty()) header["__metadata__"] = file.metadata;
  std::size_t offset = 0;
  for (const auto& [name, array] : file.arrays) {
    const std::size_t end = offset + bytesFor(type, array.values().size());
    header[name] = {{"dtype", typeName(type)}, {"shape", array.shape()}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = dumpJson(header);
  text.append((8 - text.size() % 8) % 8, ' ');
  const auto length = static_cast<std::uint64_t>(text.size());
  return writeWhole(path, [&](std::ostream& stream) {
    stream.write(reinterpret_cast<const char*>(&length), sizeof length);
    stream << text;
    for (const auto& [name, array] : file.arrays) {
      if (type == TensorType::BF16)
        writeHalves(stream, array.values());
      else
        stream.write(reinterpret_cast<const char*>(array.values().data()),
                     static_cast<std::streamsize>(array.values().size_bytes()));
    }
  });
}

Outcome<Done> writeNpz(const std::string& path, const ArrayFile& file) {
  const std::string temporary = path + ".part";
  int code = 0;
  zip_t* archive = zip_open(temporary.c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  if (!archive) {
    zip_error_t error;
    zip_error_init_with_code(&error, code);
    const std::string reason = zip_error_strerror(&error);
    zip_error_fini(&error);
    return cannotWrite(path, reason);
  }
  std::vector<std::string> entries;  // must live until zip_close
  entries.reserve(file.arrays.size());
  for (const auto& [name, array] : file.arrays) {
    std::string& bytes = entries.emplace_back(npyHeader(array));
    bytes.append(reinterpret_cast<const char*>(array.values().data()), array.values().size_bytes());
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = source ? zip_file_add(archive, (name + ".npy").c_str(), source, ZIP_FL_ENC_UTF_8) : -1;
    if (index < 0 || zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0) {
      const std::string reason = zip_strerror(archive);
      if (index < 0 && source) zip_source_free(source);
      zip_discard(archive);
      return cannotWrite(path, reason);
    }
  }
  if (zip_close(archive) != 0) {
    const std::string reason = zip_strerror(archive);
    zip_discard(archive);
    return cannotWrite(path, reason);
  }
  return putInPlace(temporary, path);
}

Outcome<ArrayFile> readSafetensors(const std::string& path) {
  auto mapped = MappedFile::open(path);
  if (!mapped) return mapped.failure<ArrayFile>();
  try {
    const SafetensorsFile found = readSafetensors(**mapped);
    ArrayFile file;
    for (const TensorView& tensor : found.tensors) {
      std::vector<float> values(static_cast<std::size_t>(tensor.valueCount()));
      dequantize(tensor.type, tensor.bytes, values);
      std::vector<std::string> axes(tensor.shape.size(), "");
      file.arrays.emplace(tensor.name, HostArray(tensor.shape, std::move(axes), "", std::move(values)));
    }
    // The header was checked a moment ago; only its metadata is still wanted.
    const auto* text = reinterpret_cast<const char*>(found.header.data()) + 8;
    const auto json = parseJson({text, found.header.size() - 8}, path);
    if (json && json->contains("__metadata__") && json->at("__metadata__").is_object())
      for (const auto& [key, value] : json->at("__metadata__").items())
        if (value.is_string()) file.metadata.emplace(key, value.get<std::string>());
    return file;
  } catch (const Refusal& refusal) {
    return refusal.error;
  }
}

}  // namespace patchbay
