#pragma once

#include <optional>
#include <vector>

#include "core/data/learning_curve.h"
#include "ui/panels/run_form.h"

class QSpinBox;

namespace patchbay::ui {

class Button;
class MarkedLabel;
class NamedField;

/// What decoders are compared by: questions they learn from, ranks, layers; and how they are asked.
class CurveForm : public FormOf<LearningCurveRequest> {
  Q_OBJECT
public:
  explicit CurveForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const LearningCurveRequest& request) override;
  [[nodiscard]] std::optional<LearningCurveRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  void build();
  void arrange();
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;

  ModelRef m_model;
  LearningCurveRequest m_shown;  ///< with what the form does not name
  NamedField* m_examples = nullptr;
  NamedField* m_ranks = nullptr;
  NamedField* m_layers = nullptr;
  QSpinBox* m_items = nullptr;
  QSpinBox* m_repeats = nullptr;
  QSpinBox* m_batch = nullptr;
  NamedField* m_rate = nullptr;
  NamedField* m_seed = nullptr;
  Button* m_train = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
