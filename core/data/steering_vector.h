#pragma once

#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/model_card.h"
#include "core/data/site.h"

namespace patchbay {

struct ResultDocument;

/// At which place of each text a vector is read. Design section 10.
enum class ReadPosition { LastToken, MeanWithoutFirst };
NLOHMANN_JSON_SERIALIZE_ENUM(ReadPosition,
                             {{ReadPosition::LastToken, "last"}, {ReadPosition::MeanWithoutFirst, "mean"}})

/// Which tokens a vector is added to. Position 0 is left alone unless it is the only one.
enum class SteerTokens { All, PromptOnly, GeneratedOnly, LastOnly };
NLOHMANN_JSON_SERIALIZE_ENUM(SteerTokens, {{SteerTokens::All, "all"},
                                           {SteerTokens::PromptOnly, "prompt"},
                                           {SteerTokens::GeneratedOnly, "generated"},
                                           {SteerTokens::LastOnly, "last"}})

/// A direction in the residual stream for each layer, with how it was made.
///
/// Shapes   rows [L, D] raw, not normalised; meanNorms [L], the mean residual norm of the texts it was made from.
/// Units    those of the residual stream.
struct SteeringVector {
  std::string name;
  ModelRef model;
  std::string method = "mean difference";
  Site site = Site::ResidPost;
  ReadPosition read = ReadPosition::LastToken;
  std::vector<std::string> positives;
  std::vector<std::string> negatives;
  HostArray rows;
  HostArray meanNorms;
  bool operator==(const SteeringVector&) const = default;

  [[nodiscard]] int layers() const { return static_cast<int>(rows.extent(0)); }
  [[nodiscard]] int width() const { return static_cast<int>(rows.extent(1)); }
  /// The length of the vector at a layer, in units of the residual stream; and at each layer [L].
  [[nodiscard]] double norm(int layer) const;
  [[nodiscard]] std::vector<double> norms() const;

  /// As the result of the run that made it.
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   JSON-04, RUN-02.
  [[nodiscard]] static Outcome<SteeringVector> fromDocument(const ResultDocument& document);
};

/// How a vector is applied: `h + strength * v` at `resid_post` of the layers, keeping the norm if asked.
struct SteerSetting {
  std::vector<int> layers;
  float strength = 4;
  SteerTokens tokens = SteerTokens::All;
  bool keepNorm = false;
  bool operator==(const SteerSetting&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(SteerSetting, layers, strength, tokens, keepNorm)
};

}  // namespace patchbay
