#include "core/text/normalizer.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "core/text/split_text.h"
#include "core/text/text_error.h"
#include "core/text/utf8.h"

namespace patchbay::text {

namespace {

constexpr int kMaxDepth = 8;
// utf8proc sorts a run of combining marks by insertion; longer runs are taken in parts so the cost stays linear.
constexpr int kMaxMarkRun = 512;

bool isAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char byte) { return static_cast<unsigned char>(byte) < 0x80; });
}

/// Bytes from `begin` up to the end of the text or of a run of kMaxMarkRun combining marks.
std::size_t stretchEnd(std::string_view text, std::size_t begin) {
  int marks = 0;
  for (std::size_t i = begin; i < text.size();) {
    const Utf8Step step = utf8Step(text, i);
    i += step.length;
    const bool isMark = utf8proc_get_property(static_cast<utf8proc_int32_t>(step.codePoint))->combining_class != 0;
    marks = isMark ? marks + 1 : 0;
    if (marks == kMaxMarkRun) return i;
  }
  return text.size();
}

std::string inForm(std::string_view text, UnicodeForm form) {
  if (isAscii(text)) return std::string(text);
  int options = UTF8PROC_STABLE;
  options |= form == UnicodeForm::Nfc || form == UnicodeForm::Nfkc ? UTF8PROC_COMPOSE : UTF8PROC_DECOMPOSE;
  if (form == UnicodeForm::Nfkc || form == UnicodeForm::Nfkd) options |= UTF8PROC_COMPAT;
  std::string changed;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = stretchEnd(text, begin);
    utf8proc_uint8_t* mapped = nullptr;
    const utf8proc_ssize_t length =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data() + begin),
                     static_cast<utf8proc_ssize_t>(end - begin), &mapped, static_cast<utf8proc_option_t>(options));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
    // Only a lack of memory can fail here, as the text is valid UTF-8; the text then stays as it is.
    if (length < 0)
      changed += text.substr(begin, end - begin);
    else
      changed.append(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(length));
    begin = end;
  }
  return changed;
}

std::string lowered(std::string_view text) {
  std::string changed;
  changed.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = utf8Step(text, i);
    i += step.length;
    if (step.codePoint == 0x130) {
      // The one character whose lower case is two: i and a dot above (Unicode SpecialCasing).
      appendUtf8(changed, 'i');
      appendUtf8(changed, 0x307);
    } else {
      appendUtf8(changed, static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(step.codePoint))));
    }
  }
  return changed;
}

std::string replaced(std::string_view text, const std::vector<Span>& spans, std::string_view to) {
  std::string changed;
  std::size_t done = 0;
  for (const Span& span : spans) {
    changed += text.substr(done, span.begin - done);
    changed += to;
    done = span.end;
  }
  changed += text.substr(done);
  return changed;
}

std::string stripped(std::string_view text, StripSpace sides) {
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Utf8Step step = utf8Step(text, i);
    if (!isWhiteSpace(step.codePoint)) {
      begin = std::min(begin, i);
      end = i + step.length;
    }
    i += step.length;
  }
  if (end == 0) return {};
  const std::size_t from = sides.left ? begin : 0;
  return std::string(text.substr(from, (sides.right ? end : text.size()) - from));
}

struct StepRunner {
  const std::string& text;
  PatternBudget& budget;

  std::string operator()(UnicodeForm form) const { return inForm(text, form); }
  std::string operator()(Lowercase) const { return lowered(text); }
  std::string operator()(const ReplaceLiteral& step) const {
    return replaced(text, findLiteral(text, step.from), step.to);
  }
  std::string operator()(const ReplacePattern& step) const {
    return replaced(text, step.from.findAll(text, budget), step.to);
  }
  std::string operator()(const PrependText& step) const { return text.empty() ? text : step.text + text; }
  std::string operator()(StripSpace step) const { return stripped(text, step); }
};

Outcome<NormalizerStep> replaceStep(const Json& json) {
  const Json& pattern = json.at("pattern");
  std::string content = json.at("content").get<std::string>();
  if (pattern.contains("String")) {
    return NormalizerStep{ReplaceLiteral{pattern.at("String").get<std::string>(), std::move(content)}};
  }
  Outcome<Pattern> compiled = Pattern::compile(pattern.at("Regex").get<std::string>(), "normalizer");
  if (!compiled) return compiled.failure<NormalizerStep>();
  return NormalizerStep{ReplacePattern{std::move(*compiled), std::move(content)}};
}

Outcome<NormalizerStep> stepOf(const Json& json, const std::string& type) {
  if (type == "NFC") return NormalizerStep{UnicodeForm::Nfc};
  if (type == "NFD") return NormalizerStep{UnicodeForm::Nfd};
  if (type == "NFKC") return NormalizerStep{UnicodeForm::Nfkc};
  if (type == "NFKD") return NormalizerStep{UnicodeForm::Nfkd};
  if (type == "Lowercase") return NormalizerStep{Lowercase{}};
  if (type == "Replace") return replaceStep(json);
  if (type == "Prepend") return NormalizerStep{PrependText{json.at("prepend").get<std::string>()}};
  if (type == "Strip") {
    return NormalizerStep{StripSpace{json.value("strip_left", true), json.value("strip_right", true)}};
  }
  return unknownPart("normalizer", type, "NFC, NFD, NFKC, NFKD, Lowercase, Replace, Prepend, Strip or Sequence");
}

}  // namespace

Outcome<Normalizer> Normalizer::fromJson(const Json& json) {
  Normalizer made;
  if (json.is_null()) return made;
  const Outcome<Done> added = made.addJson(json, 0);
  if (!added) return added.failure<Normalizer>();
  return made;
}

Outcome<Done> Normalizer::addJson(const Json& json, int depth) {
  if (depth > kMaxDepth) return damagedPart("normalizer", "too many levels of Sequence", "at most 8");
  if (!json.is_object() || !json.contains("type")) return damagedPart("normalizer", dumpJson(json), "a type");
  const std::string type = json.at("type").get<std::string>();
  if (type == "Sequence") {
    for (const Json& inner : json.at("normalizers")) {
      if (const Outcome<Done> added = addJson(inner, depth + 1); !added) return added;
    }
    return Done{};
  }
  Outcome<NormalizerStep> step = stepOf(json, type);
  if (!step) return step.failure<Done>();
  m_steps.push_back(std::move(*step));
  return Done{};
}

std::string Normalizer::apply(std::string_view text, PatternBudget& budget) const {
  std::string changed(text);
  for (const NormalizerStep& step : m_steps) changed = std::visit(StepRunner{changed, budget}, step);
  return changed;
}

}  // namespace patchbay::text
