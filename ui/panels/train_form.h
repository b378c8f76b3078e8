#pragma once

#include <optional>

#include "core/data/decoder_requests.h"
#include "core/data/question_preview.h"
#include "ui/panels/run_form.h"

class QCheckBox;
class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;

namespace patchbay::ui {

class Button;
class MarkedLabel;

/// What a decoder is trained like: its name, how long, on what, the layers that are read, the rank of its LoRA.
class TrainForm : public FormOf<TrainDecoderRequest> {
  Q_OBJECT
public:
  explicit TrainForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const TrainDecoderRequest& request) override;
  [[nodiscard]] std::optional<TrainDecoderRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

  /// Questions of a person's own, from another place: an edit.
  void setQuestions(const QString& path);
  /// What it would learn from, to be looked at.
  [[nodiscard]] PreviewQuestionsRequest questions() const;

Q_SIGNALS:
  /// The person wants to choose a file of questions.
  void filesAsked();

private:
  void build();
  void arrange();
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;
  /// Where the decoder is kept: the folder of the shown run when it asks the same and may go on there, else a new one.
  [[nodiscard]] QString folderOf(const TrainDecoderRequest& wanted) const;

  ModelRef m_model;
  DecoderRecipe m_recipe;       ///< with what the form does not show
  TrainDecoderRequest m_shown;  ///< what the run asked that the form shows
  QLineEdit* m_name = nullptr;
  QDoubleSpinBox* m_minutes = nullptr;
  QLineEdit* m_layers = nullptr;
  QSpinBox* m_rank = nullptr;
  QSpinBox* m_batch = nullptr;
  QCheckBox* m_recall = nullptr;
  QLineEdit* m_rate = nullptr;
  QLineEdit* m_data = nullptr;
  QCheckBox* m_builtin = nullptr;
  Button* m_choose = nullptr;
  Button* m_train = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
