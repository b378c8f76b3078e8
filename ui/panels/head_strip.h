#pragma once

#include <vector>

#include <QImage>
#include <QStringList>
#include <QWidget>

namespace patchbay::ui {

/// Thumbnails of all heads of a layer in one row, one of them current. A click or Left and Right choose.
class HeadStrip : public QWidget {
  Q_OBJECT
public:
  explicit HeadStrip(QWidget* parent = nullptr);

  /// One image a head; names for tooltips and the screen reader.
  void setHeads(std::vector<QImage> images, QStringList names);
  void setCurrent(int head);
  [[nodiscard]] int current() const { return m_current; }
  [[nodiscard]] int count() const { return static_cast<int>(m_images.size()); }
  [[nodiscard]] QRect headRect(int head) const;

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return {200, sizeHint().height()}; }

Q_SIGNALS:
  /// By the person.
  void chosen(int head);

protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  [[nodiscard]] int headAt(const QPoint& position) const;
  void choose(int head);

  std::vector<QImage> m_images;
  QStringList m_names;
  int m_current = 0;
};

}  // namespace patchbay::ui
