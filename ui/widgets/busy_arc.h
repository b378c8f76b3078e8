#pragma once

#include <QtCore/QBasicTimer>
#include <QtWidgets/QWidget>

class QPainter;

namespace patchbay::ui {

/// A 14 px arc that turns while something is under way; it appears 300 ms after `start`. Still with reduced motion.
class BusyArc : public QWidget {
  Q_OBJECT
public:
  explicit BusyArc(QWidget* parent = nullptr);

  void start();
  void stop();
  [[nodiscard]] bool isRunning() const { return m_isRunning; }
  [[nodiscard]] QSize sizeHint() const override { return {16, 16}; }

  /// The arc at one moment, for delegates. `phase` in turns.
  static void paint(QPainter& painter, const QRectF& area, double phase);

protected:
  void paintEvent(QPaintEvent*) override;
  void timerEvent(QTimerEvent* event) override;

private:
  bool m_isRunning = false;
  bool m_isDrawn = false;
  double m_phase = 0;
  QBasicTimer m_timer;
};

}  // namespace patchbay::ui
