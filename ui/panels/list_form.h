#pragma once

#include <optional>

#include "core/data/patchscope_list.h"
#include "ui/panels/run_form.h"

class QCheckBox;
class QLineEdit;
class QSpinBox;

namespace patchbay::ui {

class ChoiceBox;
class MapChoice;
class MarkedLabel;
class NamedField;

/// What a list run asks: the facts, the target prompt, the layers.
class ListForm : public FormOf<PatchscopeListRequest> {
  Q_OBJECT
public:
  explicit ListForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const PatchscopeListRequest& request) override;
  [[nodiscard]] std::optional<PatchscopeListRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  void build();
  void arrange();
  void chooseList(int index);
  void showList(const FactList& list);
  /// The affine maps that begin at the model, those of other loaded models' states included.
  void fillMaps();
  /// The model that answers.
  [[nodiscard]] const ModelRef& writtenModel() const;
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;

  ModelRef m_model;
  FactList m_list;
  StateMap m_map = StateMap::Identity;  ///< of the run shown, as its seed: the form names affine ones alone
  std::uint64_t m_seed = 0;
  ChoiceBox* m_choice = nullptr;
  QLineEdit* m_target = nullptr;
  MapChoice* m_through = nullptr;
  NamedField* m_layers = nullptr;
  NamedField* m_written = nullptr;
  QSpinBox* m_length = nullptr;
  QCheckBox* m_known = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
