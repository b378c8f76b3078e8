#include "ui/widgets/error_panel.h"

#include <QtCore/QEvent>
#include <QtCore/QVariant>
#include <QtGui/QClipboard>
#include <QtGui/QGuiApplication>
#include <QtGui/QPainter>
#include <QtGui/QPainterPath>
#include <QtWidgets/QHBoxLayout>
#include <QtWidgets/QLabel>
#include <QtWidgets/QToolButton>
#include <QtWidgets/QVBoxLayout>

#include "ui/widgets/button.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {

namespace {

constexpr int kEdge = 3;

QString text(const std::string& from) { return QString::fromStdString(from); }

void setInk(QWidget* label, const QColor& ink) {
  QPalette palette = label->palette();
  palette.setColor(QPalette::WindowText, ink);
  label->setPalette(palette);
}

/// A sentence begins with a capital and ends with a full stop, wherever it comes from.
QString sentence(QString words) {
  if (words.isEmpty()) return words;
  words[0] = words[0].toUpper();
  return words;
}

}  // namespace

ErrorPanel::ErrorPanel(QWidget* parent)
    : QFrame(parent),
      m_icon(new QLabel(this)),
      m_what(new QLabel(this)),
      m_why(new QLabel(this)),
      m_remedies(new QHBoxLayout),
      m_fold(new QToolButton(this)),
      m_code(new QLabel(this)),
      m_copy(new IconButton(QStringLiteral("copy"), tr("Copy details"), this)),
      m_details(new QLabel(this)) {
  setObjectName(QStringLiteral("errorPanel"));
  build();
  dress();
}

ErrorPanel::ErrorPanel(const Error& error, const QStringList& remedies, QWidget* parent) : ErrorPanel(parent) {
  setError(error, remedies);
}

void ErrorPanel::build() {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(14 + kEdge - 2, 8, 12, 6);
  column->setSpacing(4);
  auto* head = new QHBoxLayout;
  head->setSpacing(6);
  head->addWidget(m_icon, 0, Qt::AlignTop);
  head->addWidget(m_what, 1);
  column->addLayout(head);
  for (QLabel* label : {m_what, m_why, m_details}) {
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
  }
  column->addWidget(m_why);
  m_remedies->setSpacing(6);
  column->addLayout(m_remedies);
  auto* foot = new QHBoxLayout;
  foot->setSpacing(4);
  m_fold->setObjectName(QStringLiteral("detailsButton"));
  m_fold->setText(tr("Details"));
  m_fold->setCheckable(true);
  m_fold->setProperty("quiet", true);
  m_fold->setFocusPolicy(Qt::TabFocus);
  m_fold->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  m_fold->setIconSize({12, 12});
  foot->addWidget(m_fold);
  foot->addStretch(1);
  foot->addWidget(m_code);
  m_copy->setObjectName(QStringLiteral("copyButton"));
  foot->addWidget(m_copy);
  column->addLayout(foot);
  column->addWidget(m_details);
  column->addStretch(1);
  m_details->hide();
  connect(m_fold, &QToolButton::toggled, this, &ErrorPanel::showDetails);
  connect(m_copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(copyText()); });
}

void ErrorPanel::setError(const Error& error, const QStringList& remedies) {
  m_error = error;
  m_what->setText(sentence(text(error.what)));
  QStringList lines;
  if (!error.why().empty()) lines << sentence(text(error.why()));
  if (!error.advice.empty()) lines << sentence(text(error.advice));
  m_why->setText(lines.join(QLatin1Char('\n')));
  m_why->setVisible(!lines.isEmpty());
  m_code->setText(text(error.code));
  m_details->setText(copyText());
  setAccessibleName(m_what->text());
  setAccessibleDescription(m_why->text());
  while (QLayoutItem* item = m_remedies->takeAt(0)) {
    if (item->widget()) item->widget()->deleteLater();
    delete item;
  }
  for (int i = 0; i < remedies.size(); ++i) {
    auto* button = new Button(remedies[i], {}, i == 0 ? Button::Kind::Primary : Button::Kind::Plain, this);
    button->setObjectName(QStringLiteral("remedy%1").arg(i));
    connect(button, &QPushButton::clicked, this, [this, i] { Q_EMIT remedyChosen(i); });
    m_remedies->addWidget(button);
  }
  if (!remedies.isEmpty()) m_remedies->addStretch(1);
}

QString ErrorPanel::copyText() const { return text(m_error.message()); }

void ErrorPanel::showDetails(bool shown) {
  m_details->setVisible(shown);
  m_fold->setIcon(icon(shown ? QStringLiteral("chevron-down") : QStringLiteral("chevron-right"), IconRole::Muted));
}

void ErrorPanel::dress() {
  const ThemeTokens& t = theme();
  m_icon->setPixmap(iconPixmap(QStringLiteral("error"), 16, t.error, devicePixelRatioF()));
  m_what->setFont(uiFont(12.5, 600));
  m_why->setFont(uiFont(12));
  m_fold->setFont(uiFont(11.5));
  m_code->setFont(dataFont(11));
  m_details->setFont(dataFont(11));
  setInk(m_what, t.text);
  setInk(m_why, t.text);
  setInk(m_code, t.muted);
  setInk(m_details, t.muted);
  showDetails(m_fold->isChecked());
}

void ErrorPanel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const ThemeTokens& t = theme();
  const QRectF card = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
  painter.setPen(QPen(t.border, 1));
  painter.setBrush(t.raised);
  painter.drawRoundedRect(card, 6, 6);
  QPainterPath outline;
  outline.addRoundedRect(rect(), 6, 6);
  painter.setClipPath(outline);
  painter.fillRect(QRectF(0, 0, kEdge, height()), t.error);
}

void ErrorPanel::changeEvent(QEvent* event) {
  if (isThemeChange(*event)) dress();
  QFrame::changeEvent(event);
}

}  // namespace patchbay::ui
