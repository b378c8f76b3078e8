#pragma once

#include <QWidget>

#include "ui/shell/desk.h"

class QTreeView;

namespace patchbay::ui {

class ActionBinder;
class LibraryModel;
class SectionHeader;

/// The dock Library: models and vectors of the session.
class LibraryPanel : public QWidget {
  Q_OBJECT
public:
  LibraryPanel(const Desk& desk, ActionBinder& binder, QWidget* parent = nullptr);
  [[nodiscard]] SectionHeader* header() const { return m_header; }

protected:
  void keyPressEvent(QKeyEvent* event) override;

private:
  void activate(const QModelIndex& index);
  void showMenu(const QPoint& position);
  void rename(const QString& hash, const QString& name);
  void removeVector(const std::string& hash);
  /// The training that made it, or questions to the one that comes with the program.
  void showDecoder(const std::string& folder);

  Desk m_desk;
  ActionBinder& m_binder;
  SectionHeader* m_header;
  LibraryModel* m_model;
  QTreeView* m_tree;
};

}  // namespace patchbay::ui
