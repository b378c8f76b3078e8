#include "ui/panels/named_field.h"

#include <QEvent>
#include <QPainter>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

constexpr int kInset = 11;
constexpr int kGap = 6;

QFont nameFont() { return uiFont(12.5); }

}  // namespace

NamedField::NamedField(const QString& name, QWidget* parent) : QLineEdit(parent), m_name(name) {
  setFont(dataFont(12));
  makeRoom();
}

void NamedField::makeRoom() { setTextMargins(QFontMetrics(nameFont()).horizontalAdvance(m_name) + kGap, 0, 0, 0); }

void NamedField::paintEvent(QPaintEvent* event) {
  QLineEdit::paintEvent(event);
  QPainter painter(this);
  painter.setFont(nameFont());
  painter.setPen(isEnabled() ? theme().text : theme().faint);
  painter.drawText(rect().adjusted(kInset, 0, 0, 0), Qt::AlignVCenter | Qt::AlignLeft, m_name);
}

void NamedField::changeEvent(QEvent* event) {
  QLineEdit::changeEvent(event);
  if (isThemeChange(*event)) makeRoom();
}

}  // namespace patchbay::ui
