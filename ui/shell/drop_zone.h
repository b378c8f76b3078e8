#pragma once

#include <QWidget>

namespace patchbay::ui {

/// The area that a dragged tab would take, washed in the accent colour over the views. Takes no mouse input.
class DropZone : public QWidget {
  Q_OBJECT
public:
  explicit DropZone(QWidget* parent);

  /// Shows it over an area of the parent.
  void showOver(const QRect& area);

protected:
  void paintEvent(QPaintEvent*) override;
};

}  // namespace patchbay::ui
