#include "ui/panels/explore_form.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QPlainTextEdit>

#include "ui/panels/growth_choice.h"
#include "ui/panels/site_choice.h"
#include "ui/panels/text_list.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

constexpr int kPromptLetters = 60;

}  // namespace

ExploreForm::ExploreForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("exploreForm"));
  build();
  arrange();
  ExploreRequest first;
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  first.prompt = bench().prompt->prompt();
  setRequest(first);
  followModel(m_model);
  connect(bench().prompt, &PromptState::promptChanged, this, [this] {
    m_prompt = bench().prompt->prompt();
    changed();
  });
}

void ExploreForm::build() {
  m_texts = textList("exploreTexts", tr("Texts of group 1"),
                     tr("group 1: one text a line; without any, the prompt is explored"), this);
  m_others = textList("exploreOthers", tr("Texts of group 2"), tr("group 2, to hold beside it"), this);
  m_site = new ChoiceBox(tr("of:"), ChoiceBox::Face::Words, this);
  m_site->setObjectName(QStringLiteral("exploreSite"));
  addSites(*m_site, {Site::ResidPost, Site::ResidMid, Site::AttnOut, Site::MlpOut});
  m_last = new QCheckBox(tr("Last tokens alone"), this);
  m_last->setObjectName(QStringLiteral("exploreLast"));
  m_last->setToolTip(tr("Of each text only its last token, where what it says is summed up"));
  m_first = new QCheckBox(tr("First tokens too"), this);
  m_first->setObjectName(QStringLiteral("exploreFirst"));
  m_first->setToolTip(tr("First tokens are attention sinks: so long that they hide all others"));
  m_grow =
      new GrowthChoice(tr("Greedy tokens that the model adds to the prompt, which become points as they come"), this);
  m_grow->setObjectName(QStringLiteral("exploreGrow"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("exploreHint"));
  for (QPlainTextEdit* field : {m_texts, m_others}) {
    field->setFont(dataFont(12));
    field->installEventFilter(this);
    connect(field, &QPlainTextEdit::textChanged, this, [this, field] { changed(field->objectName()); });
  }
  connect(m_site, &ChoiceBox::activated, this, [this] { changed(); });
  connect(m_grow, &GrowthChoice::chosen, this, [this] { changed(); });
  connect(m_last, &QCheckBox::clicked, this, [this] { changed(); });
  connect(m_first, &QCheckBox::clicked, this, [this] { changed(); });
}

void ExploreForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Texts")), 0, 0);
  grid->addWidget(m_texts, 0, 1, 3, 1);
  grid->addWidget(m_others, 0, 2, 3, 1);
  grid->addWidget(m_site, 0, 3);
  grid->addWidget(m_last, 1, 3);
  grid->addWidget(m_first, 2, 3);
  grid->addWidget(m_hint, 3, 1, 1, 2);
  grid->addWidget(m_grow, 3, 3);
  grid->setColumnStretch(1, 1);
  grid->setColumnStretch(2, 1);
  setFocusProxy(m_texts);
}

bool ExploreForm::areTexts() const {
  return !textLines(m_texts->toPlainText()).empty() || !textLines(m_others->toPlainText()).empty();
}

void ExploreForm::setRequest(const ExploreRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_prompt = request.prompt;
  m_texts->setPlainText(textField(request.texts));
  m_others->setPlainText(textField(request.others));
  m_site->setCurrentIndex(std::max(0, m_site->findData(QString::fromStdString(request.site))));
  m_last->setChecked(request.lastOnly);
  m_first->setChecked(request.withFirst);
  m_grow->showTokens(request.continueTokens);
  m_isFilling = false;
  changed();
}

std::optional<ExploreRequest> ExploreForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  ExploreRequest wanted;
  wanted.model = m_model;
  wanted.texts = textLines(m_texts->toPlainText());
  wanted.others = textLines(m_others->toPlainText());
  if (!areTexts()) {
    wanted.prompt = m_prompt;
    wanted.continueTokens = m_grow->currentData().toInt();
  }
  wanted.site = m_site->currentData().toString().toStdString();
  wanted.lastOnly = m_last->isChecked();
  wanted.withFirst = m_first->isChecked();
  return wanted;
}

QString ExploreForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  if (!areTexts() && m_prompt.headline().empty()) return tr("Type a prompt, or texts here, one a line");
  return {};
}

Json ExploreForm::draft() const {
  return {{"model", m_model},
          {"texts", m_texts->toPlainText().toStdString()},
          {"others", m_others->toPlainText().toStdString()},
          {"site", m_site->currentData().toString().toStdString()},
          {"last", m_last->isChecked()},
          {"first", m_first->isChecked()},
          {"grow", m_grow->currentData().toInt()}};
}

void ExploreForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto texts = kept<QString>(draft, "texts")) m_texts->setPlainText(*texts);
  if (const auto others = kept<QString>(draft, "others")) m_others->setPlainText(*others);
  if (const auto site = kept<QString>(draft, "site")) m_site->setCurrentIndex(std::max(0, m_site->findData(*site)));
  if (const auto last = kept<bool>(draft, "last")) m_last->setChecked(*last);
  if (const auto first = kept<bool>(draft, "first")) m_first->setChecked(*first);
  if (const auto grow = kept<int>(draft, "grow"); grow && *grow >= 0) m_grow->showTokens(*grow);
  m_isFilling = false;
  changed();
}

void ExploreForm::changed(const QString& typed) {
  if (m_isFilling) return;
  const QString hint = missing();
  m_grow->setEnabled(!areTexts());
  if (!hint.isEmpty()) {
    m_hint->setText(hint);
  } else if (areTexts()) {
    m_hint->setText(tr("%1 and %2 texts: how long their activations are, which channels they live in, how they lie to "
                       "each other")
                        .arg(textLines(m_texts->toPlainText()).size())
                        .arg(textLines(m_others->toPlainText()).size()));
  } else {
    m_hint->setText(
        tr("Explores the prompt: %1").arg(asData(elideMiddle(oneLine(m_prompt.headline()), kPromptLetters))));
  }
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
