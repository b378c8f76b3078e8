#pragma once

#include "core/data/patchscope_list.h"
#include "core/model/language_model.h"

namespace patchbay {

/// One Patchscope for each item and layer, and the controls beside it. States are read from `reader` and written into
/// `writer`, which may be the same and which answers: in plain text too, where it decides what is known. The token of
/// the target that is patched is its last "x", and its last token where there is none.
///
/// Errors   those of prompts, places and maps; LIST-03 the writer knows none of the items.
/// Cancel   at each block and token.
/// Cost     arms x layers x items columns of the target's last token, and as many rows a generated token.
[[nodiscard]] Outcome<PatchscopeListResult> runPatchscopeList(LanguageModel& reader, LanguageModel& writer,
                                                              const PatchscopeListRequest& request,
                                                              JobContext& context);

}  // namespace patchbay
