#include "ui/panels/choice_box.h"

#include <algorithm>

#include <QStyleOptionComboBox>
#include <QStylePainter>

#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kArrowAndInsets = 38;
constexpr double kFontSize = 12.5;

}  // namespace

ChoiceBox::ChoiceBox(const QString& name, Face face, QWidget* parent) : QComboBox(parent), m_name(name), m_face(face) {
  setAccessibleName(name);
  setSizeAdjustPolicy(QComboBox::AdjustToContents);
  if (face == Face::Data) setFont(dataFont(12));
}

QString ChoiceBox::marked(const QString& choice) const {
  const QString shown = m_face == Face::Data ? asData(choice) : choice;
  return m_name.isEmpty() ? shown : m_name + QLatin1Char(' ') + shown;
}

void ChoiceBox::setWidestPixels(int pixels) {
  m_widest = pixels;
  updateGeometry();
}

QSize ChoiceBox::sizeHint() const {
  qreal widest = MarkedText{marked(QStringLiteral("000")), kFontSize, 400}.width();
  for (int i = 0; i < count(); ++i) widest = std::max(widest, MarkedText{marked(itemText(i)), kFontSize, 400}.width());
  return {std::min(m_widest, static_cast<int>(widest) + kArrowAndInsets), rowHeight(24)};
}

QSize ChoiceBox::minimumSizeHint() const { return {std::min(sizeHint().width(), 90), rowHeight(24)}; }

void ChoiceBox::paintEvent(QPaintEvent*) {
  QStylePainter painter(this);
  QStyleOptionComboBox option;
  initStyleOption(&option);
  option.currentText.clear();
  painter.drawComplexControl(QStyle::CC_ComboBox, option);
  const QRect area = style()->subControlRect(QStyle::CC_ComboBox, &option, QStyle::SC_ComboBoxEditField, this);
  const QColor ink = isEnabled() ? theme().text : theme().faint;
  MarkedText{marked(currentText()), kFontSize, 400}.paint(painter, QRectF(area).adjusted(4, 0, 0, 0), ink);
}

}  // namespace patchbay::ui
