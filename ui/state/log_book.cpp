#include "ui/state/log_book.h"

#include <QDateTime>

namespace patchbay::ui {
namespace {

constexpr std::size_t kMaxLines = 2000;

}  // namespace

LogBook::LogBook(QObject* parent) : QObject(parent), m_gate(std::make_shared<GuiGate>(this)) {
  m_listener = addLogListener([this, gate = m_gate](const LogLine& line) { gate->post([this, line] { add(line); }); });
}

LogBook::~LogBook() {
  removeLogListener(m_listener);
  m_gate->close();
}

void LogBook::clear() {
  m_lines.clear();
  m_warnings = 0;
  Q_EMIT changed();
}

void LogBook::tell(const QString& sentence) {
  log(LogLevel::Error, sentence.toStdString());
  Q_EMIT told(sentence);
}

void LogBook::add(const LogLine& line) {
  m_lines.push_back({QDateTime::currentMSecsSinceEpoch(), line.level, QString::fromStdString(line.text)});
  if (m_lines.size() > kMaxLines) m_lines.pop_front();
  if (line.level >= LogLevel::Warning) ++m_warnings;
  Q_EMIT lineAdded(m_lines.back());
  Q_EMIT changed();
}

}  // namespace patchbay::ui
