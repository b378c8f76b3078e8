#include "ui/shell/vector_files.h"

#include <QCoreApplication>
#include <QFileInfo>

#include "core/base/log.h"
#include "core/data/file_requests.h"
#include "ui/bridge/engine_client.h"
#include "ui/shell/dialogs.h"
#include "ui/state/log_book.h"
#include "ui/state/vector_shelf.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("VectorFiles", text); }

QString fileFilter() { return words("Steering vectors (*.safetensors);;All files (*)"); }

/// Of a readable file without a vector in it.
constexpr const char* kNoVector = "VEC-05";

}  // namespace

void importVectorFile(const Desk& desk, const QString& path, const std::function<void()>& otherwise) {
  VectorShelf* shelf = desk.bench.vectors;
  LogBook* book = desk.bench.log;
  desk.bench.engine->run(
      ImportVectorRequest{path.toStdString()}, {.title = "Import " + QFileInfo(path).fileName().toStdString()}, shelf,
      Reply<ImportVectorRequest>{.onOutcome = [shelf, book, path, otherwise](Outcome<SteeringVector> vector) {
        if (vector.isError() && vector.error().code == kNoVector && otherwise) return otherwise();
        if (vector.isError())
          return book->tell(
              words("The vector was not imported. %1").arg(QString::fromStdString(vector.error().message())));
        if (!vector) return;
        auto named = std::make_shared<SteeringVector>(std::move(vector).value());
        if (named->name.empty()) named->name = QFileInfo(path).completeBaseName().toStdString();
        shelf->add(std::move(named));
      }});
}

void importVector(const Desk& desk) {
  desk.dialogs->openFile({words("Import vector"), fileFilter(), {}, {}, false},
                         [desk](const QString& path) { importVectorFile(desk, path); });
}

void exportVector(const Desk& desk, const std::string& hash) {
  const ShelfVector* entry = desk.bench.vectors->find(hash);
  if (!entry || !entry->vector) return;
  const auto vector = entry->vector;
  const QString proposed = entry->name + QStringLiteral(".safetensors");
  desk.dialogs->saveFile(
      {words("Export vector"), fileFilter(), proposed, QStringLiteral("safetensors"), false},
      [desk, vector](const QString& path) {
        desk.bench.engine->run(
            ExportVectorRequest{path.toStdString(), vector}, {.title = "Export " + vector->name}, desk.bench.vectors,
            Reply<ExportVectorRequest>{.onOutcome = [book = desk.bench.log](Outcome<WrittenFile> written) {
              if (written.isError())
                book->tell(
                    words("The vector was not written. %1").arg(QString::fromStdString(written.error().message())));
              else if (written)
                log(LogLevel::Info, "vector written to " + written->path);
            }});
      });
}

}  // namespace patchbay::ui
