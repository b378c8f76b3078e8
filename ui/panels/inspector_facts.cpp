#include "ui/panels/inspector_facts.h"

#include <algorithm>
#include <cmath>

#include <QCoreApplication>

#include "core/data/any_request.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/lens_picture.h"
#include "ui/state/run_book.h"
#include "ui/widgets/format.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr std::size_t kShownWords = 5;
constexpr int kMostCharacters = 120;

QString words(const char* text) { return QCoreApplication::translate("Inspector", text); }

std::vector<RankedToken> firstFew(std::vector<RankedToken> tokens) {
  tokens.resize(std::min(tokens.size(), kShownWords));
  return tokens;
}

QString cellWords(const TokenFact& token, int layer, int layers, RunId run) {
  return words("token ‘%1’ · layer %2 of %3 · run %4")
      .arg(asData(displayToken(token)), QString::number(layer), formatRange(0, layers - 1), asData(runName(run)));
}

CourseFact lensFact(const LensResult& lens, LensMetric metric, const QString& label, const QString& unit,
                    const SelectionState& at) {
  CourseFact fact{label, lensCourse(lens, metric, 0, at.token()), {}};
  fact.value = lensValueText(metric, static_cast<double>(fact.course[static_cast<std::size_t>(at.layer())]));
  if (!unit.isEmpty()) fact.value += QLatin1Char(' ') + unit;
  // Ranks span five orders of magnitude; their course is read by order of magnitude, best on top.
  if (metric == LensMetric::Rank) {
    for (float& rank : fact.course) rank = -std::log10(rank);
  }
  return fact;
}

/// The words of the tokens that are selected, few of them whole, many by their ends.
QString tokenWords(const std::vector<TokenFact>& tokens, const IndexRange& range) {
  QString text;
  for (int t = range.first; t <= range.last; ++t) text += displayToken(tokens[static_cast<std::size_t>(t)]);
  return elideMiddle(text, kMostCharacters);
}

/// What is selected where no single cell is: a lone token, lone layers, a brushed region.
InspectorFacts regionFacts(const std::vector<TokenFact>& tokens, int layers, const SelectionState& state) {
  InspectorFacts facts;
  const bool hasTokens =
      state.tokens && state.tokens->first >= 0 && state.tokens->last < static_cast<int>(tokens.size());
  const bool hasLayers = state.layers && state.layers->first >= 0 && state.layers->last < layers;
  if ((state.tokens && !hasTokens) || (state.layers && !hasLayers) || !state.hasPlace()) return facts;
  const auto count = [](const IndexRange& range) { return range.last - range.first + 1; };
  facts.address = state.address();
  QStringList parts;
  if (hasTokens && count(*state.tokens) == 1) {
    parts << words("token ‘%1’").arg(asData(tokenWords(tokens, *state.tokens)));
  } else if (hasTokens) {
    parts << words("%1 tokens").arg(count(*state.tokens));
    facts.more = words("‘%1’").arg(tokenWords(tokens, *state.tokens));
  } else {
    parts << words("every token");
  }
  if (hasLayers && layers > 0) {
    parts << words("%1 of %2 layers").arg(count(*state.layers)).arg(layers);
    const int cells = count(*state.layers) * (hasTokens ? count(*state.tokens) : static_cast<int>(tokens.size()));
    if (cells > 1) parts << words("%1 cells").arg(cells);
  } else {
    parts << words("no layer chosen");
  }
  parts << words("run %1").arg(asData(runName(state.run)));
  facts.words = parts.join(QStringLiteral(" · "));
  facts.layers = layers;
  return facts;
}

InspectorFacts lensFacts(const LensResult& lens, const SelectionState& state) {
  InspectorFacts facts;
  if (!state.isCell()) return regionFacts(lens.tokens, lens.layers, state);
  if (state.layer() >= lens.layers || state.token() >= lens.tokenCount()) return facts;
  facts.address = state.address();
  facts.words = cellWords(lens.tokens[static_cast<std::size_t>(state.token())], state.layer(), lens.layers, state.run);
  // A lens that is still growing has cells without words.
  const bool isKnown = isRead(lens, {state.layer(), state.token()});
  for (int k = 0; isKnown && k < std::min<int>(kShownWords, lens.topCount()); ++k)
    facts.top.push_back(lens.ranked(state.layer(), state.token(), k));
  const QString followed = trackedText(lens, 0);
  facts.courses.push_back(lensFact(lens, LensMetric::Entropy, words("entropy"), words("bit"), state));
  if (!followed.isEmpty())
    facts.courses.push_back(lensFact(lens, LensMetric::Rank, words("rank of %1").arg(asData(followed)), {}, state));
  facts.courses.push_back(lensFact(lens, LensMetric::Norm, words("norm"), {}, state));
  facts.courses.push_back(lensFact(lens, LensMetric::Cos, words("cos to final"), {}, state));
  facts.courses.push_back(lensFact(lens, LensMetric::Kl, words("KL to final"), words("bit"), state));
  facts.layer = state.layer();
  facts.layers = lens.layers;
  facts.isCell = true;
  return facts;
}

