#include "core/analysis/path_patch.h"

#include <algorithm>

namespace patchbay {
namespace {

/// Rows that go through the receiver's block together; bounds its memory and the time between two polls for Stop.
constexpr std::int64_t kRowsTogether = 4096;

}  // namespace

std::vector<std::optional<Variant>> pathVariants(LanguageModel& model, const CapturedRun& base,
                                                 const PathReceiver& receiver, const std::vector<PathChange>& changes,
                                                 const JobContext& context) {
  const bool isHead = receiver.part == PathReceiver::Part::Head;
  std::vector<std::size_t> reaching;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    const bool isWithin = changes[i].layer == receiver.layer && changes[i].isAttention && !isHead;
    if (changes[i].layer < receiver.layer || isWithin) reaching.push_back(i);
  }
  std::vector<std::optional<Variant>> variants(changes.size());
  const at::Tensor before = base.before(receiver.layer);  // [T, D]
  const auto together = static_cast<std::size_t>(std::max<std::int64_t>(1, kRowsTogether / base.tokens()));
  for (std::size_t begin = 0; begin < reaching.size(); begin += together) {
    const std::size_t count = std::min(together, reaching.size() - begin);
    HookPlan plan;
    at::Tensor seen;  // [B, T, H, K] or [B, T, D]
    for (std::size_t row = 0; row < count; ++row) {
      const PathChange& change = changes[reaching[begin + row]];
      plan.addEdit({.site = isHead ? Site::ResidPre : Site::ResidMid,
                    .layer = receiver.layer,
                    .firstToken = change.firstToken,
                    .lastToken = change.firstToken + change.delta.size(0) - 1,
                    .row = static_cast<std::int64_t>(row),
                    .apply = [delta = change.delta](const at::Tensor& x) { return x + delta; }});
    }
    plan.observe(isHead ? Site::Z : Site::MlpOut, receiver.layer,
                 [&seen](const Observation& value) { seen = value.value.clone(); });
    KvCache cache = model.transformer->newCache(static_cast<std::int64_t>(count));
    (void)model.transformer->block(receiver.layer, before.unsqueeze(0).repeat({static_cast<std::int64_t>(count), 1, 1}),
                                   0, cache, plan, context);
    for (std::size_t row = 0; row < count; ++row) {
      const PathChange& change = changes[reaching[begin + row]];
      at::Tensor value =
          seen[static_cast<std::int64_t>(row)].narrow(0, change.firstToken, base.tokens() - change.firstToken);
      Edit edit{.site = isHead ? Site::Z : Site::MlpOut,
                .layer = receiver.layer,
                .firstToken = change.firstToken,
                .lastToken = base.tokens() - 1,
                .apply = {}};
      if (isHead) {
        edit.head = receiver.head;
        value = value.select(1, receiver.head);
      } else {
        // An MLP works token by token.
        value = value.narrow(0, 0, change.delta.size(0));
        edit.lastToken = change.firstToken + change.delta.size(0) - 1;
      }
      edit.apply = edits::replaceBy(value.clone());
      variants[reaching[begin + row]] = Variant{.edits = {std::move(edit)}, .base = 0};
    }
  }
  return variants;
}

}  // namespace patchbay
