#pragma once

#include <functional>

#include <QWidget>

#include "core/data/run_record.h"
#include "ui/state/workbench.h"

class QLabel;
class QLineEdit;
class QHBoxLayout;
class QToolButton;

namespace patchbay::ui {

class NextTokens;
class ChoiceBox;
class PromptField;
class SegmentedControl;
class TokenStrip;

/// The top strip: the prompt being edited, and below it the tokens the model sees, which select positions for all
/// views.
class PromptStrip : public QWidget {
  Q_OBJECT
public:
  explicit PromptStrip(const Workbench& bench, QWidget* parent = nullptr);

  /// Puts the cursor behind the prompt.
  void focusPrompt();
  /// Puts the cursor into the prompt with all of it selected.
  void editPrompt();
  /// Opens the field that finds text in the tokens.
  void openFind();
  void toggleSpecial();
  /// Ids of the tokens selected in the strip with spaces between, and their joined text; empty when none is.
  [[nodiscard]] bool hasSelectedTokens() const;
  [[nodiscard]] QString selectedIds() const;
  [[nodiscard]] QString selectedText() const;

Q_SIGNALS:
  /// The menu of the selected tokens.
  void tokenMenuAsked(const QPoint& globalPosition);
  /// Enter in the prompt.
  void runAsked();
  /// The strip is about to take the focus: it is to be on screen.
  void placeAsked();

private:
  QHBoxLayout* buildPromptRow();
  QHBoxLayout* buildTokenRow();
  void connectBench();
  /// Makes an edit of the prompt and records it for undo.
  void edit(const QString& words, const QString& mergeKey, const std::function<void()>& change);
  void showPrompt();
  void showMessages();
  /// What can be done with the messages of a chat.
  void showMessageMenu();
  void showTokens();
  void showSelection();
  void selectTokens(int first, int last);
  void closeFind();
  [[nodiscard]] RunId shownRun() const;

  Workbench m_bench;
  SegmentedControl* m_mode = nullptr;
  ChoiceBox* m_message = nullptr;
  QToolButton* m_messageMenu = nullptr;
  PromptField* m_field = nullptr;
  QLabel* m_count = nullptr;
  QLabel* m_template = nullptr;
  QToolButton* m_special = nullptr;
  TokenStrip* m_tokens = nullptr;
  NextTokens* m_next = nullptr;
  QLabel* m_surprise = nullptr;
  QLineEdit* m_find = nullptr;
  QLabel* m_hits = nullptr;
};

}  // namespace patchbay::ui
