#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/store/database.h"

struct sqlite3_stmt;

namespace patchbay {

/// One prepared statement with bound values. Columns are counted from 0, parameters from 1.
class Statement {
public:
  Statement(Database& database, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::span<const std::byte> blob);
  Statement& bind(int parameter, std::nullopt_t);

  /// Moves to the next row; false after the last.
  bool step();
  /// Runs a statement that gives no rows.
  void run() { step(); }
  /// Makes the statement ready for new values.
  void reset();

  [[nodiscard]] bool isNull(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  /// Valid until the next step.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::span<const std::byte> blob(int column) const;

private:
  void check(int code) const;

  Database& m_database;
  sqlite3_stmt* m_statement = nullptr;
};

}  // namespace patchbay
