#include "ui/widgets/token_strip_accessible.h"

#include <QtCore/QHash>
#include <QtCore/QPointer>
#include <QtGui/QAccessible>
#include <QtGui/QWindow>
#include <QtWidgets/QAccessibleWidget>

#include <utility>

#include "ui/widgets/token_strip.h"

namespace patchbay::ui {

namespace {

/// One chip. It stands for a position: other chips there are told by the strip's new names.
class ChipAccessible : public QAccessibleInterface, public QAccessibleActionInterface {
public:
  ChipAccessible(TokenStrip* strip, int token) : m_strip(strip), m_token(token) {}

  [[nodiscard]] int token() const { return m_token; }
  [[nodiscard]] bool isValid() const override { return m_strip && m_token < static_cast<int>(m_strip->chips().size()); }
  [[nodiscard]] QObject* object() const override { return nullptr; }
  [[nodiscard]] QWindow* window() const override { return m_strip ? m_strip->window()->windowHandle() : nullptr; }
  [[nodiscard]] QAccessibleInterface* childAt(int, int) const override { return nullptr; }
  [[nodiscard]] QAccessibleInterface* parent() const override {
    return m_strip ? QAccessible::queryAccessibleInterface(m_strip) : nullptr;
  }
  [[nodiscard]] QAccessibleInterface* child(int) const override { return nullptr; }
  [[nodiscard]] int childCount() const override { return 0; }
  [[nodiscard]] int indexOfChild(const QAccessibleInterface*) const override { return -1; }
  [[nodiscard]] QString text(QAccessible::Text kind) const override {
    if (!isValid()) return {};
    const TokenChip& chip = m_strip->chips()[static_cast<std::size_t>(m_token)];
    if (kind == QAccessible::Name) return spokenChip(chip, m_token);
    return kind == QAccessible::Description ? describeChip(chip, m_token) : QString();
  }
  void setText(QAccessible::Text, const QString&) override {}
  [[nodiscard]] QRect rect() const override {
    if (!isValid()) return {};
    const QRect area = m_strip->chipRect(m_token).toRect();
    return {m_strip->mapToGlobal(area.topLeft()), area.size()};
  }
  [[nodiscard]] QAccessible::Role role() const override { return QAccessible::ListItem; }
  [[nodiscard]] QAccessible::State state() const override {
    QAccessible::State state;
    if (!isValid()) {
      state.invalid = true;
      return state;
    }
    const auto range = m_strip->selection();
    state.focusable = true;
    state.selectable = true;
    state.multiSelectable = true;
    state.selected = range && m_token >= range->first && m_token <= range->second;
    state.focused = m_strip->hasFocus() && m_strip->currentToken() == m_token;
    state.offscreen = !m_strip->rect().intersects(m_strip->chipRect(m_token).toRect());
    state.invisible = !m_strip->isVisible();
    return state;
  }
  void* interface_cast(QAccessible::InterfaceType type) override {
    return type == QAccessible::ActionInterface ? static_cast<QAccessibleActionInterface*>(this) : nullptr;
  }

  [[nodiscard]] QStringList actionNames() const override { return {pressAction()}; }
  void doAction(const QString& name) override {
    if (name == pressAction() && isValid()) m_strip->press(m_token);
  }
  [[nodiscard]] QStringList keyBindingsForAction(const QString&) const override { return {}; }

private:
  QPointer<TokenStrip> m_strip;
  int m_token;
};

/// The list. Chips are made when they are asked for and kept as long as the strip.
class TokenStripAccessible : public QAccessibleWidget {
public:
  explicit TokenStripAccessible(TokenStrip* strip) : QAccessibleWidget(strip, QAccessible::List) {}

  [[nodiscard]] int childCount() const override { return static_cast<int>(strip().chips().size()); }
  [[nodiscard]] QAccessibleInterface* child(int index) const override {
    if (index < 0 || index >= childCount()) return nullptr;
    QAccessible::Id& id = m_chips[index];
    if (id == 0) id = QAccessible::registerAccessibleInterface(new ChipAccessible(&strip(), index));
    return QAccessible::accessibleInterface(id);
  }
  [[nodiscard]] int indexOfChild(const QAccessibleInterface* chip) const override {
    return chip && chip->parent() == this ? static_cast<const ChipAccessible*>(chip)->token() : -1;
  }
  [[nodiscard]] QAccessibleInterface* childAt(int x, int y) const override {
    const QPoint position = strip().mapFromGlobal(QPoint(x, y));
    return strip().rect().contains(position) ? child(strip().chipAt(position)) : nullptr;
  }
  [[nodiscard]] QAccessibleInterface* focusChild() const override {
    return strip().hasFocus() ? child(strip().currentToken()) : nullptr;
  }

protected:
  ~TokenStripAccessible() override {
    for (const QAccessible::Id id : std::as_const(m_chips)) QAccessible::deleteAccessibleInterface(id);
  }

private:
  [[nodiscard]] TokenStrip& strip() const { return *static_cast<TokenStrip*>(object()); }

  mutable QHash<int, QAccessible::Id> m_chips;
};

QAccessibleInterface* makeTokenStrip(const QString&, QObject* object) {
  auto* strip = qobject_cast<TokenStrip*>(object);
  return strip ? new TokenStripAccessible(strip) : nullptr;
}

}  // namespace

void installTokenStripAccessibility() { QAccessible::installFactory(makeTokenStrip); }

void tellNewChips(TokenStrip& strip) {
  if (!QAccessible::isActive()) return;
  QAccessibleEvent event(&strip, QAccessible::ObjectReorder);
  QAccessible::updateAccessibility(&event);
}

void tellCurrentChip(TokenStrip& strip, int token) {
  if (!QAccessible::isActive() || !strip.hasFocus()) return;
  QAccessibleEvent event(&strip, QAccessible::Focus);
  event.setChild(token);
  QAccessible::updateAccessibility(&event);
}

}  // namespace patchbay::ui
