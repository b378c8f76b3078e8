#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/base/outcome.h"
#include "core/checkpoint/checkpoint.h"
#include "core/data/model_card.h"
#include "core/data/prompt.h"
#include "core/jobs/job_context.h"
#include "core/model/transformer.h"
#include "core/text/chat_template.h"
#include "core/text/tokenizer.h"

namespace patchbay {

/// Where and in which type a model computes.
struct LoadOptions {
  std::string dtype = "f32";   ///< "f32" or "bf16"
  std::string device = "cpu";  ///< "cpu" or "cuda:0"
  /// Models that an adapter may belong to, where what its configuration names is no path.
  std::vector<std::string> known = {};
};

/// The words of a model: tokenizer and chat template. Immutable, so any thread may use it while the model computes.
struct ModelText {
  std::shared_ptr<const Tokenizer> tokenizer;
  std::shared_ptr<const ChatTemplate> chatTemplate;  ///< null when the model has none

  /// The text that the tokenizer gets: the plain text, or the rendered conversation.
  /// Errors   TPL-00 a chat for a model without a chat template; those of the template.
  [[nodiscard]] Outcome<std::string> render(const Prompt& prompt) const;
  /// Token ids of a prompt. Errors as `render`, and TOK-00 when the prompt gives no token.
  [[nodiscard]] Outcome<std::vector<std::int32_t>> encode(const Prompt& prompt) const;
  [[nodiscard]] std::vector<TokenFact> facts(const std::vector<std::int32_t>& ids) const;
};

/// A loaded model: transformer, tokenizer and facts. Keeps its file mapped.
struct LanguageModel {
  std::shared_ptr<const Checkpoint> checkpoint;
  std::unique_ptr<Transformer> transformer;
  ModelText text;
  ModelCard card;
};

/// MEM-02 with both numbers when `free` bytes do not hold the weights, those that stay in the file included: a model
/// that is fetched from disk anew for each token helps nobody. `free` 0: unknown, never refused.
[[nodiscard]] std::optional<Error> refuseForMemory(const Checkpoint& checkpoint, const LoadOptions& options,
                                                   std::int64_t free);

/// Opens, checks and loads a model: a file, a folder, or the folder of an adapter, which is a model of its own beside
/// the plain one. All missing, extra and misshapen tensors are reported together.
/// Errors   those of Checkpoint::open, readConfig and Tokenizer; LOAD-01 tensors do not fit the configuration;
///          MEM-02 not enough memory, with both numbers; those of plainModelOf and readAdapter.
/// Cancel   between tensors.
[[nodiscard]] Outcome<std::shared_ptr<LanguageModel>> loadModel(const std::string& path, const LoadOptions& options,
                                                                JobContext& context);

/// The facts of a model without its weights: opens, and checks everything that loading checks, memory aside.
[[nodiscard]] Outcome<ModelCard> inspectModel(const std::string& path, JobContext& context,
                                              const std::vector<std::string>& known = {});

/// The words of a model alone.
[[nodiscard]] Outcome<ModelText> openModelText(const std::string& path, JobContext& context,
                                               const std::vector<std::string>& known = {});

}  // namespace patchbay
