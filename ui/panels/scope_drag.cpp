#include "ui/panels/scope_drag.h"

#include "ui/state/cell_carry.h"
#include "ui/widgets/token_strip.h"

namespace patchbay::ui {
namespace {

/// The token of `strip` under the pointer, -1 for none.
int tokenAt(const TokenStrip& strip, const QPoint& globalPosition) {
  return strip.isVisible() ? strip.chipAt(strip.mapFromGlobal(QPointF(globalPosition))) : -1;
}

bool isOver(const TokenStrip& strip, const QPoint& globalPosition) {
  return strip.isVisible() && strip.rect().contains(strip.mapFromGlobal(globalPosition));
}

}  // namespace

ScopeDrag::ScopeDrag(TokenStrip& source, TokenStrip& target, const CellCarry& carry)
    : QObject(&source), m_source(source), m_target(target) {
  connectStrip(m_source, m_target);
  connectStrip(m_target, m_source);
  connect(&carry, &CellCarry::moved, this,
          [this](const QPoint& position) { m_target.setHovered(tokenAt(m_target, position)); });
  connect(&carry, &CellCarry::ended, this, [this] { m_target.setHovered(-1); });
  connect(&carry, &CellCarry::dropped, this, [this](const SelectionState& cell, const QPoint& position) {
    if (isOver(m_source, position) || isOver(m_target, position)) Q_EMIT cellDropped(cell, tokenAt(m_target, position));
  });
}

void ScopeDrag::connectStrip(TokenStrip& from, TokenStrip& to) {
  from.setCarrying(true);
  connect(&from, &TokenStrip::tokenCarried, this,
          [&to](int, const QPoint& position) { to.setHovered(tokenAt(to, position)); });
  connect(&from, &TokenStrip::tokenDropped, this, [this, &from, &to](int token, const QPoint& position) {
    to.setHovered(-1);
    const int other = tokenAt(to, position);
    if (other < 0) return;
    Q_EMIT paired(&from == &m_source ? token : other, &from == &m_source ? other : token);
  });
}

}  // namespace patchbay::ui
