#include "ui/state/selection.h"

#include <algorithm>

#include "ui/state/kept.h"

namespace patchbay::ui {
namespace {

constexpr std::size_t kMaxHistory = 200;

Json rangeToJson(const std::optional<IndexRange>& range) {
  return range ? Json::array({range->first, range->last}) : Json();
}

std::optional<IndexRange> rangeFromJson(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array() || found->size() != 2) return std::nullopt;
  return IndexRange{(*found)[0].get<int>(), (*found)[1].get<int>()};
}

}  // namespace

void to_json(Json& json, const SelectionState& state) {
  json = Json{{"run", state.run},
              {"tokens", rangeToJson(state.tokens)},
              {"layers", rangeToJson(state.layers)},
              {"site", std::string(factOf(state.site).name)},
              {"head", state.head ? Json(*state.head) : Json()}};
}

void from_json(const Json& json, SelectionState& state) {
  state = {};
  state.run = json.value("run", RunId{0});
  state.tokens = rangeFromJson(json, "tokens");
  state.layers = rangeFromJson(json, "layers");
  state.site = siteByName(json.value("site", std::string("resid_post"))).value_or(Site::ResidPost);
  const auto head = json.find("head");
  if (head != json.end() && head->is_number_integer()) state.head = head->get<int>();
}

bool SelectionState::isCell() const {
  return tokens && layers && tokens->first == tokens->last && layers->first == layers->last;
}

QString SelectionState::address() const {
  if (!hasPlace()) return {};
  return QString::fromStdString(formatPlace(Place{tokens, layers, head, site}));
}

void Selection::select(const SelectionState& state) {
  if (state == m_state) return;
  m_history.resize(m_position + 1);
  m_history.push_back(state);
  if (m_history.size() > kMaxHistory) m_history.erase(m_history.begin());
  m_position = m_history.size() - 1;
  m_state = state;
  Q_EMIT changed();
  Q_EMIT historyChanged();
}

void Selection::selectCell(RunId run, int token, int layer, Site site) {
  SelectionState state{
      .run = run, .tokens = IndexRange{token, token}, .layers = IndexRange{layer, layer}, .site = site, .head = {}};
  select(state);
}

void Selection::selectTokens(IndexRange tokens) {
  SelectionState state = m_state;
  state.tokens = tokens;
  select(state);
}

void Selection::selectLayers(IndexRange layers) {
  SelectionState state = m_state;
  state.layers = layers;
  select(state);
}

void Selection::selectRun(RunId run) {
  SelectionState state = m_state;
  state.run = run;
  select(state);
}

void Selection::clearPlace() {
  SelectionState state;
  state.run = m_state.run;
  select(state);
}

void Selection::toggleReference() {
  if (m_reference == m_state) {
    setReference(std::nullopt);
  } else {
    setReference(m_state);
  }
}

void Selection::setReference(const std::optional<SelectionState>& reference) {
  if (reference == m_reference) return;
  m_reference = reference;
  Q_EMIT referenceChanged();
}

void Selection::back() {
  if (canGoBack()) goTo(m_position - 1);
}

void Selection::forward() {
  if (canGoForward()) goTo(m_position + 1);
}

void Selection::goTo(std::size_t position) {
  m_position = position;
  m_state = m_history[position];
  Q_EMIT changed();
  Q_EMIT historyChanged();
}

void Selection::forget(const std::function<bool(RunId)>& isGone) {
  std::vector<SelectionState> left;
  std::size_t position = 0;
  for (std::size_t i = 0; i < m_history.size(); ++i) {
    if (isGone(m_history[i].run)) continue;
    if (i <= m_position) position = left.size();
    left.push_back(m_history[i]);
  }
  if (left.empty()) left.emplace_back();
  const bool isSelectionGone = isGone(m_state.run);
  m_history = std::move(left);
  m_position = position;
  if (m_reference && isGone(m_reference->run)) setReference(std::nullopt);
  if (isSelectionGone) {
    select({});
  } else {
    Q_EMIT historyChanged();
  }
}

Json Selection::save() const {
  return Json{
      {"history", m_history}, {"position", m_position}, {"reference", m_reference ? Json(*m_reference) : Json()}};
}

void Selection::restore(const Json& json) {
  m_history = {SelectionState{}};
  m_position = 0;
  if (const auto history = kept<std::vector<SelectionState>>(json, "history"); history && !history->empty())
    m_history = *history;
  m_position = std::min(kept<std::size_t>(json, "position").value_or(0), m_history.size() - 1);
  m_reference = kept<SelectionState>(json, "reference");
  m_state = m_history[m_position];
  Q_EMIT changed();
  Q_EMIT referenceChanged();
  Q_EMIT historyChanged();
}

}  // namespace patchbay::ui
