#pragma once

#include <QtWidgets/QWidget>

class QPainter;

namespace patchbay::ui {

enum class TagKind { NoControl, Failed, New, Changed, FitScale, Control, Neutral, SpecialWarning };

/// A 16 px high mark such as "no control" or "new".
class Tag : public QWidget {
  Q_OBJECT
public:
  explicit Tag(TagKind kind, QWidget* parent = nullptr);
  /// A tag with words of its own; the kind gives colours and icon.
  Tag(TagKind kind, const QString& words, QWidget* parent = nullptr);

  void setKind(TagKind kind, const QString& words = {});
  [[nodiscard]] QString text() const;

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return sizeHint(); }

  /// The same tag painted by a delegate, left edge and middle at `at`. Returns the width taken.
  static int paint(QPainter& painter, const QPointF& at, TagKind kind, const QString& words = {});

protected:
  void paintEvent(QPaintEvent*) override;
  void changeEvent(QEvent* event) override;

private:
  TagKind m_kind;
  QString m_words;
};

/// The amber 7 px dot of a run with a warning.
void paintWarningDot(QPainter& painter, const QPointF& centre);

}  // namespace patchbay::ui
