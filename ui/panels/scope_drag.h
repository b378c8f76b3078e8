#pragma once

#include <QObject>

#include "ui/state/selection.h"

namespace patchbay::ui {

class CellCarry;
class TokenStrip;

/// Drags in the form of a Patchscope: a token of one strip put down on a token of the other pairs the two, and a cell
/// carried here from a grid becomes the source, written at the target's token it is put down on.
class ScopeDrag : public QObject {
  Q_OBJECT
public:
  /// Both strips outlive this; `source` owns it.
  ScopeDrag(TokenStrip& source, TokenStrip& target, const CellCarry& carry);

Q_SIGNALS:
  void paired(int sourceToken, int targetToken);
  /// `targetToken` is -1 where the cell was put down beside the target's tokens.
  void cellDropped(const patchbay::ui::SelectionState& cell, int targetToken);

private:
  void connectStrip(TokenStrip& from, TokenStrip& to);

  TokenStrip& m_source;
  TokenStrip& m_target;
};

}  // namespace patchbay::ui
