#include "core/text/pre_tokenizer.h"

#include "core/text/byte_alphabet.h"
#include "core/text/split_text.h"
#include "core/text/text_error.h"

namespace patchbay::text {

namespace {

constexpr int kMaxDepth = 8;
constexpr std::string_view kField = "pre_tokenizer";

Outcome<SplitBehaviour> behaviourOf(const std::string& name) {
  if (name == "Removed") return SplitBehaviour::Removed;
  if (name == "Isolated") return SplitBehaviour::Isolated;
  if (name == "MergedWithPrevious") return SplitBehaviour::MergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehaviour::MergedWithNext;
  if (name == "Contiguous") return SplitBehaviour::Contiguous;
  return unknownPart("pre_tokenizer behavior", name,
                     "Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous");
}

/// One step applied to one piece.
struct StepRunner {
  std::string_view piece;
  bool startsText;
  PatternBudget& budget;
  PieceList& pieces;

  void operator()(const PatternSplit& step) const {
    addSplit(piece, markSpans(piece, step.pattern.findAll(piece, budget), step.inverted), step.behaviour, pieces);
  }
  void operator()(const LiteralSplit& step) const {
    addSplit(piece, markSpans(piece, findLiteral(piece, step.literal), step.inverted), step.behaviour, pieces);
  }
  void operator()(const CharacterSplit& step) const {
    addSplit(piece, markSpans(piece, findCharacters(piece, step.kind), false), step.behaviour, pieces);
  }
  void operator()(PrefixSpace) const {
    if (!piece.starts_with(' ')) pieces.open() += ' ';
    pieces.add(piece);
  }
  void operator()(ByteLetters) const {
    appendByteLetters(pieces.open(), piece);
    pieces.close();
  }
  void operator()(const Metaspace& step) const {
    std::string marked;
    for (const char byte : piece) {
      if (byte == ' ')
        marked += step.replacement;
      else
        marked += byte;
    }
    const bool wantsPrefix =
        step.prepend == Metaspace::Prepend::Always || (step.prepend == Metaspace::Prepend::First && startsText);
    if (wantsPrefix && !marked.starts_with(step.replacement)) marked.insert(0, step.replacement);
    if (!step.split) return pieces.add(marked);
    addSplit(marked, markSpans(marked, findLiteral(marked, step.replacement), false), SplitBehaviour::MergedWithNext,
             pieces);
  }
};

}  // namespace

Outcome<PreTokenizer> PreTokenizer::fromJson(const Json& json) {
  PreTokenizer made;
  if (json.is_null()) return made;
  const Outcome<Done> added = made.addJson(json, 0);
  if (!added) return added.failure<PreTokenizer>();
  return made;
}

Outcome<Done> PreTokenizer::addJson(const Json& json, int depth) {
  if (depth > kMaxDepth) return damagedPart(std::string(kField), "too many levels of Sequence", "at most 8");
  if (!json.is_object() || !json.contains("type")) return damagedPart(std::string(kField), dumpJson(json), "a type");
  const std::string type = json.at("type").get<std::string>();
  if (type == "Sequence") {
    for (const Json& inner : json.at("pretokenizers")) {
      if (const Outcome<Done> added = addJson(inner, depth + 1); !added) return added;
    }
    return Done{};
  }
  if (type == "ByteLevel") return addByteLevel(json);
  if (type == "Split") return addSplit(json);
  if (type == "Metaspace") return addMetaspace(json);
  if (type == "Digits") {
    const bool individual = json.value("individual_digits", false);
    m_steps.emplace_back(
        CharacterSplit{CharacterKind::Numeric, individual ? SplitBehaviour::Isolated : SplitBehaviour::Contiguous});
    return Done{};
  }
  if (type == "Punctuation") {
    const Outcome<SplitBehaviour> behaviour = behaviourOf(json.value("behavior", "Isolated"));
    if (!behaviour) return behaviour.failure<Done>();
    m_steps.emplace_back(CharacterSplit{CharacterKind::Punctuation, *behaviour});
    return Done{};
  }
  if (type == "Whitespace") return addPattern(R"(\w+|[^\w\s]+)", SplitBehaviour::Removed, true);
  if (type == "WhitespaceSplit") {
    m_steps.emplace_back(CharacterSplit{CharacterKind::WhiteSpace, SplitBehaviour::Removed});
    return Done{};
  }
  return unknownPart(std::string(kField), type,
                     "ByteLevel, Split, Digits, Sequence, Metaspace, Whitespace, WhitespaceSplit or Punctuation");
}

Outcome<Done> PreTokenizer::addByteLevel(const Json& json) {
  if (json.value("add_prefix_space", true)) m_steps.emplace_back(PrefixSpace{});
  if (json.value("use_regex", true)) {
    const Outcome<Done> added = addPattern(kGpt2Pattern, SplitBehaviour::Isolated, false);
    if (!added) return added;
  }
  m_steps.emplace_back(ByteLetters{});
  return Done{};
}

Outcome<Done> PreTokenizer::addSplit(const Json& json) {
  const Outcome<SplitBehaviour> behaviour = behaviourOf(json.at("behavior").get<std::string>());
  if (!behaviour) return behaviour.failure<Done>();
  const bool inverted = json.value("invert", false);
  const Json& pattern = json.at("pattern");
  if (pattern.contains("Regex")) return addPattern(pattern.at("Regex").get<std::string>(), *behaviour, inverted);
  m_steps.emplace_back(LiteralSplit{pattern.at("String").get<std::string>(), *behaviour, inverted});
  return Done{};
}

Outcome<Done> PreTokenizer::addMetaspace(const Json& json) {
  Metaspace step;
  step.replacement = json.value("replacement", "\u2581");
  step.split = json.value("split", true);
  // Older files say add_prefix_space where newer ones say prepend_scheme.
  const std::string scheme = json.value("prepend_scheme", json.value("add_prefix_space", true) ? "always" : "never");
  if (scheme == "always")
    step.prepend = Metaspace::Prepend::Always;
  else if (scheme == "first")
    step.prepend = Metaspace::Prepend::First;
  else if (scheme == "never")
    step.prepend = Metaspace::Prepend::Never;
  else
    return unknownPart("pre_tokenizer prepend_scheme", scheme, "always, first or never");
  m_steps.emplace_back(std::move(step));
  return Done{};
}

Outcome<Done> PreTokenizer::addPattern(std::string_view source, SplitBehaviour behaviour, bool inverted) {
  Outcome<Pattern> pattern = Pattern::compile(source, kField);
  if (!pattern) return pattern.failure<Done>();
  m_steps.emplace_back(PatternSplit{std::move(*pattern), behaviour, inverted});
  return Done{};
}

PieceList PreTokenizer::split(std::string_view text, bool startsText, PatternBudget& budget) const {
  PieceList pieces(text);
  for (const PreTokenizerStep& step : m_steps) {
    PieceList next;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      std::visit(StepRunner{pieces[i], startsText && i == 0, budget, next}, step);
    }
    pieces = std::move(next);
  }
  return pieces;
}

}  // namespace patchbay::text
