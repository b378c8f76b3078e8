#pragma once

#include <QtCore/QPointer>
#include <QtWidgets/QFocusFrame>
#include <QtWidgets/QProxyStyle>

namespace patchbay::ui {

/// Fusion with the focus ring of the program: 2 px accent, 1 px off buttons; fields and rows draw theirs on the edge.
class Style : public QProxyStyle {
  Q_OBJECT
public:
  Style();

  void drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                   const QWidget* widget) const override;
  void drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                     const QWidget* widget) const override;
  void drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                          const QWidget* widget) const override;
  [[nodiscard]] QRect subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                                     const QWidget* widget) const override;
  [[nodiscard]] QSize sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                                       const QWidget* widget) const override;
  [[nodiscard]] int pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const override;
  [[nodiscard]] int styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                              QStyleHintReturn* result) const override;

  /// Puts the ring round `widget` when it is a button or a choice; takes it away otherwise.
  void moveRing(QWidget* widget);

private:
  QPointer<QFocusFrame> m_ring;
};

}  // namespace patchbay::ui
