#pragma once

#include "app/cli/command.h"
#include "core/store/session_store.h"

namespace patchbay::cli {

/// Repeats every finished run of the model that the options name and compares what comes out with what the session
/// holds: the same words, and numbers within 1e-3. Prints one document. Runs of other models are named and left. Exit
/// Done when all that were repeated agree; Failed when one does not, or none could be repeated.
Exit rerunSession(SessionStore& store, const ModelOptions& options);

}  // namespace patchbay::cli
