#pragma once

#include <optional>
#include <vector>

#include "core/data/patch_grid.h"
#include "ui/panels/run_form.h"

class QGridLayout;
class QLabel;
class QLineEdit;
class QPlainTextEdit;

namespace patchbay::ui {

class ChoiceBox;
class MarkedLabel;
class NamedField;
class TokenStrip;

/// The form of a patching grid: the clean and the corrupted prompt with their tokens side by side, the two answers, and
/// what is written where. Tokens that differ between the prompts are marked.
class GridForm : public FormOf<PatchGridRequest> {
  Q_OBJECT
public:
  explicit GridForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const PatchGridRequest& request) override;
  [[nodiscard]] std::optional<PatchGridRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  struct Side {
    QLineEdit* text = nullptr;
    QLineEdit* answer = nullptr;
    TokenStrip* strip = nullptr;
    Prompt prompt;
    std::vector<TokenFact> tokens;
  };

  void buildSide(Side& side, const QString& name, const QString& label, const QString& answerName);
  void buildChoices();
  void arrange();
  void readText(Side& side);
  void tokenize();
  void showChoices();
  void changed(const QString& typed = {}) override;
  void swap();
  [[nodiscard]] GridMode mode() const;
  [[nodiscard]] bool isPair() const;
  /// The tokens of the run that is changed.
  [[nodiscard]] const std::vector<TokenFact>& changedTokens() const;
  /// Paths begin at what a part writes.
  [[nodiscard]] bool canFollowPaths() const;
  /// What the form needs before it can run; empty when nothing.
  [[nodiscard]] QString missing() const;

  ModelRef m_model;
  Side m_clean, m_corrupt;
  ChoiceBox* m_mode = nullptr;
  ChoiceBox* m_site = nullptr;
  ChoiceBox* m_metric = nullptr;
  ChoiceBox* m_reach = nullptr;
  ChoiceBox* m_method = nullptr;
  NamedField* m_receiver = nullptr;
  NamedField* m_layers = nullptr;
  NamedField* m_tokens = nullptr;  ///< of the prompt that is changed
  QPlainTextEdit* m_means = nullptr;
  QWidget* m_swap = nullptr;
  QLabel* m_cleanLabel = nullptr;
  QLabel* m_corruptLabel = nullptr;
  QGridLayout* m_layout = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
