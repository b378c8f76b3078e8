#include "ui/shell/drop_zone.h"

#include <QPainter>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kWash = 90;  // of 255: the view below stays readable
// Between two tabs the zone is a line.
constexpr int kNarrow = 8;

}  // namespace

DropZone::DropZone(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("tabDropZone"));
  setAttribute(Qt::WA_TransparentForMouseEvents);
  setFocusPolicy(Qt::NoFocus);
  hide();
}

void DropZone::showOver(const QRect& area) {
  setGeometry(area);
  raise();
  show();
}

void DropZone::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const QColor accent = theme().accent;
  if (width() < kNarrow) {
    painter.fillRect(rect(), accent);
    return;
  }
  QColor wash = accent;
  wash.setAlpha(kWash);
  painter.fillRect(rect(), wash);
  painter.setPen(QPen(accent, 2));
  painter.drawRect(rect().adjusted(1, 1, -1, -1));
}

}  // namespace patchbay::ui
