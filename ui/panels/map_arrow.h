#pragma once

#include <QWidget>

namespace patchbay::ui {

/// The arrow from a token of the strip above to a token of the strip below, with the name of the map on it.
class MapArrow : public QWidget {
  Q_OBJECT
public:
  explicit MapArrow(QWidget* parent = nullptr);

  /// Horizontal middles of both tokens in the arrow's own coordinates; negative when a token is out of sight.
  void setEnds(int from, int to);
  void setWords(const QString& words);

  [[nodiscard]] QSize sizeHint() const override { return {200, 30}; }

protected:
  void paintEvent(QPaintEvent*) override;

private:
  int m_from = -1;
  int m_to = -1;
  QString m_words;
};

}  // namespace patchbay::ui
