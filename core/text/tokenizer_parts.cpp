#include "core/text/tokenizer_parts.h"

#include <algorithm>

namespace patchbay::text {

namespace {

std::vector<std::string> bytesOfTokens(const TokenizerRecipe& recipe) {
  std::size_t count = recipe.vocabulary.tokens.size();
  for (const AddedToken& token : recipe.addedTokens) {
    count = std::max(count, static_cast<std::size_t>(token.id) + 1);
  }
  std::vector<std::string> bytes(count);
  for (std::size_t id = 0; id < recipe.vocabulary.tokens.size(); ++id) {
    bytes[id] = recipe.decoder.bytesOf(recipe.vocabulary.tokens[id]);
  }
  // An added token stands for its text as written, also where that text looks like letters of the byte alphabet.
  for (const AddedToken& token : recipe.addedTokens) bytes[static_cast<std::size_t>(token.id)] = token.content;
  return bytes;
}

}  // namespace

TokenizerParts::TokenizerParts(TokenizerRecipe recipe, std::vector<std::int32_t> ends)
    : normalizer(std::move(recipe.normalizer)),
      preTokenizer(std::move(recipe.preTokenizer)),
      bytes(bytesOfTokens(recipe)),
      model(std::move(recipe.vocabulary)),
      isSpecial(bytes.size(), false),
      byBytes(bytes),
      prefix(std::move(recipe.prefix)),
      suffix(std::move(recipe.suffix)),
      endIds(std::move(ends)),
      bos(recipe.bos),
      eos(recipe.eos),
      dropsLeadingSpace(recipe.decoder.dropsLeadingSpace()) {
  for (AddedToken& token : recipe.addedTokens) {
    if (token.isSpecial) isSpecial[static_cast<std::size_t>(token.id)] = true;
    if (!token.normalized) {
      rawTokens.add(std::move(token));
      continue;
    }
    PatternBudget budget;
    token.content = normalizer.apply(token.content, budget);
    normalizedTokens.add(std::move(token));
  }
}

}  // namespace patchbay::text
