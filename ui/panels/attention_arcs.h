#pragma once

#include <vector>

#include <QWidget>

namespace patchbay::ui {

class TokenStrip;

/// Arcs from one token of the strip below to those that it reads from, as wide as the share.
class AttentionArcs : public QWidget {
  Q_OBJECT
public:
  explicit AttentionArcs(TokenStrip& strip, QWidget* parent = nullptr);

  /// `shares` in [0, 1], one a token; arcs of almost nothing are left out. Query -1: none.
  void setQuery(int query, std::vector<double> shares);
  [[nodiscard]] int query() const { return m_query; }
  /// Tokens that an arc leads to, strongest first.
  [[nodiscard]] std::vector<int> keys() const;

  [[nodiscard]] QSize sizeHint() const override { return {400, 56}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {120, 56}; }

protected:
  void paintEvent(QPaintEvent*) override;
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  TokenStrip& m_strip;
  int m_query = -1;
  std::vector<double> m_shares;
};

}  // namespace patchbay::ui
