#pragma once

#include <optional>

#include "core/data/decoder_vector.h"
#include "ui/panels/run_form.h"

class QDoubleSpinBox;
class QLineEdit;
class QSpinBox;

namespace patchbay::ui {

class Button;
class ChoiceBox;
class MarkedLabel;

/// A wish: what the decoder is to answer about steered states, and how far the vector may go for it.
class WishForm : public FormOf<DecoderVectorRequest> {
  Q_OBJECT
public:
  explicit WishForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const DecoderVectorRequest& request) override;
  [[nodiscard]] std::optional<DecoderVectorRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  void build();
  void arrange();
  void listDecoders();
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;

  ModelRef m_model;
  DecoderVectorRequest m_shown;  ///< what the form does not name
  QLineEdit* m_question = nullptr;
  QLineEdit* m_answer = nullptr;
  QLineEdit* m_words = nullptr;
  QSpinBox* m_layer = nullptr;
  QSpinBox* m_rank = nullptr;
  QSpinBox* m_steps = nullptr;
  QDoubleSpinBox* m_norm = nullptr;
  QDoubleSpinBox* m_weight = nullptr;
  ChoiceBox* m_decoder = nullptr;
  Button* m_find = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
