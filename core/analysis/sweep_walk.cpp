#include "core/analysis/sweep_walk.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <numeric>

namespace patchbay {
namespace {

JoinStage stageOf(Site site) {
  switch (site) {
    case Site::Z:
    case Site::HeadOut:
    case Site::AttnOut:
    case Site::ResidMid:
    case Site::MlpAct:
    case Site::MlpOut: return JoinStage::Inside;
    case Site::ResidPost: return JoinStage::After;
    default: return JoinStage::Before;
  }
}

int layerOf(const Edit& edit) { return edit.site == Site::Embed ? 0 : edit.layer; }

std::pair<int, JoinStage> heightOf(const Edit& edit) { return {layerOf(edit), stageOf(edit.site)}; }

/// The edit as a hook of one row of a batch. The embedding is the first block's input.
Edit forRow(Edit edit, std::size_t row) {
  if (edit.site == Site::Embed) {
    edit.site = Site::ResidPre;
    edit.layer = 0;
  }
  edit.row = static_cast<std::int64_t>(row);
  return edit;
}

/// Tokens that the edits of a variant touch in one layer.
struct Span {
  std::int64_t first = std::numeric_limits<std::int64_t>::max(), last = -1;
  bool operator==(const Span&) const = default;
};

Span touchedSpan(const Variant& variant, int layer, std::int64_t tokens) {
  Span span;
  for (const Edit& edit : variant.edits) {
    if (layerOf(edit) != layer) continue;
    span.first = std::min(span.first, edit.firstToken);
    span.last = std::max(span.last, std::min(edit.lastToken.value_or(tokens - 1), tokens - 1));
  }
  return span;
}

}  // namespace

JoinPlace joinPlaceOf(const Variant& variant) {
  JoinPlace place{.layer = std::numeric_limits<int>::max(),
                  .stage = JoinStage::After,
                  .firstToken = std::numeric_limits<std::int64_t>::max()};
  for (const Edit& edit : variant.edits) {
    const auto [layer, stage] = std::min(heightOf(edit), std::pair(place.layer, place.stage));
    place = {.layer = layer, .stage = stage, .firstToken = std::min(place.firstToken, edit.firstToken)};
  }
  return place;
}

SweepWalk::SweepWalk(LanguageModel& model, std::span<const CapturedRun> bases, const std::vector<Variant>& variants,
                     std::vector<std::size_t> chosen, const JobContext& context)
    : m_model(model), m_bases(bases), m_variants(variants), m_chosen(std::move(chosen)), m_context(context) {
  makeGroups();
}

JoinPlace SweepWalk::placeOf(const Group& group, std::size_t place) const {
  return joinPlaceOf(variantOf(group.members[place]));
}

void SweepWalk::makeGroups() {
  std::map<std::pair<std::size_t, std::int64_t>, std::vector<std::size_t>> byStart;
  for (std::size_t member = 0; member < m_chosen.size(); ++member)
    byStart[{variantOf(member).base, joinPlaceOf(variantOf(member)).firstToken}].push_back(member);
  m_lowest = m_model.card.layers;
  for (auto& [start, members] : byStart) {
    Group group{.base = &m_bases[start.first],
                .first = start.second,
                .members = std::move(members),
                .joined = 0,
                .rows = {},
                .later = {},
                .cache = {}};
    std::ranges::stable_sort(group.members, {}, [&](std::size_t member) { return joinPlaceOf(variantOf(member)); });
    for (std::size_t row = 0; row < group.members.size(); ++row) {
      const JoinPlace place = placeOf(group, row);
      m_lowest = std::min(m_lowest, place.layer);
      for (const bool ofEmbedding : {true, false}) {  // it is changed before the first block's input
        for (const Edit& edit : variantOf(group.members[row]).edits) {
          if ((edit.site == Site::Embed) != ofEmbedding) continue;
          if (layerOf(edit) > place.layer || place.stage == JoinStage::Before) group.later.addEdit(forRow(edit, row));
        }
      }
    }
    group.cache = KvCache::sharing(group.base->cache, group.first, static_cast<std::int64_t>(group.members.size()));
    m_groups.push_back(std::move(group));
  }
}

void SweepWalk::walk() {
  for (int layer = m_lowest; layer < m_model.card.layers; ++layer) {
    m_context.checkpoint();
    joinAt(layer, JoinStage::Before);
    passBlock(layer);
    joinAt(layer, JoinStage::Inside);
    joinAt(layer, JoinStage::After);
  }
}

void SweepWalk::passBlock(int layer) {
  std::vector<RowGroup> groups;
  std::vector<Group*> active;
  std::vector<at::Tensor> rows;
  for (Group& group : m_groups) {
    if (group.joined == 0) continue;
    active.push_back(&group);
    rows.push_back(group.rows.flatten(0, 1));
    groups.push_back({.batch = static_cast<std::int64_t>(group.joined),
                      .tokens = group.length(),
                      .first = group.first,
                      .cache = &*group.cache,
                      .hooks = &group.later});
  }
  if (!active.empty()) {
    const bool isLast = layer == m_model.card.layers - 1;
    const BlockRows wanted = isLast ? BlockRows::LastOfEach : BlockRows::All;
    const at::Tensor x = rows.size() == 1 ? rows.front() : at::cat(rows);
    const at::Tensor out = m_model.transformer->block(layer, x, groups, wanted, m_context);
    std::int64_t begin = 0;
    for (Group* group : active) {
      const std::int64_t tokens = isLast ? 1 : group->length();
      const auto batch = static_cast<std::int64_t>(group->joined);
      group->rows = out.narrow(0, begin, batch * tokens).unflatten(0, {batch, tokens});
      begin += batch * tokens;
    }
  }
  for (Group& group : m_groups) {
    if (m_kept) keepKeys(group, layer);
    group.cache->forget(layer);
  }
}

void SweepWalk::joinAt(int layer, JoinStage stage) {
  std::vector<Joining> joining;
  for (Group& group : m_groups) {
    const std::size_t first = group.joined;
    while (group.joined < group.members.size()) {
      const JoinPlace place = placeOf(group, group.joined);
      if (place.layer != layer || place.stage != stage) break;
      ++group.joined;
    }
    if (group.joined == first) continue;
    const at::Tensor base = stage == JoinStage::Before ? group.base->before(layer) : group.base->residuals[layer];
    const auto count = static_cast<std::int64_t>(group.joined - first);
    joining.push_back({.group = &group,
                       .members = std::span(group.members).subspan(first, group.joined - first),
                       .rows = base.narrow(0, group.first, group.length()).unsqueeze(0).repeat({count, 1, 1})});
  }
  if (joining.empty()) return;
  if (stage == JoinStage::Inside) editInside(joining, layer);
  if (stage == JoinStage::After) editAfter(joining, layer);
  for (auto& [group, members, rows] : joining) {
    if (stage != JoinStage::Before && layer == m_model.card.layers - 1) rows = rows.narrow(1, rows.size(1) - 1, 1);
    group->rows = group->rows.defined() ? at::cat({group->rows, rows}) : rows;
  }
}

void SweepWalk::editAfter(std::span<Joining> joining, int layer) {
  for (Joining& part : joining) {
    HookPlan edits;
    for (std::size_t row = 0; row < part.members.size(); ++row)
      for (const Edit& edit : variantOf(part.members[row]).edits)
        if (heightOf(edit) == std::pair(layer, JoinStage::After)) edits.addEdit(forRow(edit, row));
    part.rows = edits.at(Site::ResidPost, layer, part.rows, part.group->first);
  }
}

at::Tensor SweepWalk::baseHeads(const CapturedRun& base, int layer) {
  const HookPlan none;
  KvCache again = m_model.transformer->newCache();
  const RowGroup whole{.batch = 1, .tokens = base.tokens(), .first = 0, .cache = &again, .hooks = &none};
  return m_model.transformer->heads(layer, base.before(layer), {&whole, 1}, BlockRows::All);
}

void SweepWalk::editInside(std::span<Joining> joining, int layer) {
  std::map<const CapturedRun*, at::Tensor> headsOf;
  std::deque<HookPlan> plans;  // the groups point to them
  std::vector<RowGroup> touched;
  std::vector<at::Tensor> before, z, places;
  for (const auto& [group, members, rows] : joining) {
    const CapturedRun& base = *group->base;
    at::Tensor& heads = headsOf[&base];
    if (!heads.defined()) heads = baseHeads(base, layer);
    for (std::size_t begin = 0, end = 0; begin < members.size(); begin = end) {
      const Span span = touchedSpan(variantOf(members[begin]), layer, base.tokens());
      HookPlan& edits = plans.emplace_back();
      for (; end < members.size() && touchedSpan(variantOf(members[end]), layer, base.tokens()) == span; ++end)
        for (const Edit& edit : variantOf(members[end]).edits)
          if (layerOf(edit) == layer) edits.addEdit(forRow(edit, end - begin));
      const auto batch = static_cast<std::int64_t>(end - begin);
      const std::int64_t count = span.last - span.first + 1;
      touched.push_back({.batch = batch, .tokens = count, .first = span.first, .cache = nullptr, .hooks = &edits});
      before.push_back(base.before(layer).narrow(0, span.first, count).repeat({batch, 1}));
      z.push_back(heads.narrow(0, span.first, count).repeat({batch, 1, 1}));
      places.push_back(
          rows.narrow(0, static_cast<std::int64_t>(begin), batch).narrow(1, span.first - group->first, count));
    }
  }
  const at::Tensor out = m_model.transformer->afterHeads(layer, at::cat(before), at::cat(z), touched, m_context);
  std::int64_t begin = 0;
  for (std::size_t i = 0; i < touched.size(); ++i) {
    const RowGroup& part = touched[i];
    places[i].copy_(out.narrow(0, begin, part.rows()).unflatten(0, {part.batch, part.tokens}));
    begin += part.rows();
  }
}

void SweepWalk::keepKeys(const Group& group, int layer) {
  // Keys and values below a variant's edit are the base run's own.
  const VisibleKeys own = group.base->cache.visible(layer);
  const auto count = static_cast<std::int64_t>(group.members.size());
  at::Tensor keys = own.ownKeys.narrow(2, group.first, group.length()).repeat({count, 1, 1, 1});  // [B, Hkv, R, K]
  at::Tensor values = own.ownValues.narrow(2, group.first, group.length()).repeat({count, 1, 1, 1});
  if (group.joined > 0) {
    const VisibleKeys seen = group.cache->visible(layer);
    keys.narrow(0, 0, seen.ownKeys.size(0)).copy_(seen.ownKeys);
    values.narrow(0, 0, seen.ownKeys.size(0)).copy_(seen.ownValues);
  }
  m_kept->setOwn(layer, std::move(keys), std::move(values));
}

at::Tensor SweepWalk::lastRows() const {
  at::Tensor last =
      at::empty({static_cast<std::int64_t>(m_chosen.size()), m_model.card.width}, m_model.transformer->options());
  for (const Group& group : m_groups) {
    const std::vector<std::int64_t> places(group.members.begin(), group.members.end());
    last.index_copy_(0, at::tensor(at::ArrayRef<std::int64_t>(places)).to(last.device()), group.rows.select(1, -1));
  }
  return last;
}

at::Tensor SweepWalk::run() {
  walk();
  return lastRows();
}

SweptCaches SweepWalk::runToContinue() {
  Group& group = m_groups.front();
  m_kept = KvCache::sharing(group.base->cache, group.first, static_cast<std::int64_t>(group.members.size()));
  for (int layer = 0; layer < m_lowest; ++layer) keepKeys(group, layer);
  walk();
  // Back from the order of joining to the caller's.
  std::vector<std::int64_t> places(group.members.size());
  for (std::size_t row = 0; row < places.size(); ++row) places[group.members[row]] = static_cast<std::int64_t>(row);
  const at::Tensor order = at::tensor(at::ArrayRef<std::int64_t>(places)).to(group.rows.device());
  for (int layer = 0; layer < m_model.card.layers; ++layer) {
    const VisibleKeys own = m_kept->visible(layer);
    m_kept->setOwn(layer, own.ownKeys.index_select(0, order), own.ownValues.index_select(0, order));
  }
  return {.last = lastRows().unsqueeze(1), .cache = std::move(*m_kept)};
}

}  // namespace patchbay
