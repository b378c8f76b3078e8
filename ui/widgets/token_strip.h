#pragma once

#include <QtWidgets/QWidget>

#include <optional>
#include <utility>
#include <vector>

#include "ui/widgets/token_chip.h"

class QPainter;

namespace patchbay::ui {

/// The tokens of a prompt in one row of chips: the position selector. Scrolls sideways, paints only what is seen.
///
/// Mouse: click selects, Shift+click and drag brush a range, wheel scrolls. Keys: Left and Right move, Shift extends,
/// Home and End jump, Shift+F10 asks for the menu of the token.
class TokenStrip : public QWidget {
  Q_OBJECT
public:
  explicit TokenStrip(QWidget* parent = nullptr);

  void setChips(std::vector<TokenChip> chips);
  [[nodiscard]] const std::vector<TokenChip>& chips() const { return m_chips; }
  /// Whether the muted p stands in each chip; on unless turned off. Never drawn when unknown but for the first token.
  void setProbabilitiesShown(bool shown);

  /// First and last selected token, inclusive; nullopt for none. Emits nothing.
  void setSelection(std::optional<std::pair<int, int>> range);
  [[nodiscard]] std::optional<std::pair<int, int>> selection() const;
  /// The token that keys move, an end of the selection; -1 for none.
  [[nodiscard]] int currentToken() const { return m_selection ? m_selection->second : -1; }
  /// Ids of the selected tokens with spaces between, and their joined text; empty when none is.
  [[nodiscard]] QString selectedIds() const;
  [[nodiscard]] QString selectedText() const;
  void setPinned(std::optional<int> token);
  /// Whether a drag carries the pressed token (`tokenCarried`, `tokenDropped`) instead of brushing a range.
  void setCarrying(bool carries) { m_carries = carries; }
  /// Shows the token as under the pointer, as something carried here does; -1 for none.
  void setHovered(int token);
  /// Marks tokens (a search, the tokens a template fills in).
  void setMarked(std::vector<int> tokens);

  /// Looks for `text` in the joined token texts, case aside, marks every hit, and selects the next or previous one from
  /// the selection on, as a click or brush would. Returns the number of hits.
  int find(const QString& text, bool forward = true);
  void scrollTo(int token);
  /// Area of a chip in widget coordinates, also when it is out of sight. An arrow can start there.
  [[nodiscard]] QRectF chipRect(int token) const;
  /// The chip that can be pressed at a position; -1 for none.
  [[nodiscard]] int chipAt(const QPointF& position) const;
  /// As a click on the chip.
  void press(int token);
  /// Width of all chips; the strip asks for no more.
  [[nodiscard]] int contentWidth() const;

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
  void tokenClicked(int token);
  void rangeBrushed(int first, int last);
  /// -1 when the pointer leaves.
  void tokenHovered(int token, const QPoint& globalPosition);
  /// The pressed token is dragged, and let go, outside itself.
  void tokenCarried(int token, const QPoint& globalPosition);
  void tokenDropped(int token, const QPoint& globalPosition);
  /// By the right button, the Menu key or Shift+F10. The token is selected.
  void tokenContextMenu(int token, const QPoint& globalPosition);

protected:
  bool event(QEvent* event) override;
  void paintEvent(QPaintEvent*) override;
  void resizeEvent(QResizeEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void layoutChips();
  void scrollBy(int pixels);
  [[nodiscard]] int maxOffset() const;
  /// Not under the sign of an end. A chip wider than the strip counts as whole: it could be seen in no other way.
  [[nodiscard]] bool isWhole(int token) const;
  [[nodiscard]] ChipFace faceOf(int token) const;
  void paintEnds(QPainter& painter) const;
  void select(int token, bool extend);
  void emitSelection();
  void askMenu(int token, const QPoint& globalPosition);
  /// The menu of the current token, below it.
  void askMenuByKey();
  void announce();

  std::vector<TokenChip> m_chips;
  std::vector<int> m_left;  ///< left edge of each chip and, last, the end
  std::vector<int> m_marked;
  std::optional<std::pair<int, int>> m_selection;  ///< anchor and current token
  std::optional<int> m_pinned;
  int m_offset = 0;
  int m_hovered = -1;
  bool m_isBrushing = false;
  bool m_carries = false;
  bool m_isCarrying = false;  ///< the pointer has left the pressed token
  bool m_areProbabilitiesShown = true;
  bool m_hasValues = false;
};

}  // namespace patchbay::ui
