#pragma once

#include <QtWidgets/QToolButton>

#include "ui/widgets/icons.h"

namespace patchbay::ui {

/// A 24 x 24 px button with an icon that follows the theme, and a name for the screen reader.
class IconButton : public QToolButton {
  Q_OBJECT
public:
  IconButton(const QString& icon, const QString& name, QWidget* parent = nullptr);

  void setIconName(const QString& icon, IconRole role = IconRole::Text);
  [[nodiscard]] QSize sizeHint() const override { return {24, 24}; }

protected:
  void changeEvent(QEvent* event) override;

private:
  QString m_iconName;
  IconRole m_role = IconRole::Text;
};

}  // namespace patchbay::ui
