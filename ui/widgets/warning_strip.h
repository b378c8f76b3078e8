#pragma once

#include <QtWidgets/QWidget>

class QLabel;
class QPushButton;
class QToolButton;

namespace patchbay::ui {

/// A sentence above a view on the warning ground, wrapped where it is long, with at most one button; closable.
class WarningStrip : public QWidget {
  Q_OBJECT
public:
  explicit WarningStrip(QWidget* parent = nullptr);
  WarningStrip(const QString& sentence, const QString& action, QWidget* parent = nullptr);

  /// Shows the strip with this sentence; an empty one hides it.
  void setWarning(const QString& sentence, const QString& action = {});
  [[nodiscard]] QString sentence() const;

Q_SIGNALS:
  void actionTaken();
  void closed();

protected:
  void paintEvent(QPaintEvent*) override;
  void changeEvent(QEvent* event) override;

private:
  void dress();

  QLabel* m_icon;
  QLabel* m_words;
  QPushButton* m_action;
  QToolButton* m_close;
};

}  // namespace patchbay::ui
