#include "ui/shell/library_panel.h"

#include <QKeyEvent>
#include <QMenu>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/models/library_model.h"
#include "ui/shell/action_binder.h"
#include "ui/shell/library_row_delegate.h"
#include "ui/shell/map_files.h"
#include "ui/shell/vector_files.h"
#include "ui/state/decoder_shelf.h"
#include "ui/state/map_shelf.h"
#include "ui/state/selection.h"
#include "ui/state/undo_history.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/section_header.h"

namespace patchbay::ui {

LibraryPanel::LibraryPanel(const Desk& desk, ActionBinder& binder, QWidget* parent)
    : QWidget(parent),
      m_desk(desk),
      m_binder(binder),
      m_header(new SectionHeader(tr("Library"))),
      m_model(new LibraryModel(*desk.bench.models, *desk.bench.vectors, *desk.bench.maps, *desk.bench.decoders, this)),
      m_tree(new QTreeView(this)) {
  setObjectName(QStringLiteral("libraryPanel"));
  m_header->setObjectName(QStringLiteral("libraryHeader"));
  m_tree->setObjectName(QStringLiteral("libraryTree"));
  m_tree->setModel(m_model);
  m_tree->setItemDelegate(new LibraryRowDelegate(m_tree));
  m_tree->setHeaderHidden(true);
  m_tree->setIndentation(16);
  m_tree->setUniformRowHeights(true);
  m_tree->setEditTriggers(QAbstractItemView::EditKeyPressed);
  m_tree->setContextMenuPolicy(Qt::CustomContextMenu);
  m_tree->setAccessibleName(tr("Library"));
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(0, 0, 0, 0);
  layout->addWidget(m_tree);
  auto* add =
      m_header->addButton(QStringLiteral("add"), tr("Open a model, make a vector, fit a map or train a decoder"));
  add->setObjectName(QStringLiteral("libraryAdd"));
  auto* menu = new QMenu(add);
  for (const char* id : {"model.open", "model.open-folder", "intervene.steering", "intervene.import-vector",
                         "analyse.fit-map", "analyse.import-map", "train.decoder"}) {
    if (QAction* action = m_binder.action(QString::fromLatin1(id))) menu->addAction(action);
  }
  add->setMenu(menu);
  add->setPopupMode(QToolButton::InstantPopup);
  connect(m_tree, &QTreeView::activated, this, &LibraryPanel::activate);
  connect(m_tree, &QTreeView::customContextMenuRequested, this, &LibraryPanel::showMenu);
  connect(m_model, &LibraryModel::renamed, this, &LibraryPanel::rename);
  connect(m_model, &QAbstractItemModel::modelReset, m_tree, &QTreeView::expandAll);
  m_tree->expandAll();
}

void LibraryPanel::activate(const QModelIndex& index) {
  const QString key = index.data(LibraryModel::KeyRole).toString();
  if (key.isEmpty()) return;
  const int section = index.data(LibraryModel::SectionRole).toInt();
  if (section == LibraryModel::Models) {
    m_desk.bench.models->setCurrent(key.toStdString());
  } else if (section == LibraryModel::Maps) {
    if (const ShelfMap* entry = m_desk.bench.maps->find(key.toStdString()))
      m_desk.bench.selection->selectRun(entry->run);
    else if (const ShelfPrompt* learned = m_desk.bench.maps->findPrompt(key.toStdString()))
      m_desk.bench.selection->selectRun(learned->run);
  } else if (section == LibraryModel::Decoders) {
    showDecoder(key.toStdString());
  } else {
    m_desk.bench.actions->trigger(QStringLiteral("intervene.steering"));
  }
}

void LibraryPanel::showDecoder(const std::string& folder) {
  const ShelfDecoder* entry = m_desk.bench.decoders->find(folder);
  if (!entry) return;
  if (entry->run != 0)
    m_desk.bench.selection->selectRun(entry->run);
  else
    m_desk.bench.actions->trigger(QStringLiteral("analyse.ask"));
}

void LibraryPanel::showMenu(const QPoint& position) {
  const QModelIndex index = m_tree->indexAt(position);
  const std::string key = index.data(LibraryModel::KeyRole).toString().toStdString();
  if (key.empty()) return;
  auto* menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  const int section = index.data(LibraryModel::SectionRole).toInt();
  if (section == LibraryModel::Maps) {
    menu->addAction(tr("Show"), this, [this, index] { activate(index); });
    menu->addAction(tr("Export…"), this, [this, key] { exportMap(m_desk, key); });
  } else if (section == LibraryModel::Models) {
    menu->addAction(tr("Use this model"), this, [this, key] { m_desk.bench.models->setCurrent(key); });
    menu->addAction(tr("Free this model"), this, [this, key] { m_desk.bench.models->free(key); });
  } else if (section == LibraryModel::Decoders) {
    menu->addAction(tr("Show"), this, [this, key] { showDecoder(key); });
  } else {
    menu->addAction(tr("Rename"), this, [this, index] { m_tree->edit(index); });
    menu->addAction(tr("Export…"), this, [this, key] { exportVector(m_desk, key); });
    menu->addAction(tr("Remove"), this, [this, key] { removeVector(key); });
  }
  menu->popup(m_tree->viewport()->mapToGlobal(position));
}

void LibraryPanel::rename(const QString& hash, const QString& name) {
  const ShelfVector* entry = m_desk.bench.vectors->find(hash.toStdString());
  if (!entry) return;
  const Json before{{"hash", entry->hash}, {"name", entry->name.toStdString()}};
  const Json after{{"hash", entry->hash}, {"name", name.toStdString()}};
  m_desk.bench.vectors->rename(hash.toStdString(), name);
  m_desk.bench.undo->record(QStringLiteral("vector-name"), tr("rename vector"), before, after);
}

void LibraryPanel::removeVector(const std::string& hash) {
  if (!m_desk.bench.vectors->find(hash)) return;
  m_desk.bench.vectors->remove(hash);
  m_desk.bench.undo->record(QStringLiteral("vector-removed"), tr("remove vector"), {{"hash", hash}, {"value", false}},
                            {{"hash", hash}, {"value", true}});
}

void LibraryPanel::keyPressEvent(QKeyEvent* event) {
  const QModelIndex index = m_tree->currentIndex();
  if (event->key() == Qt::Key_Delete && index.data(LibraryModel::SectionRole).toInt() == LibraryModel::Vectors) {
    removeVector(index.data(LibraryModel::KeyRole).toString().toStdString());
    return;
  }
  QWidget::keyPressEvent(event);
}

}  // namespace patchbay::ui
