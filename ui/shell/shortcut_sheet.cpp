#include "ui/shell/shortcut_sheet.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/shell/action_binder.h"

namespace patchbay::ui {

ShortcutSheet::ShortcutSheet(const ActionRegistry& actions, QWidget* window) : QDialog(window) {
  setObjectName(QStringLiteral("shortcutSheet"));
  setWindowTitle(tr("Shortcuts"));
  setAttribute(Qt::WA_DeleteOnClose);
  resize(520, 560);
  auto* list = new QTreeWidget(this);
  list->setObjectName(QStringLiteral("shortcutList"));
  list->setHeaderLabels({tr("Action"), tr("Keys"), tr("Where")});
  list->header()->setStretchLastSection(false);
  list->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  for (const Menu menu : {Menu::File, Menu::Edit, Menu::View, Menu::Model, Menu::Analyse, Menu::Intervene, Menu::Help, Menu::None}) {
    QTreeWidgetItem* heading = nullptr;
    for (const Action& action : actions.all()) {
      if (action.menu != menu || action.shortcuts.isEmpty()) continue;
      if (!heading) heading = new QTreeWidgetItem(list, {menu == Menu::None ? tr("Elsewhere") : ActionBinder::menuTitle(menu)});
      const QString where = action.scope == ShortcutScope::PlotFocus ? tr("plots and tokens") : tr("everywhere");
      new QTreeWidgetItem(heading, {action.text, ActionBinder::keyText(action), where});
    }
  }
  list->expandAll();
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(list);
  layout->addWidget(buttons);
}

}  // namespace patchbay::ui
