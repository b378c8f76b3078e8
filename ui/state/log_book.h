#pragma once

#include <deque>
#include <memory>

#include <QObject>
#include <QString>

#include "core/base/log.h"
#include "ui/bridge/gui_gate.h"

namespace patchbay::ui {

/// The last lines of the program's log, for the Log panel and the count of warnings.
class LogBook : public QObject {
  Q_OBJECT
public:
  explicit LogBook(QObject* parent = nullptr);
  ~LogBook() override;

  struct Line {
    qint64 timeMs = 0;
    LogLevel level = LogLevel::Info;
    QString text;
  };
  [[nodiscard]] const std::deque<Line>& lines() const { return m_lines; }
  /// Warnings and errors since the start or since `clear`.
  [[nodiscard]] int warnings() const { return m_warnings; }
  void clear();
  /// Writes an error and says it where the person looks now: for what was asked for and did not happen.
  void tell(const QString& sentence);

Q_SIGNALS:
  void lineAdded(const patchbay::ui::LogBook::Line& line);
  void changed();
  void told(const QString& sentence);

private:
  void add(const LogLine& line);

  std::shared_ptr<GuiGate> m_gate;
  int m_listener = 0;
  std::deque<Line> m_lines;
  int m_warnings = 0;
};

}  // namespace patchbay::ui
