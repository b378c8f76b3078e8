#pragma once

#include <algorithm>

#include <QApplication>
#include <QDir>
#include <QLineEdit>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include "app/composition.h"
#include "tests/support/tiny_model.h"
#include "ui/shell/dialogs.h"
#include "ui/shell/main_window.h"
#include "ui/shell/view_area.h"

namespace patchbay::tests {

/// Any Qt warning fails the test function, save those that the offscreen platform has of itself.
inline void failOnQtWarnings() {
  QTest::failOnWarning(QRegularExpression(QStringLiteral("^(?!This plugin does not support )")));
}

/// Answers every question at once with what the test prepared.
class PreparedDialogs : public ui::Dialogs {
public:
  QString path;
  QString text;
  int choice = 0;
  int asked = 0;
  QString decided;  ///< text of the last decision

  void openFile(const ui::FileQuestion&, Answer answer) override { give(path, answer); }
  void saveFile(const ui::FileQuestion&, Answer answer) override { give(path, answer); }
  void askText(const QString&, const QString&, const QString&, Answer answer) override { give(text, answer); }
  void decide(const ui::Decision& decision, std::function<void(int)> answer) override {
    ++asked;
    decided = decision.text;
    answer(choice);
  }

private:
  void give(const QString& value, const Answer& answer) {
    ++asked;
    if (!value.isEmpty()) answer(value);
  }
};

/// A steering vector of two layers.
inline std::shared_ptr<const SteeringVector> aVector() {
  auto vector = std::make_shared<SteeringVector>();
  vector->name = "mood";
  vector->rows = HostArray({2, 3}, {"layer", "width"}, "residual units", {1, 2, 3, 4, 5, 6});
  vector->meanNorms = HostArray({2}, {"layer"}, "residual units", {7, 8});
  return vector;
}

/// A folder with a miniature model and a session, and the whole window on it.
struct WindowFixture {
  QTemporaryDir folder;
  PreparedDialogs dialogs;
  std::unique_ptr<Composition> composition;
  std::size_t runsAtStart = 0;
  int tabsAtStart = 0;

  WindowFixture() { writeHuggingFaceFolder(makeTinyModel(), modelFolder().toStdString()); }
  [[nodiscard]] QString modelFolder() const { return folder.filePath(QStringLiteral("tiny")); }
  [[nodiscard]] QString sessionFile() const { return folder.filePath(QStringLiteral("work.patchbay")); }

  /// Makes and shows the window; false when model or session are not ready in time.
  [[nodiscard]] bool start() {
    CommandLine line;
    line.model = modelFolder();
    line.session = sessionFile();
    line.settings = folder.filePath(QStringLiteral("settings.ini"));
    composition = std::make_unique<Composition>(*qApp, line);
    window().setDialogs(dialogs);
    composition->show();
    const bool isReady = QTest::qWaitFor(
        [this] { return bench().session->isOpen() && bench().models->isReady() && !isMeasuring(); }, 30'000);
    runsAtStart = bench().runs->records().size();
    tabsAtStart = window().views().tabCount();
    return isReady;
  }
  /// The recorded picture is being replaced, or is still to be.
  [[nodiscard]] bool isMeasuring() {
    const auto& records = bench().runs->records();
    return std::any_of(records.begin(), records.end(), [](const auto& entry) {
      const RunStatus status = entry.second.status;
      return status == RunStatus::Recorded || status == RunStatus::Queued || status == RunStatus::Running;
    });
  }
  /// Types over the prompt.
  void type(const QString& words) {
    auto* field = find<QLineEdit>("promptField");
    field->selectAll();
    QTest::keyClicks(field, words);
  }
  /// Closes the window the way a person does and waits until everything is on disk.
  [[nodiscard]] bool stop() {
    QSignalSpy closed(&window(), &ui::MainWindow::closed);
    window().close();
    const bool isClosed = QTest::qWaitFor([&] { return closed.count() == 1; }, 10'000);
    composition.reset();
    return isClosed;
  }
  [[nodiscard]] ui::MainWindow& window() { return composition->window(); }
  [[nodiscard]] const ui::Workbench& bench() const { return composition->bench(); }
  template <typename Widget = QWidget>
  [[nodiscard]] Widget* find(const char* name) {
    return window().findChild<Widget*>(QString::fromLatin1(name));
  }
  /// Types a prompt and runs it; the run's id once it has ended, 0 when it does not.
  RunId runPrompt(const QString& words) {
    bench().prompt->setText(words);
    auto* field = find("promptField");
    QTest::keyClick(field, Qt::Key_Return);
    const RunId run = bench().selection->run();
    const bool isDone = QTest::qWaitFor(
        [&] { return bench().runs->record(run) && bench().runs->record(run)->status == RunStatus::Done; }, 10'000);
    return isDone ? run : 0;
  }
};

}  // namespace patchbay::tests
