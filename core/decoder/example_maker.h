#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/data/decoder_example.h"
#include "core/data/question_data.h"
#include "core/decoder/token_range.h"
#include "core/model/language_model.h"

namespace patchbay {

/// Makes examples for a decoder: the n-th group of a seed is always the same, so that a training that goes on needs
/// nothing but a number.
///
/// Thread   any, at the same time.   Source  methods section 2.9.
class ExampleMaker {
public:
  /// The data must outlive this.
  ExampleMaker(const QuestionData& data, ModelText text, std::uint64_t seed);

  /// Examples for training, all about one prompt. Over many groups: four parts evidence, three parts behind it, three
  /// parts plain texts, one of them repetition. Errors   those of the chat template.
  [[nodiscard]] Outcome<std::vector<DecoderExample>> group(std::uint64_t index) const;

  /// A question of a person's own as an example.
  /// Errors   those of the chat template; DATA-02 it leaves out or changes what is asked about.
  [[nodiscard]] Outcome<DecoderExample> ofItem(const QuestionItem& item, const QuestionAnswer& asked) const;

  /// A prompt to learn from that says a value, and the tokens that do.
  struct Placed {
    std::vector<std::int32_t> ids;
    IndexRange words;
    std::string value;
  };
  /// Families whose prompts say a value in one place, those that this model can be asked about.
  [[nodiscard]] std::vector<const QuestionFamily*> placedFamilies() const;
  /// The n-th prompt of any or of one of them. Errors   those of the chat template; DATA-02.
  [[nodiscard]] Outcome<Placed> placed(std::uint64_t index) const;
  [[nodiscard]] Outcome<Placed> placed(const QuestionFamily& family, std::uint64_t index) const;

  /// What an evaluation asks for: the families, windows and kinds that there are.
  struct Cell {
    std::string family;  ///< "" for passages; of a person's own questions where the kind is kOwnKind
    ExampleWindow window = ExampleWindow::Evidence;
    std::string kind;
    ExampleSplit split = ExampleSplit::Unseen;
    bool operator==(const Cell&) const = default;
  };
  [[nodiscard]] std::vector<Cell> cells() const;
  /// The n-th example of a cell.
  [[nodiscard]] Outcome<DecoderExample> example(const Cell& cell, std::uint64_t index) const;

private:
  class Random;
  struct Scene;
  [[nodiscard]] Outcome<Scene> scene(const QuestionFamily& family, ExampleSplit split, Random& random) const;
  [[nodiscard]] DecoderExample ask(const Scene& scene, ExampleWindow window, const std::string& kind,
                                   Random& random) const;
  [[nodiscard]] Outcome<DecoderExample> aboutPassage(const std::string& passage, const std::string& kind,
                                                     ExampleSplit split, Random& random) const;
  [[nodiscard]] Outcome<std::vector<DecoderExample>> itemGroup(Random& random) const;
  [[nodiscard]] Outcome<Placed> placed(const QuestionFamily& family, Random& random) const;
  [[nodiscard]] Random randomOf(std::uint64_t stream, std::uint64_t index) const;

  const QuestionData& m_data;
  ModelText m_text;
  std::uint64_t m_seed;
  std::vector<const QuestionItem*> m_seenItems, m_heldOutItems;
};

}  // namespace patchbay
