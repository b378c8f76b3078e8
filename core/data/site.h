#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/outcome.h"

namespace patchbay {

/// A place in the forward pass where a value can be read or written. Design section 4.
enum class Site {
  Embed,
  ResidPre,
  AttnOut,
  ResidMid,
  MlpOut,
  ResidPost,
  Q,
  K,
  V,
  AttnPattern,
  Z,
  HeadOut,
  MlpAct,
  FinalNorm,
  Logits,
};

/// One row of the table of sites: its name, shape and meaning.
struct SiteFact {
  Site site;
  std::string_view name;     ///< "resid_post"
  std::string_view shape;    ///< "[T, D]": letters of style.md
  std::string_view meaning;  ///< one phrase for the person
  bool perLayer;             ///< has a block number
  bool perHead;              ///< has a head number
  bool isResidual;           ///< width D, same space as the residual stream
};

/// Every site, in the order of the forward pass.
[[nodiscard]] std::span<const SiteFact> allSites();
[[nodiscard]] const SiteFact& factOf(Site site);
/// By name; the TransformerLens name of the last part is accepted (`hook_resid_post`).
[[nodiscard]] std::optional<Site> siteByName(std::string_view name);

/// First and last of a range, inclusive; negative counts from the end.
struct IndexRange {
  int first = 0;
  int last = 0;
  bool operator==(const IndexRange&) const = default;
};

/// Where a value lives: tokens, layers, head, site. Text form `t4-6.L12-16.H3.head_out`, see design section 4.
/// No tokens means all tokens; no layers for sites without a block number.
struct Place {
  std::optional<IndexRange> tokens;
  std::optional<IndexRange> layers;
  std::optional<int> head;
  Site site = Site::ResidPost;
  bool operator==(const Place&) const = default;
};

/// Errors   PLACE-01 with the part that was not understood. Also accepts `blocks.12.hook_resid_post`.
[[nodiscard]] Outcome<Place> parsePlace(std::string_view text);
[[nodiscard]] std::string formatPlace(const Place& place);
/// `t4.L12.resid_post`
[[nodiscard]] std::string formatCell(int token, int layer, Site site = Site::ResidPost);

}  // namespace patchbay
