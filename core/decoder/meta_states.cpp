#include "core/decoder/meta_states.h"

#include <algorithm>

#include "core/analysis/text_batches.h"
#include "core/model/generator.h"

namespace patchbay {
namespace {

/// Prompts that are read between two reports of progress.
constexpr std::size_t kAtOnce = 64;

class Reading {
public:
  Reading(LanguageModel& model, const std::vector<int>& layers, std::int64_t total, JobContext& context)
      : m_model(model),
        m_layers(at::tensor(at::ArrayRef<int>(layers)).to(at::kLong)),
        m_total(total),
        m_context(context) {}

  /// [prompts, k, D], not yet scaled.
  Outcome<at::Tensor> read(const std::vector<Prompt>& prompts) {
    std::vector<at::Tensor> parts{at::empty({0, m_layers.size(0), m_model.card.width}, at::kFloat)};
    for (std::size_t begin = 0; begin < prompts.size(); begin += kAtOnce) {
      m_context.letOthersThrough();
      m_context.progress("Reading", "prompts", m_done, m_total);
      std::vector<std::vector<std::int32_t>> all;
      for (std::size_t i = begin; i < std::min(prompts.size(), begin + kAtOnce); ++i) {
        auto ids = m_model.text.encode(prompts[i]);
        if (!ids) return ids.failure<at::Tensor>();
        if (const auto fits = checkContext(m_model, std::ssize(*ids)); !fits) return fits.failure<at::Tensor>();
        all.push_back(std::move(*ids));
      }
      m_done += std::ssize(all);
      const at::Tensor states = lastStates(m_model, all, m_context).to(at::kCPU, at::kFloat);  // [n, L, D]
      parts.push_back(states.index_select(1, m_layers));
    }
    return at::cat(parts);
  }

private:
  LanguageModel& m_model;
  at::Tensor m_layers;
  std::int64_t m_done = 0, m_total;
  JobContext& m_context;
};

/// Models without a chat template read the words alone.
std::vector<Prompt> promptsOf(const std::vector<MetaItem>& items, bool hasTemplate) {
  std::vector<Prompt> prompts;
  for (const MetaItem& item : items) {
    if (hasTemplate) {
      prompts.push_back(item.prompt);
      continue;
    }
    std::string text;
    for (const ChatMessage& message : item.prompt.messages) text += (text.empty() ? "" : "\n") + message.content;
    prompts.push_back(Prompt::plain(text));
  }
  return prompts;
}

}  // namespace

Outcome<MetaStates> MetaStates::of(LanguageModel& model, const std::vector<int>& layers,
                                   const std::vector<const MetaTask*>& tasks, const std::vector<std::string>& own,
                                   JobContext& context) {
  const at::InferenceMode inference;
  const bool hasTemplate = model.text.chatTemplate != nullptr;
  std::int64_t total = std::ssize(own);
  for (const MetaTask* task : tasks) total += std::ssize(task->items) + std::ssize(task->heldOutItems);
  Reading reading(model, layers, total, context);
  MetaStates states;
  at::Tensor squares = at::zeros({std::ssize(layers)}, at::kFloat);  // [k]
  std::int64_t count = 0;
  for (const MetaTask* task : tasks) {
    auto learned = reading.read(promptsOf(task->items, hasTemplate));
    if (!learned) return learned.failure<MetaStates>();
    auto heldOut = reading.read(promptsOf(task->heldOutItems, hasTemplate));
    if (!heldOut) return heldOut.failure<MetaStates>();
    const at::Tensor& seen = learned->size(0) > 0 ? *learned : *heldOut;
    if (task->isLearned() || count == 0) {
      squares += seen.square().mean(2).sum(0);
      count += seen.size(0);
    }
    states.m_learned[task->id] = std::move(*learned);
    states.m_heldOut[task->id] = std::move(*heldOut);
  }
  std::vector<MetaItem> texts;
  for (const std::string& text : own)
    texts.push_back({.label = {}, .prompt = {.isChat = true, .text = {}, .messages = {{"user", text}}}});
  auto ofOwn = reading.read(promptsOf(texts, hasTemplate));
  if (!ofOwn) return ofOwn.failure<MetaStates>();
  states.m_own = std::move(*ofOwn);
  const at::Tensor scale = (squares / static_cast<double>(std::max<std::int64_t>(count, 1))).sqrt().clamp_min(1e-6);
  const at::Tensor divisor = scale.view({1, -1, 1});
  for (auto* all : {&states.m_learned, &states.m_heldOut})
    for (auto& [id, tensor] : *all) tensor.div_(divisor);
  states.m_own.div_(divisor);
  return states;
}

}  // namespace patchbay
