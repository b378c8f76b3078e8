#include "ui/shell/map_files.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>

#include "core/base/log.h"
#include "core/data/file_requests.h"
#include "core/data/multi_hop.h"
#include "core/data/patchscope_list.h"
#include "ui/bridge/engine_client.h"
#include "ui/shell/dialogs.h"
#include "ui/state/log_book.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/state/run_book.h"
#include "ui/state/selection.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("MapFiles", text); }

QString fileFilter() { return words("Affine maps (*.safetensors);;All files (*)"); }

/// The longest list file that is read: far more than the most items there may be.
constexpr qint64 kMostListBytes = 4 << 20;

}  // namespace

void importMap(const Desk& desk) {
  const ModelCard* card = desk.bench.models->current();
  if (!card) return;
  desk.dialogs->openFile({words("Import maps"), fileFilter(), {}, {}, false}, [bench = desk.bench,
                                                                               model = card->ref](const QString& path) {
    FitMapRequest request;
    request.model = model;
    request.file = path.toStdString();
    request.name = QFileInfo(path).completeBaseName().toStdString();
    const RunId id = bench.runs->start(
        request, RunStart{.title = words("Map · %1").arg(QFileInfo(path).completeBaseName()), .reuse = false});
    bench.selection->selectRun(id);
  });
}

void exportMap(const Desk& desk, const std::string& hash) {
  const ShelfMap* entry = desk.bench.maps->find(hash);
  if (!entry) return;
  const QString proposed = entry->name + QStringLiteral(".safetensors");
  desk.dialogs->saveFile(
      {words("Export maps"), fileFilter(), proposed, QStringLiteral("safetensors"), false},
      [desk, map = entry->map](const QString& path) {
        desk.bench.engine->run(
            ExportMapRequest{path.toStdString(), map}, {.title = "Export " + map->name}, desk.bench.maps,
            Reply<ExportMapRequest>{.onOutcome = [book = desk.bench.log](Outcome<WrittenFile> written) {
              if (written.isError())
                book->tell(
                    words("The maps were not written. %1").arg(QString::fromStdString(written.error().message())));
              else if (written)
                log(LogLevel::Info, "maps written to " + written->path);
            }});
      });
}

namespace {

/// Asks for a JSON file with a list that `read` knows, and opens it through `open`.
template <typename List>
void openList(const Desk& desk, const QString& title, Outcome<List> (*read)(const std::string&, const std::string&),
              const std::function<void(const List&)>& open) {
  desk.dialogs->openFile({title, words("Lists (*.json);;All files (*)"), {}, {}, false}, [book = desk.bench.log, read,
                                                                                          open](const QString& path) {
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly) || file.size() > kMostListBytes) {
      return book->tell(words("The list %1 was not read: %2")
                            .arg(path, file.isOpen() ? words("it is longer than 4 MB") : file.errorString()));
    }
    const auto list = read(file.readAll().toStdString(), path.toStdString());
    if (!list)
      return book->tell(words("The list was not read. %1").arg(QString::fromStdString(list.error().message())));
    open(*list);
  });
}

}  // namespace

void openFactList(const Desk& desk, const std::function<void(const Json&)>& open) {
  openList<FactList>(desk, words("Open a list of facts"), &readFactList, [open](const FactList& list) {
    open({{"draft", {{"list", list}, {"target", list.target}}}});
  });
}

void openHopList(const Desk& desk, const std::function<void(const Json&)>& open) {
  openList<HopList>(desk, words("Open a list of questions in two steps"), &readHopList, [open](const HopList& list) {
    open({{"draft", {{"list", list}}}});
  });
}

}  // namespace patchbay::ui
