#pragma once

#include <span>
#include <string_view>

namespace patchbay {

/// A ready-made Patchscope: the target prompt and how the answer is read. Methods section 1.2.
struct PatchscopePreset {
  std::string_view id;      ///< "token-identity"
  std::string_view title;   ///< for menus
  std::string_view target;  ///< the exact target prompt, empty where it is drawn; the patched token is its last one
  int generateTokens;       ///< the usual length of the answer
  std::string_view note;    ///< one sentence on what the answer means
  bool isDrawn = false;     ///< the target is drawn from the model's vocabulary (core/text/random_identity.h)
};

/// The presets that need no second model.
[[nodiscard]] std::span<const PatchscopePreset> patchscopePresets();
/// By id; the first preset when there is none of that id.
[[nodiscard]] const PatchscopePreset& presetById(std::string_view id);

}  // namespace patchbay
