#pragma once

#include "core/data/probe.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Fits linear probes on labelled texts at every layer, each text told by probes that never saw it.
///
/// Texts of one label are spread evenly over the folds.
/// Errors   PROBE-01 fewer than two labels, or a label with fewer than two texts; PROBE-02 too many texts or labels;
///          PROBE-03 a site without a stream's width; PROBE-04 no penalty; those of ModelText::encode, GEN-01.
/// Cancel   after each block, each product of a fit and each eigenproblem.
/// Cost     one pass a text, and for each layer and fold two logistic fits a label and one discriminant.
[[nodiscard]] Outcome<ProbeResult> runProbe(LanguageModel& model, const ProbeRequest& request, JobContext& context);

}  // namespace patchbay
