#include "ui/shell/vector_files.h"

#include <QCoreApplication>
#include <QFileInfo>

#include "core/base/log.h"
#include "core/data/vector_file_requests.h"
#include "ui/bridge/engine_client.h"
#include "ui/shell/dialogs.h"
#include "ui/state/vector_shelf.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("VectorFiles", text); }

QString fileFilter() { return words("Steering vectors (*.safetensors);;All files (*)"); }

/// The status line counts the line and opens the log on a click.
void tell(const Error& error) { log(LogLevel::Error, error.message()); }

void read(const Desk& desk, const QString& path) {
  VectorShelf* shelf = desk.bench.vectors;
  desk.bench.engine->run(ImportVectorRequest{path.toStdString()}, {.title = "Import " + QFileInfo(path).fileName().toStdString()}, shelf,
                         Reply<ImportVectorRequest>{.onOutcome = [shelf, path](Outcome<SteeringVector> vector) {
                           if (vector.isError()) return tell(vector.error());
                           if (!vector) return;
                           auto named = std::make_shared<SteeringVector>(std::move(vector).value());
                           if (named->name.empty()) named->name = QFileInfo(path).completeBaseName().toStdString();
                           shelf->add(std::move(named));
                         }});
}

}  // namespace

void importVector(const Desk& desk) {
  desk.dialogs->openFile({words("Import vector"), fileFilter(), {}, {}, false}, [desk](const QString& path) { read(desk, path); });
}

void exportVector(const Desk& desk, const std::string& hash) {
  const ShelfVector* entry = desk.bench.vectors->find(hash);
  if (!entry || !entry->vector) return;
  const auto vector = entry->vector;
  const QString proposed = entry->name + QStringLiteral(".safetensors");
  desk.dialogs->saveFile({words("Export vector"), fileFilter(), proposed, QStringLiteral("safetensors"), false}, [desk, vector](const QString& path) {
    desk.bench.engine->run(ExportVectorRequest{path.toStdString(), vector}, {.title = "Export " + vector->name}, desk.bench.vectors,
                           Reply<ExportVectorRequest>{.onOutcome = [](Outcome<WrittenFile> written) {
                             if (written.isError()) tell(written.error());
                             else if (written) log(LogLevel::Info, "vector written to " + written->path);
                           }});
  });
}

}  // namespace patchbay::ui
