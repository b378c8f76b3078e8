#pragma once

#include <optional>

#include "core/data/probe.h"
#include "ui/panels/run_form.h"

class QPlainTextEdit;

namespace patchbay::ui {

class ChoiceBox;
class MarkedLabel;

/// What is probed: labelled texts, of the program or a person's own, the site, and where each text is read.
class ProbeForm : public FormOf<ProbeRequest> {
  Q_OBJECT
public:
  explicit ProbeForm(const Workbench& bench, QWidget* parent = nullptr);

  void setRequest(const ProbeRequest& request) override;
  [[nodiscard]] std::optional<ProbeRequest> request() const override;
  [[nodiscard]] Json draft() const override;
  void setDraft(const Json& draft) override;

private:
  void build();
  void arrange();
  void takeList(int index);
  void changed(const QString& typed = {}) override;
  [[nodiscard]] Outcome<LabelledList> list() const;
  [[nodiscard]] QString missing() const;

  ModelRef m_model;
  ProbeRequest m_shown;  ///< what the form does not name
  std::string m_title;
  QPlainTextEdit* m_texts = nullptr;
  ChoiceBox* m_lists = nullptr;
  ChoiceBox* m_site = nullptr;
  ChoiceBox* m_place = nullptr;
  MarkedLabel* m_hint = nullptr;
  bool m_isFilling = false;
};

}  // namespace patchbay::ui
