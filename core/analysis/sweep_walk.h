#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/analysis/sweep.h"

namespace patchbay {

/// Where in a block a variant first differs from its base run: in its input or heads, between heads and output, or in
/// its output.
enum class JoinStage { Before, Inside, After };

/// Where a variant joins a walk.
struct JoinPlace {
  int layer = 0;
  JoinStage stage = JoinStage::Before;
  std::int64_t firstToken = 0;
  auto operator<=>(const JoinPlace&) const = default;
};
[[nodiscard]] JoinPlace joinPlaceOf(const Variant& variant);

/// One way up the layers for some variants. Used by sweep.cpp alone.
class SweepWalk {
public:
  SweepWalk(LanguageModel& model, std::span<const CapturedRun> bases, const std::vector<Variant>& variants,
            std::vector<std::size_t> chosen, const JobContext& context);

  /// The last residual [n, D] of every chosen variant, in the order of `chosen`.
  [[nodiscard]] at::Tensor run();
  /// The same with keys and values kept; for variants that all begin at one token of one base.
  [[nodiscard]] SweptCaches runToContinue();

private:
  /// Variants of one base that begin at one token: a batch of sequences of the same length.
  struct Group {
    const CapturedRun* base = nullptr;
    std::int64_t first = 0;
    std::vector<std::size_t> members;  // places in m_chosen, in order of joining
    std::size_t joined = 0;
    at::Tensor rows;  // [joined, R, D]; R is 1 behind the last block
    HookPlan later;   // edits above each member's own joining; row = place in `members`
    std::optional<KvCache> cache;

    [[nodiscard]] std::int64_t length() const { return base->tokens() - first; }
  };

  /// Members of a group that join at one place of the walk.
  struct Joining {
    Group* group = nullptr;
    std::span<const std::size_t> members;
    at::Tensor rows;  // [b, R, D]; the base run's own until they are edited
  };

  [[nodiscard]] const Variant& variantOf(std::size_t member) const { return m_variants[m_chosen[member]]; }
  [[nodiscard]] JoinPlace placeOf(const Group& group, std::size_t place) const;
  void makeGroups();
  void walk();
  void passBlock(int layer);
  void joinAt(int layer, JoinStage stage);
  /// The edits of variants that differ only in a block's output.
  void editAfter(std::span<Joining> joining, int layer);
  /// Variants that differ inside a block: only the tokens they touch go through the rest of it, all groups together;
  /// the others leave it as in the base run.
  void editInside(std::span<Joining> joining, int layer);
  /// What the heads of a block give in a base run as it is, [T, H, K].
  [[nodiscard]] at::Tensor baseHeads(const CapturedRun& base, int layer);
  void keepKeys(const Group& group, int layer);
  [[nodiscard]] at::Tensor lastRows() const;

  LanguageModel& m_model;
  std::span<const CapturedRun> m_bases;
  const std::vector<Variant>& m_variants;
  std::vector<std::size_t> m_chosen;
  const JobContext& m_context;
  std::vector<Group> m_groups;
  std::optional<KvCache> m_kept;  // only when asked to continue
  int m_lowest = 0;
};

}  // namespace patchbay
