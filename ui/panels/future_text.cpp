#include "ui/panels/future_text.h"

#include <QHBoxLayout>
#include <QLineEdit>

#include "ui/panels/choice_box.h"
#include "ui/state/map_shelf.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {

FutureText::FutureText(QWidget* parent)
    : QWidget(parent),
      m_kind(new ChoiceBox(tr("into:"), ChoiceBox::Face::Words, this)),
      m_words(new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this)),
      m_text(new QLineEdit(this)) {
  m_kind->setObjectName(QStringLiteral("lensFutureKind"));
  m_kind->setToolTip(tr("A text, or a prompt that was learned for it: Analyse, Learn a prompt for the future lens"));
  m_text->setObjectName(QStringLiteral("lensFutureText"));
  m_text->setAccessibleName(tr("Text of the future lens; its last token is overwritten"));
  m_text->setToolTip(tr("Each state is written over the last token of this text, at its own layer; Enter reads again"));
  m_text->setFont(dataFont(12));
  auto* line = new QHBoxLayout(this);
  line->setContentsMargins(0, 0, 0, 4);
  line->addWidget(m_kind);
  line->addWidget(m_words);
  line->addWidget(m_text, 1);
  line->addStretch(0);
  connect(m_kind, &ChoiceBox::activated, this,
          [this](int index) { Q_EMIT promptChosen(m_kind->itemData(index).toString().toStdString()); });
  connect(m_text, &QLineEdit::returnPressed, this, [this] {
    if (const std::string text = m_text->text().toStdString(); !text.empty()) Q_EMIT textChosen(text);
  });
}

void FutureText::showAsked(const LensRequest& asked, const MapShelf& shelf) {
  m_kind->clear();
  m_kind->addItem(tr("a text"), QString());
  for (const ShelfPrompt& entry : shelf.prompts())
    if (entry.prompt->model.fingerprint == asked.model.fingerprint)
      m_kind->addItem(entry.name, QString::fromStdString(entry.prompt->hash));
  const SoftPromptRef& learned = asked.aheadPrompt;
  const QString hash = QString::fromStdString(learned.hash);
  // A run keeps its prompt also when that is in the trash.
  if (m_kind->findData(hash) < 0) m_kind->addItem(QString::fromStdString(learned.name), hash);
  m_kind->setCurrentIndex(m_kind->findData(hash));
  m_words->setText(learned.isEmpty() ? tr("written over the last token of")
                                     : tr("each state is written over its last place, at its own layer"));
  m_text->setVisible(learned.isEmpty());
  if (!m_text->hasFocus()) m_text->setText(QString::fromStdString(asked.aheadText));
}

}  // namespace patchbay::ui
