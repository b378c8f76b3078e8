#include "core/text/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <array>
#include <cstdint>

#include "core/text/utf8.h"

namespace patchbay::text {

namespace {

// Real patterns take a few hundred steps a match; this is some hundredths of a second.
constexpr std::uint32_t kMatchLimit = 2'000'000;
constexpr std::uint32_t kHeapLimitKib = 64 * 1024;
constexpr std::size_t kMaxPatternBytes = 64 * 1024;

// PCRE2's own \s has U+180E and its \w lacks marks.
constexpr std::string_view kSpaces =
    R"(\x{9}-\x{d}\x{20}\x{85}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000})";
constexpr std::string_view kWordLetters =
    R"(\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\x{24b6}-\x{24e9}\x{1f130}-\x{1f149}\x{1f150}-\x{1f169}\x{1f170}-\x{1f189})";

Error badPattern(std::string_view field, std::string what, std::string found) {
  return {.code = "TOK-04",
          .what = std::move(what),
          .file = {},
          .field = std::string(field),
          .found = std::move(found),
          .expected = "a regular expression that searches in bounded time",
          .advice = "The tokenizer cannot be used; check the file."};
}

std::string escapeMeaning(char letter, bool inClass) {
  const auto set = [&](std::string_view letters, bool negated) {
    if (inClass) return std::string(letters);
    return (negated ? "[^" : "[") + std::string(letters) + "]";
  };
  if (letter == 's') return set(kSpaces, false);
  if (letter == 'w') return set(kWordLetters, false);
  if (letter == 'S' && !inClass) return set(kSpaces, true);
  if (letter == 'W' && !inClass) return set(kWordLetters, true);
  return std::string{'\\', letter};
}

struct FreeMatchData {
  void operator()(pcre2_match_data* data) const { pcre2_match_data_free(data); }
};

}  // namespace

struct Pattern::Compiled {
  pcre2_code* code = nullptr;
  pcre2_match_context* limits = nullptr;

  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    pcre2_match_context_free(limits);
    pcre2_code_free(code);
  }

  int search(std::string_view text, std::size_t from, pcre2_match_data* data) const {
    const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data());
    const int found = pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK, data, limits);
    if (found != PCRE2_ERROR_JIT_STACKLIMIT) return found;
    // The interpreter keeps its frames on the heap, within kHeapLimitKib.
    return pcre2_match(code, subject, text.size(), from, PCRE2_NO_UTF_CHECK | PCRE2_NO_JIT, data, limits);
  }
};

Outcome<std::string> translatePattern(std::string_view source, std::string_view field) {
  std::string pattern;
  bool inClass = false;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const char letter = source[i];
    if (letter == '\\' && i + 1 < source.size()) {
      pattern += escapeMeaning(source[++i], inClass);
      continue;
    }
    if (inClass && letter == '&' && source.substr(i).starts_with("&&")) {
      return badPattern(field, "a regular expression uses a set intersection", std::string(source));
    }
    if (letter == '[' && inClass) {
      const std::size_t end = source.substr(i).starts_with("[:") ? source.find(":]", i) : std::string_view::npos;
      if (end == std::string_view::npos) {
        return badPattern(field, "a regular expression has a set inside a set", std::string(source));
      }
      pattern += source.substr(i, end + 2 - i);
      i = end + 1;
      continue;
    }
    if (letter == '[' && !inClass)
      inClass = true;
    else if (letter == ']' && inClass)
      inClass = false;
    pattern += letter;
  }
  return pattern;
}

Outcome<Pattern> Pattern::compile(std::string_view source, std::string_view field) {
  if (source.size() > kMaxPatternBytes) {
    return badPattern(field, "a regular expression is too long", std::to_string(source.size()) + " bytes");
  }
  const Outcome<std::string> translated = translatePattern(source, field);
  if (!translated) return translated.failure<Pattern>();
  auto compiled = std::make_shared<Compiled>();
  int failure = 0;
  PCRE2_SIZE where = 0;
  compiled->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated->data()), translated->size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C, &failure, &where, nullptr);
  if (compiled->code == nullptr) {
    std::array<PCRE2_UCHAR, 200> message{};
    pcre2_get_error_message(failure, message.data(), message.size());
    return badPattern(field, "a regular expression cannot be read",
                      std::string(source) + ": " + reinterpret_cast<const char*>(message.data()));
  }
  // Without JIT on this processor the interpreter does the same, only slower.
  static_cast<void>(pcre2_jit_compile(compiled->code, PCRE2_JIT_COMPLETE));
  compiled->limits = pcre2_match_context_create(nullptr);
  pcre2_set_match_limit(compiled->limits, kMatchLimit);
  pcre2_set_heap_limit(compiled->limits, kHeapLimitKib);

  const Pattern pattern{std::shared_ptr<const Compiled>(std::move(compiled))};
  for (const char letter : {'a', ' ', '1', '.', '\n'}) {
    PatternBudget budget;
    static_cast<void>(pattern.findAll(std::string(64, letter) + "!\x01", budget));
    if (budget.isSpent) return badPattern(field, "a regular expression takes too long", std::string(source));
  }
  return pattern;
}

std::vector<Span> Pattern::findAll(std::string_view text, PatternBudget& budget) const {
  std::vector<Span> matches;
  if (budget.isSpent || text.empty()) return matches;
  const std::unique_ptr<pcre2_match_data, FreeMatchData> data(
      pcre2_match_data_create_from_pattern(m_compiled->code, nullptr));
  for (std::size_t from = 0; from <= text.size();) {
    const int found = m_compiled->search(text, from, data.get());
    if (found == PCRE2_ERROR_NOMATCH) break;
    if (found < 0) {
      budget.isSpent = true;
      break;
    }
    const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(data.get());
    const Span match{ends[0], ends[1]};
    // A \K in a lookaround could end a match before it starts; such a match moves nothing forward.
    if (match.end < match.begin || match.begin < from) break;
    matches.push_back(match);
    from = match.end;
    if (match.begin == match.end) from += from < text.size() ? utf8Step(text, from).length : 1;
  }
  return matches;
}

}  // namespace patchbay::text
