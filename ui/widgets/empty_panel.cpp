#include "ui/widgets/empty_panel.h"

#include <QtCore/QEvent>
#include <QtWidgets/QLabel>
#include <QtWidgets/QVBoxLayout>

#include "ui/widgets/button.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kIconSize = 20;
constexpr int kSentenceWidth = 250;

void setInk(QLabel* label, const QColor& ink) {
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, ink);
  label->setPalette(palette);
}

}  // namespace

EmptyPanel::EmptyPanel(const EmptyText& text, QWidget* parent)
    : QWidget(parent),
      m_icon(new QLabel(this)),
      m_headline(new QLabel(this)),
      m_sentence(new QLabel(this)),
      m_offer(new Button({}, {}, Button::Kind::Plain, this)) {
  setObjectName(QStringLiteral("emptyPanel"));
  m_sentence->setWordWrap(true);
  m_sentence->setMaximumWidth(kSentenceWidth);
  m_offer->setObjectName(QStringLiteral("offerButton"));
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(12, 12, 12, 12);
  column->setSpacing(0);
  column->addStretch(1);
  for (QWidget* part :
       {static_cast<QWidget*>(m_icon), static_cast<QWidget*>(m_headline), static_cast<QWidget*>(m_sentence)}) {
    static_cast<QLabel*>(part)->setAlignment(Qt::AlignCenter);
    if (part == m_sentence) {
      // A wrapped label that is centred by the layout would shrink to its narrowest shape.
      auto* row = new QHBoxLayout;
      row->addStretch(1);
      row->addWidget(part, 1000);
      row->addStretch(1);
      column->addLayout(row);
    } else {
      column->addWidget(part, 0, Qt::AlignHCenter);
    }
    column->addSpacing(6);
  }
  column->addWidget(m_offer, 0, Qt::AlignHCenter);
  column->addStretch(1);
  connect(m_offer, &QPushButton::clicked, this, [this] { Q_EMIT offerTaken(); });
  setText(text);
}

void EmptyPanel::setText(const EmptyText& text) {
  m_text = text;
  m_headline->setText(text.headline);
  m_sentence->setText(text.sentence);
  m_offer->setText(text.offer);
  m_offer->setVisible(!text.offer.isEmpty());
  setAccessibleName(text.headline);
  setAccessibleDescription(text.sentence);
  static_cast<Button*>(m_offer)->setIconName(text.offerIcon);
  dress();
}

void EmptyPanel::dress() {
  m_icon->setPixmap(iconPixmap(m_text.icon, kIconSize, theme().faint, devicePixelRatioF()));
  m_headline->setFont(uiFont(12.5, 600));
  m_sentence->setFont(uiFont(12));
  setInk(m_headline, theme().text);
  setInk(m_sentence, theme().muted);
}

void EmptyPanel::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) dress();
  QWidget::changeEvent(event);
}

}  // namespace patchbay::ui
