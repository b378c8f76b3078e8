#include <limits>
#include <map>

#include <QAbstractItemModel>
#include <QApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QMainWindow>
#include <QRegularExpression>
#include <QSaveFile>

#include "core/base/log.h"
#include "core/data/file_requests.h"
#include "core/data/notebook.h"
#include "ui/bridge/engine_client.h"
#include "ui/bridge/session_client.h"
#include "ui/models/result_table_model.h"
#include "ui/panels/run_view.h"
#include "ui/plots/figure.h"
#include "ui/shell/dialogs.h"
#include "ui/shell/settings_dialog.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/log_book.h"
#include "ui/state/run_book.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("FileActions", text); }

constexpr qreal kPictureScale = 2;

FileQuestion sessionQuestion(const WindowParts& parts, const QString& title) {
  return {title, words("Sessions (*.patchbay);;All files (*)"), QFileInfo(parts.desk.bench.session->path()).path(),
          QStringLiteral("patchbay"), false};
}

void saveCopy(WindowParts& parts) {
  parts.desk.dialogs->saveFile(sessionQuestion(parts, words("Save a copy")), [&parts](const QString& path) {
    parts.desk.bench.session->saveCopy(
        path, parts.window, [path, book = parts.desk.bench.log](const Outcome<Done>& outcome) {
          if (outcome.isError())
            book->tell(words("The copy was not saved. %1").arg(QString::fromStdString(outcome.error().message())));
          if (outcome) log(LogLevel::Info, "copy saved as " + path.toStdString());
        });
  });
}

QString proposedName(const WindowParts& parts, const QString& suffix) {
  const RunView* view = parts.views->activeView();
  QString name = view->title().toLower().replace(QLatin1Char(' '), QLatin1Char('-'));
  if (view->run() != 0) name += QStringLiteral("-%1").arg(std::abs(view->run()));
  return QDir(QFileInfo(parts.desk.bench.session->path()).path()).filePath(name + QLatin1Char('.') + suffix);
}

QString captionOf(const WindowParts& parts) {
  const RunView* view = parts.views->activeView();
  const RunRecord* record = parts.desk.bench.runs->record(view->run());
  if (!record) return view->title();
  return QStringLiteral("%1 %2 · %3 · %4")
      .arg(view->title(), runLabel(record->id), QString::fromStdString(record->model.name),
           QString::fromStdString(record->dtype));
}

void exportPicture(WindowParts& parts) {
  const FileQuestion question{words("Export the view"),
                              words("Pictures (*.png);;Vector graphics (*.svg);;Pages (*.pdf)"),
                              proposedName(parts, QStringLiteral("png")), QStringLiteral("png"), false};
  parts.desk.dialogs->saveFile(question, [&parts](const QString& path) {
    RunView* view = parts.views->activeView();
    if (!view) return;
    LogBook* book = parts.desk.bench.log;
    const Figure figure = view->exportFigure();
    if (figure.isEmpty()) {
      book->tell(words("Nothing was exported: this view has no result yet."));
    } else if (!writeFigure(figure, captionOf(parts), path, kPictureScale)) {
      book->tell(
          words(
              "The picture was not written to %1. Its name must end in .png, .svg or .pdf; check that the folder is there, can be written and has room.")
              .arg(path));
    }
  });
}

/// The numbers of a view's table, a row of values each column, named as the columns.
std::map<std::string, HostArray> columnsOf(const QAbstractItemModel& table) {
  static const QRegularExpression notInNames(QStringLiteral("[^A-Za-z0-9]+"));
  std::map<std::string, HostArray> columns;
  for (int column = 0; column < table.columnCount(); ++column) {
    std::vector<float> values;
    bool isNumber = false;
    for (int row = 0; row < table.rowCount(); ++row) {
      const QVariant value = table.index(row, column).data(ResultTableModel::SortRole);
      isNumber = isNumber || value.typeId() == QMetaType::Double;
      values.push_back(value.typeId() == QMetaType::Double ? value.toFloat() : std::numeric_limits<float>::quiet_NaN());
    }
    if (!isNumber) continue;
    QString name = table.headerData(column, Qt::Horizontal).toString().replace(notInNames, QStringLiteral("_"));
    while (columns.contains(name.toStdString())) name += QLatin1Char('_');
    columns.emplace(name.toStdString(), HostArray({table.rowCount()}, {"row"}, {}, std::move(values)));
  }
  return columns;
}

