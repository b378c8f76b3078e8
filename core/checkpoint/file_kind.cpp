#include "core/checkpoint/file_kind.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

namespace patchbay {
namespace {

using std::string_view_literals::operator""sv;

struct Beginning {
  std::string_view bytes;
  std::string_view kind;
};

/// Pickles begin with 0x80 and their protocol; torch.save since 1.6 is a zip archive.
constexpr std::array<Beginning, 17> kBeginnings{
    {{"\x89PNG"sv, "a PNG picture"},
     {"\xFF\xD8\xFF"sv, "a JPEG picture"},
     {"GIF8"sv, "a GIF picture"},
     {"%PDF"sv, "a PDF document"},
     {"PK\x03\x04"sv, "a zip archive, as PyTorch saves (.bin, .pt)"},
     {"\x80\x02"sv, "a Python pickle, as PyTorch saves (.bin, .pt)"},
     {"\x80\x04"sv, "a Python pickle"},
     {"\x89HDF"sv, "an HDF5 file"},
     {"SQLite format 3"sv, "an SQLite database, perhaps a session of this program"},
     {"\x7F"
      "ELF"sv,
      "a program"},
     {"\x1F\x8B"sv, "a gzip archive"},
     {"ggjt"sv, "a GGML file from before GGUF"},
     {"tjgg"sv, "a GGML file from before GGUF"},
     {"lmgg"sv, "a GGML file from before GGUF"},
     {"fmgg"sv, "a GGML file from before GGUF"},
     {"version https://git-lfs"sv, "a pointer of Git LFS instead of the file itself"},
     {"<!DOCTYPE"sv, "a web page"}}};

constexpr std::string_view kUnknown = "bytes of no kind known here";

}  // namespace

std::string kindOfContent(std::string_view bytes) {
  if (bytes.empty()) return "an empty file";
  const auto known = std::find_if(kBeginnings.begin(), kBeginnings.end(),
                                  [&](const Beginning& b) { return bytes.starts_with(b.bytes); });
  if (known != kBeginnings.end()) return std::string(known->kind);
  const std::string_view start = bytes.substr(0, 256);
  const bool isText = std::all_of(start.begin(), start.end(),
                                  [](char c) { return (c >= ' ' && c <= '~') || c == '\n' || c == '\r' || c == '\t'; });
  return isText ? "text" : std::string(kUnknown);
}

bool isKnownOther(std::string_view bytes) { return kindOfContent(bytes) != kUnknown; }

Refusal notAModel(const MappedFile& file) {
  return {{.code = "CKPT-04",
           .what = "this is not a model file",
           .file = file.path(),
           .field = "content",
           .found = kindOfContent(file.text()),
           .expected = "a .gguf file, a .safetensors file or a Hugging Face folder",
           .advice = "Only safetensors and GGUF are opened."}};
}

bool looksLikeSafetensors(std::string_view bytes) {
  if (bytes.size() < 9 || bytes[8] != '{') return false;
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= 100'000'000;
}

}  // namespace patchbay
