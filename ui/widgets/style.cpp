#include "ui/widgets/style.h"

#include <QtGui/QPainter>
#include <QtWidgets/QAbstractButton>
#include <QtWidgets/QApplication>
#include <QtWidgets/QComboBox>
#include <QtWidgets/QStyleFactory>
#include <QtWidgets/QStyleOption>

#include <cmath>

#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kRing = 2;
constexpr int kRingGap = 1;
constexpr int kComboStart = 7;
constexpr int kComboEnd = 24;

void paintIndicator(QPainter& painter, const QStyleOption& option, bool isRound) {
  const ThemeTokens& t = theme();
  const bool isEnabled = option.state.testFlag(QStyle::State_Enabled);
  const bool isOn = option.state.testFlag(QStyle::State_On);
  const QRectF box = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5);
  painter.save();
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(isOn && isEnabled ? t.accent : isEnabled ? t.faint : t.border, 1));
  painter.setBrush(isOn ? (isEnabled ? t.accent : t.pressed) : (isEnabled ? t.raised : t.panel));
  if (isRound) {
    painter.drawEllipse(box);
    if (isOn) {
      painter.setPen(Qt::NoPen);
      painter.setBrush(t.raised);
      painter.drawEllipse(box.center(), 2.5, 2.5);
    }
  } else {
    painter.drawRoundedRect(box, 3, 3);
    if (isOn)
      paintIcon(painter, QStringLiteral("done"), QRectF(option.rect).adjusted(1, 1, -1, -1),
                isEnabled ? t.onAccent : t.faint);
    if (option.state.testFlag(QStyle::State_NoChange)) {
      painter.setPen(QPen(t.accent, 2));
      painter.drawLine(QPointF(box.left() + 3, box.center().y()), QPointF(box.right() - 3, box.center().y()));
    }
  }
  painter.restore();
}

}  // namespace

Style::Style() : QProxyStyle(QStyleFactory::create(QStringLiteral("Fusion"))) {
  QObject::connect(qApp, &QApplication::focusChanged, this, [this](QWidget*, QWidget* now) { moveRing(now); });
}

void Style::moveRing(QWidget* widget) {
  const bool hasRing = widget && (qobject_cast<QAbstractButton*>(widget) || qobject_cast<QComboBox*>(widget));
  if (!hasRing) {
    if (m_ring) m_ring->setWidget(nullptr);
    return;
  }
  if (!m_ring) m_ring = new QFocusFrame(widget->window());
  m_ring->setWidget(widget);
}

void Style::drawControl(ControlElement element, const QStyleOption* option, QPainter* painter,
                        const QWidget* widget) const {
  if (element != CE_FocusFrame) {
    QProxyStyle::drawControl(element, option, painter, widget);
    return;
  }
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(theme().accent, kRing));
  painter->setBrush(Qt::NoBrush);
  painter->drawRoundedRect(QRectF(option->rect).adjusted(1, 1, -1, -1), 6, 6);
  painter->restore();
}

void Style::drawPrimitive(PrimitiveElement element, const QStyleOption* option, QPainter* painter,
                          const QWidget* widget) const {
  switch (element) {
    case PE_FrameFocusRect:
      // Buttons have the ring outside, fields draw it as their border; rows get it on their edge.
      if (qobject_cast<const QAbstractButton*>(widget) || qobject_cast<const QComboBox*>(widget)) return;
      painter->save();
      painter->setPen(QPen(theme().accent, kRing));
      painter->setBrush(Qt::NoBrush);
      painter->drawRect(option->rect.adjusted(1, 1, -1, -1));
      painter->restore();
      return;
    case PE_IndicatorCheckBox:
    case PE_IndicatorItemViewItemCheck: paintIndicator(*painter, *option, false); return;
    case PE_IndicatorRadioButton: paintIndicator(*painter, *option, true); return;
    case PE_IndicatorArrowDown: {
      const QRectF area(QPointF(option->rect.center()) - QPointF(5.5, 5.5), QSizeF(12, 12));
      paintIcon(*painter, QStringLiteral("chevron-down"), area, theme().muted);
      return;
    }
    case PE_IndicatorArrowLeft:
    case PE_IndicatorArrowRight: {
      const QRectF area(QPointF(-6, -6), QSizeF(12, 12));
      painter->save();
      painter->translate(QRectF(option->rect).center());
      if (element == PE_IndicatorArrowLeft) painter->rotate(180);
      paintIcon(*painter, QStringLiteral("chevron-right"), area,
                option->state.testFlag(State_Enabled) ? theme().text : theme().faint);
      painter->restore();
      return;
    }
    case PE_IndicatorBranch: {
      if (!option->state.testFlag(State_Children)) return;
      const QRectF area(QPointF(option->rect.center()) - QPointF(5.5, 5.5), QSizeF(12, 12));
      paintIcon(*painter,
                option->state.testFlag(State_Open) ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right"),
                area, theme().muted);
      return;
    }
    default: QProxyStyle::drawPrimitive(element, option, painter, widget);
  }
}

