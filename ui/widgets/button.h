#pragma once

#include <QtWidgets/QPushButton>

#include "ui/widgets/icons.h"

namespace patchbay::ui {

/// Push button whose icon follows the theme. Primary: the one filled accent button in view.
class Button : public QPushButton {
  Q_OBJECT
public:
  enum class Kind { Plain, Primary, Flat };
  /// `icon` may be empty. Height 24 unless set by the place it stands in.
  Button(const QString& words, const QString& icon, Kind kind = Kind::Plain, QWidget* parent = nullptr);

  void setIconName(const QString& icon);
  [[nodiscard]] Kind kind() const { return m_kind; }
  /// An arc in place of the icon while the work is under way; the label stays.
  void setBusy(bool busy);

protected:
  void changeEvent(QEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
  void timerEvent(QTimerEvent* event) override;

private:
  void dress();

  QString m_iconName;
  Kind m_kind;
  bool m_isBusy = false;
  int m_timer = 0;
  double m_phase = 0;
};

}  // namespace patchbay::ui
