#pragma once

#include "ui/widgets/button.h"

namespace patchbay::ui {

/// A plain button with a chevron that opens a menu: the model and the device in the toolbar.
class MenuButton : public Button {
  Q_OBJECT
public:
  MenuButton(const QString& words, const QString& icon, QWidget* parent = nullptr);

protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace patchbay::ui
