#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/host_array.h"
#include "core/data/json.h"
#include "core/data/labelled_list.h"
#include "core/data/measured_share.h"
#include "core/data/model_card.h"
#include "core/data/results.h"

/// Linear probes: what can be read off activations along a direction, layer by layer.
namespace patchbay {

struct ProbeResult;

/// Which token of a text a probe reads.
enum class ProbePlace { Last, Mean };
NLOHMANN_JSON_SERIALIZE_ENUM(ProbePlace, {{ProbePlace::Last, "last"}, {ProbePlace::Mean, "mean"}})

/// Linear probes on labelled texts, at every layer of a site.
struct ProbeRequest {
  using Result = ProbeResult;
  static constexpr const char* kKind = "probe";
  ModelRef model;
  LabelledList list;
  std::string site = "resid_post";      ///< resid_post, resid_mid, attn_out or mlp_out
  ProbePlace place = ProbePlace::Last;  ///< Mean: over all tokens but the first, which is an attention sink
  int folds = 5;                        ///< each is told by a probe that was fitted on the others
  double penalty = 0.1;                 ///< half of it times |w|^2 is added to the logistic loss of points of length 1
  std::uint64_t seed = 1;               ///< of the folds, and of the labels that are shuffled
  bool operator==(const ProbeRequest&) const = default;
  NLOHMANN_DEFINE_TYPE_INTRUSIVE_WITH_DEFAULT(ProbeRequest, model, list, site, place, folds, penalty, seed)
};

/// The probes beside one another.
/// Logistic  logistic regression, one label against the others.
/// Whitened  linear discriminants, their covariance shrunk by a tenth.
/// Shuffled  the logistic one, fitted and counted on shuffled labels: the control.
enum class ProbeArm { Logistic, Whitened, Shuffled };
inline constexpr int kProbeArms = 3;

/// What probes say of N texts at L layers, each text by probes that never saw it.
///
/// told [3, L, N]: the label that each probe of `ProbeArm` tells, as its index.
/// Source  Alain and Bengio 2016; Hewitt and Liang 2019 for the control; methods section 2.9 for the whitened probe.
struct ProbeResult {
  std::vector<std::string> labels;
  std::vector<int> truth;           ///< of each text, index of a label
  std::vector<int> shuffled;        ///< what the control is fitted to and counted by
  std::vector<std::string> tokens;  ///< that was read of each text; empty where the mean was
  std::string site = "resid_post";
  HostArray told;
  double seconds = 0;
  bool operator==(const ProbeResult&) const = default;

  [[nodiscard]] int layers() const { return static_cast<int>(told.extent(1)); }
  [[nodiscard]] int textCount() const { return static_cast<int>(truth.size()); }
  [[nodiscard]] int toldOf(ProbeArm arm, int layer, int text) const;
  /// Over all texts.
  [[nodiscard]] MeasuredShare accuracy(ProbeArm arm, int layer) const;
  /// Of the texts of one label.
  [[nodiscard]] MeasuredShare accuracy(ProbeArm arm, int layer, int label) const;
  /// Mean over labels of their accuracies: chance is 1 / labels, however many texts each has.
  [[nodiscard]] double balancedAccuracy(ProbeArm arm, int layer) const;
  /// Share of the most frequent label: what one reaches without looking.
  [[nodiscard]] double chance() const;
  /// The layer at which the probe is right most often; the lowest of equals.
  [[nodiscard]] int bestLayer(ProbeArm arm) const;
  [[nodiscard]] ResultDocument toDocument() const;
  /// Errors   RES-01.
  [[nodiscard]] static Outcome<ProbeResult> fromDocument(const ResultDocument& document);
};

}  // namespace patchbay
