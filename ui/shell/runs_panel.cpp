#include "ui/shell/runs_panel.h"

#include <QMenu>
#include <QStackedWidget>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/models/run_tree_model.h"
#include "ui/shell/action_binder.h"
#include "ui/shell/run_row_delegate.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/widgets/empty_panel.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/section_header.h"

namespace patchbay::ui {

RunsPanel::RunsPanel(const Desk& desk, ActionBinder& binder, QWidget* parent)
    : QWidget(parent),
      m_desk(desk),
      m_binder(binder),
      m_header(new SectionHeader(tr("Runs"))),
      m_model(new RunTreeModel(*desk.bench.runs, *desk.bench.session, this)),
      m_stack(new QStackedWidget(this)),
      m_tree(new QTreeView) {
  setObjectName(QStringLiteral("runsPanel"));
  m_header->setObjectName(QStringLiteral("runsHeader"));
  m_tree->setObjectName(QStringLiteral("runsTree"));
  m_tree->setModel(m_model);
  m_tree->setItemDelegate(new RunRowDelegate(m_tree));
  m_tree->setHeaderHidden(true);
  m_tree->setIndentation(16);
  m_tree->setUniformRowHeights(true);
  m_tree->setEditTriggers(QAbstractItemView::EditKeyPressed);
  m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
  m_tree->setAccessibleName(tr("Runs"));
  auto* empty = new EmptyPanel({QStringLiteral("lens"), tr("No runs yet"), tr("Type a prompt and press Run."),
                                tr("Open a session"), QStringLiteral("session")});
  connect(empty, &EmptyPanel::offerTaken, this, [this] { m_desk.bench.actions->trigger(QStringLiteral("file.open")); });
  m_stack->addWidget(empty);
  m_stack->addWidget(m_tree);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_stack);
  auto* filter = m_header->addButton(QStringLiteral("filter"), tr("Which runs are shown"));
  filter->setObjectName(QStringLiteral("runsFilter"));
  auto* menu = new QMenu(filter);
  menu->addAction(m_binder.action(QStringLiteral("view.starred-only")));
  menu->addAction(m_binder.action(QStringLiteral("view.trash")));
  menu->addAction(m_binder.action(QStringLiteral("edit.empty-trash")));
  filter->setMenu(menu);
  filter->setPopupMode(QToolButton::InstantPopup);
  auto* add = m_header->addButton(QStringLiteral("add"), tr("Run the prompt"));
  add->setObjectName(QStringLiteral("runsAdd"));
  connect(add, &IconButton::clicked, this, &RunsPanel::newRunAsked);
  connect(m_tree, &QTreeView::clicked, this, [this](const QModelIndex& index) {
    if (const RunId run = m_model->runAt(index)) Q_EMIT openAsked(run);
  });
  connect(m_tree, &QTreeView::activated, this, [this](const QModelIndex& index) {
    if (const RunId run = m_model->runAt(index)) Q_EMIT openAsked(run);
  });
  connect(m_tree, &QTreeView::customContextMenuRequested, this, &RunsPanel::showMenu);
  connect(m_model, &RunTreeModel::renamed, this, [this](RunId run, const QString& before, const QString& title) {
    m_desk.bench.undo->record(QStringLiteral("run-title"), tr("rename run"),
                              {{"run", run}, {"title", before.toStdString()}},
                              {{"run", run}, {"title", title.toStdString()}});
  });
  connect(m_model, &QAbstractItemModel::modelReset, this, &RunsPanel::refreshCount);
  connect(m_model, &QAbstractItemModel::rowsInserted, this, &RunsPanel::refreshCount);
  connect(m_desk.bench.selection, &Selection::changed, this, &RunsPanel::follow);
  connect(m_tree->selectionModel(), &QItemSelectionModel::currentChanged, m_desk.bench.actions,
          &ActionRegistry::refresh);
  refreshCount();
}

RunId RunsPanel::currentRun() const { return m_model->runAt(m_tree->currentIndex()); }

void RunsPanel::rename() { m_tree->edit(m_tree->currentIndex()); }

void RunsPanel::showMenu(const QPoint& position) {
  const QModelIndex index = m_tree->indexAt(position);
  if (m_model->runAt(index) == 0) return;
  m_tree->setCurrentIndex(index);
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  m_binder.fillContext(*menu, [](const Action& action) { return action.onRuns; });
  menu->popup(m_tree->viewport()->mapToGlobal(position));
}

void RunsPanel::follow() {
  const QModelIndex index = m_model->indexOf(m_desk.bench.selection->run());
  if (!index.isValid() || index == m_tree->currentIndex()) return;
  m_tree->setCurrentIndex(index);
  m_tree->scrollTo(index);
}

void RunsPanel::refreshCount() {
  const int count = m_model->runCount();
  m_header->setNote(count > 0 ? QString::number(count) : QString());
  m_stack->setCurrentIndex(count > 0 ? 1 : 0);
  m_tree->expandAll();
  follow();
}

}  // namespace patchbay::ui
