#pragma once

#include <QAbstractTableModel>

#include "ui/models/result_table.h"

namespace patchbay::ui {

/// A Qt model over a ResultTable: rows and columns as they are, numbers with fixed decimals, `-` for "not computed".
///
/// Thread   GUI.
class ResultTableModel : public QAbstractTableModel {
  Q_OBJECT

public:
  enum Role {
    SortRole = Qt::UserRole,  ///< the number or the text itself
  };

  explicit ResultTableModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}

  void setTable(ResultTable table);
  [[nodiscard]] const ResultTable& table() const { return m_table; }

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role = Qt::DisplayRole) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                    int role = Qt::DisplayRole) const override;

private:
  ResultTable m_table;
};

}  // namespace patchbay::ui
