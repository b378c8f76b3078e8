#include "core/checkpoint/fingerprint.h"

#include <algorithm>
#include <array>

#include "core/base/sha256.h"

namespace patchbay {
namespace {

constexpr std::size_t kSampleBytes = 4'096;
constexpr std::size_t kDigits = 32;

/// A length before each piece, so that no two lists of pieces read the same.
void addPiece(Sha256& hash, std::size_t wholeSize, std::span<const std::byte> bytes) {
  std::array<std::byte, 8> length;
  for (std::size_t i = 0; i < length.size(); ++i) length[i] = static_cast<std::byte>(wholeSize >> (8 * i));
  hash.add(length);
  hash.add(bytes);
}

}  // namespace

std::string fingerprintOf(const CheckpointParts& parts) {
  Sha256 hash;
  for (const auto& piece : parts.identity) addPiece(hash, piece.size(), piece);
  for (const TensorView& tensor : parts.tensors) {
    const std::size_t size = std::min(tensor.bytes.size(), kSampleBytes);
    // The middle: beginnings are often alike, such as embeddings of tokens that were never trained.
    addPiece(hash, tensor.bytes.size(), tensor.bytes.subspan((tensor.bytes.size() - size) / 2, size));
  }
  return hash.hex().substr(0, kDigits);
}

}  // namespace patchbay
