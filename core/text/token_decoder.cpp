#include "core/text/token_decoder.h"

#include "core/text/byte_alphabet.h"
#include "core/text/text_error.h"

namespace patchbay::text {

namespace {

constexpr int kMaxDepth = 8;
constexpr const char* kSentencePieceSpace = "\u2581";

std::string replaceAll(std::string text, std::string_view from, std::string_view to) {
  if (from.empty()) return text;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

Outcome<TokenDecoder> TokenDecoder::fromJson(const Json& json) {
  TokenDecoder made;
  if (json.is_null()) return made;
  const Outcome<Done> added = made.addJson(json, 0);
  if (!added) return added.failure<TokenDecoder>();
  return made;
}

TokenDecoder TokenDecoder::byteLevel() {
  TokenDecoder made;
  made.m_byteLetters = true;
  return made;
}

TokenDecoder TokenDecoder::sentencePiece(bool dropsLeadingSpace) {
  TokenDecoder made;
  made.m_replacements.emplace_back(kSentencePieceSpace, " ");
  made.m_byteFallback = true;
  made.m_dropsLeadingSpace = dropsLeadingSpace;
  return made;
}

Outcome<Done> TokenDecoder::addJson(const Json& json, int depth) {
  if (depth > kMaxDepth) return damagedPart("decoder", "too many levels of Sequence", "at most 8");
  if (!json.is_object() || !json.contains("type")) return damagedPart("decoder", dumpJson(json), "a type");
  const std::string type = json.at("type").get<std::string>();
  if (type == "Sequence") {
    for (const Json& inner : json.at("decoders")) {
      if (const Outcome<Done> added = addJson(inner, depth + 1); !added) return added;
    }
    return Done{};
  }
  if (type == "ByteLevel")
    m_byteLetters = true;
  else if (type == "ByteFallback")
    m_byteFallback = true;
  else if (type == "Replace" && json.at("pattern").contains("String")) {
    m_replacements.emplace_back(json.at("pattern").at("String").get<std::string>(),
                                json.at("content").get<std::string>());
  } else if (type == "Metaspace") {
    m_replacements.emplace_back(json.value("replacement", kSentencePieceSpace), " ");
    const std::string scheme = json.value("prepend_scheme", json.value("add_prefix_space", true) ? "always" : "never");
    m_dropsLeadingSpace = m_dropsLeadingSpace || scheme != "never";
  } else if (type == "Strip" && json.value("content", "") == " " && json.value("start", 0) <= 1 &&
             json.value("stop", 0) == 0) {
    m_dropsLeadingSpace = m_dropsLeadingSpace || json.value("start", 0) == 1;
  } else if (type != "Fuse") {
    return unknownPart("decoder", type,
                       "ByteLevel, Metaspace, Sequence, Replace of a string, ByteFallback, Fuse or Strip of one space");
  }
  return Done{};
}

std::string TokenDecoder::bytesOf(std::string_view token) const {
  if (m_byteLetters) {
    // A token with other letters than the byte alphabet's was added as plain text.
    if (auto bytes = bytesOfLetters(token)) return std::move(*bytes);
    return std::string(token);
  }
  if (m_byteFallback) {
    if (const auto byte = byteOfFallbackToken(token)) return std::string(1, *byte);
  }
  std::string text(token);
  for (const auto& [from, to] : m_replacements) text = replaceAll(std::move(text), from, to);
  return text;
}

}  // namespace patchbay::text