/// The columns of the table, and the arrays of the run in their own shapes.
void exportArrays(WindowParts& parts, RunView& view, const QString& path) {
  ExportArraysRequest request{.path = path.toStdString(), .arrays = {}};
  if (const auto* table = view.table()) request.arrays = columnsOf(*table);
  if (auto document = parts.desk.bench.runs->document(view.run())) request.arrays.merge(document->arrays);
  LogBook* book = parts.desk.bench.log;
  if (request.arrays.empty()) return book->tell(words("Nothing was exported: this view has no result yet."));
  parts.desk.bench.engine->run(
      std::move(request), {.title = "Export " + QFileInfo(path).fileName().toStdString(), .replaceKey = {}},
      parts.window, Reply<ExportArraysRequest>{.onOutcome = [book](Outcome<WrittenFile> written) {
        if (written.isError())
          book->tell(words("The numbers were not written. %1").arg(QString::fromStdString(written.error().message())));
      }});
}

void exportNumbers(WindowParts& parts) {
  const FileQuestion question{words("Export the numbers"), words("Tables (*.csv);;NumPy archives (*.npz)"),
                              proposedName(parts, QStringLiteral("csv")), QStringLiteral("csv"), false};
  parts.desk.dialogs->saveFile(question, [&parts](const QString& path) {
    RunView* view = parts.views->activeView();
    if (!view) return;
    if (path.endsWith(QLatin1String(".npz"), Qt::CaseInsensitive)) return exportArrays(parts, *view, path);
    QSaveFile file(path);
    const QByteArray text = view->csv().toUtf8();
    if (text.isEmpty()) return parts.desk.bench.log->tell(words("Nothing was exported: this view has no result yet."));
    const bool isWritten = file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
    if (!isWritten)
      parts.desk.bench.log->tell(words("The numbers were not written to %1: %2.").arg(path, file.errorString()));
  });
}

/// The run that the active view shows, as a notebook.
void exportNotebook(WindowParts& parts) {
  const RunView* view = parts.views->activeView();
  const RunId run = view ? view->run() : 0;
  RunBook* runs = parts.desk.bench.runs;
  LogBook* book = parts.desk.bench.log;
  const RunRecord* record = runs->record(run);
  const auto request = runs->request(run);
  const auto document = runs->document(run);
  if (!record || !request || !document) return book->tell(words("Nothing was exported: this view has no result yet."));
  const auto tokensOf = [engine = parts.desk.bench.engine](const ModelRef& model, const Prompt& prompt) {
    return engine->tokenize(model.fingerprint, prompt);
  };
  const auto notebook = makeNotebook(*request, *document, record->title, tokensOf);
  if (!notebook)
    return book->tell(words("No notebook was written. %1").arg(QString::fromStdString(notebook.error().message())));
  const FileQuestion question{words("Export as notebook"), words("Jupyter notebooks (*.ipynb)"),
                              proposedName(parts, QStringLiteral("ipynb")), QStringLiteral("ipynb"), false};
  parts.desk.dialogs->saveFile(
      question, [book, text = QByteArray::fromStdString(notebook->dump(1, ' ', false, Json::error_handler_t::replace))](
                    const QString& path) {
        QSaveFile file(path);
        const bool isWritten = file.open(QIODevice::WriteOnly) && file.write(text) == text.size() && file.commit();
        if (!isWritten) book->tell(words("The notebook was not written to %1: %2.").arg(path, file.errorString()));
      });
}

void addSessionActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const auto isOpen = [&parts] { return parts.desk.bench.session->isOpen(); };
  actions.add({.id = QStringLiteral("file.new"),
               .text = words("New session…"),
               .icon = QStringLiteral("session"),
               .shortcuts = {QStringLiteral("Ctrl+N")},
               .menu = Menu::File,
               .group = 0,
               .tip = words("Start an empty session in a file of its own"),
               .trigger = [&parts] {
                 parts.desk.dialogs->saveFile(sessionQuestion(parts, words("New session")),
                                              [&parts](const QString& path) { parts.desk.bench.session->open(path); });
               }});
  actions.add({.id = QStringLiteral("file.open"),
               .text = words("Open session…"),
               .icon = QStringLiteral("folder"),
               .shortcuts = {QStringLiteral("Ctrl+O")},
               .menu = Menu::File,
               .group = 0,
               .tip = words("Open a session file"),
               .trigger = [&parts] {
                 parts.desk.dialogs->openFile(sessionQuestion(parts, words("Open session")),
                                              [&parts](const QString& path) { parts.desk.bench.session->open(path); });
               }});
  actions.add({.id = QStringLiteral("file.save-copy"),
               .text = words("Save a copy…"),
               .icon = QStringLiteral("file"),
               .shortcuts = {QStringLiteral("Ctrl+S")},
               .menu = Menu::File,
               .group = 1,
               .tip = words("Everything is saved as you work; this writes a second file"),
               .trigger = [&parts] { saveCopy(parts); },
               .isEnabled = isOpen});
}

}  // namespace

void addFileActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  const auto hasView = [&parts] { return parts.views->activeView() != nullptr; };
  addSessionActions(parts);
  actions.add({.id = QStringLiteral("file.export-picture"),
               .text = words("Export view…"),
               .icon = QStringLiteral("export"),
               .shortcuts = {QStringLiteral("Ctrl+E")},
               .menu = Menu::File,
               .group = 2,
               .tip = words("Write the active view as PNG, SVG or PDF"),
               .trigger = [&parts] { exportPicture(parts); },
               .isEnabled = hasView});
  actions.add({.id = QStringLiteral("file.export-numbers"),
               .text = words("Export numbers…"),
               .icon = QStringLiteral("table"),
               .shortcuts = {QStringLiteral("Ctrl+Shift+E")},
               .menu = Menu::File,
               .group = 2,
               .tip = words("Write every number of the active view as CSV or npz"),
               .trigger = [&parts] { exportNumbers(parts); },
               .isEnabled = hasView});
  actions.add(
      {.id = QStringLiteral("file.export-notebook"),
       .text = words("Export as notebook…"),
       .icon = QStringLiteral("file"),
       .menu = Menu::File,
       .group = 2,
       .tip = words("Write a Jupyter notebook that repeats the run with Python transformers and checks its numbers"),
       .trigger = [&parts] { exportNotebook(parts); },
       .isEnabled = [&parts] { return parts.views->activeView() && parts.views->activeView()->run() != 0; }});
  actions.add({.id = QStringLiteral("file.settings"),
               .text = words("Settings…"),
               .icon = QStringLiteral("settings"),
               .shortcuts = {QStringLiteral("Ctrl+,")},
               .menu = Menu::File,
               .group = 3,
               .tip = words("Threads, theme, colour map, scale, density, fonts"),
               .trigger = [&parts] { (new SettingsDialog(parts.desk.bench, parts.window))->open(); }});
  actions.add({.id = QStringLiteral("file.quit"),
               .text = words("Quit"),
               .icon = {},
               .shortcuts = {QStringLiteral("Ctrl+Q")},
               .menu = Menu::File,
               .group = 4,
               .tip = words("Close the window; everything is kept"),
               .trigger = [&parts] { parts.window->close(); }});
}

}  // namespace patchbay::ui
