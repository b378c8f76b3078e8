#pragma once

#include <optional>

#include "core/data/multi_hop.h"
#include "ui/panels/run_form.h"

class QCheckBox;
class QSpinBox;

namespace patchbay::ui {

class ChoiceBox;
class MarkedLabel;
class NamedField;

/// What a run of questions in two steps asks: the list, the layers, the length of the texts.
class HopForm : public FormOf<MultiHopRequest> {
  Q_OBJECT
public:
  explicit HopForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const MultiHopRequest& request) override;
  [[nodiscard]] std::optional<MultiHopRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  void build();
  void arrange();
  void showList(const HopList& list);
  void changed(const QString& typed = {}) override;
  [[nodiscard]] QString missing() const;
  /// The layers that the field names.
  [[nodiscard]] std::optional<std::vector<int>> layers() const;

  ModelRef m_model;
  HopList m_list;
  std::uint64_t m_seed = 0;  ///< of the run shown: the form does not name it
  ChoiceBox* m_choice = nullptr;
  NamedField* m_layers = nullptr;
  QSpinBox* m_length = nullptr;
  QCheckBox* m_known = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
