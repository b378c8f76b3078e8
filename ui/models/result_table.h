#pragma once

#include <functional>
#include <vector>

#include <QString>
#include <QVariant>

namespace patchbay::ui {

/// One column of a result shown as a table: its name, its unit and how a row's value is read from the result.
struct ResultColumn {
  QString title;
  QString unit;                            ///< "" for words and pure numbers
  std::function<QVariant(int row)> value;  ///< a QString or a double; an invalid value for "not computed"
  int decimals = 3;                        ///< of a number on screen; exports keep all digits
};

/// A result seen as rows and columns. Holds no numbers of its own: the columns read the result they were made from,
/// so a table of any size costs nothing until it is looked at.
struct ResultTable {
  int rows = 0;
  std::vector<ResultColumn> columns;

  [[nodiscard]] bool isEmpty() const { return rows == 0 || columns.empty(); }
};

/// "norm (bit)", or the title alone without a unit.
[[nodiscard]] QString headerOf(const ResultColumn& column);

/// The table as comma-separated values with one header line, numbers at full float precision, words quoted.
/// Line ends are those of RFC 4180.
[[nodiscard]] QString csvOf(const ResultTable& table);

}  // namespace patchbay::ui
