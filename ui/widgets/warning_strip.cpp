#include "ui/widgets/warning_strip.h"

#include <QtCore/QEvent>
#include <QtGui/QPainter>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>

#include "ui/widgets/button.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

WarningStrip::WarningStrip(QWidget* parent)
    : QWidget(parent),
      m_icon(new QLabel(this)),
      m_words(new QLabel(this)),
      m_action(new Button({}, {}, Button::Kind::Plain, this)),
      m_close(new IconButton(QStringLiteral("close"), tr("Close"), this)) {
  setObjectName(QStringLiteral("warningStrip"));
  m_action->setObjectName(QStringLiteral("warningAction"));
  m_close->setObjectName(QStringLiteral("warningClose"));
  setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(11, 4, 6, 4);
  row->setSpacing(8);
  row->addWidget(m_icon);
  row->addWidget(m_words, 1);
  row->addWidget(m_action);
  row->addWidget(m_close);
  m_words->setMinimumWidth(60);
  m_words->setWordWrap(true);
  connect(m_action, &QPushButton::clicked, this, [this] { Q_EMIT actionTaken(); });
  connect(m_close, &QToolButton::clicked, this, [this] {
    hide();
    Q_EMIT closed();
  });
  setWarning({});
}

WarningStrip::WarningStrip(const QString& sentence, const QString& action, QWidget* parent) : WarningStrip(parent) {
  setWarning(sentence, action);
}

void WarningStrip::setWarning(const QString& sentence, const QString& action) {
  m_words->setText(sentence);
  m_words->setToolTip(sentence);
  m_action->setText(action);
  m_action->setVisible(!action.isEmpty());
  setAccessibleName(sentence);
  setVisible(!sentence.isEmpty());
  dress();
}

QString WarningStrip::sentence() const { return m_words->text(); }

void WarningStrip::dress() {
  m_icon->setPixmap(iconPixmap(QStringLiteral("warning"), 16, theme().warning, devicePixelRatioF()));
  m_words->setFont(uiFont(12));
  QPalette palette = m_words->palette();
  palette.setColor(QPalette::WindowText, theme().text);
  m_words->setPalette(palette);
}

void WarningStrip::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme().warningGround);
  painter.drawRoundedRect(rect(), 3, 3);
}

void WarningStrip::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) dress();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
