#pragma once

#include <optional>
#include <vector>

#include "core/data/meta_model.h"
#include "ui/panels/run_form.h"

class QCheckBox;
class QLineEdit;
class QSpinBox;

namespace patchbay::ui {

class Button;
class ChoiceBox;
class MarkedLabel;
class NamedField;

/// What meta-models learn, which model becomes one, how long, and what else each is asked when it is trained.
class MetaForm : public FormOf<MetaModelRequest> {
  Q_OBJECT
public:
  explicit MetaForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const MetaModelRequest& request) override;
  [[nodiscard]] std::optional<MetaModelRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  using Mixes = std::vector<std::vector<std::string>>;

  // Row by row, as the Tab key goes.
  void buildMixes();
  void buildReader();
  void buildOwn();
  void arrange();
  void listReaders();
  /// Chooses what these are: each task alone, every mix, one mix, or, last, those of a shown run.
  void takeMixes(const Mixes& mixes);
  void tick(const std::vector<std::string>& tasks);
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;
  [[nodiscard]] bool isOneMix() const;
  [[nodiscard]] std::vector<std::string> ticked() const;
  [[nodiscard]] Mixes mixes() const;
  [[nodiscard]] std::vector<MetaQuestion> own() const;

  ModelRef m_model, m_reader;
  MetaModelRequest m_shown;  ///< what the form does not name
  ChoiceBox* m_mixes = nullptr;
  std::vector<QCheckBox*> m_tasks;
  QSpinBox* m_repeats = nullptr;
  ChoiceBox* m_readers = nullptr;
  NamedField* m_layers = nullptr;
  QSpinBox* m_steps = nullptr;
  QSpinBox* m_batch = nullptr;
  NamedField* m_rate = nullptr;
  QLineEdit* m_text = nullptr;
  QLineEdit* m_question = nullptr;
  QSpinBox* m_items = nullptr;
  NamedField* m_seed = nullptr;
  Button* m_train = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
