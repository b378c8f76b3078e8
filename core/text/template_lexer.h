#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patchbay::chat {

enum class TokenKind { Text, OutputBegin, OutputEnd, BlockBegin, BlockEnd, Name, Quoted, Integer, Real, Operator, End };

struct Token {
  TokenKind kind = TokenKind::End;
  std::string text;
  int line = 0;
};

/// Cuts a template into text and the tokens of its tags. White space around tags is already taken away as
/// trim_blocks, lstrip_blocks and the `-` and `+` marks say. Comments are gone, raw blocks are text.
/// Errors   throws Failure TPL-02.
[[nodiscard]] std::vector<Token> lexTemplate(std::string_view source);

}  // namespace patchbay::chat
