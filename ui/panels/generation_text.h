#pragma once

#include <optional>
#include <vector>

#include <QTextEdit>

#include "core/data/generation.h"
#include "ui/panels/word_diff.h"

namespace patchbay::ui {

/// How changed words are marked: what only this text lost, or what only this text has.
enum class ChangeMark { None, Removed, Added };

/// The text of a generation as characters, with the place of each token in it. Tokens that hold part of a character
/// share the span of the whole character; the special token that ended the text has an empty one.
struct PlacedText {
  QString text;
  std::vector<TextSpan> tokens;
};

[[nodiscard]] PlacedText placedText(const Generation& generation);

/// Generated text for reading: tokens can be chosen by click and by Left and Right, tinted by their probability, and
/// changed words marked. The prompt may stand before it, muted.
class GenerationText : public QTextEdit {
  Q_OBJECT
public:
  explicit GenerationText(QWidget* parent = nullptr);

  /// `before` is muted text in front of the generation.
  void setGeneration(const Generation& generation, const QString& before = {});
  [[nodiscard]] const Generation& generation() const { return m_generation; }
  /// The generated text alone.
  [[nodiscard]] QString generatedText() const { return m_placed.text; }

  /// Spans of the generated text.
  void setChanges(std::vector<TextSpan> spans, ChangeMark mark);
  [[nodiscard]] const std::vector<TextSpan>& changes() const { return m_changes; }
  void setColouredByProbability(bool coloured);

  void setCurrentToken(std::optional<int> index);
  [[nodiscard]] std::optional<int> currentToken() const { return m_current; }

Q_SIGNALS:
  /// By click or key.
  void tokenChosen(int index);

protected:
  bool event(QEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void changeEvent(QEvent* event) override;

private:
  void rebuild();
  void dress();
  void choose(int index);
  [[nodiscard]] std::optional<int> tokenAt(const QPoint& position) const;

  Generation m_generation;
  PlacedText m_placed;
  QString m_before;
  std::vector<TextSpan> m_changes;
  ChangeMark m_mark = ChangeMark::None;
  std::optional<int> m_current;
  bool m_isColoured = false;
};

}  // namespace patchbay::ui
