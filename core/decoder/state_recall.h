#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/analysis/least_squares.h"
#include "core/checkpoint/array_file.h"
#include "core/tensor/aten.h"

namespace patchbay {

/// Sums over states behind words of a layer, and over the mean state of the word that each stands behind.
///
/// Precision  float64.   Memory  16 D^2 bytes.
class RecallMoments {
public:
  /// behind [n, D] all stand behind one word, whose mean state is word [D].
  void add(const at::Tensor& behind, const at::Tensor& word);
  [[nodiscard]] const Moments& sums() const { return m_sums; }

private:
  Moments m_sums;  // x: the states behind, y: the word of each
};

/// What states recall of earlier words, written out: for a state x the least-squares estimate of the state of a word
/// that was said some tokens before, x M + b, as long as states of words are.
///
/// What a token recalls lies in directions in which states vary little: a training on states alone sees almost nothing
/// of it, where a linear map that is fitted finds most of it.
/// Numbers  those of bfloat16, so that the file keeps them as they were trained with; computed in float32.
/// Source   ridge regression, as the linear probes of methods section 2.9.
class StateRecall {
public:
  /// Recalls nothing.
  StateRecall() = default;
  /// Of the sums of each layer, over one state or more.
  explicit StateRecall(const std::map<int, RecallMoments>& ofLayers);

  [[nodiscard]] bool isEmpty() const { return m_parts.empty(); }
  /// How many states a decoder gets for so many.
  [[nodiscard]] std::int64_t handed(std::int64_t states) const { return isEmpty() ? states : 2 * states; }
  /// States [n, D] of a layer as the decoder gets them: they, and behind them what each recalls, [2 n, D]; of a layer
  /// that is not known as of the nearest one.
  [[nodiscard]] at::Tensor operator()(const at::Tensor& states, int layer) const;
  /// The slopes [n, D] at what comes in, of those at what comes out.
  [[nodiscard]] at::Tensor slopes(const at::Tensor& slopes, int layer) const;

  [[nodiscard]] ArrayFile arrays() const;
  /// Errors   DEC-02 a layer's arrays are missing, have another shape, or are no numbers.
  [[nodiscard]] static Outcome<StateRecall> of(const ArrayFile& file, const std::vector<int>& layers, int width,
                                               const std::string& path, at::Device device);

private:
  struct Part {
    at::Tensor map;     // M, [D, D]
    at::Tensor offset;  // b, [D]
  };
  [[nodiscard]] const Part& nearest(int layer) const;
  std::map<int, Part> m_parts;  // by layer
};

}  // namespace patchbay
