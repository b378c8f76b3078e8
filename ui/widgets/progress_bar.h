#pragma once

#include <QtCore/QBasicTimer>
#include <QtWidgets/QWidget>

namespace patchbay::ui {

/// Six pixels of progress: known, unknown length, paused, or cancelled with the finished part kept.
class ProgressBar : public QWidget {
  Q_OBJECT
public:
  enum class State { Measured, Unknown, Paused, Cancelled };
  explicit ProgressBar(QWidget* parent = nullptr);

  /// `share` in [0, 1].
  void setProgress(double share, State state = State::Measured);
  void setUnknown();
  [[nodiscard]] double share() const { return m_share; }
  [[nodiscard]] State state() const { return m_state; }

  [[nodiscard]] QSize sizeHint() const override { return {120, 6}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {40, 6}; }

protected:
  void paintEvent(QPaintEvent*) override;
  void timerEvent(QTimerEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;

private:
  void refreshTimer();

  double m_share = 0;
  State m_state = State::Measured;
  double m_phase = 0;
  QBasicTimer m_timer;
};

}  // namespace patchbay::ui
