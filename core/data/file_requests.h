#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "core/data/affine_map.h"
#include "core/data/asking.h"
#include "core/data/decoder_card.h"
#include "core/data/host_array.h"
#include "core/data/soft_prompt.h"
#include "core/data/steering_vector.h"

namespace patchbay {

/// Reads a steering vector from a file.
struct ImportVectorRequest {
  using Result = SteeringVector;
  std::string path;
};

/// A file that was written.
struct WrittenFile {
  std::string path;
};

/// Writes a steering vector to a file that other sessions and the command line read.
struct ExportVectorRequest {
  using Result = WrittenFile;
  std::string path;
  std::shared_ptr<const SteeringVector> vector;
};

/// Writes fitted maps to a file that other sessions and the command line read.
struct ExportMapRequest {
  using Result = WrittenFile;
  std::string path;
  std::shared_ptr<const AffineMap> map;
};

/// Writes a learned prompt to a file that other sessions and the command line read.
struct ExportPromptRequest {
  using Result = WrittenFile;
  std::string path;
  std::shared_ptr<const SoftPrompt> prompt;
};

/// How much of the states of training prompts is kept on disk (core/base/kept_states.h), after they were deleted where
/// that is asked for.
struct KeptStates {
  std::int64_t bytes = 0;
};
struct KeptStatesRequest {
  using Result = KeptStates;
  bool isDeleting = false;
};

/// A decoder that lies in a folder.
struct FoundDecoder {
  DecoderRef ref;  ///< with its digest
  DecoderCard card;
};

/// Reads what a decoder's folder says of it; "default" is the one that comes with the program.
struct FindDecoderRequest {
  using Result = FoundDecoder;
  std::string folder;
};

/// Writes named arrays as a NumPy archive.
struct ExportArraysRequest {
  using Result = WrittenFile;
  std::string path;
  std::map<std::string, HostArray> arrays;
};

}  // namespace patchbay
