#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "core/analysis/captured_run.h"
#include "core/data/soft_prompt.h"

namespace patchbay {

/// What a future lens writes states into, over the last place: a text, or embeddings that stand in its place.
struct FutureText {
  std::vector<std::int32_t> ids;
  at::Tensor embeddings = {};  ///< [K, D], as many as ids; undefined: those of the ids
};

/// A learned prompt; its ids are only as many as its places.
[[nodiscard]] FutureText futureTextOf(const LanguageModel& model, const SoftPrompt& prompt);

/// Reads what a state says of tokens further on: written at its own layer into the last token of a fixed text or a
/// learned prompt, whose greedy continuation then tells the next token, the one behind it, and so on.
///
/// Cost     a column of L states costs L passes of one token for each step, half of the first.
/// Source   Pal et al. 2023, Future Lens, sections 2.3 (fixed prompt) and 2.4 (learned); methods section 1.1.
class FutureLens {
public:
  /// `ahead` steps behind the first token are decoded. Call under InferenceMode.
  FutureLens(LanguageModel& model, FutureText text, int ahead)
      : m_model(model), m_text(std::move(text)), m_ahead(ahead) {}

  /// The columns that are read together; bounds the keys that are held.
  [[nodiscard]] std::int64_t columnsAtOnce(std::int64_t layers) const;
  /// residuals [L, t, D] -> the residuals of the last block at the step that tells the token `ahead` places on,
  /// [L, t, D].
  [[nodiscard]] at::Tensor read(const at::Tensor& residuals, JobContext& context) {
    return readEach(residuals, context).back();
  }
  /// The same of every step, from the one that tells the next token on: `ahead` + 1 of [L, t, D]. `layers` are those
  /// of the first axis; none: all of the model.
  [[nodiscard]] std::vector<at::Tensor> readEach(const at::Tensor& residuals, JobContext& context,
                                                 const std::vector<int>& layers = {});

private:
  LanguageModel& m_model;
  FutureText m_text;
  int m_ahead;
  std::optional<CapturedRun> m_base;
};

}  // namespace patchbay
