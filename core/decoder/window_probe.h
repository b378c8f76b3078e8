#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/analysis/linear_probe.h"
#include "core/decoder/example_maker.h"
#include "core/jobs/job_context.h"

namespace patchbay {

/// Whitened linear probes of one family of questions, a window each: they tell which value a prompt says from the mean
/// state of the window at one layer. What a decoder is held against: what such a probe finds is there.
///
/// Source   methods section 2.9; linear_probe.h.
class WindowProbes {
public:
  /// Fitted on prompts to learn from, some for each value. The layer is where they read.
  /// Errors   those of ExampleMaker::placed; GEN-01.   Cancel  between blocks of the model.
  [[nodiscard]] static Outcome<WindowProbes> fit(LanguageModel& model, const ExampleMaker& maker,
                                                 const QuestionFamily& family, int layer, JobContext& context);

  /// The likeliest of some values, by states [n, D] of a window at the layer; nothing where none of them was learned.
  [[nodiscard]] std::optional<std::size_t> choose(ExampleWindow window, const at::Tensor& states,
                                                  const std::vector<std::string>& values) const;
  [[nodiscard]] int layer() const { return m_layer; }

private:
  int m_layer = 0;
  std::vector<std::string> m_values;
  std::map<ExampleWindow, LinearProbe> m_probes;
};

}  // namespace patchbay
