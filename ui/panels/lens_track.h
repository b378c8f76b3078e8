#pragma once

#include <QWidget>

#include "core/data/results.h"
#include "ui/state/selection.h"

class QLineEdit;

namespace patchbay::ui {

class ChoiceBox;

/// Chooses the token that a lens follows: the followed ones, the model's next tokens, those of the selected cell, or
/// one typed.
class LensTrack : public QWidget {
  Q_OBJECT
public:
  explicit LensTrack(QWidget* parent = nullptr);

  /// Offers the tokens of a lens; `cell` is its selected cell, or not a cell.
  void setLens(const LensResult& lens, int tracked, const SelectionState& cell);
  void clear();
  /// Says under the field why the typed words give no token.
  void refuse(const QString& why);
  /// Puts the field away.
  void closeField();

Q_SIGNALS:
  void tokenChosen(int id);
  /// Words typed for another token.
  void wordsTyped(const QString& words);

protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

private:
  void choose(int index);

  int m_tracked = 0;
  ChoiceBox* m_choice;
  QLineEdit* m_field;
};

}  // namespace patchbay::ui
