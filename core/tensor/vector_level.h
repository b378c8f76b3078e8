#pragma once

namespace patchbay {

/// The vector registers that the hand-written kernels use. Wider ones are faster; the results agree but for the order
/// of sums.
enum class VectorLevel { None, Avx2, Avx512 };

/// What this processor has. PATCHBAY_VECTORS=avx2 or =none asks for less: to test the kernels of smaller processors.
[[nodiscard]] VectorLevel vectorLevel();

}  // namespace patchbay
