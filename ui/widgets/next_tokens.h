#pragma once

#include <QtWidgets/QWidget>

#include <vector>

#include "core/data/prompt.h"

namespace patchbay::ui {

/// "> Paris .81  the .05  located .03": what the model says next, at the end of the token row. A click picks a token.
class NextTokens : public QWidget {
  Q_OBJECT
public:
  explicit NextTokens(QWidget* parent = nullptr);

  /// Best first; as many are painted as fit, never half a one.
  void setTokens(std::vector<RankedToken> tokens);
  [[nodiscard]] const std::vector<RankedToken>& tokens() const { return m_tokens; }

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
  void tokenClicked(const patchbay::RankedToken& token);

protected:
  void paintEvent(QPaintEvent*) override;
  void mousePressEvent(QMouseEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  [[nodiscard]] std::vector<QRectF> places() const;

  std::vector<RankedToken> m_tokens;
};

}  // namespace patchbay::ui
