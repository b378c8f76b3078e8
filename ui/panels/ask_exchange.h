#pragma once

#include <optional>

#include <QFrame>
#include <QWidget>

#include "core/data/asking.h"

class QGridLayout;
class QLabel;

namespace patchbay::ui {

class Button;
class GenerationText;
class MarkedLabel;
class NextTokens;

/// What the controls answer, each with its overlap, and the sentence that they allow.
class AskControlsCard : public QFrame {
  Q_OBJECT
public:
  explicit AskControlsCard(QWidget* parent = nullptr);

  void setResult(const AskResult& result, bool isFinished);
  /// The sentence; empty while there is none.
  [[nodiscard]] QString verdict() const { return m_verdictWords; }

protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void dress();

  QGridLayout* m_rows;
  QLabel* m_verdictIcon;
  QLabel* m_verdict;
  QString m_verdictWords;
  AskVerdict m_kind = AskVerdict::NotAsked;
  std::vector<std::pair<QLabel*, QString>> m_icons;  ///< follow the theme
};

/// One question with its answer, and beside it the controls.
class AskExchange : public QWidget {
  Q_OBJECT
public:
  explicit AskExchange(QWidget* parent = nullptr);

  /// While it is not finished the answer may still grow.
  void setExchange(const AskRequest& request, const AskResult& result, bool isFinished);
  [[nodiscard]] GenerationText* text() const { return m_text; }
  [[nodiscard]] const AskControlsCard* controls() const { return m_controls; }

Q_SIGNALS:
  /// The chip of the cells that were read.
  void cellsChosen(const std::vector<patchbay::AskedSpan>& spans);

private:
  void fitText();

  std::vector<AskedSpan> m_spans;
  QLabel* m_question;
  Button* m_cells;
  GenerationText* m_text;
  NextTokens* m_first;
  MarkedLabel* m_choices;
  MarkedLabel* m_facts;
  AskControlsCard* m_controls;
};

}  // namespace patchbay::ui
