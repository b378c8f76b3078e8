#include "ui/shell/report_dialog.h"

#include <QClipboard>
#include <QDialogButtonBox>
#include <QFile>
#include <QGuiApplication>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "core/base/log.h"
#include "ui/shell/dialogs.h"
#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

/// A report is a few kilobytes; what is longer is none.
constexpr qint64 kMostBytes = 256 * 1024;

}  // namespace

ReportDialog::ReportDialog(const QString& path, Dialogs& dialogs, QWidget* window) : QDialog(window) {
  setObjectName(QStringLiteral("reportDialog"));
  setWindowTitle(tr("Report"));
  setAttribute(Qt::WA_DeleteOnClose);
  resize(720, 480);
  auto* words = new QLabel(
      tr("Where the program stopped, its version and the last lines of its log. Nothing is sent anywhere. Your prompts and results "
         "are not in it unless a line of the log names them: read it before you pass it on."),
      this);
  words->setWordWrap(true);
  auto* text = new QPlainTextEdit(this);
  text->setObjectName(QStringLiteral("reportText"));
  text->setReadOnly(true);
  text->setFont(dataFont(12));
  text->setLineWrapMode(QPlainTextEdit::NoWrap);
  QFile file(path);
  text->setPlainText(file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.read(kMostBytes))
                                                    : tr("%1 cannot be read: %2").arg(path, file.errorString()));
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  QPushButton* copy = buttons->addButton(tr("Copy"), QDialogButtonBox::ActionRole);
  copy->setObjectName(QStringLiteral("reportCopy"));
  QPushButton* save = buttons->addButton(tr("Save…"), QDialogButtonBox::ActionRole);
  save->setObjectName(QStringLiteral("reportSave"));
  connect(copy, &QPushButton::clicked, this, [text] { QGuiApplication::clipboard()->setText(text->toPlainText()); });
  connect(save, &QPushButton::clicked, this, [this, text, &dialogs] {
    dialogs.saveFile(
        {tr("Save the report"), tr("Text (*.txt)"), QStringLiteral("patchbay-report.txt"), QStringLiteral("txt")},
        [report = text->toPlainText()](const QString& to) {
          QFile out(to);
          if (!out.open(QIODevice::WriteOnly) || out.write(report.toUtf8()) < 0)
            log(LogLevel::Error,
                "the report was not saved to " + to.toStdString() + ": " + out.errorString().toStdString());
        });
  });
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->addWidget(words);
  layout->addWidget(text, 1);
  layout->addWidget(buttons);
}

}  // namespace patchbay::ui
