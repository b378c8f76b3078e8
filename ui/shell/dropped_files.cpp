#include "ui/shell/dropped_files.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QMimeData>
#include <QUrl>

#include "ui/bridge/session_client.h"
#include "ui/shell/vector_files.h"
#include "ui/state/log_book.h"
#include "ui/state/model_shelf.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("DroppedFiles", text); }

bool isModel(const QFileInfo& file) {
  return file.isDir() || file.suffix().compare(QLatin1String("gguf"), Qt::CaseInsensitive) == 0;
}

}  // namespace

QStringList localFiles(const QMimeData& dragged) {
  QStringList paths;
  for (const QUrl& url : dragged.urls()) {
    if (url.isLocalFile()) paths << url.toLocalFile();
  }
  return paths;
}

void openDropped(const Desk& desk, const QStringList& paths) {
  ModelShelf* models = desk.bench.models;
  bool isOpened = false;
  for (const QString& path : paths) {
    const QFileInfo file(path);
    const bool isSession = file.suffix().compare(QLatin1String("patchbay"), Qt::CaseInsensitive) == 0;
    if (file.suffix().compare(QLatin1String("safetensors"), Qt::CaseInsensitive) == 0) {
      importVectorFile(desk, path, [models, path] { models->load(path); });
    } else if (!isSession && !isModel(file)) {
      desk.bench.log->tell(
          words("%1 was not opened: it is no session (.patchbay), model (.gguf or a folder) or vector (.safetensors).")
              .arg(file.fileName()));
    } else if (!isOpened) {
      isOpened = true;
      if (isSession) {
        desk.bench.session->open(path);
      } else {
        models->load(path);
      }
    }
  }
}

}  // namespace patchbay::ui
