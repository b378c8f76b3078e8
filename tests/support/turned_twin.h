#pragma once

#include <vector>

#include "tests/support/tiny_model.h"

namespace patchbay::tests {

using Matrix = std::vector<std::vector<double>>;

/// A random orthogonal matrix, by Gram and Schmidt.
[[nodiscard]] Matrix randomRotation(int width, unsigned seed);

/// The same function in another basis of the residual stream: a state x of the model is x turn in the twin. The model's
/// head is not tied, or the norm before it could not be folded into it.
[[nodiscard]] TinyModel turnedTwin(TinyModel model, const Matrix& turn);

}  // namespace patchbay::tests
