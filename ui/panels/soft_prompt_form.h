#pragma once

#include <optional>
#include <vector>

#include "ui/panels/run_form.h"

class QSpinBox;

namespace patchbay::ui {

class Button;
class MarkedLabel;
class NamedField;

/// What a prompt of the future lens is learned from: the text it begins as, how far it reads, layers, steps.
class SoftPromptForm : public FormOf<LearnPromptRequest> {
  Q_OBJECT
public:
  explicit SoftPromptForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const LearnPromptRequest& request) override;
  [[nodiscard]] std::optional<LearnPromptRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  void build();
  void arrange();
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;

  ModelRef m_model;
  LearnPromptRequest m_shown;  ///< with what the form does not name
  NamedField* m_name = nullptr;
  NamedField* m_text = nullptr;
  NamedField* m_layers = nullptr;
  QSpinBox* m_ahead = nullptr;
  QSpinBox* m_steps = nullptr;
  QSpinBox* m_batch = nullptr;
  NamedField* m_rate = nullptr;
  Button* m_learn = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
