#pragma once

#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "tests/support/tiny_model.h"
#include "ui/bridge/engine_client.h"
#include "ui/bridge/session_client.h"
#include "ui/state/decoder_shelf.h"
#include "ui/state/map_shelf.h"
#include "ui/state/model_shelf.h"
#include "ui/state/prompt_state.h"
#include "ui/state/run_book.h"
#include "ui/state/settings.h"
#include "ui/state/vector_shelf.h"

namespace patchbay::tests {

/// Any Qt warning fails the test function it comes from.
inline void failOnQtWarnings() { QTest::failOnWarning(QRegularExpression(QStringLiteral(".*"))); }

/// The state of a window on a real engine, a miniature model and a session file in a folder of its own.
struct StateFixture {
  QTemporaryDir folder;
  Engine engine;
  ui::Settings settings{folder.filePath(QStringLiteral("settings.ini"))};
  ui::EngineClient client{engine};
  ui::SessionClient session;
  ui::ModelShelf models{client, settings};
  ui::RunBook runs{client, session};
  ui::VectorShelf vectors{session};
  ui::MapShelf maps{runs};
  ui::DecoderShelf decoders{runs};
  ui::PromptState prompt{client, models};

  [[nodiscard]] QString sessionFile() const { return folder.filePath(QStringLiteral("work.patchbay")); }
  [[nodiscard]] QString modelFolder() const { return folder.filePath(QStringLiteral("tiny")); }

  /// Writes the model, loads it and opens the session; false when either does not happen in time.
  [[nodiscard]] bool open() {
    runs.setVectorSource([this](const std::string& hash) { return vectors.numbers(hash); });
    writeHuggingFaceFolder(makeTinyModel(), modelFolder().toStdString());
    session.open(sessionFile());
    models.load(modelFolder());
    return QTest::qWaitFor([this] { return session.isOpen() && models.isReady(); }, 20'000);
  }
  [[nodiscard]] bool isFinished(RunId run) const {
    const RunRecord* record = runs.record(run);
    return record && record->status != RunStatus::Queued && record->status != RunStatus::Running;
  }
  [[nodiscard]] LensRequest lens(const char* words) const {
    LensRequest request;
    request.model = models.current()->ref;
    request.prompt = Prompt::plain(words);
    return request;
  }
};

}  // namespace patchbay::tests
