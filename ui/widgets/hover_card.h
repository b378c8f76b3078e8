#pragma once

#include <QtCore/QBasicTimer>
#include <QtWidgets/QWidget>

#include <vector>

#include "core/data/prompt.h"

namespace patchbay::ui {

/// What a hover card says.
struct HoverContent {
  QString address;                 ///< "t4.L24.resid_post"
  QString run;                     ///< "#14"
  std::vector<RankedToken> words;  ///< best first, at most five are shown
  QStringList facts;               ///< further lines, "entropy 3.1 bit"
  QString text = {};               ///< a paragraph below them, wrapped; the card is wider with one
};

/// A card of 206 px, or 280 px with a paragraph, beside the pointer. The first one after 120 ms, then at once; flips at
/// the edges of its window and never covers the row under the pointer. It takes no mouse input.
class HoverCard : public QWidget {
  Q_OBJECT
public:
  /// `owner` is the widget whose window the card lives in.
  explicit HoverCard(QWidget* owner);

  /// `avoid`, in global coordinates, is the hovered row or cell.
  void showFor(const HoverContent& content, const QPoint& globalPointer, const QRect& avoid);
  /// Hides at once; the next card waits again after a pause.
  void dismiss();
  /// The H key: off until switched on again.
  void setAllowed(bool allowed);
  [[nodiscard]] bool isAllowed() const { return m_isAllowed; }

  [[nodiscard]] const HoverContent& content() const { return m_content; }
  [[nodiscard]] QSize sizeHint() const override;

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void paintEvent(QPaintEvent*) override;
  void timerEvent(QTimerEvent* event) override;

private:
  void place();
  [[nodiscard]] int wantedWidth() const;
  /// Height of the wrapped paragraph, 0 without one.
  [[nodiscard]] int textHeight() const;

  HoverContent m_content;
  QPoint m_pointer;
  QRect m_avoid;
  QWidget* m_owner;
  QBasicTimer m_delay;
  bool m_isAllowed = true;
};

}  // namespace patchbay::ui
