#include "ui/panels/head_strip.h"

#include <algorithm>

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kSide = 56;  // of a thumbnail
constexpr int kLeast = 20;
constexpr int kGap = 8;
constexpr int kLabel = 15;

}  // namespace

HeadStrip::HeadStrip(QWidget* parent) : QWidget(parent) {
  setFocusPolicy(Qt::StrongFocus);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("Heads of the layer"));
}

void HeadStrip::setHeads(std::vector<QImage> images, QStringList names) {
  m_images = std::move(images);
  m_names = std::move(names);
  m_current = std::clamp(m_current, 0, std::max(0, count() - 1));
  update();
}

void HeadStrip::setCurrent(int head) {
  m_current = std::clamp(head, 0, std::max(0, count() - 1));
  setAccessibleDescription(m_names.value(m_current));
  update();
}

QRect HeadStrip::headRect(int head) const {
  const int side = std::clamp((width() + kGap) / std::max(1, count()) - kGap, kLeast, kSide);
  return {head * (side + kGap), kLabel, side, side};
}

int HeadStrip::headAt(const QPoint& position) const {
  for (int head = 0; head < count(); ++head)
    if (headRect(head).adjusted(0, -kLabel, 0, 0).contains(position)) return head;
  return -1;
}

QSize HeadStrip::sizeHint() const { return {9 * (kSide + kGap), kLabel + kSide + 3}; }

void HeadStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const ThemeTokens& tokens = theme();
  painter.setFont(dataFont(11));
  for (int head = 0; head < count(); ++head) {
    const QRect area = headRect(head);
    const bool isCurrent = head == m_current;
    painter.setPen(isCurrent ? tokens.text : tokens.muted);
    painter.drawText(area.adjusted(0, -kLabel, 0, -area.height()), Qt::AlignLeft | Qt::AlignVCenter,
                     QStringLiteral("H%1").arg(head));
    const QImage& image = m_images[static_cast<std::size_t>(head)];
    painter.setRenderHint(QPainter::SmoothPixmapTransform, image.width() > area.width());
    painter.drawImage(area, image);
    painter.setPen(QPen(isCurrent ? tokens.accent : tokens.border, isCurrent ? 2 : 1));
    painter.drawRect(area.adjusted(0, 0, -1, -1));
  }
}

bool HeadStrip::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip) {
    const auto* help = static_cast<QHelpEvent*>(event);
    QToolTip::showText(help->globalPos(), m_names.value(headAt(help->pos())), this);
    return true;
  }
  return QWidget::event(event);
}

void HeadStrip::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) choose(headAt(event->pos()));
}

void HeadStrip::keyPressEvent(QKeyEvent* event) {
  if (event->key() == Qt::Key_Left || event->key() == Qt::Key_Right) {
    choose(std::clamp(m_current + (event->key() == Qt::Key_Right ? 1 : -1), 0, std::max(0, count() - 1)));
  } else {
    QWidget::keyPressEvent(event);
  }
}

void HeadStrip::choose(int head) {
  if (head < 0 || head >= count() || head == m_current) return;
  setCurrent(head);
  Q_EMIT chosen(head);
}

void HeadStrip::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
