#pragma once

#include <string>

#include "ui/panels/run_view.h"

class QFormLayout;
class QLineEdit;
class QPlainTextEdit;
class QSortFilterProxyModel;
class QStackedWidget;
class QTableView;

namespace patchbay::ui {

class EmptyPanel;
class MarkedLabel;
class ResultTableModel;
class WarningStrip;

/// Facts of the model in use: sizes, tensors, chat template, warnings; and the way to give its memory back.
class ModelView : public RunView {
  Q_OBJECT
public:
  explicit ModelView(const Workbench& bench, QWidget* parent = nullptr);

  [[nodiscard]] QString kind() const override { return QStringLiteral("model-facts"); }
  void showRun(RunId id) override;
  [[nodiscard]] RunId run() const override { return 0; }
  [[nodiscard]] QString title() const override { return tr("Model"); }
  [[nodiscard]] Room room() const override { return Room::Wide; }
  [[nodiscard]] Figure exportFigure() override;
  [[nodiscard]] QString csv() const override;
  [[nodiscard]] QAbstractItemModel* table() override;
  [[nodiscard]] QString copyText() const override;

private:
  void build();
  void refresh();
  void showFacts(const ModelCard& card);

  std::string m_fingerprint;
  QStackedWidget* m_stack;
  WarningStrip* m_warnings = nullptr;
  MarkedLabel* m_name = nullptr;
  QFormLayout* m_facts = nullptr;
  QLineEdit* m_filter = nullptr;
  MarkedLabel* m_count = nullptr;
  QTableView* m_table = nullptr;
  ResultTableModel* m_model;
  QSortFilterProxyModel* m_filtered;
  QPlainTextEdit* m_template = nullptr;
};

}  // namespace patchbay::ui