/// `course` has one value a source layer; the fact wants one a model layer.
CourseFact spreadFact(const QString& label, const std::vector<float>& values, const std::vector<PatchscopeCell>& lens,
                      int layer) {
  CourseFact fact{label, {}, QStringLiteral("-")};
  for (std::size_t i = 0; i < lens.size() && i < values.size(); ++i) {
    const auto place = static_cast<std::size_t>(lens[i].sourceLayer);
    if (fact.course.size() <= place) fact.course.resize(place + 1, std::numeric_limits<float>::quiet_NaN());
    fact.course[place] = values[i];
    if (lens[i].sourceLayer == layer) fact.value = formatProbability(static_cast<double>(values[i]));
  }
  return fact;
}

InspectorFacts patchscopeFacts(const PatchscopeResult& result, const SelectionState& state) {
  if (!state.layers) return regionFacts(result.sourceTokens, 0, state);
  InspectorFacts facts;
  const auto isMeant = [&](const PatchscopeCell& cell) {
    return cell.sourceLayer == state.layer() && (cell.sourceToken < 0 || cell.sourceToken == state.token());
  };
  const auto cell = std::ranges::find_if(result.cells, isMeant);
  if (cell == result.cells.end()) return facts;
  const int token = result.tokenOf(*cell);
  SelectionState place = state;
  place.tokens = IndexRange{token, token};
  facts.address = place.address();
  facts.words =
      words("token ‘%1’ · L%2 into target L%3 · run %4")
          .arg(asData(displayToken(result.sourceTokens[static_cast<std::size_t>(token)])),
               QString::number(cell->sourceLayer), QString::number(cell->targetLayer), asData(runName(state.run)));
  facts.top = firstFew(cell->top);
  if (!result.sourceNext.empty() && result.finalTokenP.size() > 1) {
    const QString word = asData(displayToken(result.sourceNext.front().token));
    facts.courses.push_back(spreadFact(words("patched %1").arg(word), result.finalTokenP, result.lens, state.layer()));
    facts.courses.push_back(spreadFact(words("lens %1").arg(word), result.finalTokenLensP, result.lens, state.layer()));
    facts.layers = static_cast<int>(facts.courses.front().course.size());
  }
  facts.layer = state.layer();
  facts.isCell = true;
  return facts;
}

InspectorFacts continuationFacts(const std::vector<TokenFact>& prompt, const Generation& generation,
                                 const SelectionState& state) {
  InspectorFacts facts;
  if (!state.tokens || state.token() < 0) return facts;
  const auto index = static_cast<std::size_t>(state.token());
  if (index < prompt.size()) {
    facts.address = QStringLiteral("t%1").arg(index);
    facts.words =
        words("prompt token ‘%1’ · run %2").arg(asData(displayToken(prompt[index])), asData(runName(state.run)));
  } else if (index - prompt.size() < generation.tokens.size()) {
    const GeneratedToken& token = generation.tokens[index - prompt.size()];
    facts.address = QStringLiteral("t%1").arg(index);
    facts.words = words("generated token ‘%1’ · p %2 · entropy %3 bit · run %4")
                      .arg(asData(displayToken(token.token)), asData(formatProbability(static_cast<double>(token.p))),
                           asData(formatNumber(static_cast<double>(token.entropyBits), 1)), asData(runName(state.run)));
    facts.top = firstFew(token.alternatives);
  }
  return facts;
}

/// The cell that was written over, and what the target says with it.
InspectorFacts patchFacts(const PatchResult& result, const SelectionState& state) {
  if (!state.layers) return regionFacts(result.targetTokens, 0, state);
  InspectorFacts facts;
  if (!state.isCell() || state.token() != result.targetToken ||
      state.token() >= static_cast<int>(result.targetTokens.size()))
    return facts;
  facts.address = state.address();
  facts.words = words("‘%1’ written over by ‘%2’ · run %3")
                    .arg(asData(displayToken(result.targetTokens[static_cast<std::size_t>(result.targetToken)])),
                         asData(displayToken(result.sourceTokens[static_cast<std::size_t>(result.sourceToken)])),
                         asData(runName(state.run)));
  facts.top = firstFew(result.patched);
  facts.isCell = true;  // the verbs stand there and say why they do not apply
  return facts;
}

