#pragma once

#include <QFrame>

#include "core/data/generation.h"
#include "ui/panels/generation_text.h"

namespace patchbay::ui {

class MarkedLabel;

/// A card with a generated text: title, facts at the right ("64 tokens · ppl 9.1"), text.
class TextCard : public QFrame {
  Q_OBJECT
public:
  /// `name` is the object name of the text.
  TextCard(const QString& title, const QString& name, QWidget* parent = nullptr);

  void setTitle(const QString& title);
  [[nodiscard]] QString title() const;
  /// Right of the title, in the data face.
  void setFacts(const QString& facts);
  [[nodiscard]] QString facts() const;
  [[nodiscard]] GenerationText* text() const { return m_text; }

private:
  MarkedLabel* m_title;
  MarkedLabel* m_facts;
  GenerationText* m_text;
};

/// Marks in both cards the words that only one of them has.
void markDifferences(TextCard& before, TextCard& after);

}  // namespace patchbay::ui
