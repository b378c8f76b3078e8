#include "ui/panels/text_card.h"

#include <QHBoxLayout>
#include <QVBoxLayout>

#include "ui/panels/rule.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

TextCard::TextCard(const QString& title, const QString& name, QWidget* parent)
    : QFrame(parent),
      m_title(new MarkedLabel(title, 12, MarkedLabel::Ink::Text, this)),
      m_facts(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)),
      m_text(new GenerationText(this)) {
  setProperty("card", true);
  m_title->setFontSize(12, 600);
  m_text->setObjectName(name);
  m_facts->setObjectName(name + QStringLiteral("Facts"));
  m_title->setObjectName(name + QStringLiteral("Title"));
  auto* row = new QHBoxLayout;
  row->setContentsMargins(12, 5, 12, 5);
  row->addWidget(m_title, 1);
  row->addWidget(m_facts);
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(1, 1, 1, 1);
  column->setSpacing(0);
  column->addLayout(row);
  column->addWidget(new Rule(1, this));
  column->addWidget(m_text, 1);
}

void TextCard::setTitle(const QString& title) { m_title->setText(title); }
QString TextCard::title() const { return withoutMarks(m_title->text()); }
void TextCard::setFacts(const QString& facts) { m_facts->setText(asData(facts)); }
QString TextCard::facts() const { return withoutMarks(m_facts->text()); }

void markDifferences(TextCard& before, TextCard& after) {
  const WordDiff diff = wordDiff(before.text()->generatedText(), after.text()->generatedText());
  before.text()->setChanges(diff.removed, ChangeMark::Removed);
  after.text()->setChanges(diff.added, ChangeMark::Added);
}

}  // namespace patchbay::ui
