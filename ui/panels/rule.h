#pragma once

#include <QWidget>

namespace patchbay::ui {

/// A 1 px line across, in the middle of `height` pixels.
class Rule : public QWidget {
  Q_OBJECT
public:
  explicit Rule(int height, QWidget* parent = nullptr);

protected:
  void paintEvent(QPaintEvent*) override;
};

}  // namespace patchbay::ui
