#pragma once

#include <QAbstractButton>
#include <QTimer>

namespace patchbay::ui {

/// "Mem ▮── 0.7 / 24 GB": memory of this process beside that of the machine. A click asks what it is made of.
class MemoryGauge : public QAbstractButton {
  Q_OBJECT
public:
  explicit MemoryGauge(QWidget* parent = nullptr);
  [[nodiscard]] QSize sizeHint() const override;

protected:
  void paintEvent(QPaintEvent*) override;
  void showEvent(QShowEvent*) override;

private:
  void refresh();

  QTimer m_timer;
  double m_used = 0;
  double m_total = 0;
};

}  // namespace patchbay::ui
