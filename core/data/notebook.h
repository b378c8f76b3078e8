#pragma once

#include <functional>
#include <string>

#include "core/data/any_request.h"
#include "core/data/results.h"

namespace patchbay {

/// The tokens of a prompt as one of the run's models reads it: texts that a result keeps no tokens of (those of a
/// vector, the sources of a list) go into the notebook as ids too.
using TokensOf = std::function<Outcome<TokenizedPrompt>(const ModelRef&, const Prompt&)>;

/// A Jupyter notebook (nbformat 4) that repeats a run with Python `transformers` and holds its numbers against those of
/// the result: the last cell raises when one is further off than 1e-3. It carries token ids, so that no tokenizer
/// difference matters, and names the packages it needs.
///
/// `document` is the run's own result. A vector is read from the request, where it must have been filled in.
/// Errors   NB-01 a kind or a setting that no notebook repeats, with the reason; those of `tokensOf`.
[[nodiscard]] Outcome<Json> makeNotebook(const AnyRequest& request, const ResultDocument& document,
                                         const std::string& title, const TokensOf& tokensOf);

}  // namespace patchbay
