#include "ui/shell/shortcut_sheet.h"

#include <algorithm>

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLineEdit>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/shell/action_binder.h"

namespace patchbay::ui {

ShortcutSheet::ShortcutSheet(const ActionRegistry& actions, QWidget* window)
    : QDialog(window), m_list(new QTreeWidget(this)) {
  setObjectName(QStringLiteral("shortcutSheet"));
  setWindowTitle(tr("Shortcuts"));
  setAttribute(Qt::WA_DeleteOnClose);
  resize(560, 600);
  auto* field = new QLineEdit(this);
  field->setObjectName(QStringLiteral("shortcutFilter"));
  field->setPlaceholderText(tr("Find an action or a key"));
  field->setAccessibleName(tr("Find an action or a key"));
  field->setClearButtonEnabled(true);
  m_list->setObjectName(QStringLiteral("shortcutList"));
  m_list->setHeaderLabels({tr("Action"), tr("Keys"), tr("Where")});
  m_list->header()->setStretchLastSection(false);
  m_list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  m_list->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  m_list->header()->setSectionResizeMode(2, QHeaderView::ResizeToContents);
  addActions(actions);
  addViewKeys();
  m_list->expandAll();
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(field, &QLineEdit::textChanged, this, &ShortcutSheet::filter);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(field);
  layout->addWidget(m_list);
  layout->addWidget(buttons);
  field->setFocus();
}

void ShortcutSheet::addActions(const ActionRegistry& actions) {
  for (const Menu menu :
       {Menu::File, Menu::Edit, Menu::View, Menu::Model, Menu::Analyse, Menu::Intervene, Menu::Help, Menu::None}) {
    QTreeWidgetItem* heading = nullptr;
    for (const Action& action : actions.all()) {
      if (action.menu != menu || action.shortcuts.isEmpty()) continue;
      if (!heading)
        heading = new QTreeWidgetItem(m_list, {menu == Menu::None ? tr("Elsewhere") : ActionBinder::menuTitle(menu)});
      const QString where = action.scope == ShortcutScope::PlotFocus ? tr("plots and tokens") : tr("everywhere");
      QStringList keys;
      for (const QString& key : action.shortcuts)
        keys << QKeySequence(key, QKeySequence::PortableText).toString(QKeySequence::NativeText);
      new QTreeWidgetItem(heading, {action.text, keys.join(QStringLiteral(", ")), where});
    }
  }
}

void ShortcutSheet::addViewKeys() {
  auto* heading = new QTreeWidgetItem(m_list, {tr("In plots and rows of tokens")});
  const QString grids = tr("grids");
  const QString both = tr("grids and tokens");
  const QString views = tr("views of runs");
  const QStringList rows[] = {{tr("Move the selected cell"), tr("Arrows"), both},
                              {tr("Extend the selection"), tr("Shift+arrows"), both},
                              {tr("Next and previous layer"), QStringLiteral("]  ["), grids},
                              {tr("Next and previous token"), QStringLiteral(".  ,"), grids},
                              {tr("First and last token"), tr("Home, End"), both},
                              {tr("Last and first layer"), tr("Page up, Page down"), grids},
                              {tr("Clear the selection, or put a carried cell back"), tr("Esc"), grids},
                              {tr("Put a carried cell down here"), tr("Enter"), tr("logit lens")},
                              {tr("Menu of the cell or token"), tr("Shift+F10, Menu"), both},
                              {tr("Show as table"), QStringLiteral("T"), views},
                              {tr("Hide or show the hover card"), QStringLiteral("H"), grids},
                              {tr("Zoom in and out"), tr("+  -, wheel"), tr("grids and lines")},
                              {tr("Scroll when zoomed"), tr("Shift+wheel, middle button"), tr("grids and lines")},
                              {tr("Show everything again"), tr("Double click"), tr("grids and lines")},
                              {tr("Fit the scale to the data"), QStringLiteral("0"), tr("logit lens")},
                              {tr("Next and previous hit"), tr("Enter, Shift+Enter"), tr("find token")}};
  for (const QStringList& row : rows) new QTreeWidgetItem(heading, row);
}

void ShortcutSheet::filter(const QString& text) {
  const QStringList wanted = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
  for (int i = 0; i < m_list->topLevelItemCount(); ++i) {
    QTreeWidgetItem* heading = m_list->topLevelItem(i);
    bool isAnyShown = false;
    for (int j = 0; j < heading->childCount(); ++j) {
      QTreeWidgetItem* row = heading->child(j);
      const QString all = row->text(0) + QLatin1Char(' ') + row->text(1) + QLatin1Char(' ') + row->text(2);
      const bool isShown = std::all_of(wanted.begin(), wanted.end(),
                                       [&all](const QString& word) { return all.contains(word, Qt::CaseInsensitive); });
      row->setHidden(!isShown);
      isAnyShown = isAnyShown || isShown;
    }
    heading->setHidden(!isAnyShown);
  }
}

}  // namespace patchbay::ui
