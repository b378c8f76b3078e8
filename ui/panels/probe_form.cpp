#include "ui/panels/probe_form.h"

#include <QGridLayout>
#include <QPlainTextEdit>

#include "ui/panels/choice_box.h"
#include "ui/panels/site_choice.h"
#include "ui/panels/text_list.h"
#include "ui/state/kept.h"
#include "ui/state/model_shelf.h"
#include "ui/widgets/theme.h"
#include "ui/widgets/token_text.h"

namespace patchbay::ui {
namespace {

/// An error of the list in one line.
QString oneLineOf(const Error& error) {
  return QStringLiteral("%1: %2").arg(QString::fromStdString(error.field), asData(QString::fromStdString(error.found)));
}

}  // namespace

ProbeForm::ProbeForm(const Workbench& workbench, QWidget* parent) : FormOf(workbench, parent) {
  setObjectName(QStringLiteral("probeForm"));
  build();
  arrange();
  ProbeRequest first;
  if (const ModelCard* card = bench().models->current()) first.model = card->ref;
  if (!builtinLabelledLists().empty()) first.list = builtinLabelledLists().front();
  setRequest(first);
  followModel(m_model);
}

void ProbeForm::build() {
  m_texts = textList("probeTexts", tr("Labelled texts"), tr("label | text, one a line"), this);
  m_texts->setFont(dataFont(12));
  m_texts->setLineWrapMode(QPlainTextEdit::NoWrap);
  m_texts->installEventFilter(this);
  m_lists = new ChoiceBox(tr("list:"), ChoiceBox::Face::Words, this);
  m_lists->setObjectName(QStringLiteral("probeList"));
  m_lists->addItem(tr("my own"));
  for (const LabelledList& list : builtinLabelledLists()) m_lists->addItem(QString::fromStdString(list.title));
  m_site = new ChoiceBox(tr("of:"), ChoiceBox::Face::Words, this);
  m_site->setObjectName(QStringLiteral("probeSite"));
  addSites(*m_site, {Site::ResidPost, Site::ResidMid, Site::AttnOut, Site::MlpOut});
  m_place = new ChoiceBox(tr("read:"), ChoiceBox::Face::Words, this);
  m_place->setObjectName(QStringLiteral("probePlace"));
  m_place->addItem(tr("last token"), static_cast<int>(ProbePlace::Last));
  m_place->addItem(tr("mean of tokens"), static_cast<int>(ProbePlace::Mean));
  m_place->setToolTip(tr("The mean leaves out the first token, an attention sink"));
  m_hint = new MarkedLabel({}, 12, MarkedLabel::Ink::Muted, this);
  m_hint->setObjectName(QStringLiteral("probeHint"));
  connect(m_texts, &QPlainTextEdit::textChanged, this, [this] {
    if (!m_isFilling) m_title.clear();
    changed(m_texts->objectName());
  });
  connect(m_lists, &ChoiceBox::activated, this, &ProbeForm::takeList);
  connect(m_site, &ChoiceBox::activated, this, [this] { changed(); });
  connect(m_place, &ChoiceBox::activated, this, [this] { changed(); });
}

void ProbeForm::arrange() {
  QGridLayout* grid = formGrid();
  grid->addWidget(rowLabel(tr("Texts")), 0, 0);
  grid->addWidget(m_texts, 0, 1, 3, 1);
  grid->addWidget(m_lists, 0, 2);
  grid->addWidget(m_site, 1, 2);
  grid->addWidget(m_place, 2, 2);
  grid->addWidget(m_hint, 3, 1, 1, 2);
  grid->setColumnStretch(1, 1);
  setFocusProxy(m_texts);
}

void ProbeForm::takeList(int index) {
  const auto& lists = builtinLabelledLists();
  if (index < 1 || static_cast<std::size_t>(index) > lists.size()) return;
  const LabelledList& list = lists[static_cast<std::size_t>(index - 1)];
  m_isFilling = true;
  m_texts->setPlainText(QString::fromStdString(labelledLines(list)).trimmed());
  m_title = list.title;
  m_isFilling = false;
  changed();
}

Outcome<LabelledList> ProbeForm::list() const {
  auto list = readLabelledList(m_texts->toPlainText().toStdString(), {});
  if (list) list->title = m_title.empty() ? tr("my own list").toStdString() : m_title;
  return list;
}

void ProbeForm::setRequest(const ProbeRequest& request) {
  m_isFilling = true;
  m_model = request.model;
  m_shown = request;
  m_title = request.list.title;
  m_texts->setPlainText(QString::fromStdString(labelledLines(request.list)).trimmed());
  m_site->setCurrentIndex(std::max(0, m_site->findData(QString::fromStdString(request.site))));
  m_place->setCurrentIndex(m_place->findData(static_cast<int>(request.place)));
  m_isFilling = false;
  changed();
}

std::optional<ProbeRequest> ProbeForm::request() const {
  if (!missing().isEmpty()) return std::nullopt;
  ProbeRequest wanted = m_shown;
  wanted.model = m_model;
  wanted.list = list().value();
  wanted.site = m_site->currentData().toString().toStdString();
  wanted.place = static_cast<ProbePlace>(m_place->currentData().toInt());
  return wanted;
}

QString ProbeForm::missing() const {
  if (m_model.fingerprint.empty() || !bench().models->find(m_model.fingerprint)) return tr("Needs a model");
  const auto read = list();
  if (read.isError()) return tr("%1: %2").arg(QString::fromStdString(read.error().what), oneLineOf(read.error()));
  if (!read || read->labels().size() < 2) return tr("Write texts of two labels or more: label | text, one a line");
  return {};
}

Json ProbeForm::draft() const {
  return {{"model", m_model},
          {"title", m_title},
          {"texts", m_texts->toPlainText().toStdString()},
          {"site", m_site->currentData().toString().toStdString()},
          {"place", m_place->currentData().toInt()},
          {"folds", m_shown.folds},
          {"penalty", m_shown.penalty},
          {"seed", m_shown.seed}};
}

void ProbeForm::setDraft(const Json& draft) {
  if (!draft.is_object()) return;
  m_isFilling = true;
  if (const auto model = kept<ModelRef>(draft, "model")) m_model = *model;
  if (const auto title = kept<std::string>(draft, "title")) m_title = *title;
  if (const auto texts = kept<QString>(draft, "texts")) m_texts->setPlainText(*texts);
  if (const auto site = kept<QString>(draft, "site")) m_site->setCurrentIndex(std::max(0, m_site->findData(*site)));
  if (const auto place = kept<int>(draft, "place")) m_place->setCurrentIndex(std::max(0, m_place->findData(*place)));
  if (const auto folds = kept<int>(draft, "folds")) m_shown.folds = *folds;
  if (const auto penalty = kept<double>(draft, "penalty")) m_shown.penalty = *penalty;
  if (const auto seed = kept<std::uint64_t>(draft, "seed")) m_shown.seed = *seed;
  m_isFilling = false;
  changed();
}

void ProbeForm::changed(const QString& typed) {
  if (m_isFilling) return;
  const int known = m_title.empty() ? -1 : m_lists->findText(QString::fromStdString(m_title));
  m_lists->setCurrentIndex(std::max(0, known));
  const QString hint = missing();
  if (hint.isEmpty()) {
    const auto read = list();
    m_hint->setText(
        tr("%1 texts of %2 labels: how well a line through the activations tells them apart, layer by layer")
            .arg(read->items.size())
            .arg(read->labels().size()));
  } else {
    m_hint->setText(hint);
  }
  Q_EMIT edited(typed);
}

}  // namespace patchbay::ui
