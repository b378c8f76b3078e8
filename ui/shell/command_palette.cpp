#include "ui/shell/command_palette.h"

#include <algorithm>

#include <QApplication>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyledItemDelegate>
#include <QVBoxLayout>

#include "ui/models/action_match.h"
#include "ui/shell/action_binder.h"
#include "ui/widgets/icons.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/verb_button.h"

namespace patchbay::ui {
namespace {

constexpr int kIdRole = Qt::UserRole + 1;
constexpr int kKeyRole = Qt::UserRole + 2;
constexpr int kIconRole = Qt::UserRole + 3;
constexpr int kMenuRole = Qt::UserRole + 4;
constexpr int kRow = 28;
constexpr int kShownRows = 12;

/// What stands in a row that goes to a place instead of running an action.
const QString kPlaceRow = QStringLiteral("place");

/// The place that the words name, if they name one with a token or a layer. A residual stream need not be named.
std::optional<Place> placeOf(const QString& typed) {
  const std::string words = typed.trimmed().toStdString();
  if (words.empty()) return std::nullopt;
  auto place = parsePlace(words);
  if (!place) place = parsePlace(words + ".resid_post");
  if (!place || (!place->tokens && !place->layers)) return std::nullopt;
  return *place;
}

/// A row: icon, words, menu it stands in, key.
class PaletteRow : public QStyledItemDelegate {
public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override {
    const bool isEnabled = index.flags() & Qt::ItemIsEnabled;
    if (option.state & QStyle::State_Selected) painter->fillRect(option.rect, theme().selection);
    const QRect area = option.rect.adjusted(10, 0, -10, 0);
    const QString name = index.data(kIconRole).toString();
    if (!name.isEmpty()) {
      paintIcon(*painter, name, QRectF(area.left(), area.center().y() - 7, 14, 14),
                isEnabled ? theme().muted : theme().faint);
    }
    painter->setFont(uiFont(13));
    painter->setPen(isEnabled ? theme().text : theme().faint);
    painter->drawText(area.adjusted(24, 0, 0, 0), Qt::AlignVCenter, index.data().toString());
    int right = area.right();
    const QString key = index.data(kKeyRole).toString();
    if (!key.isEmpty())
      right -= paintKeyCap(*painter, QPointF(right, area.center().y() + 0.5), key, theme().muted) + 10;
    painter->setFont(uiFont(12));
    painter->setPen(theme().faint);
    painter->drawText(QRect(area.left(), area.top(), right - area.left(), area.height()),
                      Qt::AlignRight | Qt::AlignVCenter, index.data(kMenuRole).toString());
  }
  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const override {
    return {200, rowHeight(kRow)};
  }
};

}  // namespace

CommandPalette::CommandPalette(ActionRegistry& actions, QWidget* window)
    : QFrame(window), m_actions(actions), m_field(new QLineEdit(this)), m_list(new QListWidget(this)) {
  setObjectName(QStringLiteral("commandPalette"));
  m_field->setObjectName(QStringLiteral("paletteField"));
  m_field->setPlaceholderText(tr("Search actions, or type a place: t4.L24"));
  m_field->setAccessibleName(tr("Search actions"));
  m_list->setObjectName(QStringLiteral("paletteList"));
  m_list->setItemDelegate(new PaletteRow(m_list));
  m_list->setFocusPolicy(Qt::NoFocus);
  m_list->setUniformItemSizes(true);
  m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(8, 8, 8, 8);
  layout->setSpacing(6);
  layout->addWidget(m_field);
  layout->addWidget(m_list);
  connect(m_field, &QLineEdit::textChanged, this, &CommandPalette::fill);
  connect(m_list, &QListWidget::itemClicked, this, [this] { runCurrent(); });
  m_field->installEventFilter(this);
  hide();
}

void CommandPalette::openAt(const QRect& area) {
  m_before = QApplication::focusWidget();
  // Whole rows: none is cut at the lower edge.
  const int row = rowHeight(kRow);
  const int rows = std::max(3, (area.height() - m_field->sizeHint().height() - 26) / row);
  m_list->setFixedHeight(rows * row + 2 * m_list->frameWidth());
  setGeometry(QRect(area.topLeft(), QSize(area.width(), sizeHint().height())));
  m_field->clear();
  fill({});
  show();
  raise();
  m_field->setFocus(Qt::PopupFocusReason);
}

void CommandPalette::fill(const QString& typed) {
  m_list->clear();
  m_place = placeOf(typed);
  if (m_place) {
    auto* item = new QListWidgetItem(tr("Go to %1").arg(QString::fromStdString(formatPlace(*m_place))), m_list);
    item->setData(kIdRole, kPlaceRow);
  }
  for (const Action* action : matchActions(m_actions, typed)) {
    // The palette need not offer to open itself.
    if (action->id == QLatin1String("view.palette")) continue;
    auto* item = new QListWidgetItem(action->text, m_list);
    item->setData(kIdRole, action->id);
    item->setData(kKeyRole, ActionBinder::keyText(*action));
    item->setData(kIconRole, action->icon);
    item->setData(kMenuRole, ActionBinder::menuTitle(action->menu));
    const bool isEnabled = m_actions.isEnabled(action->id);
    if (!isEnabled) item->setFlags(item->flags() & ~Qt::ItemIsEnabled);
    item->setToolTip(!isEnabled && action->disabledReason ? action->disabledReason() : action->tip);
  }
  if (m_list->count() == 0) {
    auto* none = new QListWidgetItem(tr("No match. Try fewer words."), m_list);
    none->setFlags(Qt::NoItemFlags);
  }
  m_list->setCurrentRow(0);
}

void CommandPalette::runCurrent() {
  const QListWidgetItem* item = m_list->currentItem();
  if (!item || !(item->flags() & Qt::ItemIsEnabled)) return;
  const QString id = item->data(kIdRole).toString();
  const std::optional<Place> place = m_place;
  dismiss();
  if (id == kPlaceRow && place) return Q_EMIT placeChosen(*place);
  m_actions.trigger(id);
}

void CommandPalette::dismiss() {
  hide();
  if (m_before) m_before->setFocus();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::FocusOut && isVisible() && !isAncestorOf(QApplication::focusWidget())) hide();
  if (event->type() != QEvent::KeyPress) return QFrame::eventFilter(watched, event);
  const auto* key = static_cast<QKeyEvent*>(event);
  const int rows = m_list->count();
  switch (key->key()) {
    case Qt::Key_Escape: dismiss(); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: runCurrent(); return true;
    case Qt::Key_Down: m_list->setCurrentRow(std::min(rows - 1, m_list->currentRow() + 1)); return true;
    case Qt::Key_Up: m_list->setCurrentRow(std::max(0, m_list->currentRow() - 1)); return true;
    case Qt::Key_PageDown: m_list->setCurrentRow(std::min(rows - 1, m_list->currentRow() + kShownRows)); return true;
    case Qt::Key_PageUp: m_list->setCurrentRow(std::max(0, m_list->currentRow() - kShownRows)); return true;
    default: return false;
  }
}

void CommandPalette::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(theme().faint);
  painter.setBrush(theme().raised);
  painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
}

}  // namespace patchbay::ui