/// What the chosen query reads through the chosen head, as a ranking by share.
InspectorFacts attentionFacts(const AttentionResult& result, const SelectionState& state) {
  InspectorFacts facts;
  const auto layer = std::ranges::find(result.layers, state.layer());
  const bool isQuery =
      state.isCell() && state.head && *state.head < result.heads() && state.token() < result.tokenCount();
  if (!isQuery || layer == result.layers.end()) return facts;
  facts.address = QStringLiteral("t%1.L%2.H%3").arg(state.token()).arg(state.layer()).arg(*state.head);
  facts.words = words("what ‘%1’ reads, by share · run %2")
                    .arg(asData(displayToken(result.tokens[static_cast<std::size_t>(state.token())])),
                         asData(runName(state.run)));
  const auto shares = result.shares(static_cast<int>(layer - result.layers.begin()), *state.head, state.token());
  for (int key = 0; key <= state.token(); ++key)
    facts.top.push_back({result.tokens[static_cast<std::size_t>(key)], 0, shares[static_cast<std::size_t>(key)]});
  std::ranges::stable_sort(facts.top, std::greater<>(), &RankedToken::p);
  facts.top = firstFew(std::move(facts.top));
  return facts;
}

/// What a part adds, and how much of the logit stands there by its layer.
InspectorFacts attributionFacts(const AttributionResult& result, const SelectionState& state) {
  InspectorFacts facts;
  if (!state.layers || state.layer() >= result.layers() || (state.head && *state.head >= result.headCount()))
    return facts;
  const int layer = state.layer();
  const float part = state.head ? result.heads.at(layer, *state.head) : result.mlps.at(layer);
  facts.address =
      state.head ? QStringLiteral("L%1.H%2").arg(layer).arg(*state.head) : QStringLiteral("L%1.mlp").arg(layer);
  facts.words = words("adds %1 of %2 · sum so far %3 · run %4")
                    .arg(asData(formatSigned(static_cast<double>(part), 3)),
                         asData(formatNumber(static_cast<double>(result.total), 2)),
                         asData(formatNumber(static_cast<double>(result.upTo(layer)), 2)), asData(runName(state.run)));
  return facts;
}

InspectorFacts exploreFacts(const ExploreResult& result, const SelectionState& state) {
  InspectorFacts facts;
  const auto place = std::ranges::find(result.places, state.token(), &ExploredPlace::token);
  if (!state.isCell() || result.texts.size() != 1 || place == result.places.end() || state.layer() >= result.layers())
    return facts;
  const auto number = place - result.places.begin();
  facts.address = state.address();
  facts.words = cellWords(result.tokenOf(static_cast<int>(number)), state.layer(), result.layers(), state.run);
  CourseFact norm{words("norm"), {}, formatCompact(static_cast<double>(result.norms.at(state.layer(), number)))};
  for (int layer = 0; layer < result.layers(); ++layer) norm.course.push_back(result.norms.at(layer, number));
  facts.courses.push_back(std::move(norm));
  facts.layer = state.layer();
  facts.layers = result.layers();
  facts.isCell = true;
  return facts;
}

}  // namespace

InspectorFacts inspectorFacts(const Workbench& bench, const SelectionState& state) {
  const RunRecord* record = bench.runs->record(state.run);
  if (!record) return {};
  if (record->kind == LensRequest::kKind) {
    if (const auto lens = bench.runs->result<LensResult>(state.run)) return lensFacts(*lens, state);
  } else if (record->kind == PatchscopeRequest::kKind) {
    if (const auto result = bench.runs->result<PatchscopeResult>(state.run)) return patchscopeFacts(*result, state);
  } else if (record->kind == PatchRequest::kKind) {
    if (const auto result = bench.runs->result<PatchResult>(state.run)) return patchFacts(*result, state);
  } else if (record->kind == AttentionRequest::kKind) {
    if (const auto result = bench.runs->result<AttentionResult>(state.run)) return attentionFacts(*result, state);
  } else if (record->kind == AttributionRequest::kKind) {
    if (const auto result = bench.runs->result<AttributionResult>(state.run)) return attributionFacts(*result, state);
  } else if (record->kind == ExploreRequest::kKind) {
    if (const auto result = bench.runs->result<ExploreResult>(state.run)) return exploreFacts(*result, state);
  } else if (record->kind == GenerateRequest::kKind) {
    if (const auto result = bench.runs->result<GenerateResult>(state.run))
      return continuationFacts(result->promptTokens, result->generation, state);
  } else if (record->kind == SteerRequest::kKind) {
    if (const auto result = bench.runs->result<SteerResult>(state.run))
      return continuationFacts(result->promptTokens, result->steered, state);
  }
  return {};
}

}  // namespace patchbay::ui
