#include "ui/panels/lens_track.h"

#include <algorithm>

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>

#include "ui/panels/choice_box.h"
#include "ui/panels/lens_picture.h"
#include "ui/widgets/format.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

/// Data of the choice that opens the field.
constexpr int kTypeAToken = -1;
constexpr std::size_t kOffers = 5;

}  // namespace

LensTrack::LensTrack(QWidget* parent)
    : QWidget(parent),
      m_choice(new ChoiceBox(tr("track:"), ChoiceBox::Face::Data, this)),
      m_field(new QLineEdit(this)) {
  m_choice->setObjectName(QStringLiteral("lensTrack"));
  m_choice->setToolTip(tr("The token whose probability and rank are followed through the layers"));
  m_field->setObjectName(QStringLiteral("lensTrackField"));
  m_field->setPlaceholderText(tr("token, with its space"));
  m_field->setAccessibleName(tr("Token to follow"));
  m_field->setFixedWidth(150);
  m_field->setFont(dataFont(12));
  m_field->installEventFilter(this);
  m_field->hide();
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  row->addWidget(m_choice);
  row->addWidget(m_field);
  connect(m_choice, &ChoiceBox::activated, this, &LensTrack::choose);
  connect(m_field, &QLineEdit::returnPressed, this, [this] {
    if (!m_field->text().isEmpty()) Q_EMIT wordsTyped(m_field->text());
  });
}

void LensTrack::setLens(const LensResult& lens, int tracked, const SelectionState& cell) {
  m_tracked = tracked;
  m_choice->clear();
  for (int i = 0; i < static_cast<int>(lens.trackedIds.size()); ++i) {
    m_choice->addItem(trackedText(lens, i), lens.trackedIds[static_cast<std::size_t>(i)]);
  }
  const auto offer = [this](const TokenFact& token) {
    if (m_choice->findData(token.id) < 0) m_choice->addItem(displayToken(token), token.id);
  };
  for (std::size_t i = 0; i < std::min(kOffers, lens.next.size()); ++i) offer(lens.next[i].token);
  if (cell.isCell() && cell.layer() < lens.layers && cell.token() < lens.tokenCount() &&
      isRead(lens, {cell.layer(), cell.token()})) {
    for (int k = 0; k < std::min<int>(kOffers, lens.topCount()); ++k)
      offer(lens.ranked(cell.layer(), cell.token(), k).token);
  }
  m_choice->addItem(tr("another token"), kTypeAToken);
  m_choice->setCurrentIndex(tracked);
}

void LensTrack::clear() { m_choice->clear(); }

void LensTrack::choose(int index) {
  const int id = m_choice->itemData(index).toInt();
  if (id != kTypeAToken) {
    Q_EMIT tokenChosen(id);
    return;
  }
  m_choice->setCurrentIndex(m_tracked);
  m_field->show();
  m_field->setFocus();
}

void LensTrack::refuse(const QString& why) {
  m_field->setProperty("invalid", true);
  m_field->setToolTip(why);
}

void LensTrack::closeField() {
  m_field->setProperty("invalid", false);
  m_field->setToolTip({});
  m_field->clear();
  m_field->hide();
}

bool LensTrack::eventFilter(QObject* watched, QEvent* event) {
  if (watched == m_field && event->type() == QEvent::KeyPress &&
      static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
    closeField();
    m_choice->setFocus();
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

}  // namespace patchbay::ui
