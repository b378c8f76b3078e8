#include "ui/panels/rule.h"

#include <QPainter>

#include "ui/widgets/theme.h"

namespace patchbay::ui {

Rule::Rule(int height, QWidget* parent) : QWidget(parent) { setFixedHeight(height); }

void Rule::paintEvent(QPaintEvent*) { QPainter(this).fillRect(0, height() / 2, width(), 1, theme().border); }

}  // namespace patchbay::ui
