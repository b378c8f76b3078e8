#include <utf8proc.h>

#include <algorithm>

#include "core/text/template_functions.h"
#include "core/text/utf8.h"

namespace patchbay::chat {

namespace {

/// What str.strip() takes away: Unicode's white space and four control characters.
bool isPythonSpace(char32_t letter) { return text::isWhiteSpace(letter) || (letter >= 0x1C && letter <= 0x1F); }

bool isCased(char32_t letter) {
  const utf8proc_category_t category = utf8proc_category(static_cast<utf8proc_int32_t>(letter));
  return category == UTF8PROC_CATEGORY_LU || category == UTF8PROC_CATEGORY_LL || category == UTF8PROC_CATEGORY_LT;
}

std::string quotedJson(const std::string& text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kLetters = "\"\\\n\r\t\b\f";
  constexpr std::string_view kEscapes = "\"\\nrtbf";
  std::string quoted = "\"";
  for (const char letter : text) {
    const auto byte = static_cast<unsigned char>(letter);
    const std::size_t known = kLetters.find(letter);
    if (known != std::string_view::npos)
      (quoted += '\\') += kEscapes[known];
    else if (byte < 0x20)
      ((quoted += "\\u00") += kHex[byte >> 4]) += kHex[byte & 15];
    else
      quoted += letter;
  }
  return quoted + '"';
}

struct JsonWriter {
  int indent;
  Run& run;
  std::string text;

  void lineEnd(int level) {
    if (indent < 0) return;
    const auto blanks = static_cast<std::size_t>(indent) * static_cast<std::size_t>(level);
    run.spendBytes(blanks);
    (text += '\n').append(blanks, ' ');
  }
  void separate(bool isFirst, int level) {
    if (!isFirst) text += indent < 0 ? ", " : ",";
    lineEnd(level);
  }
  void write(const Value& value, int level) {
    run.spendStep();
    if (value.isNone())
      text += "null";
    else if (const auto* truth = value.get<bool>())
      text += *truth ? "true" : "false";
    else if (value.isNumber())
      text += value.printed();
    else if (value.text() != nullptr)
      writeText(*value.text());
    else if (value.list() != nullptr)
      writeList(*value.list(), level);
    else if (value.get<Value::Dict>() != nullptr)
      writeDict(*value.dict(), level);
    else
      run.mistake("the chat template writes something as JSON that has no such form", value.typeName());
  }
  void writeText(const std::string& plain) {
    run.spendBytes(plain.size());
    text += quotedJson(plain);
  }
  void writeList(const std::vector<Value>& items, int level) {
    text += '[';
    for (std::size_t i = 0; i < items.size(); ++i) {
      separate(i == 0, level + 1);
      write(items[i], level + 1);
    }
    if (!items.empty()) lineEnd(level);
    text += ']';
  }
  void writeDict(const DictData& dict, int level) {
    text += '{';
    for (std::size_t i = 0; i < dict.items.size(); ++i) {
      separate(i == 0, level + 1);
      writeText(dict.items[i].first);
      text += ": ";
      write(dict.items[i].second, level + 1);
    }
    if (!dict.items.empty()) lineEnd(level);
    text += '}';
  }
};

}  // namespace

std::string toJson(const Value& value, int indent, Run& run) {
  JsonWriter writer{indent, run, {}};
  writer.write(value, 0);
  return std::move(writer.text);
}

std::string stripped(const std::string& text, const Value* letters, Side side) {
  const std::string* set = letters != nullptr ? letters->text() : nullptr;
  const auto goes = [&](std::size_t at, const text::Utf8Step& step) {
    if (set == nullptr) return step.isValid && isPythonSpace(step.codePoint);
    const std::string letter = text.substr(at, step.length);
    for (std::size_t i = 0; i < set->size(); i += text::utf8Step(*set, i).length) {
      if (std::string_view(*set).substr(i, text::utf8Step(*set, i).length) == letter) return true;
    }
    return false;
  };
  std::size_t begin = text.size();
  std::size_t end = 0;
  for (std::size_t i = 0; i < text.size();) {
    const text::Utf8Step step = text::utf8Step(text, i);
    if (!goes(i, step)) {
      begin = std::min(begin, i);
      end = i + step.length;
    }
    i += step.length;
  }
  if (side == Side::Left) return text.substr(begin);
  if (side == Side::Right) return text.substr(0, end);
  return end == 0 ? std::string() : text.substr(begin, end - begin);
}

std::vector<std::string> wordsOf(const std::string& text, std::int64_t most) {
  std::vector<std::string> words;
  bool inWord = false;
  for (std::size_t i = 0; i < text.size();) {
    const text::Utf8Step step = text::utf8Step(text, i);
    const bool isSpace = isPythonSpace(step.codePoint);
    if (!isSpace && !inWord) {
      if (most >= 0 && static_cast<std::int64_t>(words.size()) == most) {
        words.push_back(text.substr(i));
        return words;
      }
      words.emplace_back();
    }
    inWord = !isSpace;
    if (inWord) words.back().append(text, i, step.length);
    i += step.length;
  }
  return words;
}

std::string replaced(const std::string& text, const std::string& from, const std::string& to, std::int64_t most,
                     Run& run) {
  if (from.empty()) run.mistake("the chat template replaces an empty text");
  std::string made;
  std::size_t done = 0;
  for (std::size_t at = text.find(from); at != std::string::npos && most != 0; at = text.find(from, done)) {
    run.spendBytes(to.size());
    made.append(text, done, at - done).append(to);
    done = at + from.size();
    --most;
  }
  return made.append(text, done);
}

std::string inLetters(const std::string& text, Letters letters) {
  std::string made;
  bool inWord = false;
  for (std::size_t i = 0; i < text.size();) {
    const text::Utf8Step step = text::utf8Step(text, i);
    i += step.length;
    const auto letter = static_cast<utf8proc_int32_t>(step.codePoint);
    const bool raises = letters == Letters::Upper || (letters != Letters::Lower && !inWord);
    if (raises && step.codePoint == 0xDF)
      made += letters == Letters::Upper ? "SS" : "Ss";
    else
      text::appendUtf8(made, static_cast<char32_t>(raises ? utf8proc_toupper(letter) : utf8proc_tolower(letter)));
    inWord = letters == Letters::Capital || isCased(step.codePoint);
  }
  return made;
}

}  // namespace patchbay::chat
