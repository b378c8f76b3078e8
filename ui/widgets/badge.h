#pragma once

#include <QtWidgets/QWidget>

class QPainter;

namespace patchbay::ui {

/// Where a number came from.
enum class Origin { Measured, Approximate, Recorded };

/// The sign of an origin, drawn: full, half or open disc of `diameter` pixels.
void paintOrigin(QPainter& painter, const QPointF& centre, Origin origin, const QColor& ink, qreal diameter = 11);

/// "● measured now · f32 · 0.4 s": origin and the facts after it, muted, one line.
class Badge : public QWidget {
  Q_OBJECT
public:
  explicit Badge(QWidget* parent = nullptr);

  /// `facts` follow "measured now", "approximate" or "recorded" after a middle dot; for an approximate result they
  /// begin with what was approximated.
  void setOrigin(Origin origin, const QString& facts = {});
  [[nodiscard]] Origin origin() const { return m_origin; }
  [[nodiscard]] QString text() const;

  [[nodiscard]] QSize sizeHint() const override;
  /// The sign and the first letters.
  [[nodiscard]] QSize minimumSizeHint() const override;

protected:
  void paintEvent(QPaintEvent*) override;
  void changeEvent(QEvent* event) override;

private:
  Origin m_origin = Origin::Measured;
  QString m_facts;
};

}  // namespace patchbay::ui
