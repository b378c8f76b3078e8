#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/decoder/decoder_frame.h"
#include "core/model/generator.h"
#include "core/model/low_rank.h"

namespace patchbay {

/// A model that answers questions about states: the plain weights with an adapter beside them, states written over the
/// placeholders of its prompt.
///
/// Thread   one computation at a time.   Source  LatentQA, section 3; methods section 2.2.
class Decoder {
public:
  /// Without an adapter: the untrained decoder. The model must outlive this; it shares its weights.
  /// Errors   DEC-01.
  [[nodiscard]] static Outcome<Decoder> of(const LanguageModel& model, const Adapter* adapter, int writeLayer);

  /// A question about states that has been read, from which answers go on.
  struct Reading {
    KvCache cache;
    at::Tensor last;  ///< residual of the last token, [B, 1, D]; B is 1 of what is read alone
  };
  /// states [n, D] in order; an empty or undefined tensor asks the bare question. Call under InferenceMode.
  /// Cancel   after each block.
  [[nodiscard]] Reading read(const at::Tensor& states, const std::string& question, const JobContext& context);

  /// The answer in words. Call under InferenceMode.   Cancel  after each token.
  [[nodiscard]] Generation answer(Reading reading, const Sampling& sampling, JobContext& context,
                                  const GenerationSink& sink = {});
  /// log p of each whole answer, its end included, in nats. Call under InferenceMode.   Cancel  after each block.
  [[nodiscard]] std::vector<double> scores(const Reading& reading, std::span<const std::string> choices,
                                           const JobContext& context);

  /// A question about states, and what its answer is chosen from; nothing is chosen where there are no choices.
  struct Asked {
    at::Tensor states;  ///< [n, D]
    std::string question;
    std::vector<std::string> choices;
  };
  /// The greedy answer, and the best choice.
  struct Told {
    std::string text;
    std::optional<std::size_t> chosen;
  };
  /// The answers to many questions: those of one length share every product. Call under InferenceMode.
  /// Cancel   after each block and each token.
  [[nodiscard]] std::vector<Told> answerAll(std::span<const Asked> questions, int longestAnswer, JobContext& context);

  [[nodiscard]] const DecoderFrame& frame() const { return m_frame; }
  [[nodiscard]] int writeLayer() const { return m_writeLayer; }

private:
  /// Reads questions of one length, and as many states each.
  [[nodiscard]] Reading readTogether(std::span<const Asked* const> questions, const JobContext& context);
  /// log p of the choices of each question that was read, as many of each.
  [[nodiscard]] std::vector<std::vector<double>> scoresTogether(const Reading& reading,
                                                                std::span<const std::span<const std::string>> choices,
                                                                const JobContext& context);
  Decoder(LanguageModel model, DecoderFrame frame, int writeLayer)
      : m_model(std::move(model)), m_frame(std::move(frame)), m_writeLayer(writeLayer) {}

  LanguageModel m_model;
  DecoderFrame m_frame;
  int m_writeLayer;
};

/// Shares that belong to log probabilities: exp, normed to sum 1.
[[nodiscard]] std::vector<float> sharesOf(std::span<const double> logProbabilities);

}  // namespace patchbay
