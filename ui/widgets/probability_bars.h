#pragma once

#include <QtWidgets/QWidget>

#include <vector>

#include "core/data/prompt.h"

class QPainter;

namespace patchbay::ui {

/// The likeliest tokens of a place: token, bar from 0 to 1, value. Rows of 24 px; a click on a row picks its token.
class ProbabilityBars : public QWidget {
  Q_OBJECT
public:
  explicit ProbabilityBars(QWidget* parent = nullptr);

  /// Best first.
  void setTokens(std::vector<RankedToken> tokens);
  [[nodiscard]] const std::vector<RankedToken>& tokens() const { return m_tokens; }
  /// "0" and "1" under the bars; on unless turned off.
  void setScaleShown(bool shown);

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

  /// Layout of one row for other widgets that show the same: token, bar and value in `row`.
  struct Columns {
    qreal token = 72, value = 36, gap = 10, barHeight = 9;
    double fontSize = 12;
  };
  static void paintRow(QPainter& painter, const QRectF& row, const RankedToken& token, bool isFirst,
                       const Columns& columns);

Q_SIGNALS:
  void tokenClicked(const patchbay::RankedToken& token);

protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  bool event(QEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  [[nodiscard]] int rowAt(const QPointF& position) const;
  void announce();

  std::vector<RankedToken> m_tokens;
  bool m_isScaleShown = true;
  int m_hovered = -1;
  int m_current = 0;
};

}  // namespace patchbay::ui