void Style::drawComplexControl(ComplexControl control, const QStyleOptionComplex* option, QPainter* painter,
                               const QWidget* widget) const {
  if (control != CC_ComboBox) {
    QProxyStyle::drawComplexControl(control, option, painter, widget);
    return;
  }
  const ThemeTokens& t = theme();
  const bool isLive = option->state.testFlag(State_Enabled);
  const bool isDown = option->state.testFlag(State_On) || option->state.testFlag(State_Sunken);
  painter->save();
  painter->setRenderHint(QPainter::Antialiasing);
  painter->setPen(QPen(t.border, 1));
  painter->setBrush(!isLive                                   ? t.panel
                    : isDown                                  ? t.pressed
                    : option->state.testFlag(State_MouseOver) ? t.hover
                                                              : t.raised);
  painter->drawRoundedRect(QRectF(option->rect).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
  const QRectF chevron(option->rect.right() - kComboEnd + 5, std::round(option->rect.center().y() - 5.5), 12, 12);
  paintIcon(*painter, QStringLiteral("chevron-down"), chevron, isLive ? t.muted : t.faint);
  painter->restore();
}

QRect Style::subControlRect(ComplexControl control, const QStyleOptionComplex* option, SubControl part,
                            const QWidget* widget) const {
  if (control == CC_ComboBox && part == SC_ComboBoxEditField)
    return option->rect.adjusted(kComboStart, 0, -kComboEnd, 0);
  if (control == CC_ComboBox && part == SC_ComboBoxArrow)
    return option->rect.adjusted(option->rect.width() - kComboEnd, 0, 0, 0);
  return QProxyStyle::subControlRect(control, option, part, widget);
}

QSize Style::sizeFromContents(ContentsType type, const QStyleOption* option, const QSize& contents,
                              const QWidget* widget) const {
  if (type == CT_ComboBox) return {contents.width() + kComboStart + kComboEnd + 4, rowHeight(24)};
  return QProxyStyle::sizeFromContents(type, option, contents, widget);
}

int Style::pixelMetric(PixelMetric metric, const QStyleOption* option, const QWidget* widget) const {
  switch (metric) {
    case PM_FocusFrameHMargin:
    case PM_FocusFrameVMargin: return kRing + kRingGap;
    case PM_IndicatorWidth:
    case PM_IndicatorHeight:
    case PM_ExclusiveIndicatorWidth:
    case PM_ExclusiveIndicatorHeight: return 14;
    case PM_SmallIconSize:
    case PM_ButtonIconSize:
    case PM_ToolBarIconSize: return 16;
    case PM_SplitterWidth: return 1;
    case PM_TabBarScrollButtonWidth: return 22;
    case PM_ButtonShiftHorizontal:
    case PM_ButtonShiftVertical: return 0;
    default: return QProxyStyle::pixelMetric(metric, option, widget);
  }
}

int Style::styleHint(StyleHint hint, const QStyleOption* option, const QWidget* widget,
                     QStyleHintReturn* result) const {
  switch (hint) {
    case SH_FocusFrame_AboveWidget: return 1;
    case SH_FocusFrame_Mask: return 0;
    case SH_ToolTip_WakeUpDelay: return 500;
    case SH_EtchDisabledText: return 0;
    case SH_Widget_Animation_Duration: return appearance().reduceMotion ? 0 : 120;
    default: return QProxyStyle::styleHint(hint, option, widget, result);
  }
}

}  // namespace patchbay::ui
