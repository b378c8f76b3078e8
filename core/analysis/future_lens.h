#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/analysis/captured_run.h"

namespace patchbay {

/// Reads what a state says of tokens further on: written at its own layer into the last token of a fixed text, whose
/// greedy continuation then tells the next token, the one behind it, and so on.
///
/// Cost     a column of L states costs L passes of one token for each step, half of the first.
/// Source   Pal et al. 2023, Future Lens, section 2.3 (fixed prompt); methods section 1.1.
class FutureLens {
public:
  /// `ahead` steps behind the first token are decoded. Call under InferenceMode.
  FutureLens(LanguageModel& model, const std::vector<std::int32_t>& text, int ahead)
      : m_model(model), m_text(text), m_ahead(ahead) {}

  /// The columns that are read together; bounds the keys that are held.
  [[nodiscard]] std::int64_t columnsAtOnce(std::int64_t layers) const;
  /// residuals [L, t, D] -> the residuals of the last block at the step that tells the token `ahead` places on,
  /// [L, t, D].
  [[nodiscard]] at::Tensor read(const at::Tensor& residuals, JobContext& context);

private:
  LanguageModel& m_model;
  std::vector<std::int32_t> m_text;
  int m_ahead;
  std::optional<CapturedRun> m_base;
};

}  // namespace patchbay
