#include "core/text/template_lexer.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/text/template_run.h"
#include "core/text/utf8.h"

namespace patchbay::chat {

namespace {

constexpr std::string_view kSpace = " \t\n\r\f\v";

bool isLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// What a `-`, `+` or nothing beside a tag asks for.
enum class Mark { None, Strip, Keep };

class Lexer {
public:
  explicit Lexer(std::string_view source) : m_source(source) {}

  std::vector<Token> run() {
    while (m_at < m_source.size()) {
      const std::size_t tag = findTag();
      addText(tag);
      if (tag == std::string_view::npos) break;
      m_at = tag;
      lexTag();
    }
    add(TokenKind::End, {});
    return std::move(m_tokens);
  }

private:
  std::size_t findTag() const {
    for (std::size_t at = m_source.find('{', m_at); at + 1 < m_source.size() && at != std::string_view::npos;
         at = m_source.find('{', at + 1)) {
      if (std::string_view("{%#").find(m_source[at + 1]) != std::string_view::npos) return at;
    }
    return std::string_view::npos;
  }

  void add(TokenKind kind, std::string text) { m_tokens.push_back({kind, std::move(text), m_line}); }

  void moveTo(std::size_t end) {
    m_line += static_cast<int>(std::count(m_source.begin() + static_cast<std::ptrdiff_t>(m_at),
                                          m_source.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    m_at = end;
  }

  /// The text before the tag at `tag`, without what the tag's own mark takes from it.
  void addText(std::size_t tag) {
    const std::size_t end = std::min(tag, m_source.size());
    std::string_view text = m_source.substr(m_at, end - m_at);
    if (tag != std::string_view::npos) {
      const Mark mark = markAt(tag + 2);
      const bool isOutput = m_source[tag + 1] == '{';
      if (mark == Mark::Strip) {
        const std::size_t last = text.find_last_not_of(kSpace);
        text = text.substr(0, last == std::string_view::npos ? 0 : last + 1);
      } else if (mark == Mark::None && !isOutput) {
        text = withoutIndent(text);
      }
    }
    if (!text.empty()) add(TokenKind::Text, std::string(text));
    moveTo(end);
  }

  /// lstrip_blocks: blanks between the start of a line and a tag go.
  std::string_view withoutIndent(std::string_view text) const {
    const std::size_t lineStart = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
    const bool beginsLine = lineStart > 0 || m_at == 0 || m_source[m_at - 1] == '\n';
    const bool isBlank = text.substr(lineStart).find_first_not_of(kSpace) == std::string_view::npos;
    return beginsLine && isBlank ? text.substr(0, lineStart) : text;
  }

  Mark markAt(std::size_t at) const {
    if (at >= m_source.size()) return Mark::None;
    if (m_source[at] == '-') return Mark::Strip;
    return m_source[at] == '+' ? Mark::Keep : Mark::None;
  }

  void lexTag() {
    const char kind = m_source[m_at + 1];
    const int line = m_line;
    std::size_t inside = m_at + 2;
    if (kind == '#') {
      const std::size_t end = m_source.find("#}", inside);
      if (end == std::string_view::npos) fail("TPL-02", "a comment of the chat template has no end", line);
      const bool strips = end > inside && m_source[end - 1] == '-';
      const bool keeps = end > inside && m_source[end - 1] == '+';
      return closeTag(end + 2, strips ? Mark::Strip : keeps ? Mark::Keep : Mark::None, true);
    }
    if (markAt(inside) != Mark::None) ++inside;
    moveTo(inside);
    if (kind == '%' && lexRaw()) return;
    add(kind == '{' ? TokenKind::OutputBegin : TokenKind::BlockBegin, {});
    const std::string_view close = kind == '{' ? "}}" : "%}";
    m_open.clear();
    while (!atTagEnd(close)) lexInside(line);
    const Mark mark = markAt(m_at);
    moveTo(mark == Mark::None ? m_at : m_at + 1);
    add(kind == '{' ? TokenKind::OutputEnd : TokenKind::BlockEnd, {});
    closeTag(m_at + 2, mark, kind == '%');
  }

  /// Takes away what follows a tag: all white space after a `-`, one line end after a block (trim_blocks).
  void closeTag(std::size_t end, Mark mark, bool trimsLine) {
    std::size_t next = end;
    if (mark == Mark::Strip)
      next = std::min(m_source.find_first_not_of(kSpace, end), m_source.size());
    else if (mark == Mark::None && trimsLine && end < m_source.size() && m_source[end] == '\n')
      ++next;
    moveTo(next);
  }

  bool atTagEnd(std::string_view close) {
    moveTo(std::min(m_source.find_first_not_of(kSpace, m_at), m_source.size()));
    if (m_at >= m_source.size()) fail("TPL-02", "a tag of the chat template has no end", m_line);
    if (!m_open.empty()) return false;
    const std::size_t after = markAt(m_at) == Mark::None ? m_at : m_at + 1;
    return m_source.substr(after).starts_with(close);
  }

  /// A raw block is text up to its end tag.
  bool lexRaw() {
    const std::string_view rest = m_source.substr(m_at);
    const std::size_t name = std::min(rest.find_first_not_of(kSpace), rest.size());
    if (!rest.substr(name).starts_with("raw")) return false;
    const std::size_t end = rest.find_first_not_of(kSpace, name + 3);
    if (end == std::string_view::npos) return false;
    const std::size_t close = rest[end] == '-' ? end + 1 : end;
    if (!rest.substr(close).starts_with("%}")) return false;
    closeTag(m_at + close + 2, close > end ? Mark::Strip : Mark::None, true);
    for (std::size_t at = m_source.find("{%", m_at); at != std::string_view::npos; at = m_source.find("{%", at + 2)) {
      const std::size_t mark = markAt(at + 2) == Mark::None ? at + 2 : at + 3;
      const std::size_t word = std::min(m_source.find_first_not_of(kSpace, mark), m_source.size());
      if (!m_source.substr(word).starts_with("endraw")) continue;
      const std::size_t tagEnd = m_source.find("%}", word);
      if (tagEnd == std::string_view::npos) break;
      addText(at);
      closeTag(tagEnd + 2, m_source[tagEnd - 1] == '-' ? Mark::Strip : Mark::None, true);
      return true;
    }
    fail("TPL-02", "a raw block of the chat template has no end", m_line);
  }

  void lexInside(int tagLine) {
    const char letter = m_source[m_at];
    if (letter == '\'' || letter == '"') return lexQuoted(letter);
    if (isDigit(letter)) return lexNumber();
    std::size_t end = m_at;
    while (end < m_source.size() && (isLetter(m_source[end]) || isDigit(m_source[end]))) ++end;
    if (end > m_at) {
      add(TokenKind::Name, std::string(m_source.substr(m_at, end - m_at)));
      m_at = end;
      return;
    }
    for (const std::string_view known : {"**", "//", "==", "!=", "<=", ">=", "+", "-", "*", "/", "%", "~", "<",
                                         ">",  "=",  "(",  ")",  "[",  "]",  "{", "}", ",", ".", ":", "|"}) {
      if (!m_source.substr(m_at).starts_with(known)) continue;
      countBrackets(known.front(), tagLine);
      add(TokenKind::Operator, std::string(known));
      m_at += known.size();
      return;
    }
    fail("TPL-02", "the chat template has a character that means nothing in a tag", m_line, std::string(1, letter));
  }

  /// Inside brackets "}}" closes two mappings, not the tag.
  void countBrackets(char letter, int tagLine) {
    if (letter == '(' || letter == '[' || letter == '{') m_open += letter;
    if (letter != ')' && letter != ']' && letter != '}') return;
    if (m_open.empty())
      fail("TPL-02", "a bracket of the chat template was never opened", tagLine, std::string(1, letter));
    m_open.pop_back();
  }

  void lexNumber() {
    const std::size_t begin = m_at;
    const auto digits = [this] {
      while (m_at < m_source.size() && (isDigit(m_source[m_at]) || m_source[m_at] == '_')) ++m_at;
    };
    digits();
    bool isReal = false;
    if (m_at + 1 < m_source.size() && m_source[m_at] == '.' && isDigit(m_source[m_at + 1])) {
      isReal = true;
      ++m_at;
      digits();
    }
    if (hasExponent()) {
      isReal = true;
      m_at += 2;
      digits();
    }
    std::string number(m_source.substr(begin, m_at - begin));
    std::erase(number, '_');
    add(isReal ? TokenKind::Real : TokenKind::Integer, std::move(number));
  }

  /// "e5", "E-3": a letter, perhaps a sign, a digit.
  bool hasExponent() const {
    const auto letterAt = [this](std::size_t at) { return at < m_source.size() ? m_source[at] : '\0'; };
    if (letterAt(m_at) != 'e' && letterAt(m_at) != 'E') return false;
    const bool isSigned = letterAt(m_at + 1) == '+' || letterAt(m_at + 1) == '-';
    return isDigit(letterAt(m_at + (isSigned ? 2 : 1)));
  }

  void lexQuoted(char quote) {
    const int line = m_line;
    std::string text;
    for (std::size_t i = m_at + 1; i < m_source.size(); ++i) {
      if (m_source[i] == quote) {
        m_tokens.push_back({TokenKind::Quoted, std::move(text), line});
        return moveTo(i + 1);
      }
      if (m_source[i] == '\\' && i + 1 < m_source.size())
        i = addEscape(i + 1, text);
      else
        text += m_source[i];
    }
    fail("TPL-02", "a text of the chat template has no closing quote", line);
  }

  /// Adds what the escape at `at` stands for; returns its last position.
  std::size_t addEscape(std::size_t at, std::string& text) const {
    const char letter = m_source[at];
    constexpr std::string_view kLetters = "ntr\\'\"abfv0";
    constexpr std::string_view kMeanings{"\n\t\r\\'\"\a\b\f\v\0", 11};
    if (letter == '\n') return at;
    const std::size_t digits = letter == 'x' ? 2 : letter == 'u' ? 4 : letter == 'U' ? 8 : 0;
    if (digits > 0 && at + digits < m_source.size()) {
      std::uint32_t code = 0;
      const char* begin = m_source.data() + at + 1;
      const auto [end, failure] = std::from_chars(begin, begin + digits, code, 16);
      if (failure == std::errc() && end == begin + digits && code < 0x110000) {
        text::appendUtf8(text, code);
        return at + digits;
      }
    }
    const std::size_t known = kLetters.find(letter);
    if (known != std::string_view::npos)
      text += kMeanings[known];
    else
      (text += '\\') += letter;
    return at;
  }

  std::string_view m_source;
  std::size_t m_at = 0;
  int m_line = 1;
  std::string m_open;
  std::vector<Token> m_tokens;
};

}  // namespace

std::vector<Token> lexTemplate(std::string_view source) {
  std::string lines;
  lines.reserve(source.size());
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (source[i] != '\r')
      lines += source[i];
    else if (i + 1 == source.size() || source[i + 1] != '\n')
      lines += '\n';
  }
  // Jinja drops one line end at the end of a template.
  if (lines.ends_with('\n')) lines.pop_back();
  return Lexer(lines).run();
}

}  // namespace patchbay::chat
