#pragma once

#include <QPushButton>

namespace patchbay::ui {

/// A button with icon, words and a chevron that opens a menu: the model and the device in the toolbar.
class MenuButton : public QPushButton {
  Q_OBJECT
public:
  MenuButton(const QString& words, const QString& icon, QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override;

protected:
  void paintEvent(QPaintEvent* event) override;

private:
  QString m_icon;
};

}  // namespace patchbay::ui
