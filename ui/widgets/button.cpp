#include "ui/widgets/button.h"

#include <QtCore/QEvent>
#include <QtCore/QVariant>
#include <QtGui/QPainter>
#include <QtWidgets/QStyle>
#include <QtWidgets/QStyleOptionButton>
#include <QtWidgets/QStylePainter>

#include "ui/widgets/busy_arc.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kFrameMs = 50;
constexpr double kTurnsPerFrame = 0.06;

}  // namespace

Button::Button(const QString& words, const QString& icon, Kind kind, QWidget* parent)
    : QPushButton(words, parent), m_iconName(icon), m_kind(kind) {
  if (kind == Kind::Primary) setProperty("kind", QStringLiteral("primary"));
  if (kind == Kind::Flat) setProperty("kind", QStringLiteral("flat"));
  setIconSize({20, 16});  // the icon and 4 px more between it and the words
  setAutoDefault(false);
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  dress();
}

void Button::setIconName(const QString& icon) {
  m_iconName = icon;
  dress();
}

void Button::setBusy(bool busy) {
  if (busy == m_isBusy) return;
  m_isBusy = busy;
  if (m_timer) killTimer(m_timer);
  m_timer = busy && !appearance().reduceMotion ? startTimer(kFrameMs) : 0;
  dress();
}

void Button::dress() {
  if (m_iconName.isEmpty()) {
    setIcon({});
  } else if (m_isBusy) {
    // An empty picture keeps the label where it is while the arc stands there.
    QPixmap empty(20, 16);
    empty.fill(Qt::transparent);
    setIcon(QIcon(empty));
  } else {
    setIcon(ui::icon(m_iconName, m_kind == Kind::Primary ? IconRole::OnAccent : IconRole::Text));
  }
  setFont(uiFont(12.5, m_kind == Kind::Primary ? 500 : 400));
  update();
}

void Button::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) update();
  QPushButton::changeEvent(event);
}

void Button::paintEvent(QPaintEvent* event) {
  QPushButton::paintEvent(event);
  if (!m_isBusy) return;
  QPainter painter(this);
  QStyleOptionButton option;
  initStyleOption(&option);
  const int text = option.fontMetrics.horizontalAdvance(this->text()) + 20 + 4;
  const QRectF area(m_iconName.isEmpty() ? 4 : (width() - text) / 2.0, (height() - 16) / 2.0, 16, 16);
  BusyArc::paint(painter, area, m_phase);
}

void Button::timerEvent(QTimerEvent*) {
  m_phase += kTurnsPerFrame;
  update();
}

}  // namespace patchbay::ui
