#include <QCoreApplication>

#include "core/data/file_requests.h"
#include "ui/bridge/engine_client.h"
#include "ui/panels/cell_verbs.h"
#include "ui/panels/train_view.h"
#include "ui/shell/dialogs.h"
#include "ui/shell/view_area.h"
#include "ui/shell/window_parts.h"
#include "ui/state/action_registry.h"
#include "ui/state/log_book.h"
#include "ui/state/run_book.h"

namespace patchbay::ui {
namespace {

QString words(const char* text) { return QCoreApplication::translate("DecoderActions", text); }

void openQuestions(WindowParts& parts, const Json& state) {
  parts.views->openKind(QString::fromLatin1(AskRequest::kKind), state)->setFocus();
}

/// Asks for the folder of a decoder, and shows it in a view of questions.
void openDecoder(WindowParts& parts) {
  parts.desk.dialogs->openFile({words("Choose a decoder"), {}, {}, {}, true}, [&parts](const QString& path) {
    const Workbench& bench = parts.desk.bench;
    Reply<FindDecoderRequest> reply;
    reply.onOutcome = [&parts](Outcome<FoundDecoder> found) {
      if (found.isError()) parts.desk.bench.log->tell(QString::fromStdString(found.error().message()));
      if (found) openQuestions(parts, {{"draft", {{"decoder", found->ref}}}});
    };
    bench.engine->run(FindDecoderRequest{path.toStdString()}, {.title = words("Reading the decoder").toStdString()},
                      bench.runs, std::move(reply));
  });
}

TrainView* trainingInFront(const WindowParts& parts) { return qobject_cast<TrainView*>(parts.views->activeView()); }

/// Asks for a file of questions for the training in front; qa.json stands for its folder.
void chooseQuestions(WindowParts& parts) {
  parts.desk.dialogs->openFile(
      {words("Choose questions to learn from"), words("Questions (*.jsonl *.json);;All files (*)"), {}, {}, false},
      [&parts](const QString& path) {
        if (TrainView* view = trainingInFront(parts)) view->setQuestions(path);
      });
}

/// The decoder that the active view has trained; null when there is none.
std::shared_ptr<const TrainDecoderResult> trainedDecoder(const WindowParts& parts) {
  const TrainView* view = trainingInFront(parts);
  return view ? view->trained() : nullptr;
}

void askTrained(WindowParts& parts) {
  const auto trained = trainedDecoder(parts);
  if (!trained) return;
  const DecoderRef ref{.name = trained->card.name, .folder = trained->folder, .digest = trained->digest};
  openQuestions(parts, {{"draft", {{"model", trained->card.model}, {"decoder", ref}}}});
}

}  // namespace

void addDecoderActions(WindowParts& parts) {
  ActionRegistry& actions = *parts.desk.bench.actions;
  actions.add({.id = QStringLiteral("analyse.ask"),
               .text = words("Ask in words"),
               .icon = QStringLiteral("ask"),
               .shortcuts = {QStringLiteral("A")},
               .scope = ShortcutScope::PlotFocus,
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("Put a question about the selected cells to a trained decoder, beside its controls"),
               .onCells = true,
               .trigger = [&parts] { openQuestions(parts, askStateOf(parts.desk.bench)); }});
  actions.add({.id = QStringLiteral("analyse.open-decoder"),
               .text = words("Ask another decoder…"),
               .icon = QStringLiteral("decoder"),
               .menu = Menu::Analyse,
               .group = 1,
               .tip = words("Choose the folder of a decoder that was trained for this model"),
               .trigger = [&parts] { openDecoder(parts); }});
  actions.add({.id = QStringLiteral("intervene.decoder-vector"),
               .text = words("Steer by decoder"),
               .icon = QStringLiteral("vector"),
               .menu = Menu::Intervene,
               .group = 1,
               .tip = words("A steering vector in the direction in which a decoder gives the answer you wish for"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(DecoderVectorRequest::kKind)); }});
  actions.add({.id = QStringLiteral("train.decoder"),
               .text = words("Train a decoder"),
               .icon = QStringLiteral("train"),
               .menu = Menu::Train,
               .group = 0,
               .tip = words("Teach a LoRA of this model to answer questions about its states"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(TrainDecoderRequest::kKind)); }});
  actions.add({.id = QStringLiteral("train.learning-curve"),
               .text = words("Learning curve"),
               .icon = QStringLiteral("curve"),
               .menu = Menu::Train,
               .group = 0,
               .tip = words("How good decoders become by the questions they learn from, their rank and the layer read"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(LearningCurveRequest::kKind)); }});
  actions.add({.id = QStringLiteral("train.meta-models"),
               .text = words("Meta-models"),
               .icon = QStringLiteral("decoder"),
               .menu = Menu::Train,
               .group = 0,
               .tip = words("Train models that are asked, yes or no, about the states of another, beside controls"),
               .trigger = [&parts] { parts.views->openKind(QString::fromLatin1(MetaModelRequest::kKind)); }});
  actions.add({.id = QStringLiteral("train.choose-questions"),
               .text = words("Questions to learn from…"),
               .icon = QStringLiteral("folder"),
               .menu = Menu::Train,
               .group = 0,
               .tip = words("Choose a file of questions of your own for the training in front"),
               .trigger = [&parts] { chooseQuestions(parts); },
               .isEnabled = [&parts] { return trainingInFront(parts) != nullptr; },
               .disabledReason = [] { return words("Open Train decoder first"); }});
  actions.add({.id = QStringLiteral("train.ask"),
               .text = words("Ask the trained decoder"),
               .icon = QStringLiteral("ask"),
               .menu = Menu::Train,
               .group = 0,
               .tip = words("Open a view of questions with the decoder of this training"),
               .trigger = [&parts] { askTrained(parts); },
               .isEnabled = [&parts] { return trainedDecoder(parts) != nullptr; },
               .disabledReason = [] { return words("Show a finished training first"); }});
}

}  // namespace patchbay::ui
