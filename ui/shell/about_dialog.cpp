#include "ui/shell/about_dialog.h"

#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QTreeWidget>
#include <QVBoxLayout>

#include "ui/widgets/theme.h"

namespace patchbay::ui {
namespace {

struct Part {
  const char* name;
  const char* use;
  const char* licence;
};

constexpr Part kParts[] = {
    {"Qt 6", "window, SVG, printing, tests", "LGPL-3.0"},
    {"QCustomPlot 2.1", "plots", "GPL-3.0-or-later"},
    {"libtorch (PyTorch)", "tensors", "BSD-3-Clause"},
    {"SQLite", "session files", "public domain"},
    {"nlohmann-json", "JSON", "MIT"},
    {"CLI11", "command line", "BSD-3-Clause"},
    {"spdlog and fmt", "log", "MIT"},
    {"PCRE2", "token patterns", "BSD-3-Clause"},
    {"utf8proc", "Unicode", "MIT"},
    {"Zstandard", "compression", "BSD-3-Clause"},
    {"libzip", "archives", "BSD-3-Clause"},
    {"Inter", "interface face", "OFL-1.1"},
    {"Noto Sans Mono", "data face", "OFL-1.1"},
    {"SmolLM2-135M-Instruct", "default model", "Apache-2.0"},
};

}  // namespace

AboutDialog::AboutDialog(const QString& version, QWidget* window) : QDialog(window) {
  setObjectName(QStringLiteral("aboutDialog"));
  setWindowTitle(tr("About Patchbay"));
  setAttribute(Qt::WA_DeleteOnClose);
  resize(520, 500);
  auto* title = new QLabel(tr("Patchbay %1").arg(version), this);
  title->setFont(uiFont(15, 600));
  auto* words =
      new QLabel(tr("A workbench for looking inside language models.\n"
                    "Free software under the GNU General Public License, version 3 or later, without warranty.\n"
                    "It works offline and opens no network connection."),
                 this);
  words->setWordWrap(true);
  auto* list = new QTreeWidget(this);
  list->setObjectName(QStringLiteral("licenceList"));
  list->setRootIsDecorated(false);
  list->setHeaderLabels({tr("Stands on"), tr("For"), tr("Licence")});
  list->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  for (const Part& part : kParts) {
    new QTreeWidgetItem(
        list, {QString::fromLatin1(part.name), QString::fromLatin1(part.use), QString::fromLatin1(part.licence)});
  }
  auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  auto* layout = new QVBoxLayout(this);
  layout->setContentsMargins(16, 16, 16, 16);
  layout->setSpacing(8);
  layout->addWidget(title);
  layout->addWidget(words);
  layout->addWidget(list, 1);
  layout->addWidget(buttons);
}

}  // namespace patchbay::ui
