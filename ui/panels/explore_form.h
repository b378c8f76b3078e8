#pragma once

#include <optional>

#include "core/data/explore.h"
#include "ui/panels/run_form.h"

class QCheckBox;
class QPlainTextEdit;

namespace patchbay::ui {

class ChoiceBox;
class GrowthChoice;
class MarkedLabel;

/// What is explored: the prompt, or one or two groups of texts; the site, and which tokens of them.
class ExploreForm : public FormOf<ExploreRequest> {
  Q_OBJECT
public:
  explicit ExploreForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const ExploreRequest& request) override;
  [[nodiscard]] std::optional<ExploreRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  void build();
  void arrange();
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;
  [[nodiscard]] bool areTexts() const;

  ModelRef m_model;
  Prompt m_prompt;
  QPlainTextEdit* m_texts = nullptr;
  QPlainTextEdit* m_others = nullptr;
  ChoiceBox* m_site = nullptr;
  GrowthChoice* m_grow = nullptr;
  QCheckBox* m_last = nullptr;
  QCheckBox* m_first = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
