#pragma once

#include <QWidget>

#include "core/data/requests.h"

class QLineEdit;

namespace patchbay::ui {

class ChoiceBox;
class MapShelf;
class MarkedLabel;

/// What a future lens writes states into: a text, which can be edited, or a prompt that was learned for it.
class FutureText : public QWidget {
  Q_OBJECT
public:
  explicit FutureText(QWidget* parent = nullptr);

  /// Shows what a lens asked, and the learned prompts of its model beside it.
  void showAsked(const LensRequest& asked, const MapShelf& shelf);

Q_SIGNALS:
  /// Enter in the text.
  void textChosen(const std::string& text);
  /// The hash of a learned prompt, or nothing for a text.
  void promptChosen(const std::string& hash);

private:
  ChoiceBox* m_kind;
  MarkedLabel* m_words;
  QLineEdit* m_text;
};

}  // namespace patchbay::ui
