#pragma once

#include <functional>
#include <span>
#include <vector>

#include "core/data/requests.h"
#include "core/model/language_model.h"
#include "core/tensor/lens_scan.h"

namespace patchbay {

/// What a lens is to read, beside the states.
struct LensWish {
  int topK = 10;
  std::vector<std::int32_t> tracked;
  int ahead = 0;  ///< the model's own answer belongs to the token that many places on
};

/// Reads states through the final norm and the unembedding, column by column as they come, and puts what it read
/// together.
///
/// Each column is a token: its state of every layer, and the model's own last state that they are held against. Call
/// under InferenceMode.
/// Cancel   after each tile of the vocabulary.   Cost  2 L D V operations a column; memory one tile of 1024 rows.
class LensReader {
public:
  LensReader(const LanguageModel& model, const LensWish& wish, JobContext& context);

  /// The next t columns. states [L, t, D]; own [t, D], the residual of the model's last block; `following` the token
  /// that comes there in the text, -1 where none is known. `isOwnLast`: the last of the states are `own` themselves.
  void add(const at::Tensor& states, const at::Tensor& own, std::span<const std::int32_t> following, bool isOwnLast);
  [[nodiscard]] std::int64_t columns() const { return m_columns; }
  /// The most columns that one `add` reads at once.
  [[nodiscard]] std::int64_t columnsAtOnce(std::int64_t layers) const;

  /// Fills the arrays of `lens` for its tokens; columns that were not read are NaN, and their ids -1.
  void fill(LensResult& lens) const;

private:
  struct Part {
    std::int64_t first = 0, count = 0, layers = 0;
    LensRows rows;                      ///< of the layers; the rows of `own` are the last
    std::vector<float> norms, cosines;  ///< [L, t]
    std::vector<float> following;       ///< logits [t]; infinity where no token is known
  };
  void fillTop(LensResult& lens) const;
  void fillMeasures(LensResult& lens) const;
  void fillTracked(LensResult& lens) const;
  void fillTokens(LensResult& lens) const;
  /// Calls `take` for each row that was read: its part, its number there, and its number among the L x T of `lens`.
  void eachRow(const LensResult& lens,
               const std::function<void(const Part&, std::size_t row, std::size_t place)>& take) const;

  const LanguageModel& m_model;
  LensWish m_wish;
  JobContext& m_context;
  std::vector<Part> m_parts;
  std::int64_t m_columns = 0;
};

}  // namespace patchbay
