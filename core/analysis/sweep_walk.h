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

  [[nodiscard]] const Variant& variantOf(std::size_t member) const { return m_variants[m_chosen[member]]; }
  [[nodiscard]] JoinPlace placeOf(const Group& group, std::size_t place) const;
  void makeGroups();
  void walk();
  void passBlock(int layer);
  void joinAt(int layer, JoinStage stage);
  [[nodiscard]] at::Tensor joiningRows(const Group& group, std::span<const std::size_t> members, JoinPlace place);
  [[nodiscard]] at::Tensor insideRows(const Group& group, std::span<const std::size_t> members, JoinPlace place);
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
