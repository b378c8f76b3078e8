#pragma once

#include <QTimer>
#include <QWidget>

namespace patchbay::ui {

/// "Mem ▮── 0.7 / 24 GB": memory of this process beside that of the machine.
class MemoryGauge : public QWidget {
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
