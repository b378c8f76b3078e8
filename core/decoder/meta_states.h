#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/data/meta_task.h"
#include "core/model/language_model.h"

namespace patchbay {

/// What a meta-model is given of every item: the states of its last prompt token at some layers, each layer brought to
/// mean square 1 over the learned items of all tasks that are read.
class MetaStates {
public:
  /// Reads the items of these tasks, and texts of a person's own as user messages.
  /// Errors   those of ModelText::encode, GEN-01.   Cancel  between blocks of the model.
  [[nodiscard]] static Outcome<MetaStates> of(LanguageModel& model, const std::vector<int>& layers,
                                              const std::vector<const MetaTask*>& tasks,
                                              const std::vector<std::string>& own, JobContext& context);

  /// [items, k, D] of a task, in its order; float32 on the host.
  [[nodiscard]] const at::Tensor& learned(const std::string& task) const { return m_learned.at(task); }
  [[nodiscard]] const at::Tensor& heldOut(const std::string& task) const { return m_heldOut.at(task); }
  /// [texts, k, D].
  [[nodiscard]] const at::Tensor& own() const { return m_own; }

private:
  std::map<std::string, at::Tensor> m_learned, m_heldOut;
  at::Tensor m_own;
};

}  // namespace patchbay
