#include "ui/widgets/section_header.h"

#include <QtCore/QEvent>
#include <QtGui/QFontMetricsF>
#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>

#include <cmath>

#include "ui/widgets/icon_button.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kHeight = 28;
constexpr int kInset = 10;
constexpr double kTextSize = 12;

}  // namespace

SectionHeader::SectionHeader(const QString& title, QWidget* parent)
    : QWidget(parent), m_title(title), m_buttons(new QHBoxLayout(this)) {
  m_buttons->setContentsMargins(0, 0, 4, 0);
  m_buttons->setSpacing(4);
  m_buttons->addStretch(1);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(title);
}

void SectionHeader::setTitle(const QString& title) {
  m_title = title;
  setAccessibleName(title);
  update();
}

void SectionHeader::setNote(const QString& note) {
  m_note = note;
  setAccessibleDescription(note);
  update();
}

IconButton* SectionHeader::addButton(const QString& icon, const QString& name) {
  auto* button = new IconButton(icon, name, this);
  m_buttons->addWidget(button);
  return button;
}

QSize SectionHeader::sizeHint() const { return {QWidget::sizeHint().width(), kHeight}; }

QSize SectionHeader::minimumSizeHint() const { return {80, kHeight}; }

void SectionHeader::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  const ThemeTokens& t = theme();
  const QFont bold = uiFont(kTextSize, 600);
  const QFontMetricsF metrics(bold);
  const qreal baseline = std::round(height() / 2.0 + metrics.capHeight() / 2);
  const qreal right = m_buttons->count() > 1 ? m_buttons->itemAt(1)->geometry().left() - 4 : width() - kInset;
  const QString title = metrics.elidedText(m_title, Qt::ElideRight, right - kInset);
  painter.setFont(bold);
  painter.setPen(t.text);
  painter.drawText(QPointF(kInset, baseline), title);
  const qreal noteLeft = kInset + metrics.horizontalAdvance(title) + 5;
  const QFont plain = uiFont(kTextSize);
  painter.setFont(plain);
  painter.setPen(t.muted);
  if (noteLeft < right)
    painter.drawText(QPointF(noteLeft, baseline),
                     QFontMetricsF(plain).elidedText(m_note, Qt::ElideRight, right - noteLeft));
}

void SectionHeader::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) update();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
