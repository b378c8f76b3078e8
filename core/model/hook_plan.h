#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "core/data/site.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// One change of a value at a site. Design section 5.
///
/// `apply` gets the value of the chosen tokens and returns what stands there instead.
/// Shapes   sites of width D, F: [B, t, D]; sites with heads: [B, t, H, K] (q, k, v, z), [B, t, H, D] (head_out).
struct Edit {
  Site site = Site::ResidPost;
  int layer = 0;
  /// First and last token touched, absolute positions, inclusive; none: every token.
  std::int64_t firstToken = 0;
  std::optional<std::int64_t> lastToken;
  std::optional<int> head = {};          ///< one head of a site with heads; none: all
  std::optional<std::int64_t> row = {};  ///< one row of the batch; none: all
  std::function<at::Tensor(const at::Tensor&)> apply;
};

/// Makes the changes that a person can ask for.
namespace edits {
/// The given values; values [t, D] or [D], or [B, t, D].
[[nodiscard]] std::function<at::Tensor(const at::Tensor&)> replaceBy(at::Tensor values);
/// x + scale * vector, on request scaled back to the norm x had. vector [D].
[[nodiscard]] std::function<at::Tensor(const at::Tensor&)> addScaled(at::Tensor vector, double scale, bool keepNorm);
/// factor * x; factor 0 ablates.
[[nodiscard]] std::function<at::Tensor(const at::Tensor&)> scaleBy(double factor);
/// x without its part along a direction [D].
[[nodiscard]] std::function<at::Tensor(const at::Tensor&)> projectOut(at::Tensor direction);
/// A x + b; matrix [D, D], offset [D].
[[nodiscard]] std::function<at::Tensor(const at::Tensor&)> affine(at::Tensor matrix, at::Tensor offset);
}  // namespace edits

/// What an observer sees: a value, where it stands, and the position of its first token.
struct Observation {
  Site site;
  int layer;
  std::int64_t firstToken;
  const at::Tensor& value;
};

/// Observers and edits of one forward pass or one generation. It belongs to the run, never to the model.
///
/// At each site edits act first, in the order they were added; observers see the edited value.
/// Thread   one run at a time.
class HookPlan {
public:
  using Observer = std::function<void(const Observation&)>;

  void addEdit(Edit edit);
  /// layer is ignored for sites without layers.
  void observe(Site site, int layer, Observer observer);

  /// True when something waits at this place; lets the forward pass keep its fused ways elsewhere.
  [[nodiscard]] bool wants(Site site, int layer) const;
  [[nodiscard]] bool isEmpty() const { return m_edits.empty() && m_observers.empty(); }
  /// The value after edits and observers. `firstToken` is the position of x's first token; tokens are axis 1.
  [[nodiscard]] at::Tensor at(Site site, int layer, at::Tensor x, std::int64_t firstToken) const;

private:
  struct Watch {
    Site site;
    int layer;
    Observer observer;
  };
  std::vector<Edit> m_edits;
  std::vector<Watch> m_observers;
  std::vector<std::uint32_t> m_sitesOfLayer;  // bit mask of sites for each layer
};

}  // namespace patchbay
