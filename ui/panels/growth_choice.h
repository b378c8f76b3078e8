#pragma once

#include "ui/panels/choice_box.h"

namespace patchbay::ui {

/// How many greedy tokens a picture goes on by behind its prompt, growing as they come.
class GrowthChoice : public ChoiceBox {
  Q_OBJECT
public:
  explicit GrowthChoice(const QString& tip, QWidget* parent = nullptr);

  /// Shows a number, also one that is not offered.
  void showTokens(int tokens);

Q_SIGNALS:
  /// The person chose.
  void chosen(int tokens);
};

}  // namespace patchbay::ui
