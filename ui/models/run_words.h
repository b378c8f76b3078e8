#pragma once

#include <QMetaType>
#include <QString>

#include "core/data/any_request.h"
#include "core/data/run_record.h"

namespace patchbay::ui {

/// The title of a run in two parts, for narrow rows: what was done, and what tells it from others of its kind.
struct RunWords {
  QString kind;    ///< "Logit lens", "Patch"; the whole title when a person wrote it
  QString detail;  ///< "The capital of France is", "t3.L8 of #5"; may be empty
  /// The end of the detail counts most (a prompt): it is cut at its beginning.
  bool isCutAtStart = false;
};

/// The title of a lens run: "Logit lens · The capital of France is"; of parts of a block "Lens of attn_out · …".
[[nodiscard]] QString lensTitle(const LensRequest& request);
/// Of attention patterns: "Attention · The capital of France is".
[[nodiscard]] QString attentionTitle(const AttentionRequest& request);
[[nodiscard]] QString neuronsTitle(const NeuronsRequest& request);

/// The parts of `record`'s title; the prompt stands in for a detail that the title lacks.
[[nodiscard]] RunWords runWords(const RunRecord& record);

}  // namespace patchbay::ui

Q_DECLARE_METATYPE(patchbay::ui::RunWords)
