#include "ui/shell/log_panel.h"

#include <QClipboard>
#include <QDateTime>
#include <QGuiApplication>
#include <QPlainTextEdit>
#include <QVBoxLayout>

#include "ui/state/log_book.h"
#include "ui/widgets/icon_button.h"
#include "ui/widgets/section_header.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

QString levelName(LogLevel level) {
  switch (level) {
    case LogLevel::Debug: return QStringLiteral("debug");
    case LogLevel::Info: return QStringLiteral("info");
    case LogLevel::Warning: return QStringLiteral("warning");
    case LogLevel::Error: return QStringLiteral("error");
  }
  return {};
}

QString lineText(const LogBook::Line& line) {
  const QString time = QDateTime::fromMSecsSinceEpoch(line.timeMs).toString(QStringLiteral("HH:mm:ss"));
  return QStringLiteral("%1  %2  %3").arg(time, levelName(line.level).leftJustified(7), line.text);
}

}  // namespace

LogPanel::LogPanel(const Workbench& bench, QWidget* parent)
    : QWidget(parent), m_bench(bench), m_header(new SectionHeader(tr("Log"))), m_text(new QPlainTextEdit(this)) {
  setObjectName(QStringLiteral("logPanel"));
  m_header->setObjectName(QStringLiteral("logHeader"));
  m_text->setObjectName(QStringLiteral("logText"));
  m_text->setAccessibleName(tr("Log"));
  m_text->setReadOnly(true);
  m_text->setFont(dataFont(12));
  m_text->setMaximumBlockCount(2000);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(12, 0, 12, 8);
  layout->addWidget(m_text);
  auto* copy = m_header->addButton(QStringLiteral("copy"), tr("Copy the log"));
  connect(copy, &IconButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(m_text->toPlainText()); });
  auto* clear = m_header->addButton(QStringLiteral("trash"), tr("Clear the log"));
  connect(clear, &IconButton::clicked, m_bench.log, &LogBook::clear);
  connect(m_bench.log, &LogBook::lineAdded, this,
          [this](const LogBook::Line& line) { m_text->appendPlainText(lineText(line)); });
  connect(m_bench.log, &LogBook::changed, this, [this] {
    if (m_bench.log->lines().empty()) m_text->clear();
  });
  rebuild();
}

void LogPanel::rebuild() {
  for (const LogBook::Line& line : m_bench.log->lines()) m_text->appendPlainText(lineText(line));
}

}  // namespace patchbay::ui
