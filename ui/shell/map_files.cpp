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

QString promptFilter() { return words("Learned prompts (*.safetensors);;All files (*)"); }

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

void importPrompt(const Desk& desk) {
  const ModelCard* card = desk.bench.models->current();
  if (!card) return;
  desk.dialogs->openFile(
      {words("Import a learned prompt"), promptFilter(), {}, {}, false},
      [bench = desk.bench, model = card->ref](const QString& path) {
        LearnPromptRequest request;
        request.model = model;
        request.file = path.toStdString();
        request.name = QFileInfo(path).completeBaseName().toStdString();
        const RunId id = bench.runs->start(
            request,
            RunStart{.title = words("Learned prompt · %1").arg(QFileInfo(path).completeBaseName()), .reuse = false});
        bench.selection->selectRun(id);
      });
}

namespace {

/// Asks where, and writes a file through the engine.
template <typename Request>
void exportAs(const Desk& desk, const QString& title, const QString& filter, const QString& name,
              const std::function<Request(std::string path)>& request) {
  desk.dialogs->saveFile(
      {title, filter, name + QStringLiteral(".safetensors"), QStringLiteral("safetensors"), false},
      [desk, title, request](const QString& path) {
        desk.bench.engine->run(
            request(path.toStdString()), {.title = title.toStdString()}, desk.bench.maps,
            Reply<Request>{.onOutcome = [book = desk.bench.log](Outcome<WrittenFile> written) {
              if (written.isError())
                book->tell(words("Nothing was written. %1").arg(QString::fromStdString(written.error().message())));
              else if (written)
                log(LogLevel::Info, "written to " + written->path);
            }});
      });
}

}  // namespace

void exportMap(const Desk& desk, const std::string& hash) {
  if (const ShelfMap* entry = desk.bench.maps->find(hash)) {
    exportAs<ExportMapRequest>(desk, words("Export maps"), fileFilter(), entry->name,
                               [map = entry->map](std::string path) {
                                 return ExportMapRequest{std::move(path), map};
                               });
  } else if (const ShelfPrompt* learned = desk.bench.maps->findPrompt(hash)) {
    exportAs<ExportPromptRequest>(desk, words("Export a learned prompt"), promptFilter(), learned->name,
                                  [prompt = learned->prompt](std::string path) {
                                    return ExportPromptRequest{std::move(path), prompt};
                                  });
  }
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
